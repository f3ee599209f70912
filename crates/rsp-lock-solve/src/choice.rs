//! Why a solution does not have better versions: facts, not words.

use rattler_conda_types::PackageName;

use crate::{conflict::Line, exclusion::Exclusion};

/// A package of a solution of which there is a better candidate than the one chosen.
///
/// A candidate is better than another if the solver would rather have it: the one that is
/// locked, else the newer version (the older one where the strategy wants that). Candidates of
/// one version count as equally good here, whatever their builds.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What was chosen.
    pub chosen: Package,
    /// What would be better, each refused. Never empty: the locked record if that had to move,
    /// then the best version that the channels have at all, then, where a rule excludes that
    /// one, the best version that the rules let through.
    pub better: Vec<Better>,
}

/// A record, as far as people tell records apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Its name.
    pub name: PackageName,
    /// Its version, as written.
    pub version: String,
    /// Its build.
    pub build: String,
}

/// A better candidate, and why it was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Better {
    /// The candidate: of the builds of its version the one that least speaks against, else
    /// the one that is preferred. A version is refused if each of its builds is; what speaks
    /// against the others is not told.
    pub package: Package,
    /// Whether it is the record that was to be kept where possible.
    pub is_locked: bool,
    /// Why it was refused, most telling first. Never empty.
    pub reasons: Vec<Reason>,
}

/// Why a better candidate was refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// A rule of the problem keeps it out of reach.
    Excluded(Exclusion),
    /// Its version is better, yet the solver prefers the one chosen: it stands in an earlier
    /// channel.
    LaterChannel {
        /// The earlier one, as [`ChannelRecords::name`](crate::ChannelRecords::name).
        first: String,
    },
    /// Its version is better, yet the solver prefers the one chosen, which tracks no features.
    TracksFeatures,
    /// A line of the problem does not allow it: a requirement, a constraint or a pin.
    Line(Line),
    /// A record of the solution states what it does not meet.
    Stated {
        /// The record.
        by: Package,
        /// What the record states, overrides and edits applied.
        demand: Stated,
    },
    /// It states itself what a record of the solution does not meet.
    Needs {
        /// What it states, overrides and edits applied.
        demand: Stated,
        /// The record of the solution.
        there: Package,
    },
    /// It needs what neither the channels nor the platform offer, as far as rules allow.
    NotOffered {
        /// What it states, overrides and edits applied.
        demand: Stated,
    },
    /// The chosen one was locked, and nothing forced it to move.
    Locked,
    /// It cannot be had together with these records of the solution, though nothing that it or
    /// they state shows it alone. Without any it cannot be had at all.
    Together {
        /// The records, by name.
        with: Vec<Package>,
    },
    /// All else could stay, but these would come in beside it (among other ways), and of those
    /// that come earlier in the solver's order it would not have the best.
    BringsIn {
        /// What comes in, by name.
        packages: Vec<Package>,
    },
    /// All else could stay and nothing would come in. Our own solver never leaves such a
    /// candidate, but others do, and so does who moves a base as little as possible.
    Fits,
    /// The time limit passed, or the caller cancelled, before it was known.
    Unknown,
}

/// A dependency or constraint of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The spec, overrides and edits applied.
    pub spec: String,
    /// Whether it only counts if the name is there for another reason.
    pub only_if_present: bool,
    /// The override or edit that put it there, if the record says something else.
    pub rule: Option<Line>,
}
