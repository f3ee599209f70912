//! What comes out of a channel.

use std::collections::BTreeMap;

use rattler_conda_types::{Channel, RepoDataRecord, Subdir};
use rattler_redaction::strip_url_for_serialization;
use url::Url;

use crate::place::CHANNEL_ALIAS;

/// The records of one channel for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedChannel {
    /// The channel as the request wrote it, without credentials.
    pub name: String,
    /// The URL that lockfiles carry (`info.base_url` where the channel has one), ending in `/`.
    pub base_url: Url,
    /// What [`RepoDataRecord::channel`] says in every record: the channel's canonical
    /// URL, ending in `/`.
    ///
    /// A named or remote channel is called by its URL. A local channel is called by its
    /// `info.base_url` if it has one, so that the answer does not depend on the
    /// directory it lies in, and by its `file://` URL otherwise.
    pub channel: String,
    /// Where it was read: its URL without credentials, or the `file://` URL of the directory.
    pub location: Url,
    /// The URL below which the files of each subdir lie, ending in `/` (CEP 15).
    pub file_urls: BTreeMap<Subdir, Url>,
    /// Usable records, of the platform's subdir and noarch, by name and file name.
    pub records: Vec<RepoDataRecord>,
    /// Records that cannot be used, with the reason, by file.
    pub rejected: Vec<RejectedRecord>,
    /// Files that the channel lists as removed (of the names that were loaded), as
    /// `subdir/file`, sorted.
    pub removed: Vec<String>,
    /// Subdirs the channel does not have.
    pub missing_subdirs: Vec<Subdir>,
}

impl LoadedChannel {
    /// Whether a channel named in a spec (`channel::name`) is this one.
    ///
    /// Compared are the URLs without credentials, the text of the request, and, as
    /// conda does, the last part of the path of a local channel.
    pub fn is_channel(&self, other: &Channel) -> bool {
        let url = slashed(strip_url_for_serialization(other.base_url.url()));
        if url == self.location || url == self.base_url || url.as_str() == self.channel {
            return true;
        }
        let is_text = |name: &str| name == self.name.trim_end_matches('/');
        match url.as_str().strip_prefix(CHANNEL_ALIAS) {
            // A bare name, which need not mean the channel on anaconda.org.
            Some(name) => {
                let name = name.trim_end_matches('/');
                is_text(name)
                    || (!name.contains('/')
                        && self.location.scheme() == "file"
                        && [&self.location, &self.base_url]
                            .into_iter()
                            .any(|url| last_segment(url) == Some(name)))
            }
            None => url.scheme() == "file" && is_text(other.name().trim_end_matches('/')),
        }
    }
}

/// A record that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedRecord {
    /// Subdir and file name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// The URL with a path that ends in `/`.
pub(crate) fn slashed(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

fn last_segment(url: &Url) -> Option<&str> {
    url.path().trim_end_matches('/').rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::ChannelConfig;

    use super::*;

    fn loaded(name: &str, location: &str, base_url: &str, channel: &str) -> LoadedChannel {
        LoadedChannel {
            name: name.to_owned(),
            base_url: base_url.parse().unwrap(),
            channel: channel.to_owned(),
            location: location.parse().unwrap(),
            file_urls: BTreeMap::new(),
            records: Vec::new(),
            rejected: Vec::new(),
            removed: Vec::new(),
            missing_subdirs: Vec::new(),
        }
    }

    fn spec_channel(text: &str) -> Channel {
        let config = ChannelConfig::default_with_root_dir("/somewhere".into());
        Channel::from_str(text, &config).unwrap()
    }

    #[test]
    fn a_spec_names_a_remote_channel_by_name_or_url() {
        let url = "https://conda.anaconda.org/conda-forge/";
        let forge = loaded("conda-forge", url, url, url);
        assert!(forge.is_channel(&spec_channel("conda-forge")));
        assert!(forge.is_channel(&spec_channel("https://conda.anaconda.org/conda-forge")));
        assert!(forge.is_channel(&spec_channel(
            "https://conda.anaconda.org/t/secret/conda-forge"
        )));
        assert!(!forge.is_channel(&spec_channel("conda-forge/label/dev")));
        assert!(!forge.is_channel(&spec_channel("https://example.org/conda-forge")));
    }

    #[test]
    fn a_spec_names_a_local_channel_by_its_directory_too() {
        let base = "https://conda.example.org/lsstts/";
        let local = loaded(
            "../channels/lsstts",
            "file:///data/channels/lsstts/",
            base,
            base,
        );
        assert!(local.is_channel(&spec_channel("lsstts")));
        assert!(local.is_channel(&spec_channel("https://conda.example.org/lsstts")));
        assert!(local.is_channel(&spec_channel("file:///data/channels/lsstts")));
        assert!(!local.is_channel(&spec_channel("rubin")));
    }
}
