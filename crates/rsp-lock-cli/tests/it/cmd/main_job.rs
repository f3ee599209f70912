//! The first command of the README, on the channel that is embedded in the repository.

use std::{path::Path, process::Command};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Sandbox;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A copy of the example beside a copy of the embedded channels.
fn example() -> Sandbox {
    copied(&["examples/rsp", "fixtures/channels"])
}

/// A sandbox with copies of directories of the repository.
pub(super) fn copied(directories: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for directory in directories {
        copy(&root().join(directory), &sandbox.path().join(directory));
    }
    sandbox
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

/// The lockfiles in a sandbox, with their texts.
pub(super) fn locks(sandbox: &Sandbox) -> Vec<(String, String)> {
    let files = sandbox.files().into_iter();
    files
        .filter(|file| file.ends_with(".lock.txt") || file.ends_with("rsp.lock"))
        .map(|file| (file.clone(), sandbox.read(&file)))
        .collect()
}

const SOLVE: [&str; 3] = ["solve", "-f", "examples/rsp/rsp-lock.toml"];

#[test]
fn s01_the_main_job_writes_the_committed_bytes_again_and_again() {
    let sandbox = example();
    let committed = locks(&sandbox);
    assert_eq!(committed.len(), 5, "four platforms and rsp.lock");
    let kept = sandbox.run(&SOLVE);
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    assert_eq!(
        kept.stderr.matches("unchanged").count(),
        5,
        "{}",
        kept.stderr
    );
    for (file, _) in &committed {
        fs_err::remove_file(sandbox.path().join(file)).unwrap();
    }
    let fresh = sandbox.run(&SOLVE);
    assert_eq!(locks(&sandbox), committed);
    assert_eq!(sandbox.run(&["check", "-f", SOLVE[2]]).code, 0);
    for (file, _) in committed
        .iter()
        .filter(|(file, _)| !file.ends_with("rsp.lock"))
    {
        let ran = sandbox.run(&["verify", file, "-f", SOLVE[2]]);
        assert_eq!(ran.code, 0, "{file}: {}", ran.stdout);
    }
    let native = sandbox.run(&["verify", "examples/rsp/rsp.lock"]);
    assert_eq!(native.code, 0, "{}", native.stderr);
    let overridden = "counts as `dask 2020.12.*` (rsp-lock.toml: `dask 2020.12.*`)";
    assert!(native.stdout.contains(overridden), "{}", native.stdout);

    assert_snapshot!(fresh.all());
    assert!(fresh.stderr.lines().count() <= 25, "{}", fresh.stderr);
    let too_long = fresh.stderr.lines().find(|line| line.chars().count() > 80);
    assert_eq!(too_long, None);
}

#[test]
fn the_embedded_channel_is_named_relative_to_the_request() {
    let sandbox = example();
    let elsewhere = sandbox.path().join("examples");
    let output = Command::new(env!("CARGO_BIN_EXE_rsp-lock"))
        .args(["solve", "-f", "rsp/rsp-lock.toml", "--dry-run", "--fresh"])
        .current_dir(elsewhere)
        .env_clear()
        .output()
        .unwrap();
    let ran = sandbox.ran(&output);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// What is not the best is told with its reason: in short for people, all of it as facts.
#[test]
fn what_is_not_the_best_is_told_with_its_reason_where_that_is_asked_for() {
    let sandbox = example();
    let solve = |more: &[&str]| {
        let fresh = ["--fresh", "-n", "-p", "linux-64", "--explain-choice"];
        sandbox.run(&[&SOLVE[..], &fresh, more].concat())
    };
    assert_snapshot!("choices", solve(&[]).all());
    assert_snapshot!("choices_in_full", solve(&["-v"]).all());
    let document = solve(&["--json", "-q"]).json_of("solve");
    let of = |document: &Value| document["environments"][0]["choices"].clone();
    let choices = of(&document);
    let choices = choices.as_array().unwrap();
    let jedi = choices.iter().find(|choice| choice["name"] == "jedi");
    let jedi = serde_json::to_string_pretty(jedi.unwrap()).unwrap();
    assert_snapshot!("choice_json", jedi);
    let better = choices
        .iter()
        .flat_map(|choice| choice["better"].as_array().unwrap());
    let is_told = |better: &Value| {
        let reasons = better["reasons"].as_array().unwrap();
        !reasons.is_empty() && better["text"] != ""
    };
    assert!(better.clone().count() > 50);
    assert!(better.into_iter().all(is_told));
    let plain = sandbox.run(&[&SOLVE[..], &["-n", "--json", "-q"]].concat());
    assert!(of(&plain.json()).is_null(), "nobody asked");
}

/// A base that moves as little as possible, and packages that are locked, say so.
#[test]
fn what_is_kept_is_told_as_kept() {
    let sandbox = Sandbox::with("channel forge\na 1 0 : b ; noarch\nb 1 0 ; noarch");
    let solve = |more: &[&str]| {
        let plain = [
            "solve", "-c", "./forge", "-p", "linux-64", "a", "-o", "locks/",
        ];
        let ran = sandbox.run(&[&plain[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stderr
    };
    solve(&[]);
    sandbox.channels(
        "channel forge\na 1 0 : b ; noarch\nb 1 0 ; noarch\nb 2 0 ; noarch\nb 3 0 ; noarch",
    );
    let kept = solve(&["--explain-choice"]);
    assert!(
        kept.contains("b 1 instead of 3: kept as it is locked"),
        "{kept}"
    );
    let lock = "locks/environment-linux-64.lock.txt";
    fs_err::copy(sandbox.path().join(lock), sandbox.path().join("base.txt")).unwrap();
    let on_base = |more: &[&str]| {
        let base = ["--fresh", "--base", "base.txt", "--explain-choice"];
        solve(&[&base[..], more].concat())
    };
    let frozen = on_base(&[]);
    assert!(
        frozen.contains("b 1 instead of 3: the base has it"),
        "{frozen}"
    );
    let moved = on_base(&["--policy", "minimal-change", "b >1"]);
    assert!(
        moved.contains("the base moves as little as possible"),
        "{moved}"
    );
}
