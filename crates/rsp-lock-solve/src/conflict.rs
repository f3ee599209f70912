//! Why a problem has no solution: facts, not words.

use rattler_conda_types::{MatchSpec, PackageName};

/// Why a problem has no solution.
///
/// The facts name the lines of the request that cannot hold together, and what
/// stands between them. Wording is somebody else's task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conflict {
    /// Lines of the problem that cannot hold together, in the problem's order.
    pub lines: Vec<Line>,
    /// Whether removing any one of `lines` is known to make the rest solvable.
    pub minimal: bool,
    /// What stands between the lines, most telling first.
    pub causes: Vec<Cause>,
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
pub enum Cause {
    /// Something is wanted that no record offers.
    NoCandidate(NoCandidate),
    /// Demands on one name that no single record meets.
    Clash {
        /// The name.
        name: PackageName,
        /// The demands, at least two.
        demands: Vec<Demand>,
    },
}

/// Something is wanted that no record offers.
#[derive(Clone, Debug, PartialEq)]
pub struct NoCandidate {
    /// What is wanted.
    pub demand: Demand,
    /// Versions that the channels do have of the name, newest first, at most ten.
    pub available: Vec<String>,
    /// How many records were out of reach, by reason (too new, other channel, caller's reason, unusable).
    pub excluded: Vec<(String, usize)>,
    /// Names that exist and look alike, best first, if the name itself is unknown.
    pub nearest: Vec<String>,
}

/// A spec and who wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// The spec.
    pub spec: MatchSpec,
    /// From the line of the request (first) to the record that states the spec (last).
    pub chain: Vec<Wanter>,
}

/// A link of the chain from a line of the request to a demand.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanter {
    /// A line of the request.
    Line(Line),
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
