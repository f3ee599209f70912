//! The compilation itself: which names are ordered and stated, and in which arrays.

use std::{
    collections::{BTreeSet, HashMap},
    hash::BuildHasher as _,
    ops::Range,
    sync::Arc,
};

use hashbrown::{HashTable, hash_table::Entry};
use rattler_conda_types::{MatchSpec, PackageRecord};
use rayon::prelude::*;

use super::{
    ChannelOrder, Compiled, Dead, Family, VirtualKind,
    arrays::{Arrays, UNORDERED, text},
    family::{NumberedPack, family, family_in_order},
    grouping::may_change,
    made_up::OpenExtra,
    matchers::Matchers,
    matching::matching,
    specs::{self, Spec, Specs},
    state::STATED_AT_ONCE,
    statements::Statements,
};
use crate::{
    UNSTATED,
    cores::{FEW, FEW_AT_ONCE, drop_beside, side_by_side},
    owned::length,
    pack::NONE,
};

/// Names are searched in their list, or in a map of it, which is made once somebody looks for
/// more than this part of them at a time: one in so many.
const ONE_IN: usize = 4;

/// Dependencies that are not what the records say.
pub trait Rewrite: Sync {
    /// Whether the dependencies of a record with this name and these texts may be different.
    fn may_change(&self, name: &str, texts: &mut dyn Iterator<Item = &str>) -> bool;

    /// `depends` and `constrains` of a record as they count, if they are different.
    fn rewritten(&self, record: &PackageRecord) -> Option<[Vec<String>; 2]>;
}

/// Adds names to a compilation.
pub(crate) struct Compiler<'i> {
    pub(super) packs: &'i [NumberedPack],
    order: ChannelOrder,
    /// What is different from what the records say.
    pub(super) rewrite: Option<&'i dyn Rewrite>,
    pub(super) arrays: Arrays,
    pub(super) specs: Specs,
    matchers: Matchers,
    /// Of names that were ordered now, or looked at again.
    pub(super) families: HashMap<u32, Arc<Family>, hashbrown::DefaultHashBuilder>,
    /// Real names by text, once many were looked for.
    by_name: HashMap<&'i [u8], u32, hashbrown::DefaultHashBuilder>,
    /// Names that no pack has, by text.
    pub(super) more: HashMap<String, u32>,
    /// Names that are to be stated.
    wanted: BTreeSet<u32>,
    /// How many names were stated since the memory of the packs was given back.
    pub(super) stated: usize,
    /// Extras that are to be stated.
    pub(super) open_extras: Vec<OpenExtra>,
    /// Made-up names that are to be stated, with what each candidate says.
    pub(super) made_up: Vec<(u32, Vec<Statements>)>,
    /// Clauses that were numbered now.
    clause_ids: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    virtual_ids: HashMap<(String, u32), u32>,
}

impl<'i> Compiler<'i> {
    /// Goes on where a compilation of the same packs ended, or [began](begin).
    pub(crate) fn new(packs: &'i [NumberedPack], order: ChannelOrder, arrays: Arrays) -> Self {
        let real = length(&arrays.names);
        let more = (0..length(&arrays.more_ends))
            .map(|at| {
                (
                    text(&arrays.more_ends, &arrays.more_bytes, at).to_owned(),
                    real + at,
                )
            })
            .collect();
        let virtual_ids = (0_u32..)
            .zip(&arrays.virtual_specs)
            .map(|(id, [of, kind])| {
                let of = text(&arrays.text_ends, &arrays.text_bytes, *of);
                ((of.to_owned(), *kind), id)
            })
            .collect();
        Self {
            packs,
            order,
            rewrite: None,
            arrays,
            specs: Specs::default(),
            matchers: Matchers::default(),
            families: HashMap::default(),
            by_name: HashMap::default(),
            more,
            wanted: BTreeSet::new(),
            stated: 0,
            open_extras: Vec::new(),
            made_up: Vec::new(),
            clause_ids: HashTable::default(),
            hasher: hashbrown::DefaultHashBuilder::default(),
            virtual_ids,
        }
    }

    /// Makes known what is already known of the candidates of some names.
    pub(crate) fn know(&mut self, families: Vec<(u32, Family)>) {
        for (name, family) in families {
            self.write_candidates(name, &family);
            self.families.insert(name, Arc::new(family));
        }
    }

    /// States names, and everything that their candidates can bring in.
    pub(crate) fn reach(&mut self, names: impl IntoIterator<Item = u32>) {
        for name in names {
            self.want(name);
        }
        self.work();
    }

    /// Makes room for all names, as far as it is known how much that takes.
    pub(crate) fn expect_all(&mut self) {
        let rows = self.packs.iter().map(|(_, pack)| pack.len()).sum();
        self.arrays.expect(rows);
    }

    /// Lets other dependencies count from here on, also for what is stated already.
    pub(crate) fn rewrite(&mut self, rewrite: &'i dyn Rewrite) {
        self.rewrite = Some(rewrite);
        let changed: Vec<u32> = (0..length(&self.arrays.names))
            .filter(|name| self.is_stated(*name) && self.may_change(rewrite, *name))
            .collect();
        self.state(&changed);
        self.work();
    }

    fn may_change(&self, rewrite: &dyn Rewrite, name: u32) -> bool {
        let (start, count) = (self.start(name) as usize, self.count(name) as usize);
        let rows = self.arrays.candidate_row.get(start..start + count);
        rows.unwrap_or_default().iter().any(|[pack, row]| {
            let pack = self.packs.get(*pack as usize);
            pack.is_some_and(|(_, pack)| may_change(rewrite, pack, *row))
        })
    }

    /// A name with one candidate that says what a spec says: what stands for a requirement
    /// with a condition.
    pub(crate) fn stand_in(&mut self, spec: &str) -> Result<u32, String> {
        let name = format!("line {spec}");
        if let Some(known) = self.known_more(&name) {
            return Ok(known);
        }
        let id = self.spec(spec);
        self.specs.get(id).map_err(str::to_owned)?;
        let mut statements = Statements::default();
        self.state_spec(id, false, &mut statements)?;
        let name = self.make_up(&name, vec![statements]);
        self.work();
        Ok(name)
    }

    /// States whatever is waiting to be.
    pub(crate) fn work(&mut self) {
        loop {
            if let Some(extra) = self.open_extras.pop() {
                self.state_extra(extra);
            } else if let Some((name, ways)) = self.made_up.pop() {
                self.end_made_up(name, &ways);
            } else if self.wanted.is_empty() {
                return;
            } else {
                let next = std::iter::from_fn(|| self.wanted.pop_first());
                let mut names: Vec<u32> = next.take(STATED_AT_ONCE).collect();
                // Those of a batch may want each other.
                names.retain(|name| !self.is_stated(*name));
                self.state(&names);
            }
        }
    }

    pub(crate) fn finish(self) -> Compiled {
        let Self {
            arrays,
            specs,
            matchers,
            families,
            clause_ids,
            ..
        } = self;
        let names = families.len();
        drop_beside((specs, matchers, families, clause_ids), names);
        arrays.into()
    }

    /// The number of a name, also of a made-up one.
    pub(crate) fn known(&self, name: &str) -> Option<u32> {
        self.real_name(name).or_else(|| self.known_more(name))
    }

    fn real_name(&self, name: &str) -> Option<u32> {
        if self.by_name.is_empty() {
            real_name(self.packs, &self.arrays.names, name)
        } else {
            self.by_name.get(name.as_bytes()).copied()
        }
    }

    pub(super) fn name(&self, id: u32) -> &str {
        if let Some(of) = self.arrays.names.get(id as usize) {
            return name_text(self.packs, *of);
        }
        let at = id.saturating_sub(length(&self.arrays.names));
        text(&self.arrays.more_ends, &self.arrays.more_bytes, at)
    }

    /// Puts the candidates of real names into order, once, and makes them known.
    pub(super) fn order(&mut self, names: &[u32]) {
        let is_new = |name: &u32| self.is_real(*name) && !self.families.contains_key(name);
        let mut new: Vec<u32> = names.iter().copied().filter(is_new).collect();
        new.sort_unstable();
        new.dedup();
        let families = side_by_side(&new, |name| match self.count(*name) {
            0 => family(self.packs, self.order, self.name(*name)),
            count => {
                let start = self.start(*name);
                let members = (start..start + count).filter_map(|at| self.arrays.member(at));
                family_in_order(self.packs, self.order, members)
            }
        });
        for (name, family) in new.into_iter().zip(families) {
            self.write_candidates(name, &family);
            self.families.insert(name, Arc::new(family));
        }
    }

    /// Writes down the candidates of a name, unless an earlier compilation did.
    fn write_candidates(&mut self, name: u32, family: &Family) {
        let arrays = &mut self.arrays;
        let start = length(&arrays.candidate_row);
        match arrays.name_candidates.get_mut(name as usize) {
            Some(span) if *span == UNORDERED => {
                *span = [start, start + length(&family.members)];
            }
            _ => return,
        }
        for member in &family.members {
            arrays.candidate_row.push([member.pack, member.row]);
            arrays.candidate_version.push(member.version);
            arrays.candidate_build.push(member.build);
            arrays.candidate_group.push(0);
        }
    }

    /// Reads the specs that are new, and looks what they allow.
    pub(super) fn read_specs(&mut self) {
        let new = self.specs.unread();
        if new.len() > self.arrays.names.len() / ONE_IN && self.by_name.is_empty() {
            let names = (0_u32..).zip(&self.arrays.names);
            self.by_name = names
                .map(|(id, of)| (name_bytes(self.packs, *of), id))
                .collect();
        }
        let is_few = new.len() <= FEW;
        let read = |id| {
            let name_id = |name: &str| self.real_name(name);
            specs::read(self.specs.text(id), &self.matchers, name_id)
        };
        let pages = specs::pages(new.clone());
        let read: Vec<Vec<specs::Read>> = if is_few {
            let pages = pages.into_iter();
            pages.map(|ids| ids.map(read).collect()).collect()
        } else {
            let read_page = |ids: Range<u32>| {
                let ids = ids.into_par_iter().with_min_len(FEW_AT_ONCE);
                ids.map(read).collect()
            };
            pages.into_par_iter().map(read_page).collect()
        };
        let target = |spec: &specs::Read| spec.as_ref().ok().and_then(Spec::target_id);
        let targets: Vec<u32> = read.iter().flatten().filter_map(target).collect();
        self.specs.add(read);
        self.order(&targets);
        let (families, packs) = (&self.families, self.packs);
        let allow = |spec: &mut Spec| {
            let family = spec.target_id().and_then(|target| families.get(&target));
            let (Some(family), Some(matcher)) = (family, spec.matcher.as_deref()) else {
                return;
            };
            let plain = spec.names_a_place.then(|| MatchSpec {
                channel: None,
                subdir: None,
                file_name: None,
                ..matcher.clone()
            });
            let matcher = plain.as_ref().unwrap_or(matcher);
            spec.allow(matching(matcher, family, packs));
        };
        let pages = self.specs.pages_from(new.start);
        if is_few {
            pages.into_iter().flatten().flatten().for_each(allow);
        } else {
            pages.into_par_iter().for_each(|page| {
                let page = page.par_iter_mut().with_min_len(FEW_AT_ONCE);
                page.flatten().for_each(allow);
            });
        }
    }

    /// The number of a text, read.
    pub(super) fn spec(&mut self, text: &str) -> u32 {
        let id = self.specs.intern_text(text);
        self.read_specs();
        id
    }

    /// The candidates of a real name that is ordered.
    pub(super) fn family(&self, name: u32) -> Option<Arc<Family>> {
        self.families.get(&name).cloned()
    }

    pub(super) fn count(&self, name: u32) -> u32 {
        match self.arrays.name_candidates.get(name as usize) {
            Some([start, end]) if [*start, *end] != UNORDERED => end - start,
            _ => 0,
        }
    }

    pub(super) fn start(&self, name: u32) -> u32 {
        match self.arrays.name_candidates.get(name as usize) {
            Some([start, end]) if [*start, *end] != UNORDERED => *start,
            _ => 0,
        }
    }

    /// Whether packs have a name.
    fn is_real(&self, name: u32) -> bool {
        (name as usize) < self.arrays.names.len()
    }

    /// Notes that a name may be in an answer.
    pub(super) fn want(&mut self, name: u32) {
        if self.is_real(name) && !self.is_stated(name) {
            self.wanted.insert(name);
        }
    }

    fn is_stated(&self, name: u32) -> bool {
        self.arrays.name_groups.get(name as usize) != Some(&UNSTATED)
    }

    /// Adds a name that no pack has, with candidates of one version and build.
    pub(super) fn add_more(&mut self, name: &str, count: u32) -> u32 {
        let id = length(&self.arrays.name_candidates);
        let start = length(&self.arrays.candidate_row);
        for _ in 0..count {
            self.arrays.candidate_row.push([NONE; 2]);
            self.arrays.candidate_version.push(0);
            self.arrays.candidate_build.push(0);
            self.arrays.candidate_group.push(0);
        }
        self.arrays.name_candidates.push([start, start + count]);
        self.arrays.name_groups.push(UNSTATED);
        self.arrays.name_dead.push([0, 0]);
        self.arrays.name_slots.push([0, 0]);
        self.arrays.more_bytes.extend_from_slice(name.as_bytes());
        self.arrays.more_ends.push(length(&self.arrays.more_bytes));
        self.more.insert(name.to_owned(), id);
        id
    }

    pub(super) fn set_dead(&mut self, name: u32, dead: &[Dead]) {
        let start = length(&self.arrays.dead);
        self.arrays.dead.extend_from_slice(dead);
        if let Some(span) = self.arrays.name_dead.get_mut(name as usize) {
            *span = [start, length(&self.arrays.dead)];
        }
    }

    pub(super) fn text(&mut self, of: &str) -> u32 {
        let id = length(&self.arrays.text_ends);
        self.arrays.text_bytes.extend_from_slice(of.as_bytes());
        self.arrays.text_ends.push(length(&self.arrays.text_bytes));
        id
    }

    pub(super) fn virtual_spec(&mut self, of: &str, kind: VirtualKind) -> u32 {
        let key = (of.to_owned(), kind.number());
        if let Some(id) = self.virtual_ids.get(&key) {
            return *id;
        }
        let id = length(&self.arrays.virtual_specs);
        let text = self.text(of);
        self.arrays.virtual_specs.push([text, kind.number()]);
        self.virtual_ids.insert(key, id);
        id
    }

    /// The number of a clause, if it has one: a target (see [`LIMITS`](crate::LIMITS)) and what
    /// is allowed of it.
    pub(super) fn known_clause(&self, target: u32, allowed: &[[u32; 2]]) -> Option<u32> {
        let hash = self.hasher.hash_one((target, allowed));
        let is_it = |id: &u32| clause(&self.arrays, *id) == Some((target, allowed));
        self.clause_ids.find(hash, is_it).copied()
    }

    pub(super) fn intern_clause(&mut self, target: u32, allowed: &[[u32; 2]]) -> u32 {
        let (arrays, hasher) = (&mut self.arrays, &self.hasher);
        let hash = hasher.hash_one((target, allowed));
        let is_it = |id: &u32| clause(arrays, *id) == Some((target, allowed));
        let hash_of = |id: &u32| hasher.hash_one(clause(arrays, *id).unwrap_or_default());
        match self.clause_ids.entry(hash, is_it, hash_of) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let id = length(&arrays.clause_target);
                place.insert(id);
                arrays.clause_target.push(target);
                let start = length(&arrays.ranges);
                arrays.ranges.extend_from_slice(allowed);
                arrays.clause_ranges.push([start, length(&arrays.ranges)]);
                id
            }
        }
    }
}

/// What a clause says.
fn clause(arrays: &Arrays, id: u32) -> Option<(u32, &[[u32; 2]])> {
    let target = *arrays.clause_target.get(id as usize)?;
    let [start, end] = *arrays.clause_ranges.get(id as usize)?;
    let allowed = arrays.ranges.get(start as usize..end as usize)?;
    Some((target, allowed))
}

/// A compilation in which every name has a number and nothing is known of any.
pub(crate) fn begin(packs: &[NumberedPack]) -> Arrays {
    let mut texts: Vec<(&[u8], [u32; 2])> = (0_u32..)
        .zip(packs)
        .flat_map(|(pack, (_, of))| {
            let entries = (0..).map_while(|at| Some((at, of.name_entry(at)?)));
            entries.map(move |(at, entry)| (of.text_bytes(entry.text), [pack, at]))
        })
        .collect();
    // Of a name of several packs the first one counts.
    texts.sort();
    texts.dedup_by(|(a, _), (b, _)| a == b);
    let names: Vec<[u32; 2]> = texts.into_iter().map(|(_, of)| of).collect();
    Arrays {
        name_candidates: vec![UNORDERED; names.len()],
        name_groups: vec![UNSTATED; names.len()],
        name_dead: vec![[0, 0]; names.len()],
        name_slots: vec![[0, 0]; names.len()],
        names,
        group_start: vec![0],
        slot_start: vec![0],
        group_virtual_start: vec![0],
        ..Arrays::default()
    }
}

/// The text of a real name, in bytes, which is all that a comparison needs.
pub(super) fn name_bytes(packs: &[NumberedPack], [pack, at]: [u32; 2]) -> &[u8] {
    packs
        .get(pack as usize)
        .and_then(|(_, of)| Some(of.text_bytes(of.name_entry(at)?.text)))
        .unwrap_or_default()
}

/// The text of a real name.
pub(crate) fn name_text(packs: &[NumberedPack], [pack, at]: [u32; 2]) -> &str {
    packs
        .get(pack as usize)
        .and_then(|(_, of)| Some(of.text(of.name_entry(at)?.text)))
        .unwrap_or_default()
}

/// The number of a real name.
pub(crate) fn real_name(packs: &[NumberedPack], names: &[[u32; 2]], name: &str) -> Option<u32> {
    let found = names.binary_search_by(|of| name_bytes(packs, *of).cmp(name.as_bytes()));
    found.ok().and_then(|at| u32::try_from(at).ok())
}
