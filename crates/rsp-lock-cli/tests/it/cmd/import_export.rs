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
    sandbox.file("cache/index/b.pack", "{}");
    sandbox.file("cache/mine.txt", "keep");
    sandbox.file("cache/index/mine", "keep");
    sandbox.file("cache/index/more/c.pack", "keep");
    sandbox.file("elsewhere/d.json", "keep");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../elsewhere", sandbox.path().join("cache/shards")).unwrap();
    let dir = sandbox.run(&["cache", "dir", "--cache-dir", "cache"]);
    assert_eq!(dir.stdout, "cache\n");
    assert_eq!(
        sandbox
            .run(&["cache", "clean", "--cache-dir", "cache"])
            .code,
        0
    );
    assert_eq!(
        sandbox.files(),
        [
            "cache/index/mine",
            "cache/index/more/c.pack",
            "cache/mine.txt",
            "cache/shards/d.json",
            "elsewhere/d.json"
        ]
    );
    assert!(!sandbox.path().join("cache/repodata").exists());
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

#[test]
fn a_cache_that_cannot_be_kept_is_not_called_warm() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("occupied/index", "a file where the directory would be");
    let warm = |cache: &str| {
        sandbox.run(&[
            "cache",
            "warm",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "--cache-dir",
            cache,
        ])
    };
    let ran = warm("occupied");
    assert_eq!(ran.code, 7, "{}", ran.all());
    assert!(ran.stderr.contains("cannot be kept"), "{}", ran.stderr);
    let kept = warm("cache");
    assert_eq!(kept.code, 0, "{}", kept.all());
}

/// A lockfile of conda-lock has URLs in it, but it is no list of them.
#[test]
fn the_lockfile_of_another_tool_is_no_list() {
    let sandbox = Sandbox::new();
    let package = "- name: numpy\n  version: 1.19.5\n  manager: conda\n  platform: linux-64\n  \
                   url: https://conda.example.org/linux-64/numpy-1.19.5-py38_0.conda\n  hash:\n    md5: 0\n";
    let text = format!(
        "version: 1\nmetadata:\n  channels: []\npackage:\n{}",
        package.repeat(5)
    );
    sandbox.file("conda-lock.yml", &text);
    let ran = sandbox.run(&["import", "conda-lock.yml", "-o", "out.yml"]);
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert_eq!(sandbox.files(), ["conda-lock.yml"]);
}

#[test]
fn the_document_of_an_imported_lock_lists_its_packages() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    sandbox.run(&["solve"]);
    let document = sandbox
        .run(&["import", "rsp.lock", "--json"])
        .json_of("import");
    let conda = document["conda"].as_array().unwrap();
    let of = |platform: &str| conda.iter().filter(|p| p["platform"] == platform).count();
    assert!(of("linux-64") > 3 && of("osx-64") > 3, "{document}");
}
