//! One record as it stands in the text.

use super::{ScanError, cursor::Cursor};

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
    /// `subdir`.
    pub subdir: Option<&'a str>,
    /// `timestamp`, as written: some channels count seconds.
    pub timestamp: Option<u64>,
    /// `indexed_timestamp` (CEP 47), in milliseconds.
    pub indexed_timestamp: Option<u64>,
    /// `size`, in bytes.
    pub size: Option<u64>,
    /// `license`.
    pub license: Option<&'a str>,
    /// `license_family`.
    pub license_family: Option<&'a str>,
    /// `sha256`, as written.
    pub sha256: Option<&'a str>,
    /// `md5`, as written.
    pub md5: Option<&'a str>,
    /// `noarch`, as written (`python`, `generic`).
    pub noarch: Option<&'a str>,
    /// `track_features`, as written: names with blanks or commas between them.
    pub track_features: Option<&'a str>,
    /// `python_site_packages_path` (CEP 17), which records of python have.
    pub python_site_packages_path: Option<&'a str>,
}

/// Reads `"file": {…}`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>) -> Result<ScannedRecord<'a>, ScanError> {
    let file = cursor.string()?;
    let file = cursor.plain(file).unwrap_or_default();
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

/// The fields of an object, or `None` if any of them is uncommon. The cursor is
/// behind the object only where fields are returned.
fn fields<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Fields<'a>>, ScanError> {
    let mut fields = Fields::default();
    let mut build_number = None;
    let (mut name, mut version, mut build) = (None, None, None);
    if !cursor.take(b'{') || cursor.take(b'}') {
        return Ok(None);
    }
    loop {
        let key = cursor.string()?;
        cursor.expect(b':')?;
        let understood = match key.bytes {
            b"name" => text(cursor, &mut name)?,
            b"version" => text(cursor, &mut version)?,
            b"build" => text(cursor, &mut build)?,
            b"build_number" => number(cursor, &mut build_number)?,
            b"subdir" => text(cursor, &mut fields.subdir)?,
            b"timestamp" => number(cursor, &mut fields.timestamp)?,
            b"indexed_timestamp" => number(cursor, &mut fields.indexed_timestamp)?,
            b"size" => number(cursor, &mut fields.size)?,
            b"license" => text(cursor, &mut fields.license)?,
            b"license_family" => text(cursor, &mut fields.license_family)?,
            b"sha256" => text(cursor, &mut fields.sha256)?,
            b"md5" => text(cursor, &mut fields.md5)?,
            b"noarch" => text(cursor, &mut fields.noarch)?,
            b"depends" => list(cursor, &mut fields.depends)?,
            b"constrains" => list(cursor, &mut fields.constrains)?,
            b"track_features" => text(cursor, &mut fields.track_features)?,
            b"python_site_packages_path" => text(cursor, &mut fields.python_site_packages_path)?,
            _ => false,
        };
        if !understood {
            return Ok(None);
        }
        if !cursor.take(b',') {
            cursor.expect(b'}')?;
            let (Some(name), Some(version), Some(build), Some(build_number)) =
                (name, version, build, build_number)
            else {
                return Ok(None);
            };
            return Ok(Some(Fields {
                name,
                version,
                build,
                build_number,
                ..fields
            }));
        }
    }
}

/// A string without escapes, once; whether it was one.
fn text<'a>(cursor: &mut Cursor<'a>, field: &mut Option<&'a str>) -> Result<bool, ScanError> {
    if cursor.peek() != Some(b'"') || field.is_some() {
        return Ok(false);
    }
    let string = cursor.string()?;
    *field = cursor.plain(string);
    Ok(field.is_some())
}

/// A number that counts something, once; whether it was one.
fn number(cursor: &mut Cursor<'_>, field: &mut Option<u64>) -> Result<bool, ScanError> {
    if field.is_some() {
        return Ok(false);
    }
    *field = cursor.unsigned()?;
    Ok(field.is_some())
}

fn list<'a>(cursor: &mut Cursor<'a>, field: &mut Vec<&'a str>) -> Result<bool, ScanError> {
    if !cursor.take(b'[') {
        return Ok(false);
    }
    if cursor.take(b']') {
        return Ok(true);
    }
    field.reserve(16);
    loop {
        if cursor.peek() != Some(b'"') {
            return Ok(false);
        }
        let string = cursor.string()?;
        match cursor.plain(string) {
            Some(entry) => field.push(entry),
            None => return Ok(false),
        }
        if !cursor.take(b',') {
            cursor.expect(b']')?;
            return Ok(true);
        }
    }
}
