//! Whatever a record says, a check ends, says so, and does not panic.

use proptest::prelude::*;
use rattler_conda_types::{PackageName, Subdir};
use rsp_lock_verify::{Entry, Severity, Subject, closure, parse_spec, text, verify};

use crate::records::record;

/// Pieces of specs, so that what is put together is nearly a spec.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "python",
        "b",
        "__glibc",
        "*",
        " ",
        ">=",
        "1.0",
        "3.13.*",
        "=",
        "==",
        "!=",
        "~=",
        ",",
        "|",
        "(",
        ")",
        "[",
        "]",
        "when=",
        "extras=",
        "flags=",
        "version=",
        "build=",
        "md5=",
        "url=",
        "\"",
        "'",
        " and ",
        " or ",
        "^",
        "$",
        ".*",
        "::",
        ":",
        "/",
        "conda-forge",
        "#",
        ";",
        "if",
        "\\",
        "\u{00e9}",
        "\u{1F40D}",
        "\0",
        "a0",
        "!",
        "%2F",
        "https://",
        "_0",
    ];
    prop_oneof![
        8 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn spec() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_in_a_record_makes_a_check_panic(
        depends in proptest::collection::vec(spec(), 0..4),
        constrains in proptest::collection::vec(spec(), 0..4),
        extra in proptest::collection::vec(spec(), 0..2),
        hash in any::<String>(),
    ) {
        let mut a = record("a 1.0 0", &[]);
        a.package_record.depends = depends;
        a.package_record.depends.push("b[extras=[x]]".to_owned());
        a.package_record.constrains = constrains;
        let mut b = record("b 1.0 0", &[]);
        b.package_record.extra_depends.insert("x".to_owned(), extra);
        let entries = vec![
            Entry::of(&a),
            Entry { sha256: Some(hash.clone()), md5: Some(hash), ..Entry::of(&b) },
        ];
        let root: PackageName = "a".parse().unwrap();
        let _ = closure(&entries, &root, &[]);
        let subject = Subject { roots: vec![root], ..Subject::new(entries, Subdir::Linux64) };
        let findings = verify(&subject);
        prop_assert_eq!(&findings, &verify(&subject));

        // Every line that cannot be read is among the errors.
        for line in a.package_record.depends.iter().chain(&a.package_record.constrains) {
            if parse_spec(line).is_err() {
                let quoted = format!("`{line}`");
                let named = findings.iter().any(|finding| {
                    finding.severity() == Severity::Error && text(finding).contains(&quoted)
                });
                prop_assert!(named, "{line:?} is missing in {findings:?}");
            }
        }
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for deep in [
        format!("python {}1.0", "(".repeat(100_000)),
        format!("python[when=\"{}a\"]", "(".repeat(100_000)),
        format!(
            "python[version='{}1.0{}']",
            "(".repeat(5000),
            ")".repeat(5000)
        ),
        "[".repeat(100_000),
    ] {
        let record = record("a 1.0 0", &[&deep]);
        let findings = verify(&Subject::new(vec![Entry::of(&record)], Subdir::Linux64));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].kind(), "bad-spec");
    }
}
