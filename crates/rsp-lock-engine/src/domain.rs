//! Domains, the trail of removals, and taking removals back.
//!
//! The only thing that ever happens to a domain is that values are removed
//! from it, for a [`Reason`]. A name is *present* once "absent" is removed. A
//! domain without values is a dead end. Decisions, requirements, constraints
//! and learnt nogoods are all removals, so one kind of fact is enough: "these
//! values of this name are gone".

use crate::{
    bits::{self, NONE, id},
    net::NetOver,
    nogood::Nogoods,
};

/// Why values were removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The search tries it.
    Decision,
    /// The line at this index of the query.
    Line(u32),
    /// What the groups of the values need is gone: the clause.
    Clause(u32),
    /// The stater of the edge is present and none of its remaining groups allows the values.
    Edge(u32),
    /// All other literals of the nogood hold.
    Nogood(u32),
}

/// One removal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) var: u32,
    pub(crate) reason: Reason,
    /// How many decisions were in force.
    pub(crate) level: u32,
    /// The removal before this one on the same variable.
    pub(crate) previous: u32,
    /// The removed values: `len` words of [`State::pool`] from `start`, for the words of the domain from `word`.
    pub(crate) start: u32,
    pub(crate) word: u32,
    pub(crate) len: u32,
}

/// A variable has no value left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeadEnd {
    pub(crate) var: u32,
}

/// Everything that changes during a search.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The values each variable still has.
    pub(crate) domains: Vec<u64>,
    /// Per variable, how many candidates it still has.
    pub(crate) living: Vec<u32>,
    /// Per group, how many candidates it still has.
    pub(crate) group_living: Vec<u32>,
    /// Per variable, how many groups still have candidates.
    pub(crate) living_groups: Vec<u32>,
    /// Per slot, how many living groups state it.
    pub(crate) slot_living: Vec<u32>,
    pub(crate) trail: Vec<Entry>,
    pub(crate) pool: Vec<u64>,
    /// Per variable, the last removal on it.
    pub(crate) last_entry: Vec<u32>,
    /// Removals before this one have been propagated.
    pub(crate) propagated: usize,
    /// Per decision, where its removals start on the trail.
    pub(crate) level_start: Vec<u32>,
    /// Variables whose edges are to be looked at, and whether a variable is among them.
    pub(crate) dirty: Vec<u32>,
    pub(crate) is_dirty: Vec<bool>,
    /// Variables that became present since somebody asked.
    pub(crate) arrivals: Vec<u32>,
    /// Per value, the first clause that watches it; per clause, the next one.
    pub(crate) watch_first: Vec<u32>,
    pub(crate) watch_next: Vec<u32>,
    pub(crate) nogoods: Nogoods,
    /// The values that the next removal takes, all zero in between.
    pub(crate) mask: Vec<u64>,
    /// Clauses that lost their last support, not yet acted on.
    pub(crate) unsupported: Vec<u32>,
}

impl State {
    /// All domains full, nothing removed.
    pub(crate) fn reset(&mut self, net: NetOver<'_>) {
        self.domains.clear();
        self.domains.resize(net.word_start[net.vars()] as usize, 0);
        let mut widest = 0;
        for var in 0..net.vars() {
            let from = net.word_start[var] as usize;
            let to = net.word_start[var + 1] as usize;
            bits::set_range(&mut self.domains[from..to], [0, net.sizes[var] + 1]);
            widest = widest.max(to - from);
        }
        self.mask.clear();
        self.mask.resize(widest, 0);
        self.living.clear();
        self.living.extend_from_slice(&net.sizes);
        self.group_living.clear();
        self.group_living.extend(
            net.group_value_start
                .windows(2)
                .map(|pair| pair[1] - pair[0]),
        );
        self.slot_living.clear();
        self.slot_living.reserve(net.slot_clause.len());
        for var in 0..net.vars() {
            self.slot_living.extend(net.groups_a_slot(var));
        }
        self.living_groups.clear();
        self.living_groups
            .extend(net.group_start.windows(2).map(|pair| {
                let groups = &self.group_living[pair[0] as usize..pair[1] as usize];
                id(groups.iter().filter(|living| **living > 0).count())
            }));
        self.trail.clear();
        self.pool.clear();
        // Variables lose values a few times each. What is not needed is never touched.
        self.trail.reserve(8 * net.vars());
        self.pool.reserve(8 * net.vars());
        fill(&mut self.last_entry, net.vars(), NONE);
        self.propagated = 0;
        self.level_start.clear();
        self.dirty.clear();
        self.is_dirty.clear();
        self.is_dirty.resize(net.vars(), false);
        self.arrivals.clear();
        fill(&mut self.watch_first, net.value_group.len(), NONE);
        fill(&mut self.watch_next, net.clause_limits.len(), NONE);
        self.unsupported.clear();
        self.nogoods.reset(net.vars());
    }

    /// How many decisions are in force.
    pub(crate) fn level(&self) -> usize {
        self.level_start.len()
    }

    /// The values a variable still has.
    pub(crate) fn domain(&self, net: NetOver<'_>, var: usize) -> &[u64] {
        &self.domains[net.word_start[var] as usize..net.word_start[var + 1] as usize]
    }

    /// Whether a variable cannot be absent.
    pub(crate) fn present(&self, net: NetOver<'_>, var: usize) -> bool {
        !bits::get(self.domain(net, var), net.sizes[var])
    }

    /// The values that a removal took.
    pub(crate) fn removed(&self, entry: &Entry) -> &[u64] {
        &self.pool[entry.start as usize..(entry.start + entry.len) as usize]
    }

    /// Removes the values in `self.mask` from a domain, and clears the mask.
    pub(crate) fn remove(
        &mut self,
        net: NetOver<'_>,
        var: usize,
        reason: Reason,
    ) -> Result<(), DeadEnd> {
        let first = net.word_start[var] as usize;
        let words = net.word_start[var + 1] as usize - first;
        let mut touched = None;
        let mut left = 0;
        for word in 0..words {
            let taken = &mut self.mask[word];
            let domain = &mut self.domains[first + word];
            *taken &= *domain;
            *domain &= !*taken;
            left |= *domain;
            if *taken != 0 {
                touched = Some((touched.map_or(word, |(from, _)| from), word + 1));
            }
        }
        let Some((from, to)) = touched else {
            return Ok(());
        };
        let start = id(self.pool.len());
        let entry = Entry {
            var: id(var),
            reason,
            level: id(self.level()),
            previous: self.last_entry[var],
            start,
            word: id(from),
            len: id(to - from),
        };
        self.last_entry[var] = id(self.trail.len());
        self.trail.push(entry);
        let mut changed = false;
        for word in from..to {
            let mut taken = std::mem::take(&mut self.mask[word]);
            self.pool.push(taken);
            while taken != 0 {
                let value = id(word * 64) + taken.trailing_zeros();
                taken &= taken - 1;
                changed |= self.take(net, var, value);
            }
        }
        if changed && !self.is_dirty[var] && self.present(net, var) {
            self.is_dirty[var] = true;
            self.dirty.push(id(var));
        }
        if left == 0 {
            Err(DeadEnd { var: id(var) })
        } else {
            Ok(())
        }
    }

    /// Keeps the counts when a value goes; says whether the edges of the variable may have changed.
    fn take(&mut self, net: NetOver<'_>, var: usize, value: u32) -> bool {
        if value == net.sizes[var] {
            self.arrivals.push(id(var));
            return true;
        }
        self.living[var] -= 1;
        let group = net.value_group[(net.value_start[var] + value) as usize] as usize;
        self.group_living[group] -= 1;
        if self.group_living[group] > 0 {
            return false;
        }
        self.living_groups[var] -= 1;
        for slot in net.slots(var, id(group)) {
            self.slot_living[slot as usize] -= 1;
        }
        true
    }

    /// Takes back every decision above `level`, and what followed from it.
    pub(crate) fn undo_to(&mut self, net: NetOver<'_>, level: usize) {
        let Some(keep) = self.level_start.get(level).copied() else {
            return;
        };
        while self.trail.len() > keep as usize {
            if let Some(entry) = self.trail.pop() {
                self.give_back(net, entry);
            }
        }
        self.level_start.truncate(level);
        self.propagated = self.trail.len();
        for var in self.dirty.drain(..) {
            self.is_dirty[var as usize] = false;
        }
        self.arrivals.clear();
        self.unsupported.clear();
    }

    fn give_back(&mut self, net: NetOver<'_>, entry: Entry) {
        let var = entry.var as usize;
        self.last_entry[var] = entry.previous;
        let first = net.word_start[var] as usize;
        for word in 0..entry.len as usize {
            let mut given = self.pool[entry.start as usize + word];
            let word = entry.word as usize + word;
            self.domains[first + word] |= given;
            while given != 0 {
                let value = id(word * 64) + given.trailing_zeros();
                given &= given - 1;
                if value == net.sizes[var] {
                    continue;
                }
                self.living[var] += 1;
                let group = net.value_group[(net.value_start[var] + value) as usize] as usize;
                self.group_living[group] += 1;
                if self.group_living[group] == 1 {
                    self.living_groups[var] += 1;
                    for slot in net.slots(var, id(group)) {
                        self.slot_living[slot as usize] += 1;
                    }
                }
            }
        }
        self.pool.truncate(entry.start as usize);
    }
}

fn fill(list: &mut Vec<u32>, len: usize, with: u32) {
    list.clear();
    list.resize(len, with);
}
