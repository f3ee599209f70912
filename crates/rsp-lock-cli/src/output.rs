//! Where lockfiles go.

use std::path::{Path, PathBuf};

use crate::{failure::Failure, request::Asked};

/// Where lockfiles go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The explicit file of the one platform, to standard output.
    Stdout,
    /// The explicit file of the one platform, to this file.
    File(PathBuf),
    /// One explicit file a platform, and the native lock.
    Directory(PathBuf),
}

impl Target {
    /// Decides where lockfiles go, or says why they cannot.
    pub(crate) fn choose(output: Option<&Path>, asked: &Asked) -> Result<Self, Failure> {
        let target = match (output, &asked.directory) {
            (Some(path), _) if path == Path::new("-") => Self::Stdout,
            (Some(path), _) if is_directory(path) => Self::Directory(path.to_owned()),
            (Some(path), _) => Self::File(path.to_owned()),
            (None, Some(directory)) => Self::Directory(directory.clone()),
            (None, None) => Self::Stdout,
        };
        let platforms = asked.request.platforms.len();
        if platforms > 1 && !matches!(target, Self::Directory(_)) {
            let place = match output {
                Some(path) => format!("`-o {}`", path.display()),
                None => "standard output".to_owned(),
            };
            return Err(Failure::usage(format!(
                "{place} takes the lockfile of one platform, and there are {platforms}"
            ))
            .hint("name a directory: `-o locks/`")
            .hint("or choose one platform with `-p`"));
        }
        Ok(target)
    }

    /// The directory in which the native lock is read and written.
    pub(crate) fn lock_directory<'a>(&'a self, asked: &'a Asked) -> Option<&'a Path> {
        match self {
            Self::Directory(directory) => Some(directory),
            Self::Stdout | Self::File(_) => asked.directory.as_deref(),
        }
    }
}

/// Whether the user means a directory: it is one, or the name ends in a slash.
fn is_directory(path: &Path) -> bool {
    path.is_dir()
        || path
            .as_os_str()
            .to_string_lossy()
            .ends_with(['/', std::path::MAIN_SEPARATOR])
}
