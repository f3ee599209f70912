//! The cheapest set that has something of every given set.
//!
//! `rsp_lock_prove::hitting` finds the smallest ones; here elements differ in what they cost.

/// A hitting set, or how cheap one could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cheapest {
    /// This one is the cheapest.
    Found(Vec<usize>),
    /// The search was given up; none is cheaper than this.
    AtLeast(u32),
}

/// The cheapest set of elements that has one of each of `sets`; `costs` is per element.
///
/// Branches over the elements of a set that is not met yet; an element that was tried is not
/// used by the later branches. Gives up after `most_steps` branches. An empty set cannot be met:
/// no set is the cheapest then, and the search is given up.
pub(super) fn cheapest_hitting_set(
    sets: &[Vec<usize>],
    costs: &[u32],
    most_steps: usize,
) -> Cheapest {
    let mut search = Search {
        sets,
        costs,
        steps_left: most_steps,
        chosen: Vec::new(),
        excluded: Vec::new(),
        best: None,
    };
    let least = search.least();
    search.descend(0);
    match search.best {
        Some((_, best)) if search.steps_left > 0 => Cheapest::Found(best),
        _ => Cheapest::AtLeast(least),
    }
}

struct Search<'s> {
    sets: &'s [Vec<usize>],
    costs: &'s [u32],
    steps_left: usize,
    chosen: Vec<usize>,
    excluded: Vec<usize>,
    best: Option<(u32, Vec<usize>)>,
}

impl Search<'_> {
    /// What is left of the sets that are not met, smallest first.
    fn open(&self) -> Vec<Vec<usize>> {
        let open = self
            .sets
            .iter()
            .filter(|set| !set.iter().any(|element| self.chosen.contains(element)));
        let mut left: Vec<Vec<usize>> = open
            .map(|set| {
                let elements = set.iter().copied();
                elements
                    .filter(|element| !self.excluded.contains(element))
                    .collect()
            })
            .collect();
        left.sort_by_key(Vec::len);
        left
    }

    /// What the open sets cost at least: those without common elements, each its cheapest one.
    fn least(&self) -> u32 {
        let mut used: Vec<usize> = Vec::new();
        let mut least = 0;
        for set in self.open() {
            if !set.iter().any(|element| used.contains(element)) {
                least += set
                    .iter()
                    .map(|element| self.costs[*element])
                    .min()
                    .unwrap_or(0);
                used.extend(set);
            }
        }
        least
    }

    fn descend(&mut self, cost: u32) {
        self.steps_left = self.steps_left.saturating_sub(1);
        if self.steps_left == 0 {
            return;
        }
        let open = self.open();
        let Some(set) = open.first() else {
            if self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
                self.best = Some((cost, self.chosen.clone()));
            }
            return;
        };
        let least = cost + self.least();
        if self.best.as_ref().is_some_and(|(best, _)| least >= *best) {
            return;
        }
        let mut branches = set.clone();
        branches.sort_by_key(|element| self.costs[*element]);
        let before = self.excluded.len();
        for element in branches {
            self.chosen.push(element);
            self.descend(cost + self.costs[element]);
            self.chosen.pop();
            self.excluded.push(element);
        }
        self.excluded.truncate(before);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cheapest, cheapest_hitting_set};

    /// Every family of up to three of the sets of four elements, against all sixteen candidates.
    #[test]
    fn the_cheapest_set_is_that_of_an_enumeration() {
        let costs = [4, 1, 1, 4];
        let elements = |set: usize| (0..4).filter(move |element| set >> element & 1 == 1);
        let cost = |set: usize| elements(set).map(|element| costs[element]).sum::<u32>();
        for family in 0..15 * 15 * 15 {
            let family = [family % 15 + 1, family / 15 % 15 + 1, family / 225 + 1];
            let best = (0..16)
                .filter(|set| family.iter().all(|one| one & set != 0))
                .map(cost)
                .min();
            let sets = family.map(|set| elements(set).collect::<Vec<_>>());
            let Cheapest::Found(found) = cheapest_hitting_set(&sets, &costs, 1000) else {
                panic!("given up on {sets:?}");
            };
            assert!(sets.iter().all(|set| set.iter().any(|e| found.contains(e))));
            let found = found.iter().map(|element| costs[*element]).sum();
            assert_eq!(Some(found), best, "{sets:?}");
        }
    }

    #[test]
    fn a_search_that_gives_up_says_what_it_knows() {
        let sets = [vec![0, 1], vec![1, 2], vec![3]];
        let found = cheapest_hitting_set(&sets, &[4, 4, 4, 1], 1);
        assert_eq!(found, Cheapest::AtLeast(5));
    }

    #[test]
    fn an_empty_set_is_met_by_nothing() {
        let found = cheapest_hitting_set(&[vec![]], &[], 1000);
        assert_eq!(found, Cheapest::AtLeast(0));
    }
}
