//! Files beside the lock: the explicit file of a platform, and the base.

use std::collections::BTreeSet;

use super::Staleness;
use crate::{
    digest::digest,
    explicit::{self, Hash},
    native::{LockedEnvironment, LockedPlatform},
};

/// Compares an explicit file with the lock's platform of this name.
///
/// First by the digest that the lock recorded; then by what the file lists, so
/// that the difference can be named. A hash that the file does not have is no
/// difference. `None` if it fits, or if the lock has no such platform.
pub fn check_explicit(
    environment: &LockedEnvironment,
    platform: &str,
    text: &str,
) -> Option<Staleness> {
    let locked = environment.platform(platform)?;
    if locked.explicit_digest.as_deref() == Some(digest(text).as_str()) {
        return None;
    }
    let name = format!("{}-{platform}.lock.txt", environment.name);
    let file = match explicit::read(text, &name) {
        Ok(file) => file,
        Err(error) => {
            return Some(Staleness::ExplicitBroken {
                platform: platform.to_owned(),
                message: error.to_string(),
            });
        }
    };
    let (missing, unexpected) = differences(locked, &file.entries);
    if !missing.is_empty() || !unexpected.is_empty() {
        return Some(Staleness::ExplicitDiffers {
            platform: platform.to_owned(),
            missing,
            unexpected,
        });
    }
    locked
        .explicit_digest
        .as_ref()
        .map(|_| Staleness::ExplicitEdited {
            platform: platform.to_owned(),
        })
}

fn differences(
    locked: &LockedPlatform,
    entries: &[explicit::ExplicitEntry],
) -> (Vec<String>, Vec<String>) {
    let mut fitting = BTreeSet::new();
    let mut unexpected = Vec::new();
    for entry in entries {
        let record = locked
            .packages
            .iter()
            .map(|package| &package.record)
            .find(|record| record.url == entry.url);
        let hash_fits = |record: &rattler_conda_types::RepoDataRecord| match entry.hash {
            None => true,
            Some(Hash::Md5(md5)) => record.package_record.md5 == Some(md5),
            Some(Hash::Sha256(sha256)) => record.package_record.sha256 == Some(sha256),
        };
        match record.filter(|record| hash_fits(record)) {
            Some(record) => {
                fitting.insert(record.url.as_str());
            }
            None => unexpected.push(entry.file.clone()),
        }
    }
    let missing = locked
        .packages
        .iter()
        .filter(|package| !fitting.contains(package.record.url.as_str()))
        .map(|package| package.record.identifier.to_file_name())
        .collect();
    unexpected.sort();
    (missing, unexpected)
}

/// Compares the bytes of the base with those the lock was made on.
///
/// `None` if they are the same, or if the lock recorded no digest of a base.
pub fn check_base(environment: &LockedEnvironment, base: &[u8]) -> Option<Staleness> {
    let locked = environment.request.base.as_ref()?.digest.as_ref()?;
    let asked = digest(base);
    (*locked != asked).then(|| Staleness::BaseChanged {
        locked: Some(locked.clone()),
        asked: Some(asked),
    })
}
