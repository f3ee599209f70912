//! The one entry: choose a solver, solve.

use std::time::{Duration, SystemTime};

use rattler_conda_types::RepoDataRecord;
pub use rattler_solve::CancellationToken;

use crate::{
    conflict::{Conflict, Line},
    error::SolveError,
    native,
    outcome::{Outcome, Solution},
    pose::{Posed, pose},
    problem::Problem,
    reference,
    resolvo_driver::{self, Stop},
};

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
    /// Our own engine, on trial: to be [`Solver::Native`].
    #[doc(hidden)]
    Engine,
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
///
/// The answer depends on the problem alone, not on the order of its records,
/// requirements and constraints. Of the records the channels' own are given
/// back, also where overrides or edits changed what the solver saw of them.
pub fn solve(
    problem: &Problem<'_>,
    solver: Solver,
    limits: &Limits,
) -> Result<Outcome, SolveError> {
    // A limit beyond the end of time is none.
    let stop = Stop {
        at: limits
            .timeout
            .and_then(|limit| SystemTime::now().checked_add(limit)),
        cancel: &limits.cancel,
    };
    let posed = pose(problem)?;
    tracing::debug!(
        names = posed.packages.len(),
        candidates = posed
            .packages
            .values()
            .map(|p| p.candidates.len())
            .sum::<usize>(),
        "posed"
    );
    match solver {
        Solver::Native => own(resolvo_driver::run, problem, &posed, stop),
        Solver::Engine => own(native::run, problem, &posed, stop),
        Solver::Rattler | Solver::Libsolv => {
            if let Some(conflict) = resolvo_driver::missing_pins(&posed, &|_| true) {
                return Ok(Outcome::Unsolvable(conflict));
            }
            let answer = if solver == Solver::Rattler {
                reference::rattler(problem, &posed, limits)?
            } else {
                libsolv(problem, &posed, limits)?
            };
            Ok(match answer {
                reference::Answer::Solved(records) => solved(&posed, records.iter()),
                reference::Answer::Unsolvable(said) => {
                    Outcome::Unsolvable(explain(problem, &posed, stop, said)?)
                }
                reference::Answer::TimedOut => Outcome::TimedOut,
                reference::Answer::Cancelled => Outcome::Cancelled,
            })
        }
    }
}

/// A solver of ours: what is left of a problem when only some lines count.
type Run = for<'p> fn(
    &Problem<'_>,
    &'p Posed<'_>,
    &dyn Fn(Line) -> bool,
    Stop<'_>,
) -> Result<resolvo_driver::Answer<'p>, SolveError>;

fn own(
    run: Run,
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    stop: Stop<'_>,
) -> Result<Outcome, SolveError> {
    Ok(match run(problem, posed, &|_| true, stop)? {
        resolvo_driver::Answer::Solved(records) => solved(posed, records.into_iter()),
        resolvo_driver::Answer::Unsolvable(conflict) => Outcome::Unsolvable(conflict),
        resolvo_driver::Answer::TimedOut => Outcome::TimedOut,
        resolvo_driver::Answer::Cancelled => Outcome::Cancelled,
    })
}

#[cfg(feature = "libsolv")]
use reference::libsolv;

#[cfg(not(feature = "libsolv"))]
fn libsolv(_: &Problem<'_>, _: &Posed<'_>, _: &Limits) -> Result<reference::Answer, SolveError> {
    Err(SolveError::Unsupported {
        solver: "libsolv",
        feature: "anything: this program was built without it".to_owned(),
    })
}

/// The channels' own records of an answer, by name.
fn solved<'r>(posed: &Posed<'_>, records: impl Iterator<Item = &'r RepoDataRecord>) -> Outcome {
    let mut records: Vec<RepoDataRecord> = records
        .map(|record| posed.original(record).unwrap_or(record).clone())
        .collect();
    records.sort_by(|a, b| {
        let name = |record: &RepoDataRecord| record.package_record.name.as_normalized().to_owned();
        name(a).cmp(&name(b))
    });
    Outcome::Solved(Solution { records })
}

/// Why there is no solution, found by our own driver for a solver that only says so.
fn explain(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    stop: Stop<'_>,
    said: String,
) -> Result<Conflict, SolveError> {
    match resolvo_driver::run(problem, posed, &|_| true, stop)? {
        resolvo_driver::Answer::Unsolvable(conflict) => Ok(Conflict {
            said: Some(said),
            ..conflict
        }),
        _ => Ok(reference::unexplained(posed, said)),
    }
}
