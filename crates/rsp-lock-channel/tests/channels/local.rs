//! Channels in directories.

use std::{collections::BTreeMap, time::Duration};

use rsp_lock_channel::{
    ChannelError, ChannelErrorKind, ChannelOptions, RepodataFormat, Wanted, local_directory,
    locate_local,
};
use serde_json::json;

use crate::trees::{
    FORMS, Form, REACHED_FROM_APP, files, load, load_all, load_for, names, options, reachable,
    record, repodata, small, small_channel, whole, with_text, write,
};

#[test]
fn every_form_of_repodata_gives_the_same_records() {
    for form in FORMS {
        let directory = small_channel(form);
        let channel = directory.path().to_str().unwrap();
        let reached = load(channel, &reachable(&["app"]), &options()).unwrap();
        assert_eq!(files(&reached), REACHED_FROM_APP, "{form:?}");
        let all = load(channel, &Wanted::All, &options()).unwrap();
        assert_eq!(all.records.len(), 6, "{form:?}");
        let named = load(channel, &Wanted::Named(names(&["lib"])), &options()).unwrap();
        assert_eq!(files(&named), ["lib-1.0-py_0.conda"], "{form:?}");
        let expected = format!("file://{channel}/noarch/lib-1.0-py_0.conda");
        assert_eq!(named.records[0].url.as_str(), expected);
        assert_eq!(
            named.records[0].channel.as_deref(),
            Some(format!("file://{channel}/").as_str())
        );
        assert_eq!(named.channel, format!("file://{channel}/"));
        assert_eq!(named.records[0].package_record.subdir, "noarch");
    }
}

#[test]
fn a_channel_is_found_by_file_url_absolute_and_relative_path() {
    let parent = tempfile::tempdir().unwrap();
    write(&parent.path().join("my channel/main"), &small(), Form::Zst);
    let root = parent.path().to_str().unwrap().to_owned();
    let options = ChannelOptions {
        root: parent.path().join("project"),
        ..options()
    };
    fs_err::create_dir(&options.root).unwrap();
    for text in [
        format!("file://{root}/my%20channel/main"),
        format!("file://{root}/my%20channel/main/"),
        format!("{root}/my channel/main"),
        "../my channel/main/".to_owned(),
    ] {
        let loaded = load(&text, &reachable(&["app"]), &options).expect(&text);
        assert_eq!(files(&loaded), REACHED_FROM_APP, "{text}");
        assert_eq!(
            loaded.base_url.as_str(),
            format!("file://{root}/my%20channel/main/")
        );
        assert_eq!(loaded.name, text);
    }
    write(&options.root.join("fixtures/main"), &small(), Form::Json);
    let bare = load("fixtures/main", &reachable(&["app"]), &options).unwrap();
    assert_eq!(
        bare.location.as_str(),
        format!("file://{root}/project/fixtures/main/")
    );
    assert_eq!(local_directory("conda-forge", &options).unwrap(), None);
}

#[test]
fn a_base_url_is_what_lockfiles_carry() {
    for form in FORMS {
        let mut subdirs = small();
        for (subdir, document) in &mut subdirs {
            document["info"]["base_url"] =
                format!("https://conda.example.org/main/{subdir}").into();
        }
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &subdirs, form);
        let channel = directory.path().to_str().unwrap();
        let loaded = load(channel, &reachable(&["app"]), &options()).unwrap();
        assert_eq!(loaded.base_url.as_str(), "https://conda.example.org/main/");
        assert_eq!(loaded.channel, "https://conda.example.org/main/");
        let urls: Vec<&str> = loaded
            .records
            .iter()
            .map(|record| record.url.as_str())
            .collect();
        assert_eq!(
            urls[0],
            "https://conda.example.org/main/linux-64/app-1.0-h1_0.tar.bz2"
        );
        assert_eq!(
            urls[2],
            "https://conda.example.org/main/noarch/base-0.9-py_0.conda"
        );
        for record in &loaded.records {
            assert_eq!(
                record.channel.as_deref(),
                Some("https://conda.example.org/main/")
            );
        }
    }
}

#[test]
fn an_invalid_base_url_is_corrupt_repodata() {
    for form in FORMS {
        for base_url in ["https://", "http://[", "//host/path", "ftp://example.org/x"] {
            let mut subdirs = small();
            subdirs.get_mut("noarch").unwrap()["info"]["base_url"] = base_url.into();
            let directory = tempfile::tempdir().unwrap();
            write(directory.path(), &subdirs, form);
            let channel = directory.path().to_str().unwrap();
            let error = load(channel, &reachable(&["app"]), &options()).unwrap_err();
            assert!(matches!(error, ChannelError::BaseUrl { .. }), "{error}");
            assert_eq!(error.kind(), ChannelErrorKind::Corrupt);
            let text = whole(&error);
            assert!(
                text.contains(base_url) && text.contains("noarch/repodata"),
                "{text}"
            );
            assert!(text.contains("CEP 15"), "{text}");
        }
    }
}

#[test]
fn dependencies_are_followed_from_channel_to_channel_and_back() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = vec![record("a-1-0.conda", &["b"]), record("c-1-0.conda", &["d"])];
    let second = vec![record("b-1-0.conda", &["c"]), record("d-1-0.conda", &[])];
    write(
        one.path(),
        &BTreeMap::from([("noarch", repodata("noarch", first))]),
        Form::Json,
    );
    write(
        two.path(),
        &BTreeMap::from([("noarch", repodata("noarch", second))]),
        Form::Shards,
    );
    let channels = [one.path().to_str().unwrap(), two.path().to_str().unwrap()];
    let loaded = load_all(&channels, &reachable(&["a"]), &options()).unwrap();
    assert_eq!(files(&loaded[0]), ["a-1-0.conda", "c-1-0.conda"]);
    assert_eq!(files(&loaded[1]), ["b-1-0.conda", "d-1-0.conda"]);
}

#[test]
fn a_channel_named_twice_has_its_records_once() {
    let directory = small_channel(Form::Json);
    let channel = directory.path().to_str().unwrap();
    let again = format!("file://{channel}");
    let loaded = load_all(&[channel, &again], &Wanted::All, &options()).unwrap();
    assert_eq!(loaded[0].records.len(), 6);
    assert_eq!(loaded[1].records.len(), 0);
}

#[test]
fn a_missing_subdir_is_noted_and_two_are_an_error() {
    let mut subdirs = small();
    subdirs.remove("noarch");
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &subdirs, Form::Zst);
    let channel = directory.path().to_str().unwrap();
    let loaded = load(channel, &Wanted::All, &options()).unwrap();
    assert_eq!(loaded.missing_subdirs, ["noarch".parse().unwrap()]);

    let osx = "osx-arm64".parse().unwrap();
    let error = load_for(
        osx,
        &[channel],
        &Wanted::All,
        &options(),
        &rsp_lock_channel::Silent,
    )
    .unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Input);
    let text = whole(&error);
    assert!(
        text.contains("`osx-arm64` and no `noarch`; it has `linux-64`"),
        "{text}"
    );

    let empty = tempfile::tempdir().unwrap();
    let error = load(empty.path().to_str().unwrap(), &Wanted::All, &options()).unwrap_err();
    assert!(matches!(error, ChannelError::NoSubdir { present, .. } if present.is_empty()));

    let absent = empty.path().join("absent");
    let error = load(absent.to_str().unwrap(), &Wanted::All, &options()).unwrap_err();
    assert!(matches!(error, ChannelError::Unknown { .. }), "{error}");
    assert!(whole(&error).contains("directory that holds subdirs"));
}

#[test]
fn unusable_records_are_rejected_one_by_one() {
    let mut document = repodata(
        "noarch",
        vec![
            record("good-1-0.conda", &[]),
            record("noname-1-0.conda", &[]),
            record("baddep-1-0.conda", &["numpy >>1"]),
            record("types-1-0.conda", &[]),
            record("wrong-1-0.conda", &[]),
            record("both-1-0.conda", &["x ==="]),
            record("both-1-0.tar.bz2", &[]),
        ],
    );
    let section = &mut document["packages.conda"];
    section["noname-1-0.conda"]
        .as_object_mut()
        .unwrap()
        .remove("name");
    section["types-1-0.conda"]["depends"] = json!({"a": 1});
    section["wrong-1-0.conda"]["name"] = "right".into();
    section["../../evil-1-0.conda"] = section["good-1-0.conda"].clone();
    section["a/b-1-0.conda"] = json!(null);
    let directory = with_text("noarch", &document.to_string());
    let loaded = load(directory.path().to_str().unwrap(), &Wanted::All, &options()).unwrap();
    assert_eq!(files(&loaded), ["both-1-0.tar.bz2", "good-1-0.conda"]);
    let rejected: Vec<(&str, &str)> = loaded
        .rejected
        .iter()
        .map(|r| (r.file.as_str(), r.reason.as_str()))
        .collect();
    let expected = [
        ("noarch/../../evil-1-0.conda", "dot"),
        ("noarch/a/b-1-0.conda", "`/`"),
        ("noarch/baddep-1-0.conda", "dependency `numpy >>1`"),
        ("noarch/both-1-0.conda", "dependency `x ===`"),
        ("noarch/noname-1-0.conda", "missing field `name`"),
        ("noarch/types-1-0.conda", "invalid type"),
        ("noarch/wrong-1-0.conda", "its name is `right`"),
    ];
    assert_eq!(rejected.len(), expected.len(), "{rejected:?}");
    for ((file, reason), (expected_file, part)) in rejected.into_iter().zip(expected) {
        assert_eq!(file, expected_file);
        assert!(reason.contains(part), "{file}: {reason}");
    }
}

#[test]
fn removed_files_are_not_offered_but_named() {
    for form in FORMS {
        let mut subdirs = small();
        subdirs.get_mut("noarch").unwrap()["removed"] = json!(["lib-1.0-py_0.conda"]);
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &subdirs, form);
        let channel = directory.path().to_str().unwrap();
        let loaded = load(channel, &Wanted::Named(names(&["lib"])), &options()).unwrap();
        assert_eq!(files(&loaded), ["lib-1.0-py_0.tar.bz2"], "{form:?}");
        assert_eq!(loaded.removed, ["noarch/lib-1.0-py_0.conda"], "{form:?}");
    }
}

#[test]
fn corrupt_files_say_where_and_what_was_expected() {
    let text = small()["noarch"].to_string();
    let zst = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let cases: [(&str, Vec<u8>, Option<u64>, &str); 7] = [
        (
            "repodata.json.zst",
            zst[..zst.len() - 20].to_vec(),
            Some(zst.len() as u64 - 20),
            "ends in the middle",
        ),
        ("repodata.json.zst", b"<html>".to_vec(), Some(0), "HTML"),
        (
            "repodata.json.zst",
            text.clone().into_bytes(),
            Some(0),
            "plain JSON",
        ),
        ("repodata.json.zst", Vec::new(), Some(0), "empty"),
        (
            "repodata.json.bz2",
            b"not bz2".to_vec(),
            Some(0),
            "something else",
        ),
        (
            "repodata.json",
            b"<!DOCTYPE html><html></html>".to_vec(),
            Some(0),
            "HTML",
        ),
        (
            "repodata.json",
            text.as_bytes()[..100].to_vec(),
            Some(100),
            "ends in the middle",
        ),
    ];
    for (file, bytes, position, found) in cases {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join("noarch")).unwrap();
        fs_err::write(directory.path().join("noarch").join(file), bytes).unwrap();
        let error = load(directory.path().to_str().unwrap(), &Wanted::All, &options()).unwrap_err();
        assert_eq!(error.kind(), ChannelErrorKind::Corrupt);
        let shown = whole(&error);
        assert!(
            shown.contains(found) && shown.contains(&format!("noarch/{file}")),
            "{shown}"
        );
        assert!(
            shown.contains("expected") && shown.contains("hint: "),
            "{shown}"
        );
        let ChannelError::Corrupt { position: at, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(at, position, "{shown}");
    }
}

#[test]
fn a_shard_that_was_tampered_with_is_corrupt() {
    let directory = small_channel(Form::Shards);
    let shards = directory.path().join("noarch/shards");
    for entry in fs_err::read_dir(shards).unwrap() {
        fs_err::write(entry.unwrap().path(), "other bytes").unwrap();
    }
    let channel = directory.path().to_str().unwrap();
    let error = load(channel, &reachable(&["app"]), &options()).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Corrupt);
    assert!(error.to_string().contains("SHA-256"), "{error}");
}

#[test]
fn of_several_forms_the_newest_is_read() {
    let directory = small_channel(Form::Zst);
    write(directory.path(), &small(), Form::Json);
    let noarch = "noarch".parse().unwrap();
    let found = locate_local(directory.path(), noarch).unwrap().unwrap();
    assert_eq!(found.format, RepodataFormat::JsonZst);
    let json = directory.path().join("noarch/repodata.json");
    let later = fs_err::metadata(&json).unwrap().modified().unwrap() + Duration::from_secs(60);
    fs_err::File::options()
        .write(true)
        .open(&json)
        .unwrap()
        .set_modified(later)
        .unwrap();
    let found = locate_local(directory.path(), noarch).unwrap().unwrap();
    assert_eq!(found.format, RepodataFormat::Json);
    assert_eq!(found.freshness.size, fs_err::metadata(&json).unwrap().len());
    let after = fs_err::metadata(&json).unwrap().modified().unwrap();
    let since = after
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    assert_eq!(u128::try_from(found.freshness.mtime_ns).unwrap(), since);
    assert_eq!(
        locate_local(directory.path(), "win-64".parse().unwrap()).unwrap(),
        None
    );
}

#[test]
fn the_order_in_the_file_does_not_matter() {
    let directory = tempfile::tempdir().unwrap();
    let record = |file: &str| {
        let (file, record) = record(file, &[]);
        format!("{}:{record}", json!(file))
    };
    let mut files = [
        "b-1-0.conda",
        "a-2-0.conda",
        "a-1-1.conda",
        "a-1-0.conda",
        "a.b-1-0.conda",
    ];
    let mut seen = Vec::new();
    for _ in 0..files.len() {
        files.rotate_left(1);
        let records: Vec<String> = files.iter().map(|file| record(file)).collect();
        let text = format!("{{\"packages.conda\":{{{}}}}}", records.join(","));
        fs_err::create_dir_all(directory.path().join("noarch")).unwrap();
        fs_err::write(directory.path().join("noarch/repodata.json"), text).unwrap();
        let loaded = load(directory.path().to_str().unwrap(), &Wanted::All, &options()).unwrap();
        seen.push(loaded.records);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn the_real_sample_is_read_whole() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/channels/conda-forge-sample");
    if !shared.is_dir() {
        eprintln!(
            "SKIPPED the_real_sample_is_read_whole: {} is missing",
            shared.display()
        );
        return;
    }
    let loaded = load(shared.to_str().unwrap(), &Wanted::All, &options()).unwrap();
    assert_eq!(loaded.rejected, []);
    assert_eq!(loaded.records.len(), 20_045 + 9_353);
}
