//! Records and requests for the tests of this crate.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, Subdir};
use rsp_lock_file::native::{BuildOptions, ChannelUse, NativeLock, SolvedPlatform, build, cutoffs};
use rsp_lock_spec::{ChannelRequest, Origin, PlatformRequest, Request, Requirement};
use serde_json::json;

pub(crate) const CHANNEL: &str = "https://conda.example.org/forge/";

/// A record of the example channel. `file` is `name-version-build`.
pub(crate) fn record(subdir: &str, file: &str, depends: &[&str]) -> RepoDataRecord {
    let mut parts = file.rsplitn(3, '-');
    let (build, version, name) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let hash = format!("{:0>64}", hex::encode(file));
    let mut value = json!({
        "name": name, "version": version, "build": build, "build_number": 0, "subdir": subdir,
        "depends": depends, "size": 1000 + file.len(), "timestamp": 1_700_000_000_000_i64,
        "sha256": hash[hash.len() - 64..], "md5": hash[hash.len() - 32..], "license": "BSD-3-Clause",
        "fn": format!("{file}.conda"), "url": format!("{CHANNEL}{subdir}/{file}.conda"), "channel": CHANNEL,
    });
    if subdir == "noarch" {
        value["noarch"] = json!("python");
    }
    serde_json::from_value(value).unwrap()
}

/// A small environment: python and two packages on it.
pub(crate) fn records(subdir: &str) -> Vec<RepoDataRecord> {
    let machine = if subdir.starts_with("linux") {
        "__glibc >=2.17"
    } else {
        "__unix"
    };
    vec![
        record(
            "noarch",
            "dask-2020.12.0-pyhd8ed1ab_0",
            &["python >=3.8", "distributed >=2020.12"],
        ),
        record(
            "noarch",
            "distributed-2020.12.0-pyhd8ed1ab_0",
            &["python", "dask-core >=2021"],
        ),
        record(subdir, "dask-core-2020.12.0-h0_1", &[]),
        record(
            subdir,
            "python-3.8.6-hffdb5ce_5_cpython",
            &["zlib >=1.2.11,<1.3.0a0", machine],
        ),
        record(subdir, "zlib-1.2.11-h516909a_1010", &[]),
    ]
}

pub(crate) fn requirement(text: &str) -> Requirement {
    Requirement::parse(text).unwrap()
}

/// A request for that environment on linux-64.
pub(crate) fn request(specs: &[&str]) -> Request {
    Request {
        environment: Some("demo".to_owned()),
        channels: vec![ChannelRequest {
            text: "forge".to_owned(),
            origin: Origin::command_line(),
        }],
        platforms: vec![PlatformRequest::of(Subdir::Linux64, Origin::command_line())],
        requirements: specs.iter().map(|spec| requirement(spec)).collect(),
        ..Request::default()
    }
}

pub(crate) fn uses() -> Vec<ChannelUse> {
    vec![ChannelUse {
        text: "forge".to_owned(),
        url: CHANNEL.to_owned(),
    }]
}

pub(crate) fn noon() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

/// The lock of a request whose every platform was solved to `records`, all of one channel.
pub(crate) fn lock_of(
    request: &Request,
    records: impl Fn(&str) -> Vec<RepoDataRecord>,
) -> NativeLock {
    let text = request.channels[0].text.clone();
    lock_of_channels(request, records, &[(&text, CHANNEL)])
}

/// The lock of a request whose every platform was solved to `records`.
pub(crate) fn lock_of_channels(
    request: &Request,
    records: impl Fn(&str) -> Vec<RepoDataRecord>,
    channels: &[(&str, &str)],
) -> NativeLock {
    let channels: Vec<ChannelUse> = channels
        .iter()
        .map(|(text, url)| ChannelUse {
            text: (*text).to_owned(),
            url: (*url).to_owned(),
        })
        .collect();
    let solved: Vec<(
        &PlatformRequest,
        Vec<GenericVirtualPackage>,
        Vec<RepoDataRecord>,
    )> = request
        .platforms
        .iter()
        .map(|platform| {
            (
                platform,
                platform.virtual_packages(),
                records(platform.subdir.as_str()),
            )
        })
        .collect();
    let platforms: Vec<SolvedPlatform<'_>> = solved
        .iter()
        .map(|(platform, virtual_packages, records)| SolvedPlatform {
            platform,
            virtual_packages,
            channels: &channels,
            records: records.iter().collect(),
            explicit_digest: None,
        })
        .collect();
    let options = BuildOptions {
        tool: "rsp-lock 0.4.0".to_owned(),
        objective: "tiers-1".to_owned(),
        cutoffs: request
            .exclude_newer
            .as_ref()
            .map(|asked| cutoffs(asked, &[], noon()))
            .unwrap_or_default(),
        ..BuildOptions::default()
    };
    build(request, &platforms, &options).unwrap()
}

/// A place in the reference material beside the project, if it is there.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(path);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("{} is not here", path.display()));
    None
}

#[expect(clippy::print_stderr, reason = "a test that is not run must be seen")]
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}
