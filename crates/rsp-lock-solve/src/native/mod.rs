//! Our own solver: the posed problem as tables and a query for the engine, and
//! its answer in records again.
//!
//! - `question`: candidates become tables, lines become lines of a query.
//! - `explain`: the engine's proof becomes the facts of a conflict.
//!
//! What "best" means is defined by `rsp_lock_engine`; the names it puts first
//! are those of the pins and requirements, by priority, then by name.

mod explain;
mod proof;
mod question;

use std::time::SystemTime;

use rsp_lock_engine::{Answer as Found, Engine, Limits, Query};

use crate::{
    conflict::Line,
    error::SolveError,
    pose::Posed,
    problem::Problem,
    resolvo_driver::{Answer, Stop, missing_pins},
};

/// Solves what is left of a problem when only the lines that `keep` accepts count.
#[expect(
    clippy::unnecessary_wraps,
    reason = "asked in the same way as the driver of resolvo"
)]
pub(crate) fn run<'p>(
    problem: &Problem<'_>,
    posed: &'p Posed<'_>,
    keep: &dyn Fn(Line) -> bool,
    stop: Stop<'_>,
) -> Result<Answer<'p>, SolveError> {
    if let Some(conflict) = missing_pins(posed, keep) {
        return Ok(Answer::Unsolvable(conflict));
    }
    let timed_out = || stop.at.is_some_and(|at| SystemTime::now() >= at);
    let stand_ins = question::stand_ins(posed, keep);
    let question = question::Question::new(problem, posed, &stand_ins, keep);
    if let Some(hopeless) = question.hopeless {
        let conflict = explain::hopeless(problem, posed, &question, hopeless);
        return Ok(Answer::Unsolvable(conflict));
    }
    let limits = Limits {
        stop: &|| stop.cancel.is_cancelled() || timed_out(),
    };
    let tables = question.index.tables();
    let query = Query {
        rules: &question.edits,
        ..question.query.clone()
    };
    Ok(match Engine::default().solve(&tables, &query, &limits) {
        Found::Solved(chosen) => Answer::Solved(
            chosen
                .into_iter()
                .filter_map(|(name, position)| question.posed_record(posed, name, position))
                .collect(),
        ),
        Found::Unsolvable(refutation) => {
            Answer::Unsolvable(explain::conflict(problem, posed, &question, &refutation))
        }
        Found::Stopped if stop.cancel.is_cancelled() => Answer::Cancelled,
        // The index of a question states every name.
        Found::Stopped | Found::Unstated(_) => Answer::TimedOut,
    })
}
