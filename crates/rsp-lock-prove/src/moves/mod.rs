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

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_solve::{Conflict, Limits, Line, Outcome, Problem, Solution, SolveError, Solver};
use rsp_lock_spec::Requirement;

use crate::{hitting::smallest_hitting_sets, prepared::Prepared};
use ladder::Ladder;
use least::{Tried, least_steps};

/// How many sets of equal size are compared.
const MOST_TIES: usize = 32;
/// How many attempts are made to find the nearest versions of one set.
const MOST_ATTEMPTS: usize = 48;

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
    /// Who is asked. Its cores have to be complete.
    pub solver: Solver,
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
    /// How often the solver was asked.
    pub solves: usize,
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

    /// Where the line of a record of the base stands among those of [`Moves::names`].
    fn line_of(&self, pin: usize) -> usize {
        self.names.iter().take(pin).flatten().count()
    }
}

/// An answer of the solver about a set of records that may move.
enum Asked {
    Solved(Solution),
    Refused(Refusal),
    TimedOut,
    Cancelled,
}

struct Refusal {
    /// Of the base.
    pins: Vec<usize>,
    /// Of the lines that were added.
    more: Vec<usize>,
    conflict: Conflict,
}

struct Search<'m, 'p, 'a> {
    moves: &'m Moves<'p, 'a>,
    prepared: &'m Prepared<'a>,
    limits: &'m Limits,
    until: Option<Instant>,
    solves: usize,
    cores: Vec<Vec<usize>>,
    /// Per core, why not all of it can stay.
    conflicts: Vec<Conflict>,
    lower_bound: usize,
    best: Option<(BTreeSet<usize>, Solution)>,
}

/// Finds the fewest records of the base that have to move.
///
/// With a time limit, what was found until then is the answer, and its lower
/// bound says how good it is known to be. Blocks.
pub fn fewest_moves(moves: &Moves<'_, '_>, limits: &Limits) -> Result<MovesOutcome, SolveError> {
    let prepared = Prepared::new(moves.problem, moves.solver, limits.clone());
    fewest_moves_in(&prepared, moves, limits)
}

/// [`fewest_moves`] over channels that are prepared already.
pub fn fewest_moves_in<'a>(
    prepared: &Prepared<'a>,
    moves: &Moves<'_, 'a>,
    limits: &Limits,
) -> Result<MovesOutcome, SolveError> {
    let mut search = Search {
        moves,
        prepared,
        limits,
        until: limits
            .timeout
            .and_then(|limit| Instant::now().checked_add(limit)),
        solves: 0,
        cores: Vec::new(),
        conflicts: Vec::new(),
        lower_bound: 0,
        best: None,
    };
    if let Some(end) = search.prove()? {
        return Ok(end);
    }
    let Some((set, solution)) = search.best.take() else {
        return Ok(MovesOutcome::TimedOut {
            lower_bound: search.lower_bound,
        });
    };
    let mut answer = (set, solution, false);
    if answer.0.len() == search.lower_bound {
        answer = search.nearest_of_all(answer.0, answer.1)?;
    }
    Ok(search.finish(answer))
}

impl Search<'_, '_, '_> {
    /// Narrows the bounds until they meet or time is up. Answers at once where there is no solution.
    fn prove(&mut self) -> Result<Option<MovesOutcome>, SolveError> {
        let all: BTreeSet<usize> = (0..self.moves.base.len()).collect();
        match self.ask(&all, &[])? {
            Asked::Solved(solution) => self.keep_better(solution),
            Asked::Refused(refusal) => {
                return Ok(Some(MovesOutcome::Unsolvable(refusal.conflict)));
            }
            Asked::TimedOut => return Ok(None),
            Asked::Cancelled => return Ok(Some(MovesOutcome::Cancelled)),
        }
        loop {
            let smallest = smallest_hitting_sets(&self.cores, 1, &|| self.is_over());
            self.lower_bound = self.lower_bound.max(smallest.size);
            let known = self.best.as_ref().map(|(moved, _)| moved.len());
            if known == Some(self.lower_bound) {
                return Ok(None);
            }
            let Some(first) = smallest.sets.into_iter().next() else {
                return Ok(None);
            };
            let mut released: BTreeSet<usize> = first.into_iter().collect();
            loop {
                match self.ask(&released, &[])? {
                    Asked::Solved(solution) => {
                        self.keep_better(solution);
                        break;
                    }
                    Asked::Refused(refusal) if refusal.pins.is_empty() => {
                        return Ok(Some(MovesOutcome::Unsolvable(refusal.conflict)));
                    }
                    Asked::Refused(refusal) => {
                        released.extend(&refusal.pins);
                        self.keep(refusal);
                    }
                    Asked::TimedOut => return Ok(None),
                    Asked::Cancelled => return Ok(Some(MovesOutcome::Cancelled)),
                }
            }
        }
    }

    fn keep(&mut self, refusal: Refusal) {
        self.cores.push(refusal.pins);
        self.conflicts.push(refusal.conflict);
    }

    fn keep_better(&mut self, solution: Solution) {
        let moved = self.moved(&solution);
        let is_better = self
            .best
            .as_ref()
            .is_none_or(|(known, _)| moved.len() < known.len());
        if is_better {
            self.best = Some((moved, solution));
        }
    }

    /// The records of the base that a solution does not have.
    fn moved(&self, solution: &Solution) -> BTreeSet<usize> {
        let urls: BTreeSet<&str> = solution.records.iter().map(|r| r.url.as_str()).collect();
        let base = self.moves.base.iter().enumerate();
        base.filter(|(_, record)| !urls.contains(record.url.as_str()))
            .map(|(index, _)| index)
            .collect()
    }

    /// Of all sets of the proven size, the one with the nearest versions.
    fn nearest_of_all(
        &mut self,
        set: BTreeSet<usize>,
        solution: Solution,
    ) -> Result<(BTreeSet<usize>, Solution, bool), SolveError> {
        if set.is_empty() {
            return Ok((set, solution, true));
        }
        let all = smallest_hitting_sets(&self.cores, MOST_TIES, &|| self.is_over());
        let mut complete = all.complete;
        let mut best: Option<(usize, Vec<usize>, Solution)> = None;
        for candidate in all.sets {
            if !self
                .cores
                .iter()
                .all(|core| core.iter().any(|pin| candidate.contains(pin)))
            {
                continue;
            }
            let released: BTreeSet<usize> = candidate.iter().copied().collect();
            match self.ask(&released, &[])? {
                Asked::Solved(_) => {}
                Asked::Refused(refusal) => {
                    self.keep(refusal);
                    continue;
                }
                Asked::TimedOut | Asked::Cancelled => {
                    complete = false;
                    break;
                }
            }
            match self.nearest(&released)? {
                Some((steps, found)) => {
                    let is_better = best
                        .as_ref()
                        .is_none_or(|(known, names, _)| (steps, &candidate) < (*known, names));
                    if is_better {
                        best = Some((steps, candidate, found));
                    }
                }
                None => complete = false,
            }
        }
        Ok(match best {
            Some((_, set, solution)) => (set.into_iter().collect(), solution, complete),
            None => (set, solution, false),
        })
    }

    /// The solution in which the given records move over the fewest versions.
    fn nearest(
        &mut self,
        released: &BTreeSet<usize>,
    ) -> Result<Option<(usize, Solution)>, SolveError> {
        let base = self.moves.base;
        let ladders: Vec<Ladder> = released
            .iter()
            .filter_map(|pin| base.get(*pin))
            .map(|record| Ladder::new(self.moves.problem, record))
            .collect();
        let reach: Vec<usize> = ladders.iter().map(Ladder::reach).collect();
        let mut failed = None;
        let found = least_steps(&reach, MOST_ATTEMPTS, |steps| {
            let lines: Option<Vec<Requirement>> = ladders
                .iter()
                .zip(steps)
                .map(|(ladder, steps)| ladder.within(*steps))
                .collect();
            let Some(lines) = lines else {
                return Tried::Stopped;
            };
            match self.ask(released, &lines) {
                Ok(Asked::Solved(solution)) => Tried::Enough(solution),
                Ok(Asked::Refused(refusal)) => Tried::Refused(refusal.more),
                Ok(Asked::TimedOut | Asked::Cancelled) => Tried::Stopped,
                Err(error) => {
                    failed = Some(error);
                    Tried::Stopped
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(found.map(|(steps, solution)| (steps.iter().sum(), solution)))
    }

    /// The answer with the reason for each move.
    fn finish(&self, (set, solution, nearest): (BTreeSet<usize>, Solution, bool)) -> MovesOutcome {
        let moved = set.iter().map(|pin| Move {
            record: *pin,
            steps: self.steps(*pin, &solution),
            cause: self.cause(*pin, &set),
        });
        MovesOutcome::Found(Fewest {
            moved: moved.collect(),
            solution,
            lower_bound: self.lower_bound,
            nearest,
            solves: self.solves,
        })
    }

    /// The conflict of a core of which nothing else moves. A smallest set has one for each of its
    /// pins: without it, the pin could be left out and the set would still meet every core.
    fn cause(&self, pin: usize, set: &BTreeSet<usize>) -> Option<Conflict> {
        let alone = |core: &Vec<usize>| {
            core.contains(&pin)
                && core
                    .iter()
                    .all(|other| *other == pin || !set.contains(other))
        };
        let core = self.cores.iter().position(alone)?;
        self.conflicts.get(core).cloned()
    }

    fn steps(&self, pin: usize, solution: &Solution) -> usize {
        let Some(base) = self.moves.base.get(pin) else {
            return 0;
        };
        let name = &base.package_record.name;
        let mut records = solution.records.iter();
        let Some(new) = records.find(|record| record.package_record.name == *name) else {
            return 0;
        };
        Ladder::new(self.moves.problem, base).steps_to(&new.package_record.version)
    }

    fn is_over(&self) -> bool {
        self.limits.cancel.is_cancelled() || self.until.is_some_and(|at| Instant::now() >= at)
    }

    fn time_left(&self) -> Option<Duration> {
        self.until
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Asks for a solution in which only `released` may move and `more` holds as well.
    fn ask(
        &mut self,
        released: &BTreeSet<usize>,
        more: &[Requirement],
    ) -> Result<Asked, SolveError> {
        if self.limits.cancel.is_cancelled() {
            return Ok(Asked::Cancelled);
        }
        let timeout = self.time_left();
        if timeout.is_some_and(|left| left.is_zero()) {
            return Ok(Asked::TimedOut);
        }
        self.solves += 1;
        let own_lines = self.moves.problem.requirements.len();
        let own_pins = self.moves.problem.pinned.len();
        let kept: Vec<usize> = (0..self.moves.base.len())
            .filter(|pin| !released.contains(pin))
            .collect();
        let mut problem = self.moves.problem.clone();
        let base = self.moves.base;
        problem
            .pinned
            .extend(kept.iter().filter_map(|pin| base.get(*pin)));
        let with_line: Vec<usize> = released
            .iter()
            .copied()
            .filter(|pin| matches!(self.moves.names.get(*pin), Some(Some(_))))
            .collect();
        let names = with_line
            .iter()
            .filter_map(|pin| self.moves.names.get(*pin));
        problem.requirements.extend(names.flatten().cloned());
        let own_limits = problem.constraints.len();
        problem.constraints.extend(more.iter().cloned());
        let limits = Limits {
            timeout,
            cancel: self.limits.cancel.clone(),
        };
        let mut conflict = match self.prepared.solve_within(&problem, &limits)? {
            Outcome::Solved(solution) => return Ok(Asked::Solved(solution)),
            Outcome::TimedOut => return Ok(Asked::TimedOut),
            Outcome::Cancelled => return Ok(Asked::Cancelled),
            Outcome::Unsolvable(conflict) => conflict,
        };
        let mut refusal = Refusal {
            pins: Vec::new(),
            more: Vec::new(),
            conflict: Conflict::default(),
        };
        for line in &conflict.lines {
            match line {
                Line::Pinned(at) if *at >= own_pins => {
                    refusal.pins.extend(kept.get(at - own_pins));
                }
                Line::Constraint(at) if *at >= own_limits => {
                    refusal.more.push(at - own_limits);
                }
                _ => {}
            }
        }
        renumber(&mut conflict, &|line| match line {
            Line::Pinned(at) if at >= own_pins => {
                Line::Pinned(own_pins + kept.get(at - own_pins).copied().unwrap_or_default())
            }
            Line::Requirement(at) if at >= own_lines => {
                let pin = with_line.get(at - own_lines).copied().unwrap_or_default();
                Line::Requirement(own_lines + self.moves.line_of(pin))
            }
            other => other,
        });
        refusal.conflict = conflict;
        Ok(Asked::Refused(refusal))
    }
}

/// A conflict that counts its lines in another problem.
fn renumber(conflict: &mut Conflict, number: &dyn Fn(Line) -> Line) {
    use rsp_lock_solve::{Cause, Demand, Wanter};
    for line in &mut conflict.lines {
        *line = number(*line);
    }
    conflict.lines.sort_unstable();
    let demand = |demand: &mut Demand| {
        demand.by = demand.by.map(number);
        for wanter in &mut demand.chain {
            if let Wanter::Line(line) = wanter {
                *line = number(*line);
            }
        }
    };
    for cause in &mut conflict.causes {
        match cause {
            Cause::NoCandidate(fact) => demand(&mut fact.demand),
            Cause::Clash { demands, .. } => demands.iter_mut().for_each(demand),
            Cause::PinMissing { pinned, .. } => {
                if let Line::Pinned(at) = number(Line::Pinned(*pinned)) {
                    *pinned = at;
                }
            }
            _ => {}
        }
    }
}
