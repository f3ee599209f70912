//! Making packs.

use std::{borrow::Cow, collections::BTreeSet};

use rattler_conda_types::{
    NoArchType, PackageRecord, RawNoArchType, RepoDataRecord,
    package::{CondaArchiveType, DistArchiveType},
    utils::TimestampMs,
};

use super::{
    Home, Lists, NONE, NameEntry, Pack, Row, Texts, check_stem, name_of_stem, normalize_name,
    print::Print,
    row::{NO_TIME, time},
    texts::Interner,
};
use crate::{
    container::Column,
    cores::{put_in_order, side_by_side},
    ranked::Ranked,
    scan::{Fields, Hash, ScannedRecord, TextList},
};

/// Collects records into a [`Pack`].
#[derive(Debug, Default)]
pub struct PackBuilder {
    pub(super) texts: Interner<u8>,
    pub(super) lists: Interner<u32>,
    pub(super) rows: Vec<Row>,
    /// Per row, what its text is known by.
    prints: Vec<Print>,
    /// [`Pack::size_at_first`] of the pack that this goes on with, if it does.
    size_at_first: Option<u64>,
    /// By text, whether it is a version; as far as it was asked.
    versions: Vec<Option<bool>>,
    /// File and reason.
    rejected: Vec<(String, String)>,
    removed: BTreeSet<String>,
    ids: Vec<u32>,
    /// The lists of the record that was scanned last.
    depends: ScannedList,
    constrains: ScannedList,
    file_order: FileOrder,
    is_in_name_order: bool,
}

/// A list as it was written, and its number.
#[derive(Debug, Default)]
struct ScannedList {
    written: Vec<u8>,
    id: u32,
}

impl PackBuilder {
    /// The same builder, which will put the records of one name behind those of another by name, not
    /// as they come. Those of one name stay in their order.
    #[must_use]
    pub fn in_name_order(self) -> Self {
        Self {
            is_in_name_order: true,
            ..self
        }
    }

    /// Makes room for about so many records, as far as there is room.
    pub(super) fn expect(&mut self, records: usize) {
        // A guess that is too large for the machine is a bad guess.
        let _ = self.rows.try_reserve(records);
    }

    /// A builder for records much like those of a pack, whose numbers of texts it goes on with.
    /// `None` if too much of that may be of records that are gone, or it is not all in one file.
    pub(super) fn after(earlier: &Pack) -> Option<Self> {
        let is_usable = earlier.base.is_none() && !earlier.is_mostly_of_what_is_gone();
        is_usable.then(|| Self {
            texts: Interner::after(&earlier.texts.ends, &earlier.texts.bytes),
            lists: Interner::after(&earlier.lists.ends, &earlier.lists.items),
            size_at_first: Some(earlier.size_at_first()),
            ..Self::default()
        })
    }

    /// Adds a record as the scanner saw it.
    pub(super) fn add_scanned(&mut self, record: &ScannedRecord<'_>) {
        let rows = self.rows.len();
        let added = record
            .fields
            .as_ref()
            .is_some_and(|fields| self.add_fields(record.file, fields).is_some());
        if !added && record.file.is_empty() {
            let reason = "the file name is not plain text".to_owned();
            self.rejected.push((String::new(), reason));
        } else if !added {
            self.add_json(record.file, record.json);
        }
        if self.rows.len() > rows {
            self.prints.resize(rows, Print::default());
            self.prints.push(Print::of(record.text));
        }
    }

    /// Adds a row of the pack that this goes on with.
    pub(super) fn add_row(&mut self, row: Row, print: Print) {
        self.prints.resize(self.rows.len(), Print::default());
        self.prints.push(print);
        self.rows.push(row);
        // It says no file name.
        self.file_order.is_broken = true;
    }

    /// Adds a record of the common kind; `None` if anything in it is not as it should be.
    pub(super) fn add_fields(&mut self, file: &str, fields: &Fields<'_>) -> Option<()> {
        let (stem, archive) = split(file)?;
        check_stem(stem).ok()?;
        // Files are listed by name, so that a record says mostly what the one before it says.
        let last = self.rows.last().copied();
        let last = last.unwrap_or_else(|| Row::new(NONE, NONE, NONE));
        let is_plain = is_joined(stem, &[fields.name, "-", fields.version, "-", fields.build]);
        // What was a name a record ago need not be looked at again, unless where it ends in the
        // file's is not clear.
        let is_known = last.name != NONE && self.texts.get(last.name) == fields.name.as_bytes();
        let ends_clearly = |text: &str| !text.is_empty() && !text.as_bytes().contains(&b'-');
        let is_clear =
            is_plain && is_known && ends_clearly(fields.version) && ends_clearly(fields.build);
        let is_lower = || !fields.name.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_clear && (name_of_stem(stem)? != fields.name || !is_lower()) {
            return None;
        }
        let name = if is_known {
            last.name
        } else {
            self.text(fields.name)
        };
        let version = self.text_like(fields.version, last.version);
        let build = self.text(fields.build);
        // Rows have no place for these.
        let has_more = fields.python_site_packages_path.is_some()
            || fields
                .track_features
                .is_some_and(|features| !features.is_empty());
        if has_more || !self.is_version(version) {
            return None;
        }
        let mut row = Row::new(name, version, build);
        row.build_number = fields.build_number;
        if let Some(written) = fields.timestamp {
            row.timestamp = i64::try_from(written).ok()?;
            time(row.timestamp)?;
        }
        if let Some(written) = fields.indexed_timestamp {
            row.indexed_timestamp = i64::try_from(written).ok()?;
            row.indexed_timestamp()?;
        }
        if let Some(size) = fields.size {
            row.size = size;
            row.flags |= Row::HAS_SIZE;
        }
        if let Some(hash) = fields.sha256 {
            read_hash(hash, &mut row.sha256)?;
            row.flags |= Row::HAS_SHA256;
        }
        if let Some(hash) = fields.md5 {
            read_hash(hash, &mut row.md5)?;
            row.flags |= Row::HAS_MD5;
        }
        row.flags |= match fields.noarch {
            None => 0,
            Some("python") => Row::NOARCH_PYTHON,
            Some("generic") => Row::NOARCH_GENERIC,
            Some(_) => return None,
        };
        if archive == CondaArchiveType::TarBz2 {
            row.flags |= Row::TAR_BZ2;
        }
        if !is_plain {
            row.file = self.text(file);
        }
        row.depends = self.scanned_list(&fields.depends, last.depends, |of| &mut of.depends);
        row.constrains =
            self.scanned_list(&fields.constrains, last.constrains, |of| &mut of.constrains);
        let subdir = fields.subdir.filter(|subdir| !subdir.is_empty());
        let mut optional = |text: Option<&str>, guess| match text {
            Some(text) => self.text_like(text, guess),
            None => NONE,
        };
        row.license = optional(fields.license, last.license);
        row.license_family = optional(fields.license_family, last.license_family);
        row.subdir = optional(subdir, last.subdir);
        self.file_order.note(file, archive);
        self.rows.push(row);
        Some(())
    }

    /// Adds a record as JSON, under its file name.
    pub fn add_json(&mut self, file: &str, json: &[u8]) {
        if let Err(reason) = self.try_json(file, json) {
            self.rejected.push((file.to_owned(), reason));
        }
    }

    fn try_json(&mut self, file: &str, json: &[u8]) -> Result<(), String> {
        check_file(file)?;
        let mut record = serde_json::from_slice(json).map_err(|e| reason(&e))?;
        normalize_name(&mut record);
        let json = std::str::from_utf8(json).map_err(|error| error.to_string())?;
        let parsed = ParsedRecord {
            record: &record,
            json: Some(json.to_owned()),
        };
        self.add_parsed(file, parsed)
    }

    /// Adds a record under its file name. The error is a reason.
    pub(super) fn add_parsed(
        &mut self,
        file: &str,
        parsed: ParsedRecord<'_>,
    ) -> Result<(), String> {
        let ParsedRecord { record, json } = parsed;
        let (stem, archive, name) = check_file(file)?;
        if !record.name.as_normalized().eq_ignore_ascii_case(name) {
            return Err(format!(
                "its name is `{}`, but its file is named for `{name}`",
                record.name.as_source().escape_debug()
            ));
        }
        let mut row = self.package(record);
        if archive == CondaArchiveType::TarBz2 {
            row.flags |= Row::TAR_BZ2;
        }
        if !self.is_called(&row, stem) {
            row.file = self.text(file);
        }
        row.json = self.optional(json.as_deref());
        self.file_order.note(file, archive);
        self.rows.push(row);
        Ok(())
    }

    /// Files that come now are in order among themselves, and others than those before.
    pub(super) fn files_begin_anew(&mut self) {
        self.file_order.last = Default::default();
    }

    /// How much there is.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            rows: self.rows.len(),
            rejected: self.rejected.len(),
            removed: self.removed.len(),
        }
    }

    /// Forgets the records that came since, and those that were rejected.
    pub(super) fn go_back_to(&mut self, mark: &Mark) {
        self.rows.truncate(mark.rows);
        self.rejected.truncate(mark.rejected);
    }

    /// Adds a record that the caller holds, with the caller's number for it.
    ///
    /// A record whose URL is not what the pack's home and its file name make keeps its URL.
    pub fn add_record(&mut self, record: &RepoDataRecord, origin: u32, home: &Home) {
        let mut row = self.package(&record.package_record);
        row.origin = origin;
        let archive = record.identifier.archive_type;
        if archive == DistArchiveType::Conda(CondaArchiveType::TarBz2) {
            row.flags |= Row::TAR_BZ2;
        }
        let url = record.url.as_str();
        let file = url.strip_prefix(&*home.files);
        let plain = file
            .and_then(split)
            .filter(|(stem, archive)| self.is_called(&row, stem) && *archive == row.archive());
        if plain.is_none() {
            row.file = self.text(url);
            row.flags |= Row::FILE_IS_URL;
        }
        if has_more(&record.package_record)
            && let Ok(json) = serde_json::to_string(&record.package_record)
        {
            row.json = self.text(&json);
        }
        self.file_order.is_broken = true;
        self.rows.push(row);
    }

    /// The row of a record, without its file.
    fn package(&mut self, record: &PackageRecord) -> Row {
        let name = self.text(record.name.as_normalized());
        let version = self.text(&record.version.as_str());
        let build = self.text(record.build.as_str());
        let mut row = Row::new(name, version, build);
        row.build_number = record.build_number;
        row.timestamp = record.timestamp.map_or(NO_TIME, written);
        row.indexed_timestamp = record
            .indexed_timestamp
            .map_or(NO_TIME, |time| time.timestamp_millis());
        if let Some(size) = record.size {
            row.size = size;
            row.flags |= Row::HAS_SIZE;
        }
        if let Some(hash) = record.sha256 {
            row.sha256 = hash.into();
            row.flags |= Row::HAS_SHA256;
        }
        if let Some(hash) = record.md5 {
            row.md5 = hash.into();
            row.flags |= Row::HAS_MD5;
        }
        row.flags |= match record.noarch {
            NoArchType(None) => 0,
            NoArchType(Some(RawNoArchType::Python)) => Row::NOARCH_PYTHON,
            NoArchType(Some(RawNoArchType::GenericV2)) => Row::NOARCH_GENERIC,
            NoArchType(Some(RawNoArchType::GenericV1)) => Row::NOARCH_V1,
        };
        if record.track_features.iter().any(|f| !f.is_empty()) {
            row.flags |= Row::TRACKS_FEATURES;
        }
        if !record.extra_depends.is_empty() {
            row.flags |= Row::HAS_EXTRAS;
        }
        row.depends = self.list(record.depends.iter().map(String::as_str));
        row.constrains = self.list(record.constrains.iter().map(String::as_str));
        row.license = self.optional(record.license.as_deref());
        row.license_family = self.optional(record.license_family.as_deref());
        row.subdir = self.optional(Some(&*record.subdir).filter(|subdir| !subdir.is_empty()));
        row
    }

    /// Notes that a file of the channel is not to be used, although its record may be there.
    pub fn remove(&mut self, file: &str) {
        self.removed.insert(file.to_owned());
    }

    /// Notes a record that cannot be used.
    pub fn reject(&mut self, file: &str, reason: String) {
        self.rejected.push((file.to_owned(), reason));
    }

    fn text(&mut self, text: &str) -> u32 {
        self.texts.intern(text.as_bytes())
    }

    fn optional(&mut self, text: Option<&str>) -> u32 {
        text.map_or(NONE, |text| self.text(text))
    }

    /// The number of a text that may well be the one of a number.
    fn text_like(&mut self, text: &str, guess: u32) -> u32 {
        self.texts.intern_like(text.as_bytes(), guess)
    }

    fn list<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> u32 {
        self.list_like(texts, NONE)
    }

    /// The number of a list that may well be much like another.
    fn list_like<'t>(&mut self, texts: impl Iterator<Item = &'t str>, guess: u32) -> u32 {
        let mut ids = std::mem::take(&mut self.ids);
        ids.clear();
        for (at, text) in texts.enumerate() {
            let like = if guess == NONE {
                None
            } else {
                self.lists.get(guess).get(at).copied()
            };
            ids.push(self.text_like(text, like.unwrap_or(NONE)));
        }
        let list = self.lists.intern_like(&ids, guess);
        self.ids = ids;
        list
    }

    /// The number of a list that may well be letter by letter what the one before was.
    fn scanned_list(
        &mut self,
        list: &TextList<'_>,
        guess: u32,
        before: impl Fn(&mut Self) -> &mut ScannedList,
    ) -> u32 {
        let again = before(self);
        if !list.written.is_empty() && again.written == list.written {
            return again.id;
        }
        let id = self.list_like(list.texts.iter().copied(), guess);
        let again = before(self);
        again.written.clear();
        again.written.extend_from_slice(list.written);
        again.id = id;
        id
    }

    fn is_version(&mut self, text: u32) -> bool {
        let at = text as usize;
        if at >= self.versions.len() {
            self.versions.resize(self.texts.len() as usize, None);
        }
        let texts = &self.texts;
        let known = self.versions.get_mut(at);
        known.is_some_and(|known| {
            *known.get_or_insert_with(|| {
                let text = std::str::from_utf8(texts.get(text));
                text.is_ok_and(|text| Ranked::read(text).is_some())
            })
        })
    }

    fn is_called(&self, row: &Row, stem: &str) -> bool {
        let text = |id| std::str::from_utf8(self.texts.get(id)).unwrap_or_default();
        let plain = [text(row.name), "-", text(row.version), "-", text(row.build)];
        is_joined(stem, &plain)
    }

    /// The pack of everything that was added. Of a file that was added twice, the last counts.
    pub fn finish(mut self, home: Home, stamp: &str) -> Pack {
        if !self.prints.is_empty() {
            self.prints.resize(self.rows.len(), Print::default());
        }
        let mut names = self.sort();
        if self.drop_replaced(&names, &home) {
            names = self.sort();
        }
        let mut pairs: Vec<(String, String)> = std::mem::take(&mut self.rejected)
            .into_iter()
            .map(|(file, reason)| (format!("{}/{file}", home.subdir), reason))
            .collect();
        pairs.sort();
        pairs.dedup();
        let rejected: Vec<[u32; 2]> = pairs
            .iter()
            .map(|(file, reason)| [self.text(file), self.text(reason)])
            .collect();
        let removed: Vec<u32> = std::mem::take(&mut self.removed)
            .iter()
            .map(|file| self.text(&format!("{}/{file}", home.subdir)))
            .collect();
        let (text_ends, text_bytes) = self.texts.finish();
        let (list_ends, list_items) = self.lists.finish();
        let size_at_first = self.size_at_first;
        let mut pack = Pack {
            home,
            stamp: stamp.to_owned(),
            texts: Texts {
                ends: text_ends.into(),
                bytes: text_bytes.into(),
            },
            lists: Lists {
                ends: list_ends.into(),
                items: list_items.into(),
            },
            names: names.into(),
            rows: Column::Owned(self.rows),
            prints: self.prints.into(),
            rejected: rejected.into(),
            removed: removed.into(),
            ..Pack::default()
        };
        pack.size_at_first = vec![size_at_first.unwrap_or_else(|| pack.size())].into();
        pack
    }

    /// Leaves out what is removed and all but the last record of a file; says whether there was
    /// any. The rows of a name are together.
    fn drop_replaced(&mut self, names: &[NameEntry], home: &Home) -> bool {
        let mut is_dropped: Vec<bool> = Vec::new();
        let mut leave_out = |row: usize, rows: usize| {
            is_dropped.resize(rows, false);
            if let Some(dropped) = is_dropped.get_mut(row) {
                *dropped = true;
            }
        };
        if !self.removed.is_empty() {
            for (at, row) in self.rows.iter().enumerate() {
                if self.removed.contains(&*self.file_of(row, home)) {
                    leave_out(at, self.rows.len());
                }
            }
        }
        let replaced = if self.file_order.is_broken {
            side_by_side(names, |name| self.replaced(name, home))
        } else {
            Vec::new()
        };
        for at in replaced.into_iter().flatten() {
            leave_out(at, self.rows.len());
        }
        if is_dropped.is_empty() {
            return false;
        }
        let mut dropped = is_dropped.iter();
        self.rows.retain(|_| dropped.next() != Some(&true));
        let mut dropped = is_dropped.iter();
        self.prints.retain(|_| dropped.next() != Some(&true));
        true
    }

    /// The rows of a name whose file comes again behind.
    fn replaced(&self, name: &NameEntry, home: &Home) -> Vec<usize> {
        let of_name = name.start as usize..name.end as usize;
        let rows = self.rows.get(of_name.clone()).unwrap_or_default();
        let rows = of_name.zip(rows).filter(|(_, row)| row.origin == NONE);
        let is_plain = rows.clone().all(|(_, row)| row.file == NONE);
        if is_plain {
            all_but_the_last(
                rows.map(|(at, row)| (at, (row.version, row.build, row.flags & Row::TAR_BZ2))),
            )
        } else {
            // One file may be called by its parts once, and another time not.
            all_but_the_last(rows.map(|(at, row)| (at, self.file_of(row, home))))
        }
    }

    /// The file name of a row, or its URL if it is not below the pack's home.
    fn file_of(&self, row: &Row, home: &Home) -> Cow<'_, str> {
        let text = |id| std::str::from_utf8(self.texts.get(id)).unwrap_or_default();
        if row.file != NONE {
            let text = text(row.file);
            return Cow::Borrowed(text.strip_prefix(&*home.files).unwrap_or(text));
        }
        let [name, version, build] = [row.name, row.version, row.build].map(text);
        let extension = row.archive().extension();
        Cow::Owned([name, "-", version, "-", build, extension].concat())
    }

    /// Puts the rows of a name together, as they came, where the first of them came or in the order
    /// of names; the names are sorted by their text.
    fn sort(&mut self) -> Vec<NameEntry> {
        let mut runs: Vec<NameEntry> = Vec::new();
        for (at, row) in (0_u32..).zip(&self.rows) {
            match runs.last_mut() {
                Some(last) if last.text == row.name => last.end = at + 1,
                _ => runs.push(NameEntry {
                    text: row.name,
                    start: at,
                    end: at + 1,
                }),
            }
        }
        runs.sort_by(|a, b| self.texts.get(a.text).cmp(self.texts.get(b.text)));
        let is_misplaced = |pair: &[NameEntry]| match pair {
            [a, b] => a.text == b.text || (self.is_in_name_order && a.start > b.start),
            _ => false,
        };
        if !runs.windows(2).any(is_misplaced) {
            return runs;
        }
        let places: Vec<u32> = runs.iter().flat_map(|run| run.start..run.end).collect();
        let mut end = 0;
        let of_names = runs.chunk_by(|a, b| a.text == b.text).map(|of_name| {
            let start = end;
            end += of_name.iter().map(|run| run.end - run.start).sum::<u32>();
            NameEntry {
                text: of_name.first().map_or(NONE, |run| run.text),
                start,
                end,
            }
        });
        let names = of_names.collect();
        put_in_order(&mut self.rows, &places, Row::new(NONE, NONE, NONE));
        if !self.prints.is_empty() {
            put_in_order(&mut self.prints, &places, Print::default());
        }
        names
    }
}

/// The numbers of things that come again behind.
fn all_but_the_last<T: Ord>(numbered: impl Iterator<Item = (usize, T)>) -> Vec<usize> {
    let mut sorted: Vec<(T, usize)> = numbered.map(|(at, of)| (of, at)).collect();
    sorted.sort_unstable();
    let again = sorted.windows(2).filter_map(|pair| match pair {
        [(of, at), (next, _)] if of == next => Some(*at),
        _ => None,
    });
    again.collect()
}

/// How much there was at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) rows: usize,
    rejected: usize,
    removed: usize,
}

impl Mark {
    /// How much was noted of records that are not there.
    pub(super) fn notes(&self) -> usize {
        self.rejected + self.removed
    }
}

/// A record that was read, and its JSON where a row has no place for all of it.
#[derive(Debug)]
pub(super) struct ParsedRecord<'r> {
    pub(super) record: &'r PackageRecord,
    pub(super) json: Option<String>,
}

/// The stem, the type of archive and the name of a file. The error is a reason.
fn check_file(file: &str) -> Result<(&str, CondaArchiveType, &str), String> {
    let (stem, archive) =
        split(file).ok_or_else(|| "the file is neither .conda nor .tar.bz2".to_owned())?;
    check_stem(stem)?;
    let name =
        name_of_stem(stem).ok_or_else(|| "the file name is not name-version-build".to_owned())?;
    Ok((stem, archive, name))
}

/// Whether the files of each archive type came in order, so that none came twice.
#[derive(Debug, Default)]
struct FileOrder {
    last: [String; 2],
    is_broken: bool,
}

impl FileOrder {
    fn note(&mut self, file: &str, archive: CondaArchiveType) {
        let last = &mut self.last[usize::from(archive == CondaArchiveType::TarBz2)];
        self.is_broken |= file <= last.as_str();
        last.clear();
        last.push_str(file);
    }
}

/// Whether a record has fields that have no place in a row.
pub(super) fn has_more(record: &PackageRecord) -> bool {
    record.arch.is_some()
        || record.attestations_sha256.is_some()
        || !record.extra_depends.is_empty()
        || record.features.is_some()
        || !record.flags.is_empty()
        || record.legacy_bz2_md5.is_some()
        || record.legacy_bz2_size.is_some()
        || record.platform.is_some()
        || record.purls.is_some()
        || record.python_site_packages_path.is_some()
        || record.run_exports.is_some()
        || !record.track_features.is_empty()
        || record.name.as_source() != record.name.as_normalized()
}

pub(super) fn split(file: &str) -> Option<(&str, CondaArchiveType)> {
    if let Some(stem) = file.strip_suffix(".conda") {
        return Some((stem, CondaArchiveType::Conda));
    }
    let stem = file.strip_suffix(".tar.bz2")?;
    Some((stem, CondaArchiveType::TarBz2))
}

fn is_joined(whole: &str, parts: &[&str]) -> bool {
    let mut rest = whole;
    parts.iter().all(|part| match rest.strip_prefix(part) {
        Some(behind) => {
            rest = behind;
            true
        }
        None => false,
    }) && rest.is_empty()
}

fn read_hash(hash: Hash<'_>, into: &mut [u8]) -> Option<()> {
    match hash {
        Hash::Hex(text) => const_hex::decode_to_slice(text, into).ok(),
        Hash::Bytes(bytes) if bytes.len() == into.len() => {
            into.copy_from_slice(bytes);
            Some(())
        }
        Hash::Bytes(_) => None,
    }
}

/// A timestamp as the record wrote it.
fn written(time: TimestampMs) -> i64 {
    serde_json::to_value(time)
        .ok()
        .and_then(|value| value.as_i64())
        .unwrap_or_else(|| time.timestamp_millis())
}

/// The message of an error without the line and column at its end.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&end).unwrap_or(&text).to_owned()
}
