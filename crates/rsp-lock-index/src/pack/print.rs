//! What tells the text of a record from others.

use std::hash::BuildHasher as _;

use foldhash::quality::FixedState;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The length of a record's text in its document and a hash of it, both 0 for a record that comes
/// from elsewhere. It tells whether a later document says the same of the same file, whose name
/// is part of the text. A hash of 64 bits is enough for that: each record is compared with one or
/// two others, not with all.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Print {
    length: u32,
    hash: [u32; 2],
}

/// Kept in files, so that it must not change from run to run.
const SEED: u64 = 0x7273_702d_6c6f_636b;

impl Print {
    /// Of the file name and the JSON object of a record, as they stand in a document.
    pub(super) fn of(text: &[u8]) -> Self {
        let length = u32::try_from(text.len()).unwrap_or(0);
        let hash = FixedState::with_seed(SEED).hash_one(text);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are kept")]
        let hash = [hash as u32, (hash >> 32) as u32];
        Self { length, hash }
    }

    /// How many bytes the record takes, if it is what a text begins with.
    pub(super) fn at_start_of(self, text: &[u8]) -> Option<usize> {
        let start = text.get(..self.length as usize)?;
        let is_same = !start.is_empty() && Self::of(start).hash == self.hash;
        is_same.then_some(start.len())
    }

    pub(super) fn is_longer_than(self, text: &[u8]) -> bool {
        self.length as usize > text.len()
    }
}
