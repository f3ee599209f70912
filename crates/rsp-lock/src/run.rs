//! What came of a run.

use std::{sync::Arc, time::Duration};

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use rsp_lock_file::native::LockedCutoff;
use rsp_lock_solve::{Choice, Conflict};
use rsp_lock_spec::{PlatformRequest, Requirement};
use rsp_lock_verify::Finding;

use crate::{
    addition::Additions, expand::Expanded, float::Floated, held::Held, lockfiles::Rendered,
    rung::BaseRun, suspicion::Suspicion,
};

/// What came of a request, platform by platform.
#[derive(Clone, Debug)]
pub struct LockRun {
    /// The name of the environment.
    pub environment: String,
    /// In the order of the request.
    pub platforms: Vec<PlatformRun>,
    /// `exclude-newer` as points in time.
    pub cutoffs: Vec<LockedCutoff>,
    /// The digest of the base's bytes, if there is a base and it is a file or prefix.
    pub base_digest: Option<String>,
    /// How long all of it took.
    pub elapsed: Duration,
}

/// What came of one platform.
#[derive(Clone, Debug)]
pub struct PlatformRun {
    /// The platform.
    pub platform: PlatformRequest,
    /// What it was assumed to offer.
    pub virtual_packages: Vec<GenericVirtualPackage>,
    /// The channels it was solved from, highest priority first.
    pub channels: Vec<ChannelFacts>,
    /// The requirements that apply to it; a [`Conflict`] counts in these.
    pub requirements: Vec<Requirement>,
    /// The constraints that apply to it; a [`Conflict`] counts in these.
    pub constraints: Vec<Requirement>,
    /// The records that had to stay; a [`Conflict`] counts in these.
    pub pinned: Vec<RepoDataRecord>,
    /// What it was built on.
    pub base: Option<BaseRun>,
    /// What became of the packages that float, if there are any.
    pub floated: Option<Floated>,
    /// Requirements that could not be had, and whose dependencies stand in for them.
    pub expanded: Vec<Expanded>,
    /// The outcome.
    pub outcome: PlatformOutcome,
    /// How long each phase took.
    pub timings: Timings,
}

/// What a channel offered.
#[derive(Clone, Debug)]
pub struct ChannelFacts {
    /// The channel as the request writes it.
    pub name: String,
    /// What [`RepoDataRecord::channel`] says in its records.
    pub url: String,
    /// How many records were looked at.
    pub records: usize,
    /// Records that could not be used: subdir and file name, and why.
    pub rejected: Vec<(String, String)>,
    /// Records that no cutoff can judge, for they have no timestamp; such records
    /// are not seen where there is a cutoff.
    pub without_timestamp: usize,
    /// Subdirs that the channel does not have.
    pub missing_subdirs: Vec<String>,
}

/// How long each phase of a platform took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Reading the channels.
    pub load: Duration,
    /// Solving.
    pub solve: Duration,
    /// Checking the answer, and working out what is told of it; with what is rendered beside that
    /// (see [`LockOptions::rendering`](crate::LockOptions::rendering)).
    pub verify: Duration,
    /// Explaining what was chosen, where that was asked for.
    pub explain: Duration,
}

/// The outcome of one platform.
#[derive(Clone, Debug)]
pub enum PlatformOutcome {
    /// Solved; whether the answer is right is [`Answer::is_verified`].
    Solved(Answer),
    /// There is no solution.
    Unsolvable {
        /// Why.
        conflict: Conflict,
        /// Why, in about ten lines of text.
        said: String,
    },
    /// The time limit passed.
    TimedOut,
    /// The caller cancelled.
    Cancelled,
}

/// A solution, and what is to be said about it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// One record a name, sorted by name.
    pub records: Vec<Arc<RepoDataRecord>>,
    /// What the check found.
    pub findings: Vec<Finding>,
    /// What came on top of the requirement that brings most.
    pub additions: Additions,
    /// Packages that are older than the channels' newest, by name.
    pub held: Vec<Held>,
    /// What would be better than what was chosen and why it was refused, by name; only where
    /// [`LockOptions::explain_choice`](crate::LockOptions::explain_choice) asks for it.
    pub choices: Option<Vec<Choice>>,
    /// What nobody may have meant, compared with the base or the previous lock.
    pub suspicions: Vec<Suspicion>,
    /// How many records of the previous lock are in it, unchanged.
    pub kept: usize,
    /// Records of the previous lock that the channels no longer have, as file names.
    pub withdrawn: Vec<String>,
    /// Records of the previous lock that the channels have with another hash, as file names:
    /// somebody replaced the file, or edited the lock.
    pub replaced: Vec<String>,
    /// Its explicit file, where [`LockOptions::rendering`](crate::LockOptions::rendering) asks for
    /// it and it can be written.
    pub(crate) rendered: Option<Box<Rendered>>,
}

impl Answer {
    /// Whether the check found nothing wrong. An answer that is not verified is a
    /// bug of the solver and is never written down.
    pub fn is_verified(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity() < rsp_lock_verify::Severity::Error)
    }

    /// How many bytes all its packages are to download, and how many packages have no size.
    pub fn download(&self) -> (u64, usize) {
        let sizes = self.records.iter().map(|record| record.package_record.size);
        sizes.fold((0, 0), |(bytes, unknown), size| match size {
            Some(size) => (bytes + size, unknown),
            None => (bytes, unknown + 1),
        })
    }
}

/// What came of a whole run: of all platforms, the outcome that weighs most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunOutcome {
    /// All platforms are solved and verified.
    Solved,
    /// A time limit passed.
    TimedOut,
    /// A platform has no solution.
    Unsolvable,
    /// The caller cancelled.
    Cancelled,
    /// An answer did not pass the check: a bug.
    Refuted,
}

impl PlatformRun {
    /// Its outcome in one word.
    pub fn verdict(&self) -> RunOutcome {
        match &self.outcome {
            PlatformOutcome::Solved(answer) if answer.is_verified() => RunOutcome::Solved,
            PlatformOutcome::Solved(_) => RunOutcome::Refuted,
            PlatformOutcome::Unsolvable { .. } => RunOutcome::Unsolvable,
            PlatformOutcome::TimedOut => RunOutcome::TimedOut,
            PlatformOutcome::Cancelled => RunOutcome::Cancelled,
        }
    }

    /// The answer, if there is one.
    pub fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            PlatformOutcome::Solved(answer) => Some(answer),
            _ => None,
        }
    }
}

impl LockRun {
    /// Of all platforms, the outcome that weighs most.
    pub fn verdict(&self) -> RunOutcome {
        self.platforms
            .iter()
            .map(PlatformRun::verdict)
            .max()
            .unwrap_or(RunOutcome::Solved)
    }

    /// The platform of this name.
    pub fn platform(&self, name: &str) -> Option<&PlatformRun> {
        self.platforms.iter().find(|run| run.platform.name == name)
    }
}
