//! Several channels as packs: what a solve wants.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rattler_conda_types::Subdir;
use rsp_lock_index::pack::{Home, Pack, PackBuilder};
use rsp_lock_spec::{ChannelRequest, dependency_name};
use tokio::sync::mpsc::unbounded_channel;

use crate::{
    ChannelError, ChannelOptions, LoadedChannel, RejectedRecord, Reporter, Wanted,
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
/// Of a channel that has whole documents all records are there, wanted or not; they are read
/// once and kept as packs in the cache. Of shards those are there that are wanted. Everything
/// else is as [`load()`](crate::load()) says.
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
        cache: options.cache_dir.clone(),
    };
    let work = async {
        let found = find_all(&places, subdir, wanted, options, Events(sender), &form).await?;
        packed(found, wanted).await
    };
    reported(work, events, reporter).await
}

/// Adds what is in shards, and says what the packs say of themselves.
async fn packed(found: Found, wanted: &Wanted) -> Result<Vec<OpenedChannel>, ChannelError> {
    let Found {
        channels,
        sources,
        packs,
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
    let of_shards = read_shards(&sources, &packs, wanted, &mut opened).await?;
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

/// Asks shards for the wanted names, round after round until no new name turns up.
async fn read_shards(
    sources: &[(usize, Source)],
    packs: &[(usize, Arc<Pack>)],
    wanted: &Wanted,
    opened: &mut [OpenedChannel],
) -> Result<Vec<(usize, Arc<Pack>)>, ChannelError> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let start: BTreeSet<Arc<str>> = match wanted {
        Wanted::Reachable(names) | Wanted::Named(names) => {
            let names = names.iter().map(|name| Arc::from(name.as_normalized()));
            names.collect()
        }
        Wanted::All => {
            let names = sources.iter().flat_map(|(_, source)| source.names());
            names.map(Arc::from).collect()
        }
    };
    let mut builders: BTreeMap<usize, PackBuilder> = BTreeMap::new();
    let mut homes: BTreeMap<usize, Home> = BTreeMap::new();
    let mut seen = start.clone();
    let mut frontier: Vec<Arc<str>> = start.into_iter().collect();
    while !frontier.is_empty() {
        let names: Arc<[Arc<str>]> = frontier.drain(..).collect();
        let mut wants: BTreeSet<Arc<str>> = BTreeSet::new();
        for (_, pack) in packs {
            for name in &*names {
                let rows = pack.rows(name);
                let texts = rows.flat_map(|row| pack.depends(row));
                wants.extend(texts.map(|text| Arc::from(dependency_name(text).to_lowercase())));
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
            let home = homes
                .entry(at)
                .or_insert_with(|| home_of(source, &batch.records));
            let builder = builders.entry(at).or_default();
            for record in &batch.records {
                builder.add_record(record, rsp_lock_index::pack::NONE, home);
            }
            if let Some(channel) = opened.get_mut(*number) {
                channel.about.rejected.append(&mut batch.rejected);
                channel.about.removed.append(&mut batch.removed);
            }
        }
        if matches!(wanted, Wanted::Reachable(_)) {
            frontier = wants
                .into_iter()
                .filter(|name| !name.starts_with("__") && seen.insert(name.clone()))
                .collect();
        }
    }
    Ok(builders
        .into_iter()
        .filter_map(|(at, builder)| {
            let (number, _) = sources.get(at)?;
            let home = homes.remove(&at)?;
            Some((*number, Arc::new(builder.finish(home, ""))))
        })
        .collect())
}

/// Where the records of a source come from. Records of remote shards say it themselves.
fn home_of(source: &Source, records: &[rattler_conda_types::RepoDataRecord]) -> Home {
    let home = source.home();
    let of_records = records
        .first()
        .and_then(|record| record.url.join("./").ok());
    Home {
        subdir: home.subdir.as_ref().into(),
        files: of_records.as_ref().unwrap_or(&home.files).as_str().into(),
        channel: home.channel.as_ref().into(),
    }
}
