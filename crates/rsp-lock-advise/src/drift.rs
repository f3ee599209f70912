//! What solving the same request anew changes, and why.

use std::{borrow::Borrow, collections::BTreeMap};

use rattler_conda_types::RepoDataRecord;

use crate::lines::{Change, changes};

/// Why a package is another one than in the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DriftCause {
    /// The channels no longer have what was locked.
    Gone,
    /// What is taken now is younger than everything in the lock.
    NewUpload,
    /// What is taken now could have been taken then: another change forces it.
    Follows,
}

/// A package that a solve of today takes from elsewhere than the lock does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What changes.
    pub change: Change,
    /// Why.
    pub cause: DriftCause,
}

/// Compares a lock with a solve of today. `today` are the channels' records of the names
/// in question. A lock does not say when it was made; its youngest record bounds that, so
/// that what was published in the hours after it and before the solve counts as new.
pub fn drift(
    locked: &[RepoDataRecord],
    solved: &[impl Borrow<RepoDataRecord>],
    today: &[RepoDataRecord],
) -> Vec<Drift> {
    fn by_name(records: &[impl Borrow<RepoDataRecord>]) -> BTreeMap<&str, &RepoDataRecord> {
        let records = records.iter().map(Borrow::borrow);
        records
            .map(|record: &RepoDataRecord| (record.package_record.name.as_normalized(), record))
            .collect()
    }
    let published = |record: &RepoDataRecord| {
        let package = &record.package_record;
        let timestamp = package.indexed_timestamp.or(package.timestamp);
        timestamp.map(|timestamp| timestamp.jiff_timestamp())
    };
    let youngest = locked.iter().filter_map(published).max();
    let (old, new) = (by_name(locked), by_name(solved));
    changes(locked, solved)
        .into_iter()
        .map(|change| {
            let is_there = |old: &&RepoDataRecord| today.iter().any(|now| now.url == old.url);
            let is_gone = old
                .get(change.name.as_str())
                .is_some_and(|old| !is_there(old));
            let taken = new.get(change.name.as_str());
            let is_new = taken.is_some_and(|record| published(record) > youngest);
            let cause = if is_gone {
                DriftCause::Gone
            } else if is_new {
                DriftCause::NewUpload
            } else {
                DriftCause::Follows
            };
            Drift { change, cause }
        })
        .collect()
}
