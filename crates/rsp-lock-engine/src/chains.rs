//! How long the chains of requirements below a name are.

use std::ops::Range;

use crate::{bits::id, net::Net};

/// Per variable, the most names that a chain of requirements below it can have, where names
/// that require each other count as one.
///
/// Tarjan, "Depth-first search and linear graph algorithms", 1972: a set of names that require
/// each other is complete when all that they require is.
pub(crate) fn heights(net: &Net) -> Vec<u32> {
    let vars = net.vars();
    let mut walk = Walk {
        net,
        heights: vec![0; vars],
        met: vec![0; vars],
        next: 1,
        open: Vec::new(),
        is_open: vec![false; vars],
    };
    for var in 0..vars {
        if walk.met[var] == 0 {
            walk.from(var);
        }
    }
    walk.heights
}

struct Walk<'n> {
    net: &'n Net,
    heights: Vec<u32>,
    /// Per variable, when it was met; lowered to when the first of those was met that it leads
    /// back to. 0 is not yet.
    met: Vec<u32>,
    next: u32,
    /// Variables whose set is not complete.
    open: Vec<u32>,
    is_open: Vec<bool>,
}

/// A variable on the way, when it was met, and the edges that are left of it.
struct Step {
    var: usize,
    met: u32,
    edges: Range<u32>,
}

impl Walk<'_> {
    fn from(&mut self, var: usize) {
        let mut way = vec![self.meet(var)];
        while let Some(step) = way.last_mut() {
            let var = step.var;
            let Some(edge) = step.edges.next() else {
                let met = step.met;
                way.pop();
                if let Some(above) = way.last() {
                    self.met[above.var] = self.met[above.var].min(self.met[var]);
                }
                if self.met[var] == met {
                    self.complete(var);
                }
                // Only now is its own height known.
                if let Some(above) = way.last()
                    && !self.is_open[var]
                {
                    self.heights[above.var] = self.heights[above.var].max(self.heights[var] + 1);
                }
                continue;
            };
            let Some(target) = self.net.requires(edge as usize) else {
                continue;
            };
            if self.met[target] == 0 {
                let step = self.meet(target);
                way.push(step);
            } else if self.is_open[target] {
                self.met[var] = self.met[var].min(self.met[target]);
            } else {
                self.heights[var] = self.heights[var].max(self.heights[target] + 1);
            }
        }
    }

    fn meet(&mut self, var: usize) -> Step {
        let met = self.next;
        self.next += 1;
        self.met[var] = met;
        self.open.push(id(var));
        self.is_open[var] = true;
        Step {
            var,
            met,
            edges: self.net.edge_start[var]..self.net.edge_start[var + 1],
        }
    }

    /// Gives all variables of the set that begins with `first` the height of the highest.
    fn complete(&mut self, first: usize) {
        let from = self.open.iter().rposition(|var| *var as usize == first);
        let set = self.open.split_off(from.unwrap_or(0));
        let highest = set.iter().map(|var| self.heights[*var as usize]).max();
        for var in set {
            self.heights[var as usize] = highest.unwrap_or(0);
            self.is_open[var as usize] = false;
        }
    }
}
