//! The part of the tables that a query can reach, in compact local ids.
//!
//! A name that could be in an answer is a *variable*. Its *values* are its
//! candidates, best first, and one more, the last: to be *absent*. So a clause
//! that requires its target allows some candidates, and a clause that only
//! limits it allows absence too; nothing else tells them apart.
//!
//! A *slot* is one clause as stated by one variable. The slots of a variable on
//! one target are neighbours, and an *edge*. Which group states which slot is not
//! copied: it is read in the tables ([`NetOver`]), where slots and groups count
//! within their name.
//!
//! The net does not depend on the lines of the query but for the names they ask for: a core is
//! minimised on one net, and the next query that asks for the same names of the same tables
//! takes it over, with other rules.

use std::ops::{Deref, Range};

use rsp_lock_index::{LIMITS, Tables};

use crate::{
    bits::{NONE, id},
    query::Query,
};

/// See the module's text. Arrays ending in `start` have one more entry than what they describe.
#[derive(Debug, Default)]
pub(crate) struct Net {
    /// Per variable, its name.
    pub(crate) names: Vec<u32>,
    /// Per variable, the number of its candidates, which is also its value for "absent".
    pub(crate) sizes: Vec<u32>,
    /// Per variable, where its words start in an array of domains.
    pub(crate) word_start: Vec<u32>,
    /// Per variable, where its values start in an array of one entry a value.
    pub(crate) value_start: Vec<u32>,
    /// Per value, its group; [`NONE`] for "absent".
    pub(crate) value_group: Vec<u32>,
    /// Per variable, its groups.
    pub(crate) group_start: Vec<u32>,
    /// Per group, the values in it.
    pub(crate) group_value_start: Vec<u32>,
    pub(crate) group_values: Vec<u32>,
    /// Per variable, its slots.
    slot_start: Vec<u32>,
    /// Per variable, its first group and its first slot in the tables.
    in_tables: Vec<[u32; 2]>,
    /// Per slot: who states it, its clause, its edge, and the next slot with the same clause.
    pub(crate) slot_var: Vec<u32>,
    pub(crate) slot_clause: Vec<u32>,
    pub(crate) slot_edge: Vec<u32>,
    pub(crate) slot_next_of_clause: Vec<u32>,
    /// Per variable, its edges.
    pub(crate) edge_start: Vec<u32>,
    /// Per edge: who states it, its target ([`NONE`] if never present).
    pub(crate) edge_var: Vec<u32>,
    pub(crate) edge_target: Vec<u32>,
    /// Per edge, its slots.
    pub(crate) edge_slot_start: Vec<u32>,
    /// Per clause: its target ([`NONE`] if never present), whether it only limits, its first slot.
    pub(crate) clause_target: Vec<u32>,
    pub(crate) clause_limits: Vec<bool>,
    pub(crate) clause_first_slot: Vec<u32>,
    /// Per clause, the candidates it allows.
    pub(crate) clause_start: Vec<u32>,
    pub(crate) ranges: Vec<[u32; 2]>,
    /// Values that may not be chosen, as variable and range.
    pub(crate) dead: Vec<(u32, [u32; 2])>,
    /// Names that would be variables, and are not stated.
    pub(crate) unstated: Vec<u32>,
    /// The names that were asked for, in that order.
    asked: Vec<u32>,
    scratch: Scratch,
}

/// Maps from the ids of the tables, valid while their stamp is right.
#[derive(Debug, Default)]
struct Scratch {
    /// Per name, its variable; [`NONE`] if it has none.
    var_of: Vec<u32>,
    /// Per clause of the tables, its local clause; [`NONE`] if it has none.
    clause_of: Vec<u32>,
    /// Clauses of the tables that have a local one.
    clauses: Vec<u32>,
    /// Per local clause, the name of its target.
    clause_name: Vec<u32>,
    /// Per edge, the name of its target.
    edge_name: Vec<u32>,
}

impl Net {
    /// Rebuilds the net for a query, keeping the memory.
    pub(crate) fn build(&mut self, tables: &Tables<'_>, query: &Query<'_>) {
        self.clear(tables);
        self.asked.extend(asked(query));
        for name in asked(query) {
            self.reach(tables, name);
        }
        let mut next = 0;
        while next < self.names.len() {
            self.expand(tables, next);
            next += 1;
        }
        self.edge_slot_start.push(id(self.slot_var.len()));
        self.resolve_targets();
    }

    /// Whether this is the net of a query, if it is over the same tables.
    pub(crate) fn is_of(&self, query: &Query<'_>) -> bool {
        !self.asked.is_empty() && self.asked.iter().copied().eq(asked(query))
    }

    /// Lets the net be of no query, so that the next one builds its own.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
    }

    /// Notes what the rules of a query rule out.
    pub(crate) fn rule_out(&mut self, query: &Query<'_>) {
        self.dead.clear();
        for (var, name) in (0..).zip(&self.names) {
            let dead = query.rules.dead(*name).into_iter();
            self.dead.extend(dead.map(|range| (var, range)));
        }
    }

    /// The variable of a name, if the name could be in an answer.
    pub(crate) fn var(&self, name: u32) -> Option<usize> {
        match self.scratch.var_of.get(name as usize) {
            None | Some(&NONE) => None,
            Some(var) => Some(*var as usize),
        }
    }

    /// How many variables there are.
    pub(crate) fn vars(&self) -> usize {
        self.names.len()
    }

    /// The candidates a clause allows.
    pub(crate) fn allowed(&self, clause: usize) -> &[[u32; 2]] {
        span(&self.clause_start, &self.ranges, clause)
    }

    /// The slots of an edge.
    pub(crate) fn edge_slots(&self, edge: usize) -> Range<usize> {
        self.edge_slot_start[edge] as usize..self.edge_slot_start[edge + 1] as usize
    }

    /// The variable that an edge may bring in, if it does more than limit it.
    pub(crate) fn requires(&self, edge: usize) -> Option<usize> {
        let mut clauses = self.slot_clause[self.edge_slots(edge)].iter();
        let requires = clauses.any(|clause| !self.clause_limits[*clause as usize]);
        requires.then(|| self.edge_target[edge] as usize)
    }

    /// The values in a group.
    pub(crate) fn values(&self, group: usize) -> &[u32] {
        span(&self.group_value_start, &self.group_values, group)
    }

    /// The net with the tables it was built of.
    pub(crate) fn over<'n>(&'n self, tables: &'n Tables<'n>) -> NetOver<'n> {
        NetOver { net: self, tables }
    }

    fn clear(&mut self, tables: &Tables<'_>) {
        let scratch = std::mem::take(&mut self.scratch);
        let names = std::mem::take(&mut self.names);
        for list in [
            &mut self.sizes,
            &mut self.value_group,
            &mut self.group_values,
            &mut self.slot_var,
            &mut self.slot_clause,
            &mut self.slot_edge,
            &mut self.slot_next_of_clause,
            &mut self.edge_var,
            &mut self.edge_target,
            &mut self.edge_slot_start,
            &mut self.clause_target,
            &mut self.clause_first_slot,
        ] {
            list.clear();
        }
        for starts in [
            &mut self.word_start,
            &mut self.value_start,
            &mut self.group_start,
            &mut self.group_value_start,
            &mut self.slot_start,
            &mut self.edge_start,
            &mut self.clause_start,
        ] {
            starts.clear();
            starts.push(0);
        }
        self.in_tables.clear();
        self.clause_limits.clear();
        self.ranges.clear();
        self.unstated.clear();
        self.asked.clear();
        self.scratch = scratch;
        self.scratch.forget(&names, tables);
        self.names = names;
        self.names.clear();
        self.reserve(tables);
    }

    /// Makes room for all of the tables at once. What is not needed is never touched.
    fn reserve(&mut self, tables: &Tables<'_>) {
        let names = tables.names();
        let values = tables.candidate_group.len() + names;
        let slots = tables.slot_clause.len();
        let clauses = tables.clause_target.len();
        for (list, most) in [
            (&mut self.names, names),
            (&mut self.sizes, names),
            (&mut self.value_group, values),
            (&mut self.group_values, values),
            (&mut self.group_value_start, tables.group_start.len() + 1),
            (&mut self.slot_var, slots),
            (&mut self.slot_clause, slots),
            (&mut self.slot_edge, slots),
            (&mut self.slot_next_of_clause, slots),
            (&mut self.edge_var, slots),
            (&mut self.edge_slot_start, slots + 1),
            (&mut self.scratch.edge_name, slots),
            (&mut self.word_start, names + 1),
            (&mut self.value_start, names + 1),
            (&mut self.group_start, names + 1),
            (&mut self.slot_start, names + 1),
            (&mut self.edge_start, names + 1),
            (&mut self.clause_start, clauses + 1),
            (&mut self.clause_first_slot, clauses),
            (&mut self.scratch.clauses, clauses),
            (&mut self.scratch.clause_name, clauses),
        ] {
            list.reserve(most);
        }
        self.in_tables.reserve(names);
        self.clause_limits.reserve(clauses);
        self.ranges.reserve(tables.ranges.len());
    }

    /// Makes a name a variable if it is none yet.
    fn reach(&mut self, tables: &Tables<'_>, name: u32) {
        let var = self.scratch.var_of(name);
        if *var != NONE {
            return;
        }
        *var = id(self.names.len());
        self.names.push(name);
        let size = tables.size(name);
        self.sizes.push(size);
        self.word_start
            .push(self.word_start.last().copied().unwrap_or(0) + size / 64 + 1);
        self.value_start
            .push(self.value_start.last().copied().unwrap_or(0) + size + 1);
    }

    /// Takes over what a variable states, and reaches what it requires.
    fn expand(&mut self, tables: &Tables<'_>, var: usize) {
        let name = self.names[var];
        let base = self.group_start[var];
        if !tables.is_stated(name) {
            self.unstated.push(name);
            let values = self.value_group.len() + self.sizes[var] as usize + 1;
            self.value_group.resize(values, NONE);
            self.group_start.push(base);
            self.in_tables.push([0, 0]);
            self.slot_start.push(id(self.slot_var.len()));
            self.edge_start.push(id(self.edge_var.len()));
            return;
        }
        let (candidates, groups, slots) = match tables.name_candidates.get(name as usize) {
            Some([start, end]) => {
                let groups = tables.name_groups[name as usize];
                let slots = tables.name_slots[name as usize];
                (*start as usize..*end as usize, groups, slots)
            }
            None => (0..0, [0, 0], [0, 0]),
        };
        let of_candidates = tables.candidate_group[candidates].iter();
        self.value_group
            .extend(of_candidates.map(|group| base + *group));
        self.value_group.push(NONE);
        self.list_values(var, base + groups[1] - groups[0]);

        self.in_tables.push([groups[0], slots[0]]);
        self.state(tables, var, slots);
    }

    /// Takes over the slots of a variable and reaches what they require.
    fn state(&mut self, tables: &Tables<'_>, var: usize, [first, end]: [u32; 2]) {
        let mut last = NONE;
        for clause in &tables.slot_clause[first as usize..end as usize] {
            let clause = self.table_clause(tables, *clause);
            let slot = id(self.slot_var.len());
            let target = self.scratch.clause_name[clause as usize];
            if target != last {
                last = target;
                self.scratch.edge_name.push(target);
                self.edge_var.push(id(var));
                self.edge_slot_start.push(slot);
            }
            self.slot_var.push(id(var));
            self.slot_clause.push(clause);
            self.slot_edge.push(id(self.edge_var.len() - 1));
            let first = &mut self.clause_first_slot[clause as usize];
            self.slot_next_of_clause
                .push(std::mem::replace(first, slot));
        }
        self.slot_start.push(id(self.slot_var.len()));
        self.edge_start.push(id(self.edge_var.len()));
    }

    /// Sorts the values of a variable by group, where its groups end before `end`.
    fn list_values(&mut self, var: usize, end: u32) {
        let base = self.group_start[var];
        self.group_start.push(end);
        let first = self.value_start[var] as usize;
        let of_values = &self.value_group[first..first + self.sizes[var] as usize];
        let before = self.group_value_start.len();
        self.group_value_start
            .resize(before + (end - base) as usize, 0);
        let ends = &mut self.group_value_start[before..];
        for group in of_values {
            ends[(group - base) as usize] += 1;
        }
        starts_of_counts(ends, id(self.group_values.len()));
        self.group_values
            .resize(self.group_values.len() + of_values.len(), 0);
        for (value, group) in of_values.iter().enumerate() {
            let end = &mut ends[(group - base) as usize];
            self.group_values[*end as usize] = id(value);
            *end += 1;
        }
    }

    /// The local clause of one of the tables; a name that it requires is reached.
    fn table_clause(&mut self, tables: &Tables<'_>, clause: u32) -> u32 {
        let known = self.scratch.clause_of[clause as usize];
        if known != NONE {
            return known;
        }
        let local = id(self.clause_limits.len());
        self.scratch.clause_of[clause as usize] = local;
        self.scratch.clauses.push(clause);
        let target = tables.clause_target[clause as usize];
        if target & LIMITS == 0 {
            self.reach(tables, target);
        }
        self.scratch.clause_name.push(target & !LIMITS);
        self.clause_limits.push(target & LIMITS != 0);
        self.clause_first_slot.push(NONE);
        self.ranges.extend_from_slice(tables.allowed(clause));
        self.clause_start.push(id(self.ranges.len()));
        local
    }

    /// Now that all variables are known: who is limited without being one is never present.
    fn resolve_targets(&mut self) {
        let var_of = &self.scratch.var_of;
        let resolve = |name: &u32| var_of.get(*name as usize).copied().unwrap_or(NONE);
        self.clause_target
            .extend(self.scratch.clause_name.iter().map(resolve));
        self.edge_target
            .extend(self.scratch.edge_name.iter().map(resolve));
    }
}

/// A net with the tables it was built of.
#[derive(Clone, Copy)]
pub(crate) struct NetOver<'n> {
    net: &'n Net,
    tables: &'n Tables<'n>,
}

impl Deref for NetOver<'_> {
    type Target = Net;

    fn deref(&self) -> &Net {
        self.net
    }
}

impl<'n> NetOver<'n> {
    /// The slots that a group of a variable states.
    pub(crate) fn slots(self, var: usize, group: u32) -> impl Iterator<Item = u32> + use<'n> {
        let Self { net, tables } = self;
        let group = net.in_tables[var][0] + group - net.group_start[var];
        let first = net.slot_start[var];
        let stated = span(tables.group_start, tables.group_slots, group as usize);
        stated.iter().map(move |slot| first + slot)
    }

    /// The groups that state a slot of a variable.
    pub(crate) fn groups(self, var: usize, slot: u32) -> impl Iterator<Item = u32> + use<'n> {
        let Self { net, tables } = self;
        let slot = net.in_tables[var][1] + slot - net.slot_start[var];
        let first = net.group_start[var];
        let stating = span(tables.slot_start, tables.slot_groups, slot as usize);
        stating.iter().map(move |group| first + group)
    }

    /// Per slot of a variable, how many groups state it.
    pub(crate) fn groups_a_slot(self, var: usize) -> impl Iterator<Item = u32> + use<'n> {
        let Self { net, tables } = self;
        let count = net.slot_start[var + 1] - net.slot_start[var];
        let first = net.in_tables[var][1] as usize;
        let starts = &tables.slot_start[first..=first + count as usize];
        starts.windows(2).map(|pair| pair[1] - pair[0])
    }
}

impl Scratch {
    /// The variable of a name; names beyond the tables are those that only a query speaks of.
    fn var_of(&mut self, name: u32) -> &mut u32 {
        if name as usize >= self.var_of.len() {
            self.var_of.resize(name as usize + 1, NONE);
        }
        &mut self.var_of[name as usize]
    }

    /// Undoes what the last net left behind, and fits the tables.
    fn forget(&mut self, names: &[u32], tables: &Tables<'_>) {
        for name in names {
            self.var_of[*name as usize] = NONE;
        }
        for clause in &self.clauses {
            self.clause_of[*clause as usize] = NONE;
        }
        let names = tables.names();
        self.var_of.resize(names.max(self.var_of.len()), NONE);
        self.clause_of.resize(tables.clause_target.len(), NONE);
        self.clauses.clear();
        self.clause_name.clear();
        self.edge_name.clear();
    }
}

fn asked(query: &Query<'_>) -> impl Iterator<Item = u32> {
    let lines = query.lines.iter().filter(|line| line.required);
    lines.map(|line| line.name)
}

fn span<'t, T>(starts: &[u32], items: &'t [T], at: usize) -> &'t [T] {
    &items[starts[at] as usize..starts[at + 1] as usize]
}

/// Turns how many items each list has into where it starts. Filling the lists moves each start
/// to the list's end, which is what is kept.
fn starts_of_counts(counts: &mut [u32], first: u32) {
    let mut next = first;
    for count in counts {
        next += std::mem::replace(count, next);
    }
}
