//! How channels are reached.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// How channels are reached.
#[derive(Clone, Debug, Default)]
pub struct ChannelOptions {
    /// Where relative channel paths start; usually the directory of the request file.
    pub root: PathBuf,
    /// Where fetched repodata is kept; `None` keeps nothing.
    ///
    /// A directory that cannot be written to is used as it is: what it holds
    /// is read, what is fetched anew is kept for this call only.
    pub cache_dir: Option<PathBuf>,
    /// Do without the packs and tables in the cache, which are damaged and cannot be removed.
    pub without_index: bool,
    /// Never open a connection; what is not in the cache is an error.
    pub offline: bool,
    /// Canonical channel URL prefixes and the places that serve them instead.
    ///
    /// Records keep the canonical URL. The places are tried in turn when one
    /// fails; a first place that is a `file://` URL is read as a local channel.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// File with credentials (`RATTLER_AUTH_FILE`); `None` uses none.
    ///
    /// Neither a keyring nor a file in the home directory is ever looked at.
    pub auth_file: Option<PathBuf>,
    /// How long to wait, and how often to try again.
    pub patience: Patience,
}

impl ChannelOptions {
    /// The cache, for packs and tables.
    pub fn index_dir(&self) -> Option<&Path> {
        let cache = self.cache_dir.as_deref();
        cache.filter(|_| !self.without_index)
    }
}

/// How long to wait for a server, and how often to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is repeated after a failure that may pass
    /// (no connection, time out, status 5xx or 429, body cut off).
    pub retries: u32,
    /// The pause before the first repetition; each further one doubles it.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long a server may be silent within a response.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            retries: 3,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(8),
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(60),
        }
    }
}
