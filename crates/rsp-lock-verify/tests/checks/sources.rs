//! Files: metadata, hashes, channels, subdirs, and specs that ask for them.

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock_verify::{Entry, Severity, Subject, parse_spec, satisfies, text, verify};
use url::Url;

use crate::records::{CHANNEL, record, record_in};

fn sentences(entry: Entry<'_>) -> Vec<(Severity, String)> {
    verify(&Subject {
        channels: vec![CHANNEL.parse().unwrap()],
        ..Subject::new(vec![entry], Subdir::Linux64)
    })
    .iter()
    .map(|finding| (finding.severity(), text(finding)))
    .collect()
}

fn at(record: &RepoDataRecord, url: &str) -> RepoDataRecord {
    RepoDataRecord {
        url: url.parse().unwrap(),
        ..record.clone()
    }
}

#[test]
fn no_metadata_is_an_error() {
    let record = record("a 1.0 0", &[]);
    let entry = Entry {
        record: None,
        ..Entry::of(&record)
    };
    assert_eq!(
        sentences(entry),
        [(
            Severity::Error,
            "`https://conda.example.org/forge/linux-64/a-1.0-0.conda` is in none of the given \
             channels, so nothing about it can be checked"
                .to_owned()
        )]
    );
}

#[test]
fn what_depends_on_a_file_without_metadata_is_not_called_broken() {
    let (a, b) = (record("a 1.0 0", &["b >=2"]), record("b 1.0 0", &[]));
    let entries = vec![
        Entry::of(&a),
        Entry {
            record: None,
            ..Entry::of(&b)
        },
    ];
    let findings = verify(&Subject::new(entries, Subdir::Linux64));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].kind(), "no-metadata");
}

#[test]
fn a_hash_is_compared_where_both_sides_have_one() {
    let mut record = record("a 1.0 0", &[]);
    let sha256 = "ab".repeat(32);
    let entry = |record: &RepoDataRecord, sha256: Option<&str>| {
        let entry = Entry {
            url: &record.url,
            sha256: sha256.map(str::to_owned),
            md5: None,
            record: Some(record),
        };
        sentences(entry)
    };
    assert_eq!(entry(&record, None), []);
    assert_eq!(
        entry(&record, Some(&sha256)),
        [(
            Severity::Warning,
            "`a-1.0-0.conda` has a sha256 in the lock, the channel has none to compare it with"
                .to_owned()
        )]
    );
    record.package_record.sha256 = Some([0xab; 32].into());
    assert_eq!(entry(&record, None), []);
    assert_eq!(entry(&record, Some(&sha256)), []);
    assert_eq!(entry(&record, Some(&sha256.to_uppercase())), []);
    assert_eq!(
        entry(&record, Some("cd")),
        [(
            Severity::Error,
            format!("`a-1.0-0.conda` has sha256 cd in the lock, the channel says {sha256}")
        )]
    );
}

#[test]
fn a_label_and_a_longer_name_are_other_channels() {
    let record = record("a 1.0 0", &[]);
    for url in [
        "https://conda.example.org/forge/label/dev/linux-64/a-1.0-0.conda",
        "https://conda.example.org/forge-evil/linux-64/a-1.0-0.conda",
        "https://conda.example.org.evil.com/forge/linux-64/a-1.0-0.conda",
        "http://conda.example.org/forge/linux-64/a-1.0-0.conda",
        "https://conda.example.org:8443/forge/linux-64/a-1.0-0.conda",
    ] {
        let leak = at(&record, url);
        let expected = format!("`{url}` comes from a channel that is not allowed");
        assert_eq!(sentences(Entry::of(&leak)), [(Severity::Error, expected)]);
    }
}

#[test]
fn a_channel_may_say_that_its_files_are_elsewhere_below_it() {
    let flat = at(
        &record("a 1.0 0", &[]),
        "https://conda.example.org/forge/a-1.0-0.conda",
    );
    assert_eq!(sentences(Entry::of(&flat)), []);
    // A lock that says so alone is not believed.
    let listed = record("a 1.0 0", &[]);
    let entry = Entry {
        url: &flat.url,
        ..Entry::of(&listed)
    };
    assert_eq!(sentences(entry).len(), 1);
}

#[test]
fn a_file_of_another_platform_is_an_error() {
    let noarch = record_in("noarch", "a 1.0 0", &[]);
    assert_eq!(sentences(Entry::of(&noarch)), []);
    let mac = record_in("osx-arm64", "a 1.0 0", &[]);
    assert_eq!(
        sentences(Entry::of(&mac)),
        [(
            Severity::Error,
            "`https://conda.example.org/forge/osx-arm64/a-1.0-0.conda` is of subdir `osx-arm64`, \
             expected `linux-64` or `noarch`"
                .to_owned()
        )]
    );
}

#[test]
fn a_record_of_another_file_is_an_error() {
    let record = record("a 1.0 0", &[]);
    let url: Url = "https://conda.example.org/forge/linux-64/a-1.0-1.conda"
        .parse()
        .unwrap();
    let entry = Entry {
        url: &url,
        ..Entry::of(&record)
    };
    assert_eq!(
        sentences(entry),
        [(
            Severity::Error,
            format!("`{url}` was checked against the record of another file, `a-1.0-0.conda`")
        )]
    );
}

#[test]
fn odd_file_names_are_their_own() {
    for package in [
        "x264 1!164.3095 h166bdaf_2",
        "_x86_64-microarch-level 4 3_icelake",
        "python_abi 3.13 9_cp313",
    ] {
        let record = record(package, &[]);
        assert_eq!(sentences(Entry::of(&record)), []);
    }
}

#[test]
fn satisfies_looks_at_channel_subdir_and_file() {
    let mut record = record("numpy 2.4.0 py313_0", &[]);
    record.url = "https://conda.anaconda.org/conda-forge/linux-64/numpy-2.4.0-py313_0.conda"
        .parse()
        .unwrap();
    record.channel = None;
    record.package_record.md5 = Some([0x11; 16].into());
    let ask = |text: &str| satisfies(&parse_spec(text).unwrap(), &record);

    assert!(ask("conda-forge::numpy"));
    assert!(ask("https://conda.anaconda.org/conda-forge::numpy 2.4.*"));
    assert!(!ask("conda-forge/label/dev::numpy"));
    assert!(!ask("bioconda::numpy"));
    assert!(!ask("conda-forge::numpy >=3"));
    assert!(ask("conda-forge/linux-64::numpy"));
    assert!(!ask("conda-forge/noarch::numpy"));
    assert!(ask("numpy[subdir=linux-64]"));
    assert!(!ask("numpy[subdir=noarch]"));
    assert!(ask("numpy[fn='numpy-2.4.0-py313_0.conda']"));
    assert!(!ask("numpy[fn='numpy-2.4.0-py313_1.conda']"));
    assert!(ask("numpy[md5='11111111111111111111111111111111']"));
    assert!(!ask("numpy[md5='22222222222222222222222222222222']"));
    assert!(ask(
        "numpy[url='https://conda.anaconda.org/conda-forge/linux-64/numpy-2.4.0-py313_0.conda']"
    ));
    assert!(!ask(
        "numpy[url='https://example.org/linux-64/numpy-2.4.0-py313_0.conda']"
    ));
}

#[test]
fn satisfies_knows_a_channel_that_keeps_its_files_elsewhere() {
    let mut record = record("a 1.0 0", &[]);
    record.url = "https://cdn.example.org/blobs/a-1.0-0.conda"
        .parse()
        .unwrap();
    record.channel = Some("https://conda.anaconda.org/bioconda/".to_owned());
    let ask = |text: &str| satisfies(&parse_spec(text).unwrap(), &record);
    assert!(ask("bioconda::a"));
    assert!(!ask("conda-forge::a"));
}
