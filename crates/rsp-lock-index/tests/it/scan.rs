//! The scanner sees what a JSON parser sees, however the text is laid out and in whatever
//! pieces it comes.

#![expect(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use rsp_lock_index::scan::{Envelope, Hash, ScanError, ScannedRecord, Stream};
use serde_json::{Value, json};

/// Scans a text as a whole.
fn scan<'a>(
    text: &'a [u8],
    on_record: &mut dyn FnMut(&ScannedRecord<'a>),
) -> Result<Envelope, ScanError> {
    let mut stream = Stream::default();
    stream.feed(text, true, on_record)?;
    Ok(stream.envelope().clone())
}

/// What a JSON parser says of the record's fields, or `None` where the scanner may pass.
fn check_fields(record: &ScannedRecord<'_>, value: &Value) {
    assert_eq!(
        serde_json::from_slice::<Value>(record.json).unwrap(),
        *value
    );
    let Some(fields) = &record.fields else { return };
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let number = |key: &str| value.get(key).and_then(Value::as_u64);
    let list = |key: &str| -> Vec<&str> {
        let list = value.get(key).and_then(Value::as_array);
        list.map_or_else(Vec::new, |l| l.iter().filter_map(Value::as_str).collect())
    };
    assert_eq!(Some(fields.name), text("name"));
    assert_eq!(Some(fields.version), text("version"));
    assert_eq!(Some(fields.build), text("build"));
    assert_eq!(Some(fields.build_number), number("build_number"));
    assert_eq!(fields.subdir, text("subdir"));
    assert_eq!(fields.indexed_timestamp, number("indexed_timestamp"));
    assert_eq!(fields.depends.texts, list("depends"));
    assert_eq!(fields.constrains.texts, list("constrains"));
    assert_eq!(fields.license_family, text("license_family"));
    assert_eq!(fields.timestamp, number("timestamp"));
    assert_eq!(fields.size, number("size"));
    assert_eq!(fields.license, text("license"));
    assert_eq!(fields.sha256, text("sha256").map(Hash::Hex));
    assert_eq!(fields.md5, text("md5").map(Hash::Hex));
    assert_eq!(fields.noarch, text("noarch"));
    assert_eq!(fields.track_features, text("track_features"));
    assert_eq!(
        fields.python_site_packages_path,
        text("python_site_packages_path")
    );
}

fn check_document(text: &str) -> usize {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut found = Vec::new();
    let envelope = scan(text.as_bytes(), &mut |record| found.push(record.clone())).unwrap();
    let mut fast = 0;
    let mut left: usize = ["packages", "packages.conda"]
        .iter()
        .filter_map(|key| document.get(key)?.as_object().map(serde_json::Map::len))
        .sum();
    for record in &found {
        if record.file.is_empty() {
            continue;
        }
        let value = ["packages", "packages.conda"]
            .iter()
            .find_map(|key| document.get(key)?.get(record.file));
        check_fields(record, value.unwrap());
        fast += usize::from(record.fields.is_some());
        left -= 1;
    }
    left -= found.iter().filter(|record| record.file.is_empty()).count();
    assert_eq!(left, 0, "records were missed");
    let info = envelope
        .info
        .map(|info| serde_json::from_slice::<Value>(&info).unwrap());
    assert_eq!(info.as_ref(), document.get("info"));

    for length in [1, 7, 64, 1000, text.len()] {
        let mut stream = Stream::default();
        let mut fed = Vec::new();
        let (mut start, mut end) = (0, 0);
        while start < text.len() {
            end = (end + length).min(text.len());
            let window = &text.as_bytes()[start..end];
            start += stream
                .feed(window, end == text.len(), &mut |record| {
                    fed.push(record.clone());
                })
                .unwrap();
            if text.len() > 1_000_000 && length < 1000 {
                break;
            }
        }
        assert!(start < text.len() || fed == found);
    }
    fast
}

fn field() -> impl Strategy<Value = (String, Value)> {
    let text = prop_oneof![
        "[a-z0-9.]{0,6}",
        // What another record may well say too.
        "[ab]{0,2}",
        Just("},\"x-1-0.conda\":{".to_owned()),
        Just("a\\\"b\u{e9}".to_owned()),
    ];
    let key = prop_oneof![
        Just("build_number"),
        Just("timestamp"),
        Just("size"),
        Just("license"),
        Just("noarch"),
        Just("depends"),
        Just("constrains"),
        Just("track_features"),
        Just("python_site_packages_path"),
        Just("other"),
        Just("flags"),
    ];
    let value = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0_u64..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::Null),
        Just(Value::Bool(true)),
        prop::collection::vec(text.prop_map(Value::from), 0..3).prop_map(Value::from),
        Just(json!({"a": ["}", {"b": "]"}]})),
    ];
    (key.prop_map(str::to_owned), value)
}

fn record() -> impl Strategy<Value = Value> {
    prop::collection::vec(field(), 0..6).prop_map(|fields| {
        let mut record = json!({"name": "n", "version": "1", "build": "0", "build_number": 3});
        for (key, value) in fields {
            record[key] = value;
        }
        record
    })
}

fn document() -> impl Strategy<Value = Value> {
    let records = || prop::collection::hash_map("[a-z]{1,3}-1-0", record(), 0..6);
    (records(), records(), any::<bool>()).prop_map(|(old, new, removed)| {
        let mut document = json!({"info": {"subdir": "linux-64"}});
        for (file, record) in old {
            document["packages"][format!("{file}.tar.bz2")] = record;
        }
        for (file, record) in new {
            document["packages.conda"][format!("{file}.conda")] = record;
        }
        if removed {
            document["removed"] = json!(["gone-1-0.conda"]);
        }
        document
    })
}

/// A value as JSON with blanks of all kinds, keys of an object in either order.
fn lay_out(value: &Value, blanks: &mut dyn Iterator<Item = &'static str>, text: &mut String) {
    let blank = blanks.next().unwrap_or_default();
    text.push_str(blank);
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            if !blank.is_empty() {
                entries.reverse();
            }
            text.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                lay_out(&Value::from(key.as_str()), blanks, text);
                text.push(':');
                lay_out(value, blanks, text);
            }
            text.push_str(blank);
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                lay_out(item, blanks, text);
            }
            text.push_str(blank);
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
    text.push_str(blanks.next().unwrap_or_default());
}

proptest! {
    #[test]
    fn any_layout_is_seen_as_a_parser_sees_it(
        document in document(),
        blanks in prop::collection::vec(prop::sample::select(vec!["", "", " ", "\n  ", "\n          ", "\t\r\n"]), 1..9),
    ) {
        let mut text = String::new();
        lay_out(&document, &mut blanks.into_iter().cycle(), &mut text);
        check_document(&text);
    }

    #[test]
    fn any_repodata_is_seen_as_a_parser_sees_it(document in document()) {
        check_document(&document.to_string());
        check_document(&serde_json::to_string_pretty(&document).unwrap());
    }

    #[test]
    fn no_text_makes_it_panic(document in document(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = document.to_string().into_bytes();
        let at = cut.index(text.len());
        text[at] = byte;
        let _ = scan(&text, &mut |_| {});
        text.truncate(at);
        let cut_short = scan(&text, &mut |_| {});
        prop_assert!(cut_short.is_err());
    }
}

/// What a key of one record looked like must not make sense where another record goes on.
#[test]
fn brackets_are_not_taken_for_commas() {
    let first = r#""a-1-0.conda":{"build":"0","build_number":0,"name":"a","version":"1"}"#;
    for second in [
        r#"{"name":"b"{"build":"0","build_number":0,"version":"1"}"#,
        r#",{"build":"0","build_number":0,"name":"b","version":"1"}"#,
        r#",,"build":"0","build_number":0,"name":"b","version":"1"}"#,
    ] {
        let text = format!(r#"{{"packages.conda":{{{first},"b-1-0.conda":{second}}}}}"#);
        assert!(serde_json::from_str::<Value>(&text).is_err());
        assert!(scan(text.as_bytes(), &mut |_| {}).is_err(), "{text}");
    }
}

#[test]
fn an_error_names_its_place() {
    let error = scan(b"<html>", &mut |_| {}).unwrap_err();
    assert_eq!((error.position, error.expected), (0, '{'));
}

#[test]
fn real_repodata_takes_the_fast_path() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/channels");
    let path = format!("{shared}/rsp-2026/linux-64/repodata.json.zst");
    let Ok(packed) = fs_err::read(&path) else {
        eprintln!("SKIPPED: {path} is not here");
        return;
    };
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    assert!(check_document(&text) > 23_000);
}
