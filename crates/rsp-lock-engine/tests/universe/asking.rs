//! The objective as its definition says it, by asking for each class of each name whether an
//! answer has it: for universes that are too large to enumerate.

use std::collections::{BTreeMap, BTreeSet};

use rsp_lock_engine::Line;

use crate::{
    generate::{Clause, Universe, contains},
    oracle,
};

/// What may be chosen, and what that states.
struct Asking {
    /// Per name, the positions that may be chosen.
    domains: Vec<Vec<u32>>,
    /// Per name and position.
    clauses: Vec<Vec<Vec<Clause>>>,
}

/// The best answer under some lines, reduced to what they need.
pub(crate) fn best(universe: &Universe, lines: &[Line]) -> Option<Vec<(u32, u32)>> {
    let names = 0..universe.names();
    let clauses = names.clone().map(|name| {
        let positions = 0..universe.size(name);
        positions.map(|at| universe.clauses(name, at)).collect()
    });
    let mut asking = Asking {
        domains: names
            .map(|name| oracle::positions(universe, lines, name))
            .collect(),
        clauses: clauses.collect(),
    };
    let required: Vec<u32> = lines
        .iter()
        .filter(|line| line.required)
        .map(|line| line.name)
        .collect();
    for (tier, name) in oracle::turns(universe) {
        let mut with_name = required.clone();
        with_name.push(name);
        let domain = asking.domains[name as usize].clone();
        let class_of = |position: &u32| oracle::class(universe, name, *position, tier);
        let ascending: BTreeSet<u32> = domain.iter().map(class_of).collect();
        let is_there = ascending.into_iter().any(|class| {
            let of_class = domain.iter().filter(|position| class_of(position) == class);
            asking.domains[name as usize] = of_class.copied().collect();
            asking.answer(&with_name).is_some()
        });
        if !is_there {
            asking.domains[name as usize].clear();
        }
    }
    let answer = asking.answer(&required)?;
    Some(answer.into_iter().collect())
}

impl Asking {
    /// An answer that has some names, and no more than they need.
    fn answer(&self, names: &[u32]) -> Option<BTreeMap<u32, u32>> {
        self.extended(&BTreeMap::new(), names)
    }

    fn extended(&self, answer: &BTreeMap<u32, u32>, open: &[u32]) -> Option<BTreeMap<u32, u32>> {
        let is_open = |name: &&u32| !answer.contains_key(*name);
        let Some(name) = open.iter().find(is_open) else {
            return Some(answer.clone());
        };
        self.domains[*name as usize].iter().find_map(|position| {
            let mut answer = answer.clone();
            answer.insert(*name, *position);
            if !self.hold(&answer) {
                return None;
            }
            let own = self.clauses[*name as usize][*position as usize].iter();
            let needed = own.filter(|clause| clause.1).map(|clause| clause.0);
            let open: Vec<u32> = open.iter().copied().chain(needed).collect();
            self.extended(&answer, &open)
        })
    }

    /// Whether nothing that is chosen forbids another choice.
    fn hold(&self, answer: &BTreeMap<u32, u32>) -> bool {
        answer.iter().all(|(name, position)| {
            let clauses = &self.clauses[*name as usize][*position as usize];
            clauses.iter().all(|(target, _, allowed)| {
                let chosen = answer.get(target);
                chosen.is_none_or(|chosen| contains(allowed, *chosen))
            })
        })
    }
}
