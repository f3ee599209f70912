//! The search for the fewest moves, question by question.

use std::collections::BTreeSet;

use rsp_lock_solve::{
    Assumed, Assumptions, Conflict, Holding, Line, Outcome, Solution, SolveError,
};
use rsp_lock_spec::Requirement;

use super::{
    Fewest, Move, Moves, MovesOutcome,
    ladder::Ladder,
    least::{Tried, least_steps},
};
use crate::{hitting::smallest_hitting_sets, prepared::Prepared};

/// How many sets of equal size are compared.
const MOST_TIES: usize = 32;
/// How many attempts are made to find the nearest versions of one set.
const MOST_ATTEMPTS: usize = 48;

pub(super) struct Search<'s, 'p, 'a, 'q> {
    moves: &'s Moves<'p, 'a>,
    prepared: &'s Prepared<'a>,
    assumptions: &'s mut Assumptions<'q>,
    /// Sets of the base of which not everything can stay.
    cores: Vec<Vec<usize>>,
    lower_bound: usize,
    best: Option<(BTreeSet<usize>, Holding)>,
}

/// An answer about a set of records that may move.
enum Asked {
    Holds(Holding),
    Refused {
        /// Of the base.
        pins: Vec<usize>,
        /// Of the constraints that were added.
        more: Vec<usize>,
    },
    TimedOut,
    Cancelled,
}

/// The nearest of the sets of one size.
struct Nearest {
    steps: usize,
    set: Vec<usize>,
    /// Constraints that keep the versions of the set that near.
    lines: Vec<Requirement>,
}

impl<'s, 'p, 'a, 'q> Search<'s, 'p, 'a, 'q> {
    pub(super) fn new(
        prepared: &'s Prepared<'a>,
        moves: &'s Moves<'p, 'a>,
        assumptions: &'s mut Assumptions<'q>,
    ) -> Self {
        Self {
            moves,
            prepared,
            assumptions,
            cores: Vec::new(),
            lower_bound: 0,
            best: None,
        }
    }

    pub(super) fn run(mut self) -> Result<MovesOutcome, SolveError> {
        if let Some(end) = self.prove()? {
            return Ok(end);
        }
        let Some((set, holding)) = self.best.take() else {
            return Ok(MovesOutcome::TimedOut {
                lower_bound: self.lower_bound,
            });
        };
        let mut answer = None;
        if set.len() == self.lower_bound {
            let (nearest, complete) = self.nearest_of_all(&set);
            let (set, lines) = match nearest {
                Some(nearest) => (nearest.set.into_iter().collect(), nearest.lines),
                None => (set.clone(), Vec::new()),
            };
            match self.solve(&set, &lines)? {
                Outcome::Solved(solution) => answer = Some((set, solution, complete)),
                Outcome::Cancelled => return Ok(MovesOutcome::Cancelled),
                Outcome::Unsolvable(_) | Outcome::TimedOut => {}
            }
        }
        let (set, solution, nearest) = if let Some(answer) = answer {
            answer
        } else {
            let mut solution = self.assumptions.solution(&holding)?;
            self.prepared.give_originals(&mut solution);
            (set, solution, false)
        };
        Ok(self.finish(&set, solution, nearest))
    }

    /// Narrows the bounds until they meet or time is up. Answers at once where there is no solution.
    fn prove(&mut self) -> Result<Option<MovesOutcome>, SolveError> {
        let all: BTreeSet<usize> = (0..self.moves.base.len()).collect();
        match self.ask(&all, &[]) {
            Asked::Holds(holding) => self.keep_better(holding),
            Asked::Refused { .. } => return self.unsolvable(),
            Asked::TimedOut => return Ok(None),
            Asked::Cancelled => return Ok(Some(MovesOutcome::Cancelled)),
        }
        loop {
            let smallest = smallest_hitting_sets(&self.cores, 1, &|| self.assumptions.is_over());
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
                match self.ask(&released, &[]) {
                    Asked::Holds(holding) => {
                        self.keep_better(holding);
                        break;
                    }
                    Asked::Refused { pins, .. } => {
                        released.extend(&pins);
                        self.cores.push(pins);
                    }
                    Asked::TimedOut => return Ok(None),
                    Asked::Cancelled => return Ok(Some(MovesOutcome::Cancelled)),
                }
            }
        }
    }

    /// What stands in the way where all of the base may move.
    fn unsolvable(&self) -> Result<Option<MovesOutcome>, SolveError> {
        let all = (0..self.moves.base.len()).collect();
        Ok(match self.solve(&all, &[])? {
            Outcome::Unsolvable(conflict) => Some(MovesOutcome::Unsolvable(conflict)),
            Outcome::Cancelled => Some(MovesOutcome::Cancelled),
            Outcome::Solved(_) | Outcome::TimedOut => None,
        })
    }

    fn keep_better(&mut self, holding: Holding) {
        let own = self.moves.problem.pinned.len();
        let of_base = holding.pinned.iter().skip(own).enumerate();
        let moved: BTreeSet<usize> = of_base
            .filter(|(_, stays)| !**stays)
            .map(|(at, _)| at)
            .collect();
        let is_better = self
            .best
            .as_ref()
            .is_none_or(|(known, _)| moved.len() < known.len());
        if is_better {
            self.best = Some((moved, holding));
        }
    }

    /// Of all sets of the proven size, the one with the nearest versions, and whether all were seen.
    fn nearest_of_all(&mut self, set: &BTreeSet<usize>) -> (Option<Nearest>, bool) {
        if set.is_empty() {
            return (None, true);
        }
        let all = smallest_hitting_sets(&self.cores, MOST_TIES, &|| self.assumptions.is_over());
        let mut complete = all.complete;
        let mut best: Option<Nearest> = None;
        for candidate in all.sets {
            let meets = |core: &Vec<usize>| core.iter().any(|pin| candidate.contains(pin));
            if !self.cores.iter().all(meets) {
                continue;
            }
            let released: BTreeSet<usize> = candidate.iter().copied().collect();
            match self.ask(&released, &[]) {
                Asked::Holds(_) => {}
                Asked::Refused { pins, .. } => {
                    self.cores.push(pins);
                    continue;
                }
                Asked::TimedOut | Asked::Cancelled => {
                    complete = false;
                    break;
                }
            }
            match self.nearest(&released) {
                Some((steps, lines)) => {
                    let is_better = best
                        .as_ref()
                        .is_none_or(|known| (steps, &candidate) < (known.steps, &known.set));
                    if is_better {
                        best = Some(Nearest {
                            steps,
                            set: candidate,
                            lines,
                        });
                    }
                }
                None => complete = false,
            }
        }
        (best, complete)
    }

    /// The fewest versions that the given records have to move over, and the constraints that
    /// hold them to that.
    fn nearest(&mut self, released: &BTreeSet<usize>) -> Option<(usize, Vec<Requirement>)> {
        let base = self.moves.base;
        let ladders: Vec<Ladder> = released
            .iter()
            .filter_map(|pin| base.get(*pin))
            .map(|record| Ladder::new(self.moves.problem, record))
            .collect();
        let reach: Vec<usize> = ladders.iter().map(Ladder::reach).collect();
        let (steps, lines) = least_steps(&reach, MOST_ATTEMPTS, |steps| {
            let lines = ladders.iter().zip(steps);
            let lines: Option<Vec<Requirement>> =
                lines.map(|(ladder, steps)| ladder.within(*steps)).collect();
            let Some(lines) = lines else {
                return Tried::Stopped;
            };
            match self.ask(released, &lines) {
                Asked::Holds(_) => Tried::Enough(lines),
                Asked::Refused { more, .. } => Tried::Refused(more),
                Asked::TimedOut | Asked::Cancelled => Tried::Stopped,
            }
        })?;
        Some((steps.iter().sum(), lines))
    }

    /// Solves the problem where only `released` may move and `more` holds as well.
    fn solve(
        &self,
        released: &BTreeSet<usize>,
        more: &[Requirement],
    ) -> Result<Outcome, SolveError> {
        let mut problem = self.moves.problem.clone();
        let base = self.moves.base.iter().enumerate();
        let kept = base.filter(|(pin, _)| !released.contains(pin));
        problem.pinned.extend(kept.map(|(_, record)| record));
        let names = released
            .iter()
            .filter_map(|pin| self.moves.names.get(*pin)?.clone());
        problem.requirements.extend(names);
        problem.constraints.extend(more.iter().cloned());
        self.prepared
            .solve_within(&problem, &self.assumptions.limits())
    }

    /// The answer with the reason for each move.
    fn finish(&mut self, set: &BTreeSet<usize>, solution: Solution, nearest: bool) -> MovesOutcome {
        let mut moved = Vec::new();
        for pin in set {
            moved.push(Move {
                record: *pin,
                steps: self.steps(*pin, &solution),
                cause: self.cause(*pin, set),
            });
        }
        MovesOutcome::Found(Fewest {
            moved,
            solution,
            lower_bound: self.lower_bound,
            nearest,
        })
    }

    /// The conflict of a core of which nothing else moves. A smallest set has one for each of its
    /// pins: without it, the pin could be left out and the set would still meet every core.
    fn cause(&mut self, pin: usize, set: &BTreeSet<usize>) -> Option<Conflict> {
        let alone = |core: &&Vec<usize>| {
            let mut others = core.iter().filter(|other| **other != pin);
            core.contains(&pin) && others.all(|other| !set.contains(other))
        };
        let core = self.cores.iter().find(alone)?;
        let own = self.moves.problem.pinned.len();
        let lines: Vec<Line> = core.iter().map(|pin| Line::Pinned(own + pin)).collect();
        self.assumptions.explain(&lines)
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

    /// Asks for an answer in which only `released` may move and `more` holds as well.
    fn ask(&mut self, released: &BTreeSet<usize>, more: &[Requirement]) -> Asked {
        let own = self.moves.problem.pinned.len();
        let pin_of = |line: Line| match line {
            Line::Pinned(at) => at.checked_sub(own),
            _ => None,
        };
        let stays = |line: Line| pin_of(line).is_some_and(|pin| !released.contains(&pin));
        match self.assumptions.ask(&stays, more) {
            Assumed::Holds(holding) => Asked::Holds(holding),
            Assumed::Refused { lines, more } => Asked::Refused {
                pins: lines.into_iter().filter_map(pin_of).collect(),
                more,
            },
            Assumed::TimedOut => Asked::TimedOut,
            Assumed::Cancelled => Asked::Cancelled,
        }
    }
}
