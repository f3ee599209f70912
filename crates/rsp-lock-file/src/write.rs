//! Putting files in place whole or not at all: the one module that touches files.
//!
//! The text goes to a temporary file in the target's directory, is synced, and
//! the temporary file takes the target's name. A run that fails, or is killed,
//! leaves what was there before.

use std::{
    fs::Permissions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use fs_err as fs;
use tempfile::NamedTempFile;

use crate::error::FileError;

/// What became of a file that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was not there.
    Created,
    /// It was there with other bytes.
    Replaced,
    /// It was there with the same bytes, and was not touched.
    Unchanged,
    /// It is a device or a pipe, and the bytes went through it.
    Through,
}

/// Writes one file; see [`write_group`].
///
/// # Errors
/// [`FileError::Write`]; nothing was changed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<Written, FileError> {
    let written = write_group(&[(path, bytes)])?;
    Ok(written.first().copied().unwrap_or(Written::Unchanged))
}

/// Writes several files that belong together, and says what became of each.
///
/// First all temporary files are written and synced, then they take their
/// places one after the other, so that a full disk, a missing directory or a
/// lack of rights is found before any target has changed. A file that has the
/// same bytes already is left alone; one that is replaced keeps its permissions;
/// a link is followed. A target that is no regular file (`/dev/stdout`, a pipe)
/// is written through, after all others are in place.
///
/// # Errors
/// [`FileError::Write`] if nothing was changed; [`FileError::PartlyWritten`] if
/// a file could not take its place after another had.
pub fn write_group<P: AsRef<Path>, B: AsRef<[u8]>>(
    files: &[(P, B)],
) -> Result<Vec<Written>, FileError> {
    let mut staged = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let path = path.as_ref();
        staged.push(stage(path, bytes.as_ref()).map_err(|source| write_error(path, source))?);
    }
    let mut done: Vec<PathBuf> = Vec::new();
    let mut written = vec![Written::Unchanged; files.len()];
    for (slot, (staged, (path, _))) in written.iter_mut().zip(staged.into_iter().zip(files)) {
        match staged {
            Staged::Unchanged => {}
            Staged::Through => *slot = Written::Through,
            Staged::Ready {
                file,
                target,
                existed,
            } => {
                file.persist(&target)
                    .map_err(|error| failed(path.as_ref(), &done, error.error))?;
                sync_directory(&target);
                done.push(path.as_ref().to_owned());
                *slot = if existed {
                    Written::Replaced
                } else {
                    Written::Created
                };
            }
        }
    }
    for (what, (path, bytes)) in written.iter().zip(files) {
        if *what == Written::Through {
            through(path.as_ref(), bytes.as_ref())
                .map_err(|error| failed(path.as_ref(), &done, error))?;
        }
    }
    Ok(written)
}

enum Staged {
    Unchanged,
    Through,
    Ready {
        file: NamedTempFile,
        target: PathBuf,
        existed: bool,
    },
}

fn stage(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
    let existing = match std::fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(metadata) = existing else {
        let (file, target) = (temporary(path, bytes, None)?, path.to_owned());
        return Ok(Staged::Ready {
            file,
            target,
            existed: false,
        });
    };
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Ok(Staged::Through);
    }
    let same_length = u64::try_from(bytes.len()).is_ok_and(|length| length == metadata.len());
    if same_length && fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(Staged::Unchanged);
    }
    if metadata.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let target = fs::canonicalize(path)?;
    let file = temporary(&target, bytes, Some(metadata.permissions()))?;
    Ok(Staged::Ready {
        file,
        target,
        existed: true,
    })
}

/// A temporary file beside the target with the bytes in it, on the disk.
fn temporary(
    target: &Path,
    bytes: &[u8],
    permissions: Option<Permissions>,
) -> io::Result<NamedTempFile> {
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rsp-lock-").suffix(".tmp");
    #[cfg(unix)]
    {
        // Temporary files would be readable by their owner only. The umask
        // still narrows this, as for every new file.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes the rename durable where the system allows; the file itself is safe already.
fn sync_directory(target: &Path) {
    let directory = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if let Ok(directory) = fs::File::open(directory.unwrap_or(Path::new("."))) {
        let _ = directory.sync_all();
    }
}

fn through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(bytes)?;
    file.flush()
}

fn failed(path: &Path, done: &[PathBuf], source: io::Error) -> FileError {
    if done.is_empty() {
        return write_error(path, source);
    }
    FileError::PartlyWritten {
        path: path.to_owned(),
        written: done.to_vec(),
        source,
    }
}

fn write_error(path: &Path, source: io::Error) -> FileError {
    FileError::Write {
        path: path.to_owned(),
        source,
    }
}
