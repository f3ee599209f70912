//! Several channels as packs: what a solve wants.

use std::{path::Path, sync::Arc};

use rattler_conda_types::Subdir;
use rsp_lock_index::pack::Pack;
use rsp_lock_spec::ChannelRequest;
use tokio::sync::mpsc::unbounded_channel;

use crate::{
    ChannelError, ChannelOptions, LoadedChannel, RejectedRecord, Reporter, Wanted, kept,
    load::{Found, find_all, set_files},
    place,
    progress::{Events, reported},
    shard_packs,
    source::As,
    unfinished::unfinished,
};

/// A channel whose records are in packs.
#[derive(Clone, Debug)]
pub struct OpenedChannel {
    /// All about it but its records, which are in the packs.
    pub about: LoadedChannel,
    /// One a subdir.
    pub packs: Vec<Arc<Pack>>,
}

/// Opens several channels for one platform, in the order of the channels.
///
/// Of a channel that has whole documents all records are there, wanted or not. Of shards those
/// are there that are wanted, and what is kept of those that were wanted earlier. Packs are read
/// from the cache; new ones are written to it while there is time, the others by [`look_after`].
/// Everything else is as [`load()`](crate::load()) says.
pub async fn open(
    channels: &[ChannelRequest],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<OpenedChannel>, ChannelError> {
    let places = channels
        .iter()
        .map(|channel| place::find(&channel.text, options))
        .collect::<Result<Vec<_>, _>>()?;
    let (sender, events) = unbounded_channel();
    let form = As::Packs {
        cache: options.index_dir().map(Path::to_owned),
        channels: kept::set_of_channels(&places, subdir).into(),
    };
    let work = async {
        let events = Events(sender);
        let find = async || find_all(&places, subdir, wanted, options, events.clone(), &form).await;
        let mut found = find().await?;
        // What shards are read depends on what other channels say, and is kept.
        if !found.sources.is_empty() && discard_damaged(&found) {
            for (_, pack) in &found.packs {
                pack.save_if_due().ok();
            }
            found = find().await?;
            if found.packs.iter().any(|(_, pack)| !pack.is_sound()) {
                found.versions = None;
            }
        }
        packed(found, wanted).await
    };
    reported(work, events, reporter).await
}

/// What became of packs in the cache; see [`look_after`].
#[derive(Debug)]
pub struct LookedAfter {
    /// Those whose files are not as they were written: nobody may count on their records.
    pub damaged: Vec<Arc<Pack>>,
    /// Whether all that were to be written were.
    pub are_written: bool,
}

/// Writes packs to the cache that are not there yet, and looks whether the files of the others
/// are as they were written.
///
/// Reads or writes every byte of them, so it is best called beside the work that is done over
/// them.
pub fn look_after(packs: &[Arc<Pack>]) -> LookedAfter {
    let mut are_written = true;
    for pack in packs {
        if let Err(error) = pack.save_if_due() {
            are_written = false;
            let subdir = &pack.home().subdir;
            tracing::debug!("the records of {subdir} are not kept: {error}");
        }
    }
    let damaged = packs.iter().filter(|pack| !pack.is_sound());
    LookedAfter {
        damaged: damaged.cloned().collect(),
        are_written,
    }
}

/// Removes the files of packs that are not as they were written; says whether there were any.
fn discard_damaged(found: &Found) -> bool {
    let damaged = found.packs.iter().filter(|(_, pack)| !pack.is_sound());
    let discarded = damaged.map(|(_, pack)| {
        if let Err(error) = pack.discard() {
            tracing::debug!("a damaged pack stays: {error}");
        }
    });
    discarded.count() > 0
}

/// Adds what is in shards, and says what the packs say of themselves.
async fn packed(found: Found, wanted: &Wanted) -> Result<Vec<OpenedChannel>, ChannelError> {
    let Found {
        channels,
        sources,
        packs,
        kept_names,
        versions,
    } = found;
    let mut opened: Vec<OpenedChannel> = channels
        .into_iter()
        .map(|about| OpenedChannel {
            about,
            packs: Vec::new(),
        })
        .collect();
    let packs: Vec<(usize, Arc<Pack>)> = packs
        .into_iter()
        .map(|(number, pack)| (number, Arc::from(pack)))
        .collect();
    let read = shard_packs::read(&sources, &packs, wanted, kept_names).await?;
    for (number, subdir, files) in &read.files {
        if let Some(channel) = opened.get_mut(*number) {
            set_files(&mut channel.about, *subdir, files.clone());
        }
    }
    let of_shards = if sources.is_empty() {
        Vec::new()
    } else {
        // Links files, and copies records where files cannot be linked.
        let keep = move || shard_packs::keep(&sources, read, versions.as_deref());
        tokio::task::spawn_blocking(keep)
            .await
            .map_err(unfinished)?
    };
    for (number, pack) in packs.into_iter().chain(of_shards) {
        let Some(channel) = opened.get_mut(number) else {
            continue;
        };
        let rejected = pack.rejected().map(|(file, reason)| RejectedRecord {
            file: file.to_owned(),
            reason: reason.to_owned(),
        });
        channel.about.rejected.extend(rejected);
        let removed = pack.removed().map(str::to_owned);
        channel.about.removed.extend(removed);
        channel.packs.push(pack);
    }
    for channel in &mut opened {
        // The same order, whoever answered first.
        channel
            .packs
            .sort_by(|a, b| a.home().subdir.cmp(&b.home().subdir));
        channel.about.rejected.sort();
        channel.about.removed.sort();
    }
    Ok(opened)
}
