//! From a dead end to a nogood, or to a proof that there is no answer.
//!
//! A dead end is a set of facts "these values are gone". A fact that came
//! about by a removal can be replaced by the facts the removal rested on.
//! Going back along the trail, facts of the last level are replaced until one
//! removal of that level is left (the first unique implication point): what
//! remains is a nogood that would have turned that removal earlier. Reasons
//! are not stored as facts: they are reconstructed from the clause, edge or
//! nogood, as weak as they can be.
//!
//! At level 0 everything is replaced, and what remains are lines of the query.

use crate::{
    bits::{self, NONE, id},
    domain::{DeadEnd, Entry, Reason, State},
    net::NetOver,
    nogood::Literal,
};

/// The facts at hand while going back along the trail.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// Per word of a domain, the values that must be gone.
    needed: Vec<u64>,
    /// Variables with a value in `needed`, each once.
    vars: Vec<u32>,
    is_listed: Vec<bool>,
    /// Per removal, whether it took a needed value.
    marked: Vec<bool>,
    /// How many marked removals are of the level being turned.
    open: usize,
    level: u32,
    /// The facts that are being added.
    fresh: Vec<u64>,
}

/// What a dead end teaches.
#[derive(Debug)]
pub(crate) enum Lesson {
    /// The first literal is the one to turn, after going back to `level`.
    Nogood {
        literals: Vec<Literal>,
        ground: Vec<Literal>,
        level: usize,
    },
    /// There is no answer.
    Refuted(Vec<Fact>),
}

/// A removal that a proof uses, in the order of the trail.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) var: u32,
    pub(crate) reason: Reason,
    /// The values the proof needs to be gone.
    pub(crate) values: Vec<u64>,
}

impl Analysis {
    /// Learns from a dead end.
    pub(crate) fn learn(&mut self, net: NetOver<'_>, state: &State, dead_end: DeadEnd) -> Lesson {
        self.begin(net, state);
        let var = dead_end.var as usize;
        bits::set_range(&mut self.fresh, [0, net.sizes[var] + 1]);
        self.need(net, state, var);
        self.level = self
            .marks(state)
            .map(|at| state.trail[at].level)
            .max()
            .unwrap_or(0);
        self.open = self
            .marks(state)
            .filter(|at| state.trail[*at].level == self.level)
            .count();
        if self.level == 0 {
            return Lesson::Refuted(self.refute(net, state));
        }
        let mut at = state.trail.len();
        loop {
            at -= 1;
            let entry = &state.trail[at];
            if !self.marked[at] || entry.level != self.level {
                continue;
            }
            if self.open == 1 {
                return self.nogood(net, state, entry.var);
            }
            self.open -= 1;
            self.marked[at] = false;
            self.explain(net, state, entry);
        }
    }

    /// Replaces every fact, and returns those that were replaced.
    fn refute(&mut self, net: NetOver<'_>, state: &State) -> Vec<Fact> {
        let mut facts = Vec::new();
        for at in (0..state.trail.len()).rev() {
            if self.marked[at] {
                let entry = &state.trail[at];
                facts.push(Fact {
                    var: entry.var,
                    reason: entry.reason,
                    values: self.explain(net, state, entry),
                });
            }
        }
        facts.reverse();
        facts
    }

    fn begin(&mut self, net: NetOver<'_>, state: &State) {
        for var in self.vars.drain(..) {
            self.is_listed[var as usize] = false;
        }
        self.is_listed.resize(net.vars(), false);
        self.needed.clear();
        self.needed.resize(state.domains.len(), 0);
        self.marked.clear();
        self.marked.resize(state.trail.len(), false);
        self.fresh.clear();
        self.fresh.resize(state.mask.len(), 0);
        self.open = 0;
        self.level = u32::MAX;
    }

    fn marks<'a>(&'a self, state: &'a State) -> impl Iterator<Item = usize> + 'a {
        (0..state.trail.len()).filter(|at| self.marked[*at])
    }

    /// Adds the values in `self.fresh` to the facts on a variable, and marks the removals that took them.
    fn need(&mut self, net: NetOver<'_>, state: &State, var: usize) {
        let first = net.word_start[var] as usize;
        let words = net.word_start[var + 1] as usize - first;
        let mut any = false;
        for (fresh, needed) in self.fresh[..words]
            .iter_mut()
            .zip(&mut self.needed[first..])
        {
            *fresh &= !*needed;
            *needed |= *fresh;
            any |= *fresh != 0;
        }
        if !any {
            return;
        }
        if !self.is_listed[var] {
            self.is_listed[var] = true;
            self.vars.push(id(var));
        }
        let mut at = state.last_entry[var];
        while at != NONE {
            let entry = &state.trail[at as usize];
            let fresh = &mut self.fresh[entry.word as usize..];
            let mut took = false;
            for (fresh, removed) in fresh.iter_mut().zip(state.removed(entry)) {
                took |= *fresh & removed != 0;
                *fresh &= !removed;
            }
            if took && !self.marked[at as usize] {
                self.marked[at as usize] = true;
                self.open += usize::from(entry.level == self.level);
            }
            at = entry.previous;
        }
        // What is left never was in the domain.
        self.fresh[..words].fill(0);
    }

    /// Replaces a fact by those its removal rested on; returns its values.
    fn explain(&mut self, net: NetOver<'_>, state: &State, entry: &Entry) -> Vec<u64> {
        let var = entry.var as usize;
        let first = net.word_start[var] as usize;
        let mut values = vec![0; net.word_start[var + 1] as usize - first];
        for (offset, removed) in state.removed(entry).iter().enumerate() {
            let word = entry.word as usize + offset;
            values[word] = removed & self.needed[first + word];
            self.needed[first + word] &= !removed;
        }
        match entry.reason {
            Reason::Decision | Reason::Line(_) => {}
            Reason::Clause(clause) => self.explain_clause(net, state, clause as usize),
            Reason::Edge(edge) => self.explain_edge(net, state, edge as usize, &values),
            Reason::Nogood(number) => {
                let nogood = &state.nogoods.all[number as usize];
                let others = nogood
                    .literals
                    .iter()
                    .filter(|literal| literal.var != entry.var);
                for literal in others.chain(&nogood.ground) {
                    self.fresh[..literal.values.len()].copy_from_slice(&literal.values);
                    self.need(net, state, literal.var as usize);
                }
            }
        }
        values
    }

    fn explain_clause(&mut self, net: NetOver<'_>, state: &State, clause: usize) {
        let target = net.clause_target[clause] as usize;
        for range in net.allowed(clause) {
            bits::set_range(&mut self.fresh, *range);
        }
        if net.clause_limits[clause] {
            bits::set(&mut self.fresh, net.sizes[target]);
        }
        self.need(net, state, target);
    }

    /// The stater is present, and all its groups that would allow one of the values are gone.
    fn explain_edge(&mut self, net: NetOver<'_>, state: &State, edge: usize, values: &[u64]) {
        let stater = net.edge_var[edge] as usize;
        let target = net.edge_target[edge] as usize;
        for group in net.group_start[stater]..net.group_start[stater + 1] {
            let slot = net
                .slots(stater, group)
                .find(|slot| net.slot_edge[*slot as usize] as usize == edge);
            let allows = slot.is_none_or(|slot| {
                let clause = net.slot_clause[slot as usize] as usize;
                (net.clause_limits[clause] && bits::get(values, net.sizes[target]))
                    || net
                        .allowed(clause)
                        .iter()
                        .any(|range| bits::any_in(values, *range))
            });
            if allows {
                for value in net.values(group as usize) {
                    bits::set(&mut self.fresh, *value);
                }
            }
        }
        bits::set(&mut self.fresh, net.sizes[stater]);
        self.need(net, state, stater);
    }

    /// Makes a nogood of the facts that are left.
    fn nogood(&mut self, net: NetOver<'_>, state: &State, turned: u32) -> Lesson {
        let mut literals = Vec::new();
        let mut ground = Vec::new();
        let mut second = 0;
        self.vars.sort_unstable();
        for var in self.vars.iter().copied() {
            let (first, last) = (
                net.word_start[var as usize],
                net.word_start[var as usize + 1],
            );
            let needed = &self.needed[first as usize..last as usize];
            let mut level = 0;
            let mut values = vec![0; needed.len()];
            let mut values_of_ground = vec![0; needed.len()];
            let mut at = state.last_entry[var as usize];
            while at != NONE {
                let entry = &state.trail[at as usize];
                let literal = if entry.level == 0 {
                    &mut values_of_ground
                } else {
                    &mut values
                };
                let mut taken = 0;
                for (offset, removed) in state.removed(entry).iter().enumerate() {
                    let word = entry.word as usize + offset;
                    literal[word] |= removed & needed[word];
                    taken |= removed & needed[word];
                }
                if taken != 0 {
                    level = level.max(entry.level as usize);
                }
                at = entry.previous;
            }
            if values_of_ground.iter().any(|word| *word != 0) {
                ground.push(Literal {
                    var,
                    values: values_of_ground,
                });
            }
            if values.iter().all(|word| *word == 0) {
                continue;
            }
            literals.push(Literal { var, values });
            let here = literals.len() - 1;
            if var == turned {
                literals.swap(0, here);
            } else if level > second {
                second = level;
            }
        }
        // The second literal must be one of those that were the last to hold.
        let last = (1..literals.len()).find(|i| literal_level(state, &literals[*i]) == second);
        if let Some(last) = last {
            literals.swap(1, last);
        }
        Lesson::Nogood {
            literals,
            ground,
            level: second,
        }
    }
}

fn literal_level(state: &State, literal: &Literal) -> usize {
    let mut level = 0;
    let mut at = state.last_entry[literal.var as usize];
    while at != NONE {
        let entry = &state.trail[at as usize];
        let values = &literal.values[entry.word as usize..];
        if bits::meet(values, state.removed(entry)) {
            level = level.max(entry.level as usize);
        }
        at = entry.previous;
    }
    level
}
