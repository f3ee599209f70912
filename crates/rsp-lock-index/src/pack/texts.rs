//! Texts and lists of texts, each stored once and called by a number.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{container::Column, owned::length};

/// No text, no list, no number.
pub const NONE: u32 = u32::MAX;

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    /// Where each text ends; it starts where the one before ends.
    pub(crate) ends: Column<u32>,
    pub(crate) bytes: Column<u8>,
}

impl Texts {
    /// The text of a number; empty for a number that has none.
    pub(crate) fn get(&self, id: u32) -> &str {
        std::str::from_utf8(self.bytes_of(id)).unwrap_or_default()
    }

    /// The bytes of a text, which is all that a comparison needs.
    pub(crate) fn bytes_of(&self, id: u32) -> &[u8] {
        let ends = &*self.ends;
        let at = id as usize;
        let Some(end) = ends.get(at) else { return &[] };
        let start = at.checked_sub(1).and_then(|before| ends.get(before));
        let start = start.copied().unwrap_or(0);
        self.bytes
            .get(start as usize..*end as usize)
            .unwrap_or_default()
    }
}

/// Lists of numbers by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    pub(crate) ends: Column<u32>,
    pub(crate) items: Column<u32>,
}

impl Lists {
    /// The list of a number; empty for a number that has none.
    pub(crate) fn get(&self, id: u32) -> &[u32] {
        let ends = &*self.ends;
        let at = id as usize;
        let Some(end) = ends.get(at) else { return &[] };
        let start = at.checked_sub(1).and_then(|before| ends.get(before));
        let start = start.copied().unwrap_or(0);
        self.items
            .get(start as usize..*end as usize)
            .unwrap_or_default()
    }
}

/// Gives equal things equal numbers.
#[derive(Debug, Default)]
pub(super) struct Interner<T> {
    known: HashTable<u32>,
    ends: Vec<u32>,
    items: Vec<T>,
    hasher: DefaultHashBuilder,
}

impl<T: Copy + Eq + Hash> Interner<T> {
    pub(super) fn intern(&mut self, wanted: &[T]) -> u32 {
        let hash = self.hasher.hash_one(wanted);
        let get = |id: u32| span(&self.ends, &self.items, id);
        if let Some(id) = self.known.find(hash, |id| get(*id) == wanted) {
            return *id;
        }
        let id = length(&self.ends);
        self.items.extend_from_slice(wanted);
        self.ends.push(length(&self.items));
        let (ends, items, hasher) = (&self.ends, &self.items, &self.hasher);
        self.known
            .insert_unique(hash, id, |id| hasher.hash_one(span(ends, items, *id)));
        id
    }

    pub(super) fn get(&self, id: u32) -> &[T] {
        span(&self.ends, &self.items, id)
    }

    pub(super) fn len(&self) -> u32 {
        length(&self.ends)
    }

    /// Where each ends, and all of them behind each other.
    pub(super) fn finish(mut self) -> (Vec<u32>, Vec<T>) {
        self.ends.shrink_to_fit();
        self.items.shrink_to_fit();
        (self.ends, self.items)
    }
}

fn span<'i, T>(ends: &[u32], items: &'i [T], id: u32) -> &'i [T] {
    let at = id as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before));
    let start = start.copied().unwrap_or(0) as usize;
    let end = ends.get(at).map_or(start, |end| *end as usize);
    items.get(start..end).unwrap_or_default()
}
