//! The index over the channels of a request, and its place in the cache.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rsp_lock_index::{
    Index, View,
    compile::ChannelOrder,
    pack::{Home, Pack},
};

use crate::source::ChannelSource;

/// The index over some channels.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) index: Index,
    /// What was compiled when it was opened.
    before: View,
    kept: Option<Kept>,
    /// Whether what is in the cache was used.
    pub(crate) is_from_cache: bool,
}

/// The packs that were there before those of channels that have changed: what was compiled of them
/// may be good still.
///
/// A pack knows the one before it only where it is made, and several platforms share that of noarch.
#[derive(Clone, Debug, Default)]
pub struct EarlierPacks {
    /// A pack, and the one before it.
    known: Vec<(PackId, Arc<Pack>)>,
}

impl EarlierPacks {
    /// Notes what is new among some packs.
    pub(crate) fn note(&mut self, packs: &[Arc<Pack>]) {
        for pack in packs {
            if let Some(earlier) = pack.earlier() {
                self.known.push((PackId::of(pack), earlier.clone()));
            }
        }
    }

    /// The pack before a pack, if it is known.
    fn before(&self, pack: &Pack) -> Option<Arc<Pack>> {
        let id = PackId::of(pack);
        let known = self.known.iter().find(|(known, _)| *known == id);
        known.map(|(_, earlier)| earlier.clone())
    }
}

/// Where a pack is kept, where its records are from, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PackId(Option<PathBuf>, Home, String);

impl PackId {
    fn of(pack: &Pack) -> Self {
        let path = pack.path().map(Path::to_owned);
        Self(path, pack.home().clone(), pack.stamp().to_owned())
    }
}

#[derive(Clone, Debug)]
struct Kept {
    path: PathBuf,
    stamp: String,
}

impl Catalog {
    /// The index over some channels: what was compiled earlier, as far as it is still good.
    /// `None` if a channel's records are not in packs.
    pub(crate) fn open(
        sources: &[ChannelSource],
        order: ChannelOrder,
        directory: Option<&Path>,
    ) -> Option<Self> {
        let packs = packs(sources)?;
        let kept = directory.and_then(|directory| Kept::of(&packs, order, directory));
        if let Some(kept) = &kept
            && let Ok(index) = Index::open(&kept.path, &kept.stamp, packs.clone(), order)
        {
            return Some(Self::new(index, Some(kept.clone()), true));
        }
        Some(Self::new(Index::new(packs, order), kept, false))
    }

    fn new(index: Index, kept: Option<Kept>, is_from_cache: bool) -> Self {
        Self {
            before: index.view(),
            index: index.for_one_solve(),
            kept,
            is_from_cache,
        }
    }

    /// The same without anything from the cache.
    pub(crate) fn anew(
        sources: &[ChannelSource],
        order: ChannelOrder,
        directory: Option<&Path>,
    ) -> Option<Self> {
        let packs = packs(sources)?;
        let kept = directory.and_then(|directory| Kept::of(&packs, order, directory));
        Some(Self::new(Index::new(packs, order), kept, false))
    }

    /// What the cache has compiled of the same channels as they were before, if any has changed
    /// since.
    pub(crate) fn before_changes(
        sources: &[ChannelSource],
        order: ChannelOrder,
        directory: Option<&Path>,
        earlier: &EarlierPacks,
    ) -> Option<Index> {
        let mut packs = packs(sources)?;
        let mut has_changed = false;
        for pack in packs.iter_mut().flatten() {
            if let Some(before) = earlier.before(pack) {
                *pack = before;
                has_changed = true;
            }
        }
        let kept = Kept::of(&packs, order, directory.filter(|_| has_changed)?)?;
        Index::open(&kept.path, &kept.stamp, packs, order).ok()
    }

    /// Writes down what was compiled since, and says whether all that is compiled is kept.
    /// What cannot be kept is compiled again next time.
    pub(crate) fn keep(&self) -> bool {
        let Some(kept) = &self.kept else {
            return false;
        };
        if !self.index.has_grown_beyond(&self.before) {
            return self.is_from_cache;
        }
        match self.index.save(&kept.path, &kept.stamp) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!("{} is not kept: {error}", kept.path.display());
                false
            }
        }
    }
}

impl Kept {
    /// Where tables of these channels are kept; nowhere if they are not of kept packs.
    fn of(channels: &[Vec<Arc<Pack>>], order: ChannelOrder, directory: &Path) -> Option<Self> {
        let mut called = format!("{order:?}");
        // What is compiled may outlive many changes of a channel, but no new version of this.
        let mut stamp = format!("{called} {}", env!("CARGO_PKG_VERSION"));
        for packs in channels {
            stamp.push_str("\n\n");
            for pack in packs {
                if pack.stamp().is_empty() {
                    return None;
                }
                // Of shards there may be two packs: of some names, and of all.
                let file = pack.path()?.file_name()?.to_string_lossy();
                called.push_str(&file);
                let home = pack.home();
                let place = [&*home.subdir, &*home.files, &*home.channel].join(" ");
                stamp.push('\n');
                stamp.push_str(&place);
                stamp.push_str(pack.stamp());
            }
        }
        let name = rsp_lock_file::digest(&called);
        let name = name.rsplit(':').next().unwrap_or_default();
        let name = name.get(..16).unwrap_or(name);
        Some(Self {
            path: directory.join("index").join(format!("{name}.tables")),
            stamp,
        })
    }
}

fn packs(sources: &[ChannelSource]) -> Option<Vec<Vec<Arc<Pack>>>> {
    sources
        .iter()
        .map(|source| source.packs().map(<[_]>::to_vec))
        .collect()
}
