//! What records that are as before say of names whose records are not.
//!
//! A clause allows candidates by their positions, which are others once the records of its target
//! are. Most often all that was of one effect before still is: then the clause is said anew, by
//! what its texts allow now, and whoever states it need not be compiled again.

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicU8, Ordering},
};

use hashbrown::DefaultHashBuilder;
use rayon::prelude::*;

use super::{
    ChannelOrder, Compiled, Family,
    changed::{Changed, Meaning},
    family::{NumberedPack, family, family_in_order},
    matchers::Matchers,
    matching::matching,
};
use crate::{
    cores::{FEW_AT_ONCE, side_by_side},
    owned::length,
    pack::{NONE, Pack},
    ranges::{Ranges, intersection, len},
};

/// What was said of names that changed, and how to say it anew.
#[derive(Debug)]
pub(super) struct Retold {
    /// Per name that changed.
    families: Vec<Families>,
    /// By its number before, the place of a name that changed.
    places: HashMap<u32, u32, DefaultHashBuilder>,
    /// Per name that changed, what was allowed of it before, and what of that is allowed now.
    clauses: Vec<Vec<(Ranges, Ranges)>>,
}

/// The candidates of a name that changed, before and now.
#[derive(Debug)]
struct Families {
    before: Family,
    now: Family,
}

/// What is said of a name that changed.
#[derive(Clone, Debug)]
struct Said {
    /// The place of the name.
    target: u32,
    /// What was allowed of it.
    before: Ranges,
    now: Ranges,
    limits: bool,
}

/// Texts of a pack that speak of one changed name and are of the same records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Statement {
    pack: u32,
    /// Whether all of them limit.
    limits: bool,
    texts: Vec<u32>,
}

impl Retold {
    /// Looks what `names` say of those that changed, which they are not among. They are called by
    /// their numbers before. Says with it of each whether all of that can be said anew.
    pub(super) fn of(
        changed: &Changed<'_>,
        earlier: &Compiled,
        order: ChannelOrder,
        [before, now]: [&[NumberedPack]; 2],
        names: &[u32],
    ) -> (Self, Vec<bool>) {
        let families = Families::of(changed, earlier, order, [before, now]);
        let matchers = Matchers::default();
        let read = |text: &[u8]| {
            changed.meaning(text, &matchers, |meaning| match meaning {
                Meaning::Other => None,
                Meaning::Unclear => Some(Text::Unclear),
                Meaning::Matches(target, matcher) => Some(match families.get(target as usize) {
                    None => Text::Unclear,
                    Some(of) => Text::Says(Box::new(Said {
                        target,
                        before: matching(matcher, &of.before, before),
                        now: matching(matcher, &of.now, now),
                        limits: false,
                    })),
                }),
            })
        };
        let packs = before.par_iter();
        let packs: Vec<Dependencies<'_>> = packs
            .map(|(_, pack)| Dependencies::of(pack, changed, read))
            .collect();
        let statements = side_by_side(names, |name| statements_of(earlier, &packs, *name));
        let distinct: HashSet<&Statement, DefaultHashBuilder> =
            statements.iter().flatten().flatten().collect();
        let distinct: Vec<&Statement> = distinct.into_iter().collect();
        let said = side_by_side(&distinct, |statement| {
            let of_pack = packs.get(statement.pack as usize);
            of_pack.and_then(|of_pack| of_pack.said(statement))
        });
        let clauses = clauses_of(said.iter().flatten(), &families);
        let numbers = changed.differing().iter().map(|(_, id)| *id);
        let retold = Self {
            places: numbers.zip(0..).collect(),
            families,
            clauses,
        };
        let can_be_said = said
            .iter()
            .map(|said| said.as_ref().is_some_and(|of| retold.can_say(of)));
        let unclear: HashSet<&Statement, DefaultHashBuilder> = (distinct.iter().zip(can_be_said))
            .filter_map(|(statement, can_be_said)| (!can_be_said).then_some(*statement))
            .collect();
        let is_clear = |statements: &Option<Vec<Statement>>| {
            let mut statements = statements.iter().flatten();
            !statements.any(|statement| unclear.contains(statement))
        };
        let are_clear = statements
            .iter()
            .map(|of_name| of_name.is_some() && is_clear(of_name));
        let are_clear = are_clear.collect();
        (retold, are_clear)
    }

    fn can_say(&self, said: &Said) -> bool {
        let target = said.target as usize;
        let (Some(of), Some(clauses)) = (self.families.get(target), self.clauses.get(target))
        else {
            return false;
        };
        // What limits is a clause unless it allows all.
        let is_clause = !said.limits || of.are_all(said) == [false; 2];
        !of.hear(said) || (is_clause && allowed_now(clauses, &said.before).is_some())
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

    /// The candidates of the names that changed, in the order in which these were given.
    pub(super) fn families_now(self) -> impl Iterator<Item = Family> {
        self.families.into_iter().map(|of| of.now)
    }
}

impl Families {
    fn of(
        changed: &Changed<'_>,
        earlier: &Compiled,
        order: ChannelOrder,
        [before, now]: [&[NumberedPack]; 2],
    ) -> Vec<Self> {
        side_by_side(changed.differing(), |(name, id)| {
            let name = std::str::from_utf8(name).unwrap_or_default();
            let members = earlier.candidates(*id).filter_map(|at| earlier.member(at));
            Self {
                before: family_in_order(before, order, members),
                now: family(now, order, name),
            }
        })
    }

    /// Whether all was allowed, and whether all is.
    fn are_all(&self, said: &Said) -> [bool; 2] {
        let is_all = |allowed: &Ranges, of: &Family| len(allowed) == length(&of.members);
        [
            is_all(&said.before, &self.before),
            is_all(&said.now, &self.now),
        ]
    }

    /// Whether anything was said, or is: not by what limits and allows all.
    fn hear(&self, said: &Said) -> bool {
        !said.limits || self.are_all(said) != [true; 2]
    }
}

/// What a text says of names that changed, where that is not nothing.
#[derive(Debug)]
enum Text {
    /// What is allowed of one of them.
    Says(Box<Said>),
    /// It may be anything.
    Unclear,
}

/// The dependencies of a pack.
struct Dependencies<'p> {
    pack: &'p Pack,
    /// By its number, what a text says, if it says anything: few do.
    texts: HashMap<u32, Text, DefaultHashBuilder>,
    /// Whether all texts of a list plainly speak of other names.
    are_of_others: Vec<bool>,
}

/// Of a text: nobody has asked yet whether it may speak of a name that changed.
const UNASKED: u8 = 0;
/// Of a text: it plainly speaks of another name.
const OF_OTHERS: u8 = 1;
/// Of a text: it has to be read.
const MAY_SPEAK: u8 = 2;

impl<'p> Dependencies<'p> {
    fn of(
        pack: &'p Pack,
        changed: &Changed<'_>,
        read: impl Fn(&[u8]) -> Option<Text> + Sync + Send,
    ) -> Self {
        let asked: Vec<AtomicU8> = (0..pack.texts()).map(|_| UNASKED.into()).collect();
        let is_of_others = |text: &u32| {
            let Some(asked) = asked.get(*text as usize) else {
                return false;
            };
            let mut known = asked.load(Ordering::Relaxed);
            if known == UNASKED {
                let may_speak = changed.may_be_meant(pack.text_bytes(*text));
                known = if may_speak { MAY_SPEAK } else { OF_OTHERS };
                asked.store(known, Ordering::Relaxed);
            }
            known == OF_OTHERS
        };
        let lists: Vec<u32> = (0..pack.lists()).collect();
        let are_of_others = side_by_side(&lists, |list| {
            // All are asked, also those behind one that may speak.
            let texts = pack.list(*list).iter();
            texts.fold(true, |are, text| is_of_others(text) & are)
        });
        let may_speak = (0..).zip(asked.into_iter().map(AtomicU8::into_inner));
        let may_speak: Vec<u32> = may_speak
            .filter_map(|(text, known)| (known == MAY_SPEAK).then_some(text))
            .collect();
        let texts = may_speak.par_iter().with_min_len(FEW_AT_ONCE);
        let texts = texts.filter_map(|id| Some((*id, read(pack.text_bytes(*id))?)));
        Self {
            pack,
            texts: texts.collect(),
            are_of_others,
        }
    }

    /// Whether nothing in a list can be about a name that changed.
    fn is_of_others(&self, list: u32) -> bool {
        list == NONE || self.are_of_others.get(list as usize) == Some(&true)
    }

    /// Adds what records with these lists say of names that changed, one by one. `None` if it may
    /// be anything.
    fn add_statements(
        &self,
        pack: u32,
        [depends, constrains]: [u32; 2],
        to: &mut Vec<Statement>,
    ) -> Option<()> {
        // What requires comes first.
        let texts = self.pack.list(depends).iter().map(|text| (*text, false));
        let texts = texts.chain(self.pack.list(constrains).iter().map(|text| (*text, true)));
        let first = to.len();
        for (text, limits) in texts {
            let target = match self.texts.get(&text) {
                None if text < self.pack.texts() => continue,
                None | Some(Text::Unclear) => return None,
                Some(Text::Says(said)) => said.target,
            };
            // All that is said of one name is one clause, which limits unless something requires.
            let mut begun = to.iter_mut().skip(first);
            match begun.find(|known| self.target(known) == Some(target)) {
                Some(known) => known.texts.push(text),
                None => to.push(Statement {
                    pack,
                    limits,
                    texts: vec![text],
                }),
            }
        }
        Some(())
    }

    fn target(&self, statement: &Statement) -> Option<u32> {
        let text = statement.texts.first()?;
        match self.texts.get(text)? {
            Text::Says(said) => Some(said.target),
            Text::Unclear => None,
        }
    }

    /// What texts say together.
    fn said(&self, statement: &Statement) -> Option<Said> {
        let texts = statement.texts.iter();
        let said = texts.filter_map(|text| match self.texts.get(text)? {
            Text::Says(said) => Some((**said).clone()),
            Text::Unclear => None,
        });
        let all = said.reduce(|all, more| Said {
            before: intersection(&all.before, &more.before),
            now: intersection(&all.now, &more.now),
            ..all
        })?;
        Some(Said {
            limits: statement.limits,
            ..all
        })
    }
}

/// What the candidates of a name say of names that changed, each once; what extras ask for is
/// said of other names. `None` if it may be anything.
fn statements_of(
    earlier: &Compiled,
    packs: &[Dependencies<'_>],
    name: u32,
) -> Option<Vec<Statement>> {
    let candidates = earlier.candidates(name);
    let candidates = candidates.start as usize..candidates.end as usize;
    let groups = earlier.candidate_group.get(candidates.clone())?;
    let rows = earlier.candidate_row.get(candidates)?;
    let mut next_group = 0;
    let mut statements = Vec::new();
    for (group, [pack, row]) in groups.iter().zip(rows) {
        // Groups are numbered as they are met, and what one candidate says all of them say.
        if *group != next_group {
            continue;
        }
        next_group += 1;
        let dependencies = packs.get(*pack as usize)?;
        let row = dependencies.pack.row(*row)?;
        let lists = [row.depends, row.constrains];
        if !lists
            .into_iter()
            .all(|list| dependencies.is_of_others(list))
        {
            dependencies.add_statements(*pack, lists, &mut statements)?;
        }
    }
    statements.sort_unstable();
    statements.dedup();
    Some(statements)
}

/// Per name that changed, what was allowed of it with what is allowed now, where that is clear.
fn clauses_of<'s>(
    said: impl Iterator<Item = &'s Said>,
    families: &[Families],
) -> Vec<Vec<(Ranges, Ranges)>> {
    let mut clauses = vec![Vec::new(); families.len()];
    for said in said {
        let target = said.target as usize;
        if let (Some(of_target), Some(of)) = (clauses.get_mut(target), families.get(target))
            && of.hear(said)
        {
            of_target.push((said.before.clone(), said.now.clone()));
        }
    }
    clauses.iter_mut().for_each(keep_what_is_clear);
    clauses
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
