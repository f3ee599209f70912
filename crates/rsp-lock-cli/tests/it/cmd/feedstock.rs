//! A feedstock as input, and what stays with pip.

use crate::support::Sandbox;

const CHANNEL: &str = "
channel forge
python 3.13.1 0_cp313 ; ts 2025-01-01
python 3.14.0 0_cp314 ; ts 2025-10-01
python_abi 3.13 9_cp313 ; noarch
apr 1.7 h_0
apr 2.0 h_0
aiohttp 3.13.0 py313_0 : python >=3.13,<3.14.0a0
aiohttp 3.14.0 py313_0 : python >=3.13,<3.14.0a0
panel 1.8 pyh_0 : python >=3.10 ; noarch
stack-base 0.9 py313_0 : python ; noarch
prmon 3.1 h_0
";

const RECIPE: &str = "
context:
  version: 1.0.0
recipe:
  name: stack
  version: ${{ version }}
build:
  number: 2
  skip:
    - win
outputs:
  - package:
      name: stack-base
    requirements:
      host:
        - python
      run:
        - python
        - apr ${{ apr }}.*
        - aiohttp <3.14  # DM-55190
        - if: linux
          then: prmon >=3
  - package:
      name: stack-ui
    requirements:
      run:
        - ${{ pin_subpackage('stack-base', exact=True) }}
        - panel >=1.8  # (*): cf bokeh
";

const VARIANT: &str = "python:\n- 3.13.* *_cp313\napr:\n- '1'\ntarget_platform:\n- linux-64\n";

fn feedstock() -> Sandbox {
    let sandbox = Sandbox::with(CHANNEL);
    sandbox.file("recipe/recipe.yaml", RECIPE);
    sandbox.file(".ci_support/linux_64_.yaml", VARIANT);
    sandbox
}

#[test]
fn a_recipe_is_solved_without_any_other_file_being_named() {
    let sandbox = feedstock();
    let ran = sandbox.run(&[
        "solve",
        "-f",
        "recipe/recipe.yaml",
        "-c",
        "./forge",
        "-o",
        "-",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    for file in [
        "aiohttp-3.13.0",
        "apr-1.7",
        "panel-1.8",
        "prmon-3.1",
        "python-3.13.1",
    ] {
        assert!(ran.stdout.contains(file), "{file}: {}", ran.all());
    }
    assert!(
        !ran.stdout.contains("stack-"),
        "not published yet: {}",
        ran.stdout
    );
    let base = sandbox.run(&[
        "solve",
        "-f",
        "recipe/recipe.yaml",
        "-c",
        "./forge",
        "-o",
        "-",
        "stack-base",
    ]);
    assert_eq!(base.code, 0, "{}", base.all());
    assert!(!base.stdout.contains("panel-"), "{}", base.stdout);
}

#[test]
fn the_lock_has_the_reasons_of_the_recipe() {
    let sandbox = feedstock();
    let ran = sandbox.run(&["solve", "-f", "recipe/recipe.yaml", "-c", "../forge", "-q"]);
    let ran = if ran.code == 0 {
        ran
    } else {
        sandbox.run(&["solve", "-f", "recipe/recipe.yaml", "-c", "./forge", "-q"])
    };
    assert_eq!(ran.code, 0, "{}", ran.all());
    let lock = sandbox.read("recipe/rsp.lock");
    assert!(lock.contains("DM-55190"), "{lock}");
    assert!(lock.contains("(*): cf bokeh"), "{lock}");
}

#[test]
fn a_conflict_names_the_line_of_the_recipe() {
    let sandbox = feedstock();
    let ran = sandbox.run(&[
        "solve",
        "-f",
        "recipe/recipe.yaml",
        "-c",
        "./forge",
        "-o",
        "-",
        "python >=3.14",
        "stack-ui",
    ]);
    assert_eq!(ran.code, 3, "{}", ran.all());
    assert!(ran.stderr.contains("recipe.yaml"), "{}", ran.stderr);
}

#[test]
fn what_a_recipe_lacks_is_said_with_the_line() {
    let sandbox = feedstock();
    sandbox.file("bare/recipe.yaml", RECIPE);
    let ran = sandbox.run(&[
        "solve",
        "-f",
        "bare/recipe.yaml",
        "-c",
        "./forge",
        "-p",
        "linux-64",
    ]);
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(
        ran.stderr.contains("`apr` is in no variant file"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--variant"), "{}", ran.stderr);
    let ran = sandbox.run(&["solve", "--variant", "v.yaml", "-c", "./forge", "panel"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("`--variant` is for recipes"),
        "{}",
        ran.stderr
    );
}

#[test]
fn s43_classify_says_the_bump_and_that_less_was_published() {
    let sandbox = feedstock();
    let new = RECIPE.replace("number: 2", "number: 3").replace(
        "        - panel >=1.8  # (*): cf bokeh\n",
        "        - lsdb >=0.6  # RFC-1109\n",
    );
    sandbox.file("new/recipe.yaml", &new);
    let ran = sandbox.run(&[
        "classify",
        "recipe/recipe.yaml",
        "new/recipe.yaml",
        "--variant",
        ".ci_support/linux_64_.yaml",
    ]);
    assert_eq!(ran.code, 0, "it reports, it does not refuse: {}", ran.all());
    assert_eq!(
        ran.stdout,
        "major\n  major stack-ui panel: dependency removed: panel >=1.8  # (*): cf bokeh\n  \
         minor stack-ui lsdb: dependency added: lsdb >=0.6  # RFC-1109\n"
    );
    assert!(
        ran.stderr
            .contains("ask for a major, the versions differ by a build"),
        "{}",
        ran.stderr
    );
    let json = sandbox.run(&[
        "classify",
        "recipe/recipe.yaml",
        "new/recipe.yaml",
        "--variant",
        ".ci_support/linux_64_.yaml",
        "--json",
    ]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["bump"], "major");
    assert_eq!(document["published"], "build");
    assert_eq!(document["changes"][1]["ticket"], "RFC-1109");
}

const STACK: &str = "
channel forge
python 3.13.1 0_cp313
numpy 2.3.1 py313_0 : python >=3.13,<3.14
scipy 1.16.0 py313_0 : python >=3.13,<3.14, numpy >=2,<2.6
zope.interface 7.0 py313_0 : python
";

fn stack() -> Sandbox {
    let sandbox = Sandbox::with(STACK);
    let ran = sandbox.run(&[
        "solve", "-c", "./forge", "-p", "linux-64", "scipy", "-o", "stack/",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    sandbox
}

#[test]
fn s39_lines_for_pip_are_classed_against_a_lock_and_a_channel() {
    let sandbox = stack();
    sandbox.file(
        "more.txt",
        "numpy>=1.26,<2  # old habit\nzope-interface==5.2.0\nnclib\ngit+https://github.com/ericmandel/pyjs9\n",
    );
    let ran = sandbox.run(&[
        "audit",
        "pip",
        "more.txt",
        "--lock",
        "stack/rsp.lock",
        "-c",
        "./forge",
        "--write-constraints",
        "constraints.txt",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    let classes: Vec<&str> = ran
        .stdout
        .lines()
        .map(|l| l.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        classes,
        ["provided", "other-name", "pip-only", "git"],
        "{}",
        ran.all()
    );
    assert!(
        ran.stdout
            .contains("conda has numpy 2.3.1, which the line does not want"),
        "{}",
        ran.stdout
    );
    let constraints = sandbox.read("constraints.txt");
    assert!(
        constraints.contains("\nnumpy==2.3.1\nscipy==1.16.0\n"),
        "{constraints}"
    );
    let bad = sandbox.file("bad.txt", "nclib\n-e .\n");
    let ran = sandbox.run(&["audit", "pip", bad.to_str().unwrap(), "-c", "./forge"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("bad.txt:2"), "{}", ran.stderr);
}

#[test]
fn s40_a_users_packages_against_a_lock() {
    let sandbox = stack();
    sandbox.file("user.txt", "numpy==1.26\nscipy==1.12\nmine==1\n");
    let ran = sandbox.run(&["audit", "user", "user.txt", "--lock", "stack/rsp.lock"]);
    assert_eq!(
        ran.code,
        0,
        "an older scipy hides what minds numpy: {}",
        ran.all()
    );
    sandbox.file("user.txt", "numpy==1.26\nscipy==1.16.0\nmine==1\n");
    let ran = sandbox.run(&["audit", "user", "user.txt", "--lock", "stack/rsp.lock"]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(
        ran.stdout.contains("breaks scipy (needs numpy >=2,<2.6)"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("remove: numpy\n"), "{}", ran.stdout);
}

/// Where uv is, if it is installed.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn uv() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("RSP_LOCK_UV").map(std::path::PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path = std::env::split_paths(&paths).map(|directory| directory.join("uv"));
    let found = named.or_else(|| on_path.find(|file| file.is_file()));
    if found.is_none() {
        eprintln!("SKIPPED: uv is not installed");
    }
    found
}

#[test]
fn s39_what_is_left_is_locked_with_hashes_and_cannot_shadow_conda() {
    let Some(uv) = uv() else { return };
    let sandbox = stack();
    let wheels = sandbox.path().join("wheels");
    for (name, version, requires) in [
        ("nclib", "1.0.0", &["numpy>=2", "helper"][..]),
        ("nclib", "0.9.0", &["helper"]),
        ("helper", "3.1", &[]),
        ("numpy", "2.3.1", &[]),
        ("numpy", "9.9.9", &[]),
        ("needy", "1.0", &["numpy>=3"]),
    ] {
        crate::wheels::wheel(&wheels, name, version, requires);
    }
    let audit = |list: &str| {
        let arguments = [
            "audit",
            "pip",
            list,
            "--lock",
            "stack/rsp.lock",
            "-c",
            "./forge",
            "--find-links",
            "wheels",
            "--write-lock",
            "pip.lock",
        ];
        let mut command = sandbox.command(&arguments);
        command.env("RSP_LOCK_UV", &uv);
        // uv looks for an interpreter there, and keeps its cache in a home.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", sandbox.path());
        sandbox.ran(&command.output().unwrap())
    };
    sandbox.file("more.txt", "nclib\nnumpy\n");
    let ran = audit("more.txt");
    assert_eq!(ran.code, 1, "numpy is provided: {}", ran.all());
    let lock = sandbox.read("pip.lock");
    assert!(lock.contains("nclib==1.0.0"), "{lock}");
    assert!(lock.contains("helper==3.1"), "{lock}");
    assert_eq!(lock.matches("--hash=sha256:").count(), 2, "{lock}");
    assert!(!lock.contains("numpy=="), "pip cannot shadow it: {lock}");
    sandbox.file("more.txt", "needy\n");
    let ran = audit("more.txt");
    assert_eq!(ran.code, 3, "conda has numpy 2.3.1: {}", ran.all());
    assert!(ran.stderr.contains("numpy"), "{}", ran.stderr);
}
