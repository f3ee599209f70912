//! The order in which clients install: dependencies first.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap},
};

use hashbrown::HashMap;
use rattler_conda_types::{PackageName, PackageRecord};

/// The indices of `records` in dependency order, ties by name.
///
/// The order depends on the set of records only, not on the order in which
/// they or their dependencies are given. Where records depend on each other in
/// a circle (old `python` and `pip`), the records that are built for a platform
/// come before the noarch ones, which need them to be linked. Dependencies that
/// no record has (virtual packages) do not matter. Of several records of one
/// name, only the first counts as what others depend on.
pub fn dependency_order<T: AsRef<PackageRecord>>(records: &[T]) -> Vec<usize> {
    let mut of_name: HashMap<&str, usize> = HashMap::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        of_name
            .entry(record.as_ref().name.as_normalized())
            .or_insert(index);
    }
    // A node is known by its rank (name, then file facts), so that ties and
    // the choice within a circle do not depend on the order of the slice.
    let mut by_rank: Vec<usize> = (0..records.len()).collect();
    by_rank.sort_by(|a, b| match (records.get(*a), records.get(*b)) {
        (Some(a), Some(b)) => by_file_facts(a.as_ref(), b.as_ref()),
        _ => Ordering::Equal,
    });
    let mut rank = vec![0; records.len()];
    for (position, index) in by_rank.iter().enumerate() {
        if let Some(slot) = rank.get_mut(*index) {
            *slot = position;
        }
    }
    let depends = records.iter().map(|record| record.as_ref().depends.len());
    let mut edges: Vec<[usize; 2]> = Vec::with_capacity(depends.sum());
    for (index, record) in records.iter().enumerate() {
        for depend in &record.as_ref().depends {
            let name = PackageName::normalized_name_from_matchspec_str(depend);
            if let Some(target) = of_name.get(name.as_ref())
                && *target != index
                && let (Some(from), Some(to)) = (rank.get(index), rank.get(*target))
            {
                edges.push([*from, *to]);
            }
        }
    }
    let graph = Graph::new(records.len(), &edges);
    let noarch = |node: usize| {
        by_rank
            .get(node)
            .and_then(|index| records.get(*index))
            .is_some_and(|record| !record.as_ref().noarch.is_none())
    };
    graph
        .sorted(noarch)
        .into_iter()
        .filter_map(|node| by_rank.get(node).copied())
        .collect()
}

fn by_file_facts(a: &PackageRecord, b: &PackageRecord) -> Ordering {
    let names = a.name.as_normalized().cmp(b.name.as_normalized());
    names
        .then_with(|| a.subdir.cmp(&b.subdir))
        .then_with(|| a.version.as_str().cmp(&b.version.as_str()))
        .then_with(|| a.build.as_str().cmp(b.build.as_str()))
}

/// A list for each node, all in one.
struct Lists {
    /// Where the list of each node starts; where the last one ends.
    starts: Vec<usize>,
    items: Vec<usize>,
}

impl Lists {
    /// The second of each pair, in the list of the first.
    fn new(nodes: usize, pairs: impl Iterator<Item = [usize; 2]> + Clone) -> Self {
        let mut starts = vec![0; nodes + 1];
        for [node, _] in pairs.clone() {
            if let Some(count) = starts.get_mut(node + 1) {
                *count += 1;
            }
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let mut next = starts.clone();
        let mut items = vec![GONE; end];
        for [node, item] in pairs {
            if let Some(next) = next.get_mut(node)
                && let Some(place) = items.get_mut(*next)
            {
                *place = item;
                *next += 1;
            }
        }
        Self { starts, items }
    }

    fn range(&self, node: usize) -> std::ops::Range<usize> {
        let start = |node| self.starts.get(node).copied().unwrap_or(0);
        start(node)..start(node + 1)
    }

    fn of(&self, node: usize) -> &[usize] {
        self.items.get(self.range(node)).unwrap_or_default()
    }

    fn of_mut(&mut self, node: usize) -> &mut [usize] {
        let range = self.range(node);
        self.items.get_mut(range).unwrap_or_default()
    }

    fn remove(&mut self, node: usize, item: usize) {
        let items = self.of_mut(node).iter_mut();
        items
            .filter(|known| **known == item)
            .for_each(|known| *known = GONE);
    }
}

/// What was taken out of a list: no node.
const GONE: usize = usize::MAX;

/// Who still waits for whom.
struct Graph {
    /// Each list sorted; what is done stays in it, and what is there twice is.
    waits_for: Lists,
    needed_by: Lists,
    /// How many of those waited for are not done.
    open: Vec<usize>,
    is_done: Vec<bool>,
}

impl Graph {
    /// The first of each edge needs the second.
    fn new(nodes: usize, edges: &[[usize; 2]]) -> Self {
        let mut waits_for = Lists::new(nodes, edges.iter().copied());
        let mut open = vec![0; nodes];
        let mut needs = Vec::with_capacity(edges.len());
        for (node, open) in open.iter_mut().enumerate() {
            let waits = waits_for.of_mut(node);
            waits.sort_unstable();
            let once = waits
                .chunk_by(|a, b| a == b)
                .filter_map(|same| same.first());
            let before = needs.len();
            needs.extend(once.map(|to| [*to, node]));
            *open = needs.len() - before;
        }
        Self {
            needed_by: Lists::new(nodes, needs.iter().copied()),
            waits_for,
            open,
            is_done: vec![false; nodes],
        }
    }

    /// Takes the smallest node that waits for nothing; where all wait, cuts one
    /// edge of a circle and goes on.
    fn sorted(mut self, noarch: impl Fn(usize) -> bool) -> Vec<usize> {
        let nodes = self.is_done.len();
        let mut order = Vec::with_capacity(nodes);
        let ready = (0..nodes).filter(|node| self.is_ready(*node)).map(Reverse);
        let mut ready: BinaryHeap<Reverse<usize>> = ready.collect();
        while order.len() < nodes {
            let Some(Reverse(node)) = ready.pop() else {
                let Some(freed) = self.cut_circle(&noarch) else {
                    break;
                };
                if self.is_ready(freed) {
                    ready.push(Reverse(freed));
                }
                continue;
            };
            order.push(node);
            if let Some(is_done) = self.is_done.get_mut(node) {
                *is_done = true;
            }
            for dependent in self.needed_by.of(node) {
                if let Some(open) = self.open.get_mut(*dependent) {
                    *open = open.saturating_sub(1);
                    if *open == 0 {
                        ready.push(Reverse(*dependent));
                    }
                }
            }
        }
        order
    }

    fn is_ready(&self, node: usize) -> bool {
        self.open.get(node) == Some(&0)
    }

    /// The smallest node that a node still waits for.
    fn first_of(&self, node: usize) -> Option<usize> {
        let mut waits = self.waits_for.of(node).iter().copied();
        waits.find(|to| self.is_done.get(*to) == Some(&false))
    }

    /// Follows the smallest dependency until a circle closes, and lets one
    /// member of it (built for a platform before noarch, then by rank) no longer
    /// wait for the next. Returns that member.
    fn cut_circle(&mut self, noarch: &impl Fn(usize) -> bool) -> Option<usize> {
        let mut path = vec![self.is_done.iter().position(|is_done| !is_done)?];
        let mut position: BTreeMap<usize, usize> = path.iter().map(|node| (*node, 0)).collect();
        let start = loop {
            let next = self.first_of(*path.last()?)?;
            if let Some(start) = position.get(&next) {
                break *start;
            }
            position.insert(next, path.len());
            path.push(next);
        };
        let circle = path.get(start..)?;
        let at = (0..circle.len())
            .min_by_key(|at| circle.get(*at).map(|node| (noarch(*node), *node)))?;
        let from = *circle.get(at)?;
        let to = *circle.get((at + 1) % circle.len())?;
        self.waits_for.remove(from, to);
        self.needed_by.remove(to, from);
        let open = self.open.get_mut(from)?;
        *open = open.saturating_sub(1);
        Some(from)
    }
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::{NoArchType, Version, package::BuildString};

    use super::*;

    fn record(name: &str, depends: &[&str]) -> PackageRecord {
        let mut record = PackageRecord::new(
            PackageName::new_unchecked(name),
            "1".parse::<Version>().unwrap(),
            BuildString::new_unchecked("0"),
        );
        record.depends = depends.iter().map(ToString::to_string).collect();
        record
    }

    fn names(records: &[PackageRecord]) -> Vec<&str> {
        dependency_order(records)
            .iter()
            .map(|i| records[*i].name.as_normalized())
            .collect()
    }

    #[test]
    fn dependencies_come_first_and_ties_go_by_name() {
        let mut records = vec![
            record("c", &["a >=1"]),
            record("b", &[]),
            record("d", &["c", "b", "__glibc >=2.17"]),
            record("a", &[]),
        ];
        assert_eq!(names(&records), ["a", "b", "c", "d"]);
        records.reverse();
        assert_eq!(names(&records), ["a", "b", "c", "d"]);
    }

    #[test]
    fn circles_are_cut_before_noarch_members() {
        let mut pip = record("pip", &["python", "wheel"]);
        pip.noarch = NoArchType::python();
        let mut wheel = record("wheel", &["python"]);
        wheel.noarch = NoArchType::python();
        let python = record("python", &["pip", "zlib"]);
        let records = vec![pip, wheel, python, record("zlib", &[]), record("a", &["a"])];
        assert_eq!(names(&records), ["a", "zlib", "python", "wheel", "pip"]);
    }
}
