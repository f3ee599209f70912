//! Why a problem has no solution: facts, not words.

mod clash;
mod describe;
mod nearest;
mod no_candidate;
mod offer;

use rattler_conda_types::{MatchSpec, PackageName};

pub use describe::describe;

pub(crate) use clash::{Ways, smallest_clash};
pub(crate) use no_candidate::no_candidate;
pub(crate) use offer::Offer;

use crate::exclusion::Exclusion;

/// Why a problem has no solution.
///
/// The facts name the lines of the request that cannot hold together, and what
/// stands between them. Wording is somebody else's task ([`describe()`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conflict {
    /// Lines of the problem that cannot hold together, in the problem's order.
    pub lines: Vec<Line>,
    /// Whether removing any one of `lines` is known to make the rest solvable.
    ///
    /// Overrides and edits are named, but never removed to find out.
    pub minimal: bool,
    /// What stands between the lines, most telling first.
    pub causes: Vec<Cause>,
    /// What a reference solver said in its own words.
    pub said: Option<String>,
}

/// A line of the problem: an index into the list the variant is named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// Of `Problem::requirements`.
    Requirement(usize),
    /// Of `Problem::constraints`.
    Constraint(usize),
    /// Of `Problem::overrides`.
    Override(usize),
    /// Of `Problem::dependencies`.
    Dependency(usize),
    /// Of `Problem::pinned`.
    Pinned(usize),
}

/// One fact that stands in the way.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "a conflict has few causes")]
pub enum Cause {
    /// Something is wanted that no record offers.
    NoCandidate(NoCandidate),
    /// Demands on one name that no single record meets.
    Clash {
        /// The name.
        name: PackageName,
        /// The demands, at least two; without any one of them a record would do.
        demands: Vec<Demand>,
    },
    /// A pinned record that may not be chosen.
    PinMissing {
        /// Index into `Problem::pinned`.
        pinned: usize,
        /// Why, if the channels have the record at all.
        exclusion: Option<Exclusion>,
    },
}

/// Something is wanted that no record offers.
#[derive(Clone, Debug, PartialEq)]
pub struct NoCandidate {
    /// What is wanted.
    pub demand: Demand,
    /// Versions that the channels (or the platform) do have of the name, newest
    /// first, at most ten.
    pub available: Vec<String>,
    /// Why the records that would do are out of reach, with their number, most first.
    pub excluded: Vec<(Exclusion, usize)>,
    /// Records of the name that the channels have and that cannot be read: subdir and file name,
    /// and why, by file.
    pub rejected: Vec<(String, String)>,
    /// Names that exist and look alike, best first, if the name itself is unknown.
    pub nearest: Vec<String>,
}

/// A spec and who wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// The spec.
    pub spec: MatchSpec,
    /// Whether it only counts if the name is there for another reason.
    pub only_if_present: bool,
    /// The override or edit that put it there, if the record says something else.
    pub by: Option<Line>,
    /// From the line of the request (first) to the record that states the spec (last).
    pub chain: Vec<Wanter>,
}

/// A link of the chain from a line of the request to a demand.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanter {
    /// A line of the request.
    Line(Line),
    /// The platform, which offers its virtual packages whether they are wanted or not.
    Platform,
    /// Records of one name that share the demand.
    Records {
        /// Their name.
        name: PackageName,
        /// Their versions with builds (`1.2.3 py313_0`), newest first, at most five.
        versions: Vec<String>,
        /// How many there are in all.
        count: usize,
    },
}
