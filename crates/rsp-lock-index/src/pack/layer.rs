//! Packs that add to another one.
//!
//! A large channel changes by a little at a time, and to write all of it again takes longer than
//! to find out what changed. So where nearly all is taken over of a large pack that is in a file, the
//! pack after it has only what is new, and which rows there and here are those of which name.

use std::{ops::Range, sync::Arc};

use zerocopy::IntoBytes;

use super::{KnownShard, Lists, NONE, NameEntry, Pack, Row, ShardHash, Texts};
use crate::{
    container::{Column, short_digest},
    owned::length,
};

/// A pack of fewer records is written anew whatever is taken over.
pub(super) const LARGE: usize = 50_000;

/// One in so many of the records may be new; with more it is written anew.
const SHARE: usize = 8;

/// Some names of an earlier pack, as that has them, and a pack of all others.
pub(super) struct Joined<'j> {
    pub(super) earlier: &'j Pack,
    /// By place.
    pub(super) kept: &'j [KnownShard],
    pub(super) new: Pack,
}

impl Joined<'_> {
    /// One pack of all. It adds to `base`, which is the earlier pack or what that adds to, if that
    /// is of this many records or more, most of them are kept and not much is new.
    pub(super) fn pack(self, base: &Arc<Pack>, large: usize) -> Pack {
        let added = self.earlier.rows_end() - base.rows_end() + length(&self.new.rows);
        let is_little = (added as usize).saturating_mul(SHARE) <= base.rows.len();
        let kept = self.kept.iter();
        let kept = kept.filter_map(|known| self.earlier.names.get(known.place));
        let kept: usize = kept.map(|name| (name.end - name.start) as usize).sum();
        let is_used = kept >= base.rows.len() / 4 * 3;
        if is_little && is_used && base.rows.len() >= large && base.sums.is_some() {
            self.above(base.clone())
        } else {
            self.alone()
        }
    }

    /// What is not in the base.
    fn above(self, base: Arc<Pack>) -> Pack {
        let behind = Behind::of(self.earlier);
        let layers: &[&Pack] = match self.earlier.base {
            Some(_) => &[self.earlier],
            None => &[],
        };
        let mut rows: Vec<Row> = layers
            .iter()
            .flat_map(|layer| layer.rows.iter().copied())
            .collect();
        rows.extend(self.new.rows.iter().map(|row| behind.row(row)));
        let (names, shards) = self.names(&behind);
        Pack {
            layout: short_digest(names.as_bytes()).into(),
            base: Some(base),
            texts: texts(layers, &self.new),
            lists: lists(layers, &self.new, &behind),
            names: names.into(),
            shards: shards.into(),
            rows: rows.into(),
            ..self.rest(&behind)
        }
    }

    /// All of it, the rows of each name behind those of the name before.
    fn alone(self) -> Pack {
        let behind = Behind::of(self.earlier);
        let layers: Vec<&Pack> = self.earlier.layers().collect();
        let mut rows: Vec<Row> = Vec::new();
        // A guess that is too large for the machine is a bad guess.
        let _ = rows.try_reserve(self.earlier.rows_end() as usize + self.new.rows.len());
        let (mut names, shards) = self.names(&behind);
        for name in &mut names {
            let start = length(&rows);
            match name.start.checked_sub(behind.rows) {
                None => rows.extend_from_slice(self.earlier.rows_of(name.start..name.end)),
                Some(first) => {
                    let new = self.new.rows_of(first..name.end - behind.rows);
                    rows.extend(new.iter().map(|row| behind.row(row)));
                }
            }
            *name = NameEntry {
                text: name.text,
                start,
                end: length(&rows),
            };
        }
        Pack {
            texts: texts(&layers, &self.new),
            lists: lists(&layers, &self.new, &behind),
            names: names.into(),
            shards: shards.into(),
            rows: rows.into(),
            ..self.rest(&behind)
        }
    }

    /// All names with their shards, with rows as they are counted where new ones are behind the
    /// earlier ones.
    fn names(&self, behind: &Behind) -> (Vec<NameEntry>, Vec<ShardHash>) {
        let of_new = |at: usize| {
            let name = self.new.names.get(at)?;
            let entry = NameEntry {
                text: behind.text(name.text),
                start: name.start + behind.rows,
                end: name.end + behind.rows,
            };
            let text = self.new.text_bytes(name.text);
            let before = |known: &NameEntry| self.earlier.text_bytes(known.text) < text;
            let place = self.earlier.names.partition_point(before);
            let hash = self.new.shards.get(at).copied().unwrap_or_default();
            Some((place, entry, hash))
        };
        let mut new = (0..).map_while(of_new).peekable();
        let mut all = Vec::with_capacity(self.kept.len() + self.new.names.len());
        for KnownShard { place } in self.kept {
            while let Some((_, entry, hash)) = new.next_if(|(at, ..)| at <= place) {
                all.push((entry, hash));
            }
            let hash = self.earlier.shards.get(*place).copied();
            let entry = self.earlier.names.get(*place);
            all.extend(entry.map(|entry| (*entry, hash.unwrap_or_default())));
        }
        all.extend(new.map(|(_, entry, hash)| (entry, hash)));
        all.into_iter().unzip()
    }

    /// What is neither texts nor rows.
    fn rest(self, behind: &Behind) -> Pack {
        let pairs = self.new.rejected.iter();
        let rejected: Vec<[u32; 2]> = pairs.map(|pair| pair.map(|id| behind.text(id))).collect();
        let removed: Vec<u32> = self.new.removed.iter().map(|id| behind.text(*id)).collect();
        let at_first = &self.earlier.size_at_first;
        Pack {
            rejected: rejected.into(),
            removed: removed.into(),
            size_at_first: at_first.to_vec().into(),
            texts: Texts::default(),
            lists: Lists::default(),
            names: Column::default(),
            rows: Column::default(),
            ..self.new
        }
    }
}

/// How much there is in an earlier pack: numbers go on behind it.
struct Behind {
    texts: u32,
    lists: u32,
    rows: u32,
}

impl Behind {
    fn of(earlier: &Pack) -> Self {
        Self {
            texts: earlier.texts(),
            lists: earlier.lists(),
            rows: earlier.rows_end(),
        }
    }

    fn text(&self, id: u32) -> u32 {
        moved(id, self.texts)
    }

    fn row(&self, row: &Row) -> Row {
        Row {
            depends: moved(row.depends, self.lists),
            constrains: moved(row.constrains, self.lists),
            ..row.with_texts(|id| self.text(id))
        }
    }
}

fn moved(id: u32, by: u32) -> u32 {
    if id == NONE {
        NONE
    } else {
        id.saturating_add(by)
    }
}

fn texts(layers: &[&Pack], new: &Pack) -> Texts {
    let all = layers.iter().copied().chain([new]);
    let (ends, bytes) = joined(all.map(|of| (&*of.texts.ends, &*of.texts.bytes)));
    Texts {
        ends: ends.into(),
        bytes: bytes.into(),
    }
}

fn lists(layers: &[&Pack], new: &Pack, behind: &Behind) -> Lists {
    let items = new.lists.items.iter();
    let items: Vec<u32> = items.map(|text| behind.text(*text)).collect();
    let earlier = layers.iter().map(|of| (&*of.lists.ends, &*of.lists.items));
    let (ends, items) = joined(earlier.chain([(&*new.lists.ends, &*items)]));
    Lists {
        ends: ends.into(),
        items: items.into(),
    }
}

/// What is called by numbers, each by where it ends and all items behind each other, as one.
fn joined<'p, T: Copy + 'p>(
    parts: impl Iterator<Item = (&'p [u32], &'p [T])>,
) -> (Vec<u32>, Vec<T>) {
    let (mut ends, mut items) = (Vec::new(), Vec::new());
    for (more_ends, more_items) in parts {
        let before = length(&items);
        ends.extend(more_ends.iter().map(|end| before.saturating_add(*end)));
        items.extend_from_slice(more_items);
    }
    (ends, items)
}

impl Pack {
    /// The pack that this one adds to, if it does, and itself.
    pub(super) fn layers(&self) -> impl Iterator<Item = &Self> {
        self.base.as_deref().into_iter().chain([self])
    }

    /// The same as a pack of its own.
    pub(super) fn on_its_own(&self) -> Self {
        let places = 0..self.names.len();
        let kept: Vec<KnownShard> = places.map(|place| KnownShard { place }).collect();
        let joined = Joined {
            earlier: self,
            kept: &kept,
            new: Self {
                home: self.home.clone(),
                stamp: self.stamp.clone(),
                ..Self::default()
            },
        };
        Self {
            rejected: self.rejected.clone(),
            removed: self.removed.clone(),
            ..joined.alone()
        }
    }

    /// How many rows there are, whether or not a name has them still.
    pub(super) fn rows_end(&self) -> u32 {
        self.layers().map(|layer| length(&layer.rows)).sum()
    }

    /// Rows that are of one name.
    pub(super) fn rows_of(&self, rows: Range<u32>) -> &[Row] {
        let (layer, start) = self.at(rows.start, |layer| layer.rows.len());
        let end = start + rows.len();
        layer.rows.get(start..end).unwrap_or_default()
    }

    /// The layer that has what is called by a number, and its place there, by how many there are in
    /// a layer.
    pub(super) fn at(&self, id: u32, count: impl Fn(&Self) -> usize) -> (&Self, usize) {
        let at = id as usize;
        match &self.base {
            None => (self, at),
            Some(base) => match at.checked_sub(count(base)) {
                None => (base, at),
                Some(here) => (self, here),
            },
        }
    }

    /// Whether an earlier pack adds to the same pack as this, or is that.
    pub(super) fn adds_to_the_same_as(&self, earlier: &Self) -> bool {
        let Some(base) = &self.base else { return false };
        let earlier = earlier.base.as_deref().unwrap_or(earlier);
        std::ptr::eq(&raw const **base, earlier)
            || base
                .identity()
                .is_some_and(|of_base| earlier.identity() == Some(of_base))
    }
}
