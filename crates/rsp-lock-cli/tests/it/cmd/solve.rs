use insta::assert_snapshot;

use crate::support::{REQUEST, Sandbox, WORLD};

fn world() -> Sandbox {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    sandbox
}

#[test]
fn the_main_job_is_told_in_25_lines_of_80_columns() {
    let sandbox = world();
    let ran = sandbox.run(&["solve", "-f", "rsp-lock.toml"]);
    assert_snapshot!(ran.all());
    assert!(ran.stderr.lines().count() <= 25);
    let too_long = ran.stderr.lines().find(|line| line.chars().count() > 80);
    assert_eq!(too_long, None);
    assert_eq!(
        sandbox.files(),
        [
            "rsp-linux-64.lock.txt",
            "rsp-lock.toml",
            "rsp-osx-64.lock.txt",
            "rsp.lock"
        ]
    );
    assert_snapshot!("explicit", sandbox.read("rsp-linux-64.lock.txt"));
}

#[test]
fn a_second_solve_writes_nothing_and_a_third_elsewhere_writes_the_same() {
    let (one, two) = (world(), world());
    assert_eq!(one.run(&["solve"]).code, 0);
    let stamp = |name: &str| {
        let metadata = fs_err::metadata(one.path().join(name)).unwrap();
        metadata.modified().unwrap()
    };
    let before: Vec<_> = one.files().iter().map(|name| stamp(name)).collect();
    let again = one.run(&["solve"]);
    assert_eq!(
        again.stderr.matches("unchanged").count(),
        3,
        "{}",
        again.stderr
    );
    let after: Vec<_> = one.files().iter().map(|name| stamp(name)).collect();
    assert_eq!(before, after);
    assert_eq!(two.run(&["lock", "--fresh"]).code, 0);
    for name in one.files() {
        assert_eq!(one.read(&name), two.read(&name), "{name}");
    }
}

#[test]
fn what_is_locked_is_kept_until_it_must_move_or_nobody_wants_the_lock() {
    let sandbox = world();
    sandbox.run(&["solve"]);
    sandbox.channels(&format!(
        "{WORLD}\nchannel lsstts\nts-salobj 7.0 py_0 : python ; noarch ; ts 2021-01-15\n\
         ts-salobj 6.0 py_0 : python, ts-idl ; noarch ; ts 2021-01-15\n\
         ts-idl 3.0 py_0 : python ; noarch ; ts 2021-01-15"
    ));
    let locked = || sandbox.read("rsp-linux-64.lock.txt");
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    assert!(locked().contains("ts-salobj-6.0"));
    let moved = sandbox.run(&["solve", "ts-salobj >=7", "-f", "rsp-lock.toml"]);
    assert!(
        moved.stderr.contains("ts-salobj 6.0 -> 7.0"),
        "{}",
        moved.stderr
    );
    assert!(locked().contains("ts-salobj-7.0"));
    sandbox.run(&["solve", "ts-salobj <7", "-f", "rsp-lock.toml"]);
    assert!(locked().contains("ts-salobj-6.0"));
    sandbox.run(&["solve", "--fresh"]);
    assert!(locked().contains("ts-salobj-7.0"));
}

#[test]
fn bare_specs_print_the_explicit_file() {
    let sandbox = Sandbox::with(WORLD);
    let ran = sandbox.run(&["solve", "-c", "./forge", "numpy <1.20", "-p", "linux-64"]);
    assert_snapshot!(ran.all());
    assert!(sandbox.files().is_empty());
    let dash = sandbox.run(&[
        "solve",
        "-c",
        "./forge",
        "numpy <1.20",
        "-p",
        "linux-64",
        "-o",
        "-",
    ]);
    assert_eq!(ran.stdout, dash.stdout);
}

#[test]
fn output_goes_where_it_is_sent() {
    let sandbox = Sandbox::with(WORLD);
    let run = |arguments: &[&str]| {
        let mut all = vec!["solve", "-q", "-c", "./forge", "dask"];
        all.extend(arguments);
        sandbox.run(&all)
    };
    let both = run(&["-p", "linux-64", "-p", "osx-64"]);
    assert_snapshot!(both.all());
    assert_eq!(run(&["-p", "linux-64,osx-64", "-o", "one.txt"]).code, 2);
    assert!(sandbox.files().is_empty());
    assert_eq!(run(&["-p", "linux-64,osx-64", "-o", "locks/"]).code, 0);
    assert_eq!(
        sandbox.files(),
        [
            "locks/environment-linux-64.lock.txt",
            "locks/environment-osx-64.lock.txt",
            "locks/rsp.lock"
        ]
    );
    assert_eq!(run(&["-p", "linux-64", "-o", "one.txt"]).code, 0);
    assert_eq!(
        sandbox.read("one.txt"),
        sandbox.read("locks/environment-linux-64.lock.txt")
    );
    let device = run(&["-p", "linux-64", "-o", "/dev/stdout"]);
    assert_eq!(
        device.stdout.lines().count(),
        sandbox.read("one.txt").lines().count()
    );
}

#[test]
fn one_platform_without_solution_and_nothing_is_written() {
    let sandbox = world();
    sandbox.file(
        "rsp-lock.toml",
        &REQUEST.replace("[requirements]", "[requirements]\nnumpy = { version = \">=1.19.6\", reason = \"a bug\" }\npython = { version = \">=3.8.8\", platforms = [\"osx-64\"] }"),
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.all());
    assert_eq!(sandbox.files(), ["rsp-lock.toml"]);
    let json = sandbox.run(&["solve", "--json", "-q"]);
    assert_eq!(json.code, 3);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["outcome"], "unsolvable");
    assert_eq!(document["environments"].as_array().unwrap().len(), 2);
    assert!(
        document["environments"][0]["conflict"]["lines"][0]["line"]
            .as_u64()
            .unwrap()
            > 0
    );
}

#[test]
fn json_has_every_field_that_its_schema_requires() {
    let sandbox = world();
    let ran = sandbox.run(&["solve", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["schema", "solve"]).stdout).unwrap();
    assert_eq!(document["schema"], "rsp-lock/solve");
    assert_eq!(document["version"], 1);
    required(&schema, &document, "document");
    let dask = document["environments"][0]["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "dask")
        .unwrap();
    assert_eq!(dask["version"], "2020.12.0");
    assert_eq!(document["counts"]["packages"]["linux-64"], 8);
}

/// Walks a schema and a document together.
fn required(schema: &serde_json::Value, document: &serde_json::Value, place: &str) {
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        assert!(document.get(name).is_some(), "{place} has no `{name}`");
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = document.get(name) {
            required(inner, value, &format!("{place}.{name}"));
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), document.as_array()) {
        for (index, value) in values.iter().enumerate() {
            required(items, value, &format!("{place}[{index}]"));
        }
    }
}

#[test]
fn dry_run_tells_everything_and_writes_nothing() {
    let sandbox = world();
    let ran = sandbox.run(&["solve", "--dry-run"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("nothing written"), "{}", ran.stderr);
    assert_eq!(sandbox.files(), ["rsp-lock.toml"]);
}

#[test]
fn a_part_of_the_platforms_does_not_push_the_others_out_of_the_lock() {
    let sandbox = world();
    sandbox.run(&["solve"]);
    let before = sandbox.read("rsp.lock");
    let ran = sandbox.run(&["solve", "-p", "osx-64"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(sandbox.read("rsp.lock"), before);
}

#[test]
fn denied_findings_end_with_1_and_nothing_is_written() {
    let sandbox = world();
    let request = REQUEST.replace("dask = {", "noone = \"1.*\"\ndask = {");
    sandbox.file("rsp-lock.toml", &request);
    let ran = sandbox.run(&["solve", "--deny", "unused-override"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    assert_eq!(sandbox.files(), ["rsp-lock.toml"]);
}

#[test]
fn an_age_becomes_a_time_once() {
    let sandbox = world();
    let request = REQUEST.replace("name = \"rsp\"", "name = \"rsp\"\nexclude-newer = \"1d\"");
    sandbox.file("rsp-lock.toml", &request);
    sandbox.run(&["solve"]);
    let before = sandbox.read("rsp.lock");
    assert!(before.contains("cutoff = "), "{before}");
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    assert_eq!(sandbox.read("rsp.lock"), before);
    assert_eq!(sandbox.run(&["check"]).code, 0);
}

#[test]
fn solvers_agree_and_what_one_cannot_do_is_usage() {
    let sandbox = Sandbox::with(WORLD);
    let run = |solver: &str| {
        sandbox.run(&[
            "solve",
            "-q",
            "-c",
            "./forge",
            "rubin-env",
            "-p",
            "linux-64",
            "--solver",
            solver,
        ])
    };
    assert_eq!(run("native").stdout, run("rattler").stdout);
    if cfg!(feature = "libsolv") {
        assert_eq!(run("libsolv").stdout, run("rattler").stdout);
    } else {
        assert_eq!(run("libsolv").code, 2);
    }
}

#[test]
fn another_environment_in_the_same_directory_is_told() {
    let sandbox = world();
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    sandbox.file(
        "other.toml",
        &REQUEST.replace("name = \"rsp\"", "name = \"other\""),
    );
    let ran = sandbox.run(&["solve", "-f", "other.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(
        ran.stderr
            .contains("rsp.lock was of `rsp` and is of `other` now"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_where_a_package_should_stand_is_a_slip() {
    let sandbox = world();
    for verb in ["solve", "check", "overrides"] {
        let ran = sandbox.run(&[verb, "rsp-lock.toml"]);
        assert_eq!(ran.code, 2, "{}", ran.all());
        assert!(ran.stderr.contains("`-f rsp-lock.toml`"), "{}", ran.stderr);
    }
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    let ran = sandbox.run(&["check", "rsp.lock"]);
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(
        ran.stderr.contains("`rsp-lock verify rsp.lock`"),
        "{}",
        ran.stderr
    );
}

/// A line that excludes what is newest is not what keeps a lock from what the line allows.
#[test]
fn what_the_lock_holds_is_not_laid_to_a_line() {
    let sandbox = Sandbox::with("channel forge\nlib 1.1 h_0\nlib 2.0 h_0\n");
    let solve = |more: &[&str]| {
        let fixed = [
            "solve", "-c", "./forge", "-p", "linux-64", "lib 1.*", "-o", "locks/",
        ];
        sandbox.run(&[&fixed, more].concat())
    };
    let first = solve(&[]);
    assert!(
        first.stderr.contains("asked for `lib 1.*`"),
        "{}",
        first.stderr
    );
    sandbox.edit("forge/linux-64", |document| {
        let records = document["packages.conda"].as_object_mut().unwrap();
        let mut newer = records["lib-1.1-h_0.conda"].clone();
        newer["version"] = "1.2".into();
        records.insert("lib-1.2-h_0.conda".to_owned(), newer);
    });
    let kept = solve(&["-n"]);
    assert!(
        kept.stderr.contains("kept as it is locked"),
        "{}",
        kept.stderr
    );
    let fresh = solve(&["-n", "--fresh"]);
    assert!(
        fresh.stderr.contains("asked for `lib 1.*`"),
        "{}",
        fresh.stderr
    );
}
