//! What is kept between calls, and what works without a network.

use rsp_lock_channel::{ChannelError, ChannelErrorKind, ChannelOptions, Wanted};
use rsp_lock_testkit::server::{ChannelServer, Request};

use crate::trees::{
    FORMS, Form, REACHED_FROM_APP, files, load, options, reachable, small_channel, whole,
};

fn cached_in(directory: &tempfile::TempDir) -> ChannelOptions {
    ChannelOptions {
        cache_dir: Some(directory.path().join("cache")),
        ..options()
    }
}

fn bodies(requests: &[Request]) -> usize {
    let is_body = |request: &&Request| request.method == "GET" && request.status == 200;
    requests.iter().filter(is_body).count()
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    for form in FORMS {
        let (directory, home) = (small_channel(form), tempfile::tempdir().unwrap());
        let server = ChannelServer::start(directory.path()).unwrap();
        let options = cached_in(&home);
        load(&server.url(""), &reachable(&["app"]), &options).unwrap();
        assert!(bodies(&server.take_requests()) >= 2);
        let again = load(&server.url(""), &reachable(&["app"]), &options).unwrap();
        assert_eq!(files(&again), REACHED_FROM_APP);
        let requests = server.take_requests();
        assert_eq!(bodies(&requests), 0, "{form:?}: {requests:?}");
        assert!(
            requests.iter().any(|r| r.status == 304),
            "{form:?}: {requests:?}"
        );
    }
}

/// As `python -m http.server` does.
#[test]
fn what_is_told_by_its_date_is_not_sent_again() {
    for form in FORMS {
        let (directory, home) = (small_channel(form), tempfile::tempdir().unwrap());
        let server = ChannelServer::start(directory.path()).unwrap();
        server.by_date();
        let options = cached_in(&home);
        for _ in 0..3 {
            let loaded = load(&server.url(""), &reachable(&["app"]), &options).unwrap();
            assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?}");
        }
        let requests = server.take_requests();
        let shards = |request: &&Request| request.path.contains("/shards/");
        let sent = requests.iter().filter(shards).count();
        let wanted = if form == Form::Shards { 4 } else { 0 };
        assert_eq!(sent, wanted, "{form:?}: {requests:?}");
    }
}

#[test]
fn what_is_fresh_is_not_asked_for() {
    let (directory, home) = (small_channel(Form::Zst), tempfile::tempdir().unwrap());
    let server = ChannelServer::start(directory.path()).unwrap();
    server.max_age(3600);
    let options = cached_in(&home);
    load(&server.url(""), &reachable(&["app"]), &options).unwrap();
    server.take_requests();
    load(&server.url(""), &reachable(&["app"]), &options).unwrap();
    let requests = server.take_requests();
    assert!(
        requests.iter().all(|request| request.method == "HEAD"),
        "{requests:?}"
    );
}

#[test]
fn offline_works_after_a_warm_cache_and_says_what_is_missing_before() {
    for form in FORMS {
        let (directory, home) = (small_channel(form), tempfile::tempdir().unwrap());
        let server = ChannelServer::start(directory.path()).unwrap();
        let url = server.url("");
        let online = cached_in(&home);
        let offline = ChannelOptions {
            offline: true,
            ..online.clone()
        };

        let error = load(&url, &reachable(&["app"]), &offline).unwrap_err();
        assert!(
            matches!(error, ChannelError::OfflineMiss { .. }),
            "{form:?}: {error:?}"
        );
        assert_eq!(error.kind(), ChannelErrorKind::Network);
        assert!(whole(&error).contains("`linux-64`"), "{error}");
        assert_eq!(server.take_requests(), [], "nothing may be sent offline");

        load(&url, &reachable(&["app"]), &online).unwrap();
        drop(server);
        let loaded = load(&url, &reachable(&["app"]), &offline).unwrap();
        assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?}");
    }
}

#[test]
fn offline_names_the_shard_that_was_never_fetched() {
    let (directory, home) = (small_channel(Form::Shards), tempfile::tempdir().unwrap());
    let server = ChannelServer::start(directory.path()).unwrap();
    let online = cached_in(&home);
    load(&server.url(""), &reachable(&["base"]), &online).unwrap();
    let offline = ChannelOptions {
        offline: true,
        ..online
    };
    let error = load(&server.url(""), &reachable(&["app"]), &offline).unwrap_err();
    let ChannelError::OfflineMiss { package, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(package.as_deref(), Some("app"));
}

#[test]
fn offline_does_not_touch_local_channels() {
    let directory = small_channel(Form::Json);
    let offline = ChannelOptions {
        offline: true,
        ..options()
    };
    load(directory.path().to_str().unwrap(), &Wanted::All, &offline).unwrap();
}

#[test]
fn several_builds_share_one_cache() {
    for form in FORMS {
        let (directory, home) = (small_channel(form), tempfile::tempdir().unwrap());
        let server = ChannelServer::start(directory.path()).unwrap();
        let options = cached_in(&home);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| load(&server.url(""), &reachable(&["app"]), &options)))
                .collect();
            for thread in threads {
                let loaded = thread.join().unwrap().unwrap();
                assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?}");
            }
        });
    }
}

#[test]
fn a_torn_cache_heals() {
    let (directory, home) = (small_channel(Form::Zst), tempfile::tempdir().unwrap());
    let server = ChannelServer::start(directory.path()).unwrap();
    server.max_age(3600);
    let options = cached_in(&home);
    load(&server.url(""), &reachable(&["app"]), &options).unwrap();
    for entry in fs_err::read_dir(home.path().join("cache/repodata")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs_err::read(&path).unwrap();
            fs_err::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }
    }
    let loaded = load(&server.url(""), &reachable(&["app"]), &options).unwrap();
    assert_eq!(files(&loaded), REACHED_FROM_APP);
}

#[test]
fn a_cache_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let options = ChannelOptions {
        cache_dir: Some(file.path().join("below")),
        ..options()
    };
    let error = load("http://127.0.0.1:1/x", &Wanted::All, &options).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Write, "{error:?}");
    assert!(whole(&error).contains("--cache-dir"), "{}", whole(&error));
}

#[cfg(unix)]
#[test]
fn a_read_only_cache_is_read() {
    use std::os::unix::fs::PermissionsExt;

    for form in FORMS {
        let (directory, home) = (small_channel(form), tempfile::tempdir().unwrap());
        let server = ChannelServer::start(directory.path()).unwrap();
        let options = cached_in(&home);
        let cache = home.path().join("cache");
        load(&server.url(""), &reachable(&["app"]), &options).unwrap();
        let set = |mode| {
            fs_err::set_permissions(&cache, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o555);
        if tempfile::tempfile_in(&cache).is_ok() {
            eprintln!("SKIPPED a_read_only_cache_is_read: permissions do not bind this user");
            set(0o755);
            return;
        }
        server.take_requests();
        let loaded = load(&server.url(""), &reachable(&["app"]), &options).unwrap();
        assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?}");
        assert_eq!(bodies(&server.take_requests()), 0);
        let offline = ChannelOptions {
            offline: true,
            ..options
        };
        load(&server.url(""), &reachable(&["app"]), &offline).unwrap();
        set(0o755);
    }
}
