//! Something is wanted that no record offers: what there is instead.

use std::collections::{BTreeMap, HashSet};

use rattler_conda_types::{Matches, RepoDataRecord};
use rsp_lock_spec::exact_name;

use crate::{
    conflict::{Demand, NoCandidate, nearest::nearest},
    exclusion::Exclusion,
    pose::{Posed, best_first, records_of},
    problem::Problem,
};

/// The facts around a demand that no candidate meets.
pub(crate) fn no_candidate(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    demand: Demand,
) -> NoCandidate {
    let name = exact_name(&demand.spec).as_normalized().to_owned();
    let offered: Vec<String> = posed
        .virtual_packages
        .iter()
        .filter(|package| package.name.as_normalized() == name)
        .map(|package| package.version.to_string())
        .collect();
    if name.starts_with("__") {
        return NoCandidate {
            demand,
            available: offered,
            excluded: Vec::new(),
            nearest: Vec::new(),
        };
    }
    let Some(package) = posed.packages.get(name.as_str()) else {
        let names = problem
            .channels
            .iter()
            .flat_map(records_of)
            .map(|record| record.package_record.name.as_normalized());
        let names: HashSet<&str> = names.collect();
        return NoCandidate {
            demand,
            available: Vec::new(),
            excluded: Vec::new(),
            nearest: nearest(&name, names.into_iter()),
        };
    };
    let mut all: Vec<&RepoDataRecord> = package
        .candidates
        .iter()
        .map(|candidate| candidate.original)
        .chain(package.excluded.iter().map(|(record, _)| *record))
        .collect();
    all.sort_by(|a, b| best_first(a, b));
    let mut available: Vec<String> = all
        .iter()
        .map(|record| record.package_record.version.to_string())
        .collect();
    available.dedup();
    available.truncate(10);
    let mut excluded: BTreeMap<&Exclusion, usize> = BTreeMap::new();
    for (record, exclusion) in &package.excluded {
        if demand.spec.matches(*record) {
            *excluded.entry(exclusion).or_default() += 1;
        }
    }
    let mut excluded: Vec<(Exclusion, usize)> = excluded
        .into_iter()
        .map(|(exclusion, count)| (exclusion.clone(), count))
        .collect();
    excluded.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    NoCandidate {
        demand,
        available,
        excluded,
        nearest: Vec::new(),
    }
}
