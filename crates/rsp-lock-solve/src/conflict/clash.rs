//! Demands on one name that no single record meets.

use rattler_conda_types::Matches;
use rsp_lock_index::ranges::contains;

use crate::conflict::{Demand, Offer};

/// What has to hold in one of several ways, each of them a list of demands: what those
/// candidates demand of a name that are left of another.
pub(crate) type Ways = Vec<Vec<Demand>>;

/// The choices that cannot be met together, without those that do not matter.
///
/// `choices` are ordered from the most to the least telling; of several ways to
/// leave some out, the one that keeps the first is taken. `None` if a record
/// meets all of them, so that they do not clash by themselves.
pub(crate) fn smallest_clash(
    offer: &Offer<'_>,
    name: u32,
    choices: Vec<Ways>,
) -> Option<Vec<Ways>> {
    let possible: Vec<u32> = (0..offer.view.count(name))
        .filter(|position| offer.rules.exclusion(name, *position).is_none())
        .collect();
    let meets: Vec<Vec<bool>> = choices
        .iter()
        .map(|choice| meeting_one(offer, name, &possible, choice))
        .collect();
    let count = meets.first().map_or(0, Vec::len);
    let clash = |kept: &[bool]| {
        // Without a demand for the name itself, it may be left out.
        let wants = |way: &Vec<Demand>| way.iter().any(|demand| !demand.only_if_present);
        let is_wanted = kept
            .iter()
            .zip(&choices)
            .any(|(kept, choice)| *kept && choice.iter().all(wants));
        let is_met = |candidate: usize| {
            let mut all = kept.iter().zip(&meets);
            all.all(|(kept, meets)| !kept || meets.get(candidate) == Some(&true))
        };
        is_wanted && !(0..count).any(is_met)
    };
    let mut kept = vec![true; choices.len()];
    if !clash(&kept) {
        return None;
    }
    for index in (0..kept.len()).rev() {
        let set = |kept: &mut Vec<bool>, value| {
            if let Some(slot) = kept.get_mut(index) {
                *slot = value;
            }
        };
        set(&mut kept, false);
        if !clash(&kept) {
            set(&mut kept, true);
        }
    }
    let mut kept = kept.into_iter();
    let mut choices = choices;
    choices.retain(|_| kept.next() == Some(true));
    Some(choices)
}

/// Which of the possible candidates, and of what the platform offers, meet one way of a choice.
fn meeting_one(offer: &Offer<'_>, name: u32, possible: &[u32], choice: &Ways) -> Vec<bool> {
    let both = |a: Vec<bool>, b: Vec<bool>, both: fn(bool, bool) -> bool| -> Vec<bool> {
        a.into_iter().zip(b).map(|(a, b)| both(a, b)).collect()
    };
    let ways = choice.iter().filter_map(|way| {
        let demands = way.iter();
        let meets = demands.map(|demand| meeting(offer, name, possible, demand));
        meets.reduce(|a, b| both(a, b, |a, b| a && b))
    });
    ways.reduce(|a, b| both(a, b, |a, b| a || b))
        .unwrap_or_default()
}

/// Which of the possible candidates, and of what the platform offers, meet a demand.
fn meeting(offer: &Offer<'_>, name: u32, possible: &[u32], demand: &Demand) -> Vec<bool> {
    let matching = offer.view.matching(name, &demand.spec);
    let of_platform = offer.platform.iter();
    let of_platform = of_platform.filter(|p| p.name.as_normalized() == offer.view.name(name));
    possible
        .iter()
        .map(|position| contains(&matching, *position))
        .chain(of_platform.map(|offered| demand.spec.matches(offered)))
        .collect()
}
