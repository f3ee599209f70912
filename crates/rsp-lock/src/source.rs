//! Records, channel by channel, wherever they came from.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use elsa::sync::FrozenMap;
use rattler_conda_types::{Channel, PackageName, RepoDataRecord};
use rsp_lock_index::pack::Pack;
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
    pub(crate) offer: Offer,
    /// Records that could not be used: subdir and file name, and why.
    pub rejected: Vec<(String, String)>,
    /// Subdirs that the channel does not have.
    pub missing_subdirs: Vec<String>,
}

/// Where the records of a channel are.
#[derive(Clone, Debug)]
pub(crate) enum Offer {
    /// In memory, by name and file name.
    Records(Vec<RepoDataRecord>),
    /// In packs, which the index of a problem is made of.
    Packs(Arc<Packs>),
}

/// Packs, and those of their records that somebody asked for.
#[derive(Default)]
pub(crate) struct Packs {
    all: Vec<Arc<Pack>>,
    by_name: FrozenMap<String, Vec<RepoDataRecord>>,
    by_url: FrozenMap<String, Box<RepoDataRecord>>,
    was_read: AtomicBool,
}

impl std::fmt::Debug for Packs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.all.iter().map(|pack| pack.home()))
            .finish()
    }
}

impl Packs {
    fn read(&self) -> &[Arc<Pack>] {
        self.was_read.store(true, Ordering::Relaxed);
        &self.all
    }

    fn named(&self, name: &str) -> &[RepoDataRecord] {
        if let Some(records) = self.by_name.get(name) {
            return records;
        }
        let rows = self
            .read()
            .iter()
            .flat_map(|pack| pack.rows(name).filter_map(|row| pack.record(row)));
        let mut records: Vec<RepoDataRecord> = rows.collect();
        sort(&mut records);
        self.by_name.insert(name.to_owned(), records)
    }

    fn file(&self, name: &str, url: &str) -> Option<&RepoDataRecord> {
        if let Some(record) = self.by_url.get(url) {
            return Some(record);
        }
        let (pack, row) = self.read().iter().find_map(|pack| {
            let row = pack.rows(name).find(|row| pack.is_at(*row, url))?;
            Some((pack, row))
        })?;
        let record = Box::new(pack.record(row)?);
        Some(self.by_url.insert(url.to_owned(), record))
    }
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
            offer: Offer::Records(records),
            rejected: Vec::new(),
            missing_subdirs: Vec::new(),
        }
    }

    /// The records of a name.
    pub fn named(&self, name: &PackageName) -> &[RepoDataRecord] {
        let name = name.as_normalized();
        let records = match &self.offer {
            Offer::Records(records) => records,
            Offer::Packs(packs) => return packs.named(name),
        };
        let of = |record: &RepoDataRecord| record.package_record.name.as_normalized().cmp(name);
        let start = records.partition_point(|record| of(record).is_lt());
        let rest = records.get(start..).unwrap_or_default();
        let count = rest.partition_point(|record| of(record).is_eq());
        rest.get(..count).unwrap_or_default()
    }

    /// The record of a file.
    pub fn file(&self, name: &PackageName, url: &Url) -> Option<&RepoDataRecord> {
        match &self.offer {
            Offer::Records(_) => self.named(name).iter().find(|record| record.url == *url),
            Offer::Packs(packs) => packs.file(name.as_normalized(), url.as_str()),
        }
    }

    /// All names that have records, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.offer {
            Offer::Records(records) => records
                .iter()
                .map(|record| record.package_record.name.as_normalized().to_owned())
                .collect(),
            Offer::Packs(packs) => packs
                .read()
                .iter()
                .flat_map(|pack| pack.names().map(str::to_owned))
                .collect(),
        };
        names.sort();
        names.dedup();
        names
    }

    /// All records. Takes long where a channel is large: [`ChannelSource::named`] and
    /// [`ChannelSource::file`] do not.
    pub fn records(&self) -> Vec<&RepoDataRecord> {
        match &self.offer {
            Offer::Records(records) => records.iter().collect(),
            Offer::Packs(packs) => self
                .names()
                .iter()
                .flat_map(|name| packs.named(name))
                .collect(),
        }
    }

    /// Whether anything was read of its packs by way of this.
    #[cfg(feature = "network")]
    pub(crate) fn has_read_packs(&self) -> bool {
        match &self.offer {
            Offer::Records(_) => false,
            Offer::Packs(packs) => packs.was_read.load(Ordering::Relaxed),
        }
    }

    /// The packs of the channel, if that is where its records are. What is read of them by way of
    /// this is not noted ([`Self::has_read_packs`]).
    pub(crate) fn packs(&self) -> Option<&[Arc<Pack>]> {
        match &self.offer {
            Offer::Records(_) => None,
            Offer::Packs(packs) => Some(&packs.all),
        }
    }

    /// Whether a channel named in a spec (`channel::name`) is this one.
    pub(crate) fn is_channel(&self, other: &Channel) -> bool {
        other.canonical_name() == self.url
            || other.name().trim_end_matches('/') == self.name.trim_end_matches('/')
    }
}

impl From<Vec<Arc<Pack>>> for Offer {
    fn from(packs: Vec<Arc<Pack>>) -> Self {
        Self::Packs(Arc::new(Packs {
            all: packs,
            ..Packs::default()
        }))
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
