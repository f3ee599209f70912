//! Which packages are older than they could be, and which line keeps them there.

use std::{collections::BTreeMap, sync::Arc};

use rattler_conda_types::{Matches, PackageRecord, RepoDataRecord, Subdir};
use rsp_lock_index::{DeadBecause, View};
use rsp_lock_solve::Problem;
use rsp_lock_spec::{ChannelPriority, Strategy, dependency_name, effective, parse_record_spec};

use crate::{
    cutoff::{cutoff_of_name, is_seen},
    source::ChannelSource,
};

/// A package that is older than the newest one that the channels offer here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// The version in the solution.
    pub version: String,
    /// The newest version that could have been considered.
    pub newest: String,
    /// What excludes the newest version; empty if only its own dependencies do.
    pub holders: Vec<Holder>,
}

/// What excludes the newest version of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A requirement, by its index in [`crate::PlatformRun::requirements`].
    Requirement(usize),
    /// A constraint, by its index in [`crate::PlatformRun::constraints`].
    Constraint(usize),
    /// The base, which has this record.
    Base,
    /// The lock that was there, which has this record.
    Lock,
    /// A dependency or constraint of another package of the solution.
    Package {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// What it asks for, overrides and edits applied.
        spec: String,
        /// The override that says so, by its index in the request, if one does.
        rule: Option<usize>,
    },
}

/// Which packages of a solution are older than the newest that the channels offer
/// to this platform, by name.
pub(crate) fn held(
    solution: &[Arc<RepoDataRecord>],
    sources: &[ChannelSource],
    subdir: Subdir,
    problem: &Problem<'_>,
    view: Option<&View>,
) -> Vec<Held> {
    let mut newest: BTreeMap<&str, PackageRecord> = BTreeMap::new();
    let wants_oldest = |name: &str| match problem.strategy {
        Strategy::Highest => false,
        Strategy::Lowest => true,
        Strategy::LowestDirect => {
            let mut asked = problem.requirements.iter();
            asked.any(|line| line.name().as_normalized() == name)
        }
    };
    for record in solution {
        let own = &record.package_record;
        if wants_oldest(own.name.as_normalized()) {
            continue;
        }
        let best = match view {
            Some(view) => newest_in(record, view, problem),
            None => newest_of(record, sources, subdir, problem).cloned(),
        };
        if let Some(best) = best
            && best.version > own.version
        {
            newest.insert(own.name.as_normalized(), best);
        }
    }
    let mut holders: BTreeMap<&str, Vec<Holder>> = BTreeMap::new();
    let mut hold = |name: &str, holder: Holder| {
        if let Some((name, _)) = newest.get_key_value(name) {
            let known = holders.entry(*name).or_default();
            if !known.contains(&holder) {
                known.push(holder);
            }
        }
    };
    for (index, requirement) in problem.requirements.iter().enumerate() {
        let name = requirement.name().as_normalized();
        if newest
            .get(name)
            .is_some_and(|best| !requirement.spec.matches(best))
        {
            hold(name, Holder::Requirement(index));
        }
    }
    for (index, constraint) in problem.constraints.iter().enumerate() {
        let name = constraint.name().as_normalized();
        if newest
            .get(name)
            .is_some_and(|best| !constraint.spec.matches(best))
        {
            hold(name, Holder::Constraint(index));
        }
    }
    for record in solution {
        for (text, rule) in dependencies(&record.package_record, problem) {
            let name = dependency_name(&text).to_ascii_lowercase();
            let excludes = newest
                .get(name.as_str())
                .is_some_and(|best| parse_record_spec(&text).is_ok_and(|spec| !spec.matches(best)));
            if excludes {
                let holder = Holder::Package {
                    name: record.package_record.name.as_normalized().to_owned(),
                    version: record.package_record.version.to_string(),
                    spec: text,
                    rule,
                };
                hold(&name, holder);
            }
        }
    }
    solution
        .iter()
        .filter_map(|record| {
            let name = record.package_record.name.as_normalized();
            let newest = newest.get(name)?;
            let mut holders = holders.remove(name).unwrap_or_default();
            let is_among =
                |records: &[&RepoDataRecord]| records.iter().any(|r| r.url == record.url);
            if holders.is_empty() && is_among(&problem.pinned) {
                holders.push(Holder::Base);
            } else if is_among(&problem.locked)
                && (holders.is_empty()
                    || are_own_lines(&holders)
                        && own_lines_allow_newer(record, sources, subdir, problem))
            {
                // Those lines exclude what is newest, but not all that is newer.
                holders.insert(0, Holder::Lock);
            }
            Some(Held {
                name: name.to_owned(),
                version: record.package_record.version.to_string(),
                newest: newest.version.to_string(),
                holders,
            })
        })
        .collect()
}

/// Whether nothing but lines of the request is known to exclude what is newest.
fn are_own_lines(holders: &[Holder]) -> bool {
    let is_line =
        |holder: &Holder| matches!(holder, Holder::Requirement(_) | Holder::Constraint(_));
    holders.iter().all(is_line)
}

/// Whether the channel of a record has a newer one that the lines about its name allow.
fn own_lines_allow_newer(
    record: &RepoDataRecord,
    sources: &[ChannelSource],
    subdir: Subdir,
    problem: &Problem<'_>,
) -> bool {
    let name = &record.package_record.name;
    let lines = problem.requirements.iter().chain(&problem.constraints);
    let lines: Vec<_> = lines.filter(|line| line.name() == name).collect();
    let own = |source: &&ChannelSource| record.channel.as_deref() == Some(source.url.as_str());
    let candidates = sources
        .iter()
        .filter(own)
        .flat_map(|source| source.named(name));
    candidates
        .filter(|other| fits(&other.package_record, subdir))
        .filter(|other| is_seen(other, &problem.exclude_newer))
        .map(|other| &other.package_record)
        .any(|other| {
            other.version > record.package_record.version
                && lines.iter().all(|line| line.spec.matches(other))
        })
}

/// `depends` and `constrains` as they count, with the override that says so.
fn dependencies(record: &PackageRecord, problem: &Problem<'_>) -> Vec<(String, Option<usize>)> {
    use rsp_lock_spec::DependencySource::Replaced;
    match effective(record, &problem.overrides, &problem.dependencies) {
        Some(changed) => changed
            .depends
            .into_iter()
            .chain(changed.constrains)
            .map(|dependency| {
                let rule = match dependency.source {
                    Replaced { rule, .. } => Some(rule),
                    _ => None,
                };
                (dependency.text, rule)
            })
            .collect(),
        None => record
            .depends
            .iter()
            .chain(&record.constrains)
            .map(|text| (text.clone(), None))
            .collect(),
    }
}

/// [`newest_of`] by the order of preference in an index: the first that is let through.
/// `None` if that is of the version that was chosen.
fn newest_in(chosen: &RepoDataRecord, view: &View, problem: &Problem<'_>) -> Option<PackageRecord> {
    let package = &chosen.package_record;
    let name = package.name.as_normalized();
    let id = view.name_id(name)?;
    let first = match problem.channel_priority {
        ChannelPriority::Disabled => None,
        _ => view.candidates(id).map(|(channel, _, _)| channel).min(),
    };
    let unreadable = view
        .dead(id)
        .filter_map(|(position, because)| match because {
            DeadBecause::Unreadable { .. } => Some(position),
            _ => None,
        });
    let unreadable: Vec<u32> = unreadable.collect();
    let mut candidates = (0..view.count(id))
        .filter(|position| !unreadable.contains(position))
        .filter_map(|position| view.candidate(id, position));
    let (_, pack, row) = candidates.find(|(channel, pack, row)| {
        if first.is_some_and(|first| first != *channel) {
            return false;
        }
        match cutoff_of_name(name, &pack.home().channel, &problem.exclude_newer) {
            Some(cutoff) => {
                let published = pack.published(*row);
                published.is_some_and(|published| published <= cutoff.as_millisecond())
            }
            None => true,
        }
    })?;
    if pack.version(row) == package.version.as_str() {
        return None;
    }
    Some(pack.record(row)?.package_record)
}

/// The newest record of a name that the rules of channels and time let through.
pub(crate) fn newest_of<'a>(
    chosen: &RepoDataRecord,
    sources: &'a [ChannelSource],
    subdir: Subdir,
    problem: &Problem<'_>,
) -> Option<&'a PackageRecord> {
    let name = &chosen.package_record.name;
    for source in sources {
        let best = source
            .named(name)
            .iter()
            .filter(|record| fits(&record.package_record, subdir))
            .filter(|record| is_seen(record, &problem.exclude_newer))
            .map(|record| &record.package_record)
            .max_by(|a, b| a.version.cmp(&b.version));
        if best.is_some() && problem.channel_priority != ChannelPriority::Disabled {
            return best;
        }
    }
    sources
        .iter()
        .flat_map(|source| source.named(name))
        .filter(|record| fits(&record.package_record, subdir))
        .filter(|record| is_seen(record, &problem.exclude_newer))
        .map(|record| &record.package_record)
        .max_by(|a, b| a.version.cmp(&b.version))
}

/// Whether a record is for the platform at all.
pub(crate) fn fits(record: &PackageRecord, subdir: Subdir) -> bool {
    record.subdir == subdir.as_str() || record.subdir == Subdir::NoArch.as_str()
}
