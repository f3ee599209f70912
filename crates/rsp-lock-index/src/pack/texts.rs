//! Texts and lists of texts, called by numbers.
//!
//! What one [`Interner`] was given it has once. A pack that took over from another one may have it
//! twice, but not within what is said of one name: lists of one name that say the same have one
//! number, which is what its candidates are grouped by.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};

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
    /// The bytes of a text; empty for a number that has none.
    pub(crate) fn bytes_of(&self, at: usize) -> &[u8] {
        part(&self.ends, &self.bytes, at)
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
    pub(crate) fn at(&self, at: usize) -> &[u32] {
        part(&self.ends, &self.items, at)
    }
}

/// How many numbers are found without a look at the large table.
const RECENT: usize = 1 << 12;

/// Gives equal things equal numbers.
#[derive(Debug, Default)]
pub(crate) struct Interner<T> {
    known: HashTable<Known>,
    /// What was asked for lately, by hash: that stays near, which the large table does not.
    recent: Vec<Known>,
    ends: Vec<u32>,
    items: Vec<T>,
    hasher: DefaultHashBuilder,
}

/// A number with the hash of what it stands for, so that neither growing nor most comparisons
/// have to look at it.
#[derive(Clone, Copy, Debug)]
struct Known {
    hash: u32,
    id: u32,
}

impl Known {
    /// The hash for the table, which looks at both of its ends.
    fn spread(self) -> u64 {
        u64::from(self.hash) << 32 | u64::from(self.hash)
    }
}

impl<T: Copy + Default + Eq + Hash> Interner<T> {
    /// Goes on where another one ended, whose numbers stay as they are.
    pub(super) fn after(ends: &[u32], items: &[T]) -> Self {
        let mut interner = Self {
            ends: ends.to_vec(),
            items: items.to_vec(),
            ..Self::default()
        };
        interner.known.reserve(ends.len(), |known| known.spread());
        for id in 0..length(ends) {
            let hash = interner.hash(part(ends, items, id as usize));
            let known = Known { hash, id };
            let place = known.spread();
            interner
                .known
                .insert_unique(place, known, |known| known.spread());
        }
        interner
    }

    fn hash(&self, wanted: &[T]) -> u32 {
        let hash = self.hasher.hash_one(wanted);
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let half = (hash ^ (hash >> 32)) as u32;
        half
    }

    pub(crate) fn intern(&mut self, wanted: &[T]) -> u32 {
        let new = Known {
            hash: self.hash(wanted),
            id: length(&self.ends),
        };
        let (ends, items) = (&self.ends, &self.items);
        let is_wanted = |known: &Known| {
            known.hash == new.hash && part(ends, items, known.id as usize) == wanted
        };
        if self.recent.is_empty() && self.known.len() > RECENT {
            self.recent = vec![Known { hash: 0, id: NONE }; RECENT];
        }
        let mut recent = self.recent.get_mut(new.hash as usize % RECENT);
        if let Some(recent) = recent.as_deref().filter(|recent| is_wanted(recent)) {
            return recent.id;
        }
        let known = self
            .known
            .entry(new.spread(), is_wanted, |known| known.spread());
        let found = match known {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                place.insert(new);
                self.items.extend_from_slice(wanted);
                self.ends.push(length(&self.items));
                new
            }
        };
        if let Some(recent) = &mut recent {
            **recent = found;
        }
        found.id
    }

    /// The same, where it may well be what a number stands for already.
    pub(super) fn intern_like(&mut self, wanted: &[T], guess: u32) -> u32 {
        if guess < self.len() && self.get(guess) == wanted {
            return guess;
        }
        self.intern(wanted)
    }

    pub(crate) fn get(&self, id: u32) -> &[T] {
        part(&self.ends, &self.items, id as usize)
    }

    pub(crate) fn len(&self) -> u32 {
        length(&self.ends)
    }

    /// Where each ends, and all of them behind each other.
    pub(super) fn finish(mut self) -> (Vec<u32>, Vec<T>) {
        self.ends.shrink_to_fit();
        self.items.shrink_to_fit();
        (self.ends, self.items)
    }
}

/// The items of a number; none for a number that has none.
fn part<'i, T>(ends: &[u32], items: &'i [T], at: usize) -> &'i [T] {
    let Some(end) = ends.get(at) else { return &[] };
    let start = at.checked_sub(1).and_then(|before| ends.get(before));
    let start = start.copied().unwrap_or(0);
    items.get(start as usize..*end as usize).unwrap_or_default()
}
