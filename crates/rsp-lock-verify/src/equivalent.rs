//! A file from an allowed channel in the place of one that is not.

use rattler_conda_types::{MatchSpec, RepoDataRecord};
use url::Url;

use crate::{satisfies::satisfies, subject::Entry};

/// The best candidate of the same name that is all that is `asked` of the name.
///
/// The same version is best, then the newest; then the same build, the highest
/// build number, the newest upload and the file name.
pub(crate) fn equivalent(
    entry: &Entry<'_>,
    candidates: &[&RepoDataRecord],
    asked: &[&MatchSpec],
) -> Option<Url> {
    let record = &entry.record?.package_record;
    candidates
        .iter()
        .filter(|candidate| candidate.package_record.name == record.name)
        .filter(|candidate| candidate.url != *entry.url)
        .filter(|candidate| asked.iter().all(|spec| satisfies(spec, candidate)))
        .max_by_key(|candidate| {
            let other = &candidate.package_record;
            (
                other.version == record.version,
                &other.version,
                other.build == record.build,
                other.build_number,
                other.timestamp,
                candidate.url.as_str(),
            )
        })
        .map(|candidate| candidate.url.clone())
}
