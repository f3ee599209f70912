//! Channel directories, written by hand.

use std::{collections::BTreeMap, io::Write, path::Path, sync::Mutex};

use rattler_conda_types::{PackageName, ShardedRepodata, Subdir};
use rsp_lock_channel::{
    ChannelError, ChannelOptions, LoadedChannel, Patience, Reporter, Silent, Wanted,
};
use rsp_lock_spec::{ChannelRequest, Origin};
use rsp_lock_testkit::shards;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The forms in which repodata may lie on a server or in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Zst,
    Bz2,
    Shards,
}

pub(crate) const FORMS: [Form; 4] = [Form::Json, Form::Zst, Form::Bz2, Form::Shards];

/// A record with its file name, `name-version-build.conda`.
pub(crate) fn record(file: &str, depends: &[&str]) -> (String, Value) {
    let stem = file
        .strip_suffix(".conda")
        .or(file.strip_suffix(".tar.bz2"))
        .unwrap();
    let mut parts = stem.rsplitn(3, '-');
    let (build, version, name) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let record = json!({
        "name": name, "version": version, "build": build, "build_number": 0,
        "depends": depends, "size": 1, "timestamp": 1_600_000_000_000_i64,
        "sha256": hex::encode(Sha256::digest(file)),
    });
    (file.to_owned(), record)
}

/// A repodata document.
pub(crate) fn repodata(subdir: &str, records: Vec<(String, Value)>) -> Value {
    let mut sections = json!({"packages": {}, "packages.conda": {}});
    for (file, record) in records {
        let section = if file.strip_suffix(".conda").is_some() {
            "packages.conda"
        } else {
            "packages"
        };
        sections[section][file] = record;
    }
    sections["info"] = json!({"subdir": subdir});
    sections
}

/// A small channel: `app` on linux-64 needs `lib` (noarch), which needs `base` (both).
/// `other` is not reached from `app`.
pub(crate) fn small() -> BTreeMap<&'static str, Value> {
    let linux = repodata(
        "linux-64",
        vec![
            record("app-2.0-h1_0.conda", &["lib >=1", "__glibc >=2.17"]),
            record("app-1.0-h1_0.tar.bz2", &["lib"]),
            record("base-1.0-h1_0.conda", &[]),
            record("other-1.0-h1_0.conda", &[]),
        ],
    );
    let noarch = repodata(
        "noarch",
        vec![
            record("lib-1.0-py_0.conda", &["base >=1"]),
            record("lib-1.0-py_0.tar.bz2", &["base >=1"]),
            record("base-0.9-py_0.conda", &[]),
        ],
    );
    BTreeMap::from([("linux-64", linux), ("noarch", noarch)])
}

/// What loading `app` from [`small`] gives.
pub(crate) const REACHED_FROM_APP: [&str; 5] = [
    "app-1.0-h1_0.tar.bz2",
    "app-2.0-h1_0.conda",
    "base-0.9-py_0.conda",
    "base-1.0-h1_0.conda",
    "lib-1.0-py_0.conda",
];

/// Writes the subdirs of a channel.
pub(crate) fn write(directory: &Path, subdirs: &BTreeMap<&str, Value>, form: Form) {
    for (subdir, document) in subdirs {
        let directory = directory.join(subdir);
        fs_err::create_dir_all(&directory).unwrap();
        let text = document.to_string();
        match form {
            Form::Json => fs_err::write(directory.join("repodata.json"), text).unwrap(),
            Form::Zst => {
                let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
                fs_err::write(directory.join("repodata.json.zst"), packed).unwrap();
            }
            Form::Bz2 => {
                let level = bzip2::Compression::fast();
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), level);
                encoder.write_all(text.as_bytes()).unwrap();
                let packed = encoder.finish().unwrap();
                fs_err::write(directory.join("repodata.json.bz2"), packed).unwrap();
            }
            Form::Shards => shards::write(&directory, subdir, &text).unwrap(),
        }
    }
}

/// Replaces the shard of a name by bytes that are no shard; the index lists their hash.
pub(crate) fn spoil_shard(directory: &Path, name: &str) {
    let packed = zstd::encode_all(&b"no shard"[..], 1).unwrap();
    let hash = rattler_digest::compute_bytes_digest::<rattler_digest::Sha256>(&packed);
    let file = format!("shards/{}.msgpack.zst", hex::encode(hash));
    fs_err::write(directory.join(file), packed).unwrap();
    change_index(directory, |index| {
        index.shards.insert(name.to_owned(), hash);
    });
}

/// Changes an index of shards.
pub(crate) fn change_index(directory: &Path, change: impl FnOnce(&mut ShardedRepodata)) {
    let path = directory.join("repodata_shards.msgpack.zst");
    let bytes = zstd::decode_all(fs_err::read(&path).unwrap().as_slice()).unwrap();
    let mut index: ShardedRepodata = rmp_serde::from_slice(&bytes).unwrap();
    change(&mut index);
    let packed = zstd::encode_all(rmp_serde::to_vec_named(&index).unwrap().as_slice(), 3).unwrap();
    fs_err::write(path, packed).unwrap();
}

/// A temporary directory that holds [`small`].
pub(crate) fn small_channel(form: Form) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &small(), form);
    directory
}

/// A temporary directory that holds one subdir with this text as `repodata.json`.
pub(crate) fn with_text(subdir: &str, text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs_err::create_dir(directory.path().join(subdir)).unwrap();
    fs_err::write(directory.path().join(subdir).join("repodata.json"), text).unwrap();
    directory
}

/// Options that try again twice, quickly.
pub(crate) fn options() -> ChannelOptions {
    ChannelOptions {
        patience: Patience {
            retries: 2,
            first_pause: std::time::Duration::from_millis(5),
            longest_pause: std::time::Duration::from_millis(20),
            connect: std::time::Duration::from_secs(2),
            silence: std::time::Duration::from_secs(2),
        },
        ..ChannelOptions::default()
    }
}

pub(crate) fn request(text: impl Into<String>) -> ChannelRequest {
    ChannelRequest {
        text: text.into(),
        origin: Origin::command_line(),
    }
}

pub(crate) fn names(names: &[&str]) -> Vec<PackageName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

pub(crate) fn reachable(from: &[&str]) -> Wanted {
    Wanted::Reachable(names(from))
}

/// Loads several channels for linux-64.
pub(crate) fn load_all(
    channels: &[&str],
    wanted: &Wanted,
    options: &ChannelOptions,
) -> Result<Vec<LoadedChannel>, ChannelError> {
    load_for(
        "linux-64".parse().unwrap(),
        channels,
        wanted,
        options,
        &Silent,
    )
}

pub(crate) fn load_for(
    subdir: Subdir,
    channels: &[&str],
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<LoadedChannel>, ChannelError> {
    let channels: Vec<ChannelRequest> = channels.iter().map(|text| request(*text)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(rsp_lock_channel::load(
        &channels, subdir, wanted, options, reporter,
    ))
}

/// Loads one channel for linux-64.
pub(crate) fn load(
    channel: &str,
    wanted: &Wanted,
    options: &ChannelOptions,
) -> Result<LoadedChannel, ChannelError> {
    Ok(load_all(&[channel], wanted, options)?.remove(0))
}

/// The file names of the records, in order.
pub(crate) fn files(channel: &LoadedChannel) -> Vec<String> {
    let records = channel.records.iter();
    records
        .map(|record| record.identifier.to_file_name())
        .collect()
}

/// An error with all its causes and hints, as a person may see it.
pub(crate) fn whole(error: &ChannelError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    for hint in error.hints() {
        text = format!("{text}\nhint: {hint}");
    }
    text
}

/// A reporter that notes what it is told.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Mutex<Vec<String>>);

impl Reporter for Notes {
    fn on_fetch_start(&self, url: &str, _: Option<u64>) {
        self.0.lock().unwrap().push(format!("start {url}"));
    }

    fn on_fetch_progress(&self, url: &str, bytes: u64) {
        self.0.lock().unwrap().push(format!("{bytes} of {url}"));
    }

    fn on_fetch_done(&self, url: &str) {
        self.0.lock().unwrap().push(format!("done {url}"));
    }
}
