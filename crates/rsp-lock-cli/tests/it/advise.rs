//! S19 to S21, S26, S27: advice that takes several solves, or a lock and the channels of today.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// A stack on python 3.13, a user interface that fits it, and one that does not.
const WORLD: &str = "
channel forge
python 3.13.1 0_cp313
python 3.14.0 0_cp314
numpy 2.3.1 py313_0 : python >=3.13,<3.14
numpy 2.4.0 py314_0 : python >=3.14,<3.15
tzdata 2025a 0 ; noarch
tzdata 2026a 0 ; noarch
rubin-env 13.0.1 py313_6 : python >=3.13,<3.14, numpy, tzdata
jupyterlab 4.4.0 pyh_0 : python >=3.10, tzdata ; noarch
ipympl 0.10.0 pyh_0 : python >=3.10, numpy ; noarch
ipympl 1.0.0 pyh_0 : python >=3.10, numpy >=2.4 ; noarch
new-ui 1.0 py314_0 : python >=3.14
";

/// The stack, locked in `stack/rsp.lock` and `stack/stack-linux-64.lock.txt`.
fn with_stack() -> Sandbox {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file(
        "stack/rsp-lock.toml",
        "[environment]\nname = \"stack\"\nchannels = [\"../forge\"]\nplatforms = [\"linux-64\"]\n\
         [requirements]\nrubin-env = \"*\"\ntzdata = \"2025a\"\nipympl = \"*\"\n",
    );
    let ran = sandbox.run(&["solve", "-f", "stack/rsp-lock.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox
}

fn two_envs(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = [
        "advise",
        "two-envs",
        "--stack",
        "stack/rsp.lock",
        "-c",
        "./forge",
        "-p",
        "linux-64",
    ];
    sandbox.run(&[&fixed, more].concat())
}

/// The sizes of the packages that a lock's explicit file lists, by file name.
fn sizes(sandbox: &Sandbox, lock: &str) -> Vec<(String, u64)> {
    let mut known: Vec<(String, u64)> = Vec::new();
    for subdir in ["linux-64", "noarch"] {
        let text = sandbox.read(&format!("forge/{subdir}/repodata.json"));
        let document: Value = serde_json::from_str(&text).unwrap();
        for (file, record) in document["packages.conda"].as_object().unwrap() {
            known.push((file.clone(), record["size"].as_u64().unwrap()));
        }
    }
    let text = sandbox.read(lock);
    known.retain(|(file, _)| text.contains(&format!("/{file}#")));
    known
}

#[test]
fn s19_a_clone_and_a_fresh_environment_each_locked_with_sizes() {
    let sandbox = with_stack();
    let ran = two_envs(
        &sandbox,
        &[
            "jupyterlab",
            "new-ui",
            "--other-bytes",
            "3000",
            "-o",
            "plans",
        ],
    );
    assert_snapshot!(ran.all());
    let clone = sandbox.read("plans/clone/environment-linux-64.lock.txt");
    let stack = sandbox.read("stack/stack-linux-64.lock.txt");
    for line in stack.lines().filter(|line| line.starts_with("https://")) {
        assert!(
            clone.contains(line),
            "every package of the stack as it is: {line}"
        );
    }
    assert!(clone.contains("/jupyterlab-4.4.0-"), "{clone}");
    let fresh = sandbox.read("plans/fresh/environment-linux-64.lock.txt");
    assert!(fresh.contains("/new-ui-1.0-py314_0"), "{fresh}");
    assert!(fresh.contains("/python-3.14.0-"), "{fresh}");
    for lock in ["clone", "fresh"] {
        let lock = format!("plans/{lock}/environment-linux-64.lock.txt");
        let verified = sandbox.run(&["verify", &lock, "-c", "./forge"]);
        assert_eq!(verified.code, 0, "{}", verified.all());
    }
}

#[test]
fn s19_sizes_add_up_to_the_byte() {
    let sandbox = with_stack();
    let ran = two_envs(&sandbox, &["jupyterlab", "-o", "plans", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document = ran.json_of("two-envs");
    let bytes = |lock: &str| {
        sizes(&sandbox, lock)
            .iter()
            .map(|(_, size)| size)
            .sum::<u64>()
    };
    let stack = bytes("stack/stack-linux-64.lock.txt");
    assert_eq!(document["stack"]["bytes"], stack);
    for plan in document["plans"].as_array().unwrap() {
        let name = plan["plan"].as_str().unwrap();
        let lock = format!("plans/{name}/environment-linux-64.lock.txt");
        assert_eq!(plan["added_copied"], bytes(&lock), "copied in full: {name}");
        let there = sizes(&sandbox, "stack/stack-linux-64.lock.txt");
        let own = sizes(&sandbox, &lock);
        let own: u64 = own
            .iter()
            .filter(|one| !there.contains(one))
            .map(|(_, size)| size)
            .sum();
        assert_eq!(plan["added_linked"], own, "hard links cost nothing: {name}");
        let share = bytes(&lock) * 1000 / stack;
        assert_eq!(plan["copied_permille_of_image"], share, "{name}");
    }
}

#[test]
fn s20_aligned_environments_share_more_files() {
    let sandbox = with_stack();
    let shared = |more: &[&str]| {
        let ran = two_envs(
            &sandbox,
            &[&["new-ui", "jupyterlab", "--json"], more].concat(),
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.json()["plans"][1]["shared"]["packages"].clone()
    };
    assert_eq!(shared(&[]), 0);
    assert_eq!(
        shared(&["--align"]),
        1,
        "tzdata may be the stack's, python may not"
    );
}

#[test]
fn s19_where_no_plan_works_the_reasons_are_told() {
    let sandbox = with_stack();
    let ran = two_envs(&sandbox, &["no-such-package", "-o", "plans"]);
    assert_eq!(ran.code, 3, "{}", ran.all());
    assert!(ran.stdout.contains("no-such-package"), "{}", ran.stdout);
    assert!(!sandbox.path().join("plans").exists(), "nothing is written");
    let platforms = sandbox.run(&[
        "advise",
        "two-envs",
        "--stack",
        "stack/rsp.lock",
        "-c",
        "./forge",
        "-p",
        "linux-64,osx-64",
        "jupyterlab",
    ]);
    assert_eq!(platforms.code, 2, "{}", platforms.stderr);
    assert!(platforms.stderr.contains("-p"), "{}", platforms.stderr);
    fs_err::remove_file(sandbox.path().join("stack/rsp.lock")).unwrap();
    let missing = two_envs(&sandbox, &["jupyterlab"]);
    assert!(
        missing.stderr.contains("does not exist"),
        "{}",
        missing.stderr
    );
    assert_eq!(missing.code, 2, "{}", missing.stderr);
}

#[test]
fn s21_halves_in_two_locks_must_match() {
    let sandbox = with_stack();
    let ran = sandbox.run(&[
        "solve",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "-o",
        "ui.txt",
        "ipympl 1.*",
        "new-ui",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let pairs = |more: &[&str]| {
        let fixed = [
            "advise",
            "pairs",
            "stack/rsp.lock",
            "ui.txt",
            "-c",
            "./forge",
        ];
        sandbox.run(&[&fixed, more].concat())
    };
    let ran = pairs(&[
        "--pair",
        "ipympl=major,tzdata=version",
        "--pair",
        "rubin-env/new-ui=major",
    ]);
    assert_snapshot!(ran.all());
    let json = pairs(&["--pair", "ipympl=major,rubin-env/new-ui=minor", "--json"]);
    json.json_of("pairs");
    assert_snapshot!("pairs_json", json.stdout);
    let fine = pairs(&["--pair", "jupyter-ai=version"]);
    assert_eq!(fine.code, 0, "neither has it: {}", fine.all());
    for (bad, word) in [("ipympl", "NAME[/NAME]=RULE"), ("ipympl=same", "`major`")] {
        let ran = pairs(&["--pair", bad]);
        assert_eq!(ran.code, 2, "{}", ran.all());
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    assert_eq!(pairs(&[]).code, 2, "no pair is named");
    let both = two_envs(&sandbox, &["ipympl 1.*", "--pair", "ipympl=major"]);
    assert_eq!(both.code, 1, "{}", both.all());
    let json = two_envs(
        &sandbox,
        &["ipympl 1.*", "--pair", "ipympl=major", "--json"],
    );
    json.json_of("two-envs");
    assert_snapshot!("two_envs_json", json.stdout);
    assert!(
        both.stdout
            .contains("ipympl 0.10.0 against ipympl 1.0.0: not the same major version"),
        "{}",
        both.stdout
    );
}

/// An environment of March 2022, and a channel that went on.
const THEN: &str = "
channel forge
rubin-env 2.0.0 h_1 : libpq, rubin-scheduler
rubin-scheduler 4.0.0 py_0 ; noarch
libpq 15.4 hfc447b1_0 : openssl >=3.1.2,<4.0a0
openssl 3.2.0 hd590300_0
lost 1.0 h_0
kept 1.0 h_0
";

fn aged() -> Sandbox {
    let sandbox = Sandbox::with(THEN);
    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"old\"\nchannels = [\"./forge\"]\nplatforms = [\"linux-64\"]\n\
         [requirements]\nrubin-env = \"*\"\nlost = \"*\"\nkept = \"*\"\n",
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox.channels(
        "channel forge
rubin-env 2.0.0 h_0 : libpq, rubin-scheduler
rubin-env 2.0.1 h_0 : libpq, rubin-scheduler
rubin-scheduler 3.9.0 py_0 ; noarch
rubin-scheduler 4.0.0 py_1 ; noarch
libpq 15.4 hfc447b1_0 : openssl >=3.1.2,<4.0a0
openssl 3.2.0 hd590300_0
openssl 3.1.4 hd590300_0
kept 1.0 h_0
",
    );
    sandbox.edit("forge/linux-64", |document| {
        document["removed"] = serde_json::json!(["rubin-env-2.0.0-h_1.conda"]);
        document["packages.conda"]["libpq-15.4-hfc447b1_0.conda"]["depends"] =
            serde_json::json!(["openssl >=3.1.2,<3.2.0a0"]);
    });
    sandbox
}

#[test]
fn s27_withdrawn_builds_and_s26_patched_metadata_of_an_old_lock() {
    let sandbox = aged();
    let ran = sandbox.run(&["advise", "aging", "rsp.lock"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    let json = sandbox.run(&["advise", "aging", "rsp.lock", "--json"]);
    assert_eq!(json.code, 1, "{}", json.stderr);
    assert_snapshot!("aging_json", json.stdout);
    let document = json.json_of("aging");
    let aged = document["platforms"][0]["aged"].as_array().unwrap();
    let of = |name: &str| aged.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(of("rubin-env")["fate"], "removed");
    assert_eq!(of("rubin-env")["replacement"], "rubin-env 2.0.1 h_0");
    assert_eq!(of("rubin-scheduler")["fate"], "gone");
    assert_eq!(
        of("rubin-scheduler")["replacement"],
        "rubin-scheduler 4.0.0 py_1"
    );
    assert_eq!(of("lost")["replacement"], Value::Null);
    assert_eq!(of("libpq")["fate"], "patched");
    assert_eq!(aged.len(), 4, "kept and openssl are as they were");
}

#[test]
fn s27_an_explicit_file_keeps_no_metadata_and_is_refused() {
    let sandbox = aged();
    let ran = sandbox.run(&["advise", "aging", "old-linux-64.lock.txt", "-c", "./forge"]);
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(ran.stderr.contains("rsp-lock verify"), "{}", ran.stderr);
}

#[test]
fn s26_verify_warns_of_metadata_that_was_patched_since() {
    let sandbox = aged();
    let ran = sandbox.run(&["verify", "rsp.lock"]);
    let warning = "warning: still downloadable, but today's metadata says it conflicts: \
                   libpq 15.4 hfc447b1_0 requires `openssl >=3.1.2,<3.2.0a0`";
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
    let faults: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("error"))
        .collect();
    assert!(
        faults
            .iter()
            .all(|line| line.contains("in none of the given channels")),
        "only what is gone is wrong: {faults:#?}"
    );
    let lock = sandbox.read("rsp.lock");
    assert!(
        lock.contains("openssl >=3.1.2,<4.0a0"),
        "the metadata of then is kept in the lock"
    );
}

#[test]
fn s26_a_lock_is_no_worse_for_a_patch_alone() {
    let sandbox = Sandbox::with(
        "channel forge\nlibpq 15.4 h_0 : openssl >=3.1.2,<4.0a0\nopenssl 3.2.0 h_0\n",
    );
    let solved = sandbox.run(&[
        "solve", "-c", "./forge", "-p", "linux-64", "libpq", "-o", ".",
    ]);
    assert_eq!(solved.code, 0, "{}", solved.stderr);
    sandbox.edit("forge/linux-64", |document| {
        document["packages.conda"]["libpq-15.4-h_0.conda"]["depends"] =
            serde_json::json!(["openssl >=3.1.2,<3.2.0a0"]);
    });
    let ran = sandbox.run(&["verify", "rsp.lock"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(ran.stdout.starts_with("warning: "), "{}", ran.stdout);
    // A file without the metadata of then has only the word of today.
    let explicit = sandbox.run(&["verify", "environment-linux-64.lock.txt", "-c", "./forge"]);
    assert_eq!(explicit.code, 1, "{}", explicit.all());
}

#[test]
fn s27_an_explicit_file_is_still_made_from_an_old_lock() {
    let sandbox = aged();
    let ran = sandbox.run(&["export", "rsp.lock"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("/rubin-env-2.0.0-h_1.conda"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_release_line_of_nothing_is_a_slip() {
    let sandbox = with_stack();
    let ran = sandbox.run(&[
        "advise",
        "lines",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "--of",
        "rubin-envx",
        "--pin",
        "numpy <1",
    ]);
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(
        ran.stderr
            .contains("no channel has a release of `rubin-envx`"),
        "{}",
        ran.stderr
    );
}
