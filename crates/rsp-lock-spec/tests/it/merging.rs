//! Several files as one request.

#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]

use rsp_lock_spec::{Request, Source, SpecError, merge, parse_environment_yaml, parse_toml};

fn toml(name: &str, text: &str) -> Request {
    parse_toml(&Source::new(name, text)).unwrap().request
}

fn yaml(name: &str, text: &str) -> Request {
    parse_environment_yaml(&Source::new(name, text))
        .unwrap()
        .request
}

#[track_caller]
fn refused(parts: Vec<Request>) -> String {
    let error: SpecError = merge(parts).unwrap_err();
    error.diagnostics()[0].message.clone()
}

#[test]
fn files_add_to_the_first() {
    let request = merge(vec![
        toml(
            "a.toml",
            "[environment]\nname = \"first\"\nchannels = [\"x\", \"y\"]\nplatforms = [\"linux-64\"]\n\
             [requirements]\nnumpy = \">=2\"\n[overrides]\ndask = \"1\"\n",
        ),
        yaml(
            "b.yml",
            "name: second\nchannels: [y, z]\nplatforms: [linux-64, osx-64]\n\
             dependencies:\n  - numpy >=2  # because\n  - numpy <3\n  - pip: [p]\n",
        ),
        toml("c.toml", "[overrides]\ndask = \"1\"\ndistributed = \"1\"\n"),
    ])
    .unwrap();
    assert_eq!(request.environment.as_deref(), Some("first"));
    let channels: Vec<&str> = request.channels.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(channels, ["x", "y", "z"]);
    let platforms: Vec<&str> = request.platforms.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(platforms, ["linux-64", "osx-64"]);
    let lines: Vec<String> = request
        .requirements
        .iter()
        .map(|r| format!("{} ({})", r.text, r.origin))
        .collect();
    assert_eq!(lines, ["numpy >=2 (a.toml:6)", "numpy <3 (b.yml:6)"]);
    assert_eq!(
        request.requirements[0].note.reason.as_deref(),
        Some("because"),
        "what only the second file says is kept"
    );
    assert_eq!(request.overrides.len(), 2);
    assert_eq!(request.pip.len(), 1);
}

#[test]
fn contradictions_name_both_places() {
    let priority = |name: &str, value: &str| {
        toml(
            name,
            &format!("[environment]\nchannel-priority = \"{value}\"\n"),
        )
    };
    assert_eq!(
        refused(vec![
            priority("a.toml", "strict"),
            priority("b.toml", "disabled")
        ]),
        "`environment.channel-priority` is `strict` (a.toml:2) and `disabled` (b.toml:2)"
    );
    assert!(
        merge(vec![
            priority("a.toml", "strict"),
            priority("b.toml", "strict")
        ])
        .is_ok()
    );
    let newer = |name: &str, value: &str| {
        toml(
            name,
            &format!("[environment]\nexclude-newer = \"{value}\"\n"),
        )
    };
    assert_eq!(
        refused(vec![
            newer("a.toml", "14d"),
            newer("b.toml", "2026-09-01T00:00:00Z")
        ]),
        "`environment.exclude-newer` is `2w` (a.toml:2) and `2026-09-01T00:00:00Z` (b.toml:2)"
    );
    let platform = |name: &str, glibc: &str| {
        toml(
            name,
            &format!(
                "[environment]\nplatforms = [{{ name = \"p\", subdir = \"linux-64\", virtual-packages = {{ glibc = \"{glibc}\" }} }}]\n"
            ),
        )
    };
    let said = refused(vec![platform("a.toml", "2.17"), platform("b.toml", "2.28")]);
    assert!(
        said.contains("a.toml:2") && said.contains("b.toml:2"),
        "{said}"
    );
    let base = |name: &str, lock: &str| toml(name, &format!("[base]\nlock = \"{lock}\"\n"));
    let said = refused(vec![base("a.toml", "x"), base("b.toml", "y")]);
    assert!(
        said.contains("a.toml:1") && said.contains("b.toml:1"),
        "{said}"
    );
}

#[test]
fn nothing_merges_to_nothing() {
    assert_eq!(merge(Vec::new()).unwrap(), Request::default());
}
