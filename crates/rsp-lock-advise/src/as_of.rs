//! A rebuild as of a date against what there really was.

use std::{borrow::Borrow, collections::BTreeSet};

use rattler_conda_types::RepoDataRecord;

/// A package that an environment had at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Was {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its build, where that was written down.
    pub build: Option<String>,
}

/// A rebuild compared with what there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsOf {
    /// How many packages are the same.
    pub same: usize,
    /// Packages that are another version or build, and those that are not needed: the
    /// name, what it was, and what it is.
    pub differs: Vec<(String, String, Option<String>)>,
    /// Packages that there were not: name, version and build.
    pub new: Vec<String>,
    /// Of what there was, what the channels no longer have: name, version and build.
    pub missing: Vec<String>,
}

/// Compares. `today` are the channels' records of the names in question.
pub fn as_of(was: &[Was], is: &[impl Borrow<RepoDataRecord>], today: &[RepoDataRecord]) -> AsOf {
    let is: Vec<&RepoDataRecord> = is.iter().map(Borrow::borrow).collect();
    let mut found = AsOf::default();
    for old in was {
        let text = match &old.build {
            Some(build) => format!("{} {build}", old.version),
            None => old.version.clone(),
        };
        if !today.iter().any(|record| is_it(old, record)) {
            found.missing.push(format!("{} {text}", old.name));
        }
        let mut now = is.iter().copied();
        let now = now.find(|record| record.package_record.name.as_normalized() == old.name);
        match now {
            Some(record) if is_it(old, record) => found.same += 1,
            _ => found
                .differs
                .push((old.name.clone(), text, now.map(version_and_build))),
        }
    }
    let names: BTreeSet<&str> = was.iter().map(|old| old.name.as_str()).collect();
    found.new = is
        .iter()
        .filter(|record| !names.contains(record.package_record.name.as_normalized()))
        .map(|record| {
            let name = record.package_record.name.as_normalized();
            format!("{name} {}", version_and_build(record))
        })
        .collect();
    found
}

fn is_it(was: &Was, record: &RepoDataRecord) -> bool {
    let package = &record.package_record;
    let is_build = |build: &String| package.build.as_str() == build.as_str();
    package.name.as_normalized() == was.name
        && package.version.to_string() == was.version
        && was.build.as_ref().is_none_or(is_build)
}

fn version_and_build(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!("{} {}", package.version, package.build)
}
