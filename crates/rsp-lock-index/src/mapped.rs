//! Files in memory. The only place with `unsafe`.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use memmap2::Mmap;

/// From this size on, in bytes, what was read of a file is given back: below it, the memory is
/// not worth the time that reading again takes.
const WORTH_GIVING_BACK: usize = 128 << 20;

/// How much is looked at at a time where all of a file is.
const AT_ONCE: usize = 4 << 20;

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

    /// The checksum of some bytes, which need not stay in memory for it; `None` if there are no
    /// such bytes.
    pub(crate) fn crc(&self, range: Range<usize>) -> Option<u32> {
        let mut hasher = crc32fast::Hasher::new();
        for bytes in self.map.get(range)?.chunks(AT_ONCE) {
            hasher.update(bytes);
            if self.map.len() > 2 * AT_ONCE {
                self.drop_pages();
            }
        }
        Some(hasher.finalize())
    }

    /// Lets the kernel have back the memory of what was read; what is read again is read from
    /// the file again. A page that is read takes up to fifteen others with it, so a few bytes
    /// here and there of a large file make most of it count as memory in use.
    pub(crate) fn give_back(&self) {
        if self.map.len() >= WORTH_GIVING_BACK {
            self.drop_pages();
        }
    }

    /// [`Self::give_back`] of any file.
    pub(crate) fn drop_pages(&self) {
        #[cfg(unix)]
        #[expect(
            unsafe_code,
            reason = "other mappings would lose what was written to them"
        )]
        // SAFETY: this mapping is shared and read only, and nobody writes to its file (see
        // `open`): every page that is dropped comes back with the same bytes.
        // That the kernel may refuse changes nothing but the memory in use.
        let _ = unsafe {
            self.map
                .unchecked_advise(memmap2::UncheckedAdvice::DontNeed)
        };
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }
}
