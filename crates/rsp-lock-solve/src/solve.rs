//! The one entry: choose a solver, solve.

use std::{
    borrow::Borrow,
    sync::Arc,
    time::{Duration, Instant},
};

use rattler_conda_types::RepoDataRecord;
pub use rattler_solve::CancellationToken;

use crate::{
    choice::Choice,
    conflict::{Conflict, Line},
    error::SolveError,
    lines,
    native::{self, Assumptions},
    outcome::{Outcome, Solution},
    pose::{Posed, pose},
    problem::{Problem, Records},
    reference,
    workspace::Workspace,
    world::World,
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
}

/// When to give up.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Give up with [`Outcome::TimedOut`] after this long.
    pub timeout: Option<Duration>,
    /// Give up with [`Outcome::Cancelled`] when this is cancelled.
    pub cancel: CancellationToken,
}

/// When to give up, once the clock runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop<'l> {
    /// `None` is never.
    pub(crate) at: Option<Instant>,
    pub(crate) cancel: &'l CancellationToken,
}

impl<'l> Stop<'l> {
    /// From now on. A limit beyond the end of time is none.
    fn after(limits: &'l Limits) -> Self {
        Self {
            at: limits
                .timeout
                .and_then(|limit| Instant::now().checked_add(limit)),
            cancel: &limits.cancel,
        }
    }

    /// Whether it is time to give up.
    pub(crate) fn is_due(self) -> bool {
        self.cancel.is_cancelled() || self.at.is_some_and(|at| Instant::now() >= at)
    }

    /// The limits from now on.
    pub(crate) fn limits(self) -> Limits {
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        Limits {
            timeout: self.at.map(left),
            cancel: self.cancel.clone(),
        }
    }
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
    solve_in(&mut Workspace::default(), problem, solver, limits)
}

/// [`solve()`] for callers that solve often.
pub fn solve_in(
    workspace: &mut Workspace,
    problem: &Problem<'_>,
    solver: Solver,
    limits: &Limits,
) -> Result<Outcome, SolveError> {
    let stop = Stop::after(limits);
    lines::check(problem)?;
    let offered = lines::virtual_packages(&problem.virtual_packages)?;
    let world = World::new(problem);
    let mut native = || native::run(problem, &world, &offered, workspace, stop).map(outcome);
    match solver {
        Solver::Native => native(),
        Solver::Rattler | Solver::Libsolv if problem.index.is_some() => {
            let records = world.reachable(problem);
            let mut problem = problem.clone();
            problem.index = None;
            for (channel, records) in problem.channels.iter_mut().zip(&records) {
                channel.records = Records::Loaded(records.iter().collect());
            }
            solve_in(workspace, &problem, solver, limits)
        }
        Solver::Rattler | Solver::Libsolv => {
            let posed = pose(problem)?;
            if !posed.missing_pins.is_empty() {
                return native();
            }
            let answer = if solver == Solver::Rattler {
                reference::rattler(problem, &posed, limits)?
            } else {
                libsolv(problem, &posed, limits)?
            };
            Ok(match answer {
                reference::Answer::Solved(records) => solved(&posed, &records),
                // Why there is no solution is told by our own solver.
                reference::Answer::Unsolvable(said) => Outcome::Unsolvable(match native()? {
                    Outcome::Unsolvable(conflict) => Conflict {
                        said: Some(said),
                        ..conflict
                    },
                    _ => reference::unexplained(&posed, said),
                }),
                reference::Answer::TimedOut => Outcome::TimedOut,
                reference::Answer::Cancelled => Outcome::Cancelled,
            })
        }
    }
}

/// Lets `body` ask our own solver, again and again, whether some lines of a problem hold together.
///
/// The lines for which `is_always` is true hold every time, and what follows from them is worked
/// out once: a question costs a fraction of a solve. A requirement that is not assumed may still
/// be met. The time limit counts from now on, for all questions together.
pub fn with_assumptions<T>(
    workspace: &mut Workspace,
    problem: &Problem<'_>,
    limits: &Limits,
    is_always: &dyn Fn(Line) -> bool,
    body: impl FnOnce(&mut Assumptions<'_>) -> Result<T, SolveError>,
) -> Result<T, SolveError> {
    let stop = Stop::after(limits);
    lines::check(problem)?;
    let offered = lines::virtual_packages(&problem.virtual_packages)?;
    let world = World::new(problem);
    native::with_assumptions(
        problem,
        &world,
        &offered,
        &mut workspace.engine,
        stop,
        is_always,
        body,
    )
}

/// Why a solution of a problem does not have better versions: a choice for each name of which
/// there is a better candidate, by name; see [`Choice`].
///
/// The solution may be anybody's: it is only looked at, and where that does not tell, our own
/// solver is asked for each candidate whether it can be had while all else stays. Pins that the
/// solution does not have count for nothing. What is not known when the limits end the work is
/// [`Reason::Unknown`](crate::Reason::Unknown).
pub fn explain_choices(
    workspace: &mut Workspace,
    problem: &Problem<'_>,
    solution: &[impl Borrow<RepoDataRecord>],
    limits: &Limits,
) -> Result<Vec<Choice>, SolveError> {
    let stop = Stop::after(limits);
    lines::check(problem)?;
    let offered = lines::virtual_packages(&problem.virtual_packages)?;
    let world = World::new(problem);
    let solution: Vec<&RepoDataRecord> = solution.iter().map(Borrow::borrow).collect();
    native::explain_choices(
        problem,
        &world,
        &offered,
        &mut workspace.engine,
        stop,
        &solution,
    )
}

fn outcome(answer: native::Answer) -> Outcome {
    match answer {
        native::Answer::Solved(solution) => Outcome::Solved(solution),
        native::Answer::Unsolvable(conflict) => Outcome::Unsolvable(conflict),
        native::Answer::TimedOut => Outcome::TimedOut,
        native::Answer::Cancelled => Outcome::Cancelled,
    }
}

#[cfg(feature = "libsolv")]
use reference::libsolv;

#[cfg(not(feature = "libsolv"))]
fn libsolv(_: &Problem<'_>, _: &Posed<'_>, _: &Limits) -> Result<reference::Answer, SolveError> {
    Err(SolveError::NotBuilt { solver: "libsolv" })
}

/// The channels' own records of an answer, by name.
fn solved(posed: &Posed<'_>, records: &[RepoDataRecord]) -> Outcome {
    let records = records.iter();
    let mut records: Vec<Arc<RepoDataRecord>> = records
        .map(|record| Arc::new(posed.original(record).unwrap_or(record).clone()))
        .collect();
    sort(&mut records);
    Outcome::Solved(Solution { records })
}

/// By name.
fn sort(records: &mut [Arc<RepoDataRecord>]) {
    records.sort_by(|a, b| {
        let (a, b) = (&a.package_record.name, &b.package_record.name);
        a.as_normalized().cmp(b.as_normalized())
    });
}
