//! Advice that takes several solves.

use crate::support::Sandbox;

const WORLD: &str = "
channel forge
python 3.13.1 0_cp313
python 3.14.0 0_cp314
tzdata 2025a 0 ; noarch
rubin-env 13.0.1 py313_6 : python >=3.13,<3.14, tzdata
jupyterlab 4.4.0 pyh_0 : python >=3.10, tzdata ; noarch
ipympl 0.10.0 pyh_0 : python >=3.10 ; noarch
new-ui 1.0 py314_0 : python >=3.14
";

fn stack() -> Sandbox {
    let sandbox = Sandbox::with(WORLD);
    let arguments = [
        "solve",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "rubin-env",
        "ipympl",
        "-o",
        "stack/",
    ];
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.all());
    sandbox
}

#[test]
fn s19_two_environments_are_planned_locked_and_measured() {
    let sandbox = stack();
    let ran = sandbox.run(&[
        "advise",
        "two-envs",
        "--stack",
        "stack/rsp.lock",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "jupyterlab",
        "new-ui",
        "-o",
        "plans",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let [clone, fresh] = [&document["plans"][0], &document["plans"][1]];
    assert_eq!(clone["left_out"], serde_json::json!(["new-ui"]));
    assert_eq!(clone["shared"]["packages"], 4);
    assert_eq!(clone["own"]["packages"], 1);
    assert_eq!(fresh["solved"], true);
    for file in ["plans/clone/rsp.lock", "plans/fresh/rsp.lock"] {
        let verified = sandbox.run(&["verify", file, "-c", "./forge"]);
        assert_eq!(verified.code, 0, "{}", verified.all());
    }
    assert!(
        sandbox
            .read("plans/clone/rsp.lock")
            .contains("rubin-env-13.0.1")
    );
    assert!(
        !sandbox
            .read("plans/fresh/rsp.lock")
            .contains("rubin-env-13.0.1")
    );
}

#[test]
fn s21_pairs_of_two_locks_must_match() {
    let sandbox = stack();
    let arguments = [
        "solve",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "jupyterlab",
        "-o",
        "ui/",
    ];
    assert_eq!(sandbox.run(&arguments).code, 0);
    let pairs = |rules: &str| {
        sandbox.run(&[
            "advise",
            "pairs",
            "stack/rsp.lock",
            "ui/rsp.lock",
            "--pair",
            rules,
        ])
    };
    let ran = pairs("ipympl=major,python=minor");
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(
        ran.stdout.contains("ipympl 0.10.0 against no ipympl"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("python 3.13.1 against python 3.14.0"),
        "{}",
        ran.stdout
    );
    assert_eq!(pairs("tzdata=version").code, 0);
    assert_eq!(pairs("tzdata").code, 2);
}

#[test]
fn s27_a_withdrawn_build_is_not_picked_again_and_is_told_of_an_old_lock() {
    let sandbox = stack();
    let old = sandbox.read("stack/rsp.lock");
    assert!(old.contains("ipympl-0.10.0-pyh_0"));
    // Its build is withdrawn, and a later one of the same version is there.
    sandbox.channels(&WORLD.replace("ipympl 0.10.0 pyh_0", "ipympl 0.10.0 pyh_1"));
    let ran = sandbox.run(&["advise", "aging", "stack/rsp.lock", "-c", "./forge"]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(
        ran.stdout
            .contains("has left the index, though its URL may still work"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("ipympl 0.10.0 pyh_1 takes its place: the same version"),
        "{}",
        ran.stdout
    );
    let explicit = sandbox.run(&["export", "stack/rsp.lock", "-o", "-"]);
    assert!(
        explicit.stdout.contains("ipympl-0.10.0-pyh_0"),
        "still installable: {}",
        explicit.all()
    );
    let arguments = [
        "solve",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "rubin-env",
        "ipympl",
        "-o",
        "stack/",
    ];
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let new = sandbox.read("stack/rsp.lock");
    assert!(
        new.contains("ipympl-0.10.0-pyh_1") && !new.contains("ipympl-0.10.0-pyh_0"),
        "{new}"
    );
}
