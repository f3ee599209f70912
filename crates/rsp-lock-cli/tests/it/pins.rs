//! The scenarios about what a pin does, here and in other locks, by their numbers.

use crate::support::Sandbox;

/// Release lines with and without what the pin is about.
const LINES: &str = "
channel forge
python 3.11.0 h_0
python 3.12.0 h_0
astroquery 0.4.7 py_0 : python ; noarch ; size 4000
astroquery 0.4.8 py_0 : python, pyvo >=1.5 ; noarch ; size 4100
astroquery 0.4.9 py_0 : python, pyvo >=1.5 ; noarch ; size 4200
pyvo 1.4 py_0 : python ; noarch ; size 1000
pyvo 1.6 py_0 : python ; noarch ; size 1000
rubin-env 4.0.0 py_0 : python 3.11.*, astroquery <0.4.8 ; noarch
rubin-env 8.0.0 py_0 : python 3.11.*, astroquery ; noarch
rubin-env 12.0.0 py_0 : python 3.12.*, astroquery 0.4.9.* ; noarch
rubin-env 13.0.0 py_0 : python 3.12.*, pyvo ; noarch
";

fn release_lines() -> Sandbox {
    let sandbox = Sandbox::with(LINES);
    for line in ["4", "8", "12", "13"] {
        let spec = format!("rubin-env {line}.*");
        let file = format!("{line}.txt");
        let ran = sandbox.run(&[
            "solve", "-c", "./forge", "-p", "linux-64", &spec, "-o", &file,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    sandbox
}

#[test]
fn s44_one_pin_over_many_release_lines() {
    let sandbox = release_lines();
    let before = sandbox.files();
    let asked = [
        "overrides",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "astroquery <0.4.8",
        "--across",
        "4.txt",
        "8.txt",
        "12.txt",
        "13.txt",
    ];
    let ran = sandbox.run(&asked);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut rows = ran.stdout.lines();
    for row in [
        "constraint astroquery <0.4.8 (command line)",
        "  4.txt   already satisfied",
        "  8.txt   changes 1 package (-200 B): astroquery 0.4.9 -> 0.4.7",
    ] {
        assert_eq!(rows.next(), Some(row), "{}", ran.stdout);
    }
    let conflict = rows.next().unwrap();
    for part in [
        "  12.txt  conflict: no `astroquery` meets",
        "`astroquery <0.4.8`",
        "`astroquery 0.4.9.*` of rubin-env 12.0.0 py_0",
    ] {
        assert!(conflict.contains(part), "{part}\n{conflict}");
    }
    assert_eq!(rows.next(), Some("  13.txt  already satisfied"));
    assert_eq!(rows.next(), None);
    let ran = sandbox.run(&[&asked[..], &["--json"]].concat());
    let document = ran.json_of("across");
    assert_eq!(document["schema"], "rsp-lock/across");
    let verdicts: Vec<&str> = document["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        ["satisfied", "changes", "conflict", "satisfied"],
        "{document}"
    );
    assert_eq!(sandbox.files(), before, "nothing is written");
}

#[test]
fn s44_a_pin_on_nothing_is_not_called_satisfied() {
    let sandbox = release_lines();
    let asked = [
        "overrides",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "astroqueri <0.4.8",
        "--across",
        "4.txt",
    ];
    let ran = sandbox.run(&asked);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains("4.txt  no channel has a package of this name"),
        "{}",
        ran.stdout
    );
    let document = sandbox
        .run(&[&asked[..], &["--json"]].concat())
        .json_of("across");
    assert_eq!(document["lines"][0]["verdict"], "no-such-package");
}

#[test]
fn s44_the_lines_of_a_request_are_tried_one_by_one() {
    let sandbox = release_lines();
    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"pins\"\nchannels = [\"./forge\"]\nplatforms = [\"linux-64\"]\n\
         [requirements]\nrubin-env = \"==13.0.0\"\n[constraints]\nastroquery = \"<0.4.8\"\n\
         [overrides]\nastroquery = \"0.4.7.*\"\n",
    );
    let ran = sandbox.run(&["overrides", "--across", "12.txt", "4.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // An override does away with what the metapackage says, a constraint does not.
    assert!(
        ran.stdout.contains(
            "override astroquery 0.4.7.* (rsp-lock.toml:10)\n  \
             12.txt  changes 1 package (-200 B): astroquery 0.4.9 -> 0.4.7"
        ),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains(
            "constraint astroquery <0.4.8 (rsp-lock.toml:8)\n  \
             12.txt  conflict"
        ),
        "{}",
        ran.stdout
    );
    assert_eq!(
        ran.stdout.matches("4.txt   already satisfied").count(),
        2,
        "{}",
        ran.stdout
    );
}

/// What follows when the hold on dask goes: something comes, goes, rises, falls.
const DASK: &str = "
channel forge
dask 2020.12.0 py_0 : dask-core 2020.12.0.*, toolz ; noarch ; size 1000
dask 2021.1.1 py_0 : dask-core 2021.1.1.*, fsspec <0.8.5 ; noarch ; size 1500
dask-core 2020.12.0 py_0 ; noarch ; size 2000
dask-core 2021.1.1 py_0 ; noarch ; size 2100
toolz 0.11 py_0 ; noarch ; size 300
fsspec 0.8.4 py_0 ; noarch ; size 90
fsspec 0.8.5 py_0 ; noarch ; size 100
";

#[test]
fn s14_what_changes_without_the_hold_and_how_much_there_is_to_download() {
    let sandbox = Sandbox::with(DASK);
    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"image\"\nchannels = [\"./forge\"]\nplatforms = [\"linux-64\"]\n\
         [requirements]\ndask = \"*\"\nfsspec = \"*\"\n[constraints]\n\
         dask = { version = \"<2021\", owner = \"sqre\", review = 2021-03-01 }\n",
    );
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    let files = sandbox.files();
    let ran = sandbox.run(&["overrides"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "constraint dask <2021 (rsp-lock.toml:9)\n  \
         changes 4 packages (+290 B): dask 2020.12.0 -> 2021.1.1, dask-core 2020.12.0 -> 2021.1.1, \
         fsspec 0.8.5 -> 0.8.4, toolz 0.11 goes; due for review by sqre\n"
    );
    let document = sandbox.run(&["overrides", "--json"]).json_of("overrides");
    let changes = document["platforms"][0]["lines"][0]["changes"]
        .as_array()
        .unwrap()
        .clone();
    let kinds: Vec<&str> = changes
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["up", "up", "down", "removed"], "{changes:?}");
    assert_eq!(sandbox.files(), files, "nothing is written");
}

#[test]
fn s31_another_priority_says_what_strict_priority_would_change() {
    let sandbox = Sandbox::with(
        "
channel forge
python 3.13.0 h_0 ; size 1000
numpy 2.0.0 py_0 : python ; size 1000
channel lsstts
ts-salobj 8.0 py_0 : python, numpy >=2.1 ; noarch ; size 1000
ts-salobj 7.0 py_0 : python, numpy ; noarch ; size 900
numpy 2.1.0 py_0 : python ; size 1200
",
    );
    let run = |priority: &str, spec: &str| {
        let fixed = ["solve", "-c", "./forge", "-c", "./lsstts", "-p", "linux-64"];
        sandbox.run(&[&fixed[..], &[spec, "--channel-priority", priority, "-n"]].concat())
    };
    let ran = run("flexible", "ts-salobj");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = "strict channel priority changes 2 packages (-300 B): numpy 2.1.0 -> 2.0.0, \
        ts-salobj 8.0 -> 7.0";
    let text = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(told), "{}", ran.stderr);
    // What only the other channel makes possible.
    let ran = run("flexible", "ts-salobj >=8");
    assert!(
        ran.stderr
            .contains("with strict channel priority there is no solution"),
        "{}",
        ran.stderr
    );
    let ran = run("strict", "ts-salobj");
    assert!(!ran.stderr.contains("strict channel"), "{}", ran.stderr);
}

#[test]
fn s35_the_glibc_of_the_target_counts_for_additions_and_is_told_by_their_conflict() {
    let sandbox = Sandbox::with(
        "
channel forge
base-tool 1.0 h_0
tool 1.0 old_0 : __glibc >=2.17
tool 1.1 new_0 : __glibc >=2.28
",
    );
    let solve = |glibc: &str, more: &[&str]| {
        let glibc = format!("__glibc={glibc}");
        let fixed = [
            "solve",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "--virtual-package",
        ];
        sandbox.run(&[&fixed[..], &[&glibc], more].concat())
    };
    let ran = solve("2.17", &["base-tool", "-o", "base.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = solve("2.17", &["tool", "--base", "base.txt", "-o", "with.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(sandbox.read("with.txt").contains("tool-1.0-old_0"));
    let ran = solve("2.28", &["tool", "--base", "base.txt", "-o", "new.txt"]);
    assert!(
        sandbox.read("new.txt").contains("tool-1.1-new_0"),
        "{}",
        ran.stderr
    );
    let ran = solve("2.17", &["tool >=1.1", "--base", "base.txt", "-n"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("__glibc >=2.28"), "{}", ran.stderr);
}

/// The lock holds what the line asks for: nothing changes in it, whatever solving without
/// the line would do.
#[test]
fn s44_a_lock_that_was_made_with_the_line_satisfies_it() {
    let sandbox = with_override("1.*");
    let ran = sandbox.run(&["overrides", "--across", "rsp.lock", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let document = ran.json_of("across");
    assert_eq!(document["lines"][0]["verdict"], "satisfied", "{document}");
}

#[test]
fn an_override_to_any_version_serves_a_base() {
    let sandbox = with_override("*");
    fs_err::copy(
        sandbox.path().join("rsp.lock"),
        sandbox.path().join("base.lock"),
    )
    .unwrap();
    let ran = sandbox.run(&["solve", "--base", "base.lock", "-n"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
}

fn with_override(version: &str) -> Sandbox {
    let sandbox = Sandbox::with(
        "channel forge\ny 1.0 h_0 : z 1.*\ny 2.0 h_0 : z 2.*\nz 1.0 h_0\nz 2.0 h_0\nz 3.0 h_0\n",
    );
    sandbox.file(
        "rsp-lock.toml",
        &format!(
            "[environment]\nname = \"o\"\nchannels = [\"./forge\"]\nplatforms = [\"linux-64\"]\n\
             [requirements]\ny = \"*\"\n[overrides]\nz = \"{version}\"\n"
        ),
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    sandbox
}

#[test]
fn the_chosen_platforms_alone_are_checked() {
    let sandbox = Sandbox::with("channel forge\na 1.0 h_0 ; noarch\n");
    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"o\"\nchannels = [\"./forge\"]\n\
         platforms = [\"linux-64\", \"osx-64\"]\n[requirements]\na = \"*\"\n",
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    for platform in ["linux-64", "osx-64"] {
        let ran = sandbox.run(&["check", "-p", platform]);
        assert_eq!(ran.code, 0, "{}", ran.all());
    }
}
