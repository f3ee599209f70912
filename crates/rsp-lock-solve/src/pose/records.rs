//! The records that the requirements can reach, by name.

use std::collections::{BTreeMap, HashMap, HashSet};

use rattler_conda_types::{MatchSpec, RepoDataRecord};
use rsp_lock_spec::effective;

use crate::{
    error::SolveError,
    exclusion::Exclusion,
    pose::{Candidate, Package, order::best_first, records_of, usable::Texts},
    problem::Problem,
};

type ByName<'a> = HashMap<&'a str, Vec<(usize, &'a RepoDataRecord)>>;

/// The records of all names that the requirements can reach.
///
/// A name is reachable over the dependencies of usable records. What cannot be
/// reached cannot be in an answer, so it shall not influence one.
pub(super) fn reachable<'a>(
    problem: &Problem<'a>,
) -> Result<BTreeMap<&'a str, Package<'a>>, SolveError> {
    let by_name = by_name(problem);
    let mut texts = Texts::default();
    let mut packages = BTreeMap::new();
    let mut places: Vec<(&'a str, &'a RepoDataRecord, String, MatchSpec)> = Vec::new();
    let mut seen: HashSet<&'a str> = HashSet::new();
    let mut queue: Vec<&'a str> = Vec::new();
    let mut reach = |name: &str, queue: &mut Vec<&'a str>| {
        if let Some((name, _)) = by_name.get_key_value(name)
            && seen.insert(name)
        {
            queue.push(name);
        }
    };
    for line in &problem.requirements {
        reach(line.name().as_normalized(), &mut queue);
    }
    for pin in &problem.pinned {
        reach(pin.package_record.name.as_normalized(), &mut queue);
    }
    while let Some(name) = queue.pop() {
        let records = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut package = Package::default();
        for (channel, record) in distinct(records)? {
            if name.starts_with("__") {
                let problem = "only the platform offers names that start with `__`".to_owned();
                package
                    .excluded
                    .push((record, Exclusion::Unusable { problem }));
                continue;
            }
            let changed = changed(problem, record);
            let mut visit = |name: &str, place: Option<&MatchSpec>| {
                reach(name, &mut queue);
                if let Some(spec) = place {
                    places.push((
                        record.package_record.name.as_normalized(),
                        record,
                        name.to_owned(),
                        spec.clone(),
                    ));
                }
            };
            let usable = match &changed {
                Some(changed) => texts.visit_changed(&changed.package_record, &mut visit),
                None => texts.visit(&record.package_record, &mut visit),
            };
            match usable {
                Ok(()) => package.candidates.push(Candidate {
                    channel,
                    original: record,
                    changed,
                }),
                Err(problem) => package
                    .excluded
                    .push((record, Exclusion::Unusable { problem })),
            }
        }
        packages.insert(name, package);
    }
    refuse_places(&places, &mut packages);
    Ok(packages)
}

fn by_name<'a>(problem: &Problem<'a>) -> ByName<'a> {
    let mut by_name: ByName<'a> = HashMap::new();
    for (index, channel) in problem.channels.iter().enumerate() {
        for &record in records_of(channel) {
            by_name
                .entry(record.package_record.name.as_normalized())
                .or_default()
                .push((index, record));
        }
    }
    by_name
}

fn changed(problem: &Problem<'_>, record: &RepoDataRecord) -> Option<Box<RepoDataRecord>> {
    if problem.overrides.is_empty() && problem.dependencies.is_empty() {
        return None;
    }
    let package = &record.package_record;
    let effective = effective(package, &problem.overrides, &problem.dependencies)?;
    let texts = |list: &[rsp_lock_spec::EffectiveDependency]| {
        list.iter()
            .map(|dependency| dependency.text.clone())
            .collect()
    };
    let mut record = record.clone();
    record.package_record.depends = texts(&effective.depends);
    record.package_record.constrains = texts(&effective.constrains);
    Some(Box::new(record))
}

/// Every file once: by channel, then best first.
fn distinct<'a>(
    records: &[(usize, &'a RepoDataRecord)],
) -> Result<Vec<(usize, &'a RepoDataRecord)>, SolveError> {
    let mut sorted = records.to_vec();
    sorted.sort_by(|(_, a), (_, b)| a.url.as_str().cmp(b.url.as_str()));
    let mut unique: Vec<(usize, &'a RepoDataRecord)> = Vec::with_capacity(sorted.len());
    for (channel, record) in sorted {
        match unique.last_mut() {
            Some((first, known)) if known.url == record.url => {
                if known.package_record != record.package_record {
                    return Err(SolveError::DuplicateRecord {
                        file: record.identifier.to_file_name(),
                    });
                }
                if channel < *first {
                    (*first, *known) = (channel, record);
                }
            }
            _ => unique.push((channel, record)),
        }
    }
    unique.sort_by(|(channel, a), (other, b)| channel.cmp(other).then_with(|| best_first(a, b)));
    let mut taken = HashSet::with_capacity(unique.len());
    for (channel, record) in &unique {
        let subdir = record.package_record.subdir.as_str();
        if !taken.insert((*channel, subdir, &record.identifier)) {
            return Err(SolveError::DuplicateRecord {
                file: record.identifier.to_file_name(),
            });
        }
    }
    Ok(unique)
}

/// Records whose dependency names a channel, a subdir or a file are only usable
/// where that says nothing new: no solver looks at it.
fn refuse_places<'a>(
    places: &[(&'a str, &'a RepoDataRecord, String, MatchSpec)],
    packages: &mut BTreeMap<&'a str, Package<'a>>,
) {
    let refused: Vec<_> = places
        .iter()
        .filter(|(_, _, target, spec)| {
            packages.get(target.as_str()).is_some_and(|package| {
                let elsewhere = |c: &Candidate<'_>| !super::exclude::is_in_place(spec, c.original);
                package.candidates.iter().any(elsewhere)
            })
        })
        .collect();
    for (name, record, _, spec) in refused {
        if let Some(package) = packages.get_mut(name) {
            package.candidates.retain(|c| c.original.url != record.url);
            let problem =
                format!("`{spec}`: a dependency that names a channel, a subdir or a file");
            package
                .excluded
                .push((record, Exclusion::Unusable { problem }));
        }
    }
}
