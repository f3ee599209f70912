//! Which candidates may not be chosen, asked name by name.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use rattler_conda_types::{MatchSpec, RepoDataRecord};
use rsp_lock_index::{
    DeadBecause, View,
    pack::Pack,
    place::{Place, is_in_place, names_a_place},
    ranges::{Ranges, collect, union},
};
use rsp_lock_spec::ChannelPriority;

use crate::{exclusion::Exclusion, problem::Problem};

/// The rules of a problem over a view of an index.
pub(crate) struct Rules<'p> {
    problem: &'p Problem<'p>,
    view: &'p View,
    /// Which specs about virtual packages hold.
    met: Vec<bool>,
    /// The lines that say where a name has to come from.
    places: HashMap<&'p str, Vec<&'p MatchSpec>>,
    /// URLs of the records that may not be chosen, by file name.
    excluded: HashMap<&'p str, Vec<(&'p str, &'p Arc<str>)>>,
    /// Candidates by name that a pin or a locked record names.
    pinned: BTreeMap<u32, u32>,
    locked: BTreeMap<u32, u32>,
    has_channels: bool,
    has_cutoff: bool,
}

impl<'p> Rules<'p> {
    pub(crate) fn new(problem: &'p Problem<'p>, view: &'p View) -> Self {
        let mut places: HashMap<&str, Vec<&MatchSpec>> = HashMap::new();
        for line in problem.requirements.iter().chain(&problem.constraints) {
            if names_a_place(&line.spec) {
                let name = line.name().as_normalized();
                places.entry(name).or_default().push(&line.spec);
            }
        }
        let mut excluded: HashMap<&str, Vec<(&str, &Arc<str>)>> = HashMap::new();
        for (url, reason) in &problem.excluded {
            let url = url.as_str();
            excluded
                .entry(file_of(url))
                .or_default()
                .push((url, reason));
        }
        let cutoffs = &problem.exclude_newer;
        Self {
            met: view.met(&problem.virtual_packages),
            places,
            excluded,
            pinned: named(view, &problem.pinned),
            locked: named(view, &problem.locked),
            has_channels: problem.channels.len() > 1
                && problem.channel_priority == ChannelPriority::Strict,
            has_cutoff: cutoffs.default.is_some()
                || cutoffs.channels.values().any(Option::is_some)
                || cutoffs.packages.values().any(Option::is_some),
            problem,
            view,
        }
    }

    /// Candidates that are kept if nothing forces them to move, by name.
    pub(crate) fn locked(&self) -> impl Iterator<Item = (u32, u32)> {
        self.locked
            .iter()
            .map(|(name, position)| (*name, *position))
    }

    /// The candidate of a name that is kept if nothing forces it to move.
    pub(crate) fn locked_to(&self, name: u32) -> Option<u32> {
        self.locked.get(&name).copied()
    }

    /// The candidate that a pin names, whether or not it may be chosen.
    pub(crate) fn pinned(&self, name: u32) -> Option<u32> {
        self.pinned.get(&name).copied()
    }

    /// Why a candidate may not be chosen; what the platform does not offer aside.
    pub(crate) fn exclusion(&self, name: u32, position: u32) -> Option<Exclusion> {
        self.exclusions(name)(position)
    }

    /// [`Rules::exclusion`] for several candidates of one name.
    pub(crate) fn exclusions(&self, name: u32) -> impl Fn(u32) -> Option<Exclusion> {
        let dead = self.dead_by_index(name);
        let first = self.first_channel(name, &dead);
        move |position| {
            if let Some(exclusion) = dead.get(&position)
                && matches!(exclusion, Exclusion::Unusable { .. })
            {
                return Some(exclusion.clone());
            }
            self.ruled_out(name, position, first)
                .or_else(|| dead.get(&position).cloned())
        }
    }

    /// What the index knows to be in no answer.
    fn dead_by_index(&self, name: u32) -> BTreeMap<u32, Exclusion> {
        let chosen = self.pinned.get(&name).or_else(|| self.locked.get(&name));
        self.view
            .dead(name)
            .map(|(position, because)| match because {
                DeadBecause::Unreadable { problem } => (position, Exclusion::Unusable { problem }),
                DeadBecause::Contradictory => (position, Exclusion::Contradictory),
                DeadBecause::Twin { preferred } if chosen == Some(&position) => {
                    (preferred, Exclusion::Twin)
                }
                DeadBecause::Twin { .. } => (position, Exclusion::Twin),
            })
            .collect()
    }

    /// Under strict priority, the first channel that has the name where it is wanted.
    fn first_channel(&self, name: u32, dead: &BTreeMap<u32, Exclusion>) -> Option<u32> {
        if !self.has_channels {
            return None;
        }
        let places = self.places_of(name);
        (0_u32..)
            .zip(self.view.candidates(name))
            .filter(|(position, _)| !matches!(dead.get(position), Some(Exclusion::Unusable { .. })))
            .filter(|(_, (_, pack, row))| is_there(places, pack, *row))
            .map(|(_, (channel, _, _))| channel)
            .min()
    }

    fn places_of(&self, name: u32) -> &[&'p MatchSpec] {
        if self.places.is_empty() {
            return &[];
        }
        let places = self.places.get(self.view.name(name));
        places.map(Vec::as_slice).unwrap_or_default()
    }

    fn ruled_out(&self, name: u32, position: u32, first: Option<u32>) -> Option<Exclusion> {
        let (channel, pack, row) = self.view.candidate(name, position)?;
        if !self.excluded.is_empty() {
            let urls = self.excluded.get(&*pack.file(row));
            let found = urls.and_then(|urls| {
                let url = pack.url(row);
                urls.iter().find(|(excluded, _)| *excluded == url)
            });
            if let Some((_, reason)) = found {
                return Some(Exclusion::Caller {
                    reason: (*reason).clone(),
                });
            }
        }
        if !is_there(self.places_of(name), pack, row) {
            return Some(Exclusion::OtherChannel);
        }
        // A pinned record is exempt from channel priority: it says where it comes from.
        if let Some(first) = first
            && first != channel
            && self.pinned(name) != Some(position)
        {
            let channel = self.problem.channels.get(first as usize)?.name.clone();
            return Some(Exclusion::ChannelPriority { channel });
        }
        let cutoff = self.cutoff(name, channel)?;
        match pack.published(row) {
            Some(published) if published > cutoff.as_millisecond() => {
                Some(Exclusion::TooNew { cutoff })
            }
            Some(_) => None,
            None => Some(Exclusion::NoTimestamp),
        }
    }

    /// The cutoff that counts: the package's, else the channel's, else the general one.
    fn cutoff(&self, name: u32, channel: u32) -> Option<Timestamp> {
        if !self.has_cutoff {
            return None;
        }
        let cutoffs = &self.problem.exclude_newer;
        let of_package = || cutoffs.packages.get(self.view.name(name));
        let of_channel = || {
            let channel = self.problem.channels.get(channel as usize)?;
            cutoffs.channels.get(&channel.name)
        };
        let of_package = if cutoffs.packages.is_empty() {
            None
        } else {
            of_package()
        };
        of_package
            .or_else(of_channel)
            .copied()
            .unwrap_or(cutoffs.default)
    }
}

impl rsp_lock_engine::Rules for Rules<'_> {
    fn dead(&self, name: u32) -> Ranges {
        let mut dead: Ranges = self.view.unmet(name, &self.met);
        let by_index = if self.view.has_dead(name) {
            self.dead_by_index(name)
        } else {
            BTreeMap::new()
        };
        if !by_index.is_empty() {
            let positions: BTreeSet<u32> = by_index.keys().copied().collect();
            let ranges = collect(self.view.count(name), |position| {
                positions.contains(&position)
            });
            dead = union(&dead, &ranges);
        }
        let asks = self.has_channels
            || self.has_cutoff
            || !self.excluded.is_empty()
            || !self.places_of(name).is_empty();
        if asks && name < self.view.real_names() {
            let first = self.first_channel(name, &by_index);
            let ranges = collect(self.view.count(name), |position| {
                self.ruled_out(name, position, first).is_some()
            });
            dead = union(&dead, &ranges);
        }
        dead
    }

    fn lowest_ranks(&self, name: u32) -> Vec<u32> {
        self.view.lowest_ranks(name)
    }
}

fn file_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn is_there(places: &[&MatchSpec], pack: &Pack, row: u32) -> bool {
    places.iter().all(|spec| {
        let place = Place {
            channel: Some(&pack.home().channel),
            subdir: pack.subdir(row),
            file: &pack.file(row),
        };
        is_in_place(spec, place)
    })
}

/// The candidates that some records are, by name, if they are of the same bytes.
fn named(view: &View, records: &[&RepoDataRecord]) -> BTreeMap<u32, u32> {
    records
        .iter()
        .filter_map(|record| {
            let name = view.name_id(record.package_record.name.as_normalized())?;
            let position = view.position_of_url(name, record.url.as_str())?;
            let (_, pack, row) = view.candidate(name, position)?;
            let package = &record.package_record;
            pack.is_of_bytes(row, package.sha256.as_ref(), package.md5.as_ref())
                .then_some((name, position))
        })
        .collect()
}
