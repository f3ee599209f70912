//! Packages that float: locked anew while everything else stays.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_solve::{Outcome, Problem};
use rsp_lock_spec::dependency_name;

use crate::rung::floating;

/// What became of the packages that float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floated {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// Whether they were free: all else stayed. If the request changed so that
    /// something else had to move, they were kept like any other package.
    pub free: bool,
}

/// Solves with everything locked held in its place but the packages that float; if that is
/// not possible, in the usual way.
///
/// `None` if nothing floats or nothing is locked: then the usual way is the only one.
pub(crate) fn solve_floating<'a, E>(
    problem: &Problem<'a>,
    solve: impl Fn(&Problem<'a>) -> Result<Outcome, E>,
) -> Result<Option<(Outcome, Floated)>, E> {
    let floats: BTreeSet<&str> = floating(&problem.requirements).collect();
    if floats.is_empty() || problem.locked.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = floats.iter().map(|name| (*name).to_owned()).collect();
    let mut held = problem.clone();
    held.locked
        .retain(|record| !floats.contains(record.package_record.name.as_normalized()));
    let pinned: BTreeSet<&str> = problem
        .pinned
        .iter()
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    let needed = needed_without(problem, &floats);
    held.pinned.extend(held.locked.iter().filter(|record| {
        let name = record.package_record.name.as_normalized();
        needed.contains(name) && !pinned.contains(name)
    }));
    match solve(&held)? {
        Outcome::Unsolvable(_) => {
            let outcome = solve(problem)?;
            Ok(Some((outcome, Floated { names, free: false })))
        }
        outcome => Ok(Some((outcome, Floated { names, free: true }))),
    }
}

/// The locked names that the requirements need without those that float. What only these
/// need may go with them.
fn needed_without(problem: &Problem<'_>, floats: &BTreeSet<&str>) -> BTreeSet<String> {
    let locked: BTreeMap<&str, &RepoDataRecord> = problem
        .locked
        .iter()
        .map(|record| (record.package_record.name.as_normalized(), *record))
        .collect();
    let mut open: Vec<String> = problem
        .requirements
        .iter()
        .filter(|line| !line.float)
        .map(|line| line.name().as_normalized().to_owned())
        .collect();
    let mut needed = BTreeSet::new();
    while let Some(name) = open.pop() {
        if floats.contains(name.as_str()) || needed.contains(&name) {
            continue;
        }
        if let Some(record) = locked.get(name.as_str()) {
            let depends = record.package_record.depends.iter();
            open.extend(depends.map(|text| dependency_name(text).to_lowercase()));
            needed.insert(name);
        }
    }
    needed
}
