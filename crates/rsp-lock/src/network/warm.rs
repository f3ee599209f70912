//! Compiling whole channels beforehand.

use rattler_conda_types::Subdir;
use rsp_lock_channel::{ChannelOptions, Wanted};
use rsp_lock_solve::channel_order;
use rsp_lock_spec::{ChannelPriority, ChannelRequest};

use super::load::{open_channels, packed_sources};
use crate::{catalog::Catalog, error::Error, reporter::Reporter};

/// What of some channels is ready for a solve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warmed {
    /// Their records.
    pub records: usize,
    /// Their names, all of them compiled.
    pub names: usize,
    /// Records that cannot be used.
    pub rejected: usize,
    /// Channels and subdirs that they do not have, in the order of the channels.
    pub missing_subdirs: Vec<(String, String)>,
    /// Whether the cache keeps it, if there is anything to keep. Without a cache there is nowhere
    /// to keep anything.
    pub is_kept: bool,
}

/// Compiles all names of some channels for one platform, and keeps what was compiled in the
/// cache, so that no later solve has to.
///
/// The order of the channels and what it means must be those of the solves. Must be called
/// within a tokio runtime.
pub async fn warm(
    channels: &[ChannelRequest],
    priority: ChannelPriority,
    subdir: Subdir,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Warmed, Error> {
    let opened = open_channels(channels, subdir, &Wanted::All, options, reporter).await?;
    let directory = options.cache_dir.clone();
    let work = tokio::task::spawn_blocking(move || {
        let rejected = opened
            .iter()
            .map(|channel| channel.about.rejected.len())
            .sum();
        let missing = opened.iter().flat_map(|channel| {
            let subdirs = channel.about.missing_subdirs.iter();
            subdirs.map(|subdir| (channel.about.name.clone(), subdir.to_string()))
        });
        let missing_subdirs = missing.collect();
        let packs = opened.iter().flat_map(|channel| &channel.packs);
        let records = packs.map(|pack| pack.len()).sum();
        let sources = packed_sources(opened);
        let catalog = Catalog::open(&sources, channel_order(priority), directory.as_deref());
        let (names, is_kept) = catalog.map_or((0, false), |catalog| {
            let view = catalog.index.reach_all();
            let names = view.real_names() as usize;
            (names, catalog.keep() || names == 0)
        });
        Warmed {
            records,
            names,
            rejected,
            missing_subdirs,
            is_kept,
        }
    });
    work.await
        .map_err(|_| Error::Channel(rsp_lock_channel::ChannelError::Cancelled))
}
