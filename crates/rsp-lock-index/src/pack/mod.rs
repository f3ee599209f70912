//! A pack: all records of one channel and subdir, as numbers and texts in a few arrays.
//!
//! A pack holds everything that a lock needs of a record and nothing that a solver needs
//! prepared: what the records of some names mean to each other is compiled from packs
//! ([`crate::compile`]). It is made once for each state of a repodata document, kept in a
//! file, and opened in microseconds, for a file that is mapped is read where it is looked at.

mod base;
mod build;
mod carry;
mod check;
mod file;
mod home;
mod layer;
mod part;
mod print;
mod read;
mod record;
mod row;
mod shards;
mod texts;
mod told;

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use rattler_conda_types::RepoDataRecord;
use rattler_digest::{Md5Hash, Sha256Hash};
use url::Url;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

pub use build::PackBuilder;
pub use check::{check_stem, name_of_file, name_of_stem, normalize_name};
pub use home::Home;
pub use read::{ReadError, read_json, read_large_json};
pub(crate) use row::Row;
pub use shards::{KnownShard, ShardHash, ShardPackBuilder};
pub use texts::NONE;
pub(crate) use texts::{Interner, Lists, Texts};
pub use told::ToldDependencies;

use self::print::Print;
use crate::{
    container::{Column, Sums},
    owned::length,
};

/// All records of one channel and subdir.
///
/// ```
/// use rsp_lock_index::pack::{Home, read_json};
/// let home = Home {
///     subdir: "noarch".into(),
///     files: "https://conda.example.org/demo/noarch/".into(),
///     channel: "https://conda.example.org/demo/".into(),
/// };
/// let text = br#"{"packages.conda": {"hello-1.0-0.conda": {
///     "name": "hello", "version": "1.0", "build": "0", "build_number": 0}}}"#;
/// let pack = read_json(&text[..], |_| Ok(home))?;
/// let rows = pack.rows("hello");
/// assert_eq!(pack.url(rows.start), "https://conda.example.org/demo/noarch/hello-1.0-0.conda");
/// assert_eq!(pack.record(rows.start).unwrap().package_record.version.as_str(), "1.0");
/// # Ok::<(), rsp_lock_index::pack::ReadError>(())
/// ```
#[derive(Debug, Default)]
pub struct Pack {
    home: Home,
    stamp: String,
    /// Says which rows are of which name, where that is not the order of the names.
    layout: Box<str>,
    /// The pack that this one adds to, which adds to none: texts, lists and rows are numbered on
    /// behind those of it. All else of it does not count.
    base: Option<Arc<Pack>>,
    texts: Texts,
    lists: Lists,
    names: Column<NameEntry>,
    rows: Column<Row>,
    /// Pairs of texts: subdir and file name, and why the record cannot be used.
    rejected: Column<[u32; 2]>,
    /// Subdir and file name of what is listed as removed, sorted.
    removed: Column<u32>,
    /// Per row, what its text is known by, if it comes from a document.
    prints: Column<Print>,
    /// Per name, the shard that its records come from; none where they come from elsewhere.
    shards: Column<ShardHash>,
    /// [`Pack::size`] when the document was read as a whole, if another one was read after it:
    /// what has come since may be of records that are gone. One number, none in a part.
    size_at_first: Column<u64>,
    /// [`Home::files`] as a URL, once somebody wants a record.
    below: OnceLock<Option<Url>>,
    /// What its file was when it was written, if it is in one.
    sums: Option<Sums>,
    /// Where it is to be written, if it is.
    due: Option<file::Due>,
    /// How many records were taken over from another pack when this one was made.
    carried: usize,
    /// That pack, if anybody may still ask for it.
    earlier: Option<Arc<Pack>>,
}

/// A name with its rows, sorted by name.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct NameEntry {
    pub(crate) text: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Pack {
    /// Gives back the memory of what was read of the file; what is needed again is read again.
    pub(crate) fn give_back(&self) {
        self.layers().for_each(|layer| layer.rows.give_back());
    }

    /// Where the records come from.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Says what the records' channel is, which who made the pack may not have known.
    pub fn set_channel(&mut self, channel: &str) {
        self.home.channel = channel.into();
        if let Some(earlier) = self.earlier.as_mut().and_then(Arc::get_mut) {
            earlier.set_channel(channel);
        }
    }

    /// What the caller said the pack was made from; see [`Pack::save`].
    pub fn stamp(&self) -> &str {
        &self.stamp
    }

    /// Tells packs of equal records apart whose rows have other numbers. Empty where these do not
    /// depend on what was there before: then they follow from the document, or from the names.
    pub fn layout(&self) -> &str {
        &self.layout
    }

    /// How many records there are. Their numbers may be higher.
    pub fn len(&self) -> usize {
        if self.base.is_none() {
            return self.rows.len();
        }
        let of_names = self.names.iter();
        let of_names = of_names.map(|name| name.end.saturating_sub(name.start) as usize);
        of_names.sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All names, in lower case, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|entry| self.text(entry.text))
    }

    /// Records that cannot be used: subdir and file name, and why.
    pub fn rejected(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let text = |id| self.text(id);
        self.rejected
            .iter()
            .map(move |[file, reason]| (text(*file), text(*reason)))
    }

    /// Files that are listed as removed, as subdir and file name, sorted.
    pub fn removed(&self) -> impl ExactSizeIterator<Item = &str> {
        self.removed.iter().map(|file| self.text(*file))
    }

    /// The records of a name, as numbers for the other functions.
    pub fn rows(&self, name: &str) -> Range<u32> {
        let place = self.place_of_name(name);
        match place.and_then(|at| self.names.get(at)) {
            // What a damaged file says may not make anybody walk on for hours.
            Some(entry) => entry.start..entry.end.min(self.rows_end()),
            None => 0..0,
        }
    }

    /// All records, as numbers for the other functions.
    pub fn all_rows(&self) -> impl Iterator<Item = u32> {
        let end = self.rows_end();
        let rows = self
            .names
            .iter()
            .map(move |name| name.start..name.end.min(end));
        rows.flatten()
    }

    fn place_of_name(&self, name: &str) -> Option<usize> {
        let text = |entry: &NameEntry| self.text_bytes(entry.text);
        let found = (self.names).binary_search_by(|entry| text(entry).cmp(name.as_bytes()));
        found.ok()
    }

    pub(crate) fn name_entry(&self, at: u32) -> Option<&NameEntry> {
        self.names.get(at as usize)
    }

    pub(crate) fn row(&self, row: u32) -> Option<&Row> {
        let (layer, at) = self.at(row, |layer| layer.rows.len());
        layer.rows.get(at)
    }

    pub(crate) fn print(&self, row: u32) -> Option<Print> {
        self.prints.get(row as usize).copied()
    }

    /// How much there is of texts and lists, in bytes.
    fn size(&self) -> u64 {
        let size = |Self { texts, lists, .. }: &Self| {
            let numbers = texts.ends.len() + lists.items.len() + lists.ends.len();
            (texts.bytes.len() + size_of::<u32>() * numbers) as u64
        };
        self.layers().map(size).sum()
    }

    /// [`Self::size`] when none of it was of records that are gone, or 0.
    fn size_at_first(&self) -> u64 {
        self.size_at_first.first().copied().unwrap_or(0)
    }

    /// Whether a third or more of its texts and lists may be of records that are gone.
    fn is_mostly_of_what_is_gone(&self) -> bool {
        self.size() / 3 > self.size_at_first() / 2
    }

    /// How many of the records were taken over from an earlier pack when this one was made; see
    /// [`read_large_json`] and [`ShardPackBuilder`].
    pub fn carried(&self) -> usize {
        self.carried
    }

    /// Says which pack records were taken over from, so that what was compiled of that one
    /// can be taken over too; see [`Index::reach_all_after`](crate::Index::reach_all_after).
    #[must_use]
    pub fn with_earlier(self, earlier: Arc<Self>) -> Self {
        // Few will ask.
        earlier
            .layers()
            .for_each(|layer| layer.rows.give_back_all());
        Self {
            earlier: Some(earlier),
            ..self
        }
    }

    /// The pack before, if records were taken over from it.
    pub fn earlier(&self) -> Option<&Arc<Self>> {
        self.earlier.as_ref()
    }

    /// Whether texts and lists that an earlier pack of the same files has have the same numbers
    /// here.
    pub(crate) fn goes_on(&self, earlier: &Self) -> bool {
        if self.home != earlier.home {
            return false;
        }
        match (&self.base, &earlier.base) {
            (Some(_), None) if self.adds_to_the_same_as(earlier) => true,
            (Some(_), Some(_)) if self.adds_to_the_same_as(earlier) => self.begins_as(earlier),
            (None, None) => self.begins_as(earlier),
            _ => {
                let has_text = |id| self.text_bytes(id) == earlier.text_bytes(id);
                let has_list = |id| self.list(id) == earlier.list(id);
                earlier.texts() <= self.texts()
                    && earlier.lists() <= self.lists()
                    && (0..earlier.texts()).all(has_text)
                    && (0..earlier.lists()).all(has_list)
            }
        }
    }

    /// Whether what is not in the packs that both add to begins with what is in the other.
    fn begins_as(&self, earlier: &Self) -> bool {
        self.texts.ends.starts_with(&earlier.texts.ends)
            && self.texts.bytes.starts_with(&earlier.texts.bytes)
            && self.lists.ends.starts_with(&earlier.lists.ends)
            && self.lists.items.starts_with(&earlier.lists.items)
    }

    /// Whether some records of a name are what those of another pack are, that
    /// [goes on](Self::goes_on) with this or the other way round: the same, in the same order.
    pub(crate) fn are_as(&self, rows: Range<u32>, other: &Self, of_other: Range<u32>) -> bool {
        let (rows, of_other) = (self.rows_of(rows), other.rows_of(of_other));
        if rows.len() != of_other.len() {
            return false;
        }
        // Packs that add to the same one have most in common.
        std::ptr::eq(rows, of_other)
            || rows.as_bytes() == of_other.as_bytes()
            || rows.iter().zip(of_other).all(|(row, of_other)| {
                let lists = [
                    (row.depends, of_other.depends),
                    (row.constrains, of_other.constrains),
                ];
                let mut texts = row.texts().into_iter().zip(of_other.texts());
                let is_text = |(id, of_other)| self.text_bytes(id) == other.text_bytes(of_other);
                row.without_ids().as_bytes() == of_other.without_ids().as_bytes()
                    && texts.all(is_text)
                    && lists.into_iter().all(|(list, of_other)| {
                        let (list, of_other) = (self.list(list), other.list(of_other));
                        let mut texts = list.iter().zip(of_other);
                        let is_text = |(id, of_other): (&u32, &u32)| is_text((*id, *of_other));
                        list.len() == of_other.len() && texts.all(is_text)
                    })
            })
    }

    /// How many lists there are.
    pub(crate) fn lists(&self) -> u32 {
        self.layers().map(|layer| length(&layer.lists.ends)).sum()
    }

    /// How many texts there are.
    pub(crate) fn texts(&self) -> u32 {
        self.layers().map(|layer| length(&layer.texts.ends)).sum()
    }

    pub(crate) fn text(&self, id: u32) -> &str {
        std::str::from_utf8(self.text_bytes(id)).unwrap_or_default()
    }

    pub(crate) fn text_bytes(&self, id: u32) -> &[u8] {
        let (layer, at) = self.at(id, |layer| layer.texts.ends.len());
        layer.texts.bytes_of(at)
    }

    pub(crate) fn list(&self, id: u32) -> &[u32] {
        let (layer, at) = self.at(id, |layer| layer.lists.ends.len());
        layer.lists.at(at)
    }

    /// The name of a record, in lower case.
    pub fn name(&self, row: u32) -> &str {
        self.row(row).map_or("", |row| self.text(row.name))
    }

    /// The version of a record, as written.
    pub fn version(&self, row: u32) -> &str {
        self.row(row).map_or("", |row| self.text(row.version))
    }

    /// The build string of a record.
    pub fn build(&self, row: u32) -> &str {
        self.row(row).map_or("", |row| self.text(row.build))
    }

    /// `depends`, as written.
    pub fn depends(&self, row: u32) -> impl Iterator<Item = &str> {
        let list = self.row(row).map_or(&[][..], |row| self.list(row.depends));
        list.iter().map(|text| self.text(*text))
    }

    /// What the extras of a record depend on, as written.
    pub fn extra_depends(&self, row: u32) -> Vec<String> {
        let has_extras = self.row(row).is_some_and(|row| row.is(Row::HAS_EXTRAS));
        let record = has_extras.then(|| self.record(row)).flatten();
        record.map_or_else(Vec::new, |record| {
            let extras = record.package_record.extra_depends;
            extras.into_values().flatten().collect()
        })
    }

    /// `constrains`, as written.
    pub fn constrains(&self, row: u32) -> impl Iterator<Item = &str> {
        let list = self
            .row(row)
            .map_or(&[][..], |row| self.list(row.constrains));
        list.iter().map(|text| self.text(*text))
    }

    /// The subdir of a record.
    pub fn subdir(&self, row: u32) -> &str {
        match self.row(row) {
            Some(row) if row.subdir != NONE => self.text(row.subdir),
            _ => &self.home.subdir,
        }
    }

    /// When a record was published, in milliseconds since 1970: when it entered the channel
    /// (CEP 47) if that is known, else when it was built.
    pub fn published(&self, row: u32) -> Option<i64> {
        let row = self.row(row)?;
        let time = row.indexed_timestamp().or_else(|| row.timestamp())?;
        Some(time.timestamp_millis())
    }

    /// Whether a record asks for features, which makes it the last choice.
    pub(crate) fn tracks_features(&self, row: u32) -> bool {
        self.row(row)
            .is_some_and(|row| row.is(Row::TRACKS_FEATURES))
    }

    /// The caller's number for a record; [`NONE`] if it gave none.
    pub fn origin(&self, row: u32) -> u32 {
        self.row(row).map_or(NONE, |row| row.origin)
    }

    /// Whether a record is of these bytes, as far as both say.
    pub fn is_of_bytes(
        &self,
        row: u32,
        sha256: Option<&Sha256Hash>,
        md5: Option<&Md5Hash>,
    ) -> bool {
        let Some(row) = self.row(row) else {
            return false;
        };
        match (sha256, md5) {
            (Some(hash), _) if row.is(Row::HAS_SHA256) => hash[..] == row.sha256,
            (_, Some(hash)) if row.is(Row::HAS_MD5) => hash[..] == row.md5,
            _ => true,
        }
    }

    /// The file name of a record.
    pub fn file(&self, row: u32) -> String {
        let Some(entry) = self.row(row) else {
            return String::new();
        };
        if entry.file != NONE {
            let text = self.text(entry.file);
            return text.rsplit('/').next().unwrap_or(text).to_owned();
        }
        let [name, version, build] = [entry.name, entry.version, entry.build].map(|t| self.text(t));
        let extension = entry.archive().extension();
        [name, "-", version, "-", build, extension].concat()
    }

    /// The URL of a record.
    pub fn url(&self, row: u32) -> String {
        match self.row(row) {
            Some(entry) if entry.is(Row::FILE_IS_URL) => self.text(entry.file).to_owned(),
            _ => [&*self.home.files, &*self.file(row)].concat(),
        }
    }

    /// Whether a record has this URL.
    pub fn is_at(&self, row: u32, url: &str) -> bool {
        let Some(entry) = self.row(row) else {
            return false;
        };
        let bytes = |text| self.text_bytes(text);
        if entry.is(Row::FILE_IS_URL) {
            return bytes(entry.file) == url.as_bytes();
        }
        let Some(file) = url.strip_prefix(&*self.home.files) else {
            return false;
        };
        if entry.file != NONE {
            return bytes(entry.file) == file.as_bytes();
        }
        let [name, version, build] = [entry.name, entry.version, entry.build].map(bytes);
        let extension = || {
            let rest = file.as_bytes().strip_prefix(name)?;
            let rest = rest.strip_prefix(b"-")?.strip_prefix(version)?;
            rest.strip_prefix(b"-")?.strip_prefix(build)
        };
        extension() == Some(entry.archive().extension().as_bytes())
    }

    /// A record as the rest of the world knows it; `None` if there is no such record.
    pub fn record(&self, row: u32) -> Option<RepoDataRecord> {
        record::of_row(self, row)
    }
}
