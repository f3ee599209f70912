//! The reasons why a lock does not fit its request: typed, with their data.

use rsp_lock_spec::{ChannelPriority, Origin, Strategy};

use crate::native::CutoffScope;

/// Which list of the request a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// What the environment must contain.
    Requirement,
    /// What must hold for a package if it is there.
    Constraint,
    /// A dependency that is replaced.
    Override,
    /// A dependency that is added or dropped.
    Dependency,
    /// What stays with pip.
    Pip,
}

/// One reason why a lock does not fit its request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Staleness {
    /// The lock has several environments, none of this name.
    EnvironmentMissing {
        /// The name that is asked for.
        asked: String,
        /// The names in the lock.
        locked: Vec<String>,
    },
    /// The lock's one environment has another name.
    NameChanged {
        /// The name in the lock.
        locked: String,
        /// The name that is asked for.
        asked: String,
    },
    /// A channel is asked for that the lock was made without.
    ChannelAdded {
        /// As it is written, secrets taken out.
        channel: String,
        /// Where it is written.
        origin: Origin,
    },
    /// The lock was made with a channel that is not asked for any more.
    ChannelRemoved {
        /// As it was written.
        channel: String,
    },
    /// The channels have another order.
    ChannelsReordered {
        /// In the lock.
        locked: Vec<String>,
        /// In the request.
        asked: Vec<String>,
    },
    /// The order of the channels means something else.
    ChannelPriorityChanged {
        /// In the lock.
        locked: ChannelPriority,
        /// In the request.
        asked: ChannelPriority,
    },
    /// Another end of the version ranges is best.
    StrategyChanged {
        /// In the lock.
        locked: Strategy,
        /// In the request.
        asked: Strategy,
    },
    /// A cutoff was added, removed or changed.
    ExcludeNewerChanged {
        /// What it applies to.
        scope: CutoffScope,
        /// As it was asked for when the lock was made.
        locked: Option<String>,
        /// As it is asked for now.
        asked: Option<String>,
    },
    /// The base is another, may move further or less far, or its bytes changed.
    BaseChanged {
        /// In the lock.
        locked: Option<String>,
        /// In the request.
        asked: Option<String>,
    },
    /// A line was added to the request.
    LineAdded {
        /// To which list.
        kind: LineKind,
        /// In normal form.
        line: String,
        /// Where it is written.
        origin: Origin,
    },
    /// A line was removed from the request.
    LineRemoved {
        /// From which list.
        kind: LineKind,
        /// In normal form.
        line: String,
        /// The file it stood in.
        from: Option<String>,
    },
    /// A line of the request says something else about the same package.
    LineChanged {
        /// In which list.
        kind: LineKind,
        /// In the lock, in normal form.
        locked: String,
        /// In the request, in normal form.
        asked: String,
        /// Where it is written.
        origin: Origin,
    },
    /// The overrides have another order; the first that fits counts.
    OverridesReordered,
    /// A platform is asked for that the lock does not have.
    PlatformAdded {
        /// Its name.
        platform: String,
        /// Where it is written.
        origin: Origin,
    },
    /// The lock has a platform that is not asked for any more.
    PlatformRemoved {
        /// Its name.
        platform: String,
    },
    /// A platform of the same name has another subdir.
    SubdirChanged {
        /// The name of the platform.
        platform: String,
        /// In the lock.
        locked: String,
        /// In the request.
        asked: String,
    },
    /// A platform is assumed to offer something else.
    VirtualPackagesChanged {
        /// The name of the platform.
        platform: String,
        /// What only the lock has.
        locked: Vec<String>,
        /// What only the request has.
        asked: Vec<String>,
    },
    /// A requirement that the locked packages do not satisfy.
    RequirementUnsatisfied {
        /// The name of the platform.
        platform: String,
        /// The requirement in normal form.
        spec: String,
        /// What is locked of that name, as `name version build`; `None` if nothing is.
        locked: Option<String>,
        /// Where it is written.
        origin: Origin,
    },
    /// A constraint that a locked package violates.
    ConstraintViolated {
        /// The name of the platform.
        platform: String,
        /// The constraint in normal form.
        spec: String,
        /// The locked package as `name version build`.
        locked: String,
        /// Where it is written.
        origin: Origin,
    },
    /// There is no lock.
    LockMissing,
    /// The part of the lock that repeats the request is not what was written.
    RequestEdited,
    /// The records of a channel are not what was written.
    RecordsEdited {
        /// The name of the platform.
        platform: String,
        /// The URL of the channel.
        channel: String,
    },
    /// A dependency of a locked package that the lock does not satisfy.
    DependencyUnsatisfied {
        /// The name of the platform.
        platform: String,
        /// The package as `name version build`.
        package: String,
        /// Its dependency.
        dependency: String,
        /// What is locked of that name, or the virtual package; `None` if there is none.
        locked: Option<String>,
    },
    /// A locked package that another locked package does not go with.
    ConstrainsViolated {
        /// The name of the platform.
        platform: String,
        /// The package that has the constraint, as `name version build`.
        package: String,
        /// Its constraint.
        constraint: String,
        /// The locked package that violates it.
        locked: String,
    },
    /// An explicit file lists other packages, or other hashes, than the lock.
    ExplicitDiffers {
        /// The name of the platform.
        platform: String,
        /// Files that are locked and not listed, or with another hash.
        missing: Vec<String>,
        /// Files that are listed and not locked, or with another hash.
        unexpected: Vec<String>,
    },
    /// An explicit file lists the packages of the lock, but has other bytes than were written.
    ExplicitEdited {
        /// The name of the platform.
        platform: String,
    },
    /// An explicit file cannot be read any more.
    ExplicitBroken {
        /// The name of the platform.
        platform: String,
        /// Why.
        message: String,
    },
}

impl Staleness {
    /// A stable word for the reason, for JSON and for the names of test cases.
    pub fn kind(&self) -> &'static str {
        use LineKind::{Constraint, Dependency, Override, Pip, Requirement};
        match self {
            Self::EnvironmentMissing { .. } => "environment-missing",
            Self::NameChanged { .. } => "name-changed",
            Self::ChannelAdded { .. } => "channel-added",
            Self::ChannelRemoved { .. } => "channel-removed",
            Self::ChannelsReordered { .. } => "channels-reordered",
            Self::ChannelPriorityChanged { .. } => "channel-priority-changed",
            Self::StrategyChanged { .. } => "strategy-changed",
            Self::ExcludeNewerChanged { .. } => "exclude-newer-changed",
            Self::BaseChanged { .. } => "base-changed",
            Self::LineAdded { kind, .. } => match kind {
                Requirement => "requirement-added",
                Constraint => "constraint-added",
                Override => "override-added",
                Dependency => "dependency-added",
                Pip => "pip-added",
            },
            Self::LineRemoved { kind, .. } => match kind {
                Requirement => "requirement-removed",
                Constraint => "constraint-removed",
                Override => "override-removed",
                Dependency => "dependency-removed",
                Pip => "pip-removed",
            },
            Self::LineChanged { kind, .. } => match kind {
                Requirement => "requirement-changed",
                Constraint => "constraint-changed",
                Override => "override-changed",
                Dependency => "dependency-changed",
                Pip => "pip-changed",
            },
            Self::OverridesReordered => "overrides-reordered",
            Self::PlatformAdded { .. } => "platform-added",
            Self::PlatformRemoved { .. } => "platform-removed",
            Self::SubdirChanged { .. } => "subdir-changed",
            Self::VirtualPackagesChanged { .. } => "virtual-packages-changed",
            Self::RequirementUnsatisfied { .. } => "requirement-unsatisfied",
            Self::ConstraintViolated { .. } => "constraint-violated",
            Self::RequestEdited => "request-edited",
            Self::LockMissing => "lock-missing",
            Self::RecordsEdited { .. } => "records-edited",
            Self::DependencyUnsatisfied { .. } => "dependency-unsatisfied",
            Self::ConstrainsViolated { .. } => "constrains-violated",
            Self::ExplicitDiffers { .. } => "explicit-differs",
            Self::ExplicitEdited { .. } => "explicit-edited",
            Self::ExplicitBroken { .. } => "explicit-broken",
        }
    }
}
