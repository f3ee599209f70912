//! Our own solver: the problem as a question to the engine, and its answer in records again.
//!
//! - `rules`: which candidates may not be chosen, asked name by name.
//! - `rewrite`: overrides and edits.
//! - `question`: lines become lines of a query.
//! - `proof`, `explain`: the engine's proof becomes the facts of a conflict.
//!
//! What "best" means is defined by `rsp_lock_engine`; the names it puts first
//! are those of the pins and requirements, by priority, then by name.

mod explain;
mod proof;
mod question;
mod rewrite;
mod rules;

use std::time::SystemTime;

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use rsp_lock_engine::{Answer as Found, Engine, Limits};

pub(crate) use self::{question::view, rules::Rules};

use self::question::Question;
use crate::{
    conflict::{Cause, Conflict, Line},
    error::SolveError,
    problem::Problem,
    solve::Stop,
    world::World,
};

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    Solved(Vec<RepoDataRecord>),
    Unsolvable(Conflict),
    TimedOut,
    Cancelled,
}

/// Solves a problem.
pub(crate) fn run(
    problem: &Problem<'_>,
    world: &World<'_>,
    offered: &[GenericVirtualPackage],
    engine: &mut Engine,
    stop: Stop<'_>,
) -> Result<Answer, SolveError> {
    let (view, stand_ins) = view(problem, world)?;
    world.check(&view)?;
    let rules = Rules::new(problem, &view);
    if let Some(conflict) = missing_pins(problem, &view, &rules) {
        return Ok(Answer::Unsolvable(conflict));
    }
    let question = Question::new(problem, &view, &rules, offered, &stand_ins);
    if let Some(line) = question.hopeless {
        return Ok(Answer::Unsolvable(explain::hopeless(&question, line)));
    }
    let timed_out = || stop.at.is_some_and(|at| SystemTime::now() >= at);
    let limits = Limits {
        stop: &|| stop.cancel.is_cancelled() || timed_out(),
    };
    tracing::debug!(lines = question.lines.len(), "asked");
    Ok(
        match engine.solve(&view.tables(), &question.query(), &limits) {
            Found::Solved(chosen) => {
                let real = chosen
                    .into_iter()
                    .filter(|(name, _)| *name < view.real_names());
                let records = real.enumerate().map(|(at, (name, position))| {
                    view.has_read(at);
                    world
                        .record(&view, name, position)
                        .ok_or_else(|| SolveError::BadRecord {
                            name: view.name(name).to_owned(),
                        })
                });
                Answer::Solved(records.collect::<Result<_, _>>()?)
            }
            Found::Unsolvable(refutation) => {
                Answer::Unsolvable(explain::conflict(&question, &refutation))
            }
            Found::Stopped if stop.cancel.is_cancelled() => Answer::Cancelled,
            Found::Stopped => Answer::TimedOut,
            Found::Unstated(names) => {
                // A view has everything that its names can reach, unless its file is damaged.
                let name = names.first().map_or("", |name| view.name(*name));
                return Err(SolveError::BadRecord {
                    name: name.to_owned(),
                });
            }
        },
    )
}

/// The conflict that pins make which nothing answers to.
fn missing_pins(
    problem: &Problem<'_>,
    view: &rsp_lock_index::View,
    rules: &Rules<'_>,
) -> Option<Conflict> {
    problem
        .pinned
        .iter()
        .enumerate()
        .find_map(|(pinned, record)| {
            let name = view.name_id(record.package_record.name.as_normalized());
            let position = name.and_then(|name| {
                let position = rules.pinned(name)?;
                let (_, pack, row) = view.candidate(name, position)?;
                pack.is_at(row, record.url.as_str())
                    .then_some((name, position))
            });
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
        })
}
