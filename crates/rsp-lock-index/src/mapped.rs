//! Files in memory. The only place with `unsafe`.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use memmap2::Mmap;

/// From this size on, in bytes, what was read of a file is given back: below it, the memory is
/// not worth the time that reading again takes.
const WORTH_GIVING_BACK: usize = 128 << 20;

/// From this size on, in bytes, a file is looked at and written by all cores, and what was looked
/// at does not stay in memory.
pub(crate) const LARGE: usize = 16 << 20;

/// How much is looked at at a time where all of a large file is.
const AT_ONCE: usize = 16 << 20;

/// A file that is mapped into memory, read only.
#[derive(Debug)]
pub(crate) struct Mapped {
    map: Mmap,
    path: PathBuf,
}

impl Mapped {
    /// Maps a whole file.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let file = fs_err::File::open(path)?;
        #[expect(unsafe_code, reason = "a mapping has no safe constructor")]
        // SAFETY: the bytes of a mapping change, or fault, if somebody writes to the file or
        // cuts it short. Our files are written under another name and renamed into place
        // ([`crate::container`]), and never written to afterwards: whoever replaces one
        // leaves the old inode, and with it this mapping, as it is.
        let map = unsafe { Mmap::map(file.file()) }?;
        Ok(Self {
            map,
            path: path.to_owned(),
        })
    }

    /// Where the file was when it was opened.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The checksum of some bytes; `None` if there are no such bytes.
    ///
    /// Of a large file, what was looked at does not stay in memory.
    pub(crate) fn crc(&self, range: Range<usize>) -> Option<u32> {
        let start = range.start;
        let bytes = self.map.get(range)?;
        if self.map.len() < LARGE {
            return Some(crc32fast::hash(bytes));
        }
        let mut hasher = crc32fast::Hasher::new();
        for (at, bytes) in (start..).step_by(AT_ONCE).zip(bytes.chunks(AT_ONCE)) {
            hasher.update(bytes);
            self.drop_pages(at..at + bytes.len());
        }
        Some(hasher.finalize())
    }

    /// Lets the kernel have back the memory of what was read, where that is worth the time that
    /// reading again takes. A page that is read takes up to fifteen others with it, so a few bytes
    /// here and there of a large file make most of it count as memory in use.
    pub(crate) fn give_back(&self) {
        if self.map.len() >= WORTH_GIVING_BACK {
            self.give_back_all();
        }
    }

    /// [`Self::give_back`] of any file.
    pub(crate) fn give_back_all(&self) {
        self.drop_pages(0..self.map.len());
    }

    /// Lets the kernel have back the pages of some bytes; what is read again is read from the file
    /// again.
    #[cfg_attr(not(unix), expect(unused_variables, reason = "there is no such call"))]
    fn drop_pages(&self, range: Range<usize>) {
        #[cfg(unix)]
        #[expect(
            unsafe_code,
            reason = "other mappings would lose what was written to them"
        )]
        // SAFETY: this mapping is shared and read only, and nobody writes to its file (see
        // `open`): every page that is dropped comes back with the same bytes.
        // That the kernel may refuse changes nothing but the memory in use.
        let _ = unsafe {
            let advice = memmap2::UncheckedAdvice::DontNeed;
            (self.map).unchecked_advise_range(advice, range.start, range.len())
        };
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }
}
