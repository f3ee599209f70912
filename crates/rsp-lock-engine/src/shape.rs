//! What the order of names takes from the net alone.

use std::cmp::Reverse;

use rsp_lock_index::Tables;

use crate::{
    bits::id,
    chains::heights,
    net::Net,
    series::{Hub, hubs},
};

/// A name is a hub if at least one in so many of the names that can be reached limits it.
pub const HUB_SHARE: usize = 8;

/// What the order takes from the net alone.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Per variable, how many limit it.
    pub(crate) weights: Vec<u32>,
    /// Per variable, how long the chains of requirements below it are.
    pub(crate) heights: Vec<u32>,
    /// The hubs, most limited first.
    pub(crate) hubs: Vec<Hub>,
}

impl Shape {
    pub(crate) fn of(tables: &Tables<'_>, net: &Net) -> Self {
        let vars = net.vars();
        let weights = weights(net);
        let is_hub = |var: &u32| {
            let weight = weights[*var as usize];
            weight > 0 && weight as usize * HUB_SHARE >= vars
        };
        let mut limited: Vec<u32> = (0..id(vars)).filter(is_hub).collect();
        limited.sort_by_key(|var| (Reverse(weights[*var as usize]), net.names[*var as usize]));
        Self {
            heights: heights(net),
            hubs: hubs(tables, net, limited),
            weights,
        }
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
