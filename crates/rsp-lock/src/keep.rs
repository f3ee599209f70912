//! Which names of a base stay when its records may move.
//!
//! What nothing else in the base requires is what the base is for: its *roots*. They stay,
//! and the others as far as these need them. Where no record of a root goes with what is
//! asked for, whatever else moves, the root has to leave, and what it required becomes a
//! root of its own: the fewest leave that have to.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use rattler_conda_types::{MatchSpec, NamelessMatchSpec, PackageNameMatcher, RepoDataRecord};
use rsp_lock_prove::{Graph, Prepared, hitting::smallest_hitting_sets};
use rsp_lock_solve::{Conflict, Limits, Line, Outcome, Problem, SolveError};
use rsp_lock_spec::{Note, Origin, Requirement};

use crate::rung::Rung;

/// For each record of a base what holds even when it moves, if the records of `left` leave.
pub(crate) fn names(
    rung: &Rung<'_>,
    problem: &Problem<'_>,
    left: &BTreeSet<usize>,
) -> Vec<Option<Requirement>> {
    let stays = |at: &usize| !left.contains(at);
    let records = rung.records.iter().enumerate();
    let rest = records
        .filter(|(at, _)| stays(at))
        .map(|(_, record)| *record);
    let graph = Graph::new(rest, &problem.overrides, &problem.dependencies);
    let roots: BTreeSet<&str> = graph.roots().into_iter().collect();
    let records = rung.records.iter().enumerate();
    records
        .map(|(at, record)| {
            let name = record.package_record.name.as_normalized();
            // Where all need each other, each may be what the base is for.
            let is_root = roots.is_empty() || roots.contains(name);
            (stays(&at) && is_root).then(|| name_line(rung, record))
        })
        .collect()
}

/// The records of a base whose names have to leave, by their place in it.
///
/// `None` where leaving does not help, or nobody knows within the limits. `conflict`
/// says what is wrong when all names stay, counted in the problem and then [`names`].
pub(crate) fn who_leaves(
    rung: &Rung<'_>,
    problem: &Problem<'_>,
    prepared: &Prepared<'_>,
    limits: &Limits,
    conflict: &Conflict,
) -> Result<Option<BTreeSet<usize>>, SolveError> {
    let started = Instant::now();
    let own = problem.requirements.len();
    let core = |conflict: &Conflict, lines: &[Option<Requirement>]| -> Vec<usize> {
        let with_line: Vec<usize> = (0..lines.len())
            .filter(|at| matches!(lines.get(*at), Some(Some(_))))
            .collect();
        let of_base = conflict.lines.iter().filter_map(|line| match line {
            Line::Requirement(at) => with_line.get(at.checked_sub(own)?).copied(),
            _ => None,
        });
        of_base.collect()
    };
    let mut left = BTreeSet::new();
    let mut cores = vec![core(conflict, &names(rung, problem, &left))];
    loop {
        if cores.last().is_none_or(Vec::is_empty) {
            return Ok(None);
        }
        let stop = || limits.cancel.is_cancelled();
        let Some(next) = smallest_hitting_sets(&cores, 1, &stop).sets.pop() else {
            return Ok(None);
        };
        left = next.into_iter().collect();
        let lines = names(rung, problem, &left);
        let mut asked = problem.clone();
        asked.requirements.extend(lines.iter().flatten().cloned());
        let left_over = Limits {
            timeout: limits
                .timeout
                .map(|limit| limit.saturating_sub(started.elapsed())),
            ..limits.clone()
        };
        match prepared.solve_within(&asked, &left_over)? {
            Outcome::Solved(_) => return Ok(Some(left)),
            Outcome::Unsolvable(conflict) => cores.push(core(&conflict, &lines)),
            Outcome::TimedOut | Outcome::Cancelled => return Ok(None),
        }
    }
}

/// What holds for a name of the base even when its record moves.
fn name_line(rung: &Rung<'_>, record: &RepoDataRecord) -> Requirement {
    let name = record.package_record.name.clone();
    let text = name.as_normalized().to_owned();
    let spec = MatchSpec::from_nameless(
        NamelessMatchSpec::default(),
        PackageNameMatcher::Exact(name),
    );
    let origin = Origin {
        source: Arc::from(format!("base {}", rung.name)),
        line: 0,
        column: 0,
        span: 0..0,
    };
    Requirement {
        priority: i32::MIN,
        note: Note::default(),
        ..Requirement::new(spec, text, origin)
    }
}
