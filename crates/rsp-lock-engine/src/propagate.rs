//! What follows from removals.
//!
//! Three rules, to a fixed point:
//! - *Support*: a clause none of whose allowed values is left kills the groups
//!   that state it. Each clause watches one allowed value that is left, and is
//!   looked at only when that value goes. All values of a removal are gone
//!   before any watch moves, so no watch moves to a value that is about to go.
//! - *Union*: when a variable is present and every group it has left states
//!   something about a target, the target keeps what at least one of them
//!   allows. Without this rule the search learns the same by trying.
//! - *Nogoods*: see there.
//!
//! The fixed point does not depend on the order in which the rules are applied.

use crate::{
    bits::{self, NONE},
    domain::{DeadEnd, Reason, State},
    net::NetOver,
};

impl State {
    /// Gives every clause a value to watch, and applies those that allow nothing.
    pub(crate) fn watch_all(&mut self, net: NetOver<'_>) -> Result<(), DeadEnd> {
        for clause in 0..net.clause_limits.len() {
            if net.clause_target[clause] == NONE {
                continue;
            }
            match self.support(net, clause) {
                Some(value) => self.watch(net, clause, value),
                None => self.unsupported.push(bits::id(clause)),
            }
        }
        self.kill_unsupported(net)
    }

    /// Applies the rules until nothing follows any more, or a variable has no value left.
    ///
    /// `Ok(false)` means that `stop` said so.
    pub(crate) fn propagate(
        &mut self,
        net: NetOver<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<bool, DeadEnd> {
        let mut steps = 0u32;
        loop {
            steps += 1;
            if steps.is_multiple_of(256) && stop() {
                return Ok(false);
            }
            if self.propagated < self.trail.len() {
                let at = self.propagated;
                self.propagated += 1;
                self.move_watches(net, at);
                self.kill_unsupported(net)?;
                self.propagate_nogoods(net, self.trail[at].var as usize)?;
            } else if let Some(var) = self.dirty.pop() {
                self.is_dirty[var as usize] = false;
                self.propagate_edges(net, var as usize)?;
            } else {
                return Ok(true);
            }
        }
    }

    /// A value that supports a clause.
    fn support(&self, net: NetOver<'_>, clause: usize) -> Option<u32> {
        let target = net.clause_target[clause] as usize;
        let domain = self.domain(net, target);
        let absent = net.sizes[target];
        if net.clause_limits[clause] && bits::get(domain, absent) {
            return Some(absent);
        }
        net.allowed(clause)
            .iter()
            .find_map(|range| bits::first_in(domain, *range))
    }

    fn watch(&mut self, net: NetOver<'_>, clause: usize, value: u32) {
        let target = net.clause_target[clause] as usize;
        let first = &mut self.watch_first[(net.value_start[target] + value) as usize];
        self.watch_next[clause] = std::mem::replace(first, bits::id(clause));
    }

    /// Finds other supports for the clauses that watch removed values.
    fn move_watches(&mut self, net: NetOver<'_>, at: usize) {
        let entry = self.trail[at];
        let first_value = net.value_start[entry.var as usize];
        for offset in 0..entry.len {
            let mut removed = self.pool[(entry.start + offset) as usize];
            while removed != 0 {
                let value = (entry.word + offset) * 64 + removed.trailing_zeros();
                removed &= removed - 1;
                let head = (first_value + value) as usize;
                let mut clause = std::mem::replace(&mut self.watch_first[head], NONE);
                while clause != NONE {
                    let following = self.watch_next[clause as usize];
                    if let Some(support) = self.support(net, clause as usize) {
                        self.watch(net, clause as usize, support);
                    } else {
                        // It stays: this value comes back before any other that the clause allows.
                        self.watch(net, clause as usize, value);
                        self.unsupported.push(clause);
                    }
                    clause = following;
                }
            }
        }
    }

    fn kill_unsupported(&mut self, net: NetOver<'_>) -> Result<(), DeadEnd> {
        while let Some(clause) = self.unsupported.pop() {
            let mut slot = net.clause_first_slot[clause as usize];
            while slot != NONE {
                if self.slot_living[slot as usize] > 0 {
                    let var = net.slot_var[slot as usize] as usize;
                    for group in net.groups(var, slot) {
                        if self.group_living[group as usize] > 0 {
                            for value in net.values(group as usize) {
                                bits::set(&mut self.mask, *value);
                            }
                        }
                    }
                    self.remove(net, var, Reason::Clause(clause))?;
                }
                slot = net.slot_next_of_clause[slot as usize];
            }
        }
        Ok(())
    }

    /// The union rule for the edges of a present variable.
    fn propagate_edges(&mut self, net: NetOver<'_>, var: usize) -> Result<(), DeadEnd> {
        for edge in net.edge_start[var]..net.edge_start[var + 1] {
            let target = net.edge_target[edge as usize];
            if target == NONE {
                continue;
            }
            // A group states at most one slot of an edge.
            let slots = net.edge_slots(edge as usize);
            let stating: u32 = self.slot_living[slots].iter().sum();
            if stating == self.living_groups[var] {
                self.propagate_edge(net, edge, target as usize)?;
            }
        }
        Ok(())
    }

    fn propagate_edge(
        &mut self,
        net: NetOver<'_>,
        edge: u32,
        target: usize,
    ) -> Result<(), DeadEnd> {
        let words = bits::words(net.sizes[target] + 1);
        self.mask[..words].fill(0);
        for slot in net.edge_slots(edge as usize) {
            if self.slot_living[slot] > 0 {
                let clause = net.slot_clause[slot] as usize;
                for range in net.allowed(clause) {
                    bits::set_range(&mut self.mask, *range);
                }
                if net.clause_limits[clause] {
                    bits::set(&mut self.mask, net.sizes[target]);
                }
            }
        }
        for word in &mut self.mask[..words] {
            *word = !*word;
        }
        self.remove(net, target, Reason::Edge(edge))
    }
}
