//! `rsp-lock.toml`: what it may say, and what is said about mistakes in it.

use proptest::prelude::*;
use rsp_lock_spec::{
    BasePolicy, BaseSource, ChannelPriority, Cutoff, DependencyEditKind, Parsed, Severity, Source,
    Strategy as Choice, parse_toml, unsupported,
};

const WHOLE: &str = include_str!("../../../../fixtures/requests/whole.toml");

fn source(text: &str) -> Source {
    Source::new("rsp-lock.toml", text)
}

#[track_caller]
fn read(text: &str) -> Parsed {
    parse_toml(&source(text)).unwrap_or_else(|error| panic!("{:#?}", error.diagnostics()))
}

/// Every error as `line: message`, with its hints.
#[track_caller]
fn errors(text: &str) -> Vec<String> {
    let error = parse_toml(&source(text)).expect_err(text);
    error
        .diagnostics()
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| {
            format!(
                "{}: {} | {}",
                d.origin().map_or(0, |origin| origin.line),
                d.message,
                d.hints.join(" | ")
            )
        })
        .collect()
}

#[track_caller]
fn one_error(text: &str, parts: &[&str]) {
    let errors = errors(text);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    for part in parts {
        assert!(errors[0].contains(part), "{} lacks {part:?}", errors[0]);
    }
}

#[test]
fn the_whole_schema_is_read() {
    let request = read(WHOLE).request;
    assert_eq!(request.environment.as_deref(), Some("rsp"));
    let channels: Vec<&str> = request.channels.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(
        channels,
        [
            "conda-forge",
            "https://conda.example.org/lsstts/",
            "../local"
        ]
    );
    assert_eq!(request.channel_priority, Some(ChannelPriority::Flexible));
    assert_eq!(request.strategy, Some(Choice::LowestDirect));
    let platforms: Vec<&str> = request.platforms.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(platforms, ["linux-64", "old-linux", "osx-arm64"]);
    let offered: Vec<String> = request.platforms[1]
        .virtual_packages()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        offered.contains(&"__glibc=2.17=0".to_owned()),
        "{offered:?}"
    );
    assert!(
        !offered.iter().any(|p| p.starts_with("__archspec")),
        "{offered:?}"
    );

    let newer = request.exclude_newer.as_ref().unwrap();
    assert_eq!(newer.default, Some(Cutoff::parse("2026-09-01").unwrap()));
    assert_eq!(
        newer.channels["https://conda.example.org/lsstts/"],
        Cutoff::parse("14d").unwrap()
    );
    assert_eq!(newer.packages["lsst-rsp"], Cutoff::Never);

    let line = |name: &str| {
        request
            .requirements
            .iter()
            .find(|r| r.name().as_normalized() == name)
            .unwrap()
    };
    assert_eq!(line("python").spec.to_string(), "python 3.13.*");
    assert_eq!(line("libblas").spec.to_string(), "libblas * *openblas");
    assert_eq!(
        line("rubin.citsci").spec.to_string(),
        "rubin.citsci >=0.9.2"
    );
    let pyvo = line("pyvo");
    assert_eq!(pyvo.spec.to_string(), "conda-forge::pyvo >=1.6 py*");
    assert_eq!(pyvo.note.reason.as_deref(), Some("TAP uploads"));
    assert_eq!(pyvo.note.ticket.as_deref(), Some("DM-1234"));
    assert_eq!(pyvo.note.owner.as_deref(), Some("sqre"));
    assert_eq!(pyvo.note.review.unwrap().to_string(), "2026-12-01");
    assert_eq!(pyvo.platforms, ["old-linux", "osx-64", "osx-arm64"]);
    assert_eq!((pyvo.priority, pyvo.origin.line), (1, 24));
    assert!(line("lsst-rsp").float && line("lsst-rsp").if_missing);
    let grouped = line("jupyterlab");
    assert_eq!(grouped.group.as_deref(), Some("ui"));
    assert_eq!(
        grouped.note.reason.as_deref(),
        Some("what the portal needs")
    );
    assert_eq!(
        line("nodejs").note.reason.as_deref(),
        Some("builds extensions")
    );

    assert_eq!(request.constraints[0].spec.to_string(), "numpy <2.5");
    let rules: Vec<&str> = request.overrides.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(
        rules,
        [
            "dask =2020.12",
            "rubin-env-rsp >=13: dask-core *",
            "rubin-env-rsp >=13: distributed *"
        ]
    );
    assert_eq!(request.overrides[0].spec.to_string(), "dask 2020.12.*");
    assert_eq!(
        request.overrides[1].until.as_deref(),
        Some("dask-kubernetes >2021")
    );
    let edits: Vec<_> = request
        .dependencies
        .iter()
        .map(|e| (e.kind, e.text.as_str()))
        .collect();
    assert_eq!(
        edits,
        [
            (DependencyEditKind::Add, "ipympl: ipython_genutils"),
            (DependencyEditKind::Drop, "rubin-env-rsp: qt6-main")
        ]
    );
    let base = request.base.as_ref().unwrap();
    assert_eq!(base.source, BaseSource::Lock("stack.lock.txt".to_owned()));
    assert_eq!(base.policy, BasePolicy::MinimalChange);
    assert_eq!(request.pip.len(), 2);
    assert_eq!(
        request.mirrors["https://conda.anaconda.org/"],
        ["https://mirror.example.org/"]
    );
}

/// The documentation of `parse_toml` shows the form.
#[test]
fn the_form_as_documented_is_read() {
    let documented: String = include_str!("../../src/toml/mod.rs")
        .lines()
        .skip_while(|line| *line != "/// ```toml")
        .skip(1)
        .take_while(|line| *line != "/// ```")
        .flat_map(|line| [line.trim_start_matches("///"), "\n"])
        .collect();
    let request = read(&documented).request;
    assert_eq!(request.requirements.len(), 7);
    assert_eq!(request.overrides.len(), 3);
    assert!(request.base.is_some() && !request.mirrors.is_empty());
}

#[test]
fn what_has_no_meaning_yet_is_refused_with_its_line() {
    let whole = source(WHOLE);
    let request = parse_toml(&whole).unwrap().request;
    let refused: Vec<String> = unsupported(&request, &[whole])
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        refused
            .iter()
            .any(|d| d.starts_with("rsp-lock.toml:") && d.contains("`pip`")),
        "{refused:#?}"
    );
    let plain = source("[requirements]\nnumpy = \"*\"\n[overrides]\ndask = \"2020.12\"\n");
    assert_eq!(
        unsupported(&parse_toml(&plain).unwrap().request, &[plain]),
        []
    );
}

#[test]
fn lists_of_specs_say_the_same_as_tables() {
    let list = read("requirements = [\"python =3.13\", { spec = \"numpy >=2\", reason = \"r\" }]");
    let table =
        read("[requirements]\npython = \"3.13\"\nnumpy = { version = \">=2\", reason = \"r\" }");
    let asked = |parsed: &Parsed| -> Vec<_> {
        let lines = &parsed.request.requirements;
        lines
            .iter()
            .map(|r| (r.spec.clone(), r.note.clone()))
            .collect()
    };
    assert_eq!(asked(&list), asked(&table));
}

#[test]
fn a_name_may_have_lines_for_platforms_of_their_own() {
    let text = "[requirements]\ngcc = [{ version = \"12\", platforms = \"linux\" }, { version = \"13\", platforms = [\"osx\"] }]";
    assert_eq!(read(text).request.requirements.len(), 2);
    one_error(
        "[requirements]\ngcc = [\n \"12\",\n \"13\",\n]",
        &["4: ", "`gcc`", "line 3", "line 4"],
    );
}

#[test]
fn every_wrong_key_is_named_with_the_nearest_right_one() {
    for (text, wrong, right) in [
        ("requirement = []", "requirement", "requirements"),
        ("[environment]\nchanels = []", "chanels", "channels"),
        (
            "[environment]\nchannel_priority = \"strict\"",
            "channel_priority",
            "channel-priority",
        ),
        (
            "[environment]\nchannels = [{ ulr = \"x\", name = \"y\" }]",
            "ulr",
            "url",
        ),
        (
            "[environment]\nplatforms = [{ subdirs = \"linux-64\", name = \"linux-64\" }]",
            "subdirs",
            "subdir",
        ),
        (
            "[requirements]\na = { verison = \"1\" }",
            "verison",
            "version",
        ),
        ("[constraints]\na = { reasn = \"1\" }", "reasn", "reason"),
        (
            "[overrides]\na = { dependants = \"1\" }",
            "dependants",
            "dependents",
        ),
        (
            "[base]\nlock = \"x\"\npolcy = \"freeze\"",
            "polcy",
            "policy",
        ),
        ("[dependencies]\nad = []", "ad", "add"),
        ("[pip]\nrequirement = []", "requirement", "requirements"),
    ] {
        one_error(
            text,
            &[
                &format!("unknown key `{wrong}`"),
                &format!("did you mean `{right}`?"),
            ],
        );
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let found = errors(
        "[environment]\nnam = 1\nstrategy = \"newest\"\n[requirements]\na = 3\nb = \"3 4 5\"\n",
    );
    let lines: Vec<&str> = found.iter().map(|e| e.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["2", "3", "5", "6"], "{found:#?}");
}

#[test]
fn wrong_values_are_named_with_what_was_expected() {
    one_error(
        "[requirements]\npython = 3.13",
        &["`python`", "must be a string", "not a number", "quotes"],
    );
    one_error(
        "[requirements]\npython = \"\"",
        &["2: ", "empty", "`\"*\"`"],
    );
    one_error("[requirements]\n\"num*\" = \"1\"", &["num*"]);
    one_error("[requirements]\n\"a b\" = \"1\"", &["2: "]);
    one_error(
        "[requirements]\nrubin.citsci = \">=1\"",
        &["a name with a dot needs quotes: `\"rubin.citsci\"`"],
    );
    one_error("requirements = 3", &["a table or a list"]);
    one_error(
        "[requirements]\na = { float = \"yes\" }",
        &["`float` must be `true` or `false`, not a string"],
    );
    one_error(
        "[requirements]\na = { priority = 99999999999 }",
        &["out of range"],
    );
    one_error(
        "[requirements]\na = { review = \"soon\" }",
        &["`soon` is not a day"],
    );
    one_error(
        "[requirements]\na = { platforms = [\"linux-65\"] }",
        &["`linux-65`", "did you mean"],
    );
    one_error("[environment]\nname = \"a/b\"", &["cannot be the name"]);
    one_error("[environment]\nplatforms = [\"noarch\"]", &["`noarch`"]);
    one_error(
        "[environment]\nplatforms = [\"linux_64\"]",
        &["did you mean `linux-64`?"],
    );
    one_error(
        "[environment]\nplatforms = [\"linux-64\", \"linux-64\"]",
        &["listed twice"],
    );
    one_error(
        "[environment]\nchannels = [\"a\", \"b\", \"a\"]",
        &["`a` is listed twice", "line 2"],
    );
    one_error(
        "[environment]\nchannels = [{ exclude-newer = \"1d\" }]",
        &["exactly one"],
    );
    one_error(
        "[environment]\nexclude-newer = \"soon\"",
        &["`soon`", "14d"],
    );
    one_error(
        "[environment]\nexclude-newer = false",
        &["must be a date or a string"],
    );
    one_error(
        "[environment]\nchannel-priority = \"strct\"",
        &["did you mean `strict`?"],
    );
    one_error("[groups.a]\nreason = \"r\"", &["has no `requirements`"]);
    one_error("[overrides]\na = { dependents = [] }", &["for no package"]);
    one_error(
        "overrides = [{ spec = \"a: b\", dependents = \"c\" }]",
        &["whose dependency"],
    );
    one_error(
        "[dependencies]\nadd = [\"ipympl\"]",
        &["whose dependency", "DEPENDENT"],
    );
    one_error(
        "[base]\npolicy = \"freeze\"",
        &["exactly one of `lock` and `spec`"],
    );
    one_error("[mirrors]\nconda-forge = \"https://m\"", &["not the URL"]);
}

#[test]
fn broken_toml_is_shown_where_it_breaks() {
    one_error("[environment\n", &["1: invalid TOML"]);
    one_error(
        "[requirements]\nnumpy = \"*\"\nscipy = \"*\"\nnumpy = \"1\"\n",
        &["4: ", "duplicate key", "numpy", "line 2"],
    );
}

#[test]
fn a_redundant_bound_is_a_warning_at_its_line() {
    let parsed = read("[requirements]\n\"ruamel.yaml\" = \">=0.15.0,>0.16.0\"\n");
    assert_eq!(parsed.warnings.len(), 1);
    assert_eq!(parsed.warnings[0].origin().unwrap().line, 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut and patched anywhere, a request is read or refused.
    #[test]
    fn no_text_panics(
        start in 0..WHOLE.len(),
        length in 0..80_usize,
        patch in prop_oneof![
            Just(String::new()),
            "[\\[\\]{}=\"'#,.:\\n a-z0-9*>é]{0,8}",
            any::<String>(),
        ],
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, patch.bytes());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let source = source(&text);
        match parse_toml(&source) {
            Ok(parsed) => { unsupported(&parsed.request, &[source]); }
            Err(error) => {
                prop_assert!(error.diagnostics().iter().any(|d| d.severity == Severity::Error));
                for diagnostic in error.diagnostics() {
                    prop_assert!(diagnostic.span.as_ref().is_some_and(|s| s.start <= s.end && s.end <= text.len()));
                }
            }
        }
    }
}
