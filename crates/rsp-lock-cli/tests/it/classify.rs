//! S43 and S43b: which bump a change of a metapackage asks for.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::support::{Ran, Sandbox, shared};

/// A recipe of one output with these lines.
fn recipe(number: u32, version: &str, lines: &[&str]) -> String {
    let mut text = format!(
        "package:\n  name: rubin-env\n  version: \"{version}\"\nbuild:\n  number: {number}\n\
         requirements:\n  run:\n"
    );
    for line in lines {
        writeln!(text, "    - {line}").unwrap();
    }
    text
}

fn classify(old: &str, new: &str) -> Ran {
    let sandbox = Sandbox::new();
    sandbox.file("old/recipe.yaml", old);
    sandbox.file("new/recipe.yaml", new);
    sandbox.run(&["classify", "old/recipe.yaml", "new/recipe.yaml"])
}

#[test]
fn s43_each_rule_of_the_policy() {
    let old = recipe(
        5,
        "13.0.1",
        &["numpy >=2.1", "moto <4", "lsst-efd-client >=0.12"],
    );
    let cases: &[(&str, &[&str])] = &[
        (
            "none",
            &["numpy >=2.1", "moto <4", "lsst-efd-client >=0.12"],
        ),
        (
            "build",
            &["numpy >=2.1", "moto <4", "lsst-efd-client >=0.12,!=1.1.0"],
        ),
        (
            "build",
            &["numpy >=2.1,<3", "moto <4", "lsst-efd-client >=0.12"],
        ),
        (
            "patch",
            &["numpy >=2.2", "moto <4", "lsst-efd-client >=0.12"],
        ),
        (
            "patch",
            &["numpy >=2.1", "moto <3", "lsst-efd-client >=0.12"],
        ),
        (
            "minor",
            &["numpy >=2.1", "moto <4", "lsst-efd-client >=0.12", "lsdb"],
        ),
        ("major", &["numpy >=2.1", "lsst-efd-client >=0.12"]),
        ("major", &["numpy >=2.1", "moto", "lsst-efd-client >=0.12"]),
    ];
    for (bump, lines) in cases {
        let ran = classify(&old, &recipe(6, "13.0.1", lines));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.stdout.lines().next(), Some(*bump), "{}", ran.stdout);
        let smaller = ["patch", "minor", "major"].contains(bump);
        assert_eq!(
            ran.stderr.contains("warning: "),
            smaller,
            "it was published as a build; said, not refused: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_classification_names_lines_reasons_and_tickets() {
    let old = recipe(1, "1.0.0", &["numpy >=2.1", "moto <4", "ephem"]);
    let new = recipe(
        0,
        "1.1.0",
        &[
            "numpy >=2.2  # needs the new ABI",
            "moto <4",
            "lsdb  # DM-40000",
        ],
    );
    assert_snapshot!(classify(&old, &new).all());
    let sandbox = Sandbox::new();
    sandbox.file("old/recipe.yaml", &old);
    sandbox.file("new/recipe.yaml", &new);
    let json = sandbox.run(&["classify", "old/recipe.yaml", "new/recipe.yaml", "--json"]);
    json.json_of("classify");
    assert_snapshot!("json", json.stdout);
}

#[test]
fn what_cannot_be_classified_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.file("recipe.yaml", &recipe(0, "1.0", &["numpy"]));
    sandbox.file("odd.yaml", "a: b\n");
    let odd = sandbox.run(&["classify", "recipe.yaml", "odd.yaml"]);
    assert_eq!((odd.code, odd.stdout.as_str()), (2, ""), "{}", odd.stderr);
    assert!(odd.stderr.contains("odd.yaml"), "{}", odd.stderr);
    let missing = sandbox.run(&["classify", "recipe.yaml", "new/recipe.yaml"]);
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    let platform = sandbox.run(&["classify", "recipe.yaml", "recipe.yaml", "-p", "linus-64"]);
    assert_eq!(platform.code, 2, "{}", platform.stderr);
}

/// The real history of rubin-env, if it is beside the project.
fn between(old: &str, new: &str) -> Option<Ran> {
    let builds = shared("domain/inputs/rubin-env/builds")?;
    let path = |version: &str| {
        let path = builds.join(format!("rubin-env-{version}.linux-64.yaml"));
        path.display().to_string()
    };
    Some(Sandbox::new().run(&["classify", &path(old), &path(new), "--json"]))
}

#[test]
fn s43_the_five_pairs() {
    for (old, new, bump, published) in [
        ("13.0.1-5", "13.0.1-6", "build", "build"),
        ("13.0.1-4", "13.0.1-5", "patch", "build"),
        ("10.1.0-3", "10.1.0-4", "minor", "build"),
        ("12.1.0-8", "12.1.0-9", "major", "build"),
        ("7.0.0-0", "7.0.1-0", "major", "patch"),
    ] {
        let Some(ran) = between(old, new) else { return };
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let document = ran.json_of("classify");
        assert_eq!(document["bump"], bump, "{old} -> {new}");
        assert_eq!(document["published"], published, "{old} -> {new}");
    }
}

#[test]
fn s43b_a_list_that_shrank_under_the_same_version_is_a_major_change() {
    let Some(ran) = between("12.1.0-8", "12.1.0-9") else {
        return;
    };
    let document = ran.json();
    let changes = document["changes"].as_array().unwrap();
    let gone = changes.iter().filter(|change| {
        change["what"] == "dependency removed" && change["output"] == "rubin-env-rsp"
    });
    assert_eq!(
        gone.count(),
        34,
        "35 lines went, one of them is still required"
    );
}
