//! Channels as records, and progress on the way.

use rsp_lock_channel::{ChannelOptions, LoadedChannel, Wanted, load};
use rsp_lock_spec::{ChannelRequest, Request, Requirement};

use crate::{error::Error, reporter::Reporter, source::ChannelSource};
use rattler_conda_types::Subdir;

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

/// Loaded channels as sources of records.
pub(crate) fn sources(loaded: Vec<LoadedChannel>) -> Vec<ChannelSource> {
    loaded.into_iter().map(source).collect()
}

fn source(loaded: LoadedChannel) -> ChannelSource {
    let mut records = loaded.records;
    crate::source::sort(&mut records);
    ChannelSource {
        name: loaded.name,
        url: loaded.channel,
        file_urls: loaded
            .file_urls
            .into_values()
            .chain([loaded.base_url])
            .collect(),
        records,
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
/// channel call it. A channel that was not loaded is left as it is.
pub(crate) fn with_loaded_channels(request: &Request, loaded: &[LoadedChannel]) -> Request {
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
            .and_then(|channel| loaded.iter().find(|loaded| loaded.is_channel(channel)))
            .and_then(|loaded| url::Url::parse(&loaded.channel).ok());
        if let Some(url) = known {
            line.spec.channel = Some(rattler_conda_types::Channel::from_url(url).into());
        }
    }
    request
}
