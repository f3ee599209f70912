//! S43: which bump a change of a metapackage asks for, on the real history of rubin-env.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{collections::BTreeSet, path::PathBuf};

use rsp_lock_recipe::{Bump, Classification, Rendered, classify, parse_rendered};
use rsp_lock_spec::Source;

fn inputs() -> Option<PathBuf> {
    let root =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain/inputs/rubin-env");
    if !root.is_dir() {
        eprintln!("SKIPPED: {} is not there", root.display());
        return None;
    }
    Some(root)
}

fn build(root: &std::path::Path, version: &str) -> Rendered {
    let path = root.join(format!("builds/rubin-env-{version}.linux-64.yaml"));
    parse_rendered(&Source::new(version, fs_err::read_to_string(path).unwrap())).unwrap()
}

fn between(root: &std::path::Path, old: &str, new: &str) -> Classification {
    classify(&build(root, old).outputs, &build(root, new).outputs)
}

#[test]
fn s43_the_five_pairs() {
    let Some(root) = inputs() else { return };
    for (old, new, bump, published, decisive) in [
        (
            "13.0.1-5",
            "13.0.1-6",
            Bump::Build,
            Bump::Build,
            "lsst-efd-client",
        ),
        (
            "13.0.1-4",
            "13.0.1-5",
            Bump::Patch,
            Bump::Build,
            "hdf5plugin",
        ),
        ("10.1.0-3", "10.1.0-4", Bump::Minor, Bump::Build, "lsdb"),
        ("12.1.0-8", "12.1.0-9", Bump::Major, Bump::Build, "black"),
        (
            "7.0.0-0",
            "7.0.1-0",
            Bump::Major,
            Bump::Patch,
            "rucio-clients",
        ),
    ] {
        let found = between(&root, old, new);
        assert_eq!(found.bump, bump, "{old} -> {new}: {found:#?}");
        assert_eq!(found.published, Some(published), "{old} -> {new}");
        let mut greatest = found.changes.iter().filter(|change| change.bump == bump);
        assert!(
            greatest.any(|change| change.package == decisive),
            "{old} -> {new}: {found:#?}"
        );
    }
    // 35 lines went from -rsp; graphviz is still required, through rubin-env.
    let trimmed = between(&root, "12.1.0-8", "12.1.0-9");
    let gone = |what: &str| {
        let mut names = Vec::new();
        for change in &trimmed.changes {
            if change.what == what && change.output == "rubin-env-rsp" && change.new.is_empty() {
                names.push(change.package.as_str());
            }
        }
        names
    };
    assert_eq!(gone("dependency removed").len(), 34);
    assert_eq!(gone("moved between outputs"), ["graphviz"]);
}

/// Transitions and what the policy says of them, read off the two lists by hand.
const BY_HAND: &[(&str, &str, Bump, &str)] = &[
    (
        "0.4.1-1",
        "0.4.1-2",
        Bump::Build,
        "click >7 becomes <8: a cap, and a floor that the policy does not speak of",
    ),
    ("0.4.2-1", "0.4.2-2", Bump::Build, "click <8"),
    (
        "0.6.0-2",
        "0.6.0-3",
        Bump::Minor,
        "networkx, though with a cap",
    ),
    (
        "0.7.0-3",
        "0.7.0-4",
        Bump::Patch,
        "floors on most packages (F-58)",
    ),
    ("1.0.0-2", "1.0.0-3", Bump::Build, "coverage !=6.3"),
    ("2.0.0-0", "2.0.0-1", Bump::Major, "gcc 9 becomes 10 (F-55)"),
    ("3.0.0-0", "3.0.0-1", Bump::Build, "click <8.1"),
    (
        "3.0.0-1",
        "3.0.0-2",
        Bump::Major,
        "the pin <8.1 of click goes, two versions are excluded instead",
    ),
    ("3.0.0-2", "3.0.0-3", Bump::Patch, "moto >=3"),
    ("4.1.0-3", "4.1.0-4", Bump::Major, "ephem goes"),
    (
        "5.0.0-1",
        "5.0.0-2",
        Bump::Build,
        "lmfit !=1.0.3 becomes <1.0.3, which is stricter",
    ),
    (
        "5.1.0-0",
        "5.1.0-1",
        Bump::Major,
        "build is renamed to python-build (F-40)",
    ),
    ("5.1.0-4", "5.1.0-5", Bump::Build, "parsl 1.2.*"),
    (
        "7.0.1-10",
        "7.0.1-11",
        Bump::Major,
        "jupyterlab 3 becomes 4",
    ),
    ("7.0.1-18", "7.0.1-19", Bump::Build, "piff ==1.3.3"),
    (
        "8.0.0-11",
        "8.0.0-12",
        Bump::Minor,
        "pkg-config moves from -rsp to the base: new to those who have no -rsp",
    ),
    ("10.0.0-4", "10.0.0-5", Bump::Major, "pyarrow 19 becomes 17"),
    (
        "10.0.0-8",
        "10.0.0-9",
        Bump::Patch,
        "cfitsio 4.5.0 becomes 4.6.2",
    ),
    ("12.1.0-9", "12.1.0-10", Bump::Major, "lsst-rsp goes"),
    (
        "13.0.0-1",
        "13.0.0-2",
        Bump::Build,
        "ipykernel >=7.2.0 becomes >=6,<7|>=8, alternatives",
    ),
    ("13.0.0-3", "13.0.0-4", Bump::None, "rendered anew"),
];

#[test]
fn s43_more_transitions_by_hand() {
    let Some(root) = inputs() else { return };
    assert!(BY_HAND.len() >= 20);
    for (old, new, bump, why) in BY_HAND {
        let found = between(&root, old, new);
        assert_eq!(
            found.bump, *bump,
            "{old} -> {new}, {why}: {:#?}",
            found.changes
        );
    }
}

/// One transition of `build-transitions.yaml`: version, from, to, what it looks like.
fn transitions(root: &std::path::Path) -> Vec<(String, String, String, String)> {
    let text = fs_err::read_to_string(root.join("build-transitions.yaml")).unwrap();
    let value = |line: &str, key: &str| {
        line.trim_start_matches([' ', '-'])
            .strip_prefix(key)
            .map(|v| v.trim().to_owned())
    };
    let mut found: Vec<(String, String, String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(version) = value(line, "version:") {
            found.push((version, String::new(), String::new(), String::new()));
        }
        let Some(last) = found.last_mut() else {
            continue;
        };
        for (key, slot) in [
            ("from_build:", &mut last.1),
            ("to_build:", &mut last.2),
            ("looks_like:", &mut last.3),
        ] {
            if let Some(text) = value(line, key) {
                *slot = text;
            }
        }
    }
    found
}

#[test]
fn s43_agrees_with_the_heuristic_list_where_the_policy_decides() {
    let Some(root) = inputs() else { return };
    let all = transitions(&root);
    assert_eq!(all.len(), 210);
    let mut differ = BTreeSet::new();
    for (version, from, to, looks_like) in &all {
        let found = between(
            &root,
            &format!("{version}-{from}"),
            &format!("{version}-{to}"),
        );
        if found.bump.to_string() != *looks_like {
            differ.insert(format!(
                "{version} {from}->{to} {looks_like} is {}",
                found.bump
            ));
        }
    }
    let explained: BTreeSet<String> = EXPLAINED
        .iter()
        .flat_map(|(_, list)| list.iter().map(|line| (*line).to_owned()))
        .collect();
    assert_eq!(differ, explained);
}

/// Where the list of `build-transitions.yaml` (names removed, names added, a lower bound
/// raised, anything else) says something else than the policy, and why.
const EXPLAINED: &[(&str, &[&str])] = &[
    (
        "compilers and variants are not in the list, but F-55 shows that they matter",
        &[
            "2.0.0 0->1 build is major",
            "0.8.0 1->2 minor is major",
            "10.2.0 0->1 build is major",
        ],
    ),
    (
        "a line that moves into an output which the first one pins is no removal",
        &[
            "0.5.0 0->1 major is minor",
            "4.1.0 0->1 major is minor",
            "8.0.0 11->12 major is minor",
            "9.0.0 2->3 major is minor",
            "12.1.0 0->1 major is minor",
            "13.0.0 2->3 major is minor",
            "3.0.0 3->4 minor is patch",
        ],
    ),
    (
        "the policy calls the removal of a pin major",
        &["3.0.0 1->2 build is major", "10.0.0 7->8 build is major"],
    ),
    (
        "the policy calls another major version of a dependency major",
        &["7.0.1 10->11 minor is major", "10.0.0 4->5 patch is major"],
    ),
    (
        "the policy calls an earlier `<` a patch, and a pin that moves is both ends at once",
        &[
            "10.0.0 8->9 build is patch",
            "10.1.0 1->2 build is patch",
            "12.1.0 4->5 build is patch",
        ],
    ),
    (
        "constraints are not in the list; `impi_rt` is one",
        &["7.0.1 17->18 none is build", "8.0.0 2->3 none is build"],
    ),
    (
        "alternatives replace the lower bound; what is lower than before is allowed as well",
        &["13.0.0 1->2 patch is build"],
    ),
    (
        "the output `rubinenv` is gone",
        &["0.1.0 0->1 minor is major"],
    ),
];
