//! Whether a record is what a spec asks for.

use std::path::PathBuf;

use rattler_conda_types::{Channel, ChannelConfig, MatchSpec, Matches, RepoDataRecord, Subdir};
use url::Url;

/// Whether a record is what a spec asks for, channel, subdir and file name included.
///
/// `rattler_conda_types::Matches` looks at name, version, build, hashes,
/// licence, features, flags and URL only. Conditions and extras are not
/// looked at: they say when and what else, not which record.
pub fn satisfies(spec: &MatchSpec, record: &RepoDataRecord) -> bool {
    spec.matches(record)
        && spec
            .subdir
            .as_ref()
            .is_none_or(|subdir| *subdir == record.package_record.subdir)
        && spec
            .file_name
            .as_ref()
            .is_none_or(|file| *file == record.identifier.to_file_name())
        && spec
            .channel
            .as_ref()
            .is_none_or(|channel| is_of_channel(channel, record))
}

fn is_of_channel(channel: &Channel, record: &RepoDataRecord) -> bool {
    let subdir = record.package_record.subdir.as_str();
    if let Some(platforms) = &channel.platforms
        && !platforms.iter().any(|platform| platform.as_str() == subdir)
    {
        return false;
    }
    let wanted = channel.base_url.url();
    below_channel(wanted, &record.url).is_some_and(starts_with_subdir)
        || record.channel.as_ref().is_some_and(|text| {
            // The root only serves relative paths, which a record does not have.
            let config = ChannelConfig::default_with_root_dir(PathBuf::from("/"));
            Channel::from_str(text, &config)
                .is_ok_and(|channel| same_place(channel.base_url.url(), wanted))
        })
}

fn same_place(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
        && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
}

/// The path of a URL below a channel, without a leading `/`; `None` if it is elsewhere.
pub(crate) fn below_channel<'u>(channel: &Url, url: &'u Url) -> Option<&'u str> {
    if channel.scheme() != url.scheme()
        || channel.host() != url.host()
        || channel.port_or_known_default() != url.port_or_known_default()
    {
        return None;
    }
    url.path()
        .strip_prefix(channel.path().trim_end_matches('/'))?
        .strip_prefix('/')
}

/// Whether a path below a channel starts with a subdir, rather than with the
/// label or the name of another channel.
pub(crate) fn starts_with_subdir(path: &str) -> bool {
    path.split_once('/')
        .is_some_and(|(first, _)| first.parse::<Subdir>().is_ok())
}
