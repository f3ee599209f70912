//! Channels on a server that behaves.

use rsp_lock_channel::{
    ChannelError, ChannelErrorKind, ChannelOptions, LoadedChannel, Silent, Wanted,
};
use rsp_lock_testkit::server::{Access, ChannelServer, Fault};

use crate::trees::{
    FORMS, Form, Notes, REACHED_FROM_APP, files, load, load_all, load_for, names, options,
    reachable, request, small, small_channel, whole, write,
};

#[test]
fn every_form_of_repodata_is_fetched() {
    for form in FORMS {
        let directory = small_channel(form);
        let server = ChannelServer::start(directory.path()).unwrap();
        let reached = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
        assert_eq!(files(&reached), REACHED_FROM_APP, "{form:?}");
        let url = server.url("noarch/lib-1.0-py_0.conda");
        assert_eq!(reached.records[4].url.as_str(), url);
        assert_eq!(reached.base_url.as_str(), server.url(""));
        let all = load(&server.url(""), &Wanted::All, &options()).unwrap();
        assert_eq!(all.records.len(), 6, "{form:?}");
        let named = load(&server.url(""), &Wanted::Named(names(&["lib"])), &options()).unwrap();
        assert_eq!(files(&named), ["lib-1.0-py_0.conda"], "{form:?}");
    }
}

#[test]
fn remote_and_local_records_differ_in_their_place_only() {
    let strip = |loaded: LoadedChannel| -> Vec<_> {
        loaded
            .records
            .into_iter()
            .map(|r| (r.package_record, r.identifier))
            .collect()
    };
    for form in FORMS {
        let directory = small_channel(form);
        let server = ChannelServer::start(directory.path()).unwrap();
        let remote = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
        let path = directory.path().to_str().unwrap();
        let local = load(path, &reachable(&["app"]), &options()).unwrap();
        assert_eq!(strip(remote), strip(local), "{form:?}");
    }
}

#[test]
fn shards_are_fetched_for_reachable_names_only() {
    let directory = small_channel(Form::Shards);
    write(directory.path(), &small(), Form::Zst);
    let server = ChannelServer::start(directory.path()).unwrap();
    load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
    let requests = server.take_requests();
    let shards = requests
        .iter()
        .filter(|r| r.path.contains("/shards/"))
        .count();
    assert_eq!(shards, 4, "app, base (both), lib; not other: {requests:?}");
    assert!(
        !requests
            .iter()
            .any(|r| r.path.ends_with("repodata.json.zst")),
        "{requests:?}"
    );
}

#[test]
fn a_base_url_of_the_server_is_honoured() {
    for form in FORMS {
        let mut subdirs = small();
        for (subdir, document) in &mut subdirs {
            document["info"]["base_url"] = format!("https://cdn.example.org/c/{subdir}/").into();
        }
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &subdirs, form);
        let server = ChannelServer::start(directory.path()).unwrap();
        let loaded = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
        let url = "https://cdn.example.org/c/linux-64/app-1.0-h1_0.tar.bz2";
        assert_eq!(loaded.records[0].url.as_str(), url, "{form:?}");
        assert_eq!(
            loaded.base_url.as_str(),
            "https://cdn.example.org/c/",
            "{form:?}"
        );
        // Specs name the channel by where it is, not by where its files are.
        assert_eq!(loaded.channel, server.url(""));
        assert_eq!(
            loaded.records[0].channel.as_deref(),
            Some(loaded.channel.as_str())
        );
    }
}

#[test]
fn a_label_is_a_path() {
    let directory = tempfile::tempdir().unwrap();
    write(
        &directory.path().join("forge/label/dev"),
        &small(),
        Form::Json,
    );
    let server = ChannelServer::start(directory.path()).unwrap();
    let url = server.url("forge/label/dev");
    let loaded = load(&url, &reachable(&["app"]), &options()).unwrap();
    assert_eq!(loaded.base_url.as_str(), format!("{url}/"));
}

#[test]
fn a_mirror_serves_but_does_not_show() {
    for form in FORMS {
        let directory = tempfile::tempdir().unwrap();
        write(
            &directory.path().join("mirrored/conda-forge"),
            &small(),
            form,
        );
        let server = ChannelServer::start(directory.path()).unwrap();
        let options = ChannelOptions {
            mirrors: [(
                "https://conda.anaconda.org".to_owned(),
                vec![server.url("mirrored")],
            )]
            .into(),
            ..options()
        };
        let loaded = load("conda-forge", &reachable(&["app"]), &options).unwrap();
        assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?}");
        for record in &loaded.records {
            let url = record.url.as_str();
            assert!(
                url.starts_with("https://conda.anaconda.org/conda-forge/"),
                "{url}"
            );
            assert_eq!(
                record.channel.as_deref(),
                Some("https://conda.anaconda.org/conda-forge/")
            );
        }
    }
}

#[test]
fn the_next_mirror_helps_out() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory.path().join("conda-forge"), &small(), Form::Zst);
    let bad = ChannelServer::start(directory.path()).unwrap();
    bad.always("", Fault::Status(503));
    let good = ChannelServer::start(directory.path()).unwrap();
    let mirrors = vec![bad.url(""), good.url("")];
    let options = ChannelOptions {
        mirrors: [("https://conda.anaconda.org/".to_owned(), mirrors)].into(),
        ..options()
    };
    let loaded = load("conda-forge", &reachable(&["app"]), &options).unwrap();
    assert_eq!(files(&loaded), REACHED_FROM_APP);
}

#[test]
fn a_local_mirror_needs_no_network() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory.path().join("conda-forge"), &small(), Form::Bz2);
    let target = format!("file://{}", directory.path().display());
    let options = ChannelOptions {
        mirrors: [("https://conda.anaconda.org".to_owned(), vec![target])].into(),
        offline: true,
        ..options()
    };
    let loaded = load("conda-forge", &reachable(&["app"]), &options).unwrap();
    let url = "https://conda.anaconda.org/conda-forge/linux-64/app-1.0-h1_0.tar.bz2";
    assert_eq!(loaded.records[0].url.as_str(), url);
    let bad = ChannelOptions {
        mirrors: [(
            "https://conda.anaconda.org".to_owned(),
            vec!["not a url".to_owned()],
        )]
        .into(),
        ..options
    };
    let error = load("conda-forge", &Wanted::All, &bad).unwrap_err();
    assert!(matches!(error, ChannelError::Mirror { .. }), "{error}");
}

#[test]
fn credentials_come_from_the_file_or_the_url_and_show_nowhere() {
    let home = tempfile::tempdir().unwrap();
    for form in [Form::Zst, Form::Shards] {
        let directory = small_channel(form);
        let server = ChannelServer::start(directory.path()).unwrap();
        let cases = [
            (
                Access::Basic("me".into(), "s3cret pass".into()),
                "http://me:s3cret%20pass@",
            ),
            (Access::Token("s3cret-tk".into()), "http://"),
        ];
        for (access, prefix) in cases {
            server.require(access.clone());
            let plain = server.url("");
            let mut channel = plain.replace("http://", prefix);
            if matches!(access, Access::Token(_)) {
                channel.push_str("t/s3cret-tk");
            }
            let cache = home
                .path()
                .join(format!("cache-{form:?}-{prefix:.12}").replace('/', "_"));
            let options = ChannelOptions {
                cache_dir: Some(cache.clone()),
                ..options()
            };
            let notes = Notes::default();
            let linux = "linux-64".parse().unwrap();
            let wanted = reachable(&["app"]);
            let loaded = load_for(linux, &[&channel], &wanted, &options, &notes)
                .unwrap()
                .remove(0);
            assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?} {access:?}");
            assert!(!format!("{loaded:?}").contains("s3cret"));
            assert!(!format!("{notes:?}").contains("s3cret"), "{notes:?}");
            assert!(!any_file_contains(&cache, "s3cret"));
            assert_eq!(loaded.base_url.as_str(), plain);
        }

        server.require(Access::Bearer("s3cret".into()));
        let auth_file = home.path().join("auth.json");
        fs_err::write(&auth_file, r#"{"127.0.0.1": {"BearerToken": "s3cret"}}"#).unwrap();
        let with_file = ChannelOptions {
            auth_file: Some(auth_file),
            ..options()
        };
        let loaded = load(&server.url(""), &reachable(&["app"]), &with_file).unwrap();
        assert_eq!(files(&loaded), REACHED_FROM_APP);

        let error = load(&server.url(""), &reachable(&["app"]), &options()).unwrap_err();
        assert!(
            matches!(error, ChannelError::Denied { status: 401, .. }),
            "{error}"
        );
        assert!(whole(&error).contains("RATTLER_AUTH_FILE"));
        let wrong = server.url("").replace("http://", "http://me:wr0ng@");
        let error = load(&wrong, &reachable(&["app"]), &options()).unwrap_err();
        assert!(!whole(&error).contains("wr0ng") && !format!("{error:?}").contains("wr0ng"));
    }
}

fn any_file_contains(directory: &std::path::Path, text: &str) -> bool {
    fs_err::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return any_file_contains(&path, text);
        }
        String::from_utf8_lossy(&fs_err::read(path).unwrap()).contains(text)
    })
}

#[test]
fn a_bad_credentials_file_is_named_and_not_quoted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("auth.json");
    for (text, part) in [
        (None, "No such file"),
        (Some("{\"h\": {\"s3cret\""), "line 1"),
    ] {
        if let Some(text) = text {
            fs_err::write(&file, text).unwrap();
        }
        let options = ChannelOptions {
            auth_file: Some(file.clone()),
            ..options()
        };
        let error = load("http://127.0.0.1:1/", &Wanted::All, &options).unwrap_err();
        let shown = whole(&error);
        assert!(
            shown.contains("auth.json") && shown.contains(part),
            "{shown}"
        );
        assert!(!shown.contains("s3cret"), "{shown}");
        assert_eq!(error.kind(), ChannelErrorKind::Input);
    }
}

#[test]
fn progress_is_told_for_what_is_fetched() {
    let directory = small_channel(Form::Zst);
    let server = ChannelServer::start(directory.path()).unwrap();
    let notes = Notes::default();
    let linux = "linux-64".parse().unwrap();
    load_for(linux, &[&server.url("")], &Wanted::All, &options(), &notes).unwrap();
    let notes = notes.0.into_inner().unwrap();
    let url = server.url("linux-64/repodata.json.zst");
    assert!(notes.contains(&format!("start {url}")), "{notes:?}");
    assert!(notes.contains(&format!("done {url}")), "{notes:?}");
    assert!(
        notes
            .iter()
            .any(|note| note.ends_with(&format!("of {url}"))),
        "{notes:?}"
    );
}

#[test]
fn runs_within_any_runtime_as_a_task() {
    let directory = small_channel(Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    let channels = vec![
        request(server.url("")),
        request(directory.path().to_str().unwrap()),
    ];
    for mut builder in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let channels = channels.clone();
        let runtime = builder.enable_all().build().unwrap();
        // Spawned, so that the future has to be `Send`.
        let task = runtime.spawn(async move {
            let wanted = reachable(&["app"]);
            let linux = "linux-64".parse().unwrap();
            rsp_lock_channel::load(&channels, linux, &wanted, &options(), &Silent).await
        });
        let loaded = runtime.block_on(task).unwrap().unwrap();
        assert_eq!(files(&loaded[0]), REACHED_FROM_APP);
        assert_eq!(files(&loaded[1]), REACHED_FROM_APP);
    }
}

#[test]
fn several_channels_stay_in_order() {
    let (one, two) = (small_channel(Form::Zst), small_channel(Form::Shards));
    let first = ChannelServer::start(one.path()).unwrap();
    let second = ChannelServer::start(two.path()).unwrap();
    first.always("", Fault::Slow(1000, std::time::Duration::from_millis(20)));
    let urls = [first.url(""), second.url("")];
    let channels: Vec<&str> = urls.iter().map(String::as_str).collect();
    let loaded = load_all(&channels, &reachable(&["app"]), &options()).unwrap();
    assert_eq!(loaded[0].name, urls[0]);
    assert_eq!(loaded[1].name, urls[1]);
}
