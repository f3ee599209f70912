//! A demand that no candidate meets: what there is instead, and what is out of reach.

use std::collections::BTreeMap;

use rattler_conda_types::{MatchSpec, Version};
use rsp_lock_index::ranges::contains;
use rsp_lock_spec::exact_name;

use crate::{
    conflict::{Demand, NoCandidate, Offer, nearest::nearest},
    exclusion::Exclusion,
};

/// The most versions that are listed.
pub(super) const MOST_VERSIONS: usize = 10;

/// The facts around a demand that no candidate meets.
pub(crate) fn no_candidate(offer: &Offer<'_>, demand: Demand) -> NoCandidate {
    let name = exact_name(&demand.spec).as_normalized().to_owned();
    let nothing = |demand, available, nearest| NoCandidate {
        demand,
        available,
        excluded: Vec::new(),
        rejected: offer.view.rejected(&name),
        nearest,
    };
    if name.starts_with("__") {
        let of_name = offer
            .platform
            .iter()
            .filter(|package| package.name.as_normalized() == name);
        let available = of_name.map(|package| package.version.to_string()).collect();
        return nothing(demand, available, Vec::new());
    }
    let view = offer.view;
    let id = view.name_id(&name).filter(|id| *id < view.real_names());
    let Some(id) = id else {
        let names = (0..view.real_names()).map(|id| view.name(id));
        let nearest = nearest(&name, names.filter(|name| !name.starts_with("__")));
        return nothing(demand, Vec::new(), nearest);
    };
    let mut versions: Vec<(Version, String)> = view
        .candidates(id)
        .filter_map(|(_, pack, row)| {
            let text = pack.version(row);
            Some((text.parse().ok()?, text.to_owned()))
        })
        .collect();
    versions.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| b.1.cmp(&a.1)));
    let mut available: Vec<String> = versions.into_iter().map(|(_, text)| text).collect();
    available.dedup();
    available.truncate(MOST_VERSIONS);
    // Those from elsewhere are told apart by the reason.
    let anywhere = MatchSpec {
        channel: None,
        subdir: None,
        file_name: None,
        ..demand.spec.clone()
    };
    let matching = view.matching(id, &anywhere);
    let mut excluded: BTreeMap<Exclusion, usize> = BTreeMap::new();
    for position in (0..view.count(id)).filter(|position| contains(&matching, *position)) {
        match offer.rules.exclusion(id, position) {
            // The other archive stands for it.
            None | Some(Exclusion::Twin) => {}
            Some(exclusion) => *excluded.entry(exclusion).or_default() += 1,
        }
    }
    let mut excluded: Vec<(Exclusion, usize)> = excluded.into_iter().collect();
    excluded.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    NoCandidate {
        demand,
        available,
        excluded,
        rejected: view.rejected(&name),
        nearest: Vec::new(),
    }
}
