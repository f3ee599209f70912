//! What is kept of shards: that it is used, and that nobody can tell.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use rsp_lock_channel::{ChannelError, ChannelOptions, LoadedChannel, Silent, Wanted};
use rsp_lock_testkit::server::{ChannelServer, Request};
use serde_json::Value;
use tempfile::TempDir;

use crate::trees::{
    Form, load, options, reachable, record, repodata, request, small, small_channel, write,
};

/// All that opening channels tells, with the records as JSON.
type Told = Vec<(LoadedChannel, Vec<String>)>;

fn open(
    channels: &[String],
    wanted: &Wanted,
    options: &ChannelOptions,
) -> Result<Told, ChannelError> {
    let channels: Vec<_> = channels.iter().map(request).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let linux = "linux-64".parse().unwrap();
    let opened = runtime.block_on(rsp_lock_channel::open(
        &channels, linux, wanted, options, &Silent,
    ))?;
    let tell = |opened: rsp_lock_channel::OpenedChannel| {
        assert!(rsp_lock_channel::look_after(&opened.packs).are_written);
        let mut records = Vec::new();
        for pack in &opened.packs {
            for row in 0..u32::try_from(pack.len()).unwrap() {
                let record = pack.record(row).unwrap();
                records.push(serde_json::to_string(&record).unwrap());
            }
        }
        (opened.about, records)
    };
    Ok(opened.into_iter().map(tell).collect())
}

fn cached_in(directory: &TempDir) -> ChannelOptions {
    ChannelOptions {
        cache_dir: Some(directory.path().join("cache")),
        ..options()
    }
}

fn files(told: &Told) -> Vec<String> {
    let mut files: Vec<String> = (told.iter().flat_map(|(_, records)| records))
        .map(|record| serde_json::from_str::<Value>(record).unwrap())
        .map(|record| record["fn"].as_str().unwrap().to_owned())
        .collect();
    files.sort();
    files
}

fn shards(requests: &[Request]) -> usize {
    let is_shard = |request: &&Request| request.path.contains("/shards/");
    requests.iter().filter(is_shard).count()
}

/// `app` needs `lib`, which needs `base`; `versions` of `lib`.
fn chain(versions: &[&str]) -> BTreeMap<&'static str, Value> {
    let mut records = vec![
        record("app-1-0.conda", &["lib"]),
        record("base-1-0.conda", &[]),
        record("extra-1-0.conda", &[]),
        record("other-1-0.conda", &["base"]),
    ];
    for version in versions {
        let needs = if *version == "9" { "extra" } else { "base" };
        records.push(record(&format!("lib-{version}-0.conda"), &[needs]));
    }
    let empty = repodata("linux-64", vec![record("linux-1-0.conda", &[])]);
    BTreeMap::from([("noarch", repodata("noarch", records)), ("linux-64", empty)])
}

#[test]
fn what_did_not_change_is_neither_sent_nor_read_again() {
    let (directory, home) = (small_channel(Form::Shards), tempfile::tempdir().unwrap());
    let server = ChannelServer::start(directory.path()).unwrap();
    let local = directory.path().to_str().unwrap().to_owned();
    for channel in [server.url(""), local] {
        let channels = [channel];
        let first = open(&channels, &reachable(&["app"]), &cached_in(&home)).unwrap();
        server.take_requests();
        let shards = directory.path().join("noarch/shards");
        let aside = directory.path().join("aside");
        fs_err::rename(&shards, &aside).unwrap();
        for wanted in [&["app"][..], &["lib", "base"], &[]] {
            let again = open(&channels, &reachable(wanted), &cached_in(&home)).unwrap();
            assert_eq!(again, first, "{channels:?}");
        }
        fs_err::rename(&aside, &shards).unwrap();
        let requests = server.take_requests();
        assert!(requests.iter().all(|r| r.method == "HEAD"), "{requests:?}");
        let anew = open(&channels, &reachable(&["app"]), &options()).unwrap();
        assert_eq!(anew, first, "{channels:?}");
    }
}

/// Where the files of remote shards are shows in their records, of which the first names asked
/// for may have none.
#[test]
fn where_the_files_are_is_kept() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut subdirs = small();
    for (subdir, document) in &mut subdirs {
        document["info"]["base_url"] = format!("https://cdn.example.org/c/{subdir}/").into();
    }
    write(directory.path(), &subdirs, Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    for wanted in ["lib", "app"] {
        let (channels, wanted) = ([server.url("")], reachable(&[wanted]));
        let first = open(&channels, &wanted, &cached_in(&home)).unwrap();
        for url in first[0].0.file_urls.values() {
            assert_eq!(url.host_str(), Some("cdn.example.org"));
        }
        assert_eq!(open(&channels, &wanted, &cached_in(&home)).unwrap(), first);
    }
}

#[test]
fn what_changed_is_read_again_however_fresh_it_is_said_to_be() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(directory.path(), &chain(&["1"]), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    server.max_age(3600);
    for channel in [
        server.url(""),
        directory.path().to_str().unwrap().to_owned(),
    ] {
        write(directory.path(), &chain(&["1"]), Form::Shards);
        let (channels, wanted) = ([channel], reachable(&["app"]));
        let before = open(&channels, &wanted, &cached_in(&home)).unwrap();
        assert_eq!(
            files(&before),
            ["app-1-0.conda", "base-1-0.conda", "lib-1-0.conda"]
        );
        write(directory.path(), &chain(&["1", "9"]), Form::Shards);
        server.take_requests();
        let after = open(&channels, &wanted, &cached_in(&home)).unwrap();
        assert_eq!(
            files(&after),
            [
                "app-1-0.conda",
                "base-1-0.conda",
                "extra-1-0.conda",
                "lib-1-0.conda",
                "lib-9-0.conda"
            ],
            "{channels:?}"
        );
        let requests = server.take_requests();
        assert!(shards(&requests) <= 2, "lib and extra: {requests:?}");
        let again = open(&channels, &wanted, &cached_in(&home)).unwrap();
        assert_eq!(again, after);
        let anew = open(&channels, &wanted, &options()).unwrap();
        assert_eq!(anew, after);
    }
}

#[test]
fn what_others_want_is_kept_beside() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(directory.path(), &chain(&["1"]), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    server.by_date();
    let (channels, options) = ([server.url("")], cached_in(&home));
    open(&channels, &reachable(&["app"]), &options).unwrap();
    let both = open(&channels, &reachable(&["other", "gone"]), &options).unwrap();
    assert_eq!(
        files(&both),
        [
            "app-1-0.conda",
            "base-1-0.conda",
            "lib-1-0.conda",
            "other-1-0.conda"
        ]
    );
    server.take_requests();
    for wanted in [&["app"][..], &["other"], &["gone"], &["app", "other"]] {
        assert_eq!(open(&channels, &reachable(wanted), &options).unwrap(), both);
    }
    let requests = server.take_requests();
    assert!(requests.iter().all(|r| r.method == "HEAD"), "{requests:?}");
    open(&channels, &reachable(&["linux"]), &options).unwrap();
    assert_ne!(server.take_requests(), [], "nobody has asked for it before");
}

#[test]
fn what_a_name_reaches_depends_on_all_channels() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = tempfile::tempdir().unwrap();
    write(one.path(), &chain(&["1"]), Form::Shards);
    for form in [Form::Shards, Form::Zst] {
        let app = |needs: &str| {
            let records = vec![record("app-2-0.conda", &[needs])];
            BTreeMap::from([("noarch", repodata("noarch", records))])
        };
        write(two.path(), &app("lib"), form);
        let server = ChannelServer::start(one.path()).unwrap();
        let channels = [two.path().to_str().unwrap().to_owned(), server.url("")];
        let (wanted, options) = (reachable(&["app"]), cached_in(&home));
        let before = open(&channels, &wanted, &options).unwrap();
        assert!(!files(&before).contains(&"extra-1-0.conda".to_owned()));
        write(two.path(), &app("extra"), form);
        let after = open(&channels, &wanted, &options).unwrap();
        assert!(
            files(&after).contains(&"extra-1-0.conda".to_owned()),
            "{form:?}"
        );
        // Alone, it is asked for less.
        let alone = open(&channels[1..], &wanted, &options).unwrap();
        assert!(!files(&alone).contains(&"extra-1-0.conda".to_owned()));
        fs_err::remove_dir_all(two.path().join("noarch")).unwrap();
    }
}

#[test]
fn an_extra_in_a_document_reaches_into_shards() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(one.path(), &chain(&["1"]), Form::Shards);
    let (file, mut app) = record("app-2-0.conda", &[]);
    app["extra_depends"] = serde_json::json!({"more": ["extra"]});
    let documents = BTreeMap::from([("noarch", repodata("noarch", vec![(file, app)]))]);
    write(two.path(), &documents, Form::Zst);
    let channels = [two.path(), one.path()].map(|path| path.to_str().unwrap().to_owned());
    let opened = open(&channels, &reachable(&["app"]), &options()).unwrap();
    assert!(files(&opened).contains(&"extra-1-0.conda".to_owned()));
}

#[test]
fn without_a_network_what_is_kept_is_enough_or_is_not_used() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(directory.path(), &chain(&["1"]), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let channels = [server.url("")];
    let online = cached_in(&home);
    let first = open(&channels, &reachable(&["app"]), &online).unwrap();
    drop(server);
    let offline = ChannelOptions {
        offline: true,
        ..online
    };
    let again = open(&channels, &reachable(&["app"]), &offline).unwrap();
    assert_eq!(again, first);
    let error = open(&channels, &reachable(&["other"]), &offline).unwrap_err();
    let ChannelError::OfflineMiss { package, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(package.as_deref(), Some("other"));
    assert_eq!(
        open(&channels, &reachable(&["app"]), &offline).unwrap(),
        first
    );
}

#[test]
fn what_is_damaged_is_read_again() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(directory.path(), &chain(&["1"]), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let (channels, options) = ([server.url("")], cached_in(&home));
    let wanted = reachable(&["app"]);
    let first = open(&channels, &wanted, &options).unwrap();
    let kept: Vec<_> = fs_err::read_dir(home.path().join("cache/index"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 2, "one a subdir: {kept:?}");
    for path in &kept {
        let bytes = fs_err::read(path).unwrap();
        fs_err::write(path, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(open(&channels, &wanted, &options).unwrap(), first);
        fs_err::remove_file(path).unwrap();
        assert_eq!(open(&channels, &wanted, &options).unwrap(), first);
    }
}

/// Below the packs lies what rattler's gateway keeps of shards, which it believes as it is.
#[test]
fn a_damaged_shard_in_the_cache_is_fetched_again() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(directory.path(), &chain(&["1"]), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let (channels, options) = ([server.url("")], cached_in(&home));
    let wanted = reachable(&["app"]);
    let first = open(&channels, &wanted, &options).unwrap();
    let cache = home.path().join("cache");
    let shards = files_below(&cache.join("shards"));
    let is_shard = |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "msgpack");
    let shards: Vec<&PathBuf> = shards.iter().filter(is_shard).collect();
    assert_eq!(shards.len(), 3, "{shards:?}");
    for path in shards {
        let whole = fs_err::read(path).unwrap();
        for damaged in [&[][..], &whole[..whole.len() / 2], b"<html>"] {
            fs_err::write(path, damaged).unwrap();
            fs_err::remove_dir_all(cache.join("index")).unwrap();
            assert_eq!(open(&channels, &wanted, &options).unwrap(), first);
            assert_eq!(fs_err::read(path).unwrap(), whole, "it is mended");
        }
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let below = paths.map(|path| {
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    });
    below.flatten().collect()
}

#[test]
fn all_that_there_is_serves_everybody() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(directory.path(), &chain(&["1"]), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let (channels, options) = ([server.url("")], cached_in(&home));
    let all = open(&channels, &Wanted::All, &options).unwrap();
    server.take_requests();
    let some = open(&channels, &reachable(&["app", "gone"]), &options).unwrap();
    assert_eq!(some, all);
    assert_eq!(shards(&server.take_requests()), 0);
}

#[test]
fn rejected_and_removed_records_are_told_again() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut subdirs = chain(&["1"]);
    let noarch = subdirs.get_mut("noarch").unwrap();
    let (file, spoilt) = record("lib-2-0.conda", &["numpy >>1"]);
    noarch["packages.conda"][file] = spoilt;
    noarch["removed"] = serde_json::json!(["lib-0-0.conda"]);
    write(directory.path(), &subdirs, Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let (channels, options) = ([server.url("")], cached_in(&home));
    let wanted = reachable(&["app"]);
    let first = open(&channels, &wanted, &options).unwrap();
    let (about, _) = &first[0];
    assert_eq!(about.rejected.len(), 1);
    assert_eq!(about.rejected[0].file, "noarch/lib-2-0.conda");
    assert_eq!(about.removed, ["noarch/lib-0-0.conda"]);
    assert_eq!(open(&channels, &wanted, &options).unwrap(), first);
}

/// Of a document that changed, what did not is taken from what was kept.
#[test]
fn only_what_changed_of_a_document_is_read() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = ChannelServer::start(directory.path()).unwrap();
    for form in [Form::Json, Form::Zst] {
        write(directory.path(), &chain(&["1", "2"]), form);
        let local = directory.path().to_str().unwrap().to_owned();
        for channel in [server.url(""), local] {
            write(directory.path(), &chain(&["1", "2"]), form);
            let carried = || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let (channels, linux) = ([request(&channel)], "linux-64".parse().unwrap());
                let (wanted, options) = (reachable(&["app"]), cached_in(&home));
                let opened = rsp_lock_channel::open(&channels, linux, &wanted, &options, &Silent);
                let opened = runtime.block_on(opened).unwrap();
                rsp_lock_channel::look_after(&opened[0].packs);
                let packs = opened[0].packs.iter();
                packs.map(|pack| pack.carried()).sum::<usize>()
            };
            carried();
            write(directory.path(), &chain(&["1", "2", "3"]), form);
            assert!(carried() >= 4, "{channel}");
        }
    }
}

/// Of shards on this machine, those that are called by the same hash as before are taken from what
/// was kept.
#[test]
fn only_shards_that_changed_are_read() {
    for wanted in [reachable(&["app"]), Wanted::All] {
        let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let channels = [directory.path().to_str().unwrap().to_owned()];
        write(directory.path(), &chain(&["1"]), Form::Shards);
        open(&channels, &wanted, &cached_in(&home)).unwrap();
        let shards = directory.path().join("noarch/shards");
        let aside = directory.path().join("aside");
        // `extra` was not wanted before; the others are taken over twice.
        for versions in [&["1", "2"][..], &["1", "9"]] {
            fs_err::remove_dir_all(&aside).ok();
            fs_err::rename(&shards, &aside).unwrap();
            write(directory.path(), &chain(versions), Form::Shards);
            let anew = open(&channels, &wanted, &options()).unwrap();
            for shard in fs_err::read_dir(&aside).unwrap() {
                let shard = shard.unwrap();
                let bytes = fs_err::read(shard.path()).unwrap();
                let is_extra = |bytes: &[u8]| bytes.windows(5).any(|part| part == b"extra");
                if !is_extra(&zstd::decode_all(&bytes[..]).unwrap()) {
                    fs_err::remove_file(shards.join(shard.file_name())).ok();
                }
            }
            assert!(open(&channels, &wanted, &options()).is_err());
            let after = open(&channels, &wanted, &cached_in(&home)).unwrap();
            assert_eq!(after, anew, "{versions:?}");
            write(directory.path(), &chain(versions), Form::Shards);
        }
    }
}

#[test]
fn what_is_kept_of_all_shards_of_a_subdir_is_good_whatever_happens_to_others() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let channels = [directory.path().to_str().unwrap().to_owned()];
    write(directory.path(), &chain(&["1"]), Form::Shards);
    open(&channels, &Wanted::All, &cached_in(&home)).unwrap();
    let mut changed = chain(&["1", "9"]);
    changed.remove("linux-64");
    write(directory.path(), &changed, Form::Shards);
    for wanted in [reachable(&["app", "linux"]), Wanted::All] {
        let anew = open(&channels, &wanted, &options()).unwrap();
        let (shards, aside) = (
            directory.path().join("linux-64/shards"),
            directory.path().join("aside"),
        );
        fs_err::rename(&shards, &aside).unwrap();
        let after = open(&channels, &wanted, &cached_in(&home)).unwrap();
        assert_eq!(files(&after), files(&anew));
        fs_err::rename(&aside, &shards).unwrap();
    }
}

/// Asking for one name after the other would take a round trip each.
#[test]
fn what_was_reached_before_a_change_is_asked_for_with_what_is_wanted() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = ChannelServer::start(directory.path()).unwrap();
    let here = directory.path().to_str().unwrap().to_owned();
    for channel in [server.url(""), here] {
        let (channels, wanted) = ([channel], reachable(&["app"]));
        write(directory.path(), &chain(&["1"]), Form::Shards);
        open(&channels, &wanted, &cached_in(&home)).unwrap();
        write(directory.path(), &chain(&["9"]), Form::Shards);
        let after = open(&channels, &wanted, &cached_in(&home)).unwrap();
        // Nobody needs `base` any more, which shows once `lib` was read.
        let expected = [
            "app-1-0.conda",
            "base-1-0.conda",
            "extra-1-0.conda",
            "lib-9-0.conda",
        ];
        assert_eq!(files(&after), expected, "{channels:?}");
        assert_eq!(open(&channels, &wanted, &cached_in(&home)).unwrap(), after);
    }
}

#[test]
fn what_is_kept_of_all_names_stays_when_some_are_asked_for() {
    let (directory, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let channels = [directory.path().to_str().unwrap().to_owned()];
    write(directory.path(), &chain(&["1"]), Form::Shards);
    open(&channels, &Wanted::All, &cached_in(&home)).unwrap();
    let shards = directory.path().join("noarch/shards");
    let before: Vec<_> = fs_err::read_dir(&shards).unwrap().collect();
    write(directory.path(), &chain(&["1", "2"]), Form::Shards);
    let anew = open(&channels, &Wanted::All, &options()).unwrap();
    open(&channels, &reachable(&["app"]), &cached_in(&home)).unwrap();
    for shard in before {
        fs_err::remove_file(shard.unwrap().path()).unwrap();
    }
    let after = open(&channels, &Wanted::All, &cached_in(&home)).unwrap();
    assert_eq!(after, anew);
}

/// Names are compared in lower case, however an index writes them; of two ways to write one name
/// that in lower case counts, and the other is told.
#[test]
fn an_index_of_shards_may_write_names_in_upper_case() {
    let directory = tempfile::tempdir().unwrap();
    let channel = directory.path().to_str().unwrap().to_owned();
    for has_both in [false, true] {
        let home = tempfile::tempdir().unwrap();
        let mut records = vec![
            record("App-1-0.conda", &["LIB"]),
            record("Lib-1-0.conda", &[]),
        ];
        let mut expected = ["App-1-0.conda", "Lib-1-0.conda"];
        let mut told = Vec::new();
        if has_both {
            records.push(record("lib-2-0.conda", &[]));
            expected[1] = "lib-2-0.conda";
            told.push("noarch/lib");
        }
        let noarch = repodata("noarch", records);
        write(directory.path(), &[("noarch", noarch)].into(), Form::Shards);
        for wanted in [reachable(&["app"]), Wanted::All] {
            let channels = [channel.clone()];
            for again in [false, true] {
                let opened = open(&channels, &wanted, &cached_in(&home)).unwrap();
                assert_eq!(files(&opened), expected, "again: {again}");
                let rejected = opened[0].0.rejected.iter().map(|rejected| &*rejected.file);
                assert_eq!(rejected.collect::<Vec<_>>(), told);
            }
            let loaded = load(&channel, &wanted, &options()).unwrap();
            assert_eq!(crate::trees::files(&loaded), expected);
            assert_eq!(loaded.rejected.len(), told.len());
        }
    }
}

/// The gateway asks for names in lower case only.
#[test]
fn a_name_that_is_not_found_because_of_its_case_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let records = vec![record("App-1-0.conda", &[]), record("lib-1-0.conda", &[])];
    let noarch = repodata("noarch", records);
    write(directory.path(), &[("noarch", noarch)].into(), Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let opened = open(&[server.url("")], &reachable(&["app", "lib"]), &options()).unwrap();
    assert_eq!(files(&opened), ["lib-1-0.conda"]);
    assert_eq!(opened[0].0.rejected[0].file, "noarch/app");
}

#[test]
fn a_shard_that_is_missing_among_many_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let channel = directory.path().to_str().unwrap().to_owned();
    let records = (0..700).map(|number| record(&format!("a{number:03}-1-0.conda"), &[]));
    let noarch = repodata("noarch", records.collect());
    write(directory.path(), &[("noarch", noarch)].into(), Form::Shards);
    let loaded = load(&channel, &Wanted::All, &options()).unwrap();
    assert_eq!(loaded.records.len(), 700);
    let shards = fs_err::read_dir(directory.path().join("noarch/shards")).unwrap();
    fs_err::remove_file(shards.last().unwrap().unwrap().path()).unwrap();
    for _ in 0..20 {
        let channels = std::slice::from_ref(&channel);
        let error = open(channels, &Wanted::All, &options()).unwrap_err();
        assert!(matches!(error, ChannelError::Corrupt { .. }), "{error}");
        let expected = ": no file, expected the shard that the index lists";
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}
