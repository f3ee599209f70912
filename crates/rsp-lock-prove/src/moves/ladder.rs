//! How far a version is from another: the number of versions between them.

use rattler_conda_types::{RepoDataRecord, VersionWithSource};
use rsp_lock_solve::Problem;
use rsp_lock_spec::{Origin, Requirement, parse_record_spec};

use crate::records::named;

/// The versions of a name, and where on them the base stands.
#[derive(Debug)]
pub(super) struct Ladder {
    name: String,
    /// Ascending, each once.
    versions: Vec<VersionWithSource>,
    at: usize,
}

impl Ladder {
    /// The versions that the channels have of the name of `base`.
    pub(super) fn new(problem: &Problem<'_>, base: &RepoDataRecord) -> Self {
        let package = &base.package_record;
        let records = named(problem, &package.name);
        let mut versions: Vec<VersionWithSource> = records
            .into_iter()
            .map(|record| record.package_record.version.clone())
            .chain([package.version.clone()])
            .collect();
        versions.sort();
        versions.dedup_by(|a, b| a.version() == b.version());
        let at = versions.partition_point(|version| version.version() < package.version.version());
        Self {
            name: package.name.as_normalized().to_owned(),
            versions,
            at,
        }
    }

    /// The most steps that lead to any version.
    pub(super) fn reach(&self) -> usize {
        self.at
            .max((self.versions.len().saturating_sub(1)).saturating_sub(self.at))
    }

    /// The versions at most so many steps away, as a line; `None` if that cannot be written.
    pub(super) fn within(&self, steps: usize) -> Option<Requirement> {
        let low = self.versions.get(self.at.saturating_sub(steps))?;
        let last = self.versions.len().checked_sub(1)?;
        let high = self.versions.get((self.at + steps).min(last))?;
        let text = format!("{} >={},<={}", self.name, low.version(), high.version());
        let spec = parse_record_spec(&text).ok()?;
        Some(Requirement::new(spec, text, Origin::command_line()))
    }

    /// How many steps a version is away.
    pub(super) fn steps_to(&self, version: &VersionWithSource) -> usize {
        let at = self
            .versions
            .partition_point(|other| other.version() < version.version());
        at.abs_diff(self.at)
    }
}
