//! `environment.yml`: what it may say, and what is said about mistakes in it (S03, reading).

use proptest::prelude::*;
use rsp_lock_spec::{Parsed, Severity, Source, parse_environment_yaml};

const SAMPLE: &str = include_str!("../../../../fixtures/requests/environment.yml");

fn source(text: &str) -> Source {
    Source::new("environment.yml", text)
}

#[track_caller]
fn read(text: &str) -> Parsed {
    parse_environment_yaml(&source(text)).unwrap_or_else(|e| panic!("{:#?}", e.diagnostics()))
}

#[track_caller]
fn one_error(text: &str, parts: &[&str]) {
    let error = parse_environment_yaml(&source(text)).expect_err(text);
    let errors: Vec<String> = error
        .diagnostics()
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| format!("{d} | {}", d.hints.join(" | ")))
        .collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    for part in parts {
        assert!(errors[0].contains(part), "{} lacks {part:?}", errors[0]);
    }
}

#[test]
fn s03_an_environment_file_is_read_with_its_comments() {
    let parsed = read(SAMPLE);
    let request = &parsed.request;
    assert_eq!(request.environment.as_deref(), Some("image"));
    let channels: Vec<&str> = request.channels.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(channels, ["conda-forge", "defaults"]);
    let platforms: Vec<&str> = request.platforms.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(platforms, ["linux-64", "osx-arm64"]);
    let specs: Vec<String> = request
        .requirements
        .iter()
        .map(|r| r.spec.to_string())
        .collect();
    assert_eq!(
        specs,
        [
            "cmake",
            "pyqt <5.12",
            "gcc 12.*",
            "clang",
            "minuit2 ==6.18.0 minuit2_standalone",
            "conda-forge::numpy >=2",
            "boost 1.70.*",
            "m2-make",
        ]
    );
    let pyqt = &request.requirements[1];
    assert_eq!(
        pyqt.note.reason.as_deref(),
        Some("for matplotlib, see DM-15025")
    );
    assert_eq!(pyqt.note.ticket.as_deref(), Some("DM-15025"));
    assert_eq!((pyqt.origin.line, pyqt.origin.column), (12, 5));
    assert_eq!(&SAMPLE[pyqt.origin.span.clone()], "pyqt <5.12");
    assert_eq!(request.requirements[2].platforms, ["linux-64"]);
    assert_eq!(request.requirements[2].note.reason, None);
    assert_eq!(request.requirements[3].platforms, ["osx-arm64"]);
    assert_eq!(
        request.requirements[3].note.reason.as_deref(),
        Some("the other compiler")
    );
    assert!(
        request.requirements[7]
            .platforms
            .contains(&"win-64".to_owned())
    );
    assert_eq!(
        request.requirements[0].note.reason, None,
        "a heading is no reason"
    );
    let pip: Vec<&str> = request.pip.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(pip, ["aioinflux==0.9.0", "nbsetup @ file:///tmp/nbsetup"]);
    assert_eq!(request.pip[0].note.ticket.as_deref(), Some("DM-1"));
    assert_eq!(parsed.warnings.len(), 1, "{:?}", parsed.warnings);
    assert!(parsed.warnings[0].message.contains("`variables`"));
}

#[test]
fn s03_bytes_of_other_systems_are_read_alike() {
    let windows = SAMPLE.replace('\n', "\r\n");
    let specs = |parsed: Parsed| -> Vec<_> {
        let lines = parsed.request.requirements.into_iter();
        lines.map(|r| (r.spec, r.note, r.platforms)).collect()
    };
    assert_eq!(specs(read(&windows)), specs(read(SAMPLE)));
    assert_eq!(
        specs(read(&format!("\u{feff}{SAMPLE}"))),
        specs(read(SAMPLE))
    );
    let json = r#"{"name": "a", "channels": ["conda-forge"], "dependencies": ["numpy >=2", {"pip": ["b"]}]}"#;
    assert_eq!(read(json).request.pip.len(), 1);
}

#[test]
fn wrong_keys_are_named_with_the_nearest_right_one() {
    one_error(
        "name: a\nchanels:\n  - conda-forge\ndependencies:\n  - numpy\n",
        &[
            "environment.yml:2: unknown key `chanels`",
            "did you mean `channels`?",
        ],
    );
    one_error(
        "dependencies:\n  - pipp:\n    - a\n",
        &["environment.yml:2:", "`pipp`", "did you mean `pip`?"],
    );
    one_error(
        "name: a\nname: b\n",
        &["environment.yml:2:", "`name` is written twice", "line 1"],
    );
}

#[test]
fn a_selector_is_honoured_or_refused() {
    one_error(
        "dependencies:\n  - a  # [linx]\n",
        &["yml:2:", "did you mean `linux`?", "# [not win]"],
    );
    one_error(
        "dependencies:\n  - a  # [py >= 37]\n",
        &["yml:2:", "not a selector of platforms"],
    );
    one_error("channels:\n  - a  # [linux]\n", &["yml:2:", "no effect"]);
    one_error(
        "name: x  # [linux]\ndependencies: [a]\n",
        &["yml:1:", "no effect"],
    );
    one_error(
        "dependencies: [a, b]  # [linux]\n",
        &["yml:1:", "no effect"],
    );
    one_error(
        "dependencies:\n  # [linux]\n  - a\n",
        &["yml:2:", "no effect"],
    );
    one_error(
        "dependencies:\n  - pip:\n    - a  # [linux]\n",
        &["yml:3:", "markers"],
    );
    one_error(
        "dependencies:\n  - sel(linx): a\n",
        &["yml:2:", "did you mean `linux`?"],
    );
    one_error(
        "dependencies:\n  - sel(linux): a  # [osx]\n",
        &["on no platform"],
    );
    one_error(
        "dependencies:\n  - 'a # [linux]'\n",
        &["a comment is not part of a spec"],
    );

    let trailing = read(
        "dependencies:\n  - a  # the compiler [linux64]\n  - b  # see list[1]\n  - c # see [1]\n",
    );
    let lines = &trailing.request.requirements;
    assert_eq!(lines[0].platforms, ["linux-64"]);
    assert_eq!(lines[0].note.reason.as_deref(), Some("the compiler"));
    assert_eq!(lines[1].note.reason.as_deref(), Some("see list[1]"));
    assert_eq!(lines[2].platforms, Vec::<String>::new());
    assert_eq!(
        trailing.warnings.len(),
        1,
        "`[1]` may have been meant as a selector"
    );
    let commented = read("dependencies:\n  # - a  # [linux]\n  - b\n");
    assert_eq!(commented.request.requirements.len(), 1);
}

#[test]
fn mistakes_are_shown_at_their_line() {
    one_error("", &["the file is empty"]);
    one_error("- a\n", &["must be a mapping"]);
    one_error("dependencies: numpy\n", &["`dependencies` must be a list"]);
    one_error("dependencies:\n  - numpy\n  -\n", &["yml:3:", "is empty"]);
    one_error(
        "dependencies:\n  - numpy\n  - holoviews[recommended]\n",
        &["yml:3:", "[extras=recommended]"],
    );
    one_error(
        "dependencies:\n  - pip: [a]\n  - pip: [b]\n",
        &["yml:3:", "second list", "line 2"],
    );
    one_error("name: a\n---\nname: b\n", &["yml:2:", "second document"]);
    one_error("x: &a [1]\n", &["anchors"]);
    one_error("dependencies:\n\t- a\n", &["invalid YAML"]);
    one_error("dependencies: [a\n", &["invalid YAML"]);
    one_error("name: a b\n", &["cannot be the name"]);
    one_error(
        &format!("{}{}", "[".repeat(30), "]".repeat(30)),
        &["nested too deeply"],
    );
    one_error(&"[".repeat(5000), &["invalid YAML"]);
}

#[test]
fn a_name_asked_for_twice_holds_twice_and_is_warned_of() {
    let parsed = read("dependencies:\n  - a >=1\n  - a <2\n  - b  # [linux]\n  - b  # [osx]\n");
    assert_eq!(parsed.request.requirements.len(), 4);
    assert_eq!(parsed.warnings.len(), 1);
    assert!(parsed.warnings[0].message.contains("line 2 and on line 3"));
}

#[test]
fn a_category_becomes_the_group() {
    let parsed = read("category: dev\ndependencies:\n  - pytest\n");
    assert_eq!(parsed.request.requirements[0].group.as_deref(), Some("dev"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut and patched anywhere, a file is read or refused.
    #[test]
    fn no_text_panics(
        start in 0..SAMPLE.len(),
        length in 0..60_usize,
        patch in prop_oneof![
            Just(String::new()),
            "[\\[\\]{}=\"'#,.:&!|>%@`\\n\\ta-z0-9*é -]{0,8}",
            any::<String>(),
        ],
    ) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, patch.bytes());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Err(error) = parse_environment_yaml(&source(&text)) {
            prop_assert!(error.diagnostics().iter().any(|d| d.severity == Severity::Error));
            for diagnostic in error.diagnostics() {
                prop_assert!(diagnostic.span.as_ref().is_some_and(|s| s.start <= s.end && s.end <= text.len()), "{:?}", diagnostic);
            }
        }
    }
}
