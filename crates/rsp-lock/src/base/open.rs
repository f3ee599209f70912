//! A base from a path: a lockfile, or the `conda-meta` of an installed prefix.

use std::path::Path;

use super::BaseLock;
use crate::error::Error;

pub(super) fn open(path: &Path, environment: Option<&str>) -> Result<BaseLock, Error> {
    let name = path.display().to_string();
    let unreadable = |source| Error::BaseUnreadable {
        base: name.clone(),
        source,
    };
    if !path.is_dir() {
        let text = fs_err::read_to_string(path).map_err(unreadable)?;
        return BaseLock::read(&text, &name, environment);
    }
    let meta = path.join("conda-meta");
    let mut texts = Vec::new();
    for entry in fs_err::read_dir(&meta).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            texts.push(fs_err::read_to_string(&file).map_err(unreadable)?);
        }
    }
    texts.sort();
    BaseLock::of_prefix(&name, &texts)
}
