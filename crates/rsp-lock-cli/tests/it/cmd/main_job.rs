//! The first command of the README, on the channel that is embedded in the repository.

use std::{path::Path, process::Command};

use insta::assert_snapshot;

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
