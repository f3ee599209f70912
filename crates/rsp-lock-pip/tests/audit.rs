//! S39 and S40: lines for pip, and packages in a user's `~/.local`.

#![expect(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use rattler_conda_types::PackageRecord;
use rsp_lock_pip::{
    Class, How, Names, Relation, UserPackage, audit, audit_user, conda_only, constraints,
    parse_line, parse_list,
};
use rsp_lock_testkit::universe::Universe;
use std::fmt::Write as _;

/// Names that conda-forge has, of those that the RSP of 2021 took from PyPI.
const CONDA_FORGE: &[&str] = &[
    "asgiref",
    "boltons",
    "ciso8601",
    "falcon",
    "firefly-client",
    "iso8601",
    "jupyter",
    "jupyter_console",
    "oauthenticator",
    "pyee",
    "pyppeteer",
    "python-kubernetes",
    "python-mimeparse",
    "qtconsole",
    "ruamel.yaml",
    "semver",
    "simplejson",
    "socketio-client-nexus",
    "websockets",
    "zope.interface",
];

fn names() -> Names {
    let mut names = Names::default();
    for name in CONDA_FORGE {
        names.add(name, None);
    }
    names
}

fn records(text: &str) -> Vec<PackageRecord> {
    let channels = Universe::of(text).channels;
    let records = channels.into_iter().flat_map(|channel| channel.records);
    records
        .map(|record| record.package_record.clone())
        .collect()
}

fn class(line: &str, locked: &[PackageRecord]) -> Class {
    let locked: Vec<&PackageRecord> = locked.iter().collect();
    audit(&[parse_line(line).unwrap()], &names(), &locked).remove(0)
}

#[test]
fn s39_the_pip_lines_of_2021_01_31_are_classed() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/domain/inputs/resolved/2021-01-31-prod-rubin-env-0.2.1.env-export.yaml"
    );
    let Ok(text) = fs_err::read_to_string(path) else {
        println!("SKIPPED: {path} is not there");
        return;
    };
    let (_, pip) = text.split_once("\npip:\n").unwrap();
    let listed: String = pip
        .lines()
        .map(|line| line.trim().trim_start_matches("- ").to_owned() + "\n")
        .collect();
    let (lines, bad) = parse_list(&listed);
    assert_eq!((lines.len(), bad.len()), (39, 0));
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    let found = audit(&lines, &names(), &[]);
    let of = |name: &str| {
        let index = lines
            .iter()
            .position(|line| line.name.as_deref() == Some(name));
        &found[index.unwrap()]
    };
    for name in ["jupyter", "websockets", "simplejson"] {
        assert_eq!(
            *of(name),
            Class::SameName {
                conda: name.to_owned()
            }
        );
    }
    for (name, conda, how) in [
        ("zope-interface", "zope.interface", How::Spelling),
        ("ruamel-yaml", "ruamel.yaml", How::Spelling),
        ("jupyter-console", "jupyter_console", How::Spelling),
        ("socketio-client", "socketio-client-nexus", How::Known),
        ("kubernetes", "python-kubernetes", How::Known),
    ] {
        let conda = conda.to_owned();
        assert_eq!(*of(name), Class::OtherName { conda, how });
    }
    for name in [
        "jupyterlab-hdf",
        "nclib",
        "wfdispatcher",
        "rubin-jupyter-utils-lab",
    ] {
        assert_eq!(*of(name), Class::PipOnly);
    }
    let git = class("git+https://github.com/ericmandel/pyjs9", &[]);
    assert_eq!(git, Class::Git, "kept apart");
}

#[test]
fn s39_what_the_metapackage_brings_is_flagged_as_shadowed() {
    let locked = records(
        "firefly-client 3.4.0 : python >=3\nlsdb 0.4.0 : python >=3.10\nnbdime 4.0.2 : python\n\
         python 3.12.1\ngraphviz 9.0.0\nrubin-env-rsp 8.0.0 : nbdime\n",
    );
    for (line, conda, fits) in [
        ("firefly-client", "firefly-client", Some(true)),
        ("lsdb>=0.6.0", "lsdb", Some(false)),
        ("nbdime", "nbdime", Some(true)),
    ] {
        match class(line, &locked) {
            Class::Provided {
                conda: found,
                fits: says,
                ..
            } => {
                assert_eq!((found.as_str(), says), (conda, fits), "{line}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
    assert_eq!(
        class("graphviz", &locked),
        Class::PipOnly,
        "the program is not the project"
    );
}

#[test]
fn pip_is_held_to_the_versions_of_conda() {
    let locked = records(
        "python 3.12.1\nnumpy 2.3.1 : python >=3.11\npytorch 2.7.1 : python\nlibxml2 2.14\n\
         jupyter_console 6.6 : python >=3\npython_abi 3.12\ntzdata 2026b\nodd 1_2 : python\n",
    );
    let locked: Vec<&PackageRecord> = locked.iter().collect();
    let text = constraints(&locked);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "jupyter-console==6.6",
            "numpy==2.3.1",
            "# odd 1_2: not a version that pip knows",
            "torch==2.7.1"
        ]
    );
    assert_eq!(
        conda_only(&locked),
        ["jupyter-console", "numpy", "odd", "torch"]
    );
}

fn all(records: &[PackageRecord]) -> Vec<&PackageRecord> {
    records.iter().collect()
}

#[test]
fn s40_a_users_packages_against_an_old_and_a_new_stack() {
    let old = records(
        "python 3.11\nnumpy 1.24.4 : python\nscipy 1.10 : python, numpy >=1.21,<1.27\n\
         lsst-efd-client 0.8.3 : python\njupyterlab 3.6.1 : python\nlab-ui 3 : python, jupyterlab >=3.4,<4\n",
    );
    let new = records(
        "python 3.13\nnumpy 2.3.1 : python\nscipy 1.16 : python, numpy >=2,<2.6\n\
         astropy 7 : python, numpy >=1.24\nlsst-efd-client 0.12.0 : python\n\
         jupyterlab 4.4.10 : python\nlab-ui 4 : python, jupyterlab >=4.4,<5\n",
    );
    let user = [
        UserPackage::new("numpy", "1.26"),
        UserPackage::new("lsst_efd_client", "0.8.3"),
        UserPackage::new("jupyterlab", "3.6"),
        UserPackage::new("my-tool", "1"),
    ];
    let was = audit_user(&user, &all(&old));
    assert_eq!(was.remove, Vec::<String>::new(), "nothing was broken");
    assert_eq!(was.shadow("numpy").unwrap().relation, Some(Relation::Newer));
    assert_eq!(
        was.shadow("lsst-efd-client").unwrap().relation,
        Some(Relation::Same)
    );
    let is = audit_user(&user, &all(&new));
    let numpy = is.shadow("numpy").unwrap();
    assert_eq!(numpy.relation, Some(Relation::Older));
    let broken: Vec<&str> = numpy.breaks.iter().map(|b| b.dependent.as_str()).collect();
    assert_eq!(broken, ["scipy"]);
    assert!(
        is.shadow("lsst-efd-client").unwrap().breaks.is_empty(),
        "old, but nothing minds"
    );
    assert_eq!(is.remove, ["jupyterlab", "numpy"], "not everything");
    assert_eq!(is.additions, [UserPackage::new("my-tool", "1")]);
}

proptest! {
    /// After the removal nothing that python sees is broken, and no smaller set does it.
    #[test]
    fn s40_the_removal_is_the_smallest(mask in 0_u32..64, shift in 0_usize..6) {
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut text = String::from("python 3\n");
        for (index, name) in names.iter().enumerate() {
            let other = names[(index + 1 + shift) % names.len()];
            let _ = writeln!(text, "{name} 2 : python, {other} >={}", if mask & (1 << index) == 0 { 1 } else { 2 });
        }
        let locked = records(&text);
        let locked: Vec<&PackageRecord> = locked.iter().collect();
        let user: Vec<UserPackage> = names.iter().map(|name| UserPackage::new(name, "1")).collect();
        let broken = |keep: &dyn Fn(&str) -> bool| {
            let kept: Vec<UserPackage> = user.iter().filter(|p| keep(&p.name)).cloned().collect();
            let audit = audit_user(&kept, &locked);
            let visible = |name: &str| !kept.iter().any(|p| p.name == name);
            audit.shadows.iter().any(|s| s.breaks.iter().any(|b| visible(&b.dependent)))
        };
        let remove = audit_user(&user, &locked).remove;
        prop_assert!(!broken(&|name| !remove.iter().any(|r| r == name)));
        for subset in 0_u32..64 {
            let removed: Vec<&str> = names.iter().enumerate().filter(|(i, _)| subset & (1 << i) != 0).map(|(_, n)| *n).collect();
            if removed.len() < remove.len() {
                prop_assert!(broken(&|name| !removed.contains(&name)));
            }
        }
    }

    #[test]
    fn no_line_causes_a_panic(text in "\\PC{0,80}") {
        let _ = parse_line(&text);
        let _ = parse_list(&text);
    }
}
