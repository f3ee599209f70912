//! S25, S28, S44: advice about a date, about releases, about many release lines.

use insta::assert_snapshot;

use crate::support::{Ran, Sandbox};

/// Release lines of a metapackage that meet a pin in every way there is.
const LINES: &str = "
channel forge
python 3.12.1 h_0
requests 2.31 py_0 ; noarch
requests 2.32 py_0 ; noarch
astroquery 0.4.7 py_0 : python, requests <2.32 ; noarch
astroquery 0.4.9 py_0 : python ; noarch
astroquery 0.4.6 py_0 : python ; noarch
rubin-env 4.0.5 h_3 : astroquery <0.4.7
rubin-env 9.0.0 h_0 : python
rubin-env 10.1.5 h_2 : astroquery >=0.4.7, requests
rubin-env 10.1.5 h_10 : astroquery >=0.4.7, requests
rubin-env 13.0.1 h_6 : astroquery >=0.4.9, requests
rubin-env 14.0.0 h_0 : not-there-yet
";

fn lines(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = [
        "advise",
        "lines",
        "--of",
        "rubin-env",
        "--pin",
        "astroquery <0.4.8",
        "-c",
        "./forge",
        "-p",
        "linux-64",
    ];
    sandbox.run(&[&fixed, more].concat())
}

#[test]
fn s44_one_pin_over_the_newest_build_of_each_line() {
    let sandbox = Sandbox::with(LINES);
    let ran = lines(&sandbox, &[]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    assert!(sandbox.files().is_empty(), "nothing is written");
    let json = lines(&sandbox, &["--json"]);
    assert_snapshot!("lines_json", json.stdout);
    let document = json.json_of("lines");
    let rows = document["lines"].as_array().unwrap();
    let effects: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| {
            (
                row["line"].as_str().unwrap(),
                row["effect"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        effects,
        [
            ("4.0", "satisfied"),
            ("9.0", "absent"),
            ("10.1", "changes"),
            ("13.0", "conflict"),
            ("14.0", "unsolvable"),
        ]
    );
    assert_eq!(
        rows[2]["record"], "rubin-env 10.1.5 h_10",
        "the newest build"
    );
    assert_eq!(
        rows[2]["changes"].as_array().unwrap().len(),
        2,
        "astroquery and requests"
    );
}

#[test]
fn s44_lines_that_are_alive_are_named_and_must_be_there() {
    let sandbox = Sandbox::with(LINES);
    let alive = lines(&sandbox, &["--line", "4.0,10.1"]);
    assert_eq!(alive.code, 0, "{}", alive.all());
    assert_eq!(alive.stdout.matches("linux-64 rubin-env").count(), 2);
    let unknown = lines(&sandbox, &["--line", "11.0"]);
    assert_eq!(unknown.code, 2, "{}", unknown.all());
    assert!(
        unknown.stderr.contains("4.0, 9.0, 10.1"),
        "{}",
        unknown.stderr
    );
    let dated = lines(&sandbox, &["--line", "10.1", "requests ==2.32"]);
    assert_eq!(
        dated.code,
        1,
        "what else is asked for counts: {}",
        dated.all()
    );
}

/// Two releases, a weekly, a daily, and a user interface for each major version.
const RELEASES: &str = "
channel forge
python 3.11.1 h_0
python 3.12.1 h_0
numpy 1.26.0 py311_0 : python 3.11.*
numpy 2.3.1 py312_0 : python 3.12.*
rubin-env 8.0.0 h_16 : python 3.11.*, numpy
rubin-env 10.1.5 h_7 : python 3.12.*, numpy
jupyterlab 3.6.0 py_0 : python ; noarch
jupyterlab 4.4.0 py_0 : python ; noarch
lsst-rsp 0.9.0 py_0 : python >=3.12, jupyterlab >=4 ; noarch
ipykernel 6.30 py_0 : python ; noarch
";

fn releases() -> Sandbox {
    let sandbox = Sandbox::with(RELEASES);
    fs_err::create_dir(sandbox.path().join("images")).unwrap();
    for (tag, stack) in [
        ("r24_1_7", "rubin-env 8.*"),
        ("r29_2_1", "rubin-env 10.*"),
        ("w_2026_36", "rubin-env 10.*"),
        ("d_2026_09_01", "rubin-env 10.*"),
    ] {
        let output = format!("images/{tag}.txt");
        let ran = sandbox.run(&[
            "solve",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            stack,
            "jupyterlab 3.*",
            "-o",
            &output,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let additions = |lines: &str| {
        format!("[environment]\nname = \"rsp\"\nchannels = [\"./forge\"]\n[requirements]\n{lines}")
    };
    sandbox.file("ui-8.toml", &additions("jupyterlab = \">=4\"\n"));
    sandbox.file(
        "ui-10.toml",
        &additions("jupyterlab = \">=4\"\nlsst-rsp = \"*\"\n"),
    );
    sandbox
}

fn modernise(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = [
        "advise",
        "modernisation",
        "--today",
        "2026-11-28",
        "-c",
        "./forge",
        "images/r24_1_7.txt",
        "images/r29_2_1.txt",
        "images/w_2026_36.txt",
        "images/d_2026_09_01.txt",
    ];
    sandbox.run(&[&fixed, more].concat())
}

#[test]
fn s28_releases_get_a_new_user_interface_on_the_same_stack() {
    let sandbox = releases();
    let ran = modernise(
        &sandbox,
        &["--additions", "8=ui-8.toml,10=ui-10.toml", "-o", "plans"],
    );
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert_snapshot!(ran.all());
    for (tag, stack) in [
        ("r24_1_7", "rubin-env-8.0.0"),
        ("r29_2_1", "rubin-env-10.1.5"),
    ] {
        let old = sandbox.read(&format!("images/{tag}.txt"));
        let new = sandbox.read(&format!("plans/{tag}/rsp-linux-64.lock.txt"));
        let urls = old.lines().filter(|line| line.starts_with("https://"));
        for line in urls.filter(|line| !line.contains("/jupyterlab-")) {
            assert!(
                new.contains(line),
                "{tag}: the stack, byte for byte: {line}"
            );
        }
        assert!(new.contains(stack), "{new}");
        assert!(new.contains("/jupyterlab-4.4.0-"), "{new}");
    }
    assert!(!sandbox.path().join("plans/w_2026_36").exists());
}

#[test]
fn s28_what_cannot_be_done_is_listed_with_its_reason() {
    let sandbox = releases();
    let ran = modernise(&sandbox, &["--additions", "ui-10.toml", "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert_snapshot!("modernisation_json", ran.stdout);
    let document = ran.json_of("modernisation");
    let tags = document["tags"].as_array().unwrap();
    let plans: Vec<(&str, &str)> = tags
        .iter()
        .map(|tag| (tag["tag"].as_str().unwrap(), tag["plan"].as_str().unwrap()))
        .collect();
    assert_eq!(
        plans,
        [
            ("r24_1_7", "not"),
            ("r29_2_1", "done"),
            ("w_2026_36", "no-release"),
            ("d_2026_09_01", "no-release"),
        ]
    );
    let why = tags[0]["why"].as_str().unwrap();
    assert!(why.contains("lsst-rsp") && why.contains("python"), "{why}");
    assert_eq!(
        (&tags[2]["purgeable"], &tags[3]["purgeable"]),
        (&false.into(), &true.into())
    );
    let none = modernise(&sandbox, &["--additions", "10=ui-10.toml"]);
    assert!(
        none.stdout
            .contains("no additions are named for rubin-env 8"),
        "{}",
        none.all()
    );
    sandbox.channels(&RELEASES.replace("numpy 1.26.0 py311_0 : python 3.11.*\n", ""));
    let gone = modernise(&sandbox, &["--additions", "8=ui-8.toml,10=ui-10.toml"]);
    assert_eq!(gone.code, 1, "{}", gone.all());
    assert!(
        gone.stdout.contains("numpy"),
        "one that is gone is named: {}",
        gone.stdout
    );
    assert!(
        gone.stdout.contains("r29_2_1: rubin-env 10.1.5"),
        "and hides no other"
    );
}

const TODAY: &str = "
channel forge
python 3.8.6 h_0 ; ts 2020-10-01
numpy 1.19.5 py38_0 : python ; ts 2021-01-06
numpy 1.20.0 py38_0 : python ; ts 2021-02-10
dask 2021.1.1 py_0 : python ; noarch ; ts 2021-01-22
dask 2020.12.0 py_0 : python ; noarch
kept 1.0 h_0 ; ts 2021-01-01
rubin-env 0.2.1 py38_0 : python, numpy, dask, kept ; ts 2021-01-29
";

/// What an environment export of January 2021 says: one package is gone since.
const EXPORT: &str = "name: rsp
channels:
  - conda-forge
dependencies:
  - python=3.8.6=h_0
  - numpy=1.19.5=py38_0
  - dask=2021.1.0=py_0
  - kept=1.0=h_0
  - rubin-env=0.2.1=py38_0
  - pip:
    - nclib==1.0.0
";

#[test]
fn s25_a_rebuild_as_of_a_date_says_what_cannot_be_known() {
    let sandbox = Sandbox::with(TODAY);
    sandbox.edit("forge/noarch", |document| {
        document["removed"] = serde_json::json!(["dask-2021.1.0-py_0.conda"]);
    });
    sandbox.file("2021-01-31.yml", EXPORT);
    let as_of = |more: &[&str]| {
        let fixed = [
            "advise",
            "as-of",
            "--was",
            "2021-01-31.yml",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "rubin-env",
        ];
        sandbox.run(&[&fixed, more].concat())
    };
    let ran = as_of(&["--exclude-newer", "2021-01-31"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.all());
    let json = as_of(&["--exclude-newer", "2021-01-31", "--json"]);
    assert_snapshot!("as_of_json", json.stdout);
    let document = json.json_of("as-of");
    assert_eq!(document["same"], 4);
    assert_eq!(
        document["missing"],
        serde_json::json!(["dask 2021.1.0 py_0"])
    );
    assert_eq!(document["unknown"]["without_timestamp"], 1);
    assert_eq!(
        document["unknown"]["removed"],
        serde_json::json!(["noarch/dask-2021.1.0-py_0.conda"])
    );
    let undated = as_of(&[]);
    assert_eq!(undated.code, 2, "{}", undated.all());
    assert!(
        undated.stderr.contains("--exclude-newer"),
        "{}",
        undated.stderr
    );
    let early = as_of(&["--exclude-newer", "2021-01-10"]);
    assert_eq!(early.code, 3, "rubin-env came later: {}", early.all());
}

#[test]
fn s26_metadata_that_an_old_lock_kept_tells_what_was_patched() {
    let sandbox = Sandbox::with(TODAY);
    let ran = sandbox.run(&[
        "solve",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "rubin-env",
        "--exclude-newer",
        "2021-01-31",
        "-o",
        "then/",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox.edit("forge/linux-64", |document| {
        document["packages.conda"]["numpy-1.19.5-py38_0.conda"]["depends"] =
            serde_json::json!(["python >=3.8"]);
    });
    let ran = sandbox.run(&[
        "advise",
        "as-of",
        "--was",
        "then/rsp.lock",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "rubin-env",
        "--exclude-newer",
        "2021-01-31",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "the same packages: {}", ran.all());
    assert_eq!(
        ran.json_of("as-of")["unknown"]["patched"],
        serde_json::json!(["numpy-1.19.5-py38_0.conda"])
    );
}

/// The real export of January 2021 against what the sample of today has of it.
#[test]
fn s25_what_the_channel_lacks_of_the_real_export_is_named() {
    let (Some(export), Some(channel)) = (
        crate::support::shared("domain/inputs/raw/nublado-2021-01-31-conda-stack.yml"),
        crate::support::shared("channels/conda-forge-sample"),
    ) else {
        return;
    };
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&[
        "advise",
        "as-of",
        "--was",
        &export.display().to_string(),
        "-c",
        &channel.display().to_string(),
        "-p",
        "linux-64",
        "--exclude-newer",
        "2021-01-31",
        "python",
        "--json",
    ]);
    assert_eq!(
        ran.code, 3,
        "the sample has no python of 2021: {}",
        ran.stderr
    );
    let document = ran.json();
    assert_eq!(document["missing"].as_array().unwrap().len(), 576, "of 618");
}
