//! The file format that packs and compiled tables share: a header, a table of sections,
//! and the sections, each a plain array.
//!
//! Integers are in the byte order of the machine, which the magic number shows; a file from
//! another kind of machine, of another version, or that was cut short is refused and made
//! anew. Opening reads the header and the table only. Sections have checksums, which whoever
//! counts on what they say asks for ([`Sums`]): a disk may lose pages of a file that is whole by
//! its frame. Until then what is wrong inside of a section is met by checked access.

use std::{
    io::{Seek as _, SeekFrom, Write as _},
    ops::{Deref, Range},
    path::Path,
    sync::Arc,
};

use rattler_digest::{Sha256, compute_bytes_digest};
use rayon::prelude::*;
use tempfile::NamedTempFile;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    cores::both,
    mapped::{LARGE, Mapped},
};

/// Says what a file is, and in which byte order.
const MAGIC: u64 = 0x7273_702d_6c6f_636b;

/// Raised whenever the meaning of any section changes, or what is read or compiled of a record.
const VERSION: u32 = 8;

/// Up to this size, in bytes, a file that was looked at stays in memory: what a solve reads of it
/// would be fetched again page by page.
const STAYS_IN_MEMORY: usize = 12 << 20;

/// From this size on, in bytes, a file is worth a second thread that looks at half of it.
const WORTH_A_THREAD: usize = 6 << 20;

/// Sections start at multiples of this.
const ALIGNMENT: usize = 16;

/// A file that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is torn, of another version or kind, or from another machine.
    #[error("not a file of this version of rsp-lock: {0}")]
    Unusable(&'static str),
}

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Header {
    magic: u64,
    version: u32,
    kind: u32,
    /// Of the whole file, in bytes.
    length: u64,
    sections: u32,
    /// Of the table of sections and `length`.
    crc: u32,
}

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct SectionEntry {
    start: u64,
    length: u64,
    crc: u32,
    unused: u32,
}

/// What a file was when it was written.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    file: Arc<Mapped>,
    sections: Vec<SectionEntry>,
}

impl Sums {
    /// Whether every byte is as it was written. Reads the whole file.
    pub(crate) fn are_right(&self) -> bool {
        self.all_are_right(&self.sections)
    }

    /// Whether all sections but the last are as they were written.
    pub(crate) fn all_but_the_last_are_right(&self) -> bool {
        let checked = self.sections.split_last().map_or(&[][..], |(_, rest)| rest);
        self.all_are_right(checked)
    }

    /// Whether the first section is as it was written.
    pub(crate) fn first_is_right(&self) -> bool {
        let mut sections = self.sections.iter();
        sections.next().is_some_and(|first| self.is_right(first))
    }

    fn all_are_right(&self, sections: &[SectionEntry]) -> bool {
        let length = self.file.bytes().len();
        if length >= LARGE {
            let sections = sections.par_iter();
            return sections.all(|section| self.is_right(section));
        }
        let all = |sections: &[SectionEntry]| sections.iter().all(|section| self.is_right(section));
        let are_right = if length >= WORTH_A_THREAD {
            let (first, rest) = sections.split_at(middle(sections));
            let (first, rest) = both(|| all(first), || all(rest));
            first && rest
        } else {
            all(sections)
        };
        if length > STAYS_IN_MEMORY {
            self.file.give_back_all();
        }
        are_right
    }

    fn is_right(&self, section: &SectionEntry) -> bool {
        let range = section.range();
        range.is_some_and(|range| self.file.crc(range) == Some(section.crc))
    }

    /// Tells files with other bytes apart: a digest of how long their sections are and of the
    /// checksums of these.
    pub(crate) fn identity(&self) -> String {
        short_digest(self.sections.as_bytes())
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }
}

/// How many sections, from the first one on, have about half of the bytes: one that has the middle
/// is among them if most of it is before that.
fn middle(sections: &[SectionEntry]) -> usize {
    let lengths = || sections.iter().map(|section| section.length);
    // What a file says of itself may be anything.
    let all = lengths().fold(0, u64::saturating_add);
    let mut before = 0_u64;
    lengths()
        .take_while(|length| {
            let is_before = before.saturating_mul(2).saturating_add(*length) < all;
            before = before.saturating_add(*length);
            is_before
        })
        .count()
}

impl SectionEntry {
    fn range(&self) -> Option<Range<usize>> {
        let start = usize::try_from(self.start).ok()?;
        let length = usize::try_from(self.length).ok()?;
        Some(start..start.checked_add(length)?)
    }
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Container {
    file: Arc<Mapped>,
    sections: Vec<SectionEntry>,
    next: usize,
}

impl Container {
    /// Opens a file of a kind.
    pub(crate) fn open(path: &Path, kind: u32) -> Result<Self, ContainerError> {
        let file = Mapped::open(path)?;
        let bytes = file.bytes();
        let Ok((header, rest)) = Header::ref_from_prefix(bytes) else {
            return Err(ContainerError::Unusable("it is too short"));
        };
        if header.magic != MAGIC || header.version != VERSION || header.kind != kind {
            return Err(ContainerError::Unusable("its header is another one"));
        }
        if header.length != bytes.len() as u64 {
            return Err(ContainerError::Unusable("it was cut short"));
        }
        let count = header.sections as usize;
        let Ok((table, _)) = <[SectionEntry]>::ref_from_prefix_with_elems(rest, count) else {
            return Err(ContainerError::Unusable("its table is cut short"));
        };
        if header.crc != crc(header.length, table) {
            return Err(ContainerError::Unusable("its table was damaged"));
        }
        let sections = table.to_vec();
        Ok(Self {
            file: Arc::new(file),
            sections,
            next: 0,
        })
    }

    /// What the file was when it was written.
    pub(crate) fn sums(&self) -> Sums {
        Sums {
            file: self.file.clone(),
            sections: self.sections.clone(),
        }
    }

    /// The next section, in the order they were written.
    pub(crate) fn column<T: Plain>(&mut self) -> Result<Column<T>, ContainerError> {
        let unusable = || ContainerError::Unusable("a section is not what it should be");
        let entry = *self.sections.get(self.next).ok_or_else(unusable)?;
        self.next += 1;
        let Range { start, end } = entry.range().ok_or_else(unusable)?;
        let bytes = self.file.bytes().get(start..end).ok_or_else(unusable)?;
        <[T]>::ref_from_bytes(bytes).map_err(|_| unusable())?;
        Ok(Column::Mapped {
            file: self.file.clone(),
            start,
            end,
        })
    }
}

/// Enough of a digest to tell things apart.
pub(crate) fn short_digest(bytes: &[u8]) -> String {
    let digest = compute_bytes_digest::<Sha256>(bytes);
    let start = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(start))
}

fn crc(length: u64, table: &[SectionEntry]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length.to_ne_bytes());
    hasher.update(table.as_bytes());
    hasher.finalize()
}

/// What an array in a file may consist of.
pub(crate) trait Plain: FromBytes + IntoBytes + Immutable + KnownLayout + 'static {}
impl<T: FromBytes + IntoBytes + Immutable + KnownLayout + 'static> Plain for T {}

/// An array, in memory or in a file.
#[derive(Clone, Debug)]
pub(crate) enum Column<T> {
    Owned(Vec<T>),
    Mapped {
        file: Arc<Mapped>,
        start: usize,
        end: usize,
    },
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(array: Vec<T>) -> Self {
        Self::Owned(array)
    }
}

impl<T> Column<T> {
    /// Gives back the memory of the file that the array is in, however small; see
    /// [`Mapped::give_back_all`].
    pub(crate) fn give_back_all(&self) {
        if let Self::Mapped { file, .. } = self {
            file.give_back_all();
        }
    }

    /// Gives back the memory of the file that the array is in; see [`Mapped::give_back`].
    pub(crate) fn give_back(&self) {
        if let Self::Mapped { file, .. } = self {
            file.give_back();
        }
    }
}

impl<T: Plain> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Owned(array) => array,
            // Size and alignment were checked when the column was made.
            Self::Mapped { file, start, end } => file
                .bytes()
                .get(*start..*end)
                .and_then(|bytes| <[T]>::ref_from_bytes(bytes).ok())
                .unwrap_or_default(),
        }
    }
}

/// Writes a file of a kind in one rename, so that readers see the old one or the new one whole.
pub(crate) fn save(path: &Path, kind: u32, sections: &[&[u8]]) -> std::io::Result<()> {
    let file = written(path, kind, sections)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The same for a file that can be done without: for a moment readers may see none.
///
/// File systems that bring to disk at once what is renamed over another file (ext4 with
/// `auto_da_alloc`) would take as long for that as for writing it.
pub(crate) fn save_anew(path: &Path, kind: u32, sections: &[&[u8]]) -> std::io::Result<()> {
    let file = written(path, kind, sections)?;
    // Elsewhere a file that somebody has open keeps its name. Where it cannot be removed, it may
    // still be replaced.
    if cfg!(unix) {
        let _ = fs_err::remove_file(path);
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file of a kind beside a path.
fn written(path: &Path, kind: u32, sections: &[&[u8]]) -> std::io::Result<NamedTempFile> {
    let mut file = new_beside(path)?;
    let first = padded(size_of::<Header>() + sections.len() * size_of::<SectionEntry>());
    file.seek(SeekFrom::Start(first as u64))?;
    let mut write = || -> std::io::Result<()> {
        for section in sections {
            file.write_all(section)?;
            let pad = padded(section.len()) - section.len();
            file.write_all(&[0; ALIGNMENT][..pad])?;
        }
        Ok(())
    };
    let length: usize = sections.iter().map(|section| section.len()).sum();
    let sums: Vec<u32> = if length < LARGE {
        write()?;
        let sums = sections.iter().map(|section| crc32fast::hash(section));
        sums.collect()
    } else {
        let sums = || {
            let sections = sections.par_iter();
            sections.map(|section| crc32fast::hash(section)).collect()
        };
        let (is_written, sums) = rayon::join(write, sums);
        is_written?;
        sums
    };
    let mut at = first;
    let mut table = Vec::with_capacity(sections.len());
    for (section, crc) in sections.iter().zip(sums) {
        table.push(SectionEntry {
            start: at as u64,
            length: section.len() as u64,
            crc,
            unused: 0,
        });
        at = padded(at + section.len());
    }
    let length = at as u64;
    let header = Header {
        magic: MAGIC,
        version: VERSION,
        kind,
        length,
        sections: u32::try_from(table.len()).unwrap_or(u32::MAX),
        crc: crc(length, &table),
    };
    file.rewind()?;
    file.write_all(&[header.as_bytes(), table.as_bytes()].concat())?;
    // Without anything in its sections it would end with the table.
    file.as_file().set_len(length)?;
    Ok(file)
}

/// Where something begins that comes behind so many bytes.
fn padded(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT)
}

/// An empty file beside a path.
fn new_beside(path: &Path) -> std::io::Result<NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(directory)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // Temporary files would be readable by their owner only, and a cache may be shared. The
        // umask still narrows this, as for every new file.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_torn_anywhere_in_its_frame_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let numbers: Vec<u32> = (0..5).collect();
        save(&path, 7, &[numbers.as_bytes(), b"abc"]).unwrap();
        let mut container = Container::open(&path, 7).unwrap();
        assert_eq!(*container.column::<u32>().unwrap(), numbers);
        assert_eq!(&*container.column::<u8>().unwrap(), b"abc");
        assert!(container.column::<u8>().is_err());
        assert!(Container::open(&path, 8).is_err());

        let whole = fs_err::read(&path).unwrap();
        for at in 0..size_of::<Header>() + 2 * size_of::<SectionEntry>() {
            let mut torn = whole.clone();
            torn[at] ^= 1;
            fs_err::write(directory.path().join("torn"), &torn).unwrap();
            assert!(
                Container::open(&directory.path().join("torn"), 7).is_err(),
                "{at}"
            );
        }
        let frame = size_of::<Header>() + 2 * size_of::<SectionEntry>();
        for section in [numbers.as_bytes(), b"abc".as_slice()] {
            let start = frame
                + whole[frame..]
                    .windows(section.len())
                    .position(|b| b == section)
                    .unwrap();
            for at in start..start + section.len() {
                let mut spoilt = whole.clone();
                spoilt[at] ^= 1;
                fs_err::write(directory.path().join("spoilt"), &spoilt).unwrap();
                let container = Container::open(&directory.path().join("spoilt"), 7).unwrap();
                assert!(!container.sums().are_right(), "{at}");
            }
        }
        assert!(Container::open(&path, 7).unwrap().sums().are_right());
        for length in 0..whole.len() {
            fs_err::write(directory.path().join("short"), &whole[..length]).unwrap();
            assert!(Container::open(&directory.path().join("short"), 7).is_err());
        }
    }

    #[test]
    fn halves_are_as_even_as_sections_are() {
        let cases: [(&[u64], usize); 7] = [
            (&[], 0),
            (&[7], 0),
            (&[1, 1], 1),
            (&[9, 1, 1], 1),
            (&[1, 1, 9], 2),
            (&[1, 8, 1, 1], 2),
            (&[u64::MAX, u64::MAX], 0),
        ];
        for (lengths, expected) in cases {
            let sections = lengths.iter().map(|length| SectionEntry {
                start: 0,
                length: *length,
                crc: 0,
                unused: 0,
            });
            let sections: Vec<SectionEntry> = sections.collect();
            assert_eq!(middle(&sections), expected, "{lengths:?}");
        }
    }

    #[test]
    fn what_is_written_is_whole_whatever_its_size() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let [some, large] = [WORTH_A_THREAD, LARGE].map(|length| vec![1; length]);
        let (none, few, some, large) = (&[][..], &[1, 2, 3][..], &some[..], &large[..]);
        let cases: [&[&[u8]]; 5] = [
            &[],
            &[none, none],
            &[few, none],
            &[few, some, few],
            &[few, large, few],
        ];
        for sections in cases {
            save(&path, 7, sections).unwrap();
            let mut container = Container::open(&path, 7).unwrap();
            assert!(container.sums().are_right());
            for section in sections {
                assert_eq!(&*container.column::<u8>().unwrap(), *section);
            }
            let whole = fs_err::read(&path).unwrap();
            let first = padded(size_of::<Header>() + sections.len() * size_of::<SectionEntry>());
            // The first byte of the first section, and of the last one that has any.
            let ends = [first, whole.len() - ALIGNMENT];
            for at in ends
                .into_iter()
                .filter(|at| (first..whole.len()).contains(at))
            {
                let mut bytes = whole.clone();
                bytes[at] ^= 1;
                let damaged = directory.path().join("damaged");
                fs_err::write(&damaged, bytes).unwrap();
                assert!(!Container::open(&damaged, 7).unwrap().sums().are_right());
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn who_has_a_file_open_reads_on_when_it_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        save_anew(&path, 7, &[b"old"]).unwrap();
        let mut old = Container::open(&path, 7).unwrap();
        save_anew(&path, 7, &[b"newer"]).unwrap();
        assert_eq!(&*old.column::<u8>().unwrap(), b"old");
        let mut new = Container::open(&path, 7).unwrap();
        assert_eq!(&*new.column::<u8>().unwrap(), b"newer");
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 1);
    }
}
