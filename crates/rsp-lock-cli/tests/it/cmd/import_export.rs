use insta::assert_snapshot;

use crate::support::{REQUEST, Sandbox, WORLD};

#[test]
fn a_list_becomes_a_request_and_what_cannot_be_read_is_the_answer_no() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "list.txt",
        "# platform: linux-64\nnumpy=1.19.5=py38_0\nholoviews[recommended]=1.14\n",
    );
    assert_snapshot!(sandbox.run(&["import", "list.txt"]).all());
    sandbox.file(
        "env.yml",
        "name: base\nchannels:\n  - conda-forge\ndependencies:\n  - numpy=1.19.5=py38_0\n  - pip:\n    - cloudpickle==1.6.0\n",
    );
    let ran = sandbox.run(&["import", "env.yml"]);
    assert_snapshot!("env", ran.all());
}

#[test]
fn export_takes_one_platform_of_a_lock_and_any_hash() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    sandbox.run(&["solve"]);
    let ran = sandbox.run(&["export", "rsp.lock"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
    let sha256 = sandbox.run(&["export", "rsp.lock", "-p", "linux-64"]);
    assert_eq!(sha256.code, 0);
    let md5 = sandbox.run(&[
        "export", "rsp.lock", "-p", "linux-64", "--hash", "md5", "-o", "md5.txt",
    ]);
    assert_eq!((md5.code, md5.stdout.as_str()), (0, ""));
    sandbox.file("own.txt", &sandbox.read("rsp-linux-64.lock.txt"));
    let rehashed = sandbox.run(&[
        "export",
        "own.txt",
        "--hash",
        "md5",
        "-c",
        "./forge,./lsstts",
    ]);
    assert_eq!(
        rehashed
            .stdout
            .replace("[VERSION]", env!("CARGO_PKG_VERSION")),
        sandbox.read("md5.txt")
    );
}

#[test]
fn a_cache_is_shown_and_cleaned_only_where_it_is_ours() {
    let sandbox = Sandbox::new();
    sandbox.file("cache/repodata/a.json", "{}");
    sandbox.file("cache/mine.txt", "keep");
    let dir = sandbox.run(&["cache", "dir", "--cache-dir", "cache"]);
    assert_eq!(dir.stdout, "cache\n");
    assert_eq!(
        sandbox
            .run(&["cache", "clean", "--cache-dir", "cache"])
            .code,
        0
    );
    assert_eq!(sandbox.files(), ["cache/mine.txt"]);
    assert_eq!(sandbox.run(&["cache", "dir"]).code, 2);
}

#[test]
fn schemas_and_completions_are_printed() {
    let sandbox = Sandbox::new();
    for what in [
        "request",
        "solve",
        "verify",
        "check",
        "import",
        "classify",
        "audit-pip",
        "audit-user",
        "pairs",
        "two-envs",
        "aging",
        "as-of",
        "drift",
        "lines",
        "modernisation",
    ] {
        let ran = sandbox.run(&["schema", what]);
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(
            schema["$schema"]
                .as_str()
                .unwrap()
                .contains("json-schema.org"),
            "{what}"
        );
    }
    let ran = sandbox.run(&["completion", "bash"]);
    assert!(ran.stdout.contains("rsp-lock"));
}
