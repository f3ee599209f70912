//! What recipes may say, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use rsp_lock_recipe::{Kind, Output, Recipe, Variants, parse_rendered, render};
use rsp_lock_spec::{Source, SpecError};

fn try_render(
    kind: Kind,
    text: &str,
    variants: &[&str],
    platform: &str,
) -> Result<Vec<Output>, SpecError> {
    let name = if kind == Kind::Meta {
        "meta.yaml"
    } else {
        "recipe.yaml"
    };
    let recipe = Recipe::new(kind, Source::new(name, text));
    let files = variants
        .iter()
        .map(|text| Source::new("variants.yaml", *text));
    let all = render(
        &recipe,
        &Variants::new(files.collect()),
        platform.parse().unwrap(),
    )?;
    assert!(all.len() <= 1, "one variant");
    Ok(all
        .into_iter()
        .next()
        .map_or_else(Vec::new, |one| one.outputs))
}

fn outputs(kind: Kind, text: &str, variants: &[&str], platform: &str) -> Vec<Output> {
    try_render(kind, text, variants, platform).unwrap_or_else(|error| panic!("{error}"))
}

fn depends(output: &Output) -> Vec<&str> {
    output
        .depends
        .iter()
        .map(|line| line.text.as_str())
        .collect()
}

/// The message with its place, and the advice.
fn refused(kind: Kind, text: &str, variants: &[&str]) -> (String, String) {
    let error = try_render(kind, text, variants, "linux-64").unwrap_err();
    (error.to_string(), error.diagnostics()[0].hints.join(" "))
}

const META: &str = "
{% set version = '1.2.3' %}
package:
  name: stack-all
  version: {{ version }}
build:
  number: 4
  skip: true  # [win or py < 310]
outputs:
  - name: stack
    requirements:
      host:
        - python
        - numpy
      run:
        - {{ compiler('c') }}
        - python
        - {{ pin_compatible('numpy', max_pin='x') }}
        - cassandra-driver  # [linux64] DM-1
        - libcxx {{ libcxx }}  # [osx]
        {% if py >= 312 %}
        - setuptools  # distutils is gone
        {% endif %}
      run_constrained:
        - impi_rt ==9
    build:
      script: $PREFIX/x {{ PYTHON }}
  - name: stack-ui
    requirements:
      run:
        - {{ pin_subpackage('stack', exact=True) }}
        - {{ pin_subpackage('stack-lib', max_pin='x.x') }}
  - name: stack-lib
    version: 7.8.9
about:
  description: |
    - it's no list
";

const PYTHON: &str = "python: ['3.12.* *_cpython']\nnumpy: ['1.26']\nlibcxx: ['19']\n";

#[test]
fn meta_yaml_has_outputs_variants_selectors_and_pins() {
    let all = outputs(Kind::Meta, META, &[PYTHON], "linux-64");
    let names: Vec<&str> = all.iter().map(|o| o.name.as_normalized()).collect();
    assert_eq!(names, ["stack", "stack-ui", "stack-lib"]);
    assert_eq!(all[0].build, "py312h0000000_4");
    assert_eq!(
        depends(&all[0]),
        [
            "cassandra-driver",
            "gcc_linux-64",
            "numpy >=1.26,<2.0a0",
            "python >=3.12,<3.13.0a0",
            "python_abi 3.12.* *_cp312",
            "setuptools",
        ]
    );
    assert_eq!(
        depends(&all[1]),
        ["stack 1.2.3 py312h0000000_4", "stack-lib >=7.8.9,<7.9.0a0"]
    );
    assert!(all[1].depends[0].exact_pin && !all[1].depends[1].exact_pin);
    let setuptools = &all[0].depends[5];
    assert_eq!(setuptools.origin.to_string(), "meta.yaml:22");
    assert_eq!(setuptools.note.reason.as_deref(), Some("distutils is gone"));
    assert_eq!(all[0].depends[0].note.ticket.as_deref(), Some("DM-1"));
    let on_mac = outputs(Kind::Meta, META, &[PYTHON], "osx-arm64");
    assert!(depends(&on_mac[0]).contains(&"libcxx 19.*"));
    assert!(depends(&on_mac[0]).contains(&"clang_osx-arm64"));
    assert!(
        outputs(
            Kind::Meta,
            META,
            &["python: ['3.9']\nnumpy: ['1']\nlibcxx: ['1']\n"],
            "linux-64"
        )
        .is_empty()
    );
}

#[test]
fn a_recipe_of_one_package_may_be_noarch() {
    let text = "
package:
  name: tool
  version: 2026.02.09
build:
  number: 3
  noarch: python
requirements:
  run: [python >=3.10, 'parsl ==2026.02.09']
";
    let all = outputs(Kind::Recipe, text, &[], "linux-64");
    assert_eq!(all[0].subdir.as_str(), "noarch");
    assert_eq!(all[0].build, "pyh0000000_3");
    assert_eq!(all[0].version.to_string(), "2026.02.09");
    assert_eq!(all[0].depends[1].name(), "python");
}

#[test]
fn several_variants_are_told_apart() {
    let text = "
package: {name: tool, version: 1}
requirements:
  host: [python]
  run: [python]
";
    let recipe = Recipe::new(Kind::Recipe, Source::new("recipe.yaml", text));
    let file = Source::new("v.yaml", "python: ['3.12', '3.13']\nunused: [a, b]\n");
    let all = render(
        &recipe,
        &Variants::new(vec![file]),
        "linux-64".parse().unwrap(),
    )
    .unwrap();
    let builds: Vec<&str> = all
        .iter()
        .map(|one| one.outputs[0].build.as_str())
        .collect();
    assert_eq!(builds, ["py312h0000000_0", "py313h0000000_0"]);
}

#[test]
fn what_cannot_be_known_is_refused_with_its_place() {
    let recipe = |line: &str| {
        format!("package: {{name: a, version: 1}}\nrequirements:\n  run:\n    - b\n    - {line}\n")
    };
    let (message, hint) = refused(Kind::Recipe, &recipe("apr ${{ apr }}.*"), &[]);
    assert_eq!(message, "recipe.yaml:5: `apr` is in no variant file");
    assert!(hint.contains("--variant"), "{hint}");
    let (message, _) = refused(Kind::Recipe, &recipe("x ${{ env.get('HOME') }}"), &[]);
    assert!(
        message.contains("`env` differs from one machine to the next"),
        "{message}"
    );
    let (message, _) = refused(Kind::Recipe, &recipe("${{ pin_subpackage('zz') }}"), &[]);
    assert!(message.contains("no output `zz`"), "{message}");
    let (message, hint) = refused(Kind::Recipe, &recipe("${{ pin_compatible('numpy') }}"), &[]);
    assert!(
        message.contains("`numpy` cannot be known before the build"),
        "{message}"
    );
    assert!(hint.contains("variant file"), "{hint}");
    let (message, _) = refused(Kind::Recipe, "outputs: []\nrequirments: {}\n", &[]);
    assert!(message.starts_with("recipe.yaml"), "{message}");
    let meta = |line: &str| {
        format!("package:\n  name: a\n  version: 1\nrequirements:\n  run:\n    - {line}\n")
    };
    let (message, _) = refused(Kind::Meta, &meta("b {{ bee }}"), &[]);
    assert!(message.contains("`bee` is in no variant file"), "{message}");
    assert!(message.starts_with("meta.yaml:6"), "{message}");
    let (message, _) = refused(Kind::Meta, &meta("b  # [linucks]"), &[]);
    assert!(message.contains("`linucks`"), "{message}");
    let (message, _) = refused(Kind::Meta, &meta("b[x] y z"), &[]);
    assert!(message.starts_with("meta.yaml:6"), "{message}");
    let forever = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}";
    let (message, _) = refused(Kind::Meta, &meta(forever), &[]);
    assert!(message.contains("cannot be rendered"), "{message}");
}

#[test]
fn rendered_documents_are_checked() {
    let read = |text: &str| parse_rendered(&Source::new("r.yaml", text));
    let good =
        "records:\n  - {name: a, version: '1', build: h_0, build_number: 0, subdir: noarch}\n";
    assert_eq!(read(good).unwrap().outputs.len(), 1);
    for bad in [
        "",
        "a: 1",
        "records: []",
        "records: [1]",
        &good.replace("noarch", "moon"),
        "records: [",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_causes_a_panic(text in "[ -~\n\t¶{}%#\\[\\]]{0,200}", kind in any::<bool>()) {
        let kind = if kind { Kind::Meta } else { Kind::Recipe };
        let _ = try_render(kind, &text, &[&text], "linux-64");
        let head = "package:\n  name: a\n  version: 1\nrequirements:\n  run:\n    - ";
        let _ = try_render(kind, &format!("{head}{text}"), &[], "osx-arm64");
        let _ = parse_rendered(&Source::new("r", text));
    }
}
