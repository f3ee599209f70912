//! Records, channel by channel, wherever they came from.

use rattler_conda_types::{Channel, PackageName, RepoDataRecord};
use url::Url;

/// The records of one channel.
///
/// Records of any platform may be in it: those that are neither of the wanted
/// subdir nor of `noarch` are not looked at.
#[derive(Clone, Debug)]
pub struct ChannelSource {
    /// The channel as the request writes it.
    pub name: String,
    /// What [`RepoDataRecord::channel`] says in its records: its canonical URL, ending in `/`.
    pub url: String,
    /// URLs that files of this channel begin with, each ending in `/`; [`Self::url`] need
    /// not be repeated.
    pub file_urls: Vec<Url>,
    /// Its records.
    pub records: Vec<RepoDataRecord>,
    /// Records that could not be used: subdir and file name, and why.
    pub rejected: Vec<(String, String)>,
    /// Subdirs that the channel does not have.
    pub missing_subdirs: Vec<String>,
}

impl ChannelSource {
    /// A channel of records that the caller holds.
    ///
    /// Sorts them by name; sets [`RepoDataRecord::channel`] where it says something else.
    pub fn new(name: &str, url: &Url, mut records: Vec<RepoDataRecord>) -> Self {
        let mut url = url.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let url = url.to_string();
        for record in &mut records {
            if record.channel.as_deref() != Some(url.as_str()) {
                record.channel = Some(url.clone());
            }
        }
        sort(&mut records);
        Self {
            name: name.to_owned(),
            url,
            file_urls: Vec::new(),
            records,
            rejected: Vec::new(),
            missing_subdirs: Vec::new(),
        }
    }

    /// The records of a name.
    pub fn named(&self, name: &PackageName) -> &[RepoDataRecord] {
        let name = name.as_normalized();
        let of = |record: &RepoDataRecord| record.package_record.name.as_normalized().cmp(name);
        let start = self.records.partition_point(|record| of(record).is_lt());
        let rest = self.records.get(start..).unwrap_or_default();
        let count = rest.partition_point(|record| of(record).is_eq());
        rest.get(..count).unwrap_or_default()
    }

    /// The record of a file.
    pub fn file(&self, name: &PackageName, url: &Url) -> Option<&RepoDataRecord> {
        self.named(name).iter().find(|record| record.url == *url)
    }

    /// Whether a channel named in a spec (`channel::name`) is this one.
    pub(crate) fn is_channel(&self, other: &Channel) -> bool {
        other.canonical_name() == self.url
            || other.name().trim_end_matches('/') == self.name.trim_end_matches('/')
    }
}

/// By name and file name, so that [`ChannelSource::named`] finds them.
pub(crate) fn sort(records: &mut [RepoDataRecord]) {
    let sorted = records.is_sorted_by(|a, b| key(a) <= key(b));
    if !sorted {
        records.sort_by(|a, b| key(a).cmp(&key(b)));
    }
}

fn key(record: &RepoDataRecord) -> (&str, &str) {
    let file = record.url.path().rsplit('/').next().unwrap_or_default();
    (record.package_record.name.as_normalized(), file)
}
