//! One record as it stands in the text.

use super::{ScanError, cursor::Cursor};

/// A list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextList<'a> {
    /// The texts, in the record's order.
    pub texts: Vec<&'a str>,
    /// The list as it is written; empty where the record has none.
    pub written: &'a [u8],
}

/// A hash, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash<'a> {
    /// In hexadecimal digits, as in JSON.
    Hex(&'a str),
    /// As bytes, as in shards.
    Bytes(&'a [u8]),
}

/// A record: its file name, its whole text, and its fields where they are of the common kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScannedRecord<'a> {
    /// The file name, which is the record's key. Empty if it has escapes or is not UTF-8.
    pub file: &'a str,
    /// The key and the object, from the first quote to the last bracket.
    pub text: &'a [u8],
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
    /// `depends`.
    pub depends: TextList<'a>,
    /// `constrains`.
    pub constrains: TextList<'a>,
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
    /// `sha256`.
    pub sha256: Option<Hash<'a>>,
    /// `md5`.
    pub md5: Option<Hash<'a>>,
    /// `noarch`, as written (`python`, `generic`).
    pub noarch: Option<&'a str>,
    /// `track_features`, as written: names with blanks or commas between them.
    pub track_features: Option<&'a str>,
    /// `python_site_packages_path` (CEP 17), which records of python have.
    pub python_site_packages_path: Option<&'a str>,
}

/// What the record before said. Files are listed by name, so that a record says most of what the
/// one before it says, and all are laid out alike.
#[derive(Debug, Default)]
pub(super) struct Before<'a> {
    pub(super) record: ScannedRecord<'a>,
    /// What stood before values: a bracket or comma, a key, a colon, and the blanks among them;
    /// with the key. In the order in which it was met.
    keys: Vec<(&'a [u8], Key)>,
}

/// How many ways to write keys are remembered: indexers write each in two.
const FEW: usize = 64;

/// Reads `"file": {…}`.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    before: &mut Before<'a>,
) -> Result<ScannedRecord<'a>, ScanError> {
    cursor.peek();
    let whole = cursor.position();
    let file = cursor.string()?;
    let file = cursor.plain(file).unwrap_or_default();
    cursor.expect(b':')?;
    cursor.peek();
    let start = cursor.position();
    let mut attempt = cursor.clone();
    let fields = fields(&mut attempt, before)?;
    if fields.is_some() {
        *cursor = attempt;
    } else {
        cursor.skip_value()?;
    }
    Ok(ScannedRecord {
        file,
        text: cursor.slice_from(whole),
        json: cursor.slice_from(start),
        fields,
    })
}

/// A field that records have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Build,
    BuildNumber,
    Constrains,
    Depends,
    IndexedTimestamp,
    License,
    LicenseFamily,
    Md5,
    Name,
    Noarch,
    PythonSitePackagesPath,
    Sha256,
    Size,
    Subdir,
    Timestamp,
    TrackFeatures,
    Version,
}

pub(super) const KEYS: [(&[u8], Key); 17] = [
    (b"build", Key::Build),
    (b"build_number", Key::BuildNumber),
    (b"constrains", Key::Constrains),
    (b"depends", Key::Depends),
    (b"indexed_timestamp", Key::IndexedTimestamp),
    (b"license", Key::License),
    (b"license_family", Key::LicenseFamily),
    (b"md5", Key::Md5),
    (b"name", Key::Name),
    (b"noarch", Key::Noarch),
    (b"python_site_packages_path", Key::PythonSitePackagesPath),
    (b"sha256", Key::Sha256),
    (b"size", Key::Size),
    (b"subdir", Key::Subdir),
    (b"timestamp", Key::Timestamp),
    (b"track_features", Key::TrackFeatures),
    (b"version", Key::Version),
];

/// What stands before a value in an object.
enum Next {
    Key(Key),
    /// A key that few records have.
    Other,
    /// The object ends.
    End,
}

/// Steps over what stands before the next value, where `is_first` says that the object begins.
/// It may well be one of `keys` from `expected` on.
fn next<'a>(
    cursor: &mut Cursor<'a>,
    keys: &mut Vec<(&'a [u8], Key)>,
    expected: &mut usize,
    is_first: bool,
) -> Result<Next, ScanError> {
    let behind = keys.iter().enumerate().skip(*expected);
    for (at, (text, key)) in behind {
        if (text.first() == Some(&b'{')) == is_first && cursor.take_text(text) {
            *expected = at + 1;
            return Ok(Next::Key(*key));
        }
    }
    let start = cursor.position();
    if is_first {
        cursor.expect(b'{')?;
        if cursor.take(b'}') {
            return Ok(Next::End);
        }
    } else if !cursor.take(b',') {
        cursor.expect(b'}')?;
        return Ok(Next::End);
    }
    let text = cursor.string()?.bytes;
    cursor.expect(b':')?;
    cursor.peek();
    let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == text) else {
        return Ok(Next::Other);
    };
    if keys.len() == FEW {
        keys.clear();
        *expected = 0;
    }
    keys.insert(*expected, (cursor.slice_from(start), *key));
    *expected += 1;
    Ok(Next::Key(*key))
}

/// The fields of an object, or `None` if any of them is uncommon. The cursor is
/// behind the object only where fields are returned.
fn fields<'a>(
    cursor: &mut Cursor<'a>,
    before: &mut Before<'a>,
) -> Result<Option<Fields<'a>>, ScanError> {
    let mut fields = Fields::default();
    let mut build_number = None;
    let (mut name, mut version, mut build) = (None, None, None);
    if cursor.peek() != Some(b'{') {
        return Ok(None);
    }
    let Before { record, keys } = before;
    let before = record.fields.as_ref();
    let again = |of: fn(&Fields<'a>) -> Option<&'a str>| before.and_then(of);
    let mut expected = 0;
    let mut is_first = true;
    loop {
        let key = match next(cursor, keys, &mut expected, is_first)? {
            Next::Key(key) => key,
            Next::Other => return Ok(None),
            Next::End => break,
        };
        is_first = false;
        let understood = match key {
            Key::Build => text(cursor, &mut build, None)?,
            Key::BuildNumber => number(cursor, &mut build_number)?,
            Key::Constrains => {
                let like = before.map(|of| &of.constrains);
                list(cursor, &mut fields.constrains, like)?
            }
            Key::Depends => {
                let like = before.map(|of| &of.depends);
                list(cursor, &mut fields.depends, like)?
            }
            Key::IndexedTimestamp => number(cursor, &mut fields.indexed_timestamp)?,
            Key::License => text(cursor, &mut fields.license, again(|of| of.license))?,
            Key::LicenseFamily => {
                let like = again(|of| of.license_family);
                text(cursor, &mut fields.license_family, like)?
            }
            Key::Md5 => hash(cursor, &mut fields.md5)?,
            Key::Name => text(cursor, &mut name, again(|of| Some(of.name)))?,
            Key::Noarch => text(cursor, &mut fields.noarch, again(|of| of.noarch))?,
            Key::PythonSitePackagesPath => {
                text(cursor, &mut fields.python_site_packages_path, None)?
            }
            Key::Sha256 => hash(cursor, &mut fields.sha256)?,
            Key::Size => number(cursor, &mut fields.size)?,
            Key::Subdir => text(cursor, &mut fields.subdir, again(|of| of.subdir))?,
            Key::Timestamp => number(cursor, &mut fields.timestamp)?,
            Key::TrackFeatures => text(cursor, &mut fields.track_features, None)?,
            Key::Version => text(cursor, &mut version, again(|of| Some(of.version)))?,
        };
        if !understood {
            return Ok(None);
        }
    }
    let (Some(name), Some(version), Some(build), Some(build_number)) =
        (name, version, build, build_number)
    else {
        return Ok(None);
    };
    Ok(Some(Fields {
        name,
        version,
        build,
        build_number,
        ..fields
    }))
}

/// A string without escapes, once; whether it was one.
fn text<'a>(
    cursor: &mut Cursor<'a>,
    field: &mut Option<&'a str>,
    before: Option<&'a str>,
) -> Result<bool, ScanError> {
    if field.is_some() {
        return Ok(false);
    }
    *field = string(cursor, before)?;
    Ok(field.is_some())
}

/// A hash, once; whether it was one.
fn hash<'a>(cursor: &mut Cursor<'a>, field: &mut Option<Hash<'a>>) -> Result<bool, ScanError> {
    if field.is_some() {
        return Ok(false);
    }
    *field = string(cursor, None)?.map(Hash::Hex);
    Ok(field.is_some())
}

/// A string without escapes, which may well be what another string was.
fn string<'a>(
    cursor: &mut Cursor<'a>,
    before: Option<&'a str>,
) -> Result<Option<&'a str>, ScanError> {
    if let Some(again) = before.filter(|before| cursor.take_again(before)) {
        return Ok(Some(again));
    }
    if cursor.peek() != Some(b'"') {
        return Ok(None);
    }
    let string = cursor.string()?;
    Ok(cursor.plain(string))
}

/// A number that counts something, once; whether it was one.
fn number(cursor: &mut Cursor<'_>, field: &mut Option<u64>) -> Result<bool, ScanError> {
    if field.is_some() {
        return Ok(false);
    }
    *field = cursor.unsigned()?;
    Ok(field.is_some())
}

/// A list of strings without escapes, once; whether it was one.
fn list<'a>(
    cursor: &mut Cursor<'a>,
    field: &mut TextList<'a>,
    before: Option<&TextList<'a>>,
) -> Result<bool, ScanError> {
    if !field.written.is_empty() {
        return Ok(false);
    }
    cursor.peek();
    if let Some(again) = before.filter(|before| cursor.take_text(before.written)) {
        field.clone_from(again);
        return Ok(true);
    }
    let start = cursor.position();
    if !cursor.take(b'[') {
        return Ok(false);
    }
    if !cursor.take(b']') {
        field.texts.reserve(16);
        loop {
            let like = before.and_then(|before| before.texts.get(field.texts.len()));
            match string(cursor, like.copied())? {
                Some(text) => field.texts.push(text),
                None => return Ok(false),
            }
            if !cursor.take(b',') {
                cursor.expect(b']')?;
                break;
            }
        }
    }
    field.written = cursor.slice_from(start);
    Ok(true)
}
