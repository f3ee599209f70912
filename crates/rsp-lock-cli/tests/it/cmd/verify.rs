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
