//! The model of a request: what a person asked for, before any channel is read.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use rattler_conda_types::{GenericVirtualPackage, MatchSpec, PackageName, Subdir};

use crate::origin::Origin;

/// Everything a person asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Name of the environment; file names are made from it.
    pub environment: Option<String>,
    /// Channels in priority order, highest first.
    pub channels: Vec<ChannelRequest>,
    /// What the order of the channels means; `None` where nothing was said (strict).
    pub channel_priority: Option<ChannelPriority>,
    /// Which end of the version range is best; `None` where nothing was said (highest).
    pub strategy: Option<Strategy>,
    /// The platforms to lock for.
    pub platforms: Vec<PlatformRequest>,
    /// What the environment must contain.
    pub requirements: Vec<Requirement>,
    /// What must hold for a package if it is in the environment at all.
    pub constraints: Vec<Requirement>,
    /// Dependencies that are replaced in the records of others.
    pub overrides: Vec<Override>,
    /// Dependencies that are added to, or dropped from, the records of others.
    pub dependencies: Vec<DependencyEdit>,
    /// The environment this one is built on.
    pub base: Option<Base>,
    /// Records newer than this are not seen.
    pub exclude_newer: Option<ExcludeNewer>,
    /// What stays with pip.
    pub pip: Vec<PipRequirement>,
    /// Canonical channel URL prefixes and the places that serve them instead, in order.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// Where the settings that are not lists were written, by their path in
    /// `rsp-lock.toml` (`environment.name`). Says nothing about the request itself.
    pub places: BTreeMap<String, Origin>,
}

/// What the order of the channels means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChannelPriority {
    /// A name comes from the first channel that has it, whatever its versions.
    #[default]
    Strict,
    /// The first channel that has a usable record wins, candidate by candidate.
    Flexible,
    /// The order of the channels means nothing; versions decide.
    Disabled,
}

/// Which end of a version range is best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The newest of everything.
    #[default]
    Highest,
    /// The oldest of everything.
    Lowest,
    /// The oldest of what was asked for, the newest of the rest.
    LowestDirect,
}

/// A channel as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRequest {
    /// A name (`conda-forge`), a label (`conda-forge/label/dev`), a URL or a path.
    ///
    /// A relative path is relative to the file it was written in; the readers
    /// of this crate leave it as it is, the caller knows the directory.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
}

/// A platform to lock for: a name, a subdir and what it is assumed to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformRequest {
    /// Name in file names and reports; the subdir's unless one was given.
    pub name: String,
    /// The conda subdir, such as `linux-64`.
    pub subdir: Subdir,
    /// Changes to the baseline virtual packages of the subdir, in order.
    pub virtual_packages: Vec<VirtualPackageChange>,
    /// Where it was written.
    pub origin: Origin,
}

/// A change to the virtual packages that a platform offers by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VirtualPackageChange {
    /// The platform offers exactly this.
    Set(GenericVirtualPackage),
    /// The platform does not offer it.
    Remove(PackageName),
}

/// Why a line is in the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The reason in words.
    pub reason: Option<String>,
    /// A ticket, such as `DM-55190`.
    pub ticket: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When to look at it again.
    pub review: Option<Date>,
}

/// A package that must be (or, as a constraint, may only be) in the environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The spec. Its name is exact: readers refuse globs and regular expressions.
    pub spec: MatchSpec,
    /// The spec as it was written.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// Why it was written.
    pub note: Note,
    /// The group of requirements it stands in, if any.
    pub group: Option<String>,
    /// The platform names or subdirs it applies to; empty means all.
    pub platforms: Vec<String>,
    /// May be locked anew without anything else moving.
    pub float: bool,
    /// Raised above other requirements when versions compete; 0 by default, higher first.
    pub priority: i32,
    /// Applies only if the base has no record of this name.
    pub if_missing: bool,
    /// If the package cannot be had, what it depends on may stand in for it.
    pub expand: bool,
}

/// A dependency that is replaced wherever it occurs, or in some records only.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The records whose dependency is replaced; `None` means every record.
    pub dependents: Option<MatchSpec>,
    /// What stands there instead. Its name says which dependency is replaced.
    pub spec: MatchSpec,
    /// The override as it was written.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// Why it was written.
    pub note: Note,
    /// The condition under which it is no longer needed, in words or as a spec.
    pub until: Option<String>,
}

/// Whether a dependency is added or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyEditKind {
    /// The dependents get one more dependency.
    Add,
    /// The dependents lose their dependencies of this name.
    Drop,
}

/// A dependency that is added to, or dropped from, the records of others.
#[derive(Clone, Debug, PartialEq)]
pub struct DependencyEdit {
    /// Added or dropped.
    pub kind: DependencyEditKind,
    /// The records that are edited.
    pub dependents: MatchSpec,
    /// The dependency; for [`DependencyEditKind::Drop`] only its name counts.
    pub spec: MatchSpec,
    /// As it was written.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// Why it was written.
    pub note: Note,
}

/// The environment a request builds on.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// What the base is.
    pub source: BaseSource,
    /// How far it may move.
    pub policy: BasePolicy,
    /// Where it was written.
    pub origin: Origin,
}

/// What a base is.
#[derive(Clone, Debug, PartialEq)]
pub enum BaseSource {
    /// A lockfile or an installed prefix, relative to the request file.
    Lock(String),
    /// A spec that is solved first.
    Spec(Box<MatchSpec>),
}

/// How far a base may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BasePolicy {
    /// Every record of the base is in the result, byte for byte.
    #[default]
    Freeze,
    /// The smallest possible number of base records moves.
    MinimalChange,
    /// The base is a preference only.
    Float,
}

/// Records newer than this are not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExcludeNewer {
    /// For every channel and package that has no cutoff of its own.
    pub default: Option<Cutoff>,
    /// Per channel, as the request writes the channel.
    pub channels: BTreeMap<String, Cutoff>,
    /// Per package name.
    pub packages: BTreeMap<String, Cutoff>,
}

/// A point in time, or an age that becomes one when the clock is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cutoff {
    /// Newer than this instant is not seen.
    At(Timestamp),
    /// Younger than this is not seen.
    Age(SignedDuration),
    /// No cutoff, although a wider one exists.
    Never,
}

/// What stays with pip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipRequirement {
    /// The line as pip reads it (PEP 508, or a URL).
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// Why it was written.
    pub note: Note,
}
