//! What a native lock holds.

use std::borrow::Borrow;

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, Subdir};
use rsp_lock_spec::{BasePolicy, ChannelPriority, DependencyEditKind, Strategy};
use serde::Deserialize;

use super::{
    cutoff::LockedCutoff,
    read::{kind_word, list_word, policy_word, priority_word, strategy_word, subdir_word},
    record::RawPackage,
};

/// The schema that the first line of a native lock names.
pub const SCHEMA: &str = "rsp-lock";
/// The version of the schema that this crate writes and reads.
pub const VERSION: i64 = 1;

/// A native lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeLock {
    /// The program that made it, such as `rsp-lock 0.4.0`.
    pub tool: String,
    /// The environments, sorted by name.
    pub environments: Vec<LockedEnvironment>,
}

impl NativeLock {
    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Option<&LockedEnvironment> {
        self.environments
            .iter()
            .find(|environment| environment.name == name)
    }
}

/// One environment on all its platforms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    from = "FlatEnvironment"
)]
pub struct LockedEnvironment {
    /// Its name.
    pub name: String,
    /// The digest of [`Self::request`], notes and origins left out.
    pub request_digest: String,
    /// What was asked for.
    pub request: LockedRequest,
    /// What "best" meant to the solver that made the lock.
    pub objective: String,
    /// The platforms, sorted by name.
    pub platforms: Vec<LockedPlatform>,
}

impl LockedEnvironment {
    /// The platform of this name.
    pub fn platform(&self, name: &str) -> Option<&LockedPlatform> {
        self.platforms.iter().find(|platform| platform.name == name)
    }
}

/// What was asked for, as far as it decides about the solution, with the reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedRequest {
    /// The channels as they were written, highest priority first, secrets taken out.
    pub channels: Vec<String>,
    /// What their order meant.
    pub channel_priority: ChannelPriority,
    /// Which end of a version range was best.
    pub strategy: Strategy,
    /// The environment this one is built on.
    pub base: Option<LockedBase>,
    /// Cutoffs: as asked for, and as points in time.
    pub exclude_newer: Vec<LockedCutoff>,
    /// What the environment must contain, sorted.
    pub requirements: Vec<LockedRequirement>,
    /// What must hold for a package if it is there, sorted.
    pub constraints: Vec<LockedRequirement>,
    /// Dependencies that are replaced, in the order of the request.
    pub overrides: Vec<LockedOverride>,
    /// Dependencies that are added or dropped, in the order of the request.
    pub dependencies: Vec<LockedEdit>,
    /// What stays with pip, sorted.
    pub pip: Vec<LockedPip>,
}

/// Why a line is in the request, and which file it stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedNote {
    /// The file's name without its directory, or `command line`. Line numbers
    /// are left out: they move without anything having changed.
    pub from: Option<String>,
    /// The reason in words.
    pub reason: Option<String>,
    /// A ticket.
    pub ticket: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When to look at it again, as `YYYY-MM-DD`.
    pub review: Option<String>,
}

/// A requirement or a constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedRequirement {
    /// The spec in normal form.
    pub spec: String,
    /// As it was written, where that differs.
    pub written: Option<String>,
    /// The group it stands in.
    pub group: Option<String>,
    /// The platform names or subdirs it applies to, sorted; empty means all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// May be locked anew without anything else moving.
    #[serde(default)]
    pub float: bool,
    /// Raised above other requirements when versions compete.
    #[serde(default)]
    pub priority: i32,
    /// Applies only if the base has no record of this name.
    #[serde(default)]
    pub if_missing: bool,
    /// If the package cannot be had, what it depends on may stand in for it.
    #[serde(default)]
    pub expand: bool,
    /// Why it is there.
    #[serde(default)]
    pub note: LockedNote,
}

/// A dependency that is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedOverride {
    /// What stands there instead, in normal form.
    pub spec: String,
    /// The records it acts on, in normal form; all if `None`.
    pub dependents: Option<String>,
    /// The condition under which it is no longer needed.
    pub until: Option<String>,
    /// Why it is there.
    #[serde(default)]
    pub note: LockedNote,
}

/// A dependency that is added or dropped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedEdit {
    /// Added or dropped.
    #[serde(deserialize_with = "kind_word")]
    pub kind: DependencyEditKind,
    /// The dependency, in normal form.
    pub spec: String,
    /// The records it acts on, in normal form.
    pub dependents: String,
    /// Why it is there.
    #[serde(default)]
    pub note: LockedNote,
}

/// What stays with pip.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedPip {
    /// The line as pip reads it.
    pub line: String,
    /// Why it is there.
    #[serde(default)]
    pub note: LockedNote,
}

/// The environment that another is built on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedBase {
    /// The lockfile or prefix as it was written, if it is one.
    pub lock: Option<String>,
    /// The spec in normal form, if it is one.
    pub spec: Option<String>,
    /// How far it may move.
    #[serde(deserialize_with = "policy_word")]
    pub policy: BasePolicy,
    /// The digest of the base's bytes when the lock was made.
    pub digest: Option<String>,
}

/// One platform of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedPlatform {
    /// Its name in file names and reports.
    pub name: String,
    /// Its conda subdir.
    #[serde(deserialize_with = "subdir_word")]
    pub subdir: Subdir,
    /// What the platform was assumed to offer, sorted by name.
    #[serde(default)]
    pub virtual_packages: Vec<GenericVirtualPackage>,
    /// The digest of the explicit file that was written with this lock.
    pub explicit_digest: Option<String>,
    /// The channels that records came from, in the order of the request.
    #[serde(default, rename = "channel")]
    pub channels: Vec<LockedChannel>,
    /// Where overrides and edits acted.
    #[serde(default, rename = "applied-override")]
    pub applied_overrides: Vec<AppliedOverride>,
    /// The packages, sorted by name.
    #[serde(default, rename = "package")]
    pub packages: Vec<LockedPackage>,
}

/// What was taken from a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedChannel {
    /// The channel as it was written.
    pub channel: String,
    /// Its canonical URL, as the records have it.
    pub url: String,
    /// How many packages came from it.
    pub packages: usize,
    /// [`crate::records_digest`] of their records.
    pub digest: String,
}

/// Which list of a record an override acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppliedIn {
    /// `depends`.
    #[default]
    Depends,
    /// `constrains`.
    Constrains,
}

/// A dependency or constraint of a locked record that was replaced, added or dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AppliedOverride {
    /// The URL of the record.
    pub url: String,
    /// Which list of the record it stands in.
    #[serde(deserialize_with = "list_word", rename = "in")]
    pub list: AppliedIn,
    /// The dependency as the record has it; `None` if one was added.
    pub original: Option<String>,
    /// What stands there instead; `None` if it was dropped.
    pub replacement: Option<String>,
}

/// A locked package: the record as it was, and who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawPackage")]
pub struct LockedPackage {
    /// The record, with its canonical channel URL.
    pub record: RepoDataRecord,
    /// The requirements that name it, in normal form, sorted.
    pub requested: Vec<String>,
    /// The names of the locked packages that depend on it, sorted.
    pub required_by: Vec<String>,
}

impl Borrow<RepoDataRecord> for LockedPackage {
    fn borrow(&self) -> &RepoDataRecord {
        &self.record
    }
}

/// The form of an environment in the text, where the request is not nested.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FlatEnvironment {
    name: String,
    request_digest: String,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(deserialize_with = "priority_word")]
    channel_priority: ChannelPriority,
    #[serde(deserialize_with = "strategy_word")]
    strategy: Strategy,
    objective: String,
    base: Option<LockedBase>,
    #[serde(default)]
    exclude_newer: Vec<LockedCutoff>,
    #[serde(default, rename = "requirement")]
    requirements: Vec<LockedRequirement>,
    #[serde(default, rename = "constraint")]
    constraints: Vec<LockedRequirement>,
    #[serde(default, rename = "override")]
    overrides: Vec<LockedOverride>,
    #[serde(default, rename = "dependency")]
    dependencies: Vec<LockedEdit>,
    #[serde(default)]
    pip: Vec<LockedPip>,
    #[serde(default, rename = "platform")]
    platforms: Vec<LockedPlatform>,
}

impl From<FlatEnvironment> for LockedEnvironment {
    fn from(flat: FlatEnvironment) -> Self {
        Self {
            name: flat.name,
            request_digest: flat.request_digest,
            objective: flat.objective,
            platforms: flat.platforms,
            request: LockedRequest {
                channels: flat.channels,
                channel_priority: flat.channel_priority,
                strategy: flat.strategy,
                base: flat.base,
                exclude_newer: flat.exclude_newer,
                requirements: flat.requirements,
                constraints: flat.constraints,
                overrides: flat.overrides,
                dependencies: flat.dependencies,
                pip: flat.pip,
            },
        }
    }
}
