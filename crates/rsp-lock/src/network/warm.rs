//! Compiling whole channels beforehand.

use std::path::Path;

use rattler_conda_types::Subdir;
use rsp_lock_channel::{
    ChannelOptions, LookedAfter, OpenedChannel, Wanted, look_after, unfinished,
};
use rsp_lock_index::compile::ChannelOrder;
use rsp_lock_solve::channel_order;
use rsp_lock_spec::{ChannelPriority, ChannelRequest};

use super::{
    joined,
    load::{all_packs, discard, open_unguarded, packed_sources},
};
use crate::{
    catalog::{Catalog, EarlierPacks},
    error::Error,
    in_memory::guarded,
    reporter::Reporter,
};

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
/// The order of the channels and what it means must be those of the solves. `earlier_packs` are
/// those that were met for other platforms; those met here are added. Must be called within a tokio
/// runtime.
pub async fn warm(
    channels: &[ChannelRequest],
    priority: ChannelPriority,
    subdir: Subdir,
    options: &ChannelOptions,
    earlier_packs: &mut EarlierPacks,
    reporter: &dyn Reporter,
) -> Result<Warmed, Error> {
    let mut options = options.clone();
    for _ in 0..2 {
        let opened = open_unguarded(channels, subdir, &Wanted::All, &options, reporter).await?;
        let (packs, directory) = (all_packs(&opened), options.index_dir().map(Path::to_owned));
        earlier_packs.note(&packs);
        let before = earlier_packs.clone();
        let work = tokio::task::spawn_blocking(move || {
            std::thread::scope(|scope| {
                let look = scope.spawn(|| look_after(&packs));
                let order = channel_order(priority);
                // What goes wrong over damaged packs does not count.
                let compiled = guarded(subdir.as_str(), || {
                    Ok(Compiled::of(opened, order, directory.as_deref(), &before))
                });
                let LookedAfter {
                    damaged,
                    are_written,
                } = joined(look);
                if damaged.is_empty() {
                    Ok(compiled.map(|compiled| compiled.keep(are_written)))
                } else {
                    Err(damaged)
                }
            })
        });
        match work.await.map_err(unfinished)? {
            Ok(warmed) => return warmed,
            Err(damaged) => options = discard(&damaged, &options),
        }
    }
    Err(Error::UnreliableCache)
}

/// All of some channels, compiled.
struct Compiled {
    catalog: Option<Catalog>,
    warmed: Warmed,
}

impl Compiled {
    fn of(
        opened: Vec<OpenedChannel>,
        order: ChannelOrder,
        directory: Option<&Path>,
        earlier_packs: &EarlierPacks,
    ) -> Self {
        let about = opened.iter().map(|channel| &channel.about);
        let missing = about.clone().flat_map(|about| {
            let subdirs = about.missing_subdirs.iter();
            subdirs.map(|subdir| (about.name.clone(), subdir.to_string()))
        });
        let mut warmed = Warmed {
            records: all_packs(&opened).iter().map(|pack| pack.len()).sum(),
            names: 0,
            rejected: about.map(|about| about.rejected.len()).sum(),
            missing_subdirs: missing.collect(),
            is_kept: false,
        };
        let sources = packed_sources(opened);
        let (catalog, earlier) = std::thread::scope(|scope| {
            let before = || Catalog::before_changes(&sources, order, directory, earlier_packs);
            let earlier = scope.spawn(before);
            (Catalog::open(&sources, order, directory), joined(earlier))
        });
        if let Some(catalog) = &catalog {
            let (view, as_before) = match earlier {
                Some(earlier) => catalog.index.reach_all_after(&earlier),
                None => (catalog.index.reach_all(), 0),
            };
            warmed.names = view.real_names() as usize;
            warmed.rejected += view.unreadable(0..view.real_names()).len();
            tracing::debug!("{as_before} of {} names are as before", warmed.names);
        }
        Self { catalog, warmed }
    }

    /// Keeps what was compiled, where the records that it was compiled from are kept.
    fn keep(self, are_records_kept: bool) -> Warmed {
        let keep = |catalog: Catalog| catalog.keep() || self.warmed.names == 0;
        let is_kept = are_records_kept && self.catalog.is_some_and(keep);
        Warmed {
            is_kept,
            ..self.warmed
        }
    }
}
