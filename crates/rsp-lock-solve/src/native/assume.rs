//! One problem, asked again and again with other lines of it.

use rattler_conda_types::GenericVirtualPackage;
use rsp_lock_engine::{Assumed as Said, Assuming, Engine, Limits, Line as EngineLine};
use rsp_lock_spec::{Requirement, exact_name};

use super::{
    explain, missing_pin, pinned_candidate,
    question::{Question, view},
    real, record,
    rules::Rules,
    unstated,
};
use crate::{
    conflict::{Conflict, Line},
    error::SolveError,
    outcome::Solution,
    problem::Problem,
    solve::Stop,
    world::World,
};

/// A problem that is asked with some of its lines at a time; see
/// [`with_assumptions`](crate::with_assumptions).
pub struct Assumptions<'q> {
    pub(super) question: &'q Question<'q>,
    world: &'q World<'q>,
    assuming: Assuming<'q>,
    /// Per line of the engine's query, the line of the problem that it is of.
    lines: &'q [Option<Line>],
    is_always: &'q dyn Fn(Line) -> bool,
    /// Lines that nothing can meet, each with the conflict it makes all alone.
    hopeless: Vec<(Line, Conflict)>,
    /// Per pin, its candidate.
    pins: Vec<Option<(u32, u32)>>,
    stop: Stop<'q>,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub enum Assumed {
    /// The lines hold together.
    Holds(Holding),
    /// They do not, with those that always hold.
    Refused {
        /// Assumed lines that are reason enough, ascending. Only now and then one too many.
        lines: Vec<Line>,
        /// Constraints of the question that are, by index.
        more: Vec<usize>,
    },
    /// The time limit passed.
    TimedOut,
    /// The caller cancelled.
    Cancelled,
}

/// An answer in which the lines of a question hold: any, not the best.
#[derive(Clone, Debug)]
pub struct Holding {
    pub(super) chosen: Vec<(u32, u32)>,
    /// Per pin of the problem, whether it is in the answer, assumed or not.
    pub pinned: Vec<bool>,
}

impl Holding {
    /// The candidate of a name.
    pub(super) fn position(&self, name: u32) -> Option<u32> {
        let at = self.chosen.binary_search_by_key(&name, |(name, _)| *name);
        self.chosen.get(at.ok()?).map(|(_, position)| *position)
    }
}

/// Makes a problem ready to be asked, and lets `body` ask.
pub(crate) fn with_assumptions<T>(
    problem: &Problem<'_>,
    world: &World<'_>,
    offered: &[GenericVirtualPackage],
    engine: &mut Engine,
    stop: Stop<'_>,
    is_always: &dyn Fn(Line) -> bool,
    body: impl FnOnce(&mut Assumptions<'_>) -> Result<T, SolveError>,
) -> Result<T, SolveError> {
    let (view, stand_ins) = view(problem, world)?;
    world.check(&view)?;
    let rules = Rules::new(problem, &view);
    let question = Question::new(problem, &view, &rules, offered, &stand_ins);
    let missing = (0..problem.pinned.len()).filter_map(|pin| {
        let conflict = missing_pin(problem, &view, &rules, pin)?;
        Some((Line::Pinned(pin), conflict))
    });
    let mut hopeless: Vec<(Line, Conflict)> = missing.collect();
    hopeless.extend(question.hopeless.iter().filter_map(|number| {
        let line = question.lines.get(*number)?.line;
        Some((line, explain::hopeless(&question, *number)))
    }));
    let pins = 0..problem.pinned.len();
    let pins = pins.map(|pin| pinned_candidate(problem, &view, &rules, pin));
    let pins = pins.collect();
    let query = question.query();
    let of_id = |id: u32| Some(question.lines.get(id as usize)?.line);
    let lines: Vec<Option<Line>> = query.lines.iter().map(|line| of_id(line.id?)).collect();
    let tables = view.tables();
    let holds = |at: usize| lines.get(at).copied().flatten().is_none_or(is_always);
    let assuming = engine
        .assuming(&tables, query, &holds)
        .map_err(|names| unstated(&view, &names))?;
    body(&mut Assumptions {
        question: &question,
        world,
        assuming,
        lines: &lines,
        is_always,
        hopeless,
        pins,
        stop,
    })
}

impl std::fmt::Debug for Assumptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assumptions").finish_non_exhaustive()
    }
}

impl Assumptions<'_> {
    /// Whether the lines that `is_assumed` chooses of those that do not always hold, and `more`
    /// constraints, hold together with the others.
    pub fn ask(&mut self, is_assumed: &dyn Fn(Line) -> bool, more: &[Requirement]) -> Assumed {
        // Which constraint a line of the engine is of; some are of none of its names.
        let mut of_more: Vec<usize> = Vec::new();
        let mut limits: Vec<EngineLine> = Vec::new();
        for (at, constraint) in more.iter().enumerate() {
            if let Some(line) = self.limit(constraint) {
                of_more.push(at);
                limits.push(line);
            }
        }
        let mut said = self.ask_within(is_assumed, &limits);
        if let Assumed::Refused { more, .. } = &mut said {
            *more = more
                .iter()
                .filter_map(|at| of_more.get(*at).copied())
                .collect();
        }
        said
    }

    /// [`Assumptions::ask`] with constraints that are lines of the engine already.
    pub(super) fn ask_within(
        &mut self,
        is_assumed: &dyn Fn(Line) -> bool,
        limits: &[EngineLine],
    ) -> Assumed {
        if self.stop.cancel.is_cancelled() {
            return Assumed::Cancelled;
        }
        let is_always = self.is_always;
        if let Some((line, _)) = self.hopeless_of(is_assumed) {
            return Assumed::Refused {
                lines: if is_always(*line) {
                    Vec::new()
                } else {
                    vec![*line]
                },
                more: Vec::new(),
            };
        }
        let chosen = self.numbers(&|line| !is_always(line) && is_assumed(line));
        let stop = self.stop;
        match self.assuming.ask(
            &chosen,
            limits,
            &Limits {
                stop: &|| stop.is_due(),
            },
        ) {
            Said::Holds(chosen) => {
                let pins = self.pins.iter();
                let pinned =
                    pins.map(|pin| pin.is_some_and(|pin| chosen.binary_search(&pin).is_ok()));
                Assumed::Holds(Holding {
                    pinned: pinned.collect(),
                    chosen,
                })
            }
            Said::Refused(core) => {
                let own = self.lines.len();
                let named = core.iter().filter_map(|at| *self.lines.get(*at)?);
                let mut lines: Vec<Line> = named.collect();
                lines.sort_unstable();
                lines.dedup();
                let more = core.iter().filter_map(|at| at.checked_sub(own));
                Assumed::Refused {
                    lines,
                    more: more.collect(),
                }
            }
            Said::Stopped if stop.cancel.is_cancelled() => Assumed::Cancelled,
            Said::Stopped => Assumed::TimedOut,
        }
    }

    /// Why the given lines do not hold together with those that always do; `None` if they do,
    /// or if time is up. Its lines are not known to be minimal: that would take a solve for
    /// each of them.
    pub fn explain(&mut self, lines: &[Line]) -> Option<Conflict> {
        if let Some((_, conflict)) = self.hopeless_of(&|line| lines.contains(&line)) {
            return Some(conflict.clone());
        }
        let is_always = self.is_always;
        let chosen = self.numbers(&|line| !is_always(line) && lines.contains(&line));
        let stop = self.stop;
        let limits = Limits {
            stop: &|| stop.is_due(),
        };
        let refutation = self.assuming.refute(&chosen, &limits)?;
        Some(explain::conflict(self.question, &refutation))
    }

    /// Whether the time limit has passed, or the caller cancelled.
    pub fn is_over(&self) -> bool {
        self.stop.is_due()
    }

    /// What is left of the limits, for a solve between two questions.
    pub fn limits(&self) -> crate::Limits {
        self.stop.limits()
    }

    /// The records of an answer.
    pub fn solution(&self, holding: &Holding) -> Result<Solution, SolveError> {
        let view = self.question.view;
        let chosen = real(&holding.chosen, view).into_iter();
        let records = chosen.map(|candidate| record(view, self.world, candidate));
        Ok(Solution {
            records: records.collect::<Result<_, _>>()?,
        })
    }

    /// The lines of the engine's query that are of the lines chosen.
    fn numbers(&self, is_chosen: &dyn Fn(Line) -> bool) -> Vec<usize> {
        let lines = self.lines.iter().enumerate();
        lines
            .filter(|(_, line)| line.is_some_and(is_chosen))
            .map(|(at, _)| at)
            .collect()
    }

    fn hopeless_of(&self, is_assumed: &dyn Fn(Line) -> bool) -> Option<&(Line, Conflict)> {
        let holds = |line: Line| (self.is_always)(line) || is_assumed(line);
        self.hopeless.iter().find(|(line, _)| holds(*line))
    }

    /// What a constraint on a real package allows.
    fn limit(&self, constraint: &Requirement) -> Option<EngineLine> {
        let view = self.question.view;
        let name = view.name_id(exact_name(&constraint.spec).as_normalized())?;
        Some(EngineLine {
            id: None,
            name,
            required: false,
            allowed: view.matching(name, &constraint.spec),
        })
    }
}
