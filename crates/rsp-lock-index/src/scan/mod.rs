//! Finds the records of a `repodata.json` text without parsing it as JSON.
//!
//! Repodata of a large channel is half a gigabyte of text of which a solve
//! needs a few megabytes. The scanner walks over it by quotes and brackets and
//! hands out each record with its common fields as slices of the text. A record
//! with anything uncommon in it (an escape in a string, a field of the wrong
//! type, conditions, extras) is handed out whole, for the slow path.
//!
//! The format is CEP 15's and conda-index's: top-level `packages` and
//! `packages.conda` map file names to records, `removed` lists file names.

mod cursor;
mod record;
mod split;
mod stream;

use cursor::Cursor;

pub use record::{Fields, ScannedRecord};
pub use split::split;
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

/// What a repodata text says besides its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope<T> {
    /// The value of `info`, as JSON.
    pub info: Option<T>,
    /// The value of `removed`, as JSON.
    pub removed: Option<T>,
    /// The value of `v3` (CEP 48), as JSON.
    pub v3: Option<T>,
}

/// A part of a text that can be scanned by itself, as [`split()`] found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First byte: the start of the text, or the quote before a record's file name.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// Scans a whole text.
///
/// ```
/// let text = br#"{"packages.conda": {"a-1-0.conda": {"name": "a", "version": "1",
///     "build": "0", "build_number": 0, "depends": ["b >=2"]}}}"#;
/// let mut found = Vec::new();
/// rsp_lock_index::scan::scan(text, &mut |record| found.push(record))?;
/// assert_eq!(found[0].file, "a-1-0.conda");
/// assert_eq!(found[0].fields.as_ref().unwrap().depends, ["b >=2"]);
/// # Ok::<(), rsp_lock_index::scan::ScanError>(())
/// ```
pub fn scan<'a>(
    text: &'a [u8],
    on_record: &mut dyn FnMut(ScannedRecord<'a>),
) -> Result<Envelope<&'a [u8]>, ScanError> {
    let whole = Part {
        start: 0,
        end: text.len(),
    };
    scan_part(text, whole, on_record)
}

/// Scans one part of a text; the parts of one text may be scanned side by side.
pub fn scan_part<'a>(
    text: &'a [u8],
    part: Part,
    on_record: &mut dyn FnMut(ScannedRecord<'a>),
) -> Result<Envelope<&'a [u8]>, ScanError> {
    let mut cursor = Cursor::new(text.get(..part.end).unwrap_or(text), part.start);
    // Only a part that another one follows may end between two records.
    let stop = if part.end < text.len() {
        part.end
    } else {
        usize::MAX
    };
    let mut envelope = Envelope::default();
    if part.start == 0 {
        cursor.expect(b'{')?;
        if cursor.take(b'}') {
            return Ok(envelope);
        }
    } else {
        records(&mut cursor, stop, on_record)?;
        if cursor.position() >= stop || end_of_key(&mut cursor)? {
            return Ok(envelope);
        }
    }
    loop {
        let key = cursor.string()?;
        cursor.expect(b':')?;
        match key.bytes {
            b"packages" | b"packages.conda" => {
                cursor.expect(b'{')?;
                records(&mut cursor, stop, on_record)?;
                if cursor.position() >= stop {
                    return Ok(envelope);
                }
            }
            other => {
                cursor.peek();
                let start = cursor.position();
                cursor.skip_value()?;
                let value = Some(cursor.slice_from(start));
                match other {
                    b"info" => envelope.info = value,
                    b"removed" => envelope.removed = value,
                    b"v3" => envelope.v3 = value,
                    _ => {}
                }
            }
        }
        if end_of_key(&mut cursor)? {
            return Ok(envelope);
        }
    }
}

/// Steps over what follows a top-level value; whether it was the end of the document.
fn end_of_key(cursor: &mut Cursor<'_>) -> Result<bool, ScanError> {
    if cursor.take(b',') {
        return Ok(false);
    }
    cursor.expect(b'}')?;
    Ok(true)
}

/// Hands out records until their map ends or the next one would start at `stop`.
fn records<'a>(
    cursor: &mut Cursor<'a>,
    stop: usize,
    on_record: &mut dyn FnMut(ScannedRecord<'a>),
) -> Result<(), ScanError> {
    if cursor.take(b'}') {
        return Ok(());
    }
    loop {
        on_record(record::read(cursor)?);
        if cursor.take(b',') {
            cursor.peek();
            if cursor.position() >= stop {
                return Ok(());
            }
        } else {
            return cursor.expect(b'}');
        }
    }
}
