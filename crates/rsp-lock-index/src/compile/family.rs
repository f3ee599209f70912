//! The candidates of a name in the order of preference.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use super::ChannelOrder;
use crate::{
    owned::length,
    pack::{NONE, Pack, Row},
    ranges::Ranges,
    ranked::Ranked,
};

/// A pack with the number of its channel.
pub(crate) type NumberedPack = (u32, Arc<Pack>);

/// The candidates of a name, best first.
#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) members: Vec<Member>,
    /// The version of each version class.
    pub(crate) versions: Vec<Ranked>,
    /// Where each run of ever older versions ends: something else counts more than the version
    /// where the next begins.
    run_ends: Vec<u32>,
    /// What counts more in the last run.
    last_kind: Kind,
}

/// What counts more than the version: the channel if its order does, then whether features are
/// tracked.
pub(crate) type Kind = (Option<u32>, bool);

/// What counts more than the version of a candidate.
pub(crate) fn kind(order: ChannelOrder, channel: u32, tracks_features: bool) -> Kind {
    let channel = (order == ChannelOrder::First).then_some(channel);
    (channel, tracks_features)
}

impl Family {
    /// Adds a class of versions, which is worse than those before.
    pub(super) fn add_class(&mut self, version: Ranked, kind: Kind) {
        if self.last_kind != kind || self.run_ends.is_empty() {
            self.run_ends.push(length(&self.versions));
            self.last_kind = kind;
        }
        self.versions.push(version);
        if let Some(end) = self.run_ends.last_mut() {
            *end += 1;
        }
    }

    /// The classes behind those that are `too_new`, up to where they are no longer `new_enough`;
    /// both hold for whatever is newer than a version for which they hold.
    pub(super) fn classes_between(
        &self,
        too_new: impl Fn(&Ranked) -> bool,
        new_enough: impl Fn(&Ranked) -> bool,
    ) -> Ranges {
        let mut classes = Ranges::new();
        let mut start = 0;
        for end in &self.run_ends {
            let run = self.versions.get(start as usize..*end as usize);
            let run = run.unwrap_or_default();
            let behind = |holds: &dyn Fn(&Ranked) -> bool| {
                start + u32::try_from(run.partition_point(holds)).unwrap_or(0)
            };
            let (from, to) = (behind(&too_new), behind(&new_enough));
            match classes.last_mut() {
                Some([_, before]) if *before == from && from < to => *before = to,
                _ if from < to => classes.push([from, to]),
                _ => {}
            }
            start = *end;
        }
        classes
    }

    /// The first candidate of a class; how many candidates there are for the class behind the
    /// last one.
    pub(super) fn start_of(&self, class: u32) -> u32 {
        let start = self
            .members
            .partition_point(|member| member.version < class);
        u32::try_from(start).unwrap_or(u32::MAX)
    }
}

/// A candidate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) pack: u32,
    pub(crate) row: u32,
    /// Index into [`Family::versions`]; two classes may be of one version.
    pub(crate) version: u32,
    /// The class of its build number within its version.
    pub(crate) build: u32,
}

struct Sorted<'p> {
    channel: u32,
    pack: u32,
    at: u32,
    row: &'p Row,
    /// Its version as a number of [`Versions`], and the place of that among all.
    version: usize,
    place: u32,
}

/// The versions of a name, each text read once: most records differ from others in the build.
struct Versions {
    /// By pack and text; `None` for what is no version.
    known: HashMap<[u32; 2], Option<usize>, hashbrown::DefaultHashBuilder>,
    read: Vec<Ranked>,
    /// Per version that was read, a pack and a text there.
    texts: Vec<[u32; 2]>,
    /// The one that was asked for last, as most are again at once.
    last: ([u32; 2], Option<usize>),
}

impl Versions {
    fn new() -> Self {
        Self {
            known: HashMap::default(),
            read: Vec::new(),
            texts: Vec::new(),
            last: ([NONE; 2], None),
        }
    }

    fn number(&mut self, pack: u32, of: &Pack, text: u32) -> Option<usize> {
        if self.last.0 == [pack, text] {
            return self.last.1;
        }
        let number = *self.known.entry([pack, text]).or_insert_with(|| {
            self.read.push(Ranked::read(of.text(text))?);
            self.texts.push([pack, text]);
            Some(self.read.len() - 1)
        });
        self.last = ([pack, text], number);
        number
    }

    /// Per version its place, the newest first; equal versions have the same.
    fn places(&self, packs: &[NumberedPack]) -> Vec<u32> {
        let text = |number: usize| {
            let [pack, text] = *self.texts.get(number)?;
            Some(packs.get(pack as usize)?.1.text(text))
        };
        let mut sorted: Vec<(usize, &Ranked)> = self.read.iter().enumerate().collect();
        // Neither newer nor equal are such as `1_` and `1-`: they must not stand as they were met.
        sorted
            .sort_by(|(one, a), (other, b)| b.order(a).then_with(|| text(*one).cmp(&text(*other))));
        let mut places = vec![0; sorted.len()];
        let equal = sorted.chunk_by(|(_, a), (_, b)| a.is_equal(b));
        for (place, versions) in (0..).zip(equal) {
            for (number, _) in versions {
                if let Some(of) = places.get_mut(*number) {
                    *of = place;
                }
            }
        }
        places
    }
}

/// The candidates of a name that were put into the order of preference earlier.
pub(crate) fn family_in_order(
    packs: &[NumberedPack],
    order: ChannelOrder,
    members: impl Iterator<Item = Member>,
) -> Family {
    let mut family = Family::default();
    for member in members {
        let Some((channel, pack)) = packs.get(member.pack as usize) else {
            continue;
        };
        if member.version as usize >= family.versions.len() {
            let Some(version) = Ranked::read(pack.version(member.row)) else {
                continue;
            };
            let tracks = pack.tracks_features(member.row);
            family.add_class(version, kind(order, *channel, tracks));
        }
        family.members.push(member);
    }
    family
}

/// Puts the records of a name into the order of preference.
pub(crate) fn family(packs: &[NumberedPack], order: ChannelOrder, name: &str) -> Family {
    let mut versions = Versions::new();
    let mut sorted: Vec<Sorted<'_>> = Vec::new();
    for (pack, (channel, of)) in (0_u32..).zip(packs) {
        for at in of.rows(name) {
            // What is no version was rejected when the pack was made.
            if let Some(row) = of.row(at)
                && let Some(version) = versions.number(pack, of, row.version)
            {
                sorted.push(Sorted {
                    channel: *channel,
                    pack,
                    at,
                    row,
                    version,
                    place: 0,
                });
            }
        }
    }
    let places = versions.places(packs);
    for candidate in &mut sorted {
        candidate.place = places.get(candidate.version).copied().unwrap_or(0);
    }
    sorted.sort_by(|a, b| {
        version_order(a, b, order)
            .then_with(|| b.row.build_number.cmp(&a.row.build_number))
            .then_with(|| remaining_order(packs, a, b))
    });
    let mut family = Family {
        members: Vec::with_capacity(sorted.len()),
        versions: Vec::with_capacity(versions.read.len()),
        ..Family::default()
    };
    let (mut build, mut before): (u32, Option<Sorted<'_>>) = (0, None);
    for next in sorted {
        let (is_same_version, is_same_build) = before.as_ref().map_or((false, false), |before| {
            (
                version_order(before, &next, order).is_eq(),
                before.row.build_number == next.row.build_number,
            )
        });
        if !is_same_version {
            if let Some(version) = versions.read.get(next.version) {
                let tracks = next.row.is(Row::TRACKS_FEATURES);
                family.add_class(version.clone(), kind(order, next.channel, tracks));
            }
            build = 0;
        } else if !is_same_build {
            build += 1;
        }
        family.members.push(Member {
            pack: next.pack,
            row: next.at,
            version: length(&family.versions) - 1,
            build,
        });
        before = Some(next);
    }
    family
}

/// Channel (where it counts), then no track features before some, then the newest version.
fn version_order(a: &Sorted<'_>, b: &Sorted<'_>, order: ChannelOrder) -> Ordering {
    let by_channel = match order {
        ChannelOrder::First => a.channel.cmp(&b.channel),
        ChannelOrder::Ignored => Ordering::Equal,
    };
    let tracks = |c: &Sorted<'_>| c.row.is(Row::TRACKS_FEATURES);
    by_channel
        .then_with(|| tracks(a).cmp(&tracks(b)))
        .then_with(|| a.place.cmp(&b.place))
}

/// The youngest first; then by channel and name, so that the order is total.
fn remaining_order(packs: &[NumberedPack], a: &Sorted<'_>, b: &Sorted<'_>) -> Ordering {
    let pack = |c: &Sorted<'_>| packs.get(c.pack as usize).map(|(_, pack)| pack);
    let url = |c: &Sorted<'_>| pack(c).map(|pack| pack.url(c.at));
    b.row
        .timestamp()
        .cmp(&a.row.timestamp())
        .then_with(|| a.channel.cmp(&b.channel))
        .then_with(|| {
            let build =
                |c: &Sorted<'_>| pack(c).map_or("", |pack| pack.text(c.row.build)).to_owned();
            build(a).cmp(&build(b))
        })
        .then_with(|| url(a).cmp(&url(b)))
}
