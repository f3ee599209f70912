//! Our own solver: the problem as a question to the engine, and its answer in records again.
//!
//! - `rules`: which candidates may not be chosen, asked name by name.
//! - `rewrite`: overrides and edits.
//! - `question`: lines become lines of a query.
//! - `proof`, `explain`: the engine's proof becomes the facts of a conflict.
//! - `reader`: the records of an answer.
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
mod reader;
mod rewrite;
mod rules;

use std::sync::Arc;

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use rsp_lock_engine::{Answer as Found, Limits};
use rsp_lock_index::View;

pub use self::assume::{Assumed, Assumptions, Holding};
pub(crate) use self::{
    assume::with_assumptions, choice::explain_choices, question::view, rules::Rules,
};

use self::{question::Question, reader::with_reader};
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
    let engine = &mut workspace.engine;
    let read = |candidate| record(&view, world, candidate);
    let (found, records) = if let Some(last) = Last::over(&mut workspace.last, &view) {
        let found = engine.solve_again(&tables, &query, &limits);
        let records = last.records(&chosen(&found, &view), read)?;
        (found, records)
    } else {
        let read = |at, candidate| {
            view.has_read(at);
            read(candidate)
        };
        with_reader(view.real_names(), read, |read| {
            let found = engine.solve(&tables, &query, &limits);
            let records = read(&chosen(&found, &view))?;
            Ok((found, records))
        })?
    };
    Ok(match found {
        Found::Solved(_) => Answer::Solved(Solution { records }),
        Found::Unsolvable(refutation) => {
            Answer::Unsolvable(explain::conflict(&question, &refutation))
        }
        Found::Stopped if stop.cancel.is_cancelled() => Answer::Cancelled,
        Found::Stopped => Answer::TimedOut,
        Found::Unstated(names) => return Err(unstated(&view, &names)),
    })
}

/// The candidates that were found, if any were.
fn chosen(found: &Found, view: &View) -> Vec<(u32, u32)> {
    match found {
        Found::Solved(chosen) => real(chosen, view),
        _ => Vec::new(),
    }
}

/// The candidates that are records, by number and so by name: real names are numbered in the
/// order of their texts.
fn real(chosen: &[(u32, u32)], view: &View) -> Vec<(u32, u32)> {
    let is_real = |(name, _): &&(u32, u32)| *name < view.real_names();
    chosen.iter().filter(is_real).copied().collect()
}

fn record(
    view: &View,
    world: &World<'_>,
    (name, position): (u32, u32),
) -> Result<Arc<RepoDataRecord>, SolveError> {
    let record = world.record(view, name, position).map(Arc::new);
    record.ok_or_else(|| unstated(view, &[name]))
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
