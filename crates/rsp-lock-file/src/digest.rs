//! Digests: of a lockfile's bytes, and of the records a lock was made from.

use std::fmt::Write as _;

use rattler_conda_types::RepoDataRecord;
use sha2::{Digest, Sha256};

use crate::native::canonical_record;

/// `sha256:` and the hex digest of a lockfile's bytes, for the label of an image.
///
/// ```
/// assert_eq!(
///     rsp_lock_file::digest(b""),
///     "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
/// );
/// ```
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// The digest of a set of records in canonical form.
///
/// It depends on what the records say (see [`crate::native`] for the fields
/// that are kept), not on their order and not on how the channel served them.
/// Two records of one URL count twice.
pub fn records_digest<'a>(records: impl IntoIterator<Item = &'a RepoDataRecord>) -> String {
    let mut canonical: Vec<String> = records.into_iter().map(canonical_record).collect();
    canonical.sort_unstable();
    let mut hasher = Sha256::new();
    let mut length = String::new();
    for record in canonical {
        length.clear();
        let _ = writeln!(length, "{}", record.len());
        hasher.update(&length);
        hasher.update(&record);
    }
    format!("sha256:{}", hex::encode(hasher.finalize()))
}
