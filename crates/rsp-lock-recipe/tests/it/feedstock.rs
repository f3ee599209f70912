//! The recipes of the rubin-env feedstock against what others rendered from them.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{collections::BTreeSet, path::PathBuf};

use rsp_lock_recipe::{
    Kind, Output, Recipe, RecipeRequest, Rendered, Variants, parse_rendered, render, to_records,
    to_request,
};
use rsp_lock_spec::Source;

/// The directory of real inputs, if this checkout has it.
fn inputs() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain/inputs");
    if !root.is_dir() {
        eprintln!("SKIPPED: {} is not there", root.display());
        return None;
    }
    Some(root)
}

fn source(path: &std::path::Path) -> Source {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    Source::new(name, fs_err::read_to_string(path).unwrap())
}

fn texts(lines: &[rsp_lock_recipe::Dependency]) -> BTreeSet<String> {
    lines.iter().map(|line| line.text.clone()).collect()
}

/// What differs between an output and the same one rendered by somebody else.
fn differences(ours: &Output, theirs: &Output) -> Vec<String> {
    let mut found = Vec::new();
    let head = |o: &Output| {
        let name = o.name.as_normalized();
        format!(
            "{name} {} {} {} {}",
            o.version, o.build, o.build_number, o.subdir
        )
    };
    if head(ours) != head(theirs) {
        found.push(format!("{} is not {}", head(ours), head(theirs)));
    }
    for (what, ours, theirs) in [
        ("depends", &ours.depends, &theirs.depends),
        ("constrains", &ours.constrains, &theirs.constrains),
    ] {
        let (ours, theirs) = (texts(ours), texts(theirs));
        found.extend(
            ours.difference(&theirs)
                .map(|line| format!("{what}: only ours {line}")),
        );
        found.extend(
            theirs
                .difference(&ours)
                .map(|line| format!("{what}: only theirs {line}")),
        );
    }
    found
}

fn compare(rendered: &Rendered, reference: &Rendered) -> Vec<String> {
    let mut found = Vec::new();
    let names = |r: &Rendered| -> Vec<String> {
        r.outputs
            .iter()
            .map(|o| o.name.as_normalized().to_owned())
            .collect()
    };
    if names(rendered) != names(reference) {
        found.push(format!(
            "outputs {:?}, not {:?}",
            names(rendered),
            names(reference)
        ));
    }
    for output in &rendered.outputs {
        if let Some(theirs) = reference.output(output.name.as_normalized()) {
            let name = output.name.as_normalized();
            let lines = differences(output, theirs);
            found.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
        }
    }
    found
}

fn feedstock_13(root: &std::path::Path) -> (Recipe, Variants) {
    let raw = root.join("raw");
    let recipe = Recipe::new(
        Kind::Recipe,
        source(&raw.join("rubinenv-13.0.1-recipe.yaml")),
    );
    let files = [
        "conda_build_config",
        "variant-linux_64_",
        "variant-linux_aarch64_",
        "variant-osx_64_",
        "variant-osx_arm64_",
    ];
    let files = files.map(|name| source(&raw.join(format!("rubinenv-13.0.1-{name}.yaml"))));
    (recipe, Variants::new(files.to_vec()))
}

#[test]
fn recipe_13_0_1_is_what_was_rendered_from_it_on_four_platforms() {
    let Some(root) = inputs() else { return };
    let (recipe, variants) = feedstock_13(&root);
    let platforms = variants.platforms().unwrap();
    assert_eq!(platforms.len(), 4);
    for platform in platforms {
        let all = render(&recipe, &variants, platform).unwrap();
        assert_eq!(all.len(), 1, "one variant for {platform}");
        let file = format!("rubin-env/builds/rubin-env-13.0.1-6.{platform}.yaml");
        let reference = parse_rendered(&source(&root.join(file))).unwrap();
        assert_eq!(
            compare(&all[0], &reference),
            Vec::<String>::new(),
            "{platform}"
        );
    }
    assert_eq!(
        render(&recipe, &variants, "win-64".parse().unwrap()).unwrap(),
        [],
        "skipped on Windows"
    );
}

#[test]
fn the_old_recipes_are_what_was_rendered_from_them() {
    let Some(root) = inputs() else { return };
    for version in ["0.2.1", "0.3.0"] {
        let path = root.join(format!("raw/rubinenv-{version}-meta.yaml"));
        let recipe = Recipe::new(Kind::Meta, source(&path));
        let linux = "linux-64".parse().unwrap();
        let all = render(&recipe, &Variants::default(), linux).unwrap();
        assert_eq!(all.len(), 1);
        let file = format!("rubin-env/builds/rubin-env-{version}-0.linux-64.yaml");
        let reference = parse_rendered(&source(&root.join(file))).unwrap();
        assert_eq!(
            compare(&all[0], &reference),
            Vec::<String>::new(),
            "{version}"
        );
        // Where the file says so, not where a template left it.
        let boost = all[0].outputs[0]
            .depends
            .iter()
            .find(|d| d.name() == "boost");
        let line = usize::try_from(boost.unwrap().origin.line).unwrap();
        assert!(
            recipe
                .source
                .text
                .lines()
                .nth(line - 1)
                .unwrap()
                .contains("- boost =1.70")
        );
    }
}

#[test]
fn comments_and_tickets_of_the_recipe_become_reasons() {
    let Some(root) = inputs() else { return };
    let (recipe, variants) = feedstock_13(&root);
    let read = to_request(&RecipeRequest {
        recipe: &recipe,
        variants: &variants,
        platforms: &[],
        outputs: &["rubin-env-rsp".to_owned()],
    })
    .unwrap();
    assert_eq!(read.chosen, ["rubin-env-rsp"]);
    let request = read.parsed.request;
    let line = |name: &str| {
        let mut lines = request.requirements.iter();
        lines.find(|r| r.name().as_normalized() == name).unwrap()
    };
    let aiohttp = line("aiohttp");
    assert_eq!(aiohttp.note.ticket.as_deref(), Some("DM-55190"));
    let index = usize::try_from(aiohttp.origin.line).unwrap() - 1;
    let written = recipe.source.text.lines().nth(index).unwrap().trim();
    assert_eq!(written, "- aiohttp <3.14 # DM-55190");
    assert_eq!(aiohttp.group.as_deref(), Some("rubin-env-nosysroot"));
    let bqplot = &line("bqplot").note;
    assert_eq!(bqplot.reason.as_deref(), Some("(*): vis, unknown if used"));
    assert_eq!(line("reproject").note.ticket.as_deref(), Some("RFC-1152"));
    let by_hand = recipe.source.text.lines().filter(|line| {
        line.trim_start().starts_with("- ") && line.contains(" # ") && line.contains("DM-")
    });
    let tickets = request.requirements.iter().filter(|r| {
        r.note
            .ticket
            .as_deref()
            .is_some_and(|ticket| ticket.starts_with("DM-"))
    });
    assert_eq!(tickets.count(), by_hand.count());
    // Platform-only lines keep their platforms.
    assert_eq!(line("cassandra-driver").platforms, ["linux-64"]);
    assert_eq!(line("prmon").platforms, ["linux-64", "linux-aarch64"]);
    assert_eq!(line("libcxx").platforms, ["osx-64", "osx-arm64"]);
    assert_eq!(line("jq").platforms, Vec::<String>::new());
    assert_eq!(request.platforms.len(), 4);
    assert_eq!(request.channels[0].text, "conda-forge");
    assert_eq!(request.environment.as_deref(), Some("rubin-env"));
    // Not asked for, not there; pinned by what was asked for, there.
    assert!(
        request
            .requirements
            .iter()
            .all(|r| r.name().as_normalized() != "black")
    );
    assert!(
        request
            .requirements
            .iter()
            .all(|r| !r.text.starts_with("rubin-env"))
    );
    let own: Vec<&str> = request
        .constraints
        .iter()
        .map(|c| c.text.as_str())
        .collect();
    assert!(own.contains(&"rubin-env-nosysroot ==13.0.1"), "{own:?}");
    assert!(own.contains(&"impi_rt ==9999999999999"), "{own:?}");
}

#[test]
fn all_331_builds_become_records() {
    let Some(root) = inputs() else { return };
    let mut files: Vec<PathBuf> = fs_err::read_dir(root.join("rubin-env/builds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let channel = "https://conda.example.org/rubin".parse().unwrap();
    let (mut linux, mut records) = (0, 0);
    for file in &files {
        let rendered = parse_rendered(&source(file)).unwrap();
        linux += usize::from(rendered.platform.as_str() == "linux-64");
        let made = to_records(&rendered.outputs, &channel);
        assert_eq!(made.len(), rendered.outputs.len(), "{}", file.display());
        for (record, output) in made.iter().zip(&rendered.outputs) {
            assert_eq!(record.package_record.depends.len(), output.depends.len());
            assert!(
                record
                    .url
                    .path()
                    .starts_with(&format!("/rubin/{}/", output.subdir))
            );
            records += 1;
        }
    }
    assert_eq!(linux, 331);
    assert_eq!(records, 1455);
}
