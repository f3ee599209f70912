//! Several channels as packs: what a solve wants.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use rattler_conda_types::{PackageName, RepoDataRecord, Subdir};
use rsp_lock_index::pack::{Home, Pack, PackBuilder};
use rsp_lock_spec::{ChannelRequest, dependency_name};
use tokio::sync::mpsc::unbounded_channel;

use crate::{
    ChannelError, ChannelOptions, LoadedChannel, RejectedRecord, Reporter, Wanted,
    kept::{self, Asked},
    load::{Found, find_all, read_all, set_files},
    place,
    progress::{Events, reported},
    source::{As, Source},
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
    let start = start(&sources, wanted, kept_names);
    let read = read_shards(&sources, &packs, wanted, start, &mut opened).await?;
    let of_shards = keep_shards(&sources, read, versions.as_deref());
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

/// The names that shards are asked for first.
fn start(
    sources: &[(usize, Source)],
    wanted: &Wanted,
    kept_names: BTreeSet<Arc<str>>,
) -> BTreeSet<Arc<str>> {
    let lower = |name: &PackageName| Arc::from(name.as_normalized());
    match wanted {
        Wanted::Reachable(names) => names.iter().map(lower).chain(kept_names).collect(),
        Wanted::Named(names) => names.iter().map(lower).collect(),
        Wanted::All => {
            let names = sources.iter().flat_map(|(_, source)| source.names());
            names.map(Arc::from).collect()
        }
    }
}

/// What was read of shards.
struct ReadShards {
    /// One a source that has records of what was asked for.
    packs: BTreeMap<usize, Pack>,
    /// What was asked for; `None` if that is not all that it reaches.
    asked: Option<Asked>,
}

/// Asks shards for names, round after round until no new name turns up.
async fn read_shards(
    sources: &[(usize, Source)],
    packs: &[(usize, Arc<Pack>)],
    wanted: &Wanted,
    start: BTreeSet<Arc<str>>,
    opened: &mut [OpenedChannel],
) -> Result<ReadShards, ChannelError> {
    let mut builders: BTreeMap<usize, (PackBuilder, Option<Home>)> = BTreeMap::new();
    let mut seen = start.clone();
    let mut frontier: Vec<Arc<str>> = start.into_iter().collect();
    while !frontier.is_empty() && !sources.is_empty() {
        let names: Arc<[Arc<str>]> = frontier.drain(..).collect();
        let mut wants: BTreeSet<Arc<str>> = BTreeSet::new();
        for (_, pack) in packs {
            for name in &*names {
                for row in pack.rows(name) {
                    wants.extend(pack.depends(row).map(wanted_name));
                    let of_extras = pack.extra_depends(row);
                    wants.extend(of_extras.iter().map(|text| wanted_name(text)));
                }
            }
        }
        let reads = sources
            .iter()
            .map(|(_, source)| (source.clone(), names.clone()));
        for (at, mut batch) in read_all(reads.collect()).await?.into_iter().enumerate() {
            let Some((number, source)) = sources.get(at) else {
                continue;
            };
            wants.append(&mut batch.wants);
            if source.knows_files_from_records()
                && let Some(record) = batch.records.first()
                && let Ok(files) = record.url.join("./")
                && let Some(channel) = opened.get_mut(*number)
            {
                set_files(&mut channel.about, source.subdir(), files);
            }
            let (builder, home) = builders.entry(at).or_default();
            // The same rows, whoever answered first: what is compiled counts on it.
            batch
                .records
                .sort_by(|a, b| a.url.as_str().cmp(b.url.as_str()));
            for record in &batch.records {
                let home = home.get_or_insert_with(|| home_of(source, record));
                builder.add_record(record, rsp_lock_index::pack::NONE, home);
            }
            let below = format!("{}/", source.subdir());
            for rejected in batch.rejected {
                let file = rejected.file.strip_prefix(&below);
                builder.reject(file.unwrap_or(&rejected.file), rejected.reason);
            }
            for removed in batch.removed {
                builder.remove(removed.strip_prefix(&below).unwrap_or(&removed));
            }
        }
        if matches!(wanted, Wanted::Reachable(_)) {
            frontier = wants
                .into_iter()
                .filter(|name| !name.starts_with("__") && seen.insert(name.clone()))
                .collect();
        }
    }
    let packs = builders.into_iter().filter_map(|(at, (builder, home))| {
        let (_, source) = sources.get(at)?;
        let home = home.unwrap_or_else(|| own_home(source));
        Some((at, builder.finish(home, "")))
    });
    Ok(ReadShards {
        packs: packs.collect(),
        asked: match wanted {
            Wanted::Reachable(_) => Some(Asked::Names(seen)),
            Wanted::All => Some(Asked::EveryName),
            Wanted::Named(_) => None,
        },
    })
}

fn wanted_name(text: &str) -> Arc<str> {
    Arc::from(dependency_name(text).to_lowercase())
}

/// Says where what was read of shards is to be kept, where that is possible. Each pack comes
/// with the number of its channel.
fn keep_shards(
    sources: &[(usize, Source)],
    read: ReadShards,
    versions: Option<&str>,
) -> Vec<(usize, Arc<Pack>)> {
    let ReadShards { packs, asked } = read;
    let packs = packs.into_iter().filter_map(|(at, pack)| {
        let (number, source) = sources.get(at)?;
        let pack = match (source.keep(), versions, &asked) {
            (Some(keep), Some(versions), Some(asked)) => keep.to_be_kept(pack, versions, asked),
            _ => pack,
        };
        Some((*number, Arc::new(pack)))
    });
    packs.collect()
}

/// Where the records of a source come from. Those of remote shards say it themselves.
fn home_of(source: &Source, record: &RepoDataRecord) -> Home {
    let files = record.url.join("./").ok();
    Home {
        files: match files {
            Some(files) => files.as_str().into(),
            None => source.home().files.as_str().into(),
        },
        ..own_home(source)
    }
}

fn own_home(source: &Source) -> Home {
    let home = source.home();
    Home {
        subdir: home.subdir.as_ref().into(),
        files: home.files.as_str().into(),
        channel: home.channel.as_ref().into(),
    }
}
