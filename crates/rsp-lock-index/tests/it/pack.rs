//! A pack holds what the document says: every record, every rejection, in a file too.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rattler_conda_types::{PackageRecord, RepoDataRecord};
use rsp_lock_index::pack::{Home, Pack, PackBuilder, read_json, read_large_json};
use serde_json::{Value, json};

fn home() -> Home {
    Home {
        subdir: "linux-64".into(),
        files: "https://conda.example.org/c/linux-64/".into(),
        channel: "https://conda.example.org/c/".into(),
    }
}

fn packed(document: &Value) -> Pack {
    read_json(document.to_string().as_bytes(), |_| Ok(home())).unwrap()
}

fn record() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        Just(("license", json!("BSD-3-Clause"))),
        Just(("license_family", json!("BSD"))),
        Just(("noarch", json!("python"))),
        Just(("noarch", json!("generic"))),
        Just(("noarch", json!(true))),
        Just(("timestamp", json!(1_600_000_000_000_u64))),
        Just(("timestamp", json!(1_600_000_000_u64))),
        Just(("indexed_timestamp", json!(1_700_000_000_123_u64))),
        Just(("size", json!(12345))),
        Just(("md5", json!("0".repeat(32)))),
        Just(("sha256", json!("ab".repeat(32)))),
        Just(("subdir", json!("linux-64"))),
        Just(("subdir", json!("noarch"))),
        Just(("track_features", json!("blas_mkl"))),
        Just(("features", json!("x"))),
        Just(("arch", json!("x86_64"))),
        Just(("depends", json!(["b >=1", "c"]))),
        Just(("constrains", json!(["d <3"]))),
        Just(("extra_depends", json!({"x": ["e"]}))),
        Just((
            "python_site_packages_path",
            json!("lib/python3.13/site-packages")
        )),
    ];
    prop::collection::vec(field, 0..8).prop_map(|fields| {
        let mut record = json!({"build_number": 3, "depends": []});
        for (key, value) in fields {
            record[key] = value;
        }
        record
    })
}

fn document() -> impl Strategy<Value = Value> {
    let key = ("[a-c]", "[1-3]", "[0-1]");
    let records = || prop::collection::btree_map(key, record(), 0..6);
    (records(), records()).prop_map(|(old, new)| {
        let mut document = json!({"packages": {}, "packages.conda": {}});
        for (section, extension, records) in [
            ("packages", ".tar.bz2", old),
            ("packages.conda", ".conda", new),
        ] {
            for ((name, version, build), mut record) in records {
                let file = format!("{name}-{version}-{build}{extension}");
                record["name"] = json!(name);
                record["version"] = json!(version);
                record["build"] = json!(build);
                document[section][file] = record;
            }
        }
        document
    })
}

/// What serde and rattler make of a document.
fn expected(document: &Value) -> BTreeMap<String, RepoDataRecord> {
    let sections = ["packages", "packages.conda"].iter();
    sections
        .flat_map(|section| document[section].as_object().into_iter().flatten())
        .map(|(file, record)| {
            let mut package: PackageRecord = serde_json::from_value(record.clone()).unwrap();
            if package.subdir.is_empty() {
                "linux-64".clone_into(&mut package.subdir);
            }
            let url = format!("https://conda.example.org/c/linux-64/{file}");
            let record = RepoDataRecord {
                package_record: package,
                identifier: file.parse().unwrap(),
                url: url.parse().unwrap(),
                channel: Some("https://conda.example.org/c/".to_owned()),
            };
            (file.clone(), record)
        })
        .collect()
}

fn all(pack: &Pack) -> BTreeMap<String, RepoDataRecord> {
    let names: Vec<&str> = pack.names().collect();
    let rows = names.into_iter().flat_map(|name| pack.rows(name));
    rows.map(|row| (pack.file(row), pack.record(row).unwrap()))
        .collect()
}

proptest! {
    #[test]
    fn a_pack_gives_back_what_serde_reads(document in document()) {
        let pack = packed(&document);
        let expected = expected(&document);
        prop_assert_eq!(pack.rejected().count(), 0);
        prop_assert_eq!(&all(&pack), &expected);
        for (file, record) in &expected {
            let name = record.package_record.name.as_normalized();
            let row = pack.rows(name).find(|row| pack.file(*row) == *file).unwrap();
            prop_assert!(pack.is_at(row, record.url.as_str()));
            prop_assert_eq!(pack.url(row), record.url.as_str());
            let published = record.package_record.indexed_timestamp.or(record.package_record.timestamp);
            prop_assert_eq!(pack.published(row), published.map(|time| time.timestamp_millis()));
        }

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("c.pack");
        pack.save(&path, "stamp").unwrap();
        let opened = Pack::open(&path).unwrap();
        prop_assert_eq!(opened.stamp(), "stamp");
        prop_assert_eq!(opened.home(), &home());
        prop_assert_eq!(&all(&opened), &expected);
        let again = directory.path().join("again.pack");
        opened.save(&again, "stamp").unwrap();
        prop_assert_eq!(fs_err::read(&path).unwrap(), fs_err::read(&again).unwrap());

        let mut builder = PackBuilder::default();
        for (number, record) in (0..).zip(expected.values()) {
            builder.add_record(record, number, &home());
        }
        prop_assert_eq!(&all(&builder.finish(home(), "")), &expected);
    }

    #[test]
    fn a_damaged_pack_is_refused_or_read_without_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let document = json!({"packages.conda": {
            "a-1-0.conda": {"name": "a", "version": "1", "build": "0", "build_number": 0,
                "depends": ["b"], "license": "MIT"},
            "b-1-0.conda": {"name": "b", "version": "1", "build": "0", "build_number": 0,
                "depends": ["c"], "arch": "x86_64"}}});
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("c.pack");
        packed(&document).save(&path, "").unwrap();
        let mut bytes = fs_err::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        fs_err::write(&path, &bytes).unwrap();
        if let Ok(pack) = Pack::open(&path) {
            for row in 0..3 {
                let _ = (pack.record(row), pack.url(row), pack.published(row));
                let _ = pack.depends(row).count();
            }
            let _ = (pack.rows("a"), pack.rejected().count(), pack.removed().count());
        }
    }
}

#[test]
fn what_cannot_be_used_is_rejected_with_a_reason() {
    let good = json!({"name": "ok", "version": "1", "build": "0", "build_number": 0});
    let with = |key: &str, value: Value| {
        let mut record = good.clone();
        record[key] = value;
        record
    };
    let document = json!({"packages.conda": {
        "ok-1-0.conda": good,
        "../../evil-1-0.conda": good,
        "q?-1-0.conda": good,
        "noversion.conda": good,
        "ok-1-1.exe": good,
        "ok-1-2.conda": with("name", json!("other")),
        "ok-1-3.conda": with("version", json!("1..2 x")),
        "ok-1-4.conda": with("sha256", json!("abc")),
        "ok-1-5.conda": with("size", json!(-1)),
        "ok-1-6.conda": with("depends", json!("numpy")),
        "ok-1-7.conda": [],
    }});
    let pack = packed(&document);
    assert_eq!(pack.len(), 1);
    let rejected: Vec<(&str, &str)> = pack.rejected().collect();
    assert_eq!(rejected.len(), 10, "{rejected:?}");
    let reason = |file: &str| {
        let file = format!("linux-64/{file}");
        rejected.iter().find(|(found, _)| *found == file).unwrap().1
    };
    assert!(reason("ok-1-2.conda").contains("its name is `other`"));
    assert!(reason("q?-1-0.conda").contains("the file name contains `?`"));
    assert!(reason("ok-1-3.conda").contains("version"));
}

#[test]
fn later_sections_replace_earlier_ones_and_removed_files_are_gone() {
    let record =
        |number: u32| json!({"name": "a", "version": "1", "build": "0", "build_number": number});
    let document = json!({
        "packages.conda": {"a-1-0.conda": record(1), "a-1-1.conda": {
            "name": "a", "version": "1", "build": "1", "build_number": 1}},
        "packages": {"a-1-0.tar.bz2": record(2)},
        "removed": ["a-1-1.conda", "b-1-0.conda"],
        "v3": {"conda": {"a-1-0": record(7)}, "whl": {"w-1-0": {}}},
    });
    let pack = packed(&document);
    let numbers: BTreeMap<String, u64> = all(&pack)
        .into_iter()
        .map(|(file, record)| (file, record.package_record.build_number))
        .collect();
    let expected = [("a-1-0.conda", 7), ("a-1-0.tar.bz2", 2)];
    assert_eq!(
        numbers,
        expected
            .map(|(file, number)| (file.to_owned(), number))
            .into()
    );
    let removed: Vec<&str> = pack.removed().collect();
    assert_eq!(removed, ["linux-64/a-1-1.conda", "linux-64/b-1-0.conda"]);
}

/// Hands a text out in pieces of another size each time.
struct Dripping<'t>(&'t [u8], usize);

impl std::io::Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 * 31 % 65_537 + 1;
        let length = self.0.len().min(self.1).min(into.len());
        let (now, later) = self.0.split_at(length);
        into[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

#[test]
fn a_document_larger_than_any_window_is_read_whole() {
    let record = |name: &str, license: &str| json!({"name": name, "version": "1", "build": "0", "build_number": 0, "license": license});
    let mut records = serde_json::Map::new();
    for number in 0..20_000 {
        // Some are larger than what may be left of one piece, one is larger than a piece.
        let license = match number {
            7_000 => "\u{e9}".repeat(1 << 20),
            _ if number % 1_000 == 500 => "x".repeat(100_000),
            13 => "spoilt".to_owned(),
            _ => "MIT".to_owned(),
        };
        let name = format!("a{number:05}");
        records.insert(format!("{name}-1-0.conda"), record(&name, &license));
    }
    let removed: Vec<String> = (0..100_000).map(|n| format!("gone{n}-1-0.conda")).collect();
    let document = json!({"removed": removed, "packages.conda": records});
    let mut text = document.to_string().into_bytes();
    let spoilt = text.windows(6).position(|part| part == b"spoilt").unwrap();
    text[spoilt] = 0xff;

    for guess in [0, 1, 40_000, usize::MAX] {
        let pack = read_large_json(Dripping(&text, 1), guess, None, |_| Ok(home())).unwrap();
        assert_eq!(pack.removed().len(), 100_000);
        let rejected: Vec<_> = pack.rejected().map(|(file, _)| file).collect();
        assert_eq!(rejected, ["linux-64/a00013-1-0.conda"]);
        let names: Vec<&str> = pack.names().collect();
        let expected = (0..20_000).filter(|number| *number != 13);
        let expected: Vec<String> = expected.map(|number| format!("a{number:05}")).collect();
        assert_eq!(names, expected);
        let large = pack.record(pack.rows("a07000").start).unwrap();
        let license = large.package_record.license.unwrap();
        assert_eq!(license.chars().count(), 1 << 20);
    }
}

#[test]
fn what_is_no_repodata_is_an_error() {
    for text in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"packages": []}"#,
        r#"{"packages": {"a-1-0.conda": {"n"#,
    ] {
        assert!(
            read_json(text.as_bytes(), |_| Ok(home())).is_err(),
            "{text}"
        );
    }
}

/// More of it than may wait to be read, behind what tells that it is none.
#[test]
fn what_is_no_repodata_is_an_error_at_once_however_much_there_is() {
    let much = " ".repeat(64 << 20);
    for start in [
        "[",
        "{}{",
        r#"{"packages": {"#,
        r#"{"packages": {"a-1-0.conda": x"#,
    ] {
        let text = [start, &much].concat();
        assert!(
            read_json(text.as_bytes(), |_| Ok(home())).is_err(),
            "{start}"
        );
    }
}
