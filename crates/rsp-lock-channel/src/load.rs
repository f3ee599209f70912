//! Several channels at once: open what is there, follow dependencies, sort.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rattler_conda_types::{PackageName, RepoDataRecord, Subdir};
use rsp_lock_index::pack::Pack;
use rsp_lock_spec::ChannelRequest;
use tokio::{sync::mpsc::unbounded_channel, task::JoinSet};
use url::Url;

use crate::{
    ChannelError, ChannelOptions, LoadedChannel, RejectedRecord, Reporter, base_url,
    batch::Batch,
    kept, local, packs,
    place::{self, Place},
    progress::{Events, reported},
    record::Home,
    remote::Remote,
    source::{As, Opened, Shards, Source, open_local, open_packed, open_remote},
    unfinished::unfinished,
};

/// Which records are wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// All that can be reached over `depends` (optional ones too) from these names,
    /// through any of the channels.
    Reachable(Vec<PackageName>),
    /// Those of exactly these names.
    Named(Vec<PackageName>),
    /// All there are.
    All,
}

/// Loads the records of several channels for one platform, in the order of the channels.
///
/// Each channel is read for `subdir` and for noarch. Lacking one of them is noted in
/// [`LoadedChannel::missing_subdirs`]; lacking both is an error. A channel that is named
/// twice has its records in the first place only.
///
/// Must be called within a tokio runtime. The future is `Send`; dropping it stops the work.
pub async fn load(
    channels: &[ChannelRequest],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<LoadedChannel>, ChannelError> {
    let places = channels
        .iter()
        .map(|channel| place::find(&channel.text, options))
        .collect::<Result<Vec<_>, _>>()?;
    let (sender, events) = unbounded_channel();
    let work = async {
        let found = find_all(
            &places,
            subdir,
            wanted,
            options,
            Events(sender),
            &As::Documents,
        )
        .await?;
        let mut loaded = found.channels;
        let batches = collect(&found.sources, wanted).await?;
        for ((number, source), batch) in found.sources.iter().zip(batches) {
            if let Some(channel) = loaded.get_mut(*number) {
                add(channel, source, batch);
            }
        }
        for channel in &mut loaded {
            sort(channel);
        }
        Ok(loaded)
    };
    reported(work, events, reporter).await
}

/// What there is of some channels.
pub(crate) struct Found {
    /// Without records.
    pub(crate) channels: Vec<LoadedChannel>,
    /// Places to ask for records, each with the number of its channel.
    pub(crate) sources: Vec<(usize, Source)>,
    /// What is packed already, each with the number of its channel.
    pub(crate) packs: Vec<(usize, Box<Pack>)>,
    /// Names that are worth reading, wanted or not: what was kept of shards had them.
    pub(crate) kept_names: BTreeSet<Arc<str>>,
    /// What tells this state of all channels from others, if anything does.
    pub(crate) versions: Option<String>,
}

/// Opens the subdirs of all channels.
pub(crate) async fn find_all(
    places: &[Place],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    events: Events,
    form: &As,
) -> Result<Found, ChannelError> {
    let subdirs: Vec<Subdir> = if subdir == Subdir::NoArch {
        vec![Subdir::NoArch]
    } else {
        vec![subdir, Subdir::NoArch]
    };
    let remote = if places.iter().any(|place| place.directory.is_none()) {
        let credentials = places
            .iter()
            .filter_map(|place| Some((place.url.clone(), place.credential.clone()?)))
            .collect();
        Some(Arc::new(Remote::new(options, credentials, events)?))
    } else {
        None
    };
    let mut opened = open_all(places, &subdirs, wanted, remote.as_ref(), form).await?;
    let versions = kept::versions(opened.iter().flatten().map(|(_, opened)| opened.as_ref()));
    let kept = opened
        .iter()
        .flatten()
        .filter_map(|(_, opened)| match opened {
            Some(Opened::KeptShards(kept)) => Some(kept),
            _ => None,
        });
    let kept: Vec<_> = kept.collect();
    let mut found = Found {
        channels: Vec::with_capacity(places.len()),
        sources: Vec::new(),
        packs: Vec::new(),
        kept_names: BTreeSet::new(),
        versions: None,
    };
    if let Some(names) = kept::lacking(&kept, versions.as_deref(), wanted) {
        found.kept_names = names;
        reopen_kept(places, &mut opened, wanted, remote.as_ref(), form).await?;
    }
    found.versions = versions;
    for (number, (place, opened)) in places.iter().zip(opened).enumerate() {
        if opened.iter().all(|(_, opened)| opened.is_none()) {
            return Err(nothing_there(place, &subdirs, remote.as_deref()).await);
        }
        let mut earlier = found.channels.iter();
        let is_repeated = earlier.any(|earlier| earlier.location == place.url);
        let (channel, sources, packs) = describe(place, opened)?;
        found.channels.push(channel);
        if !is_repeated {
            let numbered = sources.into_iter().map(|source| (number, source));
            found.sources.extend(numbered);
            let numbered = packs.into_iter().map(|pack| (number, pack));
            found.packs.extend(numbered);
        }
    }
    Ok(found)
}

type OpenedSubdirs = Vec<(Subdir, Option<Opened>)>;

/// Opens every subdir of every channel: what was packed before at once, all else side by side.
/// Of several errors the first in the order of the channels counts, so that the message does
/// not depend on timing.
async fn open_all(
    places: &[Place],
    subdirs: &[Subdir],
    wanted: &Wanted,
    remote: Option<&Arc<Remote>>,
    form: &As,
) -> Result<Vec<OpenedSubdirs>, ChannelError> {
    let all = matches!(wanted, Wanted::All);
    let (mut tasks, mut writing) = (JoinSet::new(), JoinSet::new());
    let mut local = Vec::new();
    for (number, place) in places.iter().enumerate() {
        for (position, &subdir) in subdirs.iter().enumerate() {
            let (place, form) = (place.clone(), form.clone());
            let key = (number, position);
            match (&place.directory, remote) {
                (None, Some(remote)) => {
                    let remote = remote.clone();
                    tasks.spawn(async move {
                        let opened =
                            open_remote(&remote, &place, subdir, all, &form, Shards::Kept).await;
                        (key, opened)
                    });
                }
                _ => local.push((key, place, subdir, form)),
            }
        }
    }
    let mut results = BTreeMap::new();
    if !local.is_empty() {
        // A thread for each would take longer than what these do.
        let packed = tokio::task::spawn_blocking(move || {
            let open = local.into_iter().map(|(key, place, subdir, form)| {
                let opened = open_packed(&place, subdir, &form);
                (key, place, subdir, form, opened)
            });
            open.collect::<Vec<_>>()
        });
        for (key, place, subdir, form, opened) in packed.await.map_err(unfinished)? {
            if opened.is_some() {
                results.insert(key, Ok(opened));
            } else {
                tasks
                    .spawn_blocking(move || (key, open_local(&place, subdir, &form, Shards::Kept)));
            }
        }
    }
    let mut may_fail = false;
    while let Some(joined) = tasks.join_next().await {
        let (key, result) = joined.map_err(unfinished)?;
        may_fail |= !matches!(result, Ok(Some(_)));
        match result {
            // While another is read there is time to write this one; and where one is missing
            // nobody may come to do it later.
            Ok(Some(Opened::Pack(pack))) if pack.is_due() && (may_fail || !tasks.is_empty()) => {
                writing.spawn_blocking(move || (key, Opened::Pack(packs::written(pack))));
            }
            other => {
                results.insert(key, other);
            }
        }
    }
    while let Some(joined) = writing.join_next().await {
        let (key, opened) = joined.map_err(unfinished)?;
        results.insert(key, Ok(Some(opened)));
    }
    let mut opened: Vec<OpenedSubdirs> = places.iter().map(|_| Vec::new()).collect();
    for ((number, position), result) in results {
        if let (Some(channel), Some(subdir)) = (opened.get_mut(number), subdirs.get(position)) {
            channel.push((*subdir, result?));
        }
    }
    Ok(opened)
}

/// Opens those subdirs once more of whose shards what is kept is not enough.
async fn reopen_kept(
    places: &[Place],
    opened: &mut [OpenedSubdirs],
    wanted: &Wanted,
    remote: Option<&Arc<Remote>>,
    form: &As,
) -> Result<(), ChannelError> {
    let all = matches!(wanted, Wanted::All);
    for (place, opened) in places.iter().zip(opened) {
        for (subdir, opened) in opened {
            if !matches!(opened, Some(Opened::KeptShards(kept)) if !kept.is_complete()) {
                continue;
            }
            *opened = match (&place.directory, remote) {
                (None, Some(remote)) => {
                    open_remote(remote, place, *subdir, all, form, Shards::Themselves).await?
                }
                _ => open_local(place, *subdir, form, Shards::Themselves)?,
            };
        }
    }
    Ok(())
}

/// The error for a channel that has none of the subdirs.
async fn nothing_there(place: &Place, subdirs: &[Subdir], remote: Option<&Remote>) -> ChannelError {
    let (location, present, exists) = match (&place.directory, remote) {
        (Some(directory), _) => (
            directory.display().to_string(),
            local::present_subdirs(directory),
            directory.is_dir(),
        ),
        (None, Some(remote)) => {
            let present = remote.present_subdirs(place, subdirs).await;
            let exists = !present.is_empty();
            (place.url.to_string(), present, exists)
        }
        (None, None) => (place.url.to_string(), Vec::new(), false),
    };
    if exists {
        ChannelError::NoSubdir {
            channel: place.name.clone(),
            location,
            wanted: subdirs.iter().map(ToString::to_string).collect(),
            present,
        }
    } else {
        ChannelError::Unknown {
            channel: place.name.clone(),
            location,
            status: place.directory.is_none().then_some(404),
            directory: place.lookalike.clone(),
        }
    }
}

/// A channel without records, where to ask for them, and those that are packed.
type Described = (LoadedChannel, Vec<Source>, Vec<Box<Pack>>);

/// What is known about a channel before its records, and the sources of those.
fn describe(place: &Place, opened: OpenedSubdirs) -> Result<Described, ChannelError> {
    let mut missing_subdirs = Vec::new();
    let mut found = Vec::new();
    for (subdir, opened) in opened {
        match opened {
            Some(opened) => {
                let files = opened.file_url(place, subdir)?;
                found.push((subdir, opened, files));
            }
            None => missing_subdirs.push(subdir),
        }
    }
    let base_url = found.first().map_or_else(
        || place.url.clone(),
        |(subdir, _, files)| base_url::channel_url(files, subdir.as_str()),
    );
    let is_local_only = place.url.scheme() == "file";
    let channel = if is_local_only { &base_url } else { &place.url };
    let channel: Arc<str> = channel.as_str().into();
    let file_urls = found
        .iter()
        .map(|(subdir, _, files)| (*subdir, files.clone()))
        .collect();
    let (mut sources, mut packs) = (Vec::new(), Vec::new());
    for (subdir, opened, files) in found {
        let home = Home {
            subdir: subdir.as_str().into(),
            files,
            channel: channel.clone(),
        };
        match Source::new(subdir, opened, home) {
            Ok(source) => sources.push(source),
            Err(mut pack) => {
                pack.set_channel(&channel);
                packs.push(pack);
            }
        }
    }
    let loaded = LoadedChannel {
        name: place.name.clone(),
        base_url,
        channel: channel.as_ref().to_owned(),
        location: place.url.clone(),
        file_urls,
        records: Vec::new(),
        rejected: Vec::new(),
        removed: Vec::new(),
        missing_subdirs,
    };
    Ok((loaded, sources, packs))
}

/// Asks every source for the wanted names, round after round until no new name turns up.
async fn collect(sources: &[(usize, Source)], wanted: &Wanted) -> Result<Vec<Batch>, ChannelError> {
    let mut batches: Vec<Batch> = sources.iter().map(|_| Batch::default()).collect();
    let (start, follow) = match wanted {
        Wanted::Reachable(names) => (names.as_slice(), true),
        Wanted::Named(names) => (names.as_slice(), false),
        Wanted::All => {
            let reads = sources.iter().map(|(_, source)| {
                let mut names = source.names();
                names.sort_unstable();
                (source.clone(), names.into())
            });
            return read_all(reads.collect()).await;
        }
    };
    let mut seen: BTreeSet<Arc<str>> = start
        .iter()
        .map(|name| Arc::from(name.as_normalized()))
        .collect();
    let mut frontier: Vec<Arc<str>> = seen.iter().cloned().collect();
    while !frontier.is_empty() {
        let names: Arc<[Arc<str>]> = frontier.drain(..).collect();
        let reads = sources
            .iter()
            .map(|(_, source)| (source.clone(), names.clone()));
        let mut wants = BTreeSet::new();
        for (mut batch, total) in read_all(reads.collect())
            .await?
            .into_iter()
            .zip(&mut batches)
        {
            wants.append(&mut batch.wants);
            total.append(batch);
        }
        if follow {
            frontier = wants
                .into_iter()
                .filter(|name| !name.starts_with("__") && seen.insert(name.clone()))
                .collect();
        }
    }
    Ok(batches)
}

/// Reads from several sources at a time; the batches are in the order of the sources.
async fn read_all(reads: Vec<(Source, Arc<[Arc<str>]>)>) -> Result<Vec<Batch>, ChannelError> {
    let mut tasks = JoinSet::new();
    for (number, (source, names)) in reads.into_iter().enumerate() {
        tasks.spawn(async move { (number, source.read(names).await) });
    }
    let mut batches = BTreeMap::new();
    while let Some(joined) = tasks.join_next().await {
        let (number, batch) = joined.map_err(unfinished)?;
        batches.insert(number, batch);
    }
    batches.into_values().collect()
}

fn add(channel: &mut LoadedChannel, source: &Source, batch: Batch) {
    if source.knows_files_from_records()
        && let Some(record) = batch.records.first()
        && let Ok(files) = record.url.join("./")
    {
        set_files(channel, source.subdir(), files);
    }
    channel.records.extend(batch.records);
    channel.rejected.extend(batch.rejected);
    channel.removed.extend(batch.removed);
    channel.rejected.extend(
        source
            .unusable()
            .map(|(file, reason)| RejectedRecord { file, reason }),
    );
}

/// The index of remote shards is the gateway's: where the files are shows in the records.
pub(crate) fn set_files(channel: &mut LoadedChannel, subdir: Subdir, files: Url) {
    if channel
        .file_urls
        .keys()
        .all(|known| *known == Subdir::NoArch || *known == subdir)
    {
        channel.base_url = base_url::channel_url(&files, subdir.as_str());
    }
    channel.file_urls.insert(subdir, files);
}

fn sort(channel: &mut LoadedChannel) {
    channel.records.sort_by(|a, b| {
        a.package_record
            .name
            .as_normalized()
            .cmp(b.package_record.name.as_normalized())
            .then_with(|| file_name(a).cmp(file_name(b)))
            .then_with(|| a.package_record.subdir.cmp(&b.package_record.subdir))
    });
    channel.rejected.sort();
    channel.rejected.dedup();
    channel.removed.sort();
    channel.removed.dedup();
}

fn file_name(record: &RepoDataRecord) -> &str {
    record.url.path().rsplit('/').next().unwrap_or_default()
}
