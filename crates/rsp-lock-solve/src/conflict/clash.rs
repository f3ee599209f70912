//! Demands on one name that no single record meets.

use rattler_conda_types::{GenericVirtualPackage, Matches};
use rsp_lock_spec::exact_name;

use crate::{conflict::Demand, pose::Posed};

/// The demands that cannot be met together, without those that do not matter.
///
/// `demands` are ordered from the most to the least telling; of several ways to
/// leave some out, the one that keeps the first is taken. `None` if a record
/// meets all of them, so that they do not clash by themselves.
pub(crate) fn smallest_clash(
    posed: &Posed<'_>,
    name: &str,
    demands: Vec<Demand>,
) -> Option<Vec<Demand>> {
    let virtual_package = posed
        .virtual_packages
        .iter()
        .find(|package| package.name.as_normalized() == name);
    let meets: Vec<Vec<bool>> = demands
        .iter()
        .map(|demand| meeting(posed, name, virtual_package, demand))
        .collect();
    let count = meets.first().map_or(0, Vec::len);
    let clash = |kept: &[bool]| {
        // Without a demand for the name itself, it may be left out.
        let is_wanted = kept
            .iter()
            .zip(&demands)
            .any(|(kept, d)| *kept && !d.only_if_present);
        let is_met = |candidate: usize| {
            let mut all = kept.iter().zip(&meets);
            all.all(|(kept, meets)| !kept || meets.get(candidate) == Some(&true))
        };
        is_wanted && !(0..count).any(is_met)
    };
    let mut kept = vec![true; demands.len()];
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
    let mut demands = demands;
    demands.retain(|_| kept.next() == Some(true));
    Some(demands)
}

fn meeting(
    posed: &Posed<'_>,
    name: &str,
    virtual_package: Option<&GenericVirtualPackage>,
    demand: &Demand,
) -> Vec<bool> {
    debug_assert_eq!(exact_name(&demand.spec).as_normalized(), name);
    let candidates = posed.packages.get(name);
    candidates
        .iter()
        .flat_map(|package| &package.candidates)
        .map(|candidate| demand.spec.matches(candidate.original))
        .chain(
            virtual_package
                .iter()
                .map(|offered| demand.spec.matches(*offered)),
        )
        .collect()
}
