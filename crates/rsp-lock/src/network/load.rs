//! Channels as records, and progress on the way.

use std::sync::Arc;

use rattler_conda_types::Subdir;
use rsp_lock_channel::{
    ChannelOptions, LoadedChannel, LookedAfter, OpenedChannel, Wanted, load, look_after, open,
    unfinished,
};
use rsp_lock_index::pack::Pack;
use rsp_lock_spec::{ChannelRequest, Request, Requirement};

use crate::{
    error::Error,
    reporter::Reporter,
    source::{ChannelSource, Offer},
};

/// Hands the progress of downloads on.
struct Fetches<'a>(&'a dyn Reporter);

impl rsp_lock_channel::Reporter for Fetches<'_> {
    fn on_fetch_start(&self, url: &str, size: Option<u64>) {
        self.0.on_fetch_start(url, size);
    }
    fn on_fetch_progress(&self, url: &str, bytes: u64) {
        self.0.on_fetch_progress(url, bytes);
    }
    fn on_fetch_done(&self, url: &str) {
        self.0.on_fetch_done(url);
    }
}

/// Reads channels for one platform.
pub(crate) async fn load_channels(
    channels: &[ChannelRequest],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<LoadedChannel>, Error> {
    Ok(load(channels, subdir, wanted, options, &Fetches(reporter)).await?)
}

/// Opens channels for one platform, keeps what is new in the cache, and reads again what that has
/// damaged files of.
pub(crate) async fn open_channels(
    channels: &[ChannelRequest],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<OpenedChannel>, Error> {
    let mut options = options.clone();
    for _ in 0..2 {
        let opened = open_unguarded(channels, subdir, wanted, &options, reporter).await?;
        let packs = all_packs(&opened);
        let look = tokio::task::spawn_blocking(move || look_after(&packs));
        let LookedAfter { damaged, .. } = look.await.map_err(unfinished)?;
        if damaged.is_empty() {
            return Ok(opened);
        }
        options = discard(&damaged, &options);
    }
    Err(Error::UnreliableCache)
}

/// The packs of all channels.
pub(crate) fn all_packs(opened: &[OpenedChannel]) -> Vec<Arc<Pack>> {
    let packs = opened.iter().flat_map(|channel| &channel.packs);
    packs.cloned().collect()
}

/// Removes the files of damaged packs, so that what is in them is read again; says how channels
/// are to be opened then. A cache that cannot be mended is done without.
pub(crate) fn discard(damaged: &[Arc<Pack>], options: &ChannelOptions) -> ChannelOptions {
    let mut options = options.clone();
    for pack in damaged {
        let subdir = &pack.home().subdir;
        if let Err(error) = pack.discard() {
            tracing::warn!("the cache of {subdir} is damaged, and not used: {error}");
            options.without_index = true;
        } else {
            tracing::warn!("the cache of {subdir} was damaged: it is made again");
        }
    }
    options
}

/// [`open_channels`] for who looks after the packs beside their work.
pub(crate) async fn open_unguarded(
    channels: &[ChannelRequest],
    subdir: Subdir,
    wanted: &Wanted,
    options: &ChannelOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<OpenedChannel>, Error> {
    Ok(open(channels, subdir, wanted, options, &Fetches(reporter)).await?)
}

/// Loaded channels as sources of records.
pub(crate) fn sources(loaded: Vec<LoadedChannel>) -> Vec<ChannelSource> {
    loaded
        .into_iter()
        .map(|mut loaded| {
            let mut records = std::mem::take(&mut loaded.records);
            crate::source::sort(&mut records);
            source(loaded, Offer::Records(records))
        })
        .collect()
}

/// Opened channels as sources of records.
pub(crate) fn packed_sources(opened: Vec<OpenedChannel>) -> Vec<ChannelSource> {
    opened
        .into_iter()
        .map(|opened| source(opened.about, Offer::from(opened.packs)))
        .collect()
}

fn source(loaded: LoadedChannel, offer: Offer) -> ChannelSource {
    ChannelSource {
        name: loaded.name,
        url: loaded.channel,
        file_urls: loaded
            .file_urls
            .into_values()
            .chain([loaded.base_url])
            .collect(),
        offer,
        rejected: loaded
            .rejected
            .into_iter()
            .map(|rejected| (rejected.file, rejected.reason))
            .collect(),
        missing_subdirs: loaded
            .missing_subdirs
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

/// The request with every channel that a spec names called as the records of that
/// channel call it. A channel that was not opened is left as it is.
pub(crate) fn with_opened_channels(request: &Request, opened: &[OpenedChannel]) -> Request {
    let mut request = request.clone();
    let lines: &mut dyn Iterator<Item = &mut Requirement> = &mut request
        .requirements
        .iter_mut()
        .chain(&mut request.constraints);
    for line in lines {
        let known = line
            .spec
            .channel
            .as_deref()
            .and_then(|channel| {
                opened
                    .iter()
                    .find(|opened| opened.about.is_channel(channel))
            })
            .and_then(|opened| url::Url::parse(&opened.about.channel).ok());
        if let Some(url) = known {
            line.spec.channel = Some(rattler_conda_types::Channel::from_url(url).into());
        }
    }
    request
}
