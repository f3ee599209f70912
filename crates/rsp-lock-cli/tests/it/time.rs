//! S24 to S27: what a solve sees of a channel that changes from day to day.

use insta::assert_snapshot;

use crate::support::{Ran, Sandbox};

/// A channel as of two days: a new build of a noarch package, a new version of another.
const DAY: &str = "
channel forge
python 3.12.1 h_0 ; ts 2026-08-01
certifi 2026.8 pyh_0 : python ; noarch ; ts 2026-08-02
numpy 2.3.1 py312_0 : python ; ts 2026-08-03
scipy 1.16.0 py312_0 : python, numpy >=2.3,<3 ; ts 2026-08-04
";

const NEXT_DAY: &str = "
certifi 2026.8 pyh_1 : python ; noarch ; ts 2026-08-12
numpy 2.4.0 py312_0 : python ; ts 2026-08-12T06:00:00Z
";

fn solve(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = [
        "solve", "-c", "./forge", "-p", "linux-64", "certifi", "scipy",
    ];
    sandbox.run(&[&fixed, more].concat())
}

/// `name-version-build` of every line, sorted.
fn files(text: &str) -> Vec<String> {
    let urls = text.lines().filter(|line| line.starts_with("https://"));
    let mut files: Vec<String> = urls
        .map(|url| {
            let file = url.rsplit('/').next().unwrap();
            file.split(".conda").next().unwrap().to_owned()
        })
        .collect();
    files.sort();
    files
}

const OLD: [&str; 4] = [
    "certifi-2026.8-pyh_0",
    "numpy-2.3.1-py312_0",
    "python-3.12.1-h_0",
    "scipy-1.16.0-py312_0",
];

#[test]
fn s24_two_days_differ_by_what_was_published_in_between() {
    let sandbox = Sandbox::with(DAY);
    assert_eq!(solve(&sandbox, &["-o", "locks/"]).code, 0);
    sandbox.channels(&format!("{DAY}{NEXT_DAY}"));
    let kept = solve(&sandbox, &["-o", "locks/"]);
    assert!(
        kept.stderr.contains("unchanged"),
        "a lock does not drift: {}",
        kept.stderr
    );
    let next = solve(&sandbox, &["-o", "-"]);
    assert_eq!(
        files(&next.stdout),
        [
            "certifi-2026.8-pyh_1",
            "numpy-2.4.0-py312_0",
            "python-3.12.1-h_0",
            "scipy-1.16.0-py312_0"
        ]
    );
}

#[test]
fn s25_nothing_newer_than_the_date_is_used() {
    let sandbox = Sandbox::with(&format!("{DAY}{NEXT_DAY}"));
    let of = |when: &str| {
        let ran = solve(&sandbox, &["--exclude-newer", when, "-o", "-"]);
        assert_eq!(ran.code, 0, "{when}: {}", ran.stderr);
        files(&ran.stdout)
    };
    assert_eq!(of("2026-08-10"), OLD);
    assert_eq!(
        of("2026-08-12T00:00:00Z")[0],
        "certifi-2026.8-pyh_1",
        "to the second"
    );
    assert_eq!(of("2026-08-12T00:00:00Z")[1], "numpy-2.3.1-py312_0");
    assert_eq!(of("2026-08-13")[1], "numpy-2.4.0-py312_0");
    let none = solve(&sandbox, &["--exclude-newer", "2026-08-02", "-o", "-"]);
    assert_eq!(none.code, 3, "{}", none.stderr);
    assert!(none.stderr.contains("scipy"), "{}", none.stderr);
    let bad = solve(&sandbox, &["--exclude-newer", "yesterday", "-o", "-"]);
    assert_eq!(bad.code, 2, "{}", bad.stderr);
    assert!(bad.stderr.contains("`--exclude-newer`"), "{}", bad.stderr);
}

#[test]
fn s25_an_age_is_counted_once_and_kept_in_the_lock() {
    let sandbox = Sandbox::with(&format!("{DAY}{NEXT_DAY}"));
    let ran = solve(&sandbox, &["--exclude-newer", "1h", "-o", "locks/"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let first = sandbox.read("locks/rsp.lock");
    assert!(first.contains("exclude-newer"), "{first}");
    let again = solve(&sandbox, &["--exclude-newer", "1h", "-o", "locks/"]);
    assert_eq!(
        again.stderr.matches("unchanged").count(),
        2,
        "{}",
        again.stderr
    );
    assert_eq!(
        sandbox.read("locks/rsp.lock"),
        first,
        "the point in time is kept"
    );
    let ages = solve(&sandbox, &["--exclude-newer", "36500d", "-o", "-"]);
    assert_eq!(
        ages.code, 3,
        "nothing is a hundred years old: {}",
        ages.stderr
    );
}

#[test]
fn s25_a_channel_or_a_package_has_a_date_of_its_own() {
    let sandbox = Sandbox::with(&format!(
        "{DAY}{NEXT_DAY}channel lsstts\nts-utils 1.0 py_0 : python ; noarch ; ts 2026-08-01\n\
         ts-utils 1.1 py_0 : python ; noarch ; ts 2026-08-20\n"
    ));
    let of = |cutoffs: &str| {
        sandbox.file(
            "rsp-lock.toml",
            &format!(
                "[environment]\nname = \"day\"\nchannels = [\"./forge\", \"./lsstts\"]\n\
                 platforms = [\"linux-64\"]\n{cutoffs}\n[requirements]\ncertifi = \"*\"\n\
                 scipy = \"*\"\nts-utils = \"*\"\n"
            ),
        );
        let ran = sandbox.run(&["solve", "-o", "-"]);
        assert_eq!(ran.code, 0, "{cutoffs}: {}", ran.stderr);
        let mut files = files(&ran.stdout);
        files.retain(|file| !file.starts_with("python") && !file.starts_with("scipy"));
        files
    };
    assert_eq!(
        of("exclude-newer = \"2026-08-10\""),
        [
            "certifi-2026.8-pyh_0",
            "numpy-2.3.1-py312_0",
            "ts-utils-1.0-py_0"
        ]
    );
    assert_eq!(
        of("exclude-newer = { default = \"2026-08-10\", packages = { numpy = \"2026-09-01\" } }"),
        [
            "certifi-2026.8-pyh_0",
            "numpy-2.4.0-py312_0",
            "ts-utils-1.0-py_0"
        ]
    );
    assert_eq!(
        of(
            "exclude-newer = { default = \"2026-08-10\", channels = { \"./lsstts\" = \"2026-09-01\" } }"
        ),
        [
            "certifi-2026.8-pyh_0",
            "numpy-2.3.1-py312_0",
            "ts-utils-1.1-py_0"
        ]
    );
}

#[test]
fn s25_records_without_a_date_are_not_seen_and_are_counted() {
    let sandbox = Sandbox::with(&format!("{DAY}numpy 2.9 py312_0 : python\n"));
    let ran = solve(
        &sandbox,
        &["--exclude-newer", "2026-08-10", "-o", "locks/", "--json"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!sandbox.read("locks/rsp.lock").contains("numpy-2.9"));
    let channels = &ran.json()["environments"][0]["channels"];
    assert_eq!(channels[0]["without_timestamp"], 1, "{channels}");
}

/// What is broken is listed under `removed`, or only on the label `broken`.
#[test]
fn s27_a_withdrawn_build_is_never_picked_and_is_told_for_an_old_lock() {
    let sandbox = Sandbox::with(
        "channel forge\nrubin-env 2.0.0 h_0 ; ts 2022-03-01\nrubin-env 2.0.0 h_1 ; ts 2022-03-05\n",
    );
    let run = |more: &[&str]| {
        let fixed = ["solve", "-c", "./forge", "-p", "linux-64", "rubin-env"];
        sandbox.run(&[&fixed, more].concat())
    };
    assert_eq!(run(&["-o", "locks/"]).code, 0);
    let locked = || sandbox.read("locks/environment-linux-64.lock.txt");
    assert!(locked().contains("rubin-env-2.0.0-h_1"));
    sandbox.edit("forge/linux-64", |document| {
        document["removed"] = serde_json::json!(["rubin-env-2.0.0-h_1.conda"]);
    });
    let fresh = run(&["-o", "-"]);
    assert_eq!(
        files(&fresh.stdout),
        ["rubin-env-2.0.0-h_0"],
        "never for a new lock"
    );
    let denied = run(&["-o", "locks/", "--deny", "withdrawn"]);
    assert_eq!(denied.code, 1, "{}", denied.stderr);
    assert!(
        locked().contains("rubin-env-2.0.0-h_1"),
        "nothing is written"
    );
    let verified = sandbox.run(&[
        "verify",
        "locks/environment-linux-64.lock.txt",
        "-c",
        "./forge",
    ]);
    assert_eq!(verified.code, 1, "{}", verified.all());
    assert!(
        verified.stdout.contains("rubin-env-2.0.0-h_1"),
        "{}",
        verified.stdout
    );
    let replaced = run(&["-o", "locks/"]);
    assert_eq!(replaced.code, 0, "{}", replaced.stderr);
    assert!(
        replaced
            .stderr
            .contains("rubin-env-2.0.0-h_1.conda is no longer in its channel"),
        "an old lock is told: {}",
        replaced.stderr
    );
    assert!(locked().contains("rubin-env-2.0.0-h_0"));
}

/// The same file name with other bytes is no withdrawal: somebody replaced the file, or the lock.
#[test]
fn s27_a_file_with_another_hash_is_told_as_that() {
    let sandbox = Sandbox::with("channel forge\nrubin-env 2.0.0 h_0 ; ts 2022-03-01\n");
    let run = |more: &[&str]| {
        let fixed = [
            "solve",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "rubin-env",
            "-o",
            "locks/",
        ];
        sandbox.run(&[&fixed, more].concat())
    };
    assert_eq!(run(&[]).code, 0);
    sandbox.edit("forge/linux-64", |document| {
        let record = &mut document["packages.conda"]["rubin-env-2.0.0-h_0.conda"];
        record["sha256"] = "ab".repeat(32).into();
        record["md5"] = "ab".repeat(16).into();
    });
    let said = "rubin-env-2.0.0-h_0.conda` has another hash in its channel than in the lock";
    let denied = run(&["--deny", "withdrawn"]);
    assert_eq!(denied.code, 1, "{}", denied.all());
    assert!(denied.stderr.contains(said), "{}", denied.stderr);
    let ran = run(&["-n", "--json"]);
    let environment = &ran.json_of("solve")["environments"][0];
    assert_eq!(environment["withdrawn"], serde_json::json!([]));
    assert_eq!(
        environment["replaced"],
        serde_json::json!(["rubin-env-2.0.0-h_0.conda"])
    );
}

#[test]
fn s24_the_drift_report_tells_new_uploads_from_what_is_no_longer_visible() {
    let sandbox = Sandbox::with(DAY);
    let drift = |more: &[&str]| {
        let fixed = [
            "advise",
            "drift",
            "--lock",
            "locks/rsp.lock",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "certifi",
            "scipy",
        ];
        sandbox.run(&[&fixed, more].concat())
    };
    assert_eq!(solve(&sandbox, &["-o", "locks/"]).code, 0);
    let same = drift(&[]);
    assert_eq!(same.code, 0, "{}", same.all());
    sandbox.channels(&format!("{DAY}{NEXT_DAY}"));
    let ran = drift(&[]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert_eq!(
        ran.stdout,
        "linux-64: certifi 2026.8 pyh_0 -> 2026.8 pyh_1: a new upload\n\
         linux-64: numpy 2.3.1 py312_0 -> 2.4.0 py312_0: a new upload\n",
        "exactly these two"
    );
    // scipy goes back to an old build that needs another library; numpy is withdrawn.
    sandbox.channels(&format!(
        "{}numpy 2.2.0 py312_0 : python, libnew ; ts 2026-07-30\n{}",
        DAY.replace("numpy 2.3.1 py312_0 : python ; ts 2026-08-03\n", "")
            .replace("numpy >=2.3,<3", "numpy >=2,<3"),
        "libnew 1.0 h_0 ; ts 2026-07-01\n"
    ));
    let json = drift(&["--json"]);
    assert_eq!(json.code, 1, "{}", json.all());
    assert_snapshot!("drift_json", json.stdout);
    let document = json.json_of("drift");
    let changes = document["platforms"][0]["changes"].as_array().unwrap();
    let causes: Vec<(&str, &str)> = changes
        .iter()
        .map(|change| {
            (
                change["name"].as_str().unwrap(),
                change["cause"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(causes, [("libnew", "follows"), ("numpy", "gone")]);
    fs_err::remove_file(sandbox.path().join("locks/rsp.lock")).unwrap();
    let missing = drift(&[]);
    assert_eq!(missing.code, 2, "{}", missing.all());
    assert!(
        missing.stderr.contains("does not exist"),
        "{}",
        missing.stderr
    );
}
