//! What was learnt from dead ends.
//!
//! A literal says that all of some values of a variable are gone; a nogood is
//! a list of literals that cannot all hold. Once all but one hold, the
//! variable of the last must keep one of its values. Two literals of a nogood
//! that do not hold yet watch their variables.

use crate::{
    bits,
    domain::{DeadEnd, Reason, State},
    net::NetOver,
};

/// All of these values of this variable are gone.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) var: u32,
    /// As wide as the variable's domain.
    pub(crate) values: Vec<u64>,
}

/// Literals that cannot all hold.
#[derive(Clone, Debug)]
pub(crate) struct Nogood {
    /// The first is the one that the dead end turned; watched are two of them.
    pub(crate) literals: Vec<Literal>,
    /// Literals that hold for good; they matter to proofs only.
    pub(crate) ground: Vec<Literal>,
    watched: [usize; 2],
}

/// All nogoods of a search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nogoods {
    pub(crate) all: Vec<Nogood>,
    /// Per variable, the nogoods that watch it.
    watchers: Vec<Vec<u32>>,
}

impl Nogoods {
    pub(crate) fn reset(&mut self, vars: usize) {
        self.all.clear();
        for list in &mut self.watchers {
            list.clear();
        }
        self.watchers.resize_with(vars, Vec::new);
    }

    /// Keeps a nogood whose second literal is among those that held last.
    pub(crate) fn add(&mut self, literals: Vec<Literal>, ground: Vec<Literal>) -> u32 {
        let number = bits::id(self.all.len());
        if literals.len() > 1 {
            for literal in &literals[..2] {
                self.watchers[literal.var as usize].push(number);
            }
        }
        self.all.push(Nogood {
            literals,
            ground,
            watched: [0, 1],
        });
        number
    }
}

impl State {
    /// Whether all values of a literal are gone.
    fn holds(&self, net: NetOver<'_>, literal: &Literal) -> bool {
        !bits::meet(self.domain(net, literal.var as usize), &literal.values)
    }

    /// Looks after the nogoods that watch a variable which lost values.
    pub(crate) fn propagate_nogoods(
        &mut self,
        net: NetOver<'_>,
        var: usize,
    ) -> Result<(), DeadEnd> {
        let mut at = 0;
        while let Some(number) = self.nogoods.watchers[var].get(at).copied() {
            let nogood = &self.nogoods.all[number as usize];
            let [one, two] = nogood.watched;
            let (mine, other) = if nogood.literals[one].var as usize == var {
                (one, two)
            } else {
                (two, one)
            };
            if !self.holds(net, &nogood.literals[mine]) {
                at += 1;
                continue;
            }
            let open = (0..nogood.literals.len())
                .find(|i| *i != mine && *i != other && !self.holds(net, &nogood.literals[*i]));
            if let Some(open) = open {
                let target = nogood.literals[open].var as usize;
                self.nogoods.all[number as usize].watched = [open, other];
                self.nogoods.watchers[var].swap_remove(at);
                self.nogoods.watchers[target].push(number);
            } else {
                self.assert(net, number, other)?;
                at += 1;
            }
        }
        Ok(())
    }

    /// Lets the variable of one literal keep only values of that literal.
    pub(crate) fn assert(
        &mut self,
        net: NetOver<'_>,
        number: u32,
        literal: usize,
    ) -> Result<(), DeadEnd> {
        let literal = &self.nogoods.all[number as usize].literals[literal];
        for (mask, values) in self.mask.iter_mut().zip(&literal.values) {
            *mask = !values;
        }
        let var = literal.var as usize;
        self.remove(net, var, Reason::Nogood(number))
    }
}
