//! One shard (CEP 16) as it stands in its bytes, which are MessagePack.

use std::collections::BTreeMap;

use rmp::{Marker, decode};

use super::{Fields, Hash, TextList, record::KEYS, record::Key};

/// A record of a shard.
#[derive(Debug)]
pub(crate) struct ShardRecord<'a> {
    /// The file name, which is the record's key.
    pub(crate) file: &'a str,
    /// The record as MessagePack.
    pub(crate) msgpack: &'a [u8],
    /// The fields; `None` sends the record to the slow path, which reads `msgpack`.
    pub(crate) fields: Option<Fields<'a>>,
}

/// What a shard says besides the records that were handed out.
#[derive(Debug, Default)]
pub(crate) struct Rest<'a> {
    /// The file names in `removed`.
    pub(crate) removed: Vec<&'a str>,
    /// The value of `v3` (CEP 48), as MessagePack.
    pub(crate) v3: Option<&'a [u8]>,
}

/// Hands out the records of `packages` and `packages.conda`. `None` if the bytes are no shard: then
/// what was handed out may not be all.
pub(crate) fn read<'a>(
    msgpack: &'a [u8],
    mut found: impl FnMut(&ShardRecord<'a>),
) -> Option<Rest<'a>> {
    let mut bytes = Bytes { rest: msgpack };
    let mut layout = Layout::default();
    let mut rest = Rest::default();
    let mut has_records = false;
    for _ in 0..bytes.map()? {
        match bytes.text()? {
            "packages" | "packages.conda" => {
                has_records = true;
                for _ in 0..bytes.map()? {
                    let file = bytes.text()?;
                    let mut attempt = bytes.clone();
                    let fields = fields(&mut attempt, &mut layout);
                    let start = bytes.rest;
                    if fields.is_some() {
                        bytes = attempt;
                    } else {
                        bytes.skip()?;
                    }
                    let record = ShardRecord {
                        file,
                        msgpack: bytes.since(start),
                        fields,
                    };
                    found(&record);
                    layout.before = record.fields.or(layout.before.take());
                }
            }
            "removed" => {
                for _ in 0..bytes.list()? {
                    rest.removed.push(bytes.text()?);
                }
            }
            "v3" => {
                has_records = true;
                let start = bytes.rest;
                bytes.skip()?;
                rest.v3 = Some(bytes.since(start));
            }
            _ => bytes.skip()?,
        }
    }
    has_records.then_some(rest)
}

/// Hands out the records of `v3`, one section an archive type, files without extension, as file
/// name and MessagePack: those of `.tar.bz2` first, each section by name, whatever order they have.
/// `None` if it makes no sense.
pub(crate) fn read_v3<'a>(msgpack: &'a [u8], mut found: impl FnMut(&str, &'a [u8])) -> Option<()> {
    let mut sections = [("tar.bz2", None), ("conda", None)];
    let mut bytes = Bytes { rest: msgpack };
    for _ in 0..bytes.map_or_nil()? {
        let section = bytes.text()?;
        let start = bytes.rest;
        bytes.skip()?;
        let known = sections.iter_mut().find(|(known, _)| *known == section);
        if let Some((_, found)) = known {
            *found = Some(bytes.since(start));
        }
    }
    for (section, msgpack) in sections {
        let rest = msgpack.unwrap_or(NIL);
        let mut bytes = Bytes { rest };
        let mut records = BTreeMap::new();
        for _ in 0..bytes.map_or_nil()? {
            let stem = bytes.text()?;
            let start = bytes.rest;
            bytes.skip()?;
            records.insert(stem, bytes.since(start));
        }
        for (stem, record) in records {
            found(&[stem, ".", section].concat(), record);
        }
    }
    Some(())
}

/// Nothing, in MessagePack.
const NIL: &[u8] = &[0xc0];

/// How the record before was written: the next is written alike.
#[derive(Debug, Default)]
struct Layout<'a> {
    before: Option<Fields<'a>>,
    /// The keys of a record as they are written, in their order.
    keys: Vec<(&'a [u8], Key)>,
}

/// The fields of a record, or `None` if any of them is uncommon or makes no sense.
fn fields<'a>(bytes: &mut Bytes<'a>, layout: &mut Layout<'a>) -> Option<Fields<'a>> {
    let mut fields = Fields::default();
    let (mut name, mut version, mut build, mut build_number) = (None, None, None, None);
    let Layout { before, keys } = layout;
    let before = before.as_ref();
    for at in 0..bytes.map()? as usize {
        match key(bytes, keys, at)? {
            Key::Build => once(&mut build, bytes.text()?)?,
            Key::BuildNumber => once(&mut build_number, bytes.unsigned()?)?,
            Key::Constrains => {
                let like = before.map(|before| &before.constrains);
                texts(bytes, &mut fields.constrains, like)?;
            }
            Key::Depends => {
                let like = before.map(|before| &before.depends);
                texts(bytes, &mut fields.depends, like)?;
            }
            Key::IndexedTimestamp => once(&mut fields.indexed_timestamp, bytes.unsigned()?)?,
            Key::License => once(&mut fields.license, bytes.text()?)?,
            Key::LicenseFamily => once(&mut fields.license_family, bytes.text()?)?,
            Key::Md5 => once(&mut fields.md5, bytes.hash()?)?,
            Key::Name => once(&mut name, bytes.text()?)?,
            Key::Noarch => once(&mut fields.noarch, bytes.text()?)?,
            Key::PythonSitePackagesPath => {
                once(&mut fields.python_site_packages_path, bytes.text()?)?;
            }
            Key::Sha256 => once(&mut fields.sha256, bytes.hash()?)?,
            Key::Size => once(&mut fields.size, bytes.unsigned()?)?,
            Key::Subdir => once(&mut fields.subdir, bytes.text()?)?,
            Key::Timestamp => once(&mut fields.timestamp, bytes.unsigned()?)?,
            Key::TrackFeatures => once(&mut fields.track_features, bytes.text()?)?,
            Key::Version => once(&mut version, bytes.text()?)?,
        }
    }
    Some(Fields {
        name: name?,
        version: version?,
        build: build?,
        build_number: build_number?,
        ..fields
    })
}

/// The key that is `at` so many in a record; `None` if few records have it.
fn key<'a>(bytes: &mut Bytes<'a>, keys: &mut Vec<(&'a [u8], Key)>, at: usize) -> Option<Key> {
    if let Some((written, key)) = keys.get(at)
        && let Some(rest) = bytes.rest.strip_prefix(*written)
    {
        bytes.rest = rest;
        return Some(*key);
    }
    let start = bytes.rest;
    let text = bytes.text()?.as_bytes();
    let (_, key) = KEYS.iter().find(|(known, _)| *known == text)?;
    keys.truncate(at);
    if keys.len() == at {
        keys.push((bytes.since(start), *key));
    }
    Some(*key)
}

/// A field that may be there once.
fn once<T>(field: &mut Option<T>, value: T) -> Option<()> {
    let again = field.replace(value);
    again.is_none().then_some(())
}

/// A list of texts, which may be there once and may well be what another one was.
fn texts<'a>(
    bytes: &mut Bytes<'a>,
    field: &mut TextList<'a>,
    before: Option<&TextList<'a>>,
) -> Option<()> {
    if !field.written.is_empty() {
        return None;
    }
    if let Some(before) = before.filter(|before| !before.written.is_empty())
        && let Some(rest) = bytes.rest.strip_prefix(before.written)
    {
        field.clone_from(before);
        bytes.rest = rest;
        return Some(());
    }
    let start = bytes.rest;
    for _ in 0..bytes.list()? {
        field.texts.push(bytes.text()?);
    }
    field.written = bytes.since(start);
    Some(())
}

/// What is left of some MessagePack. What is asked for and not there leaves it anywhere.
#[derive(Clone, Debug)]
struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// What was read since there was so much left.
    fn since(&self, start: &'a [u8]) -> &'a [u8] {
        let length = start.len().saturating_sub(self.rest.len());
        start.get(..length).unwrap_or_default()
    }

    /// The entries of a map.
    fn map(&mut self) -> Option<u32> {
        decode::read_map_len(&mut self.rest).ok()
    }

    /// The entries of a map, of which nil has none.
    fn map_or_nil(&mut self) -> Option<u32> {
        let mut attempt = self.clone();
        if decode::read_nil(&mut attempt.rest).is_ok() {
            *self = attempt;
            return Some(0);
        }
        self.map()
    }

    /// The items of a list.
    fn list(&mut self) -> Option<u32> {
        decode::read_array_len(&mut self.rest).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = decode::read_str_len(&mut self.rest).ok()?;
        std::str::from_utf8(self.take(u64::from(length))?).ok()
    }

    fn unsigned(&mut self) -> Option<u64> {
        decode::read_int(&mut self.rest).ok()
    }

    /// A hash as bytes, or as a text.
    fn hash(&mut self) -> Option<Hash<'a>> {
        let mut attempt = self.clone();
        if let Some(text) = attempt.text() {
            *self = attempt;
            return Some(Hash::Hex(text));
        }
        let length = decode::read_bin_len(&mut self.rest).ok()?;
        self.take(u64::from(length)).map(Hash::Bytes)
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    /// Steps over a value.
    fn skip(&mut self) -> Option<()> {
        // A value counts for one; what holds others asks for as many more.
        let mut left: u64 = 1;
        while left > 0 {
            left -= 1;
            let mut ahead = self.rest;
            let marker = decode::read_marker(&mut ahead).ok()?;
            let (bytes, values) = match marker {
                Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                    (0, u64::from(self.list()?))
                }
                Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                    (0, 2 * u64::from(self.map()?))
                }
                Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                    let length = decode::read_str_len(&mut self.rest).ok()?;
                    (u64::from(length), 0)
                }
                Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                    let length = decode::read_bin_len(&mut self.rest).ok()?;
                    (u64::from(length), 0)
                }
                Marker::FixExt1
                | Marker::FixExt2
                | Marker::FixExt4
                | Marker::FixExt8
                | Marker::FixExt16
                | Marker::Ext8
                | Marker::Ext16
                | Marker::Ext32 => {
                    let about = decode::read_ext_meta(&mut self.rest).ok()?;
                    (u64::from(about.size), 0)
                }
                Marker::Null
                | Marker::True
                | Marker::False
                | Marker::FixPos(_)
                | Marker::FixNeg(_) => (1, 0),
                Marker::U8 | Marker::I8 => (2, 0),
                Marker::U16 | Marker::I16 => (3, 0),
                Marker::U32 | Marker::I32 | Marker::F32 => (5, 0),
                Marker::U64 | Marker::I64 | Marker::F64 => (9, 0),
                Marker::Reserved => return None,
            };
            self.take(bytes)?;
            left += values;
        }
        Some(())
    }
}
