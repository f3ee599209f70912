//! A part of a pack, as a pack of its own.

use super::{Lists, NONE, NameEntry, Pack, Row, Texts};
use crate::owned::length;

impl Pack {
    /// A pack of some of the rows, given by number, ascending: as they are, under new numbers,
    /// with the texts they need next to each other. What was rejected or removed is left behind.
    pub(crate) fn part(&self, rows: impl Iterator<Item = u32>) -> Self {
        let mut texts = Copied::<u8>::new(self.texts() as usize);
        let mut lists = Copied::<u32>::new(self.lists() as usize);
        let mut kept: Vec<Row> = Vec::new();
        let mut names: Vec<NameEntry> = Vec::new();
        let mut items = Vec::new();
        for row in rows.filter_map(|row| self.row(row)) {
            let mut text = |id: u32| texts.copy(id, || self.text_bytes(id));
            let mut row = row.with_texts(&mut text);
            let name = row.name;
            for list in [&mut row.depends, &mut row.constrains] {
                items.clear();
                if !lists.has(*list) {
                    items.extend(self.list(*list).iter().map(|id| text(*id)));
                }
                *list = lists.copy(*list, || &items);
            }
            let start = length(&kept);
            kept.push(row);
            match names.last_mut() {
                Some(last) if last.text == name => last.end = start + 1,
                _ => names.push(NameEntry {
                    text: name,
                    start,
                    end: start + 1,
                }),
            }
        }
        let texts = Texts {
            ends: texts.ends.into(),
            bytes: texts.items.into(),
        };
        let name = |entry: &NameEntry| texts.bytes_of(entry.text as usize);
        names.sort_by(|a, b| name(a).cmp(name(b)));
        Self {
            home: self.home.clone(),
            texts,
            lists: Lists {
                ends: lists.ends.into(),
                items: lists.items.into(),
            },
            names: names.into(),
            rows: kept.into(),
            ..Self::default()
        }
    }
}

/// Things that are called by number, under the numbers of those that were copied.
struct Copied<T> {
    /// Per old number, the new one; [`NONE`] if it was not copied.
    numbers: Vec<u32>,
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> Copied<T> {
    fn new(count: usize) -> Self {
        Self {
            numbers: vec![NONE; count],
            ends: Vec::new(),
            items: Vec::new(),
        }
    }

    /// Whether a number has been copied, or stands for nothing.
    fn has(&self, id: u32) -> bool {
        let new = self.numbers.get(id as usize);
        new.is_none_or(|new| *new != NONE)
    }

    /// The new number; that of nothing is the same.
    fn copy<'i>(&mut self, id: u32, items: impl FnOnce() -> &'i [T]) -> u32
    where
        T: 'i,
    {
        let Some(new) = self.numbers.get_mut(id as usize) else {
            return NONE;
        };
        if *new == NONE {
            *new = length(&self.ends);
            self.items.extend_from_slice(items());
            self.ends.push(length(&self.items));
        }
        *new
    }
}
