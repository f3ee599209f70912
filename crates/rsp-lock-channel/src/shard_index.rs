//! The index of a sharded subdir (CEP 16): which names it has, and the hash of each one's shard.
//!
//! An index has tens of thousands of names, of which few are new, so that none has memory of its own.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    ops::Range,
};

use rattler_conda_types::ShardedSubdirInfo;
use rattler_digest::{Sha256, Sha256Hash, serde::SerializableHash};
use serde::Deserialize;
use serde_with::{Map, serde_as};

/// An index as it is written.
#[serde_as]
#[derive(Deserialize)]
pub(crate) struct ShardIndex<'i> {
    pub(crate) info: ShardedSubdirInfo,
    /// As they come.
    #[serde_as(as = "Map<_, SerializableHash<Sha256>>")]
    #[serde(borrow)]
    pub(crate) shards: Vec<(&'i str, Sha256Hash)>,
}

/// Names in lower case, sorted, with their shards.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The names behind each other.
    text: String,
    /// Per name where it stands there, and its shard.
    shards: Vec<(Range<usize>, Sha256Hash)>,
    /// By name, another way in which the index writes it, of which nothing is read.
    repeated: HashMap<String, String>,
}

impl Listed {
    /// The names of an index in lower case. Of one that is there in several ways, the one in lower
    /// case counts, else the first by its letters; of one that is there twice, what comes last.
    pub(crate) fn of(mut index: Vec<(&str, Sha256Hash)>) -> Self {
        if !index.is_sorted_by(|(one, _), (next, _)| one < next) {
            index.sort_by_key(|(name, _)| *name);
            index.reverse();
            index.dedup_by_key(|(name, _)| *name);
            index.reverse();
        }
        let has_upper = |name: &str| name.bytes().any(|byte| byte.is_ascii_uppercase());
        let in_upper: Vec<_> = index.extract_if(.., |(name, _)| has_upper(name)).collect();
        let mut lowered: BTreeMap<String, Sha256Hash> = BTreeMap::new();
        let mut repeated = HashMap::new();
        for (name, hash) in in_upper {
            let lower = name.to_ascii_lowercase();
            let is_listed = index.binary_search_by_key(&&*lower, |(name, _)| name);
            match lowered.entry(lower) {
                Entry::Vacant(entry) if is_listed.is_err() => {
                    entry.insert(hash);
                }
                entry => {
                    repeated.insert(entry.key().clone(), name.to_owned());
                }
            }
        }
        let mut listed = Self {
            text: String::with_capacity(index.iter().map(|(name, _)| name.len()).sum()),
            shards: Vec::with_capacity(index.len() + lowered.len()),
            repeated,
        };
        let mut lowered = lowered.into_iter().peekable();
        for (name, hash) in index {
            while let Some((lower, hash)) = lowered.next_if(|(lower, _)| **lower < *name) {
                listed.push(&lower, hash);
            }
            listed.push(name, hash);
        }
        lowered.for_each(|(lower, hash)| listed.push(&lower, hash));
        listed
    }

    fn push(&mut self, name: &str, hash: Sha256Hash) {
        let start = self.text.len();
        self.text.push_str(name);
        self.shards.push((start..self.text.len(), hash));
    }

    /// All names with their shards, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Sha256Hash)> {
        let shards = self.shards.iter();
        shards.map(|(name, hash)| (self.name(name), *hash))
    }

    fn name(&self, of: &Range<usize>) -> &str {
        self.text.get(of.clone()).unwrap_or_default()
    }

    /// The name at a place, and its shard.
    pub(crate) fn get(&self, place: usize) -> Option<(&str, Sha256Hash)> {
        let (name, hash) = self.shards.get(place)?;
        Some((self.name(name), *hash))
    }

    /// The place of a name, which may well be an `expected` one.
    pub(crate) fn place(&self, name: &str, expected: usize) -> Option<usize> {
        if self.get(expected).is_some_and(|(known, _)| known == name) {
            return Some(expected);
        }
        let found = (self.shards).binary_search_by(|(known, _)| self.name(known).cmp(name));
        found.ok()
    }

    /// Another way in which the index writes a name, of which nothing is read.
    pub(crate) fn other_way_of(&self, name: &str) -> Option<&str> {
        self.repeated.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> Sha256Hash {
        [number; 32].into()
    }

    #[test]
    fn lower_case_counts_then_the_first_and_what_comes_last_of_the_same() {
        let index = vec![
            ("b", hash(1)),
            ("Xz", hash(2)),
            ("XZ", hash(3)),
            ("b", hash(4)),
            ("B", hash(5)),
            ("a", hash(6)),
            ("zz", hash(7)),
        ];
        let listed = Listed::of(index);
        let all: Vec<_> = listed.iter().collect();
        assert_eq!(
            all,
            [
                ("a", hash(6)),
                ("b", hash(4)),
                ("xz", hash(3)),
                ("zz", hash(7))
            ]
        );
        assert_eq!(listed.other_way_of("b"), Some("B"));
        assert_eq!(listed.other_way_of("xz"), Some("Xz"));
        assert_eq!(listed.other_way_of("a"), None);
    }

    #[test]
    fn hashes_are_32_bytes_in_any_form_that_rattler_reads() {
        let read = |index: &serde_json::Value, hash: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = rmp_serde::to_vec(index).unwrap();
            // `{"info": …}` becomes a map of two.
            bytes[0] += 1;
            bytes.extend(b"\xa6shards\x81\xa1a");
            hash(&mut bytes);
            let index: Result<ShardIndex<'_>, _> = rmp_serde::from_slice(&bytes);
            index.map(|index| index.shards.first().map(|(name, of)| (*name == "a", *of)))
        };
        let index = serde_json::json!({"info": {"subdir": "noarch", "base_url": "",
            "shards_base_url": ""}});
        let bytes = |count: u8| {
            move |to: &mut Vec<u8>| {
                to.extend([0xc4, count]);
                to.extend(vec![7; count.into()]);
            }
        };
        let list = |count: u8| {
            move |to: &mut Vec<u8>| {
                to.extend([0xdc, 0, count]);
                to.extend(vec![7; count.into()]);
            }
        };
        let digits = |count: u8| {
            move |to: &mut Vec<u8>| {
                to.extend([0xd9, 2 * count]);
                to.extend("07".repeat(count.into()).bytes());
            }
        };
        assert_eq!(read(&index, &bytes(32)).unwrap(), Some((true, hash(7))));
        assert_eq!(read(&index, &list(32)).unwrap(), Some((true, hash(7))));
        assert_eq!(read(&index, &digits(32)).unwrap(), Some((true, hash(7))));
        for count in [0, 31, 33] {
            assert!(read(&index, &bytes(count)).is_err(), "{count}");
            assert!(read(&index, &list(count)).is_err(), "{count}");
            assert!(read(&index, &digits(count)).is_err(), "{count}");
        }
    }

    #[test]
    fn names_are_found_where_they_are_wherever_one_looks_first() {
        const NAMES: [&str; 6] = ["", "a", "aa", "ab", "b", "c"];
        for some in 0_u8..1 << NAMES.len() {
            let names: Vec<(&str, Sha256Hash)> = (0_u8..)
                .zip(NAMES)
                .filter(|(number, _)| some >> number & 1 == 1)
                .map(|(number, name)| (name, hash(number)))
                .collect();
            let listed = Listed::of(names.iter().rev().copied().collect());
            assert!(listed.iter().eq(names.iter().copied()), "{names:?}");
            for (place, of) in names.iter().enumerate() {
                assert_eq!(listed.get(place), Some(*of));
            }
            assert_eq!(listed.get(names.len()), None);
            for name in NAMES.into_iter().chain(["abc", "d"]) {
                let place = names.iter().position(|(known, _)| *known == name);
                for expected in 0..=NAMES.len() {
                    assert_eq!(listed.place(name, expected), place, "{name} in {names:?}");
                }
            }
        }
    }
}
