//! The static order of names, and what "better" means for a candidate.
//!
//! The order decides for whom the best version is sought first. The names that *lead* have a
//! turn of their own: those the query puts first, by their rank; then the hubs (python and the
//! like), which are limited by many, most limited first. A hub's turn decides its series only:
//! the versions that no clause tells apart. Then come the versions of all names, by the length of
//! the chain of requirements below a name, so that a package comes before what it only brings
//! along, plus the logarithm of how many limit it. The order is a function of the query and of
//! the part of the tables that the query reaches, never of what the search has met.

use std::cmp::Reverse;

use rsp_lock_index::Tables;

use crate::{
    bits::{NONE, id},
    net::Net,
    query::{Lowest, Query},
    series::Hub,
    shape::Shape,
};

/// What is compared for all names before the next is compared for any.
pub(crate) const TIERS: usize = 5;

/// Order and preferences of one query.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The variables, first one first.
    vars: Vec<u32>,
    /// Per variable, its place in `vars`.
    places: Vec<u32>,
    /// Those of them that lead, first one first.
    leaders: Vec<u32>,
    /// Per variable, its place in `leaders`; [`NONE`] if it does not lead.
    leader_places: Vec<u32>,
    /// Per variable, the locked candidate.
    locked: Vec<Option<u32>>,
    /// Per variable, whether its oldest version is best.
    lowest: Vec<bool>,
    /// Per variable whose oldest version is best, the ranks of its versions, if it has any.
    ranks: Vec<Vec<u32>>,
    /// Per variable that leads as a hub, the class of each version's series.
    series: Vec<Vec<u32>>,
    /// Per variable, its first candidate in the tables.
    first: Vec<u32>,
}

impl Order {
    /// The order for a query.
    pub(crate) fn new(tables: &Tables<'_>, query: &Query<'_>, net: &Net, shape: &Shape) -> Self {
        let vars = net.vars();
        let mut rank: Vec<Option<i64>> = vec![None; vars];
        let mut lowest = vec![query.lowest == Lowest::All; vars];
        for (name, given) in &query.first {
            if let Some(var) = net.var(*name) {
                rank[var] = Some(rank[var].map_or(*given, |rank| rank.min(*given)));
                lowest[var] |= query.lowest == Lowest::First;
            }
        }
        let behind = |var: usize| {
            let at = query
                .last_from
                .and_then(|from| net.names[var].checked_sub(from));
            at.map(|at| {
                let rank = query.last_ranks.get(at as usize);
                rank.copied().unwrap_or(u32::MAX)
            })
        };
        let Shape {
            weights,
            heights,
            hubs,
        } = shape;
        let mut sorted: Vec<u32> = (0..id(vars)).collect();
        sorted.sort_by_cached_key(|var| {
            let var = *var as usize;
            let last = behind(var);
            (
                rank[var].is_none(),
                rank[var],
                last.is_some(),
                Reverse(heights[var] + (1 + weights[var]).ilog2()),
                Reverse(weights[var]),
                last,
                net.names[var],
            )
        });
        let is_first = |var: &u32| rank[*var as usize].is_some();
        let mut leaders: Vec<u32> = sorted.iter().copied().take_while(is_first).collect();
        let leads_as_hub = |hub: &&Hub| !is_first(&hub.var) && behind(hub.var as usize).is_none();
        let leading: Vec<&Hub> = hubs.iter().filter(leads_as_hub).collect();
        leaders.extend(leading.iter().map(|hub| hub.var));
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
        let mut order = Self {
            places: places(&sorted, vars),
            vars: sorted,
            leader_places: places(&leaders, vars),
            leaders,
            locked,
            lowest,
            ranks,
            series: vec![Vec::new(); vars],
            first,
        };
        for hub in leading {
            order.series[hub.var as usize] = order.classes_of_series(hub);
        }
        order
    }

    /// Per version of a hub, the class of the best version of its series. Where the oldest version
    /// is best, a series also ends where the ranks say that something other than age does.
    fn classes_of_series(&self, hub: &Hub) -> Vec<u32> {
        let var = hub.var as usize;
        let mut classes = Vec::with_capacity(hub.begins.len());
        let versions: Vec<u32> = (0..id(hub.begins.len())).collect();
        let are_of_one = |one: &u32, next: &u32| {
            let [one, other] = [*one, *next].map(|version| self.version_class(var, version));
            let is_older = !self.lowest[var] || other < one;
            is_older && !hub.begins[*next as usize]
        };
        for series in versions.chunk_by(are_of_one) {
            let of_versions = series
                .iter()
                .map(|version| self.version_class(var, *version));
            let best = of_versions.min().unwrap_or(0);
            classes.resize(classes.len() + series.len(), best);
        }
        classes
    }

    /// The class of a version.
    fn version_class(&self, var: usize, version: u32) -> u32 {
        if self.lowest[var] {
            let rank = self.ranks[var].get(version as usize);
            rank.copied().unwrap_or(u32::MAX - version)
        } else {
            version
        }
    }

    /// The class of a candidate in a tier: the smaller the better, and a total order over all tiers.
    ///
    /// Tiers: whether it is locked; for names that lead, the version or its series; version; build
    /// number; position.
    pub(crate) fn class(&self, tables: &Tables<'_>, var: usize, value: u32, tier: usize) -> u32 {
        let candidate = (self.first[var] + value) as usize;
        match tier {
            0 => u32::from(self.locked[var].is_some_and(|locked| locked != value)),
            1 if !self.leads(var) => 0,
            1 | 2 => {
                let version = tables.candidate_version[candidate];
                let series = if tier == 1 {
                    self.series[var].get(version as usize)
                } else {
                    None
                };
                series
                    .copied()
                    .unwrap_or_else(|| self.version_class(var, version))
            }
            3 => tables.candidate_build[candidate],
            _ => value,
        }
    }

    fn leads(&self, var: usize) -> bool {
        self.leader_places[var] != NONE
    }

    /// The key of a name in a tier, if it has a turn there; the search goes by ascending keys.
    pub(crate) fn key(&self, var: usize, tier: usize) -> Option<usize> {
        let (vars, place) = (self.vars.len(), self.places[var] as usize);
        match tier {
            0 => Some(place),
            1 => self
                .leads(var)
                .then(|| vars + self.leader_places[var] as usize),
            _ => Some((tier - 1) * vars + self.leaders.len() + place),
        }
    }

    /// Whose turn a key is, and in which tier.
    pub(crate) fn turn(&self, key: usize) -> Option<(usize, usize)> {
        let vars = self.vars.len();
        if let Some(var) = self.vars.get(key) {
            return Some((*var as usize, 0));
        }
        if let Some(var) = self.leaders.get(key - vars) {
            return Some((*var as usize, 1));
        }
        let rest = key - vars - self.leaders.len();
        let tier = 2 + rest.checked_div(vars)?;
        (tier < TIERS).then(|| (self.vars[rest % vars] as usize, tier))
    }

    /// The first tier in which candidates of a name differ.
    pub(crate) fn first_tier(&self, var: usize) -> usize {
        match self.locked[var] {
            Some(_) => 0,
            None if self.leads(var) => 1,
            None => 2,
        }
    }

    /// The key of a name's first turn.
    pub(crate) fn first_key(&self, var: usize) -> usize {
        self.key(var, self.first_tier(var)).unwrap_or(0)
    }
}

/// Per variable, its place in a list; [`NONE`] if it is not there.
fn places(list: &[u32], vars: usize) -> Vec<u32> {
    let mut places = vec![NONE; vars];
    for (place, var) in (0..).zip(list) {
        places[*var as usize] = place;
    }
    places
}
