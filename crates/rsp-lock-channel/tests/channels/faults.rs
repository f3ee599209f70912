//! Channels on a server that misbehaves.

use std::time::Duration;

use rsp_lock_channel::{
    ChannelError, ChannelErrorKind, ChannelOptions, Patience, Wanted, install_crypto_provider,
};
use rsp_lock_testkit::server::{ChannelServer, Fault};

use crate::trees::{
    FORMS, Form, REACHED_FROM_APP, change_index, files, load, load_for, options, reachable, record,
    repodata, small, small_channel, spoil_shard, whole, write,
};

fn serve(form: Form) -> (tempfile::TempDir, ChannelServer) {
    let directory = small_channel(form);
    let server = ChannelServer::start(directory.path()).unwrap();
    (directory, server)
}

#[test]
fn what_passes_is_tried_again() {
    for form in FORMS {
        for fault in [
            Fault::Status(500),
            Fault::Status(503),
            Fault::Status(429),
            Fault::Reset,
        ] {
            let (_directory, server) = serve(form);
            server.times(2, "", fault.clone());
            let loaded = load(&server.url(""), &reachable(&["app"]), &options());
            assert_eq!(
                files(&loaded.unwrap()),
                REACHED_FROM_APP,
                "{form:?} {fault:?}"
            );
        }
        let (_directory, server) = serve(form);
        server.times(1, "repodata.json.zst", Fault::Truncate(30));
        server.times(1, "repodata.json", Fault::Truncate(30));
        let loaded = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
        assert_eq!(files(&loaded), REACHED_FROM_APP, "{form:?}");
    }
}

#[test]
fn what_stays_is_an_error_of_its_own_kind() {
    type Check = fn(&ChannelError) -> bool;
    let cases: [(&str, Fault, ChannelErrorKind, Check); 9] = [
        ("", Fault::Status(500), ChannelErrorKind::Network, |e| {
            matches!(e, ChannelError::Status { status: 500, .. })
        }),
        ("", Fault::Status(403), ChannelErrorKind::Network, |e| {
            matches!(e, ChannelError::Denied { status: 403, .. })
        }),
        ("", Fault::Status(404), ChannelErrorKind::Input, |e| {
            matches!(
                e,
                ChannelError::Unknown {
                    status: Some(404),
                    ..
                }
            )
        }),
        ("", Fault::Reset, ChannelErrorKind::Network, |e| {
            matches!(e, ChannelError::Unreachable { .. })
        }),
        (
            ".zst",
            Fault::Truncate(30),
            ChannelErrorKind::Network,
            |e| matches!(e, ChannelError::BrokenOff { .. }),
        ),
        (
            "repodata.json.zst",
            Fault::Html,
            ChannelErrorKind::Corrupt,
            |e| matches!(e, ChannelError::Corrupt { found, .. } if found.contains("HTML")),
        ),
        (
            "repodata.json.zst",
            Fault::Body(vec![0x28, 0xb5, 0x2f, 0xfd, 4]),
            ChannelErrorKind::Corrupt,
            |e| matches!(e, ChannelError::Corrupt { found, .. } if found.contains("end in the middle")),
        ),
        (
            "repodata.json.zst",
            Fault::Body(zstd::encode_all(&b"{\"packages\":{"[..], 1).unwrap()),
            ChannelErrorKind::Corrupt,
            |e| {
                matches!(
                    e,
                    ChannelError::Corrupt {
                        position: Some(13),
                        ..
                    }
                )
            },
        ),
        (
            "repodata.json.zst",
            Fault::Body(zstd::encode_all(&b"<html>"[..], 1).unwrap()),
            ChannelErrorKind::Corrupt,
            |e| matches!(e, ChannelError::Corrupt { found, .. } if found.contains("HTML")),
        ),
    ];
    for (path, fault, kind, check) in cases {
        let (_directory, server) = serve(Form::Zst);
        server.always(path, fault.clone());
        let error = load(&server.url(""), &reachable(&["app"]), &options()).unwrap_err();
        assert!(check(&error), "{fault:?}: {error:?}");
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        let shown = whole(&error);
        assert!(
            shown.contains(&server.url("")) && shown.contains("hint: "),
            "{shown}"
        );
        assert_eq!(error.channel(), Some(server.url("").as_str()));
    }
}

#[test]
fn a_redirect_is_followed() {
    let (_directory, target) = serve(Form::Zst);
    let (_other, server) = serve(Form::Json);
    for subdir in ["linux-64", "noarch"] {
        let end = format!("{subdir}/repodata.json");
        server.always(&end, Fault::Redirect(target.url(&format!("{end}.zst"))));
        let end = format!("{subdir}/repodata.json.zst");
        server.always(&end, Fault::Redirect(target.url(&end)));
    }
    let loaded = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
    assert_eq!(files(&loaded), REACHED_FROM_APP);
    assert!(loaded.records[0].url.as_str().starts_with(&server.url("")));
}

#[test]
fn a_silent_server_is_given_up() {
    let (_directory, server) = serve(Form::Zst);
    server.always("repodata.json.zst", Fault::Slow(5, Duration::from_secs(5)));
    let options = ChannelOptions {
        patience: Patience {
            retries: 0,
            silence: Duration::from_millis(200),
            ..options().patience
        },
        ..options()
    };
    let error = load(&server.url(""), &reachable(&["app"]), &options).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Network);
    assert!(error.to_string().contains("no answer in time"), "{error}");
}

#[test]
fn an_unreachable_server_is_named_with_the_reason() {
    // Port 1 of the loopback interface is not listened at.
    let error = load("http://127.0.0.1:1/forge", &reachable(&["app"]), &options()).unwrap_err();
    assert!(
        matches!(error, ChannelError::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(error.kind(), ChannelErrorKind::Network);
    let shown = whole(&error);
    assert!(shown.contains("http://127.0.0.1:1/forge/"), "{shown}");
    assert!(
        shown.contains("Connection refused") && shown.contains("--offline"),
        "{shown}"
    );
}

#[test]
fn tls_to_a_server_that_speaks_none_is_an_error_and_no_panic() {
    install_crypto_provider();
    install_crypto_provider();
    let (_directory, server) = serve(Form::Zst);
    let url = server.url("").replace("http://", "https://");
    let error = load(&url, &reachable(&["app"]), &options()).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Network, "{error:?}");
}

/// Looks at a machine without CA certificates: this test again, in a process of its own,
/// with certificates looked for where there are none.
#[test]
fn without_ca_certificates_http_works_and_https_says_what_to_do() {
    const INNER: &str = "RSP_LOCK_TEST_WITHOUT_CERTIFICATES";
    if std::env::var_os(INNER).is_none() {
        let name = "faults::without_ca_certificates_http_works_and_https_says_what_to_do";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(INNER, "1")
            .env("SSL_CERT_FILE", "/dev/null")
            .env("SSL_CERT_DIR", "/nonexistent")
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && shown.contains("1 passed"),
            "{output:?}"
        );
        return;
    }
    let (_directory, server) = serve(Form::Zst);
    let loaded = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
    assert_eq!(files(&loaded), REACHED_FROM_APP);
    let secure = server.url("").replace("http://", "https://");
    let error = load(&secure, &reachable(&["app"]), &options()).unwrap_err();
    assert!(
        matches!(error, ChannelError::NoCertificates { .. }),
        "{error:?}"
    );
    let shown = whole(&error);
    assert!(
        shown.contains("SSL_CERT_FILE") && shown.contains("ca-certificates"),
        "{shown}"
    );
}

#[test]
fn a_channel_without_the_platform_says_what_it_has() {
    let mut subdirs = small();
    subdirs.remove("noarch");
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &subdirs, Form::Json);
    let server = ChannelServer::start(directory.path()).unwrap();
    let loaded = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
    assert_eq!(loaded.missing_subdirs, ["noarch".parse().unwrap()]);
    let osx = "osx-64".parse().unwrap();
    let silent = rsp_lock_channel::Silent;
    let error = load_for(osx, &[&server.url("")], &Wanted::All, &options(), &silent).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Input);
    let text = error.to_string();
    assert!(
        text.contains("no `osx-64` and no `noarch`; it has `linux-64`"),
        "{text}"
    );
}

#[test]
fn a_broken_page_is_not_kept_in_the_cache() {
    let (_directory, server) = serve(Form::Json);
    server.max_age(3600);
    let cache = tempfile::tempdir().unwrap();
    let options = ChannelOptions {
        cache_dir: Some(cache.path().to_owned()),
        ..options()
    };
    server.always("repodata.json", Fault::Html);
    let error = load(&server.url(""), &reachable(&["app"]), &options).unwrap_err();
    assert!(
        matches!(
            &error,
            ChannelError::Corrupt {
                position: Some(0),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        whole(&error).contains("login or error page"),
        "{}",
        whole(&error)
    );
    server.behave();
    let loaded = load(&server.url(""), &reachable(&["app"]), &options).unwrap();
    assert_eq!(files(&loaded), REACHED_FROM_APP);
}

#[test]
fn broken_shards_fall_back_or_reject_their_name() {
    // A broken index: the document is there too.
    let directory = small_channel(Form::Shards);
    write(directory.path(), &small(), Form::Zst);
    let server = ChannelServer::start(directory.path()).unwrap();
    server.always("repodata_shards.msgpack.zst", Fault::Html);
    let loaded = load(&server.url(""), &reachable(&["app"]), &options()).unwrap();
    assert_eq!(files(&loaded), REACHED_FROM_APP);
    server.behave();
    // Shards that do not have the hash which the index lists are refused.
    for entry in fs_err::read_dir(directory.path().join("noarch/shards")).unwrap() {
        fs_err::write(
            entry.unwrap().path(),
            zstd::encode_all(&b"x"[..], 1).unwrap(),
        )
        .unwrap();
    }
    let error = load(&server.url(""), &reachable(&["lib"]), &options()).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Corrupt, "{error:?}");
    assert!(error.to_string().contains("SHA-256"), "{error}");
    fs_err::remove_dir_all(directory.path().join("noarch/shards")).unwrap();
    let error = load(&server.url(""), &reachable(&["lib"]), &options()).unwrap_err();
    assert_eq!(error.kind(), ChannelErrorKind::Corrupt, "{error:?}");
    assert!(
        error.to_string().contains("the shard of `lib` is missing"),
        "{error}"
    );
}

#[test]
fn shards_that_lie_where_nothing_can_lie_are_no_shards() {
    let directory = small_channel(Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    for hostile in ["mailto:x", "data:text/plain,", "http://", "shards://["] {
        change_index(&directory.path().join("noarch"), |index| {
            index.info.shards_base_url = hostile.to_owned();
        });
        let error = load(&server.url(""), &reachable(&["lib"]), &options()).unwrap_err();
        assert_eq!(
            error.kind(),
            ChannelErrorKind::Corrupt,
            "{hostile}: {error:?}"
        );
    }
}

#[test]
fn a_shard_that_makes_no_sense_rejects_its_name_alone() {
    let directory = small_channel(Form::Shards);
    spoil_shard(&directory.path().join("noarch"), "lib");
    let server = ChannelServer::start(directory.path()).unwrap();
    for channel in [
        server.url(""),
        directory.path().to_str().unwrap().to_owned(),
    ] {
        let loaded = load(&channel, &reachable(&["app"]), &options()).unwrap();
        assert_eq!(
            files(&loaded),
            ["app-1.0-h1_0.tar.bz2", "app-2.0-h1_0.conda"]
        );
        assert_eq!(loaded.rejected.len(), 1, "{:?}", loaded.rejected);
        assert_eq!(loaded.rejected[0].file, "noarch/lib");
    }
}

#[test]
fn a_bad_record_in_a_shard_is_rejected_alone() {
    let records = vec![
        record("a-1-0.conda", &["b", "c"]),
        record("b-1-0.conda", &["numpy >>1"]),
        record("b-2-0.conda", &[]),
        record("c-1-0.conda", &[]),
    ];
    let subdirs = [("noarch", repodata("noarch", records))].into();
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &subdirs, Form::Shards);
    let server = ChannelServer::start(directory.path()).unwrap();
    for channel in [
        server.url(""),
        directory.path().to_str().unwrap().to_owned(),
    ] {
        let loaded = load(&channel, &reachable(&["a"]), &options()).unwrap();
        assert_eq!(
            files(&loaded),
            ["a-1-0.conda", "b-2-0.conda", "c-1-0.conda"]
        );
        assert_eq!(loaded.rejected.len(), 1);
        assert_eq!(loaded.rejected[0].file, "noarch/b-1-0.conda");
    }
}
