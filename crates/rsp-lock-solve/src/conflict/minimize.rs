//! Which lines of a conflict matter.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use crate::{
    conflict::{Conflict, Line},
    error::SolveError,
    pose::{Posed, pose},
    problem::Problem,
    resolvo_driver::{Answer, Stop, run},
    solve::CancellationToken,
};

/// The same conflict with as few lines as can be found within `budget`.
///
/// Solves again without one line after the other; what is still unsolvable
/// without a line does not need the line. [`Conflict::minimal`] says whether
/// time was enough for all of them. Overrides and edits stay as they are.
pub fn minimize(
    problem: &Problem<'_>,
    conflict: &Conflict,
    budget: Duration,
) -> Result<Conflict, SolveError> {
    if conflict.minimal {
        return Ok(conflict.clone());
    }
    let cancel = CancellationToken::default();
    let stop = Stop {
        at: SystemTime::now().checked_add(budget),
        cancel: &cancel,
    };
    let posed = pose(problem)?;
    let mut best = conflict.clone();
    if let Some(found) = core(problem, &posed, &removable(conflict), stop)? {
        best = found;
    } else {
        // Lines that are not named may matter as well, or time is up.
        let all: BTreeSet<Line> = posed
            .requirements
            .iter()
            .chain(&posed.constraints)
            .map(|line| line.line)
            .collect();
        if let Some(found) = core(problem, &posed, &all, stop)? {
            best = found;
        }
    }
    let mut lines = removable(&best);
    let mut is_minimal = true;
    // The request's last lines are the newest ones more often than not: what
    // stood there before them is more likely to be meant.
    for line in lines.clone().into_iter().rev() {
        if !lines.contains(&line) {
            continue;
        }
        let mut without = lines.clone();
        without.remove(&line);
        match attempt(problem, &posed, &without, stop)? {
            Attempt::Unsolvable(found) => {
                lines = removable(&found);
                best = found;
            }
            Attempt::Solvable => {}
            Attempt::Unknown => is_minimal = false,
        }
    }
    best.minimal = is_minimal;
    best.said.clone_from(&conflict.said);
    Ok(best)
}

enum Attempt {
    Unsolvable(Conflict),
    Solvable,
    Unknown,
}

fn core(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    lines: &BTreeSet<Line>,
    stop: Stop<'_>,
) -> Result<Option<Conflict>, SolveError> {
    Ok(match attempt(problem, posed, lines, stop)? {
        Attempt::Unsolvable(conflict) => Some(conflict),
        Attempt::Solvable | Attempt::Unknown => None,
    })
}

fn attempt(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    lines: &BTreeSet<Line>,
    stop: Stop<'_>,
) -> Result<Attempt, SolveError> {
    let answer = run(problem, posed, &|line| lines.contains(&line), stop)?;
    Ok(match answer {
        Answer::Unsolvable(conflict) => Attempt::Unsolvable(conflict),
        Answer::Solved(_) => Attempt::Solvable,
        Answer::TimedOut | Answer::Cancelled => Attempt::Unknown,
    })
}

fn removable(conflict: &Conflict) -> BTreeSet<Line> {
    let is_removable = |line: &Line| !matches!(line, Line::Override(_) | Line::Dependency(_));
    conflict
        .lines
        .iter()
        .copied()
        .filter(is_removable)
        .collect()
}
