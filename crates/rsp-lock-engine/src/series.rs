//! Which versions of a name are as good as each other for all who speak of it.

use rsp_lock_index::Tables;

use crate::{bits::NONE, net::Net};

/// A name that many limit, and where its series begin.
#[derive(Debug)]
pub(crate) struct Hub {
    /// Its variable.
    pub(crate) var: u32,
    /// Per version, whether a series begins there: some clause allows this version or the one
    /// before it, and not both.
    pub(crate) begins: Vec<bool>,
}

/// The hubs of a net, given their variables.
pub(crate) fn hubs(tables: &Tables<'_>, net: &Net, vars: Vec<u32>) -> Vec<Hub> {
    let mut number = vec![NONE; net.vars()];
    for (at, var) in (0..).zip(&vars) {
        number[*var as usize] = at;
    }
    let mut hubs: Vec<Hub> = vars
        .into_iter()
        .map(|var| Hub {
            var,
            begins: vec![
                false;
                versions(tables, net, var).last().map_or(0, |last| last + 1) as usize
            ],
        })
        .collect();
    for (clause, target) in net.clause_target.iter().enumerate() {
        let at = number.get(*target as usize).copied().unwrap_or(NONE);
        if let Some(hub) = hubs.get_mut(at as usize) {
            divide(
                &mut hub.begins,
                versions(tables, net, *target),
                net.allowed(clause),
            );
        }
    }
    hubs
}

/// Notes where the versions that some ranges of candidates have begin and end.
fn divide(begins: &mut [bool], versions: &[u32], allowed: &[[u32; 2]]) {
    let mut note = |version: u32| {
        if let Some(begins) = begins.get_mut(version as usize) {
            *begins = true;
        }
    };
    // The version after those of the ranges so far.
    let mut end = NONE;
    for [from, to] in allowed.iter().filter(|[from, to]| from < to) {
        let first = versions[*from as usize];
        if end == NONE || first > end {
            note(end);
            note(first);
        }
        end = versions[*to as usize - 1] + 1;
    }
    note(end);
}

/// Per candidate of a variable, its version.
fn versions<'t>(tables: &Tables<'t>, net: &Net, var: u32) -> &'t [u32] {
    let name = net.names[var as usize];
    let span = tables.name_candidates.get(name as usize);
    span.map_or(&[], |[start, end]| {
        &tables.candidate_version[*start as usize..*end as usize]
    })
}
