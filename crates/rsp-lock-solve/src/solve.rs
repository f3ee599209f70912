//! The one entry: choose a solver, solve.

use std::time::Duration;

pub use rattler_solve::CancellationToken;

use crate::{error::SolveError, outcome::Outcome, problem::Problem};

/// Which solver answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Solver {
    /// Our own.
    #[default]
    Native,
    /// `rattler_solve`'s resolvo backend as it is.
    Rattler,
    /// `rattler_solve`'s libsolv backend as it is (feature `libsolv`).
    Libsolv,
}

/// When to give up.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Give up with [`Outcome::TimedOut`] after this long.
    pub timeout: Option<Duration>,
    /// Give up with [`Outcome::Cancelled`] when this is cancelled.
    pub cancel: CancellationToken,
}

/// Solves a problem. Blocks; use a thread of its own from async code.
pub fn solve(problem: &Problem<'_>, solver: Solver, limits: &Limits) -> Result<Outcome, SolveError> {
    let _ = (problem, solver, limits);
    todo!()
}
