//! The requested packages of two answers side by side.

use std::{borrow::Borrow, cmp::Ordering, collections::BTreeSet, sync::Arc};

use rattler_conda_types::RepoDataRecord;

use super::case::Case;

/// A requested package in two answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Its name.
    pub name: String,
    /// Version and build in the answer.
    pub ours: Option<(String, String)>,
    /// Version and build in the other.
    pub theirs: Option<(String, String)>,
    /// How the answer's version compares with the other's; `None` if one lacks it.
    pub order: Option<Ordering>,
}

/// The requested packages of an answer beside those of another, by name.
pub fn compare(
    case: &Case<'_>,
    ours: &[Arc<RepoDataRecord>],
    theirs: &[impl Borrow<RepoDataRecord>],
) -> Vec<Requested> {
    let names: BTreeSet<String> = case
        .environment
        .specs_to_solve()
        .iter()
        .map(|spec| spec.name().to_lowercase())
        .collect();
    let is =
        |record: &RepoDataRecord, name: &str| record.package_record.name.as_normalized() == name;
    names
        .into_iter()
        .map(|name| {
            let ours = ours.iter().find(|record| is(record, &name));
            let theirs: Option<&RepoDataRecord> = theirs
                .iter()
                .map(Borrow::borrow)
                .find(|record| is(record, &name));
            let order = ours.zip(theirs).map(|(ours, theirs)| {
                ours.package_record
                    .version
                    .cmp(&theirs.package_record.version)
            });
            Requested {
                name,
                ours: ours.map(|record| release(record)),
                theirs: theirs.map(release),
                order,
            }
        })
        .collect()
}

fn release(record: &RepoDataRecord) -> (String, String) {
    (
        record.package_record.version.to_string(),
        record.package_record.build.to_string(),
    )
}
