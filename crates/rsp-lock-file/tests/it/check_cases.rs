//! `fixtures/check`: one directory for each reason why a lock is stale.
//!
//! Each holds a request, a lock and what `check` says. To write them anew after
//! a change of the lock's form:
//! `cargo test -p rsp-lock-file --test it write_the_cases -- --ignored`

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use fs_err as fs;
use rattler_conda_types::RepoDataRecord;
use rsp_lock_file::{
    check::{check, text},
    native::{NativeLock, read, render},
};
use rsp_lock_spec::{Request, Source, parse_toml};

use crate::common::{lock_of_channels, record, records};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/check")
}

fn request(text: &str) -> Request {
    parse_toml(&Source::new("rsp-lock.toml", text))
        .unwrap()
        .request
}

/// What `check` says, a line each: the kind and the sentence.
fn said(request: &Request, lock: &NativeLock) -> String {
    check(request, lock)
        .iter()
        .fold(String::new(), |mut said, reason| {
            let _ = writeln!(said, "{}: {}", reason.kind(), text(reason));
            said
        })
}

#[test]
fn each_reason_is_found_and_said() {
    let mut cases = 0;
    for case in fs::read_dir(directory()).unwrap() {
        let case = case.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let file = |name: &str| fs::read_to_string(case.join(name)).unwrap();
        let lock_text = file("rsp.lock");
        let lock = read(&lock_text, "rsp.lock").unwrap();
        assert_eq!(
            render(&lock).unwrap(),
            lock_text,
            "{name}: not in canonical form"
        );
        let said = said(&request(&file("rsp-lock.toml")), &lock);
        assert_eq!(said, file("expected.txt"), "{name}");
        let found = said
            .lines()
            .any(|line| line.starts_with(&format!("{name}: ")));
        assert!(found || name == "fits", "{name} is not among:\n{said}");
        cases += 1;
    }
    assert!(cases >= 30, "{cases}");
}

const REQUEST: &str = r#"[environment]
name = "demo"
channels = ["forge", "lsstts"]
channel-priority = "strict"
platforms = ["linux-64", "osx-arm64"]
exclude-newer = "14d"

[requirements]
dask = { version = "2020.12", reason = "the portal's notebooks", ticket = "DM-1" }
python = ">=3.8"

[constraints]
numpy = "<2"

[overrides]
dask-core = { version = "2020.12", reason = "newer ones break distributed" }
bokeh = "2.2.*"

[dependencies]
drop = ["distributed: sortedcontainers"]

[base]
lock = "stack.lock.txt"

[pip]
requirements = ["nclib ==1.0.1"]
"#;

/// The solution of the request on a platform.
fn solution(subdir: &str) -> Vec<RepoDataRecord> {
    let mut solution = records(subdir);
    solution[1]
        .package_record
        .depends
        .push("sortedcontainers !=2.0.0".to_owned());
    solution[2]
        .package_record
        .constrains
        .push("numpy >=1.18".to_owned());
    let mut salobj = record("noarch", "ts-salobj-6.0-py_0", &["python"]);
    salobj.channel = Some("https://conda.example.org/lsstts/".to_owned());
    salobj.url = "https://conda.example.org/lsstts/noarch/ts-salobj-6.0-py_0.conda"
        .parse()
        .unwrap();
    solution.push(salobj);
    solution
}

/// A case: its name, edits of the request, edits of the lock (each in all places).
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const CASES: &[Case] = &[
    (
        "fits",
        &[(
            "[requirements]\n",
            "[requirements] # a comment, and lines that moved\n\n",
        )],
        &[],
    ),
    (
        "name-changed",
        &[("name = \"demo\"", "name = \"rsp\"")],
        &[],
    ),
    (
        "environment-missing",
        &[("name = \"demo\"", "name = \"rsp\"")],
        &[("second environment", "")],
    ),
    (
        "channel-added",
        &[("\"lsstts\"]", "\"lsstts\", \"more\"]")],
        &[],
    ),
    ("channel-removed", &[(", \"lsstts\"]", "]")], &[]),
    (
        "channels-reordered",
        &[("\"forge\", \"lsstts\"", "\"lsstts\", \"forge\"")],
        &[],
    ),
    (
        "channel-priority-changed",
        &[("\"strict\"", "\"flexible\"")],
        &[],
    ),
    (
        "strategy-changed",
        &[(
            "exclude-newer",
            "strategy = \"lowest-direct\"\nexclude-newer",
        )],
        &[],
    ),
    (
        "exclude-newer-changed",
        &[(
            "\"14d\"",
            "{ default = \"7d\", packages = { dask = \"2021-01-31\" } }",
        )],
        &[],
    ),
    (
        "base-changed",
        &[(
            "stack.lock.txt\"",
            "stack.lock.txt\"\npolicy = \"minimal-change\"",
        )],
        &[],
    ),
    (
        "requirement-added",
        &[("python = ", "zlib = \"*\"\npython = ")],
        &[],
    ),
    ("requirement-removed", &[("python = \">=3.8\"\n", "")], &[]),
    (
        "requirement-changed",
        &[("\">=3.8\"", "\">=3.8,<3.9\"")],
        &[],
    ),
    (
        "requirement-unsatisfied",
        &[("python = ", "scipy = \"*\"\nzlib = \">=1.3\"\npython = ")],
        &[],
    ),
    (
        "constraint-added",
        &[("numpy = ", "jedi = \"<0.18\"\nnumpy = ")],
        &[],
    ),
    ("constraint-removed", &[("numpy = \"<2\"\n", "")], &[]),
    ("constraint-changed", &[("\"<2\"", "\"<2.1\"")], &[]),
    (
        "constraint-violated",
        &[("numpy = ", "zlib = \">=1.2.12\"\nnumpy = ")],
        &[],
    ),
    (
        "override-added",
        &[("bokeh = ", "pandas = \"1.*\"\nbokeh = ")],
        &[],
    ),
    ("override-removed", &[("bokeh = \"2.2.*\"\n", "")], &[]),
    ("override-changed", &[("\"2.2.*\"", "\"2.3.*\"")], &[]),
    (
        "overrides-reordered",
        &[
            ("bokeh = \"2.2.*\"\n", ""),
            ("[overrides]\n", "[overrides]\nbokeh = \"2.2.*\"\n"),
        ],
        &[],
    ),
    (
        "dependency-added",
        &[("drop = [", "add = [\"dask: toolz\"]\ndrop = [")],
        &[],
    ),
    (
        "dependency-removed",
        &[("\"distributed: sortedcontainers\"", "")],
        &[],
    ),
    (
        "pip-added",
        &[("[\"nclib", "[\"jupyterlab-hdf\", \"nclib")],
        &[],
    ),
    ("pip-removed", &[("\"nclib ==1.0.1\"", "")], &[]),
    ("pip-changed", &[("==1.0.1", "==1.0.2")], &[]),
    (
        "platform-added",
        &[("\"osx-arm64\"]", "\"osx-arm64\", \"linux-aarch64\"]")],
        &[],
    ),
    ("platform-removed", &[(", \"osx-arm64\"]", "]")], &[]),
    (
        "subdir-changed",
        &[(
            "\"osx-arm64\"]",
            "{ name = \"osx-arm64\", subdir = \"osx-64\" }]",
        )],
        &[],
    ),
    (
        "virtual-packages-changed",
        &[(
            "\"linux-64\"",
            "{ name = \"linux-64\", subdir = \"linux-64\", virtual-packages = { glibc = \"2.39\" } }",
        )],
        &[],
    ),
    (
        "request-edited",
        &[],
        &[
            ("reason = \"the portal's notebooks\"", "reason = \"any\""),
            (
                "spec = \"python >=3.8\"",
                "spec = \"python >=3.8\"\nfloat = true",
            ),
        ],
    ),
    ("records-edited", &[], &[("size = 10", "size = 20")]),
    (
        "dependency-unsatisfied",
        &[],
        &[("version = \"1.2.11\"", "version = \"1.3.0\"")],
    ),
    (
        "constrains-violated",
        &[],
        &[("numpy >=1.18", "zlib >=1.2.12")],
    ),
];

#[test]
#[ignore = "writes fixtures/check"]
fn write_the_cases() {
    let channels = [
        ("forge", "https://conda.example.org/forge/"),
        ("lsstts", "https://conda.example.org/lsstts/"),
    ];
    let base = render(&lock_of_channels(&request(REQUEST), solution, &channels)).unwrap();
    for (name, request_edits, lock_edits) in CASES {
        let edit = |text: &str, edits: &[(&str, &str)]| {
            edits.iter().fold(text.to_owned(), |text, (from, to)| {
                assert!(text.contains(from), "{name}: {from}");
                text.replace(from, to)
            })
        };
        let toml = edit(REQUEST, request_edits);
        let lock = if *name == "environment-missing" {
            let mut lock = read(&base, "rsp.lock").unwrap();
            let mut second = lock.environments[0].clone();
            second.name = "stack".to_owned();
            lock.environments.push(second);
            render(&lock).unwrap()
        } else {
            edit(&base, lock_edits)
        };
        let case = directory().join(name);
        fs::create_dir_all(&case).unwrap();
        fs::write(case.join("rsp-lock.toml"), &toml).unwrap();
        fs::write(case.join("rsp.lock"), &lock).unwrap();
        let said = said(&request(&toml), &read(&lock, "rsp.lock").unwrap());
        fs::write(case.join("expected.txt"), said).unwrap();
    }
}
