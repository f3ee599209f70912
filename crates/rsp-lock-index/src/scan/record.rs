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

/// A field that records have.
#[derive(Clone, Copy)]
enum Key {
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

/// The keys up to their closing quotes, sorted, as indexers write them.
const KEYS: [(&[u8], Key); 17] = [
    (b"build\"", Key::Build),
    (b"build_number\"", Key::BuildNumber),
    (b"constrains\"", Key::Constrains),
    (b"depends\"", Key::Depends),
    (b"indexed_timestamp\"", Key::IndexedTimestamp),
    (b"license\"", Key::License),
    (b"license_family\"", Key::LicenseFamily),
    (b"md5\"", Key::Md5),
    (b"name\"", Key::Name),
    (b"noarch\"", Key::Noarch),
    (b"python_site_packages_path\"", Key::PythonSitePackagesPath),
    (b"sha256\"", Key::Sha256),
    (b"size\"", Key::Size),
    (b"subdir\"", Key::Subdir),
    (b"timestamp\"", Key::Timestamp),
    (b"track_features\"", Key::TrackFeatures),
    (b"version\"", Key::Version),
];

/// The key that is next, if it is known; `expected` is where in [`KEYS`] it may well be, or
/// a little behind.
fn key(cursor: &mut Cursor<'_>, expected: &mut usize) -> Result<Option<Key>, ScanError> {
    let place = |place: usize| KEYS.get(place).map(|(text, _)| *text);
    let sorted =
        (*expected..KEYS.len()).find(|at| place(*at).is_some_and(|text| cursor.take_quoted(text)));
    let found = if sorted.is_some() {
        sorted
    } else {
        let text = cursor.string()?.bytes;
        (0..KEYS.len()).find(|at| place(*at).and_then(|key| key.strip_suffix(b"\"")) == Some(text))
    };
    cursor.expect(b':')?;
    Ok(found.and_then(|at| {
        *expected = at + 1;
        KEYS.get(at).map(|(_, key)| *key)
    }))
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
    let mut expected = 0;
    loop {
        let Some(key) = key(cursor, &mut expected)? else {
            return Ok(None);
        };
        let understood = match key {
            Key::Build => text(cursor, &mut build)?,
            Key::BuildNumber => number(cursor, &mut build_number)?,
            Key::Constrains => list(cursor, &mut fields.constrains)?,
            Key::Depends => list(cursor, &mut fields.depends)?,
            Key::IndexedTimestamp => number(cursor, &mut fields.indexed_timestamp)?,
            Key::License => text(cursor, &mut fields.license)?,
            Key::LicenseFamily => text(cursor, &mut fields.license_family)?,
            Key::Md5 => text(cursor, &mut fields.md5)?,
            Key::Name => text(cursor, &mut name)?,
            Key::Noarch => text(cursor, &mut fields.noarch)?,
            Key::PythonSitePackagesPath => text(cursor, &mut fields.python_site_packages_path)?,
            Key::Sha256 => text(cursor, &mut fields.sha256)?,
            Key::Size => number(cursor, &mut fields.size)?,
            Key::Subdir => text(cursor, &mut fields.subdir)?,
            Key::Timestamp => number(cursor, &mut fields.timestamp)?,
            Key::TrackFeatures => text(cursor, &mut fields.track_features)?,
            Key::Version => text(cursor, &mut version)?,
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
