//! Conda channels to records: names, URLs and directories in, records out.
//!
//! The only crate with sockets, HTTP and cache locks.
//!
//! This crate must not contain: solving, lockfiles, printing, the clock.

use std::{collections::BTreeMap, path::PathBuf};

use rattler_conda_types::{PackageName, RepoDataRecord, Subdir};
use rsp_lock_spec::ChannelRequest;
use url::Url;

/// How channels are reached.
#[derive(Clone, Debug, Default)]
pub struct ChannelOptions {
    /// Where relative channel paths start; usually the directory of the request file.
    pub root: PathBuf,
    /// Where fetched repodata is kept; `None` keeps nothing.
    pub cache_dir: Option<PathBuf>,
    /// Never open a connection; what is not in the cache is an error.
    pub offline: bool,
    /// Canonical channel URL prefixes and the places that serve them instead.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// File with credentials (`RATTLER_AUTH_FILE`); `None` uses none.
    pub auth_file: Option<PathBuf>,
}

/// The records of one channel for one platform.
#[derive(Clone, Debug)]
pub struct LoadedChannel {
    /// The channel as the request wrote it.
    pub name: String,
    /// The URL that lockfiles carry (`info.base_url` where the channel has one), ending in `/`.
    pub base_url: Url,
    /// Usable records, of the platform's subdir and noarch.
    pub records: Vec<RepoDataRecord>,
    /// Records that cannot be used, with the reason.
    pub rejected: Vec<RejectedRecord>,
    /// Subdirs the channel does not have.
    pub missing_subdirs: Vec<Subdir>,
}

/// A record that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Subdir and file name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// What went wrong with a channel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The channel does not exist.
    #[error("channel `{channel}` does not exist")]
    Unknown {
        /// The channel as the request wrote it.
        channel: String,
    },
}

/// Which records are wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// All that can be reached over `depends` from these names.
    Reachable(Vec<PackageName>),
    /// Those of exactly these names.
    Named(Vec<PackageName>),
    /// All there are.
    All,
}

/// Told about progress; every method does nothing unless implemented.
pub trait Reporter: Send + Sync {
    /// A file of a channel is being fetched: its URL (redacted) and its size if known.
    fn on_fetch_start(&self, _url: &str, _size: Option<u64>) {}
    /// So many bytes have come.
    fn on_fetch_progress(&self, _url: &str, _bytes: u64) {}
    /// The file is there.
    fn on_fetch_done(&self, _url: &str) {}
}

/// A reporter that says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {}

/// Loads the records of several channels for one platform, in the order of the channels.
pub async fn load(
    channels: &[ChannelRequest],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<LoadedChannel>, ChannelError> {
    let _ = (channels, subdir, wanted, options, reporter);
    todo!()
}
