//! Channels on this machine: which file holds the repodata of a subdir, and its text.

use std::{
    fmt,
    io::{self, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use rattler_conda_types::Subdir;

use crate::ChannelError;

/// The form in which a subdir's repodata lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RepodataFormat {
    /// `repodata.json.zst`
    JsonZst,
    /// `repodata.json`
    Json,
    /// `repodata.json.bz2`
    JsonBz2,
    /// `repodata_shards.msgpack.zst` (CEP 16)
    Shards,
}

impl RepodataFormat {
    /// All forms, the preferred first.
    pub const ALL: [Self; 4] = [Self::JsonZst, Self::Json, Self::JsonBz2, Self::Shards];

    /// The name of the file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::JsonZst => "repodata.json.zst",
            Self::Json => "repodata.json",
            Self::JsonBz2 => "repodata.json.bz2",
            Self::Shards => "repodata_shards.msgpack.zst",
        }
    }
}

/// What changes when a file is written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Freshness {
    /// Bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970; negative before.
    pub mtime_ns: i128,
    /// Inode; 0 where there are none.
    pub inode: u64,
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.size, self.mtime_ns, self.inode)
    }
}

/// The repodata file of a subdir.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRepodata {
    /// The file.
    pub path: PathBuf,
    /// Its form.
    pub format: RepodataFormat,
    /// Its size, time and inode.
    pub freshness: Freshness,
}

/// The repodata file of a subdir of a local channel; `None` if the subdir has none.
///
/// Of several forms the newest counts, and of those written within two seconds of each
/// other the first of [`RepodataFormat::ALL`]: indexers write all forms in one go, people
/// edit one. Shards count only where nothing else is.
pub fn locate_local(directory: &Path, subdir: Subdir) -> io::Result<Option<LocalRepodata>> {
    const ONE_GO_NS: i128 = 2_000_000_000;
    let mut found: Option<LocalRepodata> = None;
    for format in RepodataFormat::ALL {
        if format == RepodataFormat::Shards && found.is_some() {
            continue;
        }
        let path = directory.join(subdir.as_str()).join(format.file_name());
        let metadata = match fs_err::metadata(&path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => continue,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        let freshness = freshness(&metadata);
        let newer = found
            .as_ref()
            .is_none_or(|best| freshness.mtime_ns > best.freshness.mtime_ns + ONE_GO_NS);
        if newer {
            found = Some(LocalRepodata {
                path,
                format,
                freshness,
            });
        }
    }
    Ok(found)
}

/// A `repodata.json` wherever it lies.
pub(crate) fn document(path: &Path) -> io::Result<LocalRepodata> {
    Ok(LocalRepodata {
        path: path.to_owned(),
        format: RepodataFormat::Json,
        freshness: freshness(&fs_err::metadata(path)?),
    })
}

fn freshness(metadata: &std::fs::Metadata) -> Freshness {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    let mtime_ns =
        metadata
            .modified()
            .ok()
            .map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
                Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
                Err(before) => {
                    i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |n| -n)
                }
            });
    Freshness {
        size: metadata.len(),
        mtime_ns,
        inode,
    }
}

/// The subdirs of a local channel that hold repodata, sorted.
pub(crate) fn present_subdirs(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(directory) else {
        return Vec::new();
    };
    let mut subdirs: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.parse::<Subdir>()
                .is_ok_and(|subdir| matches!(locate_local(directory, subdir), Ok(Some(_))))
        })
        .collect();
    subdirs.sort();
    subdirs
}

/// Reads and decompresses a repodata document.
pub(crate) fn read_document(channel: &str, file: &LocalRepodata) -> Result<Vec<u8>, ChannelError> {
    let bytes = fs_err::read(&file.path).map_err(|source| ChannelError::Read {
        channel: channel.to_owned(),
        path: file.path.clone(),
        source,
    })?;
    match file.format {
        RepodataFormat::Json => Ok(bytes),
        RepodataFormat::JsonZst | RepodataFormat::Shards => {
            unpack_zst(&bytes).map_err(|fault| corrupt(channel, &file.path, fault))
        }
        RepodataFormat::JsonBz2 => {
            unpack_bz2(&bytes).map_err(|fault| corrupt(channel, &file.path, fault))
        }
    }
}

/// What is wrong with compressed bytes.
#[derive(Debug)]
pub(crate) struct PackFault {
    /// Byte of the compressed file.
    pub(crate) position: Option<u64>,
    /// What is there.
    pub(crate) found: String,
    /// What should be there.
    pub(crate) expected: &'static str,
}

pub(crate) fn corrupt(channel: &str, path: &Path, fault: PackFault) -> ChannelError {
    ChannelError::Corrupt {
        channel: channel.to_owned(),
        file: path.display().to_string(),
        position: fault.position,
        found: fault.found,
        expected: fault.expected,
    }
}

/// Decompresses many small files, one after the other.
#[derive(Default)]
pub(crate) struct Unpacker {
    /// Made once: that takes longer than most files do.
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl Unpacker {
    /// Decompresses zstd.
    pub(crate) fn unpack(&mut self, bytes: &[u8]) -> Result<Vec<u8>, PackFault> {
        if self.zstd.is_none() {
            self.zstd = zstd::bulk::Decompressor::new().ok();
        }
        // Files without a size, or of several frames, are for who reads them as a stream; and so
        // are those that are broken, to say what is wrong.
        let size = believable_size(bytes).filter(|size| *size > 0);
        let text = self.zstd.as_mut().zip(size);
        match text.map(|(zstd, size)| zstd.decompress(bytes, size)) {
            Some(Ok(text)) => Ok(text),
            Some(Err(_)) | None => unpack_zst(bytes),
        }
    }
}

/// The size that a zstd file says it has unpacked. It is a claim of the file: it saves copies, it
/// must not exhaust memory.
fn believable_size(bytes: &[u8]) -> Option<usize> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok()??;
    usize::try_from(size.min(64 * bytes.len() as u64)).ok()
}

/// Decompresses zstd.
pub(crate) fn unpack_zst(bytes: &[u8]) -> Result<Vec<u8>, PackFault> {
    const EXPECTED: &str = "zstd-compressed repodata";
    if !bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) && !is_skippable_frame(bytes) {
        return Err(not_packed(bytes, EXPECTED));
    }
    let mut text = Vec::with_capacity(believable_size(bytes).unwrap_or(0));
    let read = zstd::Decoder::new(bytes).and_then(|decoder| read_all(decoder, bytes, &mut text));
    read.map_err(|error| unpack_fault(bytes, text.len(), &error, EXPECTED))?;
    Ok(text)
}

/// Reads what some bytes unpack to, unless that is more than any repodata: then they are made to
/// exhaust the memory.
fn read_all(decoder: impl Read, packed: &[u8], text: &mut Vec<u8>) -> io::Result<()> {
    const SMALL: u64 = 64 << 20;
    const MOST_FOR_A_BYTE: u64 = 400;
    let most = SMALL.max(MOST_FOR_A_BYTE.saturating_mul(packed.len() as u64));
    let read = decoder.take(most + 1).read_to_end(text)?;
    if read as u64 > most {
        let found = "it unpacks to more than any repodata does";
        return Err(io::Error::new(io::ErrorKind::InvalidData, found));
    }
    Ok(())
}

fn is_skippable_frame(bytes: &[u8]) -> bool {
    matches!(bytes, [low, 0x2a, 0x4d, 0x18, ..] if low & 0xf0 == 0x50)
}

/// Decompresses bzip2.
pub(crate) fn unpack_bz2(bytes: &[u8]) -> Result<Vec<u8>, PackFault> {
    const EXPECTED: &str = "bzip2-compressed repodata";
    if !bytes.starts_with(b"BZh") {
        return Err(not_packed(bytes, EXPECTED));
    }
    let mut text = Vec::new();
    let decoder = bzip2::read::MultiBzDecoder::new(bytes);
    read_all(decoder, bytes, &mut text)
        .map_err(|error| unpack_fault(bytes, text.len(), &error, EXPECTED))?;
    Ok(text)
}

fn not_packed(bytes: &[u8], expected: &'static str) -> PackFault {
    PackFault {
        position: Some(0),
        found: describe_start(bytes).to_owned(),
        expected,
    }
}

fn unpack_fault(
    bytes: &[u8],
    unpacked: usize,
    error: &io::Error,
    expected: &'static str,
) -> PackFault {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        PackFault {
            position: Some(bytes.len() as u64),
            found: format!("the file ends in the middle (after {unpacked} bytes of text)"),
            expected,
        }
    } else {
        PackFault {
            position: None,
            found: format!("{error} (after {unpacked} bytes of text)"),
            expected,
        }
    }
}

/// What the first bytes look like, for messages.
pub(crate) fn describe_start(bytes: &[u8]) -> &'static str {
    let start = bytes.trim_ascii_start();
    if bytes.is_empty() {
        "the file is empty"
    } else if start.is_empty() {
        "only white space"
    } else if start.first() == Some(&b'<') {
        "an HTML or XML page"
    } else if matches!(start.first(), Some(b'{' | b'[')) {
        "plain JSON"
    } else if start.starts_with(b"version https://git-lfs") {
        "a git-lfs pointer (run `git lfs pull`)"
    } else {
        "something else"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_unpacks_to_more_than_any_repodata_is_refused() {
        let zeros = vec![0; 65 << 20];
        let zst = zstd::encode_all(zeros.as_slice(), 1).unwrap();
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(&zeros).unwrap();
        let bz2 = encoder.finish().unwrap();
        for fault in [unpack_zst(&zst), unpack_bz2(&bz2)] {
            let found = fault.unwrap_err().found;
            assert!(found.contains("more than any repodata"), "{found}");
        }
        let text = b"{}".repeat(10_000);
        let zst = zstd::encode_all(text.as_slice(), 19).unwrap();
        assert_eq!(unpack_zst(&zst).unwrap(), text);
    }
}
