//! Whether a native lock still fits its request: without network, solver, clock or write.
//!
//! Each difference is a [`Staleness`] with its data; [`text()`] gives the sentence.
//! What decides about the solution is compared (specs in normal form, channels,
//! platforms, cutoffs as they were asked for), never how or where it was written:
//! reasons, tickets, comments and line numbers may change freely.

mod files;
mod integrity;
mod lines;
mod platforms;
mod text;

use rattler_conda_types::RepoDataRecord;
use rsp_lock_spec::{ChannelPriority, Origin, Request, Strategy};

pub use files::{check_base, check_explicit};
pub use text::text;

use crate::{
    native::{CutoffScope, LockedEnvironment, NativeLock},
    without_secrets,
};

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
            Self::RecordsEdited { .. } => "records-edited",
            Self::DependencyUnsatisfied { .. } => "dependency-unsatisfied",
            Self::ConstrainsViolated { .. } => "constrains-violated",
            Self::ExplicitDiffers { .. } => "explicit-differs",
            Self::ExplicitEdited { .. } => "explicit-edited",
            Self::ExplicitBroken { .. } => "explicit-broken",
        }
    }
}

/// Every reason why the lock does not fit the request, in a fixed order; empty if it fits.
///
/// A duration in `exclude-newer` is compared as it was asked for: the point in
/// time that it became stays what it is until an update. The bytes of files
/// beside the lock are compared by [`check_explicit`] and [`check_base`].
pub fn check(request: &Request, lock: &NativeLock) -> Vec<Staleness> {
    let mut found = Vec::new();
    let Some(environment) = environment(request, lock, &mut found) else {
        return found;
    };
    channels(request, environment, &mut found);
    let locked = &environment.request;
    let (priority, strategy) = (
        request.channel_priority.unwrap_or_default(),
        request.strategy.unwrap_or_default(),
    );
    if locked.channel_priority != priority {
        found.push(Staleness::ChannelPriorityChanged {
            locked: locked.channel_priority,
            asked: priority,
        });
    }
    if locked.strategy != strategy {
        found.push(Staleness::StrategyChanged {
            locked: locked.strategy,
            asked: strategy,
        });
    }
    lines::exclude_newer(request, environment, &mut found);
    lines::base(request, environment, &mut found);
    lines::lines(request, environment, &mut found);
    platforms::platforms(request, environment, &mut found);
    platforms::satisfied(request, environment, &mut found);
    integrity::integrity(environment, &mut found);
    found
}

/// The environment of the lock that the request is about.
fn environment<'l>(
    request: &Request,
    lock: &'l NativeLock,
    found: &mut Vec<Staleness>,
) -> Option<&'l LockedEnvironment> {
    let Some(asked) = &request.environment else {
        return lock.environments.first();
    };
    if let Some(environment) = lock.environment(asked) {
        return Some(environment);
    }
    match lock.environments.as_slice() {
        [only] => {
            found.push(Staleness::NameChanged {
                locked: only.name.clone(),
                asked: asked.clone(),
            });
            Some(only)
        }
        several => {
            found.push(Staleness::EnvironmentMissing {
                asked: asked.clone(),
                locked: several
                    .iter()
                    .map(|environment| environment.name.clone())
                    .collect(),
            });
            None
        }
    }
}

/// A record as people name it: `name version build`.
fn shown(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!(
        "{} {} {}",
        package.name.as_normalized(),
        package.version,
        package.build
    )
}

fn channels(request: &Request, environment: &LockedEnvironment, found: &mut Vec<Staleness>) {
    let locked = &environment.request.channels;
    let asked: Vec<String> = request
        .channels
        .iter()
        .map(|channel| without_secrets(&channel.text))
        .collect();
    for (channel, text) in request.channels.iter().zip(&asked) {
        if !locked.contains(text) {
            found.push(Staleness::ChannelAdded {
                channel: text.clone(),
                origin: channel.origin.clone(),
            });
        }
    }
    for channel in locked.iter().filter(|channel| !asked.contains(channel)) {
        found.push(Staleness::ChannelRemoved {
            channel: channel.clone(),
        });
    }
    let in_both = |channels: &[String], other: &[String]| -> Vec<String> {
        channels
            .iter()
            .filter(|channel| other.contains(channel))
            .cloned()
            .collect()
    };
    if in_both(locked, &asked) != in_both(&asked, locked) {
        found.push(Staleness::ChannelsReordered {
            locked: locked.clone(),
            asked,
        });
    }
}
