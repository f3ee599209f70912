//! How the answers for several platforms differ.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::LockRun;

/// A package that not every platform has, or not in the same version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformDifference {
    /// Its name.
    pub name: String,
    /// Whether a line of the request names it, for any platform.
    pub is_requested: bool,
    /// Every platform that is solved, in the order of the run, with the version it has.
    pub versions: Vec<(String, Option<String>)>,
}

impl PlatformDifference {
    /// The platforms that have it in any version, and those that lack it.
    pub fn presence(&self) -> (Vec<&str>, Vec<&str>) {
        let having = |is_there: bool| {
            let versions = self.versions.iter();
            versions
                .filter(move |(_, version)| version.is_some() == is_there)
                .map(|(platform, _)| platform.as_str())
                .collect()
        };
        (having(true), having(false))
    }
}

/// What differs between the platforms of a run that are solved, by name.
///
/// Names and versions are compared: builds differ from platform to platform by nature.
pub fn platform_differences(run: &LockRun) -> Vec<PlatformDifference> {
    let mut requested: BTreeSet<&str> = BTreeSet::new();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut solved: Vec<(&str, BTreeMap<&str, String>)> = Vec::new();
    for platform in &run.platforms {
        let lines = platform.requirements.iter();
        requested.extend(lines.map(|line| line.name().as_normalized()));
        let Some(answer) = platform.answer() else {
            continue;
        };
        let records = answer.records.iter().map(|record| &record.package_record);
        let versions: BTreeMap<&str, String> = records
            .map(|record| (record.name.as_normalized(), record.version.to_string()))
            .collect();
        names.extend(versions.keys());
        solved.push((&platform.platform.name, versions));
    }
    let of = |name: &str| -> Vec<(String, Option<String>)> {
        let versions = solved.iter();
        versions
            .map(|(platform, versions)| ((*platform).to_owned(), versions.get(name).cloned()))
            .collect()
    };
    names
        .into_iter()
        .filter_map(|name| {
            let versions = of(name);
            let (_, first) = versions.first()?;
            let differs = versions.iter().any(|(_, version)| version != first);
            differs.then(|| PlatformDifference {
                name: name.to_owned(),
                is_requested: requested.contains(name),
                versions,
            })
        })
        .collect()
}
