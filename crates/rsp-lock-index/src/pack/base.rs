//! The files of packs that others add to.
//!
//! Such a file is the one that the pack was kept in before, under another name, which says what it
//! is: whoever looks for it finds it or nothing, whatever other processes write.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::Pack;
use crate::container::ContainerError;

/// How the name of such a file ends.
const EXTENSION: &str = "base.pack";

/// Where the pack is that the pack at a path adds to.
fn path_of(path: &Path, identity: &str) -> PathBuf {
    path.with_extension(format!("{identity}.{EXTENSION}"))
}

/// The pack that the pack at a path adds to.
pub(super) fn open(path: &Path, identity: &str) -> Result<Pack, ContainerError> {
    open_file(&path_of(path, identity), identity)
}

fn open_file(path: &Path, identity: &str) -> Result<Pack, ContainerError> {
    let (base, adds_to) = Pack::open_file(path)?;
    if adds_to.is_empty() && base.identity().is_some_and(|of_file| of_file == identity) {
        Ok(base)
    } else {
        Err(ContainerError::Unusable(
            "it is not the pack that is added to",
        ))
    }
}

/// Sees to it that a pack can be added to by one at a path, and says what the one there has to call
/// it. Its file is not copied, but given another name.
pub(super) fn keep(base: &Pack, path: &Path) -> io::Result<String> {
    let (Some(at), Some(identity)) = (base.path(), base.identity()) else {
        return Err(io::Error::other("it is in no file"));
    };
    let kept = path_of(path, &identity);
    if open_file(&kept, &identity).is_err() {
        match fs_err::hard_link(at, &kept) {
            // Another process was faster, or what is there is not what it is called.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if open_file(&kept, &identity).is_err() {
                    fs_err::remove_file(&kept)?;
                    fs_err::hard_link(at, &kept)?;
                }
            }
            linked => linked?,
        }
    }
    // Somebody may have replaced it since it was opened.
    if open_file(&kept, &identity).is_err() {
        fs_err::remove_file(&kept)?;
        return Err(io::Error::other("it was replaced"));
    }
    Ok(identity)
}

/// Removes what packs at a path added to before, as far as it can be removed.
pub(super) fn remove_all_but(path: &Path, identity: &str) {
    let (Some(directory), Some(stem)) =
        (path.parent(), path.file_stem().and_then(|of| of.to_str()))
    else {
        return;
    };
    for file in fs_err::read_dir(directory).into_iter().flatten().flatten() {
        let name = file.file_name();
        let of_other = name.to_str().and_then(|name| {
            let name = name.strip_prefix(stem)?.strip_prefix('.')?;
            name.strip_suffix(EXTENSION)?.strip_suffix('.')
        });
        if of_other.is_some_and(|of_other| !of_other.contains('.') && of_other != identity) {
            let _ = fs_err::remove_file(file.path());
        }
    }
}
