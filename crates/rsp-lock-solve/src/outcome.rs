//! What came of a problem.

use std::sync::Arc;

use rattler_conda_types::RepoDataRecord;

use crate::conflict::Conflict;

/// What came of a problem.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// There is a solution, and this is the best one the solver knows.
    Solved(Solution),
    /// There is none.
    Unsolvable(Conflict),
    /// The time limit passed before an answer was known.
    TimedOut,
    /// The caller cancelled.
    Cancelled,
}

/// A set of records that satisfies the problem.
#[derive(Clone, Debug, Default)]
pub struct Solution {
    /// One record a name, sorted by name. What a [`Workspace`](crate::Workspace) solves over one
    /// index again and again shares its records with the answer before, from the third on.
    pub records: Vec<Arc<RepoDataRecord>>,
}
