use insta::assert_snapshot;

use crate::support::{REQUEST, Sandbox, WORLD};

fn solved() -> Sandbox {
    let sandbox = Sandbox::with(WORLD);
    // The override would be a fault to a check that knows nothing of it.
    let request = REQUEST
        .split("\n[overrides]")
        .next()
        .unwrap()
        .replace("dask-kubernetes = {", "kubernetes-client = {");
    sandbox.file("rsp-lock.toml", &request);
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    sandbox
}

#[test]
fn a_lock_of_ours_is_right() {
    let sandbox = solved();
    let ran = sandbox.run(&[
        "verify",
        "rsp-linux-64.lock.txt",
        "-c",
        "./forge",
        "-c",
        "./lsstts",
    ]);
    assert_snapshot!(ran.all());
    let native = sandbox.run(&["verify", "rsp.lock"]);
    assert_snapshot!("native", native.all());
}

#[test]
fn a_lock_with_a_missing_dependency_and_a_wrong_hash_is_refused() {
    let sandbox = solved();
    let lock = sandbox.read("rsp-linux-64.lock.txt");
    let broken: String = lock
        .lines()
        .filter(|line| !line.contains("ts-idl"))
        .map(|line| match line.split_once("numpy-1.19.5-py38_0.conda#") {
            Some((url, _)) => format!("{url}numpy-1.19.5-py38_0.conda#sha256:{}\n", "0".repeat(64)),
            None => format!("{line}\n"),
        })
        .collect();
    sandbox.file("broken.txt", &broken);
    let arguments = ["verify", "broken.txt", "-c", "./forge,./lsstts"];
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .contains("ts-salobj 6.0 py_0 requires `ts-idl`: absent"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("`numpy-1.19.5-py38_0.conda` has sha256"),
        "{}",
        ran.stdout
    );
    let json = sandbox.run(&[&arguments[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["outcome"], "wrong");
}

#[test]
fn a_lock_is_not_verified_without_a_channel() {
    let sandbox = solved();
    let ran = sandbox.run(&["verify", "rsp-linux-64.lock.txt"]);
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.all());
}

#[test]
fn a_request_counts_for_both_kinds_of_lock_and_its_mirrors_do() {
    let sandbox = Sandbox::with(WORLD);
    let of_server = |name: &str| format!("https://conda.example.org/{name}");
    let request = REQUEST
        .replace("./forge", &of_server("forge"))
        .replace("./lsstts", &of_server("lsstts"));
    let mirror = format!(
        "\n[mirrors]\n\"https://conda.example.org\" = [\"file://{}\"]\n",
        sandbox.path().display()
    );
    let request = request + &mirror;
    sandbox.file("rsp-lock.toml", &request);
    sandbox.file(
        "other.toml",
        &request.replace("ts-salobj = \"*\"", "ts-salobj = \">=7\""),
    );
    let solved = sandbox.run(&["solve", "--offline"]);
    assert_eq!(solved.code, 0, "{}", solved.stderr);
    for lock in ["rsp.lock", "rsp-linux-64.lock.txt"] {
        let own = sandbox.run(&["verify", lock, "-f", "rsp-lock.toml", "--offline"]);
        assert_eq!(own.code, 0, "{lock}: {}{}", own.stdout, own.stderr);
        let other = sandbox.run(&["verify", lock, "-f", "other.toml", "--offline"]);
        assert_eq!(other.code, 1, "{lock}: {}", other.stderr);
        assert!(other.stdout.contains("ts-salobj >=7"), "{}", other.stdout);
    }
}
