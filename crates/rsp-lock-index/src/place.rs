//! Where a record is: its channel, subdir and file, which rattler's matching passes over.

use std::path::PathBuf;

use rattler_conda_types::{Channel, ChannelConfig, MatchSpec};
use url::Url;

/// Where a record is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What [`RepoDataRecord::channel`](rattler_conda_types::RepoDataRecord::channel) says.
    pub channel: Option<&'a str>,
    /// Its subdir.
    pub subdir: &'a str,
    /// Its file name.
    pub file: &'a str,
}

/// Whether a spec says more about where a record is than rattler's matching looks at.
pub fn names_a_place(spec: &MatchSpec) -> bool {
    spec.channel.is_some() || spec.subdir.is_some() || spec.file_name.is_some()
}

/// Whether a record is where a spec says.
pub fn is_in_place(spec: &MatchSpec, place: Place<'_>) -> bool {
    spec.subdir
        .as_ref()
        .is_none_or(|wanted| wanted == place.subdir)
        && spec
            .file_name
            .as_ref()
            .is_none_or(|file| file == place.file)
        && spec.channel.as_ref().is_none_or(|channel| {
            channel.platforms.as_ref().is_none_or(|platforms| {
                let mut platforms = platforms.iter();
                platforms.any(|platform| platform.as_str() == place.subdir)
            }) && is_of_channel(channel, place.channel)
        })
}

fn is_of_channel(wanted: &Channel, channel: Option<&str>) -> bool {
    let Some(text) = channel else {
        return false;
    };
    let url = wanted.base_url.url();
    let same = |other: &Url| {
        url.scheme() == other.scheme()
            && url.host() == other.host()
            && url.port_or_known_default() == other.port_or_known_default()
            && url.path().trim_end_matches('/') == other.path().trim_end_matches('/')
    };
    // The root only serves relative paths, which a record does not have.
    let config = ChannelConfig::default_with_root_dir(PathBuf::from("/"));
    Channel::from_str(text, &config).is_ok_and(|channel| same(channel.base_url.url()))
}
