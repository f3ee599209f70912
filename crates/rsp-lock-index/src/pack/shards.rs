//! Packs of shards (CEP 16): one small file a name, called by its hash.
//!
//! A channel that changes says the hash of every shard anew, and most are what they were. So a pack
//! of shards says which shard the records of a name come from, and the pack after it takes over
//! what comes from the same.

use std::sync::Arc;

use rattler_conda_types::PackageRecord;

use super::{
    Home, NONE, NameEntry, Pack, PackBuilder, Row, ToldDependencies,
    build::{ParsedRecord, has_more},
    normalize_name,
};
use crate::scan::shard;

/// The SHA-256 of a shard; all zeros stand for none.
pub type ShardHash = [u8; 32];

/// Collects what the shards of one subdir say into a [`Pack`].
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
/// assert!(next.take_over("hello", [1; 32]));
/// assert_eq!(next.finish("").carried(), 1);
/// ```
#[derive(Debug)]
pub struct ShardPackBuilder {
    builder: PackBuilder,
    home: Home,
    /// What is taken over from.
    earlier: Option<Arc<Pack>>,
    carried: usize,
    /// Names, and the shards that their records come from.
    shards: Vec<(u32, ShardHash)>,
    told: ToldDependencies,
    /// How many rows' dependencies were told.
    told_rows: usize,
    /// What the extras of the others depend on.
    of_extras: Vec<String>,
}

impl ShardPackBuilder {
    /// What the `earlier` pack has of the same shards can be taken over, where that pack is of the
    /// same files, and not mostly of records that are gone. It must be [sound](Pack::is_sound).
    pub fn new(home: Home, earlier: Option<Arc<Pack>>) -> Self {
        let earlier = earlier.filter(|pack| pack.home == home && !pack.shards.is_empty());
        let after = earlier.and_then(|pack| Some((PackBuilder::after(&pack)?, Some(pack))));
        let (mut builder, earlier) = after.unwrap_or_default();
        builder.expect(earlier.as_ref().map_or(0, |pack| pack.len()));
        Self {
            builder,
            home,
            earlier,
            carried: 0,
            shards: Vec::new(),
            told: ToldDependencies::default(),
            told_rows: 0,
            of_extras: Vec::new(),
        }
    }

    /// Adds what a shard says of a name (in lower case). `msgpack` is the shard, decompressed;
    /// `hash` says which it is.
    pub fn add(&mut self, name: &str, hash: ShardHash, msgpack: &[u8]) {
        let builder = &mut self.builder;
        let (rows, notes) = (builder.rows.len(), builder.notes());
        builder.files_begin_anew();
        let of_extras = &mut self.of_extras;
        let rest = shard::read(msgpack, |record| {
            let fields = record.fields.as_ref();
            let is_added = fields.is_some_and(|fields| {
                fields.name == name && builder.add_fields(record.file, fields).is_some()
            });
            if !is_added {
                of_extras.extend(builder.add_msgpack(name, record.file, record.msgpack));
            }
        });
        let v3 = rest.as_ref().map(|rest| rest.v3);
        let is_read = v3.and_then(|v3| match v3 {
            Some(v3) => shard::read_v3(v3, |file, record| {
                of_extras.extend(builder.add_msgpack(name, file, record));
            }),
            None => Some(()),
        });
        if is_read.is_none() {
            builder.rows.truncate(rows);
            let reason = "its shard cannot be read: it is not as CEP 16 says".to_owned();
            builder.reject(name, reason);
        }
        for file in rest.map_or_else(Vec::new, |rest| rest.removed) {
            if super::name_of_file(file).is_some_and(|of| of.eq_ignore_ascii_case(name)) {
                builder.remove(file);
            }
        }
        // What is said of records that are not there is not in the rows.
        if let Some(row) = builder.rows.get(rows)
            && builder.notes() == notes
        {
            self.shards.push((row.name, hash));
        }
    }

    /// Takes over what the earlier pack has of a name, if it is of this shard; says whether.
    pub fn take_over(&mut self, name: &str, hash: ShardHash) -> bool {
        let Some(earlier) = &self.earlier else {
            return false;
        };
        let Some((entry, rows)) = earlier.of_shard(name, hash) else {
            return false;
        };
        self.builder.rows.extend_from_slice(rows);
        self.carried += rows.len();
        self.shards.push((entry.text, hash));
        for row in entry.start..entry.end {
            self.of_extras.extend(earlier.extra_depends(row));
        }
        true
    }

    /// What the records depend on that came since this was asked last, as written, each text once.
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
        new
    }

    /// The pack of everything that was added and taken over.
    pub fn finish(self, stamp: &str) -> Pack {
        let mut pack = self.builder.finish(self.home, stamp);
        let mut shards = self.shards;
        shards.sort_unstable();
        let hash_of = |name: &NameEntry| {
            let found = shards.binary_search_by_key(&name.text, |(name, _)| *name);
            let found = found.ok().and_then(|at| shards.get(at));
            found.map_or([0; 32], |(_, hash)| *hash)
        };
        pack.shards = pack.names.iter().map(hash_of).collect::<Vec<_>>().into();
        pack.carried = self.carried;
        match self.earlier {
            Some(earlier) if self.carried > 0 => pack.with_earlier(earlier),
            _ => pack,
        }
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

impl Pack {
    /// What there is of a name, if it is from this shard.
    fn of_shard(&self, name: &str, hash: ShardHash) -> Option<(&NameEntry, &[Row])> {
        let at = self.place_of_name(name)?;
        let entry = self.names.get(at)?;
        let is_of_shard = hash != [0; 32] && self.shards.get(at) == Some(&hash);
        let rows = self.rows.get(entry.start as usize..entry.end as usize)?;
        (is_of_shard && entry.text != NONE).then_some((entry, rows))
    }
}
