//! Smallest sets that have something of every given set.
//!
//! The search deepens: first sets of as many elements as there must be (sets
//! without common elements need one each), then one more, until one fits. It
//! branches over the elements of the smallest set that is not met yet; an
//! element that was tried is not used by the later branches, so no set is seen
//! twice.

/// Hitting sets of the least possible size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Smallest {
    /// The sets, each ascending; at least one unless the search was stopped.
    pub sets: Vec<Vec<usize>>,
    /// How many elements each has; if the search was stopped, a lower bound of it.
    pub size: usize,
    /// Whether `sets` are all there are.
    pub complete: bool,
}

/// The smallest sets that have an element of each of `sets`, at most `most` of them.
///
/// `stop` is asked now and then; once it says `true`, what was found so far is
/// the answer. An empty set among `sets` cannot be met by anything: there is no
/// answer then, and no call of this crate asks for one.
pub fn smallest_hitting_sets(
    sets: &[Vec<usize>],
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Smallest {
    let mut sets = essential(sets);
    // Who is alone in a set is in every answer: no branch has to find that out.
    let alone: Vec<usize> = sets
        .iter()
        .filter_map(|set| match set.as_slice() {
            [only] => Some(*only),
            _ => None,
        })
        .collect();
    sets.retain(|set| set.len() != 1);
    let mut search = Search {
        sets: &sets,
        most,
        stop,
        stopped: false,
        steps: 0,
        chosen: Vec::new(),
        excluded: Vec::new(),
        found: Vec::new(),
    };
    let mut size = search.bound();
    loop {
        search.descend(size);
        if search.stopped && search.found.is_empty() {
            return Smallest {
                sets: Vec::new(),
                size: size.saturating_add(alone.len()),
                complete: false,
            };
        }
        if !search.found.is_empty() || sets.iter().any(Vec::is_empty) {
            let complete = !search.stopped && search.found.len() < most;
            let mut found = search.found;
            for set in &mut found {
                set.extend(&alone);
                set.sort_unstable();
            }
            found.sort();
            return Smallest {
                sets: found,
                size: size.saturating_add(alone.len()),
                complete,
            };
        }
        size += 1;
    }
}

/// The sets that matter, sorted and without repetitions: whoever meets a set
/// meets every larger one around it.
fn essential(sets: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut sorted: Vec<Vec<usize>> = sets.to_vec();
    for set in &mut sorted {
        set.sort_unstable();
        set.dedup();
    }
    sorted.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let mut kept: Vec<Vec<usize>> = Vec::new();
    for set in sorted {
        let is_covered = kept.iter().any(|small| {
            small
                .iter()
                .all(|element| set.binary_search(element).is_ok())
        });
        if !is_covered {
            kept.push(set);
        }
    }
    kept
}

struct Search<'s> {
    sets: &'s [Vec<usize>],
    most: usize,
    stop: &'s dyn Fn() -> bool,
    stopped: bool,
    steps: u32,
    chosen: Vec<usize>,
    excluded: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    /// What is left of the sets that are not met: elements that may still be chosen.
    fn open(&self) -> Vec<Vec<usize>> {
        self.sets
            .iter()
            .filter(|set| !set.iter().any(|element| self.chosen.contains(element)))
            .map(|set| {
                let left = set.iter().copied();
                left.filter(|element| !self.excluded.contains(element))
                    .collect()
            })
            .collect()
    }

    /// Open sets without common elements need one element each.
    fn bound(&self) -> usize {
        apart(&mut self.open())
    }

    fn descend(&mut self, left: usize) {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(256) && (self.stop)() {
            self.stopped = true;
        }
        if self.stopped || self.found.len() >= self.most {
            return;
        }
        let mut open = self.open();
        if open.is_empty() {
            self.found.push(self.chosen.clone());
            return;
        }
        if apart(&mut open) > left {
            return;
        }
        // `apart` sorted them: the smallest comes first.
        let branches = open.into_iter().next().unwrap_or_default();
        let before = self.excluded.len();
        for element in branches {
            self.chosen.push(element);
            self.descend(left.saturating_sub(1));
            self.chosen.pop();
            self.excluded.push(element);
        }
        self.excluded.truncate(before);
    }
}

/// Sorts the sets by size and counts, greedily, sets that have no element in common.
fn apart(sets: &mut [Vec<usize>]) -> usize {
    sets.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let mut used: Vec<usize> = Vec::new();
    let mut count = 0;
    for set in sets.iter() {
        if set.is_empty() {
            return usize::MAX;
        }
        if !set.iter().any(|element| used.contains(element)) {
            used.extend(set);
            count += 1;
        }
    }
    count
}
