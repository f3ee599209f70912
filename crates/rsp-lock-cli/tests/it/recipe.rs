//! A feedstock's recipe as what is asked for.

use insta::assert_snapshot;

use crate::support::{Sandbox, shared};

const CHANNEL: &str = "
channel forge
python 3.13.1 0_cp313
python_abi 3.13 0_cp313 ; noarch
numpy 2.2.0 py313_0 : python >=3.13,<3.14.0a0
numpy 2.3.1 py313_0 : python >=3.13,<3.14.0a0
numpy 2.3.1 py313_0 : python >=3.13,<3.14.0a0 ; subdir osx-arm64
python 3.13.1 0_cp313 ; subdir osx-arm64
aiohttp 3.13.2 pyh_0 : python ; noarch
aiohttp 3.14.0 pyh_0 : python ; noarch
prmon 3.1.1 h_0
cassandra-driver 3.29.2 py313_0 : python
libcxx 19.1 h_0 ; subdir osx-arm64
jupyterlab 3.6.0 pyh_0 : python ; noarch
jupyterlab 4.4.0 pyh_0 : python ; noarch
rubin-env 13.0.0 py313_0 : python, numpy <2.3
old-ui 1.0 pyh_0 : jupyterlab <4 ; noarch
";

/// Two metapackages, the second with the first, selectors, comments.
const RECIPE: &str = r#"context:
  version: "13.1.0"

recipe:
  name: rubin-env
  version: ${{ version }}

build:
  number: 2

outputs:
  - package:
      name: rubin-env
    requirements:
      run:
        - python
        - numpy >=2.3
        # a comment that stands above belongs to nothing
        - aiohttp <3.14  # DM-55190
        - if: linux
          then: prmon >=3.1.1
        - if: linux and x86_64
          then: cassandra-driver
        - if: osx
          then: libcxx
  - package:
      name: rubin-env-rsp
    requirements:
      run:
        - ${{ pin_subpackage("rubin-env", exact=True) }}
        - jupyterlab >=4  # (*) notebooks
"#;

fn feedstock() -> Sandbox {
    let sandbox = Sandbox::with(CHANNEL);
    sandbox.file("recipe/recipe.yaml", RECIPE);
    sandbox
}

fn names(lock: &str) -> Vec<&str> {
    let urls = lock.lines().filter(|line| line.starts_with("https://"));
    urls.map(|url| {
        let mut parts = url.rsplit('/').next().unwrap().rsplitn(3, '-');
        parts.nth(2).unwrap()
    })
    .collect()
}

#[test]
fn a_metapackage_is_solved_before_it_is_published() {
    let sandbox = feedstock();
    let ran = sandbox.run(&[
        "solve",
        "-f",
        "recipe/recipe.yaml",
        "-c",
        "./forge",
        "-p",
        "linux-64,osx-arm64",
    ]);
    assert_snapshot!(ran.all());
    let linux = sandbox.read("recipe/rubin-env-linux-64.lock.txt");
    let mut linux = names(&linux);
    linux.sort_unstable();
    assert_eq!(
        linux,
        [
            "aiohttp",
            "cassandra-driver",
            "jupyterlab",
            "numpy",
            "prmon",
            "python"
        ],
        "what the outputs bring, without the outputs themselves"
    );
    let mac = sandbox.read("recipe/rubin-env-osx-arm64.lock.txt");
    assert!(mac.contains("/libcxx-19.1-h_0"), "{mac}");
    assert!(
        !mac.contains("prmon") && !mac.contains("cassandra"),
        "{mac}"
    );
    let lock = sandbox.read("recipe/rsp.lock");
    assert!(
        lock.contains("\"../forge\""),
        "the channel as it is seen from the lock: {lock}"
    );
    assert!(lock.contains("DM-55190"), "{lock}");
    assert!(lock.contains("notebooks"), "{lock}");
    let check = sandbox.run(&["check", "-f", "recipe/recipe.yaml"]);
    assert_eq!(check.code, 1, "channel and platforms came from flags");
}

#[test]
fn names_of_outputs_choose_outputs_and_other_specs_come_on_top() {
    let sandbox = feedstock();
    let run = |specs: &[&str]| {
        let fixed = [
            "solve",
            "-f",
            "recipe/recipe.yaml",
            "-c",
            "./forge",
            "-p",
            "linux-64",
            "-o",
            "-",
        ];
        sandbox.run(&[&fixed, specs].concat())
    };
    let stack = run(&["rubin-env"]);
    assert_eq!(stack.code, 0, "{}", stack.stderr);
    assert!(!names(&stack.stdout).contains(&"jupyterlab"));
    let both = run(&["rubin-env-rsp"]);
    assert!(names(&both.stdout).contains(&"jupyterlab"));
    assert!(
        names(&both.stdout).contains(&"prmon"),
        "what the first output pins comes along"
    );
    let more = run(&["rubin-env", "jupyterlab"]);
    assert!(names(&more.stdout).contains(&"jupyterlab"));
    let conflict = run(&["old-ui"]);
    assert_eq!(conflict.code, 3);
    assert!(
        conflict
            .stderr
            .contains("`jupyterlab >=4` (recipe/recipe.yaml:31): (*) notebooks"),
        "the line and its comment: {}",
        conflict.stderr
    );
}

const VARIANTS: &str = "numpy:\n- '2.2'\n- '2.3'\npython:\n- 3.13.* *_cp313\n";

#[test]
fn the_feedstock_around_a_recipe_says_with_what_it_is_built() {
    let sandbox = feedstock();
    let recipe = RECIPE.replace(
        "      run:\n        - python\n        - numpy >=2.3\n",
        "      host:\n        - python\n        - numpy\n      run:\n        - python\n        - numpy ${{ numpy }}.*\n",
    );
    sandbox.file("recipe/recipe.yaml", &recipe);
    sandbox.file(
        ".ci_support/linux_64_.yaml",
        "channel_sources:\n- ../forge\nnumpy:\n- '2.2'\npython:\n- 3.13.* *_cp313\ntarget_platform:\n- linux-64\n",
    );
    // Neither channel nor platform is named: the feedstock says both.
    let ran = sandbox.run(&["solve", "-f", "recipe/recipe.yaml", "-o", "locks/"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        sandbox
            .files()
            .iter()
            .filter(|f| f.starts_with("locks/"))
            .count(),
        2
    );
    // Two values of a key that the recipe uses are two packages; one must be chosen.
    sandbox.file("recipe/conda_build_config.yaml", VARIANTS);
    fs_err::remove_file(sandbox.path().join(".ci_support/linux_64_.yaml")).unwrap();
    let two = sandbox.run(&[
        "solve",
        "-f",
        "recipe/recipe.yaml",
        "-c",
        "./forge",
        "-p",
        "linux-64",
    ]);
    assert_eq!(two.code, 2, "{}", two.all());
    assert!(two.stderr.contains("numpy is 2.2 or 2.3"), "{}", two.stderr);
    assert!(two.stderr.contains("--variant"), "{}", two.stderr);
    sandbox.file("one.yaml", "numpy:\n- '2.3'\npython:\n- 3.13.* *_cp313\n");
    let chosen = sandbox.run(&[
        "solve",
        "-f",
        "recipe/recipe.yaml",
        "--variant",
        "one.yaml",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "-o",
        "-",
    ]);
    assert_eq!(chosen.code, 0, "{}", chosen.stderr);
}

#[test]
fn an_old_meta_yaml_is_read_as_well() {
    let sandbox = Sandbox::with(CHANNEL);
    sandbox.file(
        "meta.yaml",
        "{% set version = '0.3.0' %}\npackage:\n  name: rubin-env\n  version: {{ version }}\n\
         build:\n  number: 0\n  skip: true  # [win]\nrequirements:\n  run:\n    - python\n    \
         - numpy >=2  # DM-1\n    - prmon  # [linux]\n    - libcxx  # [osx]\n",
    );
    let ran = sandbox.run(&[
        "solve",
        "-f",
        "meta.yaml",
        "-c",
        "./forge",
        "-p",
        "linux-64",
        "-o",
        "-",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut found = names(&ran.stdout);
    found.sort_unstable();
    assert_eq!(found, ["numpy", "prmon", "python"]);
    let windows = sandbox.run(&[
        "solve",
        "-f",
        "meta.yaml",
        "-c",
        "./forge",
        "-p",
        "win-64",
        "-o",
        "-",
    ]);
    assert_eq!(windows.code, 2, "{}", windows.all());
    assert!(
        windows.stderr.contains("skipped for win-64"),
        "{}",
        windows.stderr
    );
}

#[test]
fn what_a_recipe_may_not_say_is_refused_with_its_place() {
    let sandbox = Sandbox::with(CHANNEL);
    let refused = |name: &str, text: &str, words: &[&str]| {
        sandbox.file(name, text);
        let ran = sandbox.run(&[
            "solve", "-f", name, "-c", "./forge", "-p", "linux-64", "-o", "-",
        ]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        for word in words {
            assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
        }
    };
    refused(
        "recipe.yaml",
        "package:\n  name: a\n  version: 1\nrequirements:\n  run:\n    - numpy >>2\n",
        &["recipe.yaml:6"],
    );
    refused("recipe.yaml", "package: [\n", &["recipe.yaml"]);
    refused(
        "recipe.yaml",
        "package:\n  name: a\n  version: ${{ env.get('HOME') }}\n",
        &["recipe.yaml:3"],
    );
    let ran = sandbox.run(&[
        "solve",
        "numpy",
        "--variant",
        "x.yaml",
        "-c",
        "./forge",
        "-p",
        "linux-64",
    ]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("`--variant` is for recipes"),
        "{}",
        ran.stderr
    );
    let missing = sandbox.run(&["solve", "-f", "recipes/recipe.yaml"]);
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("does not exist"),
        "{}",
        missing.stderr
    );
}

/// The feedstock of 13.0.1 as it is, against the reconstructed channel: that channel
/// lacks what 13.0.1 needs, and the report says so in the recipe's own lines.
#[test]
fn the_real_recipe_is_read_without_any_other_file() {
    let (Some(raw), Some(channel)) = (shared("domain/inputs/raw"), shared("channels/rsp-2026"))
    else {
        return;
    };
    let sandbox = Sandbox::new();
    let copy = |from: &str, to: &str| {
        let text = fs_err::read_to_string(raw.join(from)).unwrap();
        let own = format!("channel_sources:\n- {}", channel.display());
        sandbox.file(to, &text.replace("channel_sources:\n- conda-forge", &own));
    };
    copy("rubinenv-13.0.1-recipe.yaml", "recipe/recipe.yaml");
    copy(
        "rubinenv-13.0.1-conda_build_config.yaml",
        "recipe/conda_build_config.yaml",
    );
    copy(
        "rubinenv-13.0.1-variant-linux_64_.yaml",
        ".ci_support/linux_64_.yaml",
    );
    let ran = sandbox.run(&["solve", "-f", "recipe/recipe.yaml", "rubin-env", "-n"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("`libpq 18.2.*` (recipe/recipe.yaml:117)"),
        "{}",
        ran.stderr
    );
}
