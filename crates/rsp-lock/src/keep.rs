//! Which names of a base stay when its records may move.
//!
//! What nothing else in the base requires is what the base is for: its *roots*. They stay,
//! and the others as far as these need them. Where no record of a root goes with what is
//! asked for, whatever else moves, the root has to leave, and what it required becomes a
//! root of its own: the fewest leave that have to.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use rattler_conda_types::{MatchSpec, NamelessMatchSpec, PackageNameMatcher, RepoDataRecord};
use rsp_lock_prove::{Graph, Prepared, hitting::smallest_hitting_sets};
use rsp_lock_solve::{Assumed, Limits, Line, Problem, SolveError};
use rsp_lock_spec::{Note, Origin, Requirement};

use crate::rung::Rung;

/// For each record of a base what holds even when it moves, if the records of `left` leave.
pub(crate) fn names(
    rung: &Rung<'_>,
    problem: &Problem<'_>,
    left: &BTreeSet<usize>,
) -> Vec<Option<Requirement>> {
    let roots = roots(rung, &graph(rung, problem), left);
    let records = rung.records.iter().enumerate();
    records
        .map(|(at, record)| roots.contains(&at).then(|| name_line(rung, record)))
        .collect()
}

/// The records of a base whose names have to leave, by their place in it.
///
/// `None` where leaving does not help, or nobody knows within the limits.
pub(crate) fn who_leaves(
    rung: &Rung<'_>,
    problem: &Problem<'_>,
    prepared: &Prepared<'_>,
    limits: &Limits,
) -> Result<Option<BTreeSet<usize>>, SolveError> {
    let own = problem.requirements.len();
    let mut all_stay = problem.clone();
    let lines = rung.records.iter().map(|record| name_line(rung, record));
    all_stay.requirements.extend(lines);
    let name_of = |line: Line| match line {
        Line::Requirement(at) => at.checked_sub(own),
        _ => None,
    };
    let is_always = |line| name_of(line).is_none();
    let graph = graph(rung, problem);
    prepared.with_assumptions(&all_stay, limits, &is_always, |assumptions| {
        let mut cores: Vec<Vec<usize>> = Vec::new();
        loop {
            let stop = || assumptions.is_over();
            let Some(next) = smallest_hitting_sets(&cores, 1, &stop).sets.pop() else {
                return Ok(None);
            };
            let left: BTreeSet<usize> = next.into_iter().collect();
            let stay = roots(rung, &graph, &left);
            let stays = |line| name_of(line).is_some_and(|at| stay.contains(&at));
            match assumptions.ask(&stays, &[]) {
                Assumed::Holds(_) => return Ok(Some(left)),
                Assumed::Refused { lines, .. } if !lines.is_empty() => {
                    cores.push(lines.into_iter().filter_map(name_of).collect());
                }
                _ => return Ok(None),
            }
        }
    })
}

/// Who needs whom in a base.
fn graph<'r>(rung: &Rung<'r>, problem: &Problem<'_>) -> Graph<'r> {
    let records = rung.records.iter().copied();
    Graph::new(records, &problem.overrides, &problem.dependencies)
}

/// The records that a base is for if the records of `left` leave, by their place in it.
fn roots(rung: &Rung<'_>, graph: &Graph<'_>, left: &BTreeSet<usize>) -> BTreeSet<usize> {
    let gone = left.iter().filter_map(|at| rung.records.get(*at));
    let gone = gone.map(|record| record.package_record.name.as_normalized());
    let roots: HashSet<&str> = graph.roots_without(&gone.collect()).into_iter().collect();
    let records = rung.records.iter().enumerate();
    let rest = records.filter(|(at, _)| !left.contains(at));
    // Where all need each other, each may be what the base is for.
    rest.filter(|(_, record)| {
        roots.is_empty() || roots.contains(record.package_record.name.as_normalized())
    })
    .map(|(at, _)| at)
    .collect()
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
