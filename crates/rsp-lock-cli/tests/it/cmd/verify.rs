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

/// What a person changed in it is not what was locked, whatever the channels say of the files.
#[test]
fn a_lock_edited_by_hand_is_neither_right_nor_exported() {
    let sandbox = solved();
    let lock = sandbox.read("rsp.lock");
    let edits = [
        ("numpy-1.19.5-py38_0.conda\"", "numpy-1.99.5-py38_0.conda\""),
        ("version = \"1.19.5\"", "version = \"1.99.5\""),
        ("\"numpy <1.20\"", "\"numpy <1.21\""),
        ("sha256 = \"", "sha256 = \"00"),
    ];
    for (from, to) in edits {
        let mut edited = lock.replacen(from, to, 1);
        if from.starts_with("sha256") {
            // As long as it was.
            let at = edited.find(to).unwrap() + to.len();
            edited.replace_range(at..at + 2, "");
        }
        assert_ne!(edited, lock, "{from}");
        sandbox.file("rsp.lock", &edited);
        let verified = sandbox.run(&["verify", "rsp.lock"]);
        assert_eq!(verified.code, 1, "{from}: {}", verified.all());
        let json = sandbox.run(&["verify", "rsp.lock", "--json"]);
        assert_eq!(json.json_of("verify")["outcome"], "wrong", "{from}");
        let exported = sandbox.run(&["export", "rsp.lock", "-p", "linux-64", "-o", "out.txt"]);
        assert_eq!(exported.code, 5, "{from}: {}", exported.all());
        assert!(
            exported.stderr.contains("edited by hand"),
            "{}",
            exported.stderr
        );
        assert!(!sandbox.files().contains(&"out.txt".to_owned()));
    }
}

#[test]
fn a_platform_or_root_that_the_lock_does_not_have_is_a_slip() {
    let sandbox = solved();
    let slips: [&[&str]; 6] = [
        &["verify", "rsp.lock", "-p", "linux-65"],
        &["why", "numpy", "rsp.lock", "-p", "linux-65"],
        &["export", "rsp.lock", "-p", "linux-65"],
        &["verify", "rsp.lock", "--root", "nosuch"],
        &["why", "numpy", "--root", "nosuch"],
        &[
            "audit",
            "user",
            "freeze.txt",
            "--lock",
            "rsp.lock",
            "-p",
            "win-64",
        ],
    ];
    sandbox.file("freeze.txt", "numpy==1.0\n");
    for slip in slips {
        let ran = sandbox.run(slip);
        assert_eq!(ran.code, 2, "{slip:?}: {}", ran.all());
        let is_root = slip.contains(&"--root");
        let said = if is_root {
            "root `nosuch` is not in the lock"
        } else {
            "choose with `-p`: `linux-64`, `osx-64`"
        };
        assert!(ran.stderr.contains(said), "{slip:?}: {}", ran.stderr);
    }
}

#[test]
fn why_finds_the_lock_beside_the_request() {
    let sandbox = solved();
    for file in ["rsp-lock.toml", "rsp.lock"] {
        sandbox.file(&format!("sub/{file}"), &sandbox.read(file));
        fs_err::remove_file(sandbox.path().join(file)).unwrap();
    }
    let ran = sandbox.run(&["why", "numpy", "-f", "sub/rsp-lock.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
}

#[test]
fn what_is_no_rsp_lock_is_not_called_a_broken_one() {
    let sandbox = solved();
    sandbox.file("empty.lock", "");
    for (file, said) in [
        ("rsp-linux-64.lock.txt", "it is an explicit file"),
        ("empty.lock", "it is empty"),
    ] {
        let ran = sandbox.run(&["check", "--lock", file]);
        assert_eq!(ran.code, 2, "{}", ran.all());
        assert!(ran.stderr.contains("is no rsp.lock"), "{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}
