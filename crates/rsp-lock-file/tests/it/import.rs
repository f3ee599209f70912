//! S02 and S03: what the Rubin Science Platform has written is read.

use std::{fmt::Write as _, path::Path};

use fs_err as fs;
use rattler_conda_types::Subdir;
use rsp_lock_file::{
    FileError,
    explicit::{self, HashKind, KnownHashes},
    import::{FindingKind, ImportKind, Imported, read},
};
use serde_json::Value;

use crate::common::shared;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/lockfiles")
        .join(name);
    fs::read_to_string(path).unwrap()
}

fn imported(name: &str) -> Imported {
    read(&fixture(name), name).unwrap()
}

fn findings(imported: &Imported) -> Vec<(usize, String)> {
    imported
        .findings
        .iter()
        .map(|finding| (finding.line, finding.what.to_string()))
        .collect()
}

#[test]
fn s02_explicit_files_are_read_and_written_byte_for_byte() {
    for name in ["stack.env", "hashes.txt", "crlf-blank-lines.txt"] {
        let text = fixture(name);
        assert_eq!(explicit::read(&text, name).unwrap().text(), text, "{name}");
    }
    let stack = imported("stack.env");
    assert_eq!(stack.kind, ImportKind::Explicit);
    assert_eq!(stack.platform, Some(Subdir::Linux64));
    assert_eq!(
        stack.environment.as_deref(),
        Some("lsst-scipipe-13.1.0-rsp")
    );
    let names: Vec<String> = stack
        .conda
        .iter()
        .map(|e| {
            format!(
                "{} {} {}",
                e.name,
                e.version,
                e.build.as_deref().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            "font-ttf-dejavu-sans-mono 2.37 hab24e00_0",
            "python_abi 3.13 9_cp313",
            "_x86_64-microarch-level 4 3_icelake",
            "x264 1!164.3095 h166bdaf_2",
            "perl 5.32.1 7_hd590300_perl5",
            "rubin-env 13.1.0 py313h87b86d6_2",
        ]
    );
}

#[test]
fn s02_hashes_are_appended_where_known_and_their_absence_is_reported() {
    let file = explicit::read(&fixture("stack.env"), "stack.env").unwrap();
    let rehashed = explicit::rehash(&file, HashKind::Md5, |entry| KnownHashes {
        md5: entry
            .url
            .as_str()
            .starts_with("https")
            .then(|| [7; 16].into()),
        sha256: None,
    });
    assert_eq!(rehashed.unknown, ["rubin-env-13.1.0-py313h87b86d6_2.conda"]);
    let again = explicit::read(&rehashed.text, "again").unwrap();
    assert_eq!(
        again
            .entries
            .iter()
            .filter(|entry| entry.hash.is_some())
            .count(),
        5
    );
    let back = explicit::rehash(&again, HashKind::None, |_| KnownHashes::default());
    assert_eq!(back.text, file.text());
}

#[test]
fn s03_an_env_export_keeps_conda_and_pip_apart() {
    let export = imported("env-export.yml");
    assert_eq!(export.kind, ImportKind::EnvironmentYaml);
    assert_eq!(export.channels, ["conda-forge", "defaults"]);
    assert_eq!(
        (export.conda.len(), export.pip.len(), export.specs.len()),
        (4, 3, 0)
    );
    assert_eq!(
        (export.conda[1].version.as_str(), export.conda[1].line),
        ("6.18.00", 7)
    );
    assert_eq!(
        (export.pip[1].name.as_str(), export.pip[1].line),
        ("ruamel-yaml", 12)
    );
    assert!(
        export.pip[2]
            .location
            .as_deref()
            .unwrap()
            .starts_with("git+https://")
    );
    assert!(export.findings.is_empty());
    let packages = imported("packages.yml");
    assert_eq!((packages.conda.len(), packages.pip.len()), (3, 0));
    assert_eq!(
        packages.conda[1].build.as_deref(),
        Some("minuit2_standalone")
    );
}

#[test]
fn s03_a_list_by_hand_loses_its_comments_and_its_extra_with_a_warning() {
    let bleed = imported("bleed.yml");
    let specs: Vec<&str> = bleed.specs.iter().map(|spec| spec.text.as_str()).collect();
    assert_eq!(
        specs,
        [
            "boost =1.70",
            "pyqt <5.12",
            "pytest-doctestplus !=0.7.0",
            "holoviews",
            "pip"
        ]
    );
    let found = findings(&bleed);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(matches!(bleed.findings[0].what, FindingKind::Extra { .. }));
    assert_eq!(found[0].0, 10);
    assert_eq!(
        found[1],
        (12, "expected a spec of conda, found `numpy >>1`".to_owned())
    );
}

#[test]
fn s03_what_an_environment_file_says_besides_packages_is_named() {
    let text = "dependencies:\n  - python\nvariables:\n  A: 1\nprefix: /opt/x\n";
    let environment = read(text, "environment.yml").unwrap();
    let reason = "`variables` was left out: it is about the environment, not about packages";
    assert_eq!(findings(&environment), [(3, reason.to_owned())]);
    assert!(!environment.findings[0].what.is_loss());
}

#[test]
fn s03_the_banner_is_skipped_and_broken_lines_are_named() {
    let list = imported("list-export-banner.txt");
    assert_eq!(list.kind, ImportKind::ListExport);
    assert_eq!((list.conda.len(), list.pip.len()), (2, 1));
    assert_eq!(list.pip[0].name, "argo-workflows");
    assert_eq!(list.platform, Some(Subdir::Linux64));
    assert_eq!(
        findings(&list),
        [
            (1, "a banner in the file was skipped".to_owned()),
            (
                16,
                "expected `name=version=build`, found `this line is broken`".to_owned()
            ),
        ]
    );
    assert_eq!(
        (list.findings[0].last_line, list.findings[0].what.is_loss()),
        (10, false)
    );
}

#[test]
fn s03_pip_freeze_tells_what_conda_built() {
    let freeze = imported("freeze.txt");
    assert_eq!(freeze.kind, ImportKind::PipFreeze);
    let of_conda: Vec<bool> = freeze.pip.iter().map(|pip| pip.from_conda).collect();
    assert_eq!(of_conda, [true, false, false, false]);
    assert_eq!(findings(&freeze)[0].0, 4);
}

#[test]
fn texts_of_no_kind_and_texts_of_which_nothing_can_be_read_are_errors() {
    assert!(matches!(
        read("hello\nworld\n", "x"),
        Err(FileError::UnknownFormat { .. })
    ));
    assert!(matches!(
        read("", "x"),
        Err(FileError::UnknownFormat { .. })
    ));
    let bad = "dependencies:\n  - numpy >>1\n";
    assert!(matches!(
        read(bad, "x"),
        Err(FileError::NothingRead { line: 2, .. })
    ));
    assert!(matches!(
        read("dependencies:\n  - [a\n", "x"),
        Err(FileError::Yaml { .. })
    ));
}

#[test]
fn s03_the_raw_files_are_read() {
    use ImportKind::{EnvironmentYaml, Explicit, ListExport, PipFreeze};
    let Some(inputs) = shared("domain/inputs") else {
        return;
    };
    let count = |name: &str| {
        let text = fs::read_to_string(inputs.join("raw").join(name)).unwrap();
        let imported = read(&text, name).unwrap();
        let lost = imported
            .findings
            .iter()
            .filter(|finding| finding.what.is_loss())
            .count();
        (
            imported.kind,
            imported.conda.len(),
            imported.specs.len(),
            imported.pip.len(),
            lost,
        )
    };
    assert_eq!(
        count("nublado-2021-01-31-conda-stack.yml"),
        (EnvironmentYaml, 618, 0, 39, 0)
    );
    assert_eq!(
        count("nublado-2021-01-31-conda-stack.txt"),
        (ListExport, 618, 0, 40, 0)
    );
    assert_eq!(
        count("nublado-2021-01-31-requirements-stack.txt"),
        (PipFreeze, 0, 0, 425, 0)
    );
    assert_eq!(
        count("scipipe-packages-linux-64.yml"),
        (EnvironmentYaml, 284, 0, 0, 0)
    );
    assert_eq!(
        count("scipipe-bleed-linux-64.yml"),
        (EnvironmentYaml, 0, 74, 0, 0)
    );
    assert_eq!(count("scipipe-linux-64.lock"), (Explicit, 284, 0, 0, 0));
    let text = fs::read_to_string(inputs.join("raw/scipipe-linux-64.lock")).unwrap();
    assert_eq!(explicit::read(&text, "lock").unwrap().text(), text);
}

#[test]
fn s03_the_resolved_environments_are_read() {
    let Some(inputs) = shared("domain/inputs") else {
        return;
    };
    let mut locks = 0;
    let mut exports = 0;
    for file in fs::read_dir(inputs.join("resolved")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "env") {
            assert_eq!(explicit::read(&text, &name).unwrap().entries.len(), 21);
            continue;
        }
        let data: Value = serde_saphyr::from_str(&text).unwrap();
        let Value::Object(data) = data else {
            panic!("{name}")
        };
        let list = |value: &Value| -> Vec<String> {
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(|v| v.as_str().unwrap().to_owned())
                .collect()
        };
        if let Some(conda) = data.get("conda") {
            exports += 1;
            let (conda, pip) = (list(conda), list(&data["pip"]));
            let mut yaml = format!(
                "name: x\ndependencies:\n  - {}\n  - pip:\n",
                conda.join("\n  - ")
            );
            for line in &pip {
                let _ = writeln!(yaml, "    - {line}");
            }
            let yaml = if pip.is_empty() {
                yaml.replace("  - pip:\n", "")
            } else {
                yaml
            };
            let imported = read(&yaml, &name).unwrap();
            assert_eq!(
                (imported.conda.len(), imported.pip.len()),
                (conda.len(), pip.len()),
                "{name}"
            );
            assert_eq!(Some(conda.len() as u64), data["conda_count"].as_u64());
            assert!(
                imported.findings.is_empty(),
                "{name}: {:?}",
                imported.findings
            );
        }
        for lock in data
            .iter()
            .filter(|(key, _)| key.starts_with("lock_"))
            .map(|(_, lock)| lock)
        {
            locks += 1;
            let (header, urls) = (list(&lock["header"]), list(&lock["urls"]));
            assert!(!urls.is_empty(), "{name}");
            let marker = if header.iter().any(|line| line == "@EXPLICIT") {
                ""
            } else {
                "@EXPLICIT\n"
            };
            let text = format!("{}\n{marker}{}\n", header.join("\n"), urls.join("\n"));
            let file = explicit::read(&text, &name).unwrap();
            assert_eq!(
                (file.entries.len(), file.text()),
                (urls.len(), text.as_str()),
                "{name}"
            );
        }
    }
    assert_eq!((exports, locks), (3, 8));
}
