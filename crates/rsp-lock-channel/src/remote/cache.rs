//! The directory that keeps what was fetched, also where it cannot be written to.

use std::{
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::ChannelError;

/// A writable cache directory.
#[derive(Debug)]
pub(crate) struct Cache {
    root: PathBuf,
    /// Removes the directory when the call ends, if it was made for the call.
    _temporary: Option<TempDir>,
}

impl Cache {
    /// Takes `directory`, or something in its place:
    /// nothing is kept without one, and one that cannot be written to is only read.
    pub(crate) fn open(directory: Option<&Path>) -> Result<Self, ChannelError> {
        let Some(directory) = directory else {
            return Self::temporary(None);
        };
        let writable = fs_err::create_dir_all(directory)
            .and_then(|()| tempfile::tempfile_in(directory).map(drop));
        match writable {
            Ok(()) => Ok(Self {
                root: directory.to_owned(),
                _temporary: None,
            }),
            Err(error) if is_read_only(&error) => {
                tracing::warn!(
                    "the cache {} cannot be written to ({error}): it is only read",
                    directory.display()
                );
                Self::temporary(Some(directory))
            }
            Err(source) => Err(ChannelError::Cache {
                path: directory.to_owned(),
                source,
            }),
        }
    }

    fn temporary(below: Option<&Path>) -> Result<Self, ChannelError> {
        let made = tempfile::Builder::new().prefix("rsp-lock-").tempdir();
        let temporary = made.map_err(|source| ChannelError::Cache {
            path: std::env::temp_dir(),
            source,
        })?;
        if let Some(below) = below {
            overlay(below, temporary.path()).map_err(|source| ChannelError::Cache {
                path: below.to_owned(),
                source,
            })?;
        }
        Ok(Self {
            root: temporary.path().to_owned(),
            _temporary: Some(temporary),
        })
    }

    /// Where whole documents are kept.
    pub(crate) fn documents(&self) -> PathBuf {
        self.root.join("repodata")
    }

    /// Where shards are kept: apart from the documents, so that the gateway cannot fall
    /// back to a cached document when it is asked for shards.
    pub(crate) fn shards(&self) -> PathBuf {
        self.root.join("shards")
    }

    /// The directory, for messages.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
    )
}

/// Up to this many bytes a file is small.
const SMALL: u64 = 64 * 1024;

/// Makes `above` look like `below`: directories anew, large files as links (the gateway
/// replaces files by renaming), small ones as copies (it opens some for writing).
fn overlay(below: &Path, above: &Path) -> io::Result<()> {
    let entries = match fs_err::read_dir(below) {
        Ok(entries) => entries,
        // A cache that does not exist yet, in a place where it cannot be made.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let (path, target) = (entry.path(), above.join(entry.file_name()));
        let Some(metadata) = within_reach(fs_err::metadata(&path))? else {
            continue;
        };
        if metadata.is_dir() {
            fs_err::create_dir_all(&target)?;
            if within_reach(fs_err::read_dir(&path))?.is_some() {
                overlay(&path, &target)?;
            }
            continue;
        }
        // Opening it says whether it may be read.
        let Some(mut file) = within_reach(fs_err::File::open(&path))? else {
            continue;
        };
        if metadata.len() <= SMALL || is_opened_for_writing(&target) {
            io::copy(&mut file, &mut fs_err::File::create(&target)?)?;
        } else {
            link(&std::path::absolute(&path)?, &target)?;
        }
    }
    Ok(())
}

/// What was read; `None` of what somebody else has and nobody may read, or had for a moment only.
fn within_reach<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// The index of the shards is locked and rewritten in place.
fn is_opened_for_writing(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "shards-cache-v1")
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    fs_err::os::unix::fs::symlink(original, link)
}

#[cfg(not(unix))]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    fs_err::copy(original, link).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_reads_what_is_below_and_leaves_it_alone() {
        let below = tempfile::tempdir().unwrap();
        let large = vec![b'x'; 100_000];
        fs_err::create_dir_all(below.path().join("repodata")).unwrap();
        fs_err::write(below.path().join("repodata/a.json"), &large).unwrap();
        fs_err::write(below.path().join("repodata/a.info.json"), "{}").unwrap();
        let cache = Cache::temporary(Some(below.path())).unwrap();
        let json = cache.documents().join("a.json");
        assert_eq!(fs_err::read(&json).unwrap(), large);
        let anew = cache.documents().join("new");
        fs_err::write(&anew, "new").unwrap();
        fs_err::rename(&anew, &json).unwrap();
        fs_err::write(cache.documents().join("a.info.json"), "new").unwrap();
        assert_eq!(
            fs_err::read(below.path().join("repodata/a.json")).unwrap(),
            large
        );
        let info = fs_err::read(below.path().join("repodata/a.info.json")).unwrap();
        assert_eq!(info, b"{}");
    }

    #[test]
    fn a_file_is_not_a_cache() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Cache::open(Some(file.path())).unwrap_err();
        assert!(matches!(error, ChannelError::Cache { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_gone_does_not_keep_the_rest_from_being_seen() {
        let (below, above) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let large = vec![7; 1 + usize::try_from(SMALL).unwrap()];
        fs_err::create_dir(below.path().join("deep")).unwrap();
        for (file, bytes) in [("deep/large", &large[..]), ("small", b"x")] {
            fs_err::write(below.path().join(file), bytes).unwrap();
        }
        for gone in ["deep/gone", "gone"] {
            link(Path::new("nowhere"), &below.path().join(gone)).unwrap();
        }
        overlay(below.path(), above.path()).unwrap();
        assert_eq!(
            fs_err::read(above.path().join("deep/large")).unwrap(),
            large
        );
        assert_eq!(fs_err::read(above.path().join("small")).unwrap(), b"x");
        assert!(!above.path().join("gone").exists());
        // What cannot be written is no such thing.
        assert!(overlay(below.path(), &above.path().join("small")).is_err());
    }
}
