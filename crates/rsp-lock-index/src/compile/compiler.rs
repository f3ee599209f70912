//! The compilation itself: which names are ordered and stated, and in which arrays.

use std::{collections::HashMap, sync::Arc};

use rattler_conda_types::PackageRecord;

use super::{
    ChannelOrder, Compiled, Dead, Family, VirtualKind,
    arrays::{Arrays, UNORDERED, text},
    family::{NumberedPack, family},
    specs::Specs,
    statements::Statements,
};
use crate::{LIMITS, UNSTATED, owned::length, pack::NONE, ranges::Ranges};

/// The number of a name that nobody has looked for yet.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// How many names are stated before the memory of the packs that were read for them is given
/// back: what one name says, the next seldom does.
const STATED_AT_ONCE: usize = 4096;

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
    /// Of names that were ordered now, or looked at again.
    families: HashMap<u32, Arc<Family>, hashbrown::DefaultHashBuilder>,
    /// Names that no pack has, by text.
    pub(super) more: HashMap<String, u32>,
    /// Names that are to be stated.
    wanted: Vec<u32>,
    /// Made-up names that are to be stated, with what each candidate says.
    pub(super) made_up: Vec<(u32, Vec<Statements>)>,
    clause_ids: HashMap<(u32, Ranges), u32, hashbrown::DefaultHashBuilder>,
    virtual_ids: HashMap<(String, u32), u32>,
    /// Per clause, its slot in the name that is being written down.
    pub(super) slot_of: Vec<u32>,
    /// How many names were stated.
    stated: usize,
}

impl<'i> Compiler<'i> {
    /// Goes on where a compilation of the same packs ended, or begins one.
    pub(crate) fn new(
        packs: &'i [NumberedPack],
        order: ChannelOrder,
        earlier: Option<&Compiled>,
    ) -> Self {
        let arrays = earlier.map_or_else(|| begin(packs), Compiled::grow);
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
            families: HashMap::default(),
            more,
            wanted: Vec::new(),
            made_up: Vec::new(),
            clause_ids: HashMap::default(),
            virtual_ids,
            slot_of: Vec::new(),
            stated: 0,
        }
    }

    /// States a name, and everything that its candidates can bring in.
    pub(crate) fn reach(&mut self, name: u32) {
        self.order(name);
        self.want(name);
        self.work();
    }

    /// Lets other dependencies count from here on, also for what is stated already.
    pub(crate) fn rewrite(&mut self, rewrite: &'i dyn Rewrite) {
        self.rewrite = Some(rewrite);
        for name in 0..length(&self.arrays.names) {
            if self.is_stated(name) && self.may_change(name) {
                self.look_again(name);
                self.state(name);
            }
        }
        self.work();
    }

    fn may_change(&self, name: u32) -> bool {
        let (start, count) = (self.start(name) as usize, self.count(name) as usize);
        let rows = self.arrays.candidate_row.get(start..start + count);
        rows.unwrap_or_default()
            .iter()
            .any(|[pack, row]| self.may_change_row(*pack, *row))
    }

    pub(super) fn may_change_row(&self, pack: u32, row: u32) -> bool {
        let (Some(rewrite), Some((_, of))) = (self.rewrite, self.packs.get(pack as usize)) else {
            return false;
        };
        rewrite.may_change(of.name(row), &mut of.depends(row).chain(of.constrains(row)))
    }

    /// A name with one candidate that says what a spec says: what stands for a requirement
    /// with a condition.
    pub(crate) fn stand_in(&mut self, spec: &str) -> Result<u32, String> {
        let name = format!("line {spec}");
        if let Some(known) = self.known_more(&name) {
            return Ok(known);
        }
        let id = self.specs.intern_text(spec);
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
            if let Some((name, ways)) = self.made_up.pop() {
                self.end_made_up(name, ways);
            } else if let Some(name) = self.wanted.pop() {
                if !self.is_stated(name) {
                    self.look_again(name);
                    self.state(name);
                    self.stated += 1;
                    if self.stated.is_multiple_of(STATED_AT_ONCE) {
                        self.packs.iter().for_each(|(_, pack)| pack.give_back());
                    }
                }
            } else {
                return;
            }
        }
    }

    pub(crate) fn finish(self) -> Compiled {
        self.arrays.into()
    }

    /// The number of a name, also of a made-up one.
    pub(crate) fn known(&self, name: &str) -> Option<u32> {
        real_name(self.packs, &self.arrays.names, name).or_else(|| self.known_more(name))
    }

    pub(super) fn name(&self, id: u32) -> &str {
        if let Some(of) = self.arrays.names.get(id as usize) {
            return name_text(self.packs, *of);
        }
        let at = id.saturating_sub(length(&self.arrays.names));
        text(&self.arrays.more_ends, &self.arrays.more_bytes, at)
    }

    /// Puts the candidates of a name into order, once.
    pub(super) fn order(&mut self, name: u32) {
        if self.arrays.name_candidates.get(name as usize) != Some(&UNORDERED) {
            self.look_again(name);
            return;
        }
        let family = family(self.packs, self.order, self.name(name));
        let start = length(&self.arrays.candidate_row);
        for member in &family.members {
            self.arrays.candidate_row.push([member.pack, member.row]);
            self.arrays.candidate_version.push(member.version);
            self.arrays.candidate_build.push(member.build);
            self.arrays.candidate_group.push(0);
        }
        let end = length(&self.arrays.candidate_row);
        if let Some(span) = self.arrays.name_candidates.get_mut(name as usize) {
            *span = [start, end];
        }
        self.families.insert(name, Arc::new(family));
    }

    /// Makes the candidates of a real name known that an earlier compilation has ordered.
    fn look_again(&mut self, name: u32) {
        if (name as usize) < self.arrays.names.len() && !self.families.contains_key(&name) {
            let family = family(self.packs, self.order, self.name(name));
            self.families.insert(name, Arc::new(family));
        }
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

    /// Notes that a name may be in an answer.
    pub(super) fn want(&mut self, name: u32) {
        if (name as usize) < self.arrays.names.len() && !self.is_stated(name) {
            self.wanted.push(name);
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

    pub(super) fn intern_clause(&mut self, target: u32, limits: bool, allowed: Ranges) -> u32 {
        let target = target | if limits { LIMITS } else { 0 };
        let arrays = &mut self.arrays;
        *self
            .clause_ids
            .entry((target, allowed))
            .or_insert_with_key(|(_, allowed)| {
                let id = length(&arrays.clause_target);
                arrays.clause_target.push(target);
                let start = length(&arrays.ranges);
                arrays.ranges.extend_from_slice(allowed);
                arrays.clause_ranges.push([start, length(&arrays.ranges)]);
                id
            })
    }
}

/// A compilation in which every name has a number and nothing is known of any.
fn begin(packs: &[NumberedPack]) -> Arrays {
    let mut names: Vec<[u32; 2]> = (0_u32..)
        .zip(packs)
        .flat_map(|(pack, (_, of))| (0_u32..).zip(of.names()).map(move |(at, _)| [pack, at]))
        .collect();
    names.sort_by(|a, b| name_text(packs, *a).cmp(name_text(packs, *b)));
    names.dedup_by(|a, b| name_text(packs, *a) == name_text(packs, *b));
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

/// The text of a real name.
pub(crate) fn name_text(packs: &[NumberedPack], [pack, at]: [u32; 2]) -> &str {
    packs
        .get(pack as usize)
        .and_then(|(_, of)| Some(of.text(of.name_entry(at)?.text)))
        .unwrap_or_default()
}

/// The number of a real name.
pub(crate) fn real_name(packs: &[NumberedPack], names: &[[u32; 2]], name: &str) -> Option<u32> {
    let bytes = |[pack, at]: [u32; 2]| {
        let (_, of) = packs.get(pack as usize)?;
        Some(of.text_bytes(of.name_entry(at)?.text))
    };
    let found = names.binary_search_by(|of| bytes(*of).unwrap_or_default().cmp(name.as_bytes()));
    found.ok().and_then(|at| u32::try_from(at).ok())
}
