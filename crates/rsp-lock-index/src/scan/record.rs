//! One record as it stands in the text.

use super::{
    ScanError,
    cursor::{Cursor, RawString},
};

/// A record: its file name, its whole text, and its fields where they are of the common kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedRecord<'a> {
    /// The file name, which is the record's key. Empty if it has escapes or is not UTF-8.
    pub file: &'a str,
    /// The record's JSON object.
    pub json: &'a [u8],
    /// The fields; `None` sends the record to the slow path, which reads `json`.
    pub fields: Option<Fields<'a>>,
}

/// The fields that nearly all records have, and no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// `name`.
    pub name: &'a str,
    /// `version`.
    pub version: &'a str,
    /// `build`.
    pub build: &'a str,
    /// `build_number`.
    pub build_number: u64,
    /// `depends`, in the record's order.
    pub depends: Vec<&'a str>,
    /// `constrains`, in the record's order.
    pub constrains: Vec<&'a str>,
    /// `track_features`, as written.
    pub track_features: &'a str,
    /// `timestamp`, in milliseconds as far as the channel keeps to them; 0 where there is none.
    pub timestamp: u64,
    /// `size`, in bytes; 0 where there is none.
    pub size: u64,
    /// `license`.
    pub license: &'a str,
    /// `sha256`, 64 hexadecimal digits.
    pub sha256: &'a str,
    /// `md5`, 32 hexadecimal digits.
    pub md5: &'a str,
    /// `noarch`, as written (`python`, `generic`); empty where there is none.
    pub noarch: &'a str,
}

/// Reads `"file": {…}`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>) -> Result<ScannedRecord<'a>, ScanError> {
    let file = plain(cursor.string()?).unwrap_or_default();
    cursor.expect(b':')?;
    cursor.peek();
    let start = cursor.position();
    let mut attempt = cursor.clone();
    let fields = fields(&mut attempt)?;
    if fields.is_some() {
        *cursor = attempt;
    } else {
        cursor.skip_value()?;
    }
    Ok(ScannedRecord {
        file,
        json: cursor.slice_from(start),
        fields,
    })
}

/// A string without escapes, as text.
fn plain(string: RawString<'_>) -> Option<&str> {
    if string.escaped {
        return None;
    }
    std::str::from_utf8(string.bytes).ok()
}

/// The fields of an object, or `None` if any of them is uncommon. The cursor is
/// behind the object only where fields are returned.
fn fields<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Fields<'a>>, ScanError> {
    let mut fields = Fields::default();
    let mut needed = 0_u8;
    if !cursor.take(b'{') || cursor.take(b'}') {
        return Ok(None);
    }
    loop {
        let key = cursor.string()?;
        cursor.expect(b':')?;
        let understood = match key.bytes {
            b"name" => text(cursor, &mut fields.name, &mut needed, 1)?,
            b"version" => text(cursor, &mut fields.version, &mut needed, 2)?,
            b"build" => text(cursor, &mut fields.build, &mut needed, 4)?,
            b"build_number" => {
                needed |= 8;
                number(cursor, &mut fields.build_number)?
            }
            b"timestamp" => number(cursor, &mut fields.timestamp)?,
            b"size" => number(cursor, &mut fields.size)?,
            b"license" => text(cursor, &mut fields.license, &mut needed, 0)?,
            b"sha256" => text(cursor, &mut fields.sha256, &mut needed, 0)?,
            b"md5" => text(cursor, &mut fields.md5, &mut needed, 0)?,
            b"noarch" => text(cursor, &mut fields.noarch, &mut needed, 0)?,
            b"track_features" => text(cursor, &mut fields.track_features, &mut needed, 0)?,
            b"depends" => list(cursor, &mut fields.depends)?,
            b"constrains" => list(cursor, &mut fields.constrains)?,
            b"extra_depends" | b"flags" | b"indexed_timestamp" => false,
            _ => {
                cursor.skip_value()?;
                true
            }
        };
        if !understood {
            return Ok(None);
        }
        if !cursor.take(b',') {
            cursor.expect(b'}')?;
            return Ok((needed == 15).then_some(fields));
        }
    }
}

fn text<'a>(
    cursor: &mut Cursor<'a>,
    field: &mut &'a str,
    needed: &mut u8,
    bit: u8,
) -> Result<bool, ScanError> {
    if cursor.peek() != Some(b'"') {
        return Ok(false);
    }
    *needed |= bit;
    Ok(plain(cursor.string()?)
        .map(|value| *field = value)
        .is_some())
}

fn number(cursor: &mut Cursor<'_>, field: &mut u64) -> Result<bool, ScanError> {
    Ok(cursor.unsigned()?.map(|value| *field = value).is_some())
}

fn list<'a>(cursor: &mut Cursor<'a>, field: &mut Vec<&'a str>) -> Result<bool, ScanError> {
    if !cursor.take(b'[') {
        return Ok(false);
    }
    if cursor.take(b']') {
        return Ok(true);
    }
    loop {
        if cursor.peek() != Some(b'"') {
            return Ok(false);
        }
        match plain(cursor.string()?) {
            Some(entry) => field.push(entry),
            None => return Ok(false),
        }
        if !cursor.take(b',') {
            cursor.expect(b']')?;
            return Ok(true);
        }
    }
}
