//! What the groups of a name state, as clauses and slots.

use std::collections::{BTreeSet, HashMap};

use super::{
    compiler::Compiler,
    specs::{Made, Said},
    statements::{Allowed, Statement},
};
use crate::{
    LIMITS,
    owned::length,
    ranges::{Ranges, intersection, len},
};

/// What the groups of a name state. Nothing in it depends on where it is written down.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// Per slot its clause: a number below `numbered`, or that and its place in `new`.
    clauses: Vec<u32>,
    /// How many clauses had a number.
    numbered: u32,
    /// Clauses that have no number yet: target (see [`LIMITS`]) and what is allowed of it.
    new: Vec<(u32, Ranges)>,
    /// Per group, where its slots end.
    group_ends: Vec<u32>,
    of_groups: Vec<u32>,
    /// Per slot, where its groups end.
    slot_ends: Vec<u32>,
    slot_groups: Vec<u32>,
    /// Per group, where what it says of virtual packages ends.
    virtual_ends: Vec<u32>,
    of_virtual: Vec<u32>,
}

/// Collects what groups state, one after the other.
pub(super) struct SlotsBuilder<'c> {
    compiler: &'c Compiler<'c>,
    slots: Slots,
    /// Target and clause of each slot, in the order in which they were met.
    met: Vec<[u32; 2]>,
    known: HashMap<[u32; 2], u32, hashbrown::DefaultHashBuilder>,
    /// Per group, which of them it states.
    stated: Vec<u32>,
    /// Where those of the group before begin.
    before: usize,
}

impl<'c> SlotsBuilder<'c> {
    pub(super) fn new(compiler: &'c Compiler<'_>) -> Self {
        Self {
            compiler,
            slots: Slots {
                numbered: length(&compiler.arrays.clause_target),
                ..Slots::default()
            },
            met: Vec::new(),
            known: HashMap::default(),
            stated: Vec::new(),
            before: 0,
        }
    }

    /// Adds a group that says this of names and of virtual packages.
    pub(super) fn group(&mut self, of_names: &mut [&Statement], of_virtual: &BTreeSet<u32>) {
        // Equal targets stand together, the order within is that of the record.
        of_names.sort_by_key(|statement| statement.target);
        let start = self.stated.len();
        for of_target in of_names.chunk_by(|a, b| a.target == b.target) {
            let clause = match of_target {
                [only] => self.clause_of(only),
                several => self.clause_of_several(several),
            };
            if let (Some(clause), Some(first)) = (clause, of_target.first()) {
                // Most groups state at the same place what the one before states.
                let like = self.before + (self.stated.len() - start);
                let like = self.stated.get(like).copied().filter(|_| like < start);
                let slot = self.met([first.target, clause], like);
                self.stated.push(slot);
            }
        }
        self.before = start;
        self.slots.group_ends.push(length(&self.stated));
        self.slots.of_virtual.extend(of_virtual);
        self.slots.virtual_ends.push(length(&self.slots.of_virtual));
    }

    /// The number of a target and a clause among those that were met, which may well be one.
    fn met(&mut self, wanted: [u32; 2], like: Option<u32>) -> u32 {
        let is_wanted = |like: &u32| self.met.get(*like as usize) == Some(&wanted);
        if let Some(like) = like.filter(is_wanted) {
            return like;
        }
        let met = &mut self.met;
        *self.known.entry(wanted).or_insert_with(|| {
            met.push(wanted);
            length(met) - 1
        })
    }

    /// All slots, those of a target next to each other.
    pub(super) fn finish(self) -> Slots {
        let Self {
            mut slots,
            met,
            stated,
            ..
        } = self;
        let mut sorted: Vec<([u32; 2], u32)> = met.into_iter().zip(0..).collect();
        sorted.sort_unstable();
        let mut place_of = vec![0_u32; sorted.len()];
        for (place, (_, met)) in (0..).zip(&sorted) {
            if let Some(of) = place_of.get_mut(*met as usize) {
                *of = place;
            }
        }
        slots.clauses = sorted.iter().map(|([_, clause], _)| *clause).collect();
        let place = |met: &u32| place_of.get(*met as usize).copied().unwrap_or(0);
        slots.of_groups = stated.iter().map(place).collect();
        // Per slot how many groups state it, then where its next group goes.
        let mut next = vec![0_u32; slots.clauses.len()];
        for slot in &slots.of_groups {
            if let Some(count) = next.get_mut(*slot as usize) {
                *count += 1;
            }
        }
        let mut end = 0;
        for next in &mut next {
            let start = end;
            end += *next;
            slots.slot_ends.push(end);
            *next = start;
        }
        slots.slot_groups = vec![0; slots.of_groups.len()];
        let mut start = 0;
        for (group, end) in (0..).zip(&slots.group_ends) {
            let of_group = slots.of_groups.get(start as usize..*end as usize);
            for slot in of_group.unwrap_or_default() {
                if let Some(next) = next.get_mut(*slot as usize)
                    && let Some(place) = slots.slot_groups.get_mut(*next as usize)
                {
                    *place = group;
                    *next += 1;
                }
            }
            start = *end;
        }
        slots
    }

    fn clause_of(&mut self, statement: &Statement) -> Option<u32> {
        let compiler = self.compiler;
        let made = match statement.allowed {
            Allowed::Spec(id) => compiler.specs.get(id).ok()?.made(statement.limits),
            Allowed::These(_) => Made::NotYet,
        };
        match made {
            Made::Clause(known) => Some(known),
            Made::Nothing => None,
            Made::NotYet => {
                let allowed = compiler.ranges_of(statement).to_vec();
                self.clause(statement.target, statement.limits, allowed)
            }
        }
    }

    /// What is only limited and also required is required to be what both allow.
    fn clause_of_several(&mut self, statements: &[&Statement]) -> Option<u32> {
        let (first, rest) = statements.split_first()?;
        let mut allowed = self.compiler.ranges_of(first).to_vec();
        for statement in rest {
            allowed = intersection(&allowed, self.compiler.ranges_of(statement));
        }
        let limits = statements.iter().all(|statement| statement.limits);
        self.clause(first.target, limits, allowed)
    }

    /// A clause; none where it would say nothing.
    fn clause(&mut self, target: u32, limits: bool, allowed: Ranges) -> Option<u32> {
        if limits && len(&allowed) == self.compiler.count(target) {
            return None;
        }
        let target = target | if limits { LIMITS } else { 0 };
        if let Some(known) = self.compiler.known_clause(target, &allowed) {
            return Some(known);
        }
        let new = (target, allowed);
        let slots = &mut self.slots;
        let at = slots.new.iter().position(|known| *known == new);
        let at = at.unwrap_or_else(|| {
            slots.new.push(new);
            slots.new.len() - 1
        });
        Some(slots.numbered + u32::try_from(at).unwrap_or(u32::MAX))
    }
}

impl Compiler<'_> {
    /// Gives the clauses that have none their numbers.
    fn number(&mut self, slots: &mut Slots) {
        let new: Vec<u32> = std::mem::take(&mut slots.new)
            .into_iter()
            .map(|(target, allowed)| self.intern_clause(target, &allowed))
            .collect();
        for clause in &mut slots.clauses {
            let at = clause.checked_sub(slots.numbered);
            if let Some(numbered) = at.and_then(|at| new.get(at as usize)) {
                *clause = *numbered;
            }
        }
    }

    /// Writes down what the groups of a name state, with the groups of its candidates, which
    /// count within the name.
    pub(super) fn write_down(&mut self, name: u32, group_of: &[u32], mut slots: Slots) {
        self.number(&mut slots);
        let start = self.start(name) as usize;
        let arrays = &mut self.arrays;
        let places = arrays
            .candidate_group
            .get_mut(start..start + group_of.len());
        if let Some(places) = places {
            places.copy_from_slice(group_of);
        }
        let groups = length(&arrays.group_start) - 1;
        let first_slot = length(&arrays.slot_clause);
        arrays.slot_clause.extend(&slots.clauses);
        add_lists(
            (&mut arrays.group_start, &mut arrays.group_slots),
            (&slots.group_ends, &slots.of_groups),
        );
        add_lists(
            (&mut arrays.slot_start, &mut arrays.slot_groups),
            (&slots.slot_ends, &slots.slot_groups),
        );
        add_lists(
            (&mut arrays.group_virtual_start, &mut arrays.group_virtual),
            (&slots.virtual_ends, &slots.of_virtual),
        );
        if let Some(place) = arrays.name_slots.get_mut(name as usize) {
            *place = [first_slot, length(&arrays.slot_clause)];
        }
        if let Some(place) = arrays.name_groups.get_mut(name as usize) {
            *place = [groups, length(&arrays.group_start) - 1];
        }
    }

    /// Numbers the clause of a spec, if what it says is a clause.
    pub(super) fn number_clause(&mut self, id: u32, limits: bool) {
        let Ok(spec) = self.specs.get(id) else {
            return;
        };
        // What comes with more than that is given its numbers where it is used.
        let Said::One(statement) = spec.said(limits) else {
            return;
        };
        let Allowed::Spec(_) = statement.allowed else {
            return;
        };
        let target = statement.target;
        let allowed = spec.allowed.clone().unwrap_or_default();
        let made = if limits && len(&allowed) == self.count(target) {
            Made::Nothing
        } else {
            let target = target | if limits { LIMITS } else { 0 };
            Made::Clause(self.intern_clause(target, &allowed))
        };
        self.specs.make(id, limits, made);
    }
}

/// Adds lists, each by its end and all items behind each other, to others.
fn add_lists(
    (ends, items): (&mut Vec<u32>, &mut Vec<u32>),
    (more_ends, more_items): (&[u32], &[u32]),
) {
    let before = length(items);
    ends.extend(more_ends.iter().map(|end| before + end));
    items.extend(more_items);
}
