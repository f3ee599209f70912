//! The numbers that names have, before and now, and which rows are theirs.

use std::{cmp::Ordering, ops::Range};

use super::{compiler::name_bytes, family::NumberedPack};
use crate::{owned::length, pack::NONE};

/// Names by their numbers, in the order of their texts.
#[derive(Clone, Copy)]
pub(super) struct Names<'n> {
    /// The first pack that has it, and its place there.
    pub(super) of: &'n [[u32; 2]],
    pub(super) packs: &'n [NumberedPack],
}

impl<'n> Names<'n> {
    /// The text of a name.
    pub(super) fn bytes(self, name: u32) -> &'n [u8] {
        let of = self.of.get(name as usize);
        of.map_or(&[], |of| name_bytes(self.packs, *of))
    }

    /// The first name, from one on, that does not come before a text, which is likely to be near.
    fn first_not_before(self, from: u32, text: &[u8]) -> u32 {
        let all = length(self.of);
        let (mut start, mut step) = (from, 1);
        while start + step < all && self.bytes(start + step) < text {
            start += step;
            step *= 2;
        }
        let near = start as usize..(start + step).min(all) as usize;
        let near = self.of.get(near).unwrap_or_default();
        let before = near.partition_point(|of| name_bytes(self.packs, *of) < text);
        start + u32::try_from(before).unwrap_or(0)
    }

    /// The pack of a name, and the number of its text there.
    fn text_id(self, name: u32) -> Option<[u32; 2]> {
        let [pack, at] = *self.of.get(name as usize)?;
        let (_, of) = self.packs.get(pack as usize)?;
        Some([pack, of.name_entry(at)?.text])
    }

    /// Per name its rows in a pack.
    pub(super) fn rows_in(self, pack: u32) -> Vec<Range<u32>> {
        let mut rows = vec![0..0; self.of.len()];
        let Some((_, of)) = self.packs.get(pack as usize) else {
            return rows;
        };
        let mut is_first = vec![false; of.names().len()];
        for ([first, at], rows) in self.of.iter().zip(&mut rows) {
            if *first == pack
                && let (Some(entry), Some(is_first)) =
                    (of.name_entry(*at), is_first.get_mut(*at as usize))
            {
                *rows = entry.start..entry.end;
                *is_first = true;
            }
        }
        // Names that an earlier pack has as well, in their order.
        let shared = (0..).zip(is_first).filter(|(_, is_first)| !is_first);
        let mut from = 0;
        for entry in shared.filter_map(|(at, _)| of.name_entry(at)) {
            let text = of.text_bytes(entry.text);
            from = self.first_not_before(from, text);
            if self.bytes(from) == text
                && let Some(rows) = rows.get_mut(from as usize)
            {
                *rows = entry.start..entry.end;
            }
        }
        rows
    }
}

/// The numbers that names have now, and had; [`NONE`] where they have none.
pub(super) struct Places {
    pub(super) old_of_new: Vec<u32>,
    pub(super) new_of_old: Vec<u32>,
}

impl Places {
    /// Of names of packs that [go on](crate::pack::Pack::goes_on) with those of the old ones.
    pub(super) fn of(old: Names<'_>, names: Names<'_>) -> Self {
        let mut old_of_new = vec![NONE; names.of.len()];
        let mut new_of_old = vec![NONE; old.of.len()];
        let mut olds = (0_u32..).zip(&mut new_of_old).peekable();
        for (new, old_of_new) in (0_u32..).zip(&mut old_of_new) {
            let compared = |at: u32| {
                // What goes on calls a text as it was called, so that few need to be read.
                if old.text_id(at) == names.text_id(new) {
                    Ordering::Equal
                } else {
                    old.bytes(at).cmp(names.bytes(new))
                }
            };
            while olds.next_if(|(at, _)| compared(*at).is_lt()).is_some() {}
            if let Some((at, new_of_old)) = olds.next_if(|(at, _)| compared(*at).is_eq()) {
                *old_of_new = at;
                *new_of_old = new;
            }
        }
        Self {
            old_of_new,
            new_of_old,
        }
    }
}

/// The rows of names in a pack, and in the one before.
pub(super) struct Rows {
    /// Per number before.
    pub(super) before: Vec<Range<u32>>,
    /// Per number now.
    pub(super) now: Vec<Range<u32>>,
}

impl Rows {
    pub(super) fn before(&self, old: u32) -> Range<u32> {
        self.before.get(old as usize).cloned().unwrap_or_default()
    }

    pub(super) fn now(&self, new: usize) -> Range<u32> {
        self.now.get(new).cloned().unwrap_or_default()
    }
}
