//! The smallest part of a base that has to move, and the proof that it is.
//!
//! Every record of the base is a pin that may be given up. What the solver says
//! about a set of pins that cannot all stay is a *core*: at least one of it has
//! to move. A smallest set that has a pin of every core known so far
//! ([`crate::hitting`]) is as small as any answer can be; if giving up just these
//! is enough, it is an answer, and its size is proven to be the least. If not,
//! the solver names a core that it misses. This ends, since a core is never
//! named twice.
//!
//! The questions differ in the pins only, so they are asked under assumptions
//! ([`rsp_lock_solve::with_assumptions`]): a fraction of a solve each. Only the answer that
//! is given in the end is the best one of a solve of its own, and only the cores that become
//! the cause of a move are explained.
//!
//! The first question gives up everything: where even that has no answer there is none,
//! and an answer bounds the number from above. Each round goes on giving up whole cores
//! until the solver is content: this gives several cores that have nothing in common at
//! once, and a better bound.
//!
//! What still holds when a record moves is up to the caller: that there is one of
//! its name, or of the name that needed it. A record without a successor has moved
//! as well. Of several smallest sets, the one that takes the fewest steps over the
//! versions of its names wins, then the one whose names come first.

mod ladder;
mod least;
mod search;

use rattler_conda_types::RepoDataRecord;
use rsp_lock_solve::{Conflict, Limits, Line, Problem, Solution, SolveError, Solver};
use rsp_lock_spec::Requirement;

use crate::prepared::Prepared;
use search::Search;

/// A problem on a base that may move.
#[derive(Clone, Debug)]
pub struct Moves<'p, 'a> {
    /// The problem. Its own pins stay whatever happens; `locked` should have the base.
    pub problem: &'p Problem<'a>,
    /// The base: records that stay if they can.
    pub base: &'p [&'a RepoDataRecord],
    /// What still holds for each record of the base when it moves, such as that there
    /// is one of its name; `None` for what only others need. In the order of `base`.
    pub names: &'p [Option<Requirement>],
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum MovesOutcome {
    /// There is an answer.
    Found(Fewest),
    /// There is none, whatever moves. The conflict counts in [`Moves::all_lines`].
    Unsolvable(Conflict),
    /// Time was up before there was an answer; at least so many would have to move.
    TimedOut {
        /// At least so many have to move.
        lower_bound: usize,
    },
    /// The caller cancelled.
    Cancelled,
}

/// An answer in which few records of the base move.
#[derive(Clone, Debug)]
pub struct Fewest {
    /// The answer.
    pub solution: Solution,
    /// The records that move, by their place in the base.
    pub moved: Vec<Move>,
    /// No answer moves fewer than so many. Equal to the length of `moved` unless
    /// time was up.
    pub lower_bound: usize,
    /// Whether all sets of this size were compared and the nearest versions found.
    pub nearest: bool,
}

impl Fewest {
    /// Whether no answer moves fewer.
    pub fn is_proven(&self) -> bool {
        self.moved.len() == self.lower_bound
    }
}

/// A record of the base that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Its place in the base.
    pub record: usize,
    /// How many versions away its successor is; 0 for another build.
    pub steps: usize,
    /// Why it cannot stay when only the others move, in [`Moves::all_lines`];
    /// `None` if time was up before that was known.
    pub cause: Option<Conflict>,
}

impl<'a> Moves<'_, 'a> {
    /// The problem that conflicts count in: its requirements are those of the
    /// problem and then those of `names`, its pins those of the problem and then the base.
    pub fn all_lines(&self) -> Problem<'a> {
        let mut problem = self.problem.clone();
        problem
            .requirements
            .extend(self.names.iter().flatten().cloned());
        problem.pinned.extend(self.base);
        problem
    }
}

/// Finds the fewest records of the base that have to move.
///
/// With a time limit, what was found until then is the answer, and its lower
/// bound says how good it is known to be. Blocks.
pub fn fewest_moves(moves: &Moves<'_, '_>, limits: &Limits) -> Result<MovesOutcome, SolveError> {
    let prepared = Prepared::new(moves.problem, Solver::Native, limits.clone());
    fewest_moves_in(&prepared, moves, limits)
}

/// [`fewest_moves`] over channels that are prepared already.
pub fn fewest_moves_in<'a>(
    prepared: &Prepared<'a>,
    moves: &Moves<'_, 'a>,
    limits: &Limits,
) -> Result<MovesOutcome, SolveError> {
    let all_lines = moves.all_lines();
    let own_pins = moves.problem.pinned.len();
    let is_always = |line| !matches!(line, Line::Pinned(at) if at >= own_pins);
    prepared.with_assumptions(&all_lines, limits, &is_always, |assumptions| {
        Search::new(prepared, moves, assumptions).run()
    })
}
