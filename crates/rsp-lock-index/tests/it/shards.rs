//! A channel in shards says what it says as one document, whatever was taken over of shards
//! before.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rattler_conda_types::Shard;
use rattler_digest::{Sha256, compute_bytes_digest};
use rsp_lock_index::pack::{Home, Pack, ShardPackBuilder, ToldDependencies, read_json};
use serde_json::{Value, json};

pub(crate) fn home() -> Home {
    Home {
        subdir: "linux-64".into(),
        files: "https://conda.example.org/c/linux-64/".into(),
        channel: "https://conda.example.org/c/".into(),
    }
}

/// A repodata document with the records of some names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repodata {
    packages: BTreeMap<String, Value>,
    packages_conda: BTreeMap<String, Value>,
    /// Of `v3`, files without extension.
    v3_tar_bz2: BTreeMap<String, Value>,
    v3_conda: BTreeMap<String, Value>,
    pub(crate) removed: BTreeSet<String>,
}

impl Repodata {
    fn json(&self) -> Value {
        let Self {
            packages,
            packages_conda,
            v3_tar_bz2,
            v3_conda,
            removed,
        } = self;
        let mut document = json!({
            "packages": packages, "packages.conda": packages_conda, "removed": removed,
        });
        if self.has_v3() {
            let tar_bz2 = if v3_tar_bz2.is_empty() {
                Value::Null
            } else {
                json!(v3_tar_bz2)
            };
            let wheels = json!({"x": {"y": [1, -7, 2.5, null]}});
            document["v3"] = json!({"conda": v3_conda, "tar.bz2": tar_bz2, "whl": wheels});
        } else if removed.is_empty() {
            document["v3"] = Value::Null;
        }
        document
    }

    fn has_v3(&self) -> bool {
        self.v3_tar_bz2.len() + self.v3_conda.len() > 0
    }

    /// As an indexer writes it: with hashes as bytes, if it makes sense.
    fn msgpack(&self) -> Vec<u8> {
        let json = self.json();
        match serde_json::from_value::<Shard>(json.clone()) {
            Ok(shard) if !self.has_v3() => rmp_serde::to_vec_named(&shard).unwrap(),
            _ => rmp_serde::to_vec_named(&json).unwrap(),
        }
    }
}

pub(crate) type Shards = BTreeMap<String, Repodata>;

/// All shards as one document.
fn whole(shards: &Shards) -> Repodata {
    let mut whole = Repodata::default();
    for shard in shards.values().cloned() {
        whole.packages.extend(shard.packages);
        whole.packages_conda.extend(shard.packages_conda);
        whole.v3_tar_bz2.extend(shard.v3_tar_bz2);
        whole.v3_conda.extend(shard.v3_conda);
        whole.removed.extend(shard.removed);
    }
    whole
}

/// The pack of shards, and the dependencies that were told.
fn packed(shards: &Shards, earlier: Option<Pack>) -> (Pack, BTreeSet<String>) {
    let is_first = earlier.is_none();
    let builder = ShardPackBuilder::new(home(), earlier.map(Into::into));
    filled(builder, shards, is_first)
}

/// What a builder makes of shards, and the dependencies that it told. The first time they come in
/// another order.
pub(crate) fn filled(
    mut builder: ShardPackBuilder,
    shards: &Shards,
    is_first: bool,
) -> (Pack, BTreeSet<String>) {
    let mut names: Vec<_> = shards.iter().collect();
    if is_first {
        // In whatever order they come.
        names.reverse();
    }
    let mut told = Vec::new();
    for (name, shard) in names {
        let bytes = shard.msgpack();
        let hash = compute_bytes_digest::<Sha256>(&bytes).into();
        match builder.known(name, hash) {
            Some(known) => builder.take_over(known),
            None => builder.add(name, hash, &bytes),
        }
        told.extend(builder.new_dependencies());
    }
    (builder.finish("stamp"), told.into_iter().collect())
}

pub(crate) type Told = (Vec<(String, Vec<String>)>, Vec<String>, Vec<String>);

/// What a pack says, but for why records cannot be used.
pub(crate) fn told(pack: &Pack) -> Told {
    let of_name = |name: &str| {
        let rows = pack.rows(name);
        let records = rows.map(|row| serde_json::to_string(&pack.record(row).unwrap()).unwrap());
        (name.to_owned(), records.collect())
    };
    let rejected: BTreeSet<String> = pack.rejected().map(|(file, _)| file.to_owned()).collect();
    (
        pack.names().map(of_name).collect(),
        rejected.into_iter().collect(),
        pack.removed().map(str::to_owned).collect(),
    )
}

/// The URLs of all rows.
fn in_order(pack: &Pack) -> Vec<String> {
    let rows = 0..u32::try_from(pack.len()).unwrap();
    rows.map(|row| pack.url(row)).collect()
}

/// All that the records of a pack depend on.
fn of_rows(pack: &Pack) -> BTreeSet<String> {
    let rows = 0..u32::try_from(pack.len()).unwrap();
    let of_row = |row| {
        let depends = pack.depends(row).map(str::to_owned);
        depends.chain(pack.extra_depends(row)).collect::<Vec<_>>()
    };
    rows.flat_map(of_row).collect()
}

fn record() -> impl Strategy<Value = Value> {
    let more = prop::sample::select(vec![
        json!({}),
        json!({"depends": ["a >=1", "b"]}),
        json!({"depends": ["a >=1", "c"], "constrains": ["b <3"]}),
        json!({"depends": [], "constrains": ["b <3"]}),
        json!({"license": "MIT", "noarch": "generic", "timestamp": 1_600_000_000_000_u64}),
        json!({"timestamp": 1_600_000_000_u64, "license_family": "BSD", "size": 7}),
        json!({"indexed_timestamp": 1_700_000_000_000_u64, "size": u64::MAX}),
        json!({"sha256": "ab".repeat(32), "md5": "cd".repeat(16)}),
        json!({"sha256": "ab"}),
        json!({"noarch": true}),
        json!({"track_features": "x"}),
        json!({"subdir": "noarch", "features": "x"}),
        json!({"python_site_packages_path": "lib/python3.14/site-packages"}),
        json!({"depends": 7}),
        json!({"build_number": -1}),
        json!({"license": "Caf\u{e9} \"x\"", "arch": null}),
        json!({"version": "1.0"}),
        json!({"version": "1..0"}),
        json!({"extra_depends": {"x": ["e"]}}),
    ]);
    ("[A-C]|[a-c]|[ab]-c", "[1-2]", "[0-1]", more).prop_map(|(name, version, build, more)| {
        let mut record = json!({"name": name, "version": version, "build": build,
            "build_number": 0, "file": format!("{name}-{version}-{build}")});
        for (key, value) in more.as_object().unwrap() {
            record[key] = value.clone();
        }
        record
    })
}

pub(crate) fn shards() -> impl Strategy<Value = Shards> {
    let records = prop::collection::vec((0..4_u8, record()), 0..12);
    let removed = prop::collection::vec("(A|[ab]|[ab]-c)-[12]-0[.]conda", 0..2);
    (records, removed).prop_map(|(records, removed)| {
        let mut shards = Shards::new();
        for (section, mut record) in records {
            let stem = record.as_object_mut().unwrap().remove("file").unwrap();
            let stem = stem.as_str().unwrap();
            let name = record["name"].as_str().unwrap().to_lowercase();
            let shard = shards.entry(name).or_default();
            match section {
                0 => shard.packages.insert(format!("{stem}.tar.bz2"), record),
                1 => shard.packages_conda.insert(format!("{stem}.conda"), record),
                2 => shard.v3_tar_bz2.insert(stem.to_owned(), record),
                _ => shard.v3_conda.insert(stem.to_owned(), record),
            };
        }
        for file in removed {
            let name = rsp_lock_index::pack::name_of_file(&file)
                .unwrap()
                .to_lowercase();
            let shard = shards.entry(name).or_default();
            shard.removed.insert(file);
        }
        shards
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn shards_say_what_their_document_says(
        updates in prop::collection::vec((shards(), prop::collection::vec(any::<bool>(), 1..4)), 1..4),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pack");
        let (mut shards, mut earlier) = (Shards::new(), None);
        for (new, kept) in updates {
            let mut kept = kept.iter().cycle();
            shards.retain(|_, _| *kept.next().unwrap());
            let new_names = new.len();
            shards.extend(new);
            let document = whole(&shards).json().to_string();
            let of_document = read_json(document.as_bytes(), |_| Ok(home())).unwrap();
            let (alone, wants) = packed(&shards, None);
            prop_assert_eq!(told(&alone), told(&of_document), "{}", document);
            let (after, wants_after) = packed(&shards, earlier);
            prop_assert_eq!(told(&after), told(&alone), "{}", document);
            prop_assert_eq!(in_order(&after), in_order(&alone), "tables count on it");
            for (pack, wants) in [(&alone, wants), (&after, wants_after)] {
                for row in 0..u32::try_from(pack.len()).unwrap() {
                    prop_assert!(pack.depends(row).all(|text| wants.contains(text)));
                    let of_extras = pack.extra_depends(row);
                    prop_assert!(of_extras.iter().all(|text| wants.contains(text)));
                }
                let mut told = ToldDependencies::default();
                let mut tell = || -> Vec<String> {
                    let of_name = |name| pack.new_dependencies(name, &mut told);
                    pack.names().flat_map(of_name).collect()
                };
                prop_assert_eq!(tell().into_iter().collect::<BTreeSet<_>>(), of_rows(pack));
                prop_assert!(tell().iter().all(|text| text == "e"), "those of extras alone");
            }
            // Writing takes longer than all else.
            earlier = Some(if new_names % 4 == 0 {
                after.save(&path, "").unwrap();
                Pack::open(&path).unwrap()
            } else {
                after
            });
        }
    }

    #[test]
    fn what_is_no_shard_is_told_and_harms_nobody(
        shard in shards().prop_map(|shards| whole(&shards)),
        change in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let sound = shard.msgpack();
        let mut spoilt = sound.clone();
        for (place, byte) in change {
            let place = place.index(spoilt.len());
            spoilt[place] = byte;
        }
        for bytes in [&spoilt[..], &sound[..cut.index(sound.len())]] {
            let mut builder = ShardPackBuilder::new(home(), None);
            builder.add("a", [1; 32], bytes);
            builder.add("z", [2; 32], br"");
            let pack = builder.finish("");
            prop_assert!(pack.names().all(|name| name == "a"));
            prop_assert!(pack.rejected().any(|(file, _)| file == "linux-64/z"));
            if bytes.len() < sound.len() {
                prop_assert!(pack.is_empty());
                prop_assert!(pack.rejected().any(|(file, _)| file == "linux-64/a"));
            }
        }
    }
}

pub(crate) fn one(name: &str, records: usize) -> (String, Repodata) {
    let record = |at: usize| {
        let record = json!({"name": name, "version": format!("{at}"), "build": "0",
            "build_number": 0, "depends": [format!("b {at}")]});
        (format!("{name}-{at}-0.conda"), record)
    };
    let shard = Repodata {
        packages_conda: (0..records).map(record).collect(),
        ..Repodata::default()
    };
    (name.to_owned(), shard)
}

#[test]
fn texts_of_records_that_are_gone_do_not_pile_up_in_packs_of_shards() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pack");
    let size = |pack: &Pack| {
        pack.save(&path, "").unwrap();
        fs_err::metadata(&path).unwrap().len()
    };
    let mut shards: Shards = [one("a", 3), one("b", 2000)].into();
    let (mut pack, _) = packed(&shards, None);
    let first = size(&pack);
    for day in 1..12 {
        shards.extend([one("b", 2000 + day)]);
        pack = packed(&shards, Some(pack)).0;
        assert!(size(&pack) < first * 2, "day {day}");
    }
}

#[test]
fn only_what_comes_from_other_shards_is_read() {
    let shards: Shards = [one("a", 3), one("b", 4), one("c", 5)].into();
    let (pack, _) = packed(&shards, None);
    assert_eq!(pack.carried(), 0);
    let mut changed = shards.clone();
    changed.extend([one("b", 5)]);
    let (pack, wants) = packed(&changed, Some(pack));
    assert_eq!((pack.carried(), wants.len()), (8, 5));
    let (pack, _) = packed(&shards, Some(pack));
    assert_eq!(pack.carried(), 8);
    // What is listed as removed is not in the rows, so that the shard is read again.
    let mut changed = shards.clone();
    changed.get_mut("c").unwrap().removed = ["c-9-0.conda".to_owned()].into();
    let mut pack = pack;
    for _ in 0..3 {
        pack = packed(&changed, Some(pack)).0;
        assert_eq!((pack.carried(), pack.removed().len()), (7, 1));
    }
    let elsewhere = Home {
        files: "https://mirror.example.org/c/linux-64/".into(),
        ..home()
    };
    let mut builder = ShardPackBuilder::new(elsewhere, Some(pack.into()));
    let bytes = shards["a"].msgpack();
    let hash = compute_bytes_digest::<Sha256>(&bytes).into();
    assert!(builder.known("a", hash).is_none());
}
