//! Which candidates may not be chosen, which are preferred and which are pinned.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rattler_conda_types::{MatchSpec, RepoDataRecord};
use rsp_lock_index::place::{self, Place, names_a_place};
use rsp_lock_spec::ChannelPriority;
use url::Url;

use crate::{
    exclusion::Exclusion,
    pose::{Candidate, Package},
    problem::{AbsoluteExcludeNewer, Problem},
};

/// Moves candidates that may not be chosen to the excluded ones and finds the
/// locked and pinned among the rest. Answers with the pins that are not there.
pub(super) fn settle<'a>(
    problem: &Problem<'a>,
    packages: &mut BTreeMap<&'a str, Package<'a>>,
) -> Vec<(usize, Option<Exclusion>)> {
    let places = places(problem);
    let pins = by_url(&problem.pinned);
    let locked = by_url(&problem.locked);
    for (name, package) in &mut *packages {
        let rules = Rules {
            problem,
            places: places.get(name).map(Vec::as_slice).unwrap_or_default(),
            first_channel: None,
        };
        rules.apply(package, &pins);
        let named = |records: &HashMap<&Url, &RepoDataRecord>, candidate: &Candidate<'_>| {
            let url = &candidate.original.url;
            let given = records.get(url);
            given.is_some_and(|given| is_same_file(given, candidate.original))
        };
        let rank = |c: &Candidate<'_>| (named(&pins, c), named(&locked, c));
        one_archive_each(package, rank);
        package.locked = package.candidates.iter().position(|c| named(&locked, c));
        package.pinned = package.candidates.iter().position(|c| named(&pins, c));
    }
    missing_pins(problem, packages)
}

/// The same file as `.conda` and `.tar.bz2` counts as one: the one of higher rank,
/// else the better archive.
fn one_archive_each<R: Ord>(package: &mut Package<'_>, rank: impl Fn(&Candidate<'_>) -> R) {
    let better = |a: &Candidate<'_>, b: &Candidate<'_>| {
        let archive = |c: &Candidate<'_>| c.original.identifier.archive_type;
        rank(a)
            .cmp(&rank(b))
            .then_with(|| archive(a).cmp_preference(archive(b)))
    };
    let mut best: HashMap<_, usize> = HashMap::with_capacity(package.candidates.len());
    for (index, candidate) in package.candidates.iter().enumerate() {
        let record = candidate.original;
        let subdir = record.package_record.subdir.as_str();
        let key = (candidate.channel, subdir, &record.identifier.identifier);
        let known = best.entry(key).or_insert(index);
        let is_better = package
            .candidates
            .get(*known)
            .is_some_and(|known| better(candidate, known).is_gt());
        if is_better {
            *known = index;
        }
    }
    if best.len() < package.candidates.len() {
        let kept: HashSet<usize> = best.into_values().collect();
        let mut index = 0;
        package.candidates.retain(|_| {
            index += 1;
            kept.contains(&(index - 1))
        });
    }
}

struct Rules<'p, 'a> {
    problem: &'p Problem<'a>,
    /// Specs of the request that say where this name has to come from.
    places: &'p [&'p MatchSpec],
    /// The first channel that has the name.
    first_channel: Option<usize>,
}

impl<'a> Rules<'_, 'a> {
    fn apply(mut self, package: &mut Package<'a>, pins: &HashMap<&Url, &RepoDataRecord>) {
        let candidates = std::mem::take(&mut package.candidates);
        if self.problem.channel_priority == ChannelPriority::Strict {
            self.first_channel = candidates
                .iter()
                .filter(|candidate| self.is_in_place(candidate))
                .map(|candidate| candidate.channel)
                .min();
        }
        for candidate in candidates {
            let is_pinned = pins.contains_key(&candidate.original.url);
            match self.exclusion(&candidate, is_pinned) {
                Some(exclusion) => package.excluded.push((candidate.original, exclusion)),
                None => package.candidates.push(candidate),
            }
        }
    }

    fn is_in_place(&self, candidate: &Candidate<'_>) -> bool {
        self.places
            .iter()
            .all(|spec| is_in_place(spec, candidate.original))
    }

    /// A pinned record is exempt from channel priority: it says where it comes from.
    fn exclusion(&self, candidate: &Candidate<'_>, is_pinned: bool) -> Option<Exclusion> {
        if let Some(reason) = self.problem.excluded.get(&candidate.original.url) {
            return Some(Exclusion::Caller {
                reason: reason.clone(),
            });
        }
        if !self.is_in_place(candidate) {
            return Some(Exclusion::OtherChannel);
        }
        if let Some(first) = self.first_channel
            && first != candidate.channel
            && !is_pinned
        {
            let channel = self.problem.channels.get(first)?.name.clone();
            return Some(Exclusion::ChannelPriority { channel });
        }
        let channel = &self.problem.channels.get(candidate.channel)?.name;
        let cutoff = cutoff(&self.problem.exclude_newer, channel, candidate.original)?;
        let package = &candidate.original.package_record;
        match package.indexed_timestamp.or(package.timestamp) {
            Some(published) if Timestamp::from(published) > cutoff => {
                Some(Exclusion::TooNew { cutoff })
            }
            Some(_) => None,
            None => Some(Exclusion::NoTimestamp),
        }
    }
}

/// The cutoff that counts for a record: its package's, else its channel's, else the general one.
fn cutoff(
    cutoffs: &AbsoluteExcludeNewer,
    channel: &str,
    record: &RepoDataRecord,
) -> Option<Timestamp> {
    let name = record.package_record.name.as_normalized();
    cutoffs
        .packages
        .get(name)
        .or_else(|| cutoffs.channels.get(channel))
        .copied()
        .unwrap_or(cutoffs.default)
}

/// The lines that say where a name has to come from.
fn places<'p>(problem: &'p Problem<'_>) -> HashMap<&'p str, Vec<&'p MatchSpec>> {
    let mut places: HashMap<&str, Vec<&MatchSpec>> = HashMap::new();
    for line in problem.requirements.iter().chain(&problem.constraints) {
        if names_a_place(&line.spec) {
            places
                .entry(line.name().as_normalized())
                .or_default()
                .push(&line.spec);
        }
    }
    places
}

/// Whether a record is where a spec says: in its channel, subdir and file.
pub(super) fn is_in_place(spec: &MatchSpec, record: &RepoDataRecord) -> bool {
    let place = Place {
        channel: record.channel.as_deref(),
        subdir: &record.package_record.subdir,
        file: &record.identifier.to_file_name(),
    };
    place::is_in_place(spec, place)
}

/// Whether two records of one URL are the same bytes, as far as both say.
fn is_same_file(a: &RepoDataRecord, b: &RepoDataRecord) -> bool {
    let (a, b) = (&a.package_record, &b.package_record);
    match (a.sha256, b.sha256, a.md5, b.md5) {
        (Some(a), Some(b), _, _) => a == b,
        (_, _, Some(a), Some(b)) => a == b,
        _ => true,
    }
}

fn by_url<'a>(records: &[&'a RepoDataRecord]) -> HashMap<&'a Url, &'a RepoDataRecord> {
    records
        .iter()
        .map(|record| (&record.url, *record))
        .collect()
}

fn missing_pins(
    problem: &Problem<'_>,
    packages: &BTreeMap<&str, Package<'_>>,
) -> Vec<(usize, Option<Exclusion>)> {
    let mut missing = Vec::new();
    for (index, pin) in problem.pinned.iter().enumerate() {
        let package = packages.get(pin.package_record.name.as_normalized());
        let is_there = package.is_some_and(|package| {
            package
                .candidates
                .iter()
                .any(|c| c.original.url == pin.url && is_same_file(pin, c.original))
        });
        if !is_there {
            let reason = package.and_then(|package| {
                package
                    .excluded
                    .iter()
                    .find(|(record, _)| record.url == pin.url && is_same_file(pin, record))
                    .map(|(_, exclusion)| exclusion.clone())
            });
            missing.push((index, reason));
        }
    }
    missing
}
