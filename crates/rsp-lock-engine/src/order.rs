//! The static order of names, and what "better" means for a candidate.
//!
//! The order decides for whom the best version is sought first: the names the
//! query puts first, by their rank; then the hubs (python, numpy and the like),
//! which are limited by many, most limited first; then all others, those first
//! that have the longer chains of requirements below them, so that a package
//! comes before what it only brings along; ties by how many limit them, then by
//! name. It is a function of the query and of the part of the tables that the
//! query reaches, never of what the search has met.

use std::cmp::Reverse;

use rsp_lock_index::Tables;

use crate::{
    bits::id,
    chains::heights,
    net::Net,
    query::{Lowest, Query},
};

/// What is compared for all names before the next is compared for any.
pub(crate) const TIERS: usize = 4;

/// A name is a hub if at least one in so many of the names that can be reached limits it.
pub const HUB_SHARE: usize = 8;

/// What the order takes from the net alone.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Per variable, how many limit it.
    weights: Vec<u32>,
    /// Per variable, how long the chains of requirements below it are.
    heights: Vec<u32>,
}

impl Shape {
    pub(crate) fn of(net: &Net) -> Self {
        Self {
            weights: weights(net),
            heights: heights(net),
        }
    }
}

/// Order and preferences of one query.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The variables, first one first.
    pub(crate) vars: Vec<u32>,
    /// Per variable, its place in `vars`.
    pub(crate) places: Vec<u32>,
    /// Per variable, the locked candidate.
    locked: Vec<Option<u32>>,
    /// Per variable, whether its oldest version is best.
    lowest: Vec<bool>,
    /// Per variable whose oldest version is best, the ranks of its versions, if it has any.
    ranks: Vec<Vec<u32>>,
    /// Per variable, its first candidate in the tables.
    first: Vec<u32>,
}

impl Order {
    /// The order for a query.
    pub(crate) fn new(tables: &Tables<'_>, query: &Query<'_>, net: &Net, shape: &Shape) -> Self {
        let vars = net.vars();
        let mut rank = vec![i64::MAX; vars];
        let mut lowest = vec![query.lowest == Lowest::All; vars];
        for (name, given) in &query.first {
            if let Some(var) = net.var(*name) {
                rank[var] = rank[var].min(*given);
                lowest[var] |= query.lowest == Lowest::First;
            }
        }
        let Shape { weights, heights } = shape;
        let mut sorted: Vec<u32> = (0..id(vars)).collect();
        sorted.sort_by_cached_key(|var| {
            let var = *var as usize;
            let name = net.names[var];
            let is_hub = weights[var] as usize * HUB_SHARE >= vars && weights[var] > 0;
            let behind = query.last_from.and_then(|from| name.checked_sub(from));
            let last = behind.map(|at| {
                let rank = query.last_ranks.get(at as usize);
                rank.copied().unwrap_or(u32::MAX)
            });
            (
                rank[var],
                last.is_some(),
                // Hubs are all equally high.
                !is_hub,
                Reverse(if is_hub { 0 } else { heights[var] }),
                Reverse(weights[var]),
                last,
                name,
            )
        });
        let mut places = vec![0; vars];
        for (place, var) in sorted.iter().enumerate() {
            places[*var as usize] = id(place);
        }
        let mut locked = vec![None; vars];
        for (name, position) in &query.locked {
            if let Some(var) = net.var(*name) {
                locked[var] = Some(*position);
            }
        }
        let ranks = net.names.iter().zip(&lowest).map(|(name, is_lowest)| {
            if *is_lowest {
                query.rules.lowest_ranks(*name)
            } else {
                Vec::new()
            }
        });
        let ranks = ranks.collect();
        let first = net
            .names
            .iter()
            .map(|name| tables.name_candidates.get(*name as usize))
            .map(|span| span.map_or(0, |[start, _]| *start))
            .collect();
        Self {
            vars: sorted,
            places,
            locked,
            lowest,
            ranks,
            first,
        }
    }

    /// The class of a candidate in a tier: the smaller the better, and a total order over all tiers.
    ///
    /// Tiers: whether it is locked, version, build number, position.
    pub(crate) fn class(&self, tables: &Tables<'_>, var: usize, value: u32, tier: usize) -> u32 {
        let candidate = (self.first[var] + value) as usize;
        match tier {
            0 => u32::from(self.locked[var].is_some_and(|locked| locked != value)),
            1 if self.lowest[var] => {
                let version = tables.candidate_version[candidate];
                let rank = self.ranks[var].get(version as usize);
                rank.copied().unwrap_or(u32::MAX - version)
            }
            1 => tables.candidate_version[candidate],
            2 => tables.candidate_build[candidate],
            _ => value,
        }
    }

    /// The key of a name in a tier; the search goes by ascending keys.
    pub(crate) fn key(&self, var: usize, tier: usize) -> usize {
        tier * self.vars.len() + self.places[var] as usize
    }

    /// The first tier in which candidates of a name differ.
    pub(crate) fn first_tier(&self, var: usize) -> usize {
        usize::from(self.locked[var].is_none())
    }
}

/// Per variable, how many others state something about it that excludes a candidate.
fn weights(net: &Net) -> Vec<u32> {
    let mut weights = vec![0; net.vars()];
    let excludes = |clause: usize| {
        let size = net.sizes.get(net.clause_target[clause] as usize);
        let allowed = net.allowed(clause).iter().map(|[from, to]| to - from);
        size.is_some_and(|size| allowed.sum::<u32>() < *size)
    };
    let excludes: Vec<bool> = (0..net.clause_limits.len()).map(excludes).collect();
    for (edge, target) in net.edge_target.iter().enumerate() {
        let mut clauses = net.slot_clause[net.edge_slots(edge)].iter();
        if let Some(weight) = weights.get_mut(*target as usize)
            && clauses.any(|clause| excludes[*clause as usize])
        {
            *weight += 1;
        }
    }
    weights
}
