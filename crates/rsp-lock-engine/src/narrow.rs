//! What the lines of a query settle before a net is built.
//!
//! A metapackage that is asked for in one version has hundreds of builds of other versions,
//! each with hundreds of dependencies, none of which can matter. So the candidates that the
//! lines leave are followed for as long as they say the same: what all groups of a name that
//! must be there require must be there too, and be what one of them allows. All of this is
//! what propagation would find as well, so that it changes no answer; it is only found before
//! the net is paid for.

use rsp_lock_index::{LIMITS, Tables};

use crate::{bits, net::Net, query::Query};

/// With more groups than this left, what they have in common is left to propagation.
const MOST_GROUPS: usize = 8;

/// The candidates that are left of each variable.
#[derive(Debug, Default)]
pub(crate) struct Narrowed {
    /// Laid out as the domains of a search.
    left: Vec<u64>,
    /// Per variable, whether it lost any.
    is_narrowed: Vec<bool>,
}

impl Narrowed {
    /// Whether a variable lost candidates.
    pub(crate) fn lost_any(&self, var: usize) -> bool {
        self.is_narrowed.get(var) == Some(&true)
    }

    /// The candidates that are left of a variable.
    pub(crate) fn left<'n>(&'n self, net: &Net, var: usize) -> &'n [u64] {
        &self.left[net.word_start[var] as usize..net.word_start[var + 1] as usize]
    }

    /// What the lines leave of the variables of a net, whose groups are not known yet.
    pub(crate) fn by_lines(tables: &Tables<'_>, query: &Query<'_>, net: &Net) -> Self {
        let mut narrowed = Self {
            left: vec![0; net.word_start[net.vars()] as usize],
            is_narrowed: vec![false; net.vars()],
        };
        for var in 0..net.vars() {
            let words = net.word_start[var] as usize..net.word_start[var + 1] as usize;
            bits::set_range(&mut narrowed.left[words], [0, net.sizes[var]]);
        }
        let mut present = vec![false; net.vars()];
        let mut open = Vec::new();
        let mut mask = Vec::new();
        for line in &query.lines {
            let Some(var) = net.var(line.name) else {
                continue;
            };
            fill(&mut mask, net.sizes[var], &line.allowed);
            narrowed.keep(net, var, &mask);
            if line.required && !std::mem::replace(&mut present[var], true) {
                open.push(var);
            }
        }
        let mut at = 0;
        while let Some(var) = open.get(at).copied() {
            at += 1;
            if !narrowed.lost_any(var) {
                continue;
            }
            let groups = narrowed.groups(tables, net, var);
            let Some((first, others)) = groups.split_first() else {
                continue;
            };
            'clauses: for clause in clauses(tables, *first) {
                let target = tables.clause_target[*clause as usize];
                let Some(of_target) = net.var(target & !LIMITS) else {
                    continue;
                };
                if target & LIMITS != 0 {
                    continue;
                }
                fill(&mut mask, net.sizes[of_target], tables.allowed(*clause));
                for group in others {
                    match requiring(tables, *group, target) {
                        Some(same) => {
                            for range in tables.allowed(same) {
                                bits::set_range(&mut mask, *range);
                            }
                        }
                        None => continue 'clauses,
                    }
                }
                narrowed.keep(net, of_target, &mask);
                if !std::mem::replace(&mut present[of_target], true) {
                    open.push(of_target);
                }
            }
        }
        narrowed
    }

    fn keep(&mut self, net: &Net, var: usize, mask: &[u64]) {
        let words = net.word_start[var] as usize..net.word_start[var + 1] as usize;
        for (left, mask) in self.left[words].iter_mut().zip(mask) {
            self.is_narrowed[var] |= *left & !mask != 0;
            *left &= mask;
        }
    }

    /// The groups of the tables that still have candidates; none if there are too many.
    fn groups(&self, tables: &Tables<'_>, net: &Net, var: usize) -> Vec<u32> {
        let name = net.names[var] as usize;
        let (Some([start, _]), Some([first, _])) = (
            tables.name_candidates.get(name),
            tables.name_groups.get(name),
        ) else {
            return Vec::new();
        };
        let mut groups = Vec::new();
        for value in bits::iter(self.left(net, var)) {
            let group = first + tables.candidate_group[(start + value) as usize];
            if !groups.contains(&group) {
                if groups.len() == MOST_GROUPS {
                    return Vec::new();
                }
                groups.push(group);
            }
        }
        groups
    }
}

fn fill(mask: &mut Vec<u64>, size: u32, ranges: &[[u32; 2]]) {
    mask.clear();
    mask.resize(bits::words(size + 1), 0);
    for range in ranges {
        bits::set_range(mask, *range);
    }
}

fn clauses<'t>(tables: &Tables<'t>, group: u32) -> &'t [u32] {
    let at = group as usize;
    &tables.group_clauses[tables.group_start[at] as usize..tables.group_start[at + 1] as usize]
}

/// The clause of a group that requires a target, if it has one.
fn requiring(tables: &Tables<'_>, group: u32, target: u32) -> Option<u32> {
    let clauses = clauses(tables, group);
    let name = |clause: &u32| tables.clause_target[*clause as usize] & !LIMITS;
    let at = clauses.binary_search_by_key(&target, name).ok()?;
    let clause = clauses[at];
    (tables.clause_target[clause as usize] == target).then_some(clause)
}

/// The ranges of `0..size` that are not in a set.
pub(crate) fn gone(left: &[u64], size: u32) -> impl Iterator<Item = [u32; 2]> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        while from < size && bits::get(left, from) {
            from += 1;
        }
        let start = from;
        while from < size && !bits::get(left, from) {
            from += 1;
        }
        (start < from).then_some([start, from])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_what_is_not_left() {
        let ranges: Vec<_> = gone(&[0b1001_1000], 8).collect();
        assert_eq!(ranges, [[0, 3], [5, 7]]);
        assert_eq!(gone(&[0], 3).collect::<Vec<_>>(), [[0, 3]]);
        assert_eq!(gone(&[0b111], 3).count(), 0);
    }
}
