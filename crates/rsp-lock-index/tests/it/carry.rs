//! Reading a document after an earlier one is reading it.

#![expect(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use rsp_lock_index::pack::{Home, Pack, read_json, read_large_json};
use serde_json::{Value, json};

/// Files may move from day to day.
fn home(day: usize) -> Home {
    Home {
        subdir: "linux-64".into(),
        files: format!("https://conda.example.org/c{day}/linux-64/").into(),
        channel: "https://conda.example.org/c/".into(),
    }
}

/// A document as its records, which may be in any order and there twice, and what is removed.
#[derive(Clone, Debug)]
struct Document {
    records: Vec<(bool, String, Value)>,
    removed: Vec<String>,
    /// In `v3`, by stem.
    more: Vec<(String, Value)>,
    is_pretty: bool,
    has_conda_first: bool,
}

impl Document {
    fn text(&self) -> String {
        let section = |of: bool| {
            let records = self.records.iter().filter(|(is_tar, ..)| *is_tar == of);
            let records: Vec<String> = records
                .map(|(_, file, record)| {
                    let record = if self.is_pretty {
                        serde_json::to_string_pretty(record).unwrap()
                    } else {
                        record.to_string()
                    };
                    format!("{}: {record}", Value::from(file.as_str()))
                })
                .collect();
            records.join(",")
        };
        let mut sections = [
            ("packages", section(true)),
            ("packages.conda", section(false)),
        ];
        if self.has_conda_first {
            sections.reverse();
        }
        let [(a, of_a), (b, of_b)] = sections;
        let more: serde_json::Map<String, Value> = self.more.iter().cloned().collect();
        let (removed, more) = (json!(self.removed), json!({"conda": more}));
        format!(r#"{{"{a}": {{{of_a}}}, "v3": {more}, "{b}": {{{of_b}}}, "removed": {removed}}}"#)
    }
}

fn record() -> impl Strategy<Value = (bool, String, Value)> {
    let more = prop::sample::select(vec![
        json!({}),
        json!({"depends": ["a >=1", "b"]}),
        json!({"depends": ["a >=1", "c"], "constrains": ["b <3"]}),
        json!({"license": "MIT", "noarch": "generic", "timestamp": 1_600_000_000_000_u64}),
        json!({"track_features": "x"}),
        json!({"subdir": "noarch", "features": "x"}),
        json!({"depends": 7}),
        json!({"license": "Caf\u{e9} \"x\""}),
        json!({"version": "1.0"}),
        json!({"extra_depends": {"x": ["e"]}}),
    ]);
    (any::<bool>(), "[a-c]|[ab]-c|A", "[1-2]", "[0-1]", more).prop_map(
        |(is_tar, name, version, build, mut record)| {
            let extension = if is_tar { "tar.bz2" } else { "conda" };
            let file = format!("{name}-{version}-{build}.{extension}");
            record["name"] = json!(name);
            if record.get("version").is_none() {
                record["version"] = json!(version);
            }
            record["build"] = json!(build);
            record["build_number"] = json!(0);
            (is_tar, file, record)
        },
    )
}

fn document() -> impl Strategy<Value = Document> {
    let records = prop::collection::vec(record(), 0..12);
    let removed = prop::collection::vec("[ab]-1-0[.]conda", 0..2);
    let more = prop::collection::vec(record(), 0..2);
    (records, removed, more, any::<[bool; 2]>()).prop_map(
        |(records, removed, more, [is_pretty, has_conda_first])| {
            let more = more.into_iter().map(|(_, file, record)| {
                let stem = file.trim_end_matches(".conda").trim_end_matches(".tar.bz2");
                (stem.to_owned(), record)
            });
            Document {
                records,
                removed,
                more: more.collect(),
                is_pretty,
                has_conda_first,
            }
        },
    )
}

/// A document after another one: some of its records are gone, some are new, all may be in another
/// order.
fn updated(earlier: &Document, new: Document, kept: &[bool], turned: usize) -> Document {
    let kept = earlier.records.iter().zip(kept.iter().cycle());
    let kept = kept.filter(|(_, kept)| **kept);
    let mut records: Vec<_> = kept.map(|(record, _)| record.clone()).collect();
    records.extend(new.records);
    if !records.is_empty() {
        let turned = turned % records.len();
        records.rotate_left(turned);
    }
    Document { records, ..new }
}

type Told = (
    Vec<(String, Vec<String>)>,
    Vec<(String, String)>,
    Vec<String>,
);

/// All that a pack says.
fn told(pack: &Pack) -> Told {
    let of_name = |name: &str| {
        let rows = pack.rows(name);
        let records = rows.map(|row| serde_json::to_string(&pack.record(row).unwrap()).unwrap());
        (name.to_owned(), records.collect())
    };
    let rejected = pack
        .rejected()
        .map(|(file, why)| (file.to_owned(), why.to_owned()));
    (
        pack.names().map(of_name).collect(),
        rejected.collect(),
        pack.removed().map(str::to_owned).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_document_says_the_same_after_any_other(
        first in document(),
        updates in prop::collection::vec(
            (document(), prop::collection::vec(any::<bool>(), 1..6), any::<usize>()),
            1..4,
        ),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pack");
        let mut pack = read_json(first.text().as_bytes(), |_| Ok(home(0))).unwrap();
        let mut document = first;
        for (day, (new, kept, turned)) in (1..).zip(updates) {
            document = updated(&document, new, &kept, turned);
            let text = document.text();
            let after = read_large_json(text.as_bytes(), 0, Some(&pack), |_| Ok(home(day))).unwrap();
            let alone = read_json(text.as_bytes(), |_| Ok(home(day))).unwrap();
            prop_assert_eq!(told(&after), told(&alone), "{}", text);
            // Writing takes longer than all else.
            pack = if document.records.len() % 4 == 0 {
                after.save(&path, "").unwrap();
                Pack::open(&path).unwrap()
            } else {
                after
            };
            prop_assert_eq!(told(&pack), told(&alone));
        }
    }
}
