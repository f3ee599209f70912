//! Finds the records of repodata without parsing it as JSON or MessagePack.
//!
//! Repodata of a large channel is half a gigabyte of text of which a solve
//! needs a few megabytes. The scanner walks over it by quotes and brackets and
//! hands out each record with its common fields as slices of the text. A record
//! with anything uncommon in it (an escape in a string, a field of the wrong
//! type, conditions, extras) is handed out whole, for the slow path.
//!
//! Shards (CEP 16) say the same of a name in MessagePack: `shard` reads those.
//!
//! The format is CEP 15's and conda-index's: top-level `packages` and
//! `packages.conda` map file names to records, `removed` lists file names.
//!
//! ```
//! use rsp_lock_index::scan::Stream;
//!
//! let text = br#"{"packages.conda": {"a-1-0.conda": {"name": "a", "version": "1",
//!     "build": "0", "build_number": 0, "depends": ["b >=2"]}}}"#;
//! let mut found = Vec::new();
//! Stream::default().feed(text, true, &mut |record| found.push(record.clone()))?;
//! assert_eq!(found[0].file, "a-1-0.conda");
//! assert_eq!(found[0].fields.as_ref().unwrap().depends.texts, ["b >=2"]);
//! # Ok::<(), rsp_lock_index::scan::ScanError>(())
//! ```

mod cursor;
mod record;
pub(crate) mod shard;
mod stream;

pub use record::{Fields, Hash, ScannedRecord, TextList};
pub use stream::Stream;

/// Text that is not what repodata looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not repodata at byte {position}: expected `{expected}`")]
pub struct ScanError {
    /// Where the text stopped making sense, in bytes from its start.
    pub position: usize,
    /// What would have made sense there; `v` stands for any value.
    pub expected: char,
}

/// What becomes of the records of a text.
pub trait Records<'a> {
    /// How many bytes the record takes that a text begins with, its file name first, if that need
    /// not be read because it is known by its text.
    fn known(&mut self, text: &'a [u8]) -> Option<usize>;

    /// Adds the record that was known last.
    fn add_known(&mut self);

    /// Adds a record that was read.
    fn add(&mut self, record: &ScannedRecord<'a>);
}

/// What a repodata text says besides its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The value of `info`, as JSON.
    pub info: Option<Vec<u8>>,
    /// The value of `removed`, as JSON.
    pub removed: Option<Vec<u8>>,
    /// The value of `v3` (CEP 48), as JSON.
    pub v3: Option<Vec<u8>>,
}
