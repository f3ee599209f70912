//! What people may type as a spec, and what is said about the rest (S04).

#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]

use proptest::prelude::*;
use rattler_conda_types::{Matches, PackageRecord};
use rsp_lock_spec::{
    Cutoff, Override, Requirement, parse_record_spec, parse_spec_text, parse_virtual_package,
    selected_subdirs,
};

fn record(name: &str, version: &str, build: &str) -> PackageRecord {
    PackageRecord::new(
        name.parse().unwrap(),
        version.parse::<rattler_conda_types::Version>().unwrap(),
        build.parse().unwrap(),
    )
}

#[track_caller]
fn matches(spec: &str, version: &str, build: &str) -> bool {
    let parsed = parse_spec_text(spec).unwrap();
    let name = rsp_lock_spec::exact_name(&parsed.spec)
        .as_normalized()
        .to_owned();
    parsed.spec.matches(&record(&name, version, build))
}

#[test]
fn s04_alternatives_and_ranges() {
    assert!(matches("ipykernel >=6,<7|>=8", "6.31", "0"));
    assert!(matches("ipykernel >=6,<7|>=8", "8.1", "0"));
    assert!(!matches("ipykernel >=6,<7|>=8", "7.0.0", "0"));
}

#[test]
fn s04_blanks_do_not_lose_the_version() {
    assert!(!matches("reproject >= 0.19.0", "0.18", "0"));
    assert!(matches("reproject >= 0.19.0", "0.19.0", "0"));
    assert!(!matches("rubin.citsci >= 0.9.2", "0.9.1", "0"));
    assert!(matches("boost =1.70", "1.70.3", "0"));
    assert!(!matches("boost =1.70", "1.71", "0"));
}

#[test]
fn s04_one_equals_sign_before_a_star() {
    for spec in [
        "python=3.12.*",
        "python =3.12.*",
        "conda-forge::python=3.12.*",
    ] {
        assert!(matches(spec, "3.12.1", "0"), "{spec}");
        assert!(!matches(spec, "3.13.0", "0"), "{spec}");
    }
}

#[test]
fn s04_builds() {
    assert!(matches("libblas * *openblas", "3.9", "5_h1234_openblas"));
    assert!(!matches("libblas * *openblas", "3.9", "5_h1234_mkl"));
    for exact in ["rubin-env 13.0.1 py313h0_6", "rubin-env=13.0.1=py313h0_6"] {
        assert!(matches(exact, "13.0.1", "py313h0_6"));
        assert!(!matches(exact, "13.0.1.1", "py313h0_6"));
        assert!(!matches(exact, "13.0.1", "py313h0_7"));
    }
    assert!(matches("blas=*=*openblas", "1.0", "x_openblas"));
    assert!(!matches("blas=*=*openblas", "1.0", "mkl"));
    assert!(matches("pytorch=2.1.*=cuda*", "2.1.3", "cuda118"));
    assert!(matches(
        "minuit2=6.18.00=minuit2_standalone",
        "6.18.0",
        "minuit2_standalone"
    ));
}

#[test]
fn s04_channels() {
    for (text, channel) in [
        ("conda-forge::numpy >=2", "conda-forge"),
        ("conda-forge/label/dev::numpy", "conda-forge/label/dev"),
        (
            "https://conda.example.org/lsstts::numpy 2.*",
            "https://conda.example.org/lsstts",
        ),
        ("numpy[channel=conda-forge]", "conda-forge"),
    ] {
        let spec = parse_spec_text(text).unwrap().spec;
        assert_eq!(
            spec.channel.unwrap().canonical_name().trim_end_matches('/'),
            channel_url(channel),
            "{text}"
        );
    }
}

fn channel_url(text: &str) -> String {
    if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://conda.anaconda.org/{text}")
    }
}

#[test]
fn s04_a_pip_extra_is_refused_with_the_way_to_write_it() {
    let bad = parse_spec_text("holoviews[recommended]").unwrap_err();
    assert!(bad.problem.contains("extras"), "{bad}");
    let hints = bad.hints.join("\n");
    assert!(hints.contains("[extras=recommended]"), "{hints}");
    let spec = parse_spec_text("holoviews[extras=recommended]")
        .unwrap()
        .spec;
    assert_eq!(spec.extras, Some(vec!["recommended".to_owned()]));
}

#[test]
fn s04_a_redundant_bound_is_accepted_with_a_warning() {
    let parsed = parse_spec_text("ruamel.yaml>=0.15.0,>0.16.0").unwrap();
    assert_eq!(parsed.warnings.len(), 1);
    assert!(
        parsed.warnings[0].contains("lower bound"),
        "{:?}",
        parsed.warnings
    );
    assert_eq!(
        parse_spec_text("a >=1,<2").unwrap().warnings,
        Vec::<String>::new()
    );
    assert_eq!(
        parse_spec_text("a <1|<2").unwrap().warnings,
        Vec::<String>::new()
    );
}

/// Each of these would make a solver panic, or would be obeyed differently than it reads.
#[test]
fn what_no_solver_can_use_is_refused() {
    for text in [
        "",
        "   ",
        "*",
        "num*",
        "^num.*$",
        "[version='>=1']",
        "a\nb",
        "a >=1 # [linux]",
        "a[when=\"num*\"]",
        "a[when=\"b[when='c']\"]",
        "a[when=\"\"]",
        "python 3.13",
        "a; if b",
        "a[unknown=1]",
    ] {
        assert!(parse_spec_text(text).is_err(), "{text:?}");
    }
    for text in ["*", "num*", "", "a[when=\"num*\"]"] {
        assert!(parse_record_spec(text).is_err(), "{text:?}");
    }
}

#[test]
fn records_are_read_as_they_are() {
    for text in [
        "__archspec 1.* ^(core2|nehalem)$",
        "parsl ==2026.02.09",
        "python 3.13",
        "numpy[when=\"python >=3.9\"]",
    ] {
        parse_record_spec(text).unwrap();
    }
}

#[test]
fn an_error_is_a_sentence_and_not_the_state_of_a_parser() {
    for text in [
        "a[when='num*']",
        "python 3.13",
        "num*",
        "a >=1|",
        "a[md5=12]",
    ] {
        let said = parse_spec_text(text).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("`{text}` is not a usable spec: ")),
            "{said}"
        );
        assert!(
            !said.contains("Parsing Error") && !said.contains("code:"),
            "{said}"
        );
    }
    let said = parse_spec_text("python 3.13").unwrap_err();
    assert_eq!(said.hints, ["write `==3.13` or `3.13.*`"]);
}

#[test]
fn a_star_behind_a_bound_is_refused_with_what_says_the_same() {
    let hints = |text: &str| parse_spec_text(text).unwrap_err().hints;
    assert_eq!(hints("python >=3.10.*"), ["write `python >=3.10`"]);
    assert_eq!(
        hints("python >= 3.10.*,<3.13*|2.7.*"),
        ["write `python >= 3.10,<3.13|2.7.*`"]
    );
    // What this means, nobody agrees on.
    assert!(hints("python >3.10.*").is_empty());
    assert!(parse_spec_text("python 3.10.*").is_ok());
    assert!(parse_spec_text("python !=3.10.*").is_ok());
}

#[test]
fn an_override_may_name_its_dependents() {
    let everywhere = Override::parse("dask=2020.12").unwrap();
    assert_eq!(everywhere.dependents, None);
    assert_eq!(everywhere.spec.to_string(), "dask 2020.12.*");
    let scoped = Override::parse("rubin-env-rsp >=13: dask-core *").unwrap();
    assert_eq!(scoped.dependents.unwrap().to_string(), "rubin-env-rsp >=13");
    assert_eq!(scoped.spec.to_string(), "dask-core *");
    let channel = Override::parse("conda-forge::dask >=1").unwrap();
    assert_eq!(channel.dependents, None);
    for wrong in ["", ":", "a:", ": a", "a: b*", "a*: b"] {
        assert!(Override::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn virtual_packages_are_names_with_versions() {
    let glibc = parse_virtual_package("__glibc=2.17").unwrap();
    assert_eq!(glibc.to_string(), "__glibc=2.17=0");
    assert_eq!(parse_virtual_package("glibc=2.17").unwrap(), glibc);
    let archspec = parse_virtual_package("archspec=1=x86_64_v3").unwrap();
    assert_eq!(archspec.build_string.as_str(), "x86_64_v3");
    for wrong in ["", "=", "glibc", "glibc=", "glibc=a b", "gl ibc=1"] {
        assert!(parse_virtual_package(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn cutoffs_are_days_instants_and_ages() {
    let now: jiff::Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let at = |text: &str| {
        Cutoff::parse(text)
            .unwrap()
            .resolve(now)
            .unwrap()
            .to_string()
    };
    assert_eq!(at("2026-09-01"), "2026-09-01T23:59:59.999Z");
    assert_eq!(at("2026-09-01T12:00:00Z"), "2026-09-01T12:00:00Z");
    assert_eq!(at("2026-09-01T12:00:00+02:00"), "2026-09-01T10:00:00Z");
    assert_eq!(at("2d"), "2026-11-20T10:00:00Z");
    assert_eq!(at("2w"), "2026-11-08T10:00:00Z");
    assert_eq!(at("36h"), "2026-11-20T22:00:00Z");
    assert_eq!(at("5200w"), "1927-03-27T10:00:00Z");
    assert_eq!(Cutoff::Never.resolve(now), None);
    for wrong in [
        "",
        "yesterday",
        "d",
        "-1d",
        "14 d",
        "2026-13-01",
        "101w1d",
        "5400w",
        "9999999999w",
        "99999999999999999999d",
        "9223372036854775807w",
    ] {
        assert!(Cutoff::parse(wrong).is_err(), "{wrong:?}");
    }
}

/// Text that looks more like a spec than random text does.
fn spec_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "numpy",
        "python",
        "a",
        "__glibc",
        " ",
        ">=",
        "<",
        "=",
        "==",
        "!=",
        "~=",
        "1",
        "2.17",
        "*",
        ".",
        ",",
        "|",
        "(",
        ")",
        "[",
        "]",
        "'",
        "\"",
        "version",
        "build",
        "when",
        "extras",
        "url",
        "md5",
        "channel",
        "::",
        ":",
        "/",
        "#",
        "@",
        "^",
        "$",
        "\\",
        "é",
        "https://h/c/linux-64/a-1-0.conda",
        "conda-forge",
        "py_0",
        ";",
        " if ",
        " and ",
        " or ",
        "\t",
        "\n",
        "1!",
        "+",
        "-",
        "_",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_typed_panics(text in prop_oneof![spec_like(), any::<String>()]) {
        let _ = parse_record_spec(&text);
        let _ = Override::parse(&text);
        let _ = Cutoff::parse(&text);
        let _ = parse_virtual_package(&text);
        let _ = selected_subdirs(&text);
        let _ = rsp_lock_spec::dependency_name(&text);
        let _ = Requirement::parse(&text);
    }

    /// The written form of a spec means the spec: locks and solvers pass it on.
    #[test]
    fn the_written_form_of_a_spec_means_the_same(text in spec_like()) {
        if let Ok(parsed) = parse_spec_text(&text) {
            let written = parsed.spec.to_string();
            let again = parse_record_spec(&written);
            prop_assert_eq!(again.map(|s| s.to_string()), Ok(written), "{}", text);
        }
    }
}
