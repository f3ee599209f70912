//! Packs of shards (CEP 16): one small file a name, called by its hash.
//!
//! A channel that changes says the hash of every shard anew, and most are what they were. So a pack
//! of shards says which shard the records of a name come from, and the pack after it takes over
//! what comes from the same.

use std::sync::Arc;

use rattler_conda_types::PackageRecord;

use super::{
    Home, NameEntry, Pack, PackBuilder, ToldDependencies,
    build::{ParsedRecord, has_more},
    layer::{Joined, LARGE},
    name_of_file, normalize_name,
};
use crate::scan::shard;

/// Up to so many bytes of texts and lists, what is of records that are gone does no harm.
const LITTLE: u64 = 1 << 18;

/// The SHA-256 of a shard; all zeros stand for none.
pub type ShardHash = [u8; 32];

/// What an earlier pack has of a shard.
#[derive(Clone, Copy, Debug)]
pub struct KnownShard {
    /// The place of its name.
    pub(super) place: usize,
}

/// Collects what the shards of one subdir say into a [`Pack`], each name once.
///
/// The rows of packs that were asked for the same names of the same shards have the same numbers,
/// whatever was taken over, where their [layouts](Pack::layout) are the same: then what is compiled
/// of one is good for the other.
///
/// ```
/// use rsp_lock_index::pack::{Home, ShardPackBuilder};
/// let home = Home {
///     subdir: "noarch".into(),
///     files: "https://conda.example.org/demo/noarch/".into(),
///     channel: "https://conda.example.org/demo/".into(),
/// };
/// let mut builder = ShardPackBuilder::new(home.clone(), None);
/// let shard = b"\x81\xaepackages.conda\x81\xb1hello-1.0-0.conda\x84\xa4name\xa5hello\xa7version\
///     \xa31.0\xa5build\xa10\xacbuild_number\x00";
/// builder.add("hello", [1; 32], shard);
/// let pack = builder.finish("");
/// assert_eq!(pack.url(0), "https://conda.example.org/demo/noarch/hello-1.0-0.conda");
///
/// let mut next = ShardPackBuilder::new(home, Some(pack.into()));
/// let known = next.known("hello", [1; 32]).expect("it is the same shard");
/// next.take_over(known);
/// assert_eq!(next.finish("").carried(), 1);
/// ```
#[derive(Debug)]
pub struct ShardPackBuilder {
    /// What is not taken over.
    builder: PackBuilder,
    home: Home,
    /// What is taken over from.
    earlier: Option<Arc<Pack>>,
    /// What is taken over.
    kept: Vec<KnownShard>,
    /// Names of the others, and the shards that their records come from.
    shards: Vec<(u32, ShardHash)>,
    told: ToldDependencies,
    told_of_earlier: ToldDependencies,
    /// How many rows' dependencies were told, and of how many names that are taken over.
    told_rows: usize,
    told_kept: usize,
    /// The place in the earlier pack of the name that is likely to be asked for next.
    expected: usize,
    /// From how many records on the earlier pack is added to, and not written again.
    large: usize,
    /// What the extras of the others depend on.
    of_extras: Vec<String>,
}

impl ShardPackBuilder {
    /// What the `earlier` pack has of the same shards can be taken over, where that pack is of the
    /// same files, and not mostly of records that are gone. It must be [sound](Pack::is_sound).
    pub fn new(home: Home, earlier: Option<Arc<Pack>>) -> Self {
        let earlier = earlier.filter(|pack| {
            let has_waste = pack.size() > LITTLE && pack.is_mostly_of_what_is_gone();
            pack.home == home && !pack.shards.is_empty() && !has_waste
        });
        Self {
            builder: PackBuilder::default().in_name_order(),
            home,
            earlier,
            kept: Vec::new(),
            shards: Vec::new(),
            told: ToldDependencies::default(),
            told_of_earlier: ToldDependencies::default(),
            told_rows: 0,
            told_kept: 0,
            expected: 0,
            large: LARGE,
            of_extras: Vec::new(),
        }
    }

    /// The same, which adds to an earlier pack of this many records or more where little of it has
    /// changed: only what is new is written then. Without this, large ones are added to.
    #[must_use]
    pub fn adding_from(self, large: usize) -> Self {
        Self { large, ..self }
    }

    /// Adds what a shard says of a name (in lower case). `msgpack` is the shard, decompressed;
    /// `hash` says which it is.
    pub fn add(&mut self, name: &str, hash: ShardHash, msgpack: &[u8]) {
        let mark = self.builder.mark();
        let first = mark.rows;
        self.builder.files_begin_anew();
        if let Some(removed) = self.read(name, msgpack) {
            let is_of_name =
                |file: &&str| name_of_file(file).is_some_and(|of| of.eq_ignore_ascii_case(name));
            for file in removed.into_iter().filter(is_of_name) {
                self.builder.remove(file);
            }
        } else {
            self.builder.go_back_to(&mark);
            let reason = "its shard cannot be read: it is not as CEP 16 says".to_owned();
            self.builder.reject(name, reason);
        }
        // What is said of records that are not there is not in the rows.
        if let Some(row) = self.builder.rows.get(first)
            && self.builder.mark().notes() == mark.notes()
        {
            self.shards.push((row.name, hash));
        }
    }

    /// Adds the records of a shard; gives the files that it lists as removed. `None` if the bytes
    /// are no shard.
    fn read<'s>(&mut self, name: &str, msgpack: &'s [u8]) -> Option<Vec<&'s str>> {
        let Self {
            builder, of_extras, ..
        } = self;
        let mut new = Vec::new();
        let rest = shard::read(msgpack, |record| {
            let fields = record.fields.as_ref();
            let is_added = fields.is_some_and(|fields| {
                fields.name == name && builder.add_fields(record.file, fields).is_some()
            });
            if !is_added {
                new.extend(builder.add_msgpack(name, record.file, record.msgpack));
            }
        })?;
        if let Some(v3) = rest.v3 {
            shard::read_v3(v3, |file, record| {
                new.extend(builder.add_msgpack(name, file, record));
            })?;
        }
        of_extras.extend(new);
        Some(rest.removed)
    }

    /// Notes a record that cannot be used, or a name, for a reason that is not in its shard.
    pub fn reject(&mut self, file: &str, reason: String) {
        self.builder.reject(file, reason);
    }

    /// What the earlier pack has of a name, if it is of this shard. Quickest if names are asked for
    /// in their order.
    pub fn known(&mut self, name: &str, hash: ShardHash) -> Option<KnownShard> {
        let earlier = self.earlier.as_ref()?;
        let expected = earlier.names.get(self.expected);
        let is_next = |entry: &NameEntry| earlier.text_bytes(entry.text) == name.as_bytes();
        let place = match expected {
            Some(entry) if is_next(entry) => self.expected,
            _ => earlier.place_of_name(name)?,
        };
        self.expected = place + 1;
        let is_of_shard = hash != [0; 32] && earlier.shards.get(place) == Some(&hash);
        is_of_shard.then_some(KnownShard { place })
    }

    /// Takes over what the earlier pack has of a shard.
    pub fn take_over(&mut self, known: KnownShard) {
        self.kept.push(known);
    }

    /// What the records depend on that came since this was asked last, as written. Few texts are told
    /// more than once.
    pub fn new_dependencies(&mut self) -> Vec<String> {
        let mut new = std::mem::take(&mut self.of_extras);
        let builder = &self.builder;
        for row in builder.rows.iter().skip(self.told_rows) {
            if !self.told.is_new_list(row.depends) {
                continue;
            }
            for text in builder.lists.get(row.depends) {
                if self.told.is_new_text(*text) {
                    let text = builder.texts.get(*text);
                    new.push(String::from_utf8_lossy(text).into_owned());
                }
            }
        }
        self.told_rows = builder.rows.len();
        if let Some(earlier) = &self.earlier {
            let kept = self.kept.iter().skip(self.told_kept);
            for entry in kept.filter_map(|known| earlier.names.get(known.place)) {
                let told = &mut self.told_of_earlier;
                new.extend(earlier.new_dependencies_of(entry.start..entry.end, told));
            }
        }
        self.told_kept = self.kept.len();
        new
    }

    /// The pack of everything that was added and taken over.
    pub fn finish(self, stamp: &str) -> Pack {
        let Self {
            builder,
            home,
            earlier,
            mut kept,
            shards,
            large,
            ..
        } = self;
        let mut new = builder.finish(home, stamp);
        new.set_shards(shards);
        let Some(earlier) = earlier.filter(|_| !kept.is_empty()) else {
            return new;
        };
        kept.sort_unstable_by_key(|known| known.place);
        kept.dedup_by_key(|known| known.place);
        let entries = kept
            .iter()
            .filter_map(|known| earlier.names.get(known.place));
        let carried = entries.map(|name| (name.end - name.start) as usize).sum();
        let joined = Joined {
            earlier: &earlier,
            kept: &kept,
            new,
        };
        let base = earlier.base.as_ref().unwrap_or(&earlier);
        let pack = joined.pack(base, large);
        Pack { carried, ..pack }.with_earlier(earlier)
    }
}

impl Pack {
    /// Notes of names which shards their records come from.
    fn set_shards(&mut self, mut shards: Vec<(u32, ShardHash)>) {
        shards.sort_unstable();
        let hash_of = |name: &NameEntry| {
            let found = shards.binary_search_by_key(&name.text, |(name, _)| *name);
            let found = found.ok().and_then(|at| shards.get(at));
            found.map_or([0; 32], |(_, hash)| *hash)
        };
        let shards = self.names.iter().map(hash_of).collect::<Vec<_>>();
        self.shards = shards.into();
    }
}

impl PackBuilder {
    /// Adds a record of a shard of a name, under its file name, unless it is of another name. Gives
    /// what its extras depend on.
    fn add_msgpack(&mut self, name: &str, file: &str, msgpack: &[u8]) -> Vec<String> {
        let mut record: PackageRecord = match rmp_serde::from_slice(msgpack) {
            Ok(record) => record,
            Err(error) => {
                self.reject(file, error.to_string());
                return Vec::new();
            }
        };
        normalize_name(&mut record);
        if record.name.as_normalized() != name {
            return Vec::new();
        }
        let json = has_more(&record).then(|| serde_json::to_string(&record));
        let parsed = ParsedRecord {
            record: &record,
            json: json.and_then(Result::ok),
        };
        match self.add_parsed(file, parsed) {
            Ok(()) => record.extra_depends.into_values().flatten().collect(),
            Err(reason) => {
                self.reject(file, reason);
                Vec::new()
            }
        }
    }
}
