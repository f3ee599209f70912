//! A record as numbers.

use rattler_conda_types::{
    NoArchType, RawNoArchType, package::CondaArchiveType, utils::TimestampMs,
};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::NONE;

/// A record as numbers: what is a text in the record is the number of a text here.
///
/// What nearly all records have is in the row; a record with anything else keeps its whole
/// JSON text as well ([`Row::json`]).
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Row {
    /// As written; [`NO_TIME`] if there is none.
    pub(crate) timestamp: i64,
    /// In milliseconds; [`NO_TIME`] if there is none.
    pub(crate) indexed_timestamp: i64,
    /// Valid if [`Row::HAS_SIZE`].
    pub(crate) size: u64,
    pub(crate) build_number: u64,
    /// Valid if [`Row::HAS_SHA256`].
    pub(crate) sha256: [u8; 32],
    /// Valid if [`Row::HAS_MD5`].
    pub(crate) md5: [u8; 16],
    /// In lower case, as names are compared.
    pub(crate) name: u32,
    pub(crate) version: u32,
    pub(crate) build: u32,
    /// Lists of texts, in the record's order.
    pub(crate) depends: u32,
    pub(crate) constrains: u32,
    pub(crate) license: u32,
    pub(crate) license_family: u32,
    /// [`NONE`] if it is the pack's.
    pub(crate) subdir: u32,
    /// The file name, or the URL if [`Row::FILE_IS_URL`]; [`NONE`] if the file is called by
    /// name, version and build.
    pub(crate) file: u32,
    /// The record as JSON, if it has fields that have no place here.
    pub(crate) json: u32,
    /// The caller's number for the record.
    pub(crate) origin: u32,
    pub(crate) flags: u32,
}

/// No timestamp.
pub(crate) const NO_TIME: i64 = i64::MIN;

/// From this number on a timestamp counts milliseconds, below it seconds, as rattler reads it.
const FIRST_MILLISECOND: i64 = 253_402_300_800;

impl Row {
    pub(crate) const HAS_SHA256: u32 = 1;
    pub(crate) const HAS_MD5: u32 = 1 << 1;
    pub(crate) const HAS_SIZE: u32 = 1 << 2;
    pub(crate) const TAR_BZ2: u32 = 1 << 3;
    pub(crate) const FILE_IS_URL: u32 = 1 << 4;
    pub(crate) const TRACKS_FEATURES: u32 = 1 << 5;
    pub(crate) const HAS_EXTRAS: u32 = 1 << 6;
    pub(crate) const NOARCH_PYTHON: u32 = 1 << 7;
    pub(crate) const NOARCH_GENERIC: u32 = 1 << 8;
    pub(crate) const NOARCH_V1: u32 = 1 << 9;

    /// The numbers of its texts but for lists, in some order.
    pub(crate) fn texts(&self) -> [u32; 8] {
        let Self {
            name,
            version,
            build,
            license,
            license_family,
            subdir,
            file,
            json,
            ..
        } = *self;
        [
            name,
            version,
            build,
            license,
            license_family,
            subdir,
            file,
            json,
        ]
    }

    /// The same with other numbers for its texts but for lists.
    pub(crate) fn with_texts(&self, mut number: impl FnMut(u32) -> u32) -> Self {
        Self {
            name: number(self.name),
            version: number(self.version),
            build: number(self.build),
            license: number(self.license),
            license_family: number(self.license_family),
            subdir: number(self.subdir),
            file: number(self.file),
            json: number(self.json),
            ..*self
        }
    }

    /// The same with nothing that is a number of something in its pack, but for whether there is
    /// such a thing.
    pub(crate) fn without_ids(&self) -> Self {
        let there = |id: u32| if id == NONE { NONE } else { 0 };
        Self {
            depends: there(self.depends),
            constrains: there(self.constrains),
            ..self.with_texts(there)
        }
    }

    /// Of a name alone.
    pub(crate) fn new(name: u32, version: u32, build: u32) -> Self {
        Self {
            timestamp: NO_TIME,
            indexed_timestamp: NO_TIME,
            size: 0,
            build_number: 0,
            sha256: [0; 32],
            md5: [0; 16],
            name,
            version,
            build,
            depends: NONE,
            constrains: NONE,
            license: NONE,
            license_family: NONE,
            subdir: NONE,
            file: NONE,
            json: NONE,
            origin: NONE,
            flags: 0,
        }
    }

    pub(crate) fn is(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn archive(&self) -> CondaArchiveType {
        if self.is(Self::TAR_BZ2) {
            CondaArchiveType::TarBz2
        } else {
            CondaArchiveType::Conda
        }
    }

    pub(crate) fn timestamp(&self) -> Option<TimestampMs> {
        if self.timestamp == NO_TIME {
            None
        } else {
            time(self.timestamp)
        }
    }

    pub(crate) fn indexed_timestamp(&self) -> Option<TimestampMs> {
        if self.indexed_timestamp == NO_TIME {
            return None;
        }
        let time = jiff::Timestamp::from_millisecond(self.indexed_timestamp).ok()?;
        Some(TimestampMs::from_timestamp_millis(time))
    }

    pub(crate) fn noarch(&self) -> NoArchType {
        NoArchType(if self.is(Self::NOARCH_PYTHON) {
            Some(RawNoArchType::Python)
        } else if self.is(Self::NOARCH_GENERIC) {
            Some(RawNoArchType::GenericV2)
        } else if self.is(Self::NOARCH_V1) {
            Some(RawNoArchType::GenericV1)
        } else {
            None
        })
    }
}

/// A timestamp as records write it: in seconds if it is small; `None` if no date is so large.
pub(crate) fn time(written: i64) -> Option<TimestampMs> {
    if written >= FIRST_MILLISECOND {
        let time = jiff::Timestamp::from_millisecond(written).ok()?;
        Some(TimestampMs::from_timestamp_millis(time))
    } else {
        let time = jiff::Timestamp::from_second(written).ok()?;
        Some(TimestampMs::from_timestamp_seconds(time))
    }
}
