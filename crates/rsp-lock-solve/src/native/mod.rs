//! Our own solver: the problem as a question to the engine, and its answer in records again.
//!
//! - `rules`: which candidates may not be chosen, asked name by name.
//! - `rewrite`: overrides and edits.
//! - `question`: lines become lines of a query.
//! - `proof`, `explain`: the engine's proof becomes the facts of a conflict.
//! - `assume`: one question asked many times, with other lines.
//! - `choice`: why an answer does not have better versions.
//!
//! What "best" means is defined by `rsp_lock_engine`; the names it puts first
//! are those of the pins and requirements, by priority, then by name.

mod assume;
mod choice;
mod explain;
mod proof;
mod question;
mod rewrite;
mod rules;

use rattler_conda_types::GenericVirtualPackage;
use rsp_lock_engine::{Answer as Found, Limits};
use rsp_lock_index::View;

pub use self::assume::{Assumed, Assumptions, Holding};
pub(crate) use self::{
    assume::with_assumptions, choice::explain_choices, question::view, rules::Rules,
};

use self::question::Question;
use crate::{
    conflict::{Cause, Conflict, Line},
    error::SolveError,
    outcome::Solution,
    problem::Problem,
    solve::Stop,
    workspace::{Last, Workspace},
    world::World,
};

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    Solved(Solution),
    Unsolvable(Conflict),
    TimedOut,
    Cancelled,
}

/// Solves a problem.
pub(crate) fn run(
    problem: &Problem<'_>,
    world: &World<'_>,
    offered: &[GenericVirtualPackage],
    workspace: &mut Workspace,
    stop: Stop<'_>,
) -> Result<Answer, SolveError> {
    let (view, stand_ins) = view(problem, world)?;
    world.check(&view)?;
    let rules = Rules::new(problem, &view);
    let mut pins = 0..problem.pinned.len();
    if let Some(conflict) = pins.find_map(|pin| missing_pin(problem, &view, &rules, pin)) {
        return Ok(Answer::Unsolvable(conflict));
    }
    let question = Question::new(problem, &view, &rules, offered, &stand_ins);
    if let Some(line) = question.hopeless.first() {
        return Ok(Answer::Unsolvable(explain::hopeless(&question, *line)));
    }
    let limits = Limits {
        stop: &|| stop.is_due(),
    };
    tracing::debug!(lines = question.lines.len(), "asked");
    let (tables, query) = (view.tables(), question.query());
    let last = Last::over(&mut workspace.last, &view);
    let found = if last.is_some() {
        workspace.engine.solve_again(&tables, &query, &limits)
    } else {
        workspace.engine.solve(&tables, &query, &limits)
    };
    Ok(match found {
        Found::Solved(chosen) => Answer::Solved(solution(&view, world, chosen, last)?),
        Found::Unsolvable(refutation) => {
            Answer::Unsolvable(explain::conflict(&question, &refutation))
        }
        Found::Stopped if stop.cancel.is_cancelled() => Answer::Cancelled,
        Found::Stopped => Answer::TimedOut,
        Found::Unstated(names) => return Err(unstated(&view, &names)),
    })
}

/// The records of an answer, by name; those of the answer before are taken over.
fn solution(
    view: &View,
    world: &World<'_>,
    mut chosen: Vec<(u32, u32)>,
    last: Option<&mut Last>,
) -> Result<Solution, SolveError> {
    chosen.retain(|(name, _)| *name < view.real_names());
    let read = |(name, position): (u32, u32)| {
        let record = world.record(view, name, position);
        record.ok_or_else(|| unstated(view, &[name]))
    };
    // Ascending by number is by name: real names are numbered in the order of their texts.
    let records = if let Some(last) = last {
        last.records(&chosen, read)?
    } else {
        let read = |(at, candidate): (usize, &(u32, u32))| {
            view.has_read(at);
            read(*candidate)
        };
        in_halves(&chosen, read)?
    };
    Ok(Solution { records })
}

/// Below so many, a thread costs more than it saves.
const WORTH_A_THREAD: usize = 128;

/// What `make` makes of each item and its place in its half, in their order, by two threads.
///
/// Threads of its own and no pool: a process that solves once would start one for this alone,
/// with a thread for every core.
fn in_halves<T: Sync, R: Send, E: Send>(
    items: &[T],
    make: impl Fn((usize, &T)) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let make_all = |items: &[T], room: usize| {
        // Results may be large: the list is not to grow under it.
        let mut results = Vec::with_capacity(room);
        for item in items.iter().enumerate() {
            results.push(make(item)?);
        }
        Ok(results)
    };
    if items.len() < WORTH_A_THREAD {
        return make_all(items, items.len());
    }
    let (first, second) = items.split_at(items.len() / 2);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| make_all(second, second.len()));
        let mut results = make_all(first, items.len())?;
        match second.join() {
            Ok(second) => results.append(&mut second?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok(results)
    })
}

/// A view has everything that its names can reach, unless its file is damaged.
fn unstated(view: &View, names: &[u32]) -> SolveError {
    let name = names.first().map_or("", |name| view.name(*name));
    SolveError::BadRecord {
        name: name.to_owned(),
    }
}

/// The candidate that a pin names, whether or not it may be chosen.
fn pinned_candidate(
    problem: &Problem<'_>,
    view: &View,
    rules: &Rules<'_>,
    pinned: usize,
) -> Option<(u32, u32)> {
    let record = problem.pinned.get(pinned)?;
    let name = view.name_id(record.package_record.name.as_normalized())?;
    let position = rules.pinned(name)?;
    let (_, pack, row) = view.candidate(name, position)?;
    pack.is_at(row, record.url.as_str())
        .then_some((name, position))
}

/// The conflict that a pin makes which nothing answers to.
fn missing_pin(
    problem: &Problem<'_>,
    view: &View,
    rules: &Rules<'_>,
    pinned: usize,
) -> Option<Conflict> {
    let position = pinned_candidate(problem, view, rules, pinned);
    let exclusion = match position {
        Some((name, position)) => Some(rules.exclusion(name, position)?),
        None => None,
    };
    Some(Conflict {
        lines: vec![Line::Pinned(pinned)],
        minimal: true,
        causes: vec![Cause::PinMissing { pinned, exclusion }],
        said: None,
    })
}
