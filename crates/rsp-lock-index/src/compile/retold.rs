//! What records that are as before say of names whose records are not.
//!
//! A clause allows candidates by their positions, which are others once the records of its target
//! are. Most often all that was of the same effect before still is: then the clause is said anew,
//! by what its texts allow now, and whoever states it need not be compiled again.

use std::{collections::HashMap, ops::Range};

use hashbrown::DefaultHashBuilder;
use rattler_conda_types::MatchSpec;
use rayon::prelude::*;

use super::{
    ChannelOrder, Compiled, Family,
    family::{NumberedPack, family, family_in_order},
    matchers::{Matchers, is_plain_name},
    matching::matching,
    specs::{self, Target},
};
use crate::{
    cores::side_by_side,
    owned::length,
    pack::{NONE, Pack},
    ranges::{Ranges, len},
};

/// Names that are not what they were.
#[derive(Debug, Default)]
pub(super) struct Changed<'p> {
    /// By text, the place of a name in `differing`; [`NONE`] for one that comes or goes.
    places: HashMap<&'p [u8], u32, DefaultHashBuilder>,
    /// Names with records before and now, with their numbers before.
    differing: Vec<(&'p [u8], u32)>,
}

impl<'p> Changed<'p> {
    /// Adds a name that has no records now, or had none before.
    pub(super) fn comes_or_goes(&mut self, name: &'p [u8]) {
        self.places.insert(name, NONE);
    }

    /// Names with other records than before.
    pub(super) fn differing(&self) -> impl Iterator<Item = &'p [u8]> {
        self.differing.iter().map(|(name, _)| *name)
    }

    /// Adds a name with other records than before, when it had this number.
    pub(super) fn differs(&mut self, name: &'p [u8], before: u32) {
        self.places.insert(name, length(&self.differing));
        self.differing.push((name, before));
    }
}

/// The candidates of a name that changed, before and now.
#[derive(Debug)]
struct Families {
    before: Family,
    now: Family,
}

/// What a text means for clauses that may be said anew.
#[derive(Debug)]
enum Meaning {
    /// It speaks of no name that changed.
    Other,
    /// It says which candidates of one are allowed, and nothing else.
    Allows(Box<Allowing>),
    /// It may say anything.
    Unclear,
}

/// What a text allows of a name that changed.
#[derive(Debug)]
struct Allowing {
    /// The place of the name.
    target: u32,
    before: Ranges,
    now: Ranges,
    /// Whether it allowed all and still does, or neither: a text that limits is a clause then if
    /// it was one.
    is_as_total: bool,
}

/// What was said of names that changed, and how to say it anew.
#[derive(Debug)]
pub(super) struct Retold {
    packs: Vec<Lists>,
    /// Per name that changed.
    families: Vec<Families>,
    /// By its number before, the place of a name that changed.
    places: HashMap<u32, u32, DefaultHashBuilder>,
    /// Per name that changed, what was allowed of it before, and what of that is allowed now.
    clauses: Vec<Vec<(Ranges, Ranges)>>,
}

/// The lists of dependencies of a pack.
#[derive(Debug)]
struct Lists {
    texts: Vec<Meaning>,
    /// Whether all texts of a list speak of other names.
    are_of_others: Vec<bool>,
}

impl Retold {
    /// Looks what the texts of packs of `now` allowed `before`, and what they allow.
    pub(super) fn of(
        changed: &Changed<'_>,
        earlier: &Compiled,
        order: ChannelOrder,
        before: &[NumberedPack],
        now: &[NumberedPack],
    ) -> Self {
        let families = side_by_side(&changed.differing, |(name, id)| {
            let name = std::str::from_utf8(name).unwrap_or_default();
            let members = earlier.candidates(*id).filter_map(|at| earlier.member(at));
            Families {
                before: family_in_order(before, order, members),
                now: family(now, order, name),
            }
        });
        let matchers = Matchers::default();
        let meaning = |text: &[u8]| {
            let allows = |target: u32, matcher: &MatchSpec| {
                let of = families.get(target as usize)?;
                let allowed = matching(matcher, &of.before, before);
                let allows = matching(matcher, &of.now, now);
                let is_all = |allowed: &Ranges, of: &Family| len(allowed) == length(&of.members);
                Some(Meaning::Allows(Box::new(Allowing {
                    target,
                    is_as_total: is_all(&allowed, &of.before) == is_all(&allows, &of.now),
                    before: allowed,
                    now: allows,
                })))
            };
            meaning(text, changed, &matchers, allows)
        };
        let packs = now.par_iter();
        let mut packs: Vec<Lists> = packs.map(|(_, pack)| Lists::of(pack, meaning)).collect();
        let mut clauses = vec![Vec::new(); families.len()];
        for allowing in packs.iter().flat_map(Lists::allowing) {
            if let Some(of_target) = clauses.get_mut(allowing.target as usize) {
                of_target.push((allowing.before.clone(), allowing.now.clone()));
            }
        }
        clauses.iter_mut().for_each(keep_what_is_clear);
        for lists in &mut packs {
            lists.look_again(&clauses);
        }
        Self {
            packs,
            places: changed
                .differing
                .iter()
                .map(|(_, id)| *id)
                .zip(0..)
                .collect(),
            clauses,
            families,
        }
    }

    /// The candidates of the names that changed, in the order in which these were given.
    pub(super) fn families_now(self) -> impl Iterator<Item = Family> {
        self.families.into_iter().map(|of| of.now)
    }

    /// What is allowed now of a name, by its number before, where this was allowed. `None` if
    /// that does not follow.
    pub(super) fn allowed_now<'a>(
        &'a self,
        target: u32,
        before: &'a [[u32; 2]],
    ) -> Option<&'a [[u32; 2]]> {
        match self.places.get(&target) {
            None => Some(before),
            Some(place) => allowed_now(self.clauses.get(*place as usize)?, before),
        }
    }

    /// Whether what some records of each pack say can be said anew, if any of it has to be. What
    /// their extras ask for is said of other names.
    pub(super) fn can_tell(
        &self,
        packs: &[NumberedPack],
        rows: impl Iterator<Item = Range<u32>>,
    ) -> bool {
        let mut packs = self.packs.iter().zip(packs).zip(rows);
        packs.all(|((lists, (_, pack)), rows)| lists.can_tell(pack, rows))
    }
}

impl Lists {
    fn of(pack: &Pack, meaning: impl Fn(&[u8]) -> Meaning + Sync + Send) -> Self {
        let lists = 0..pack.lists();
        let mut is_listed = vec![false; pack.texts() as usize];
        for text in lists.clone().flat_map(|list| pack.list(list)) {
            if let Some(is_listed) = is_listed.get_mut(*text as usize) {
                *is_listed = true;
            }
        }
        let texts: Vec<(u32, bool)> = (0..).zip(is_listed).collect();
        let texts = side_by_side(&texts, |(id, is_listed)| {
            if *is_listed {
                meaning(pack.text_bytes(*id))
            } else {
                Meaning::Other
            }
        });
        let is_of_others = |text: &u32| matches!(texts.get(*text as usize), Some(Meaning::Other));
        let lists = lists.map(|list| pack.list(list).iter().all(is_of_others));
        Self {
            are_of_others: lists.collect(),
            texts,
        }
    }

    fn allowing(&self) -> impl Iterator<Item = &Allowing> {
        self.texts.iter().filter_map(|text| match text {
            Meaning::Allows(allowing) => Some(&**allowing),
            Meaning::Other | Meaning::Unclear => None,
        })
    }

    /// Notes which texts cannot be said anew by exchanging a clause.
    fn look_again(&mut self, clauses: &[Vec<(Ranges, Ranges)>]) {
        for text in &mut self.texts {
            if let Meaning::Allows(of) = text {
                let of_target = clauses.get(of.target as usize);
                if of_target.is_none_or(|known| allowed_now(known, &of.before).is_none()) {
                    *text = Meaning::Unclear;
                }
            }
        }
    }

    fn can_tell(&self, pack: &Pack, rows: Range<u32>) -> bool {
        let mut before = None;
        let mut rows = rows.map(|at| pack.row(at).map(|row| [row.depends, row.constrains]));
        rows.all(|lists| {
            // Most say what the one before says.
            let is_known = before == Some(lists);
            before = Some(lists);
            is_known || lists.is_some_and(|lists| self.can_tell_lists(pack, lists))
        })
    }

    fn can_tell_lists(&self, pack: &Pack, lists: [u32; 2]) -> bool {
        let is_of_others =
            |list: u32| list == NONE || self.are_of_others.get(list as usize) == Some(&true);
        if lists.into_iter().all(is_of_others) {
            return true;
        }
        let [depends, constrains] = lists.map(|list| pack.list(list));
        let texts = depends.iter().map(|text| (text, false));
        let mut texts = texts.chain(constrains.iter().map(|text| (text, true)));
        let mut targets = Vec::new();
        texts.all(|(text, limits)| match self.texts.get(*text as usize) {
            Some(Meaning::Other) => true,
            Some(Meaning::Allows(of)) => {
                // Two texts on one name are one clause, which allows what neither does alone.
                let is_alone = !targets.contains(&of.target);
                targets.push(of.target);
                is_alone && (of.is_as_total || !limits)
            }
            Some(Meaning::Unclear) | None => false,
        })
    }
}

/// What is allowed now where this was allowed.
fn allowed_now<'c>(clauses: &'c [(Ranges, Ranges)], before: &[[u32; 2]]) -> Option<&'c [[u32; 2]]> {
    let found = clauses.binary_search_by(|(known, _)| known.as_slice().cmp(before));
    let (_, now) = clauses.get(found.ok()?)?;
    Some(now)
}

/// Sorts what was allowed with what is allowed now, and leaves out what has come apart, or has
/// become one: clauses that allow the same are one clause, also within a name.
fn keep_what_is_clear(clauses: &mut Vec<(Ranges, Ranges)>) {
    clauses.sort_unstable();
    clauses.dedup();
    keep_single(clauses, |(before, _)| before);
    keep_single(clauses, |(_, now)| now);
}

/// Leaves only those of which no other has the same side.
fn keep_single(clauses: &mut Vec<(Ranges, Ranges)>, side: fn(&(Ranges, Ranges)) -> &Ranges) {
    let mut counts: HashMap<Ranges, u32, DefaultHashBuilder> = HashMap::default();
    for clause in &*clauses {
        *counts.entry(side(clause).clone()).or_default() += 1;
    }
    clauses.retain(|clause| counts.get(side(clause)) == Some(&1));
}

/// What a dependency means where other names have changed; `allows` looks which candidates of
/// one are allowed.
fn meaning(
    text: &[u8],
    changed: &Changed<'_>,
    matchers: &Matchers,
    allows: impl Fn(u32, &MatchSpec) -> Option<Meaning>,
) -> Meaning {
    // Nearly all are of the common form and of other names: these need not be read.
    let of_plain_name = plain_name(text).map(|name| changed.places.get(name));
    if let Some(None) = of_plain_name {
        return Meaning::Other;
    }
    let text = std::str::from_utf8(text).unwrap_or_default();
    let Ok(spec) = specs::read(text, matchers, |_| None) else {
        return if of_plain_name.is_some() {
            Meaning::Unclear
        } else {
            Meaning::Other
        };
    };
    if spec.says_more() || spec.names_a_place {
        return Meaning::Unclear;
    }
    let Target::Unknown(name) = &spec.target else {
        return Meaning::Other;
    };
    match changed.places.get(name.as_bytes()) {
        None => Meaning::Other,
        Some(place) => {
            let matcher = spec.matcher.as_deref();
            let allowing = matcher.and_then(|matcher| allows(*place, matcher));
            allowing.unwrap_or(Meaning::Unclear)
        }
    }
}

/// The name that a dependency of the common form is about: name, version and build, without
/// places, brackets and conditions.
fn plain_name(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| *byte == b' ');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_file = name.ends_with(b".conda") || name.ends_with(b".tar.bz2");
    let is_plain =
        is_plain_name(name) && !is_file && !rest.iter().any(|byte| b"[]();:#/\\".contains(byte));
    is_plain.then_some(name)
}
