//! What is written can be read by every client, and is the same each time.

use std::str::FromStr;

use fs_err as fs;
use proptest::prelude::*;
use rattler_conda_types::{ExplicitEnvironmentSpec, PackageArchiveHash, RepoDataRecord, Subdir};
use rsp_lock_file::{
    FileError, UrlFault,
    explicit::{HashKind, RenderOptions, read, render},
};
use serde_json::Value;

use crate::common::{CHANNEL, record, records, shared};

const OPTIONS: RenderOptions<'static> = RenderOptions {
    hash: HashKind::Sha256,
    platform: Subdir::Linux64,
    tool_version: "0.4.0",
    environment_name: None,
};

#[test]
fn a_file_has_our_header_and_lists_dependencies_first() {
    let text = render(&records("linux-64"), &OPTIONS).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "# rsp-lock 0.4.0 explicit lock",
            "# platform: linux-64",
            "# created-by: rsp-lock 0.4.0",
            "@EXPLICIT"
        ]
    );
    let names: Vec<String> = read(&text, "x")
        .unwrap()
        .entries
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(
        names,
        ["dask-core", "zlib", "python", "distributed", "dask"]
    );
    assert!(text.ends_with('\n') && !text.contains("\n\n") && !text.contains('\r'));
    assert!(
        lines[4..]
            .iter()
            .all(|line| line.starts_with("https://") && line.contains("#sha256:"))
    );
    assert_eq!(text, text.to_lowercase().replace("@explicit", "@EXPLICIT"));
}

#[test]
fn rattler_reads_what_is_written() {
    for hash in [HashKind::Sha256, HashKind::Md5, HashKind::None] {
        let records = records("linux-64");
        let options = RenderOptions {
            hash,
            environment_name: Some("demo"),
            ..OPTIONS
        };
        let text = render(&records, &options).unwrap();
        let spec = ExplicitEnvironmentSpec::from_str(&text).unwrap();
        assert_eq!(
            (spec.platform, spec.packages.len()),
            (Some(Subdir::Linux64), records.len())
        );
        for package in &spec.packages {
            let mut url = package.url.clone();
            url.set_fragment(None);
            let record = &records
                .iter()
                .find(|record| record.url == url)
                .unwrap()
                .package_record;
            match package.package_archive_hash().unwrap() {
                Some(PackageArchiveHash::Sha256(sha256)) => assert_eq!(Some(sha256), record.sha256),
                Some(PackageArchiveHash::Md5(md5)) => assert_eq!(Some(md5), record.md5),
                None => assert_eq!(hash, HashKind::None),
            }
        }
        assert_eq!(
            read(&text, "x").unwrap().environment_name.as_deref(),
            Some("demo")
        );
    }
}

#[test]
fn s02_a_hash_that_is_not_known_is_reported_and_never_invented() {
    let mut records = records("linux-64");
    records[1].package_record.md5 = None;
    records[4].package_record.md5 = None;
    render(&records, &OPTIONS).unwrap();
    let error = render(
        &records,
        &RenderOptions {
            hash: HashKind::Md5,
            ..OPTIONS
        },
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 records: no md5 is known for `distributed-2020.12.0-pyhd8ed1ab_0.conda`, `zlib-1.2.11-h516909a_1010.conda`"
    );
    assert_eq!(
        error.hints(),
        ["`--hash sha256` or `--hash none` writes the file without it"]
    );
}

#[test]
fn what_clients_would_misread_is_refused() {
    let fault = |url: &str| {
        let mut record = record("noarch", "a-1-0", &[]);
        record.url = url.parse().unwrap();
        match render(&[record], &OPTIONS) {
            Err(FileError::Url { url, fault }) => {
                assert!(!url.contains("SECRET"), "{url}");
                fault
            }
            other => panic!("{url}: {other:?}"),
        }
    };
    assert!(matches!(
        fault("https://user:SECRET@h/c/noarch/a-1-0.conda"),
        UrlFault::Secret(_)
    ));
    assert!(matches!(
        fault("https://h/t/SECRET/c/noarch/a-1-0.conda"),
        UrlFault::Secret(_)
    ));
    assert!(matches!(
        fault("https://h/c/noarch/a-1-0.conda?SECRET"),
        UrlFault::Secret(_)
    ));
    assert_eq!(
        fault("https://h/$HOME/noarch/a-1-0.conda"),
        UrlFault::Dollar
    );
    assert_eq!(fault("s3://h/c/noarch/a-1-0.conda"), UrlFault::Scheme);
    assert_eq!(
        fault("https://h/c/noarch/a-1-0.conda#x"),
        UrlFault::Fragment
    );
    assert_eq!(fault("https://h/c/linux-64/a-1-0.conda"), UrlFault::Subdir);
    assert_eq!(fault("https://h/files/a-1-0.conda"), UrlFault::Subdir);
    assert_eq!(fault("https://h/c/noarch/a-1-0.whl"), UrlFault::FileName);
    assert_eq!(fault("https://h/c/noarch/a-2-0.conda"), UrlFault::Disagrees);
    let of_other_platform = [record("osx-64", "a-1-0", &[])];
    assert!(matches!(
        render(&of_other_platform, &OPTIONS),
        Err(FileError::WrongSubdir { .. })
    ));
    let twice = [
        record("noarch", "a-1-0", &[]),
        record("linux-64", "a-2-0", &[]),
    ];
    assert!(matches!(
        render(&twice, &OPTIONS),
        Err(FileError::DuplicateRecord { .. })
    ));
    let version = RenderOptions {
        tool_version: "1\nhttps://evil",
        ..OPTIONS
    };
    let nothing: [RepoDataRecord; 0] = [];
    assert!(matches!(
        render(&nothing, &version),
        Err(FileError::ControlCharacter { .. })
    ));
}

proptest! {
    /// Any graph, with circles or without: every record once, and where no
    /// circle forces it otherwise, dependencies before what needs them.
    #[test]
    fn any_graph_is_listed_in_one_order(edges in prop::collection::vec((0..12usize, 0..12usize), 0..40), noarch in 0..4096u32, rotation in 0..12usize) {
        let name = |node: usize| format!("p{node:02}");
        let mut all: Vec<RepoDataRecord> = (0..12)
            .map(|node| {
                let subdir = if noarch >> node & 1 == 1 { "noarch" } else { "linux-64" };
                let depends: Vec<String> = edges.iter().filter(|e| e.0 == node).map(|e| name(e.1)).collect();
                let depends: Vec<&str> = depends.iter().map(String::as_str).collect();
                record(subdir, &format!("{}-1-0", name(node)), &depends)
            })
            .collect();
        let text = render(&all, &OPTIONS).unwrap();
        all.rotate_left(rotation);
        for record in &mut all {
            record.package_record.depends.reverse();
        }
        prop_assert_eq!(&render(&all, &OPTIONS).unwrap(), &text);
        let listed = read(&text, "x").unwrap().entries;
        prop_assert_eq!(listed.len(), 12);
        let position = |node: usize| listed.iter().position(|entry| entry.name == name(node)).unwrap();
        let mut reaches = [[false; 12]; 12];
        for (from, to) in &edges {
            reaches[*from][*to] = true;
        }
        for via in 0..12 {
            for from in 0..12 {
                for to in 0..12 {
                    reaches[from][to] |= reaches[from][via] && reaches[via][to];
                }
            }
        }
        for (from, to) in &edges {
            if !reaches[*to][*from] {
                prop_assert!(position(*to) < position(*from), "{} needs {}:\n{}", from, to, text);
            }
        }
    }

    /// No text makes the readers panic, and what is read is kept byte for byte.
    #[test]
    fn readers_survive_any_text(text in "(@EXPLICIT|https://h/noarch/a-1-0\\.conda|#|=|:|\\[|\\]|\"|\n|\r|\t| |- |dependencies|pip|schema = \"rsp-lock\"|version = 1|[a-z0-9.%é])*") {
        if let Ok(file) = read(&text, "x") {
            prop_assert_eq!(file.text(), &text);
        }
        let _ = rsp_lock_file::import::read(&text, "x");
        let _ = rsp_lock_file::native::read(&text, "x");
    }
}

#[test]
fn every_real_record_can_be_listed() {
    let Some(channel) = shared("channels/conda-forge-sample") else {
        return;
    };
    for subdir in ["linux-64", "noarch"] {
        let file = fs::File::open(channel.join(subdir).join("repodata.json.zst")).unwrap();
        let data: Value = serde_json::from_reader(zstd::Decoder::new(file).unwrap()).unwrap();
        for (file, value) in data["packages.conda"]
            .as_object()
            .unwrap()
            .iter()
            .chain(data["packages"].as_object().unwrap())
        {
            let mut value = value.clone();
            value["fn"] = file.as_str().into();
            value["url"] = format!("{CHANNEL}{subdir}/{file}").into();
            let record: RepoDataRecord = serde_json::from_value(value).unwrap();
            let text = render(std::slice::from_ref(&record), &OPTIONS).unwrap();
            let entry = read(&text, file).unwrap().entries.pop().unwrap();
            let package = &record.package_record;
            assert_eq!(
                (entry.name.as_str(), entry.build.as_str()),
                (package.name.as_normalized(), package.build.as_str())
            );
            assert_eq!(entry.version, package.version.to_string());
        }
    }
}
