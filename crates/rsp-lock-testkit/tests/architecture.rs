//! ARCHITECTURE.md's rules about the tree itself: who may depend on what, and
//! that the map names every room.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of all crates that `package` is built from, without its dev-dependencies.
fn built_from(package: &str, extra: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", package, "-e", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(extra)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names: BTreeSet<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(names.contains(package));
    names
}

fn assert_absent(package: &str, extra: &[&str], unwanted: &[&str]) {
    let names = built_from(package, extra);
    for name in unwanted {
        assert!(
            !names.contains(*name),
            "{package} must not be built from {name}: see ARCHITECTURE.md"
        );
    }
}

const NETWORK: &[&str] = &["tokio", "reqwest", "hyper", "rustls", "ring"];

#[test]
fn pure_crates_have_no_runtime_no_network_and_no_tls() {
    for package in [
        "rsp-lock-spec",
        "rsp-lock-index",
        "rsp-lock-engine",
        "rsp-lock-solve",
        "rsp-lock-prove",
        "rsp-lock-verify",
        "rsp-lock-file",
        "rsp-lock-recipe",
        "rsp-lock-pip",
    ] {
        assert_absent(package, &[], NETWORK);
    }
}

#[test]
fn locking_records_in_memory_needs_no_runtime_no_network_and_no_tls() {
    assert_absent("rsp-lock", &["--no-default-features"], NETWORK);
}

/// Which of our crates each crate may be built from, directly or not.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("spec", &[]),
    ("index", &["spec"]),
    ("engine", &["spec", "index"]),
    ("verify", &["spec"]),
    ("file", &["spec"]),
    ("recipe", &["spec"]),
    ("pip", &["spec"]),
    ("channel", &["spec", "index"]),
    ("solve", &["spec", "index", "engine"]),
    ("prove", &["spec", "index", "engine", "solve"]),
    ("fixtures", &[]),
    ("testkit", &[]),
];

#[test]
fn dependencies_point_one_way() {
    for (name, may_see) in MAY_SEE {
        let package = format!("rsp-lock-{name}");
        let seen = built_from(&package, &[]);
        let seen = seen
            .iter()
            .filter_map(|name| name.strip_prefix("rsp-lock"))
            .map(|name| name.trim_start_matches('-'));
        for other in seen.filter(|other| other != name) {
            assert!(
                may_see.contains(&other),
                "{package} must not be built from rsp-lock-{other}: see ARCHITECTURE.md"
            );
        }
    }
    let above = ["rsp-lock-cli", "rsp-lock-advise", "clap", "indicatif"];
    assert_absent("rsp-lock", &[], &above);
    assert_absent("rsp-lock-advise", &[], &["rsp-lock-cli", "clap"]);
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_map_names_every_crate() {
    let map = fs_err::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            map.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not mention {name}"
        );
    }
}

#[test]
fn unsafe_stands_in_one_file() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let word = ["unsafe", "_code"].concat();
    let with: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| fs_err::read_to_string(file).unwrap().contains(&word))
        .collect();
    let allowed = root().join("crates/rsp-lock-index/src/mapped.rs");
    assert_eq!(with, [allowed]);
}

#[test]
fn no_source_file_is_longer_than_800_lines() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    assert!(files.len() > 50);
    for file in files {
        let lines = fs_err::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 800, "{} has {lines} lines", file.display());
    }
}
