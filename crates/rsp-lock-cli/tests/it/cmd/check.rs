use insta::assert_snapshot;

use crate::support::{REQUEST, Sandbox, WORLD};

#[test]
fn right_after_solve_the_lock_fits_and_check_reads_only_files() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    // No channel is needed any more.
    fs_err::remove_dir_all(sandbox.path().join("forge")).unwrap();
    let ran = sandbox.run(&["check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
fn every_difference_has_its_reason() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    sandbox.file(
        "rsp-lock.toml",
        &REQUEST
            .replace("ts-salobj = \"*\"", "ts-salobj = \">=7\"\nts-utils = \"*\"")
            .replace(", \"osx-64\"", ""),
    );
    let lock = sandbox.read("rsp-linux-64.lock.txt");
    sandbox.file(
        "rsp-linux-64.lock.txt",
        &lock.replace("ts-idl-3.0", "ts-idl-3.1"),
    );
    let ran = sandbox.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    let json = sandbox.run(&["check", "--json"]);
    assert_eq!(json.code, 1);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["schema"], "rsp-lock/check");
    assert_eq!(document["outcome"], "stale");
}

#[test]
fn no_lock_is_the_answer_no() {
    let sandbox = Sandbox::new();
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
}
