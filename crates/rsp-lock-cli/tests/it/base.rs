//! The scenarios about a base, by their numbers.

use serde_json::Value;

use crate::support::{Ran, Sandbox};

/// The metapackages of a stack, coupled by exact build, and what is added to them.
const STACK: &str = "
channel forge
python 3.13.1 h_0
numpy 2.1.0 py313_0 : python >=3.13,<3.14.0a0
numpy 2.2.0 py313_0 : python >=3.13,<3.14.0a0
rubin-env 13.0.0 py313_4 : python 3.13.*, numpy 2.1.*
rubin-env 13.0.0 py313_8 : python 3.13.*, numpy >=2.2
rubin-env 13.0.1 py313_0 : python 3.13.*, numpy >=2.2
rubin-env-rsp 13.0.0 py313_4 : rubin-env 13.0.0 py313_4, jupyterlab >=4
rubin-env-rsp 13.0.0 py313_8 : rubin-env 13.0.0 py313_8, jupyterlab >=4
rubin-env-rsp 13.0.1 py313_0 : rubin-env 13.0.1 py313_0, jupyterlab >=4
jupyterlab 4.4.0 py_0 : python >=3.9 ; noarch
jupyterlab 3.6.0 py_0 : python >=3.9 ; noarch
";

/// Solves a stack, as the base of what follows.
fn with_base(universe: &str, specs: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(universe);
    let fixed = ["solve", "-c", "./forge", "-p", "linux-64", "-o", "base.txt"];
    let ran = sandbox.run(&[&fixed, specs].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox
}

fn add(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let fixed = [
        "solve", "-c", "./forge", "-p", "linux-64", "-o", "lock.txt", "--base", "base.txt",
    ];
    sandbox.run(&[&fixed, more].concat())
}

/// The lines of an explicit file that name packages.
fn urls(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("://")).collect()
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{}", ran.stderr))
}

#[test]
fn s05_the_base_is_frozen_and_the_metapackage_has_its_build() {
    let sandbox = with_base(STACK, &["rubin-env 13.0.0 py313_4"]);
    let ran = add(&sandbox, &["rubin-env-rsp ==13.0.0"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (base, lock) = (sandbox.read("base.txt"), sandbox.read("lock.txt"));
    for line in urls(&base) {
        assert!(urls(&lock).contains(&line), "{line}\n{lock}");
    }
    assert!(
        lock.contains("/rubin-env-rsp-13.0.0-py313_4.conda"),
        "{lock}"
    );
    assert_eq!(urls(&lock).len(), urls(&base).len() + 2);
    assert!(
        ran.stderr
            .contains("base.txt is frozen: all 3 packages as they were")
    );
}

#[test]
fn s06_no_build_goes_with_the_base_and_the_conflict_says_so() {
    let gone = STACK.replace(
        "rubin-env-rsp 13.0.0 py313_4 : rubin-env 13.0.0 py313_4, jupyterlab >=4\n",
        "",
    );
    let sandbox = with_base(&gone, &["rubin-env 13.0.0 py313_4"]);
    let ran = add(&sandbox, &["rubin-env-rsp ==13.0.0"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    for part in [
        "rubin-env-rsp ==13.0.0",
        "pinned `rubin-env 13.0.0 py313_4`",
        "py313_8",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
    assert!(!sandbox.path().join("lock.txt").exists());
    // What would move, when asked: the metapackage, and the one package it needs newer.
    let ran = add(
        &sandbox,
        &[
            "rubin-env-rsp ==13.0.0",
            "--policy",
            "minimal-change",
            "--json",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document = json(&ran);
    let base = &document["environments"][0]["base"];
    assert_eq!(base["policy"], "minimal-change");
    let names: Vec<&str> = base["moved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moved| moved["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["numpy", "rubin-env"]);
    assert_eq!(
        (&base["lower_bound"], &base["proven"]),
        (&2.into(), &true.into())
    );
}

#[test]
fn s07_a_rung_is_taken_only_when_asked_for_and_recorded() {
    let sandbox = with_base(STACK, &["rubin-env 13.0.0 py313_4"]);
    let ran = add(&sandbox, &["numpy >=2.2"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("pinned `numpy 2.1.0 py313_0`"),
        "{}",
        ran.stderr
    );

    sandbox.file(
        "rsp-lock.toml",
        "[environment]\nname = \"more\"\nchannels = [\"./forge\"]\nplatforms = [\"linux-64\"]\n\
         [base]\nlock = \"base.txt\"\npolicy = \"minimal-change\"\n\
         [requirements]\nnumpy = \">=2.2\"\n",
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("base.txt: 2 of 3 packages move, and no fewer can (proven)"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("numpy 2.1.0 -> 2.2.0"),
        "{}",
        ran.stderr
    );
    let lock = sandbox.read("rsp.lock");
    assert!(lock.contains("policy = \"minimal-change\""), "{lock}");
    assert!(lock.contains("digest = \"sha256:"), "{lock}");
    let checked = sandbox.run(&["check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    // The rung is part of what the lock was made from.
    let frozen = sandbox
        .read("rsp-lock.toml")
        .replace("minimal-change", "freeze");
    sandbox.file("rsp-lock.toml", &frozen);
    let checked = sandbox.run(&["check"]);
    assert_eq!(checked.code, 1);
    assert!(
        checked.stdout.contains("base-changed"),
        "{}",
        checked.stdout
    );
}

#[test]
fn s08_a_metapackage_gives_way_to_its_dependencies() {
    let coupled = STACK.replace(
        "rubin-env-rsp 13.0.0 py313_4 : rubin-env 13.0.0 py313_4, jupyterlab >=4\n",
        "",
    );
    let sandbox = with_base(&coupled, &["rubin-env 13.0.0 py313_4"]);
    let ran = add(
        &sandbox,
        &[
            "rubin-env-rsp ==13.0.0",
            "--expand",
            "rubin-env-rsp",
            "--json",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document = json(&ran);
    let expanded = &document["environments"][0]["expanded"][0];
    assert_eq!(expanded["record"], "rubin-env-rsp-13.0.0-py313_8.conda");
    assert_eq!(expanded["loosened"][0], "rubin-env 13.0.0 py313_8");
    let why = expanded["why"].as_str().unwrap();
    assert!(
        why.contains("py313_8") && why.contains("of the base"),
        "{why}"
    );
    let lock = sandbox.read("lock.txt");
    assert!(lock.contains("/jupyterlab-4.4.0-"), "{lock}");
    assert!(!lock.contains("rubin-env-rsp"), "{lock}");
    // Nobody asked: nothing gives way.
    assert_eq!(add(&sandbox, &["rubin-env-rsp ==13.0.0"]).code, 3);
}

const RELEASE: &str = "
channel forge
python 3.11.9 h_0
pyarrow 17.0.0 py311_0 : python >=3.11,<3.12.0a0
rubin-env 10.1.0 py311_2 : python 3.11.*, pyarrow 17.*
hats 0.6.4 py_0 : python >=3.10, pyarrow >=14 ; noarch
hats 0.7.0 py_0 : python >=3.10, pyarrow >=20 ; noarch
lsdb 0.6.4 py_0 : python >=3.10, hats 0.6.* ; noarch
lsdb 0.7.0 py_0 : python >=3.10, hats 0.7.* ; noarch
reproject 0.19.0 py311_0 : python >=3.11,<3.12.0a0
";

#[test]
fn s29_additions_where_the_base_lacks_them() {
    const REQUEST: &str = "[environment]\nname = \"image\"\nchannels = [\"./forge\"]\n\
        platforms = [\"linux-64\"]\n[base]\nlock = \"base.txt\"\n[requirements]\n\
        lsdb = { version = \"*\", if-missing = true }\n\
        reproject = { version = \"*\", if-missing = true }\n";
    let sandbox = with_base(RELEASE, &["rubin-env"]);
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lock = sandbox.read("image-linux-64.lock.txt");
    for file in [
        "lsdb-0.6.4-",
        "hats-0.6.4-",
        "reproject-0.19.0-",
        "pyarrow-17.0.0-",
    ] {
        assert!(lock.contains(file), "{file}\n{lock}");
    }
    // A base that has reproject needs no second one, and says so.
    let sandbox = with_base(RELEASE, &["rubin-env", "reproject"]);
    sandbox.file("rsp-lock.toml", REQUEST);
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("has it already, so not asked for: reproject"),
        "{}",
        ran.stderr
    );
}

#[test]
fn s30_one_package_floats_and_nothing_else_moves() {
    const DAY: &str = "
channel forge
python 3.13.1 h_0
aiohttp 3.12.0 py_0 : python ; noarch
lsst-rsp 0.9.0 py_0 : python, aiohttp ; noarch
";
    const REQUEST: &str = "[environment]\nname = \"image\"\nchannels = [\"./forge\"]\n\
        platforms = [\"linux-64\"]\n[requirements]\naiohttp = \"*\"\n\
        lsst-rsp = { version = \"*\", float = true }\n";
    let sandbox = Sandbox::with(DAY);
    sandbox.file("rsp-lock.toml", REQUEST);
    assert_eq!(sandbox.run(&["solve"]).code, 0);
    // The next day: a newer one with a new dependency, and newer others.
    let next = format!(
        "{DAY}aiohttp 3.13.0 py_0 : python ; noarch\nlsst-rsp 0.10.0 py_0 : python, aiohttp, nublado ; noarch\n\
         nublado 11.0 py_0 : python ; noarch\n"
    );
    sandbox.channels(&next);
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lock = sandbox.read("image-linux-64.lock.txt");
    for file in ["lsst-rsp-0.10.0-", "nublado-11.0-", "aiohttp-3.12.0-"] {
        assert!(lock.contains(file), "{file}\n{lock}");
    }
    // The day after, the newest would move aiohttp: it stays.
    let after = format!("{next}lsst-rsp 0.11.0 py_0 : python, aiohttp >=3.13 ; noarch\n");
    sandbox.channels(&after);
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lock = sandbox.read("image-linux-64.lock.txt");
    assert!(lock.contains("lsst-rsp-0.10.0-"), "{lock}");
    assert!(
        ran.stderr.contains("lsst-rsp 0.10.0, newest is 0.11.0"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_base_from_a_mirror_is_found_where_the_mirror_is_known() {
    let sandbox = with_base(STACK, &["rubin-env 13.0.0 py313_4"]);
    let text = sandbox.read("base.txt");
    let first = urls(&text)[0];
    let prefix = &first[..first.find("/forge/").unwrap() + 7];
    sandbox.file(
        "base.txt",
        &text.replace(prefix, "https://mirror.example/forge/"),
    );
    let ran = add(&sandbox, &["jupyterlab"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("https://mirror.example/forge/") && ran.stderr.contains("[mirrors]"),
        "{}",
        ran.stderr
    );
    sandbox.file(
        "rsp-lock.toml",
        &format!(
            "[environment]\nname = \"more\"\nchannels = [\"./forge\"]\nplatforms = [\"linux-64\"]\n\
             [base]\nlock = \"base.txt\"\n[requirements]\njupyterlab = \"*\"\n\
             [mirrors]\n\"{prefix}\" = \"https://mirror.example/forge/\"\n"
        ),
    );
    let ran = sandbox.run(&["solve"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lock = sandbox.read("more-linux-64.lock.txt");
    assert!(!lock.contains("mirror.example"), "{lock}");
    assert_eq!(urls(&lock).len(), urls(&text).len() + 1);
}

#[test]
fn a_base_whose_file_is_gone_is_a_conflict_that_names_it() {
    let sandbox = with_base(STACK, &["rubin-env 13.0.0 py313_4"]);
    sandbox.channels(&STACK.replace("numpy 2.1.0 py313_0 : python >=3.13,<3.14.0a0\n", ""));
    let ran = add(&sandbox, &["jupyterlab"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("numpy 2.1.0 py313_0"), "{}", ran.stderr);
}

#[test]
fn a_policy_without_a_base_is_refused() {
    let sandbox = Sandbox::with(STACK);
    let ran = sandbox.run(&[
        "solve", "-c", "./forge", "-p", "linux-64", "--policy", "freeze", "numpy",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--base"), "{}", ran.stderr);
}

#[test]
fn what_a_base_is_for_leaves_only_where_nothing_of_it_can_stay() {
    const META: &str = "
channel forge
python 3.12.0 h_0
python 3.13.0 h_0
numpy 2.0 py312_0 : python 3.12.*
numpy 2.0 py313_0 : python 3.13.*
pillow 10 py313_0 : python 3.13.*
stack 1.0 py_0 : stack-core 1.0, pillow ; noarch
stack-core 1.0 py_0 : python 3.13.*, numpy ; noarch
oldtool 1.0 py_0 : python 3.12.* ; noarch
";
    let sandbox = with_base(META, &["stack"]);
    let moving = ["--policy", "minimal-change"];
    let ran = add(
        &sandbox,
        &[&["oldtool", "-n", "--json"][..], &moving].concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let base = &document["environments"][0]["base"];
    assert_eq!(
        base["left"],
        serde_json::json!(["pillow", "stack", "stack-core"]),
        "{base}"
    );
    // Python and numpy move; of the five no fewer can.
    assert_eq!(base["lower_bound"], 5, "{base}");
    assert_eq!(base["proven"], true, "{base}");
    let ran = add(&sandbox, &[&["oldtool", "-n"][..], &moving].concat());
    assert!(
        ran.stderr.contains("leave: pillow, stack, stack-core"),
        "{}",
        ran.stderr
    );
    let denied = [&["oldtool", "-n", "--deny", "leave"][..], &moving].concat();
    let ran = add(&sandbox, &denied);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    // Who asks for it as well keeps it.
    let ran = add(
        &sandbox,
        &[&["oldtool", "stack", "-n"][..], &moving].concat(),
    );
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn a_frozen_base_in_the_way_is_told_with_the_way_out() {
    let sandbox = Sandbox::with("channel forge\nlib 1 h_0\nlib 2 h_0\n");
    let fixed = ["solve", "-c", "./forge", "-p", "linux-64"];
    let base = sandbox.run(&[&fixed[..], &["lib ==1", "-o", "base.txt"]].concat());
    assert_eq!(base.code, 0, "{}", base.all());
    let on_base = |more: &[&str]| {
        let lines = ["lib >=2", "--base", "base.txt", "-o", "out.txt"];
        sandbox.run(&[&fixed[..], &lines, more].concat())
    };
    let refused = on_base(&[]);
    assert_eq!(refused.code, 3, "{}", refused.all());
    assert!(
        refused.stderr.contains("--policy minimal-change"),
        "{}",
        refused.stderr
    );
    let moved = on_base(&["--policy", "minimal-change"]);
    assert_eq!(moved.code, 0, "{}", moved.all());
}
