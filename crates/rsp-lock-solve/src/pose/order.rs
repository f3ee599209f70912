//! The order in which records are posed: a function of the records alone.

use std::cmp::Ordering;

use rattler_conda_types::RepoDataRecord;

/// Best first, by what the records say of themselves; the URL decides the rest.
pub(crate) fn best_first(a: &RepoDataRecord, b: &RepoDataRecord) -> Ordering {
    let (left, right) = (&a.package_record, &b.package_record);
    right
        .version
        .cmp(&left.version)
        .then_with(|| right.build_number.cmp(&left.build_number))
        .then_with(|| right.timestamp.cmp(&left.timestamp))
        .then_with(|| left.build.as_str().cmp(right.build.as_str()))
        .then_with(|| a.url.as_str().cmp(b.url.as_str()))
}
