//! The part of an index that the engine reads: plain arrays of `u32`.
//!
//! A *name* has *candidates* in preference order. Candidates of a name that
//! share one dependency list form a *group*, the unit that dies together. A
//! group states *clauses*; a clause allows a set of candidates of one target
//! name, and either requires the target to be present or only limits it. A
//! *slot* is one clause as stated by one name: the groups of the name that state
//! it share it. Slots and groups are listed both ways, counted within their name,
//! so that a solve copies them instead of sorting them.
//!
//! All ids are dense and start at 0. Spans stand where a compiler may add to an
//! index later: a name may be *ordered* (its candidates are known, so that
//! clauses can speak of them) before it is *stated* (its groups are known).
//! The slices may point into a mapped file or into vectors; the engine does not
//! know the difference.

use std::ops::Range;

/// Borrowed view of the arrays. Every invariant named here is checked by [`Tables::check`].
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// Per name, the span of its candidates, best first; spans do not overlap. [`UNSTATED`] if
    /// nobody has spoken of the name yet.
    pub name_candidates: &'a [[u32; 2]],
    /// Per name, the span of its groups, each with a candidate; [`UNSTATED`] if nobody has
    /// looked yet.
    pub name_groups: &'a [[u32; 2]],
    /// Per candidate, its group within its name; meaningless for a name that is not stated.
    pub candidate_group: &'a [u32],
    /// Per candidate, the class of its version within the name: 0 is best, never decreasing
    /// along the candidates of a name. Two candidates of one class differ in build only.
    pub candidate_version: &'a [u32],
    /// Per candidate, the class of its build number within its version: 0 is best, never
    /// decreasing along the candidates of one version.
    pub candidate_build: &'a [u32],
    /// Per name, the span of its slots; meaningless for a name that is not stated.
    pub name_slots: &'a [[u32; 2]],
    /// Group `g` states `group_slots[group_start[g]..group_start[g + 1]]`.
    pub group_start: &'a [u32],
    /// Slots, counted within the name, ascending, one a target: what a group only limits and
    /// also requires is one requiring clause.
    pub group_slots: &'a [u32],
    /// Per slot, its clause. The slots of a name are sorted by target.
    pub slot_clause: &'a [u32],
    /// Slot `s` is stated by `slot_groups[slot_start[s]..slot_start[s + 1]]`.
    pub slot_start: &'a [u32],
    /// Groups, counted within the name, ascending.
    pub slot_groups: &'a [u32],
    /// Per clause, the target name in the low 31 bits; bit 31 set means the clause only limits.
    pub clause_target: &'a [u32],
    /// Per clause, the span of its allowed candidates in `ranges`.
    pub clause_ranges: &'a [[u32; 2]],
    /// Half-open ranges of positions within the target's candidates, ascending and disjoint.
    pub ranges: &'a [[u32; 2]],
}

/// Bit of [`Tables::clause_target`] that marks a clause which only limits (a `constrains`).
pub const LIMITS: u32 = 1 << 31;

/// The groups of a name that is not stated.
pub const UNSTATED: [u32; 2] = [u32::MAX; 2];

impl Tables<'_> {
    /// How many names there are.
    pub fn names(&self) -> usize {
        self.name_candidates.len()
    }

    /// How many candidates a name has; none for a name beyond the tables.
    pub fn size(&self, name: u32) -> u32 {
        let span = self.name_candidates.get(name as usize);
        span.map_or(0, |[start, end]| end.saturating_sub(*start))
    }

    /// Whether it is known what the candidates of a name state.
    pub fn is_stated(&self, name: u32) -> bool {
        self.name_groups.get(name as usize) != Some(&UNSTATED)
    }

    /// The clauses that a group of a stated name states, by target; groups count within the name.
    pub fn clauses(&self, name: u32, group: u32) -> impl Iterator<Item = u32> {
        let [first, _] = self.name_groups[name as usize];
        let [slots, _] = self.name_slots[name as usize];
        let group = (first + group) as usize;
        let stated = self.group_start[group] as usize..self.group_start[group + 1] as usize;
        let stated = self.group_slots[stated].iter();
        stated.map(move |slot| self.slot_clause[(slots + slot) as usize])
    }

    /// The names that candidates of a name require; none for a name that is not stated.
    pub fn required_of(&self, name: u32) -> impl Iterator<Item = u32> {
        let span = self.name_slots.get(name as usize).copied();
        let [start, end] = span.filter(|_| self.is_stated(name)).unwrap_or_default();
        let slots = self.slot_clause.get(start as usize..end as usize);
        let clauses = slots.unwrap_or_default().iter();
        let targets = clauses.filter_map(|clause| self.clause_target.get(*clause as usize));
        targets.filter(|target| **target & LIMITS == 0).copied()
    }

    /// The candidates that a clause allows.
    pub fn allowed(&self, clause: u32) -> &[[u32; 2]] {
        let [start, end] = self.clause_ranges[clause as usize];
        &self.ranges[start as usize..end as usize]
    }
}

/// An invariant of [`Tables`] that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid tables: {rule} (at {at})")]
pub struct InvalidTables {
    /// The invariant.
    pub rule: &'static str,
    /// Where it does not hold: an index into the array the rule names first.
    pub at: usize,
}

impl Tables<'_> {
    /// Checks every invariant. Reads every array once; meant for tests and for files from elsewhere.
    pub fn check(&self) -> Result<(), InvalidTables> {
        let fail = |rule, at| Err(InvalidTables { rule, at });
        let candidates = self.candidate_group.len();
        let groups = self.group_start.len().saturating_sub(1);
        let slots = self.slot_clause.len();
        rises(
            "group_start rises to the slots of groups",
            self.group_start,
            self.group_slots.len(),
        )?;
        rises(
            "slot_start rises to the groups of slots",
            self.slot_start,
            self.slot_groups.len(),
        )?;
        if self.slot_start.len() != slots + 1 {
            return fail("slot_start has an entry a slot, and one more", 0);
        }
        if self.name_slots.len() != self.name_candidates.len() {
            return fail("name_slots is as long as name_candidates", 0);
        }
        if self.name_groups.len() != self.name_candidates.len() {
            return fail("name_groups is as long as name_candidates", 0);
        }
        if self.clause_ranges.len() != self.clause_target.len() {
            return fail("clause_ranges is as long as clause_target", 0);
        }
        if self.candidate_version.len() != candidates || self.candidate_build.len() != candidates {
            return fail(
                "candidate_version and candidate_build have an entry a candidate",
                0,
            );
        }
        for (name, (of_name, of_groups)) in self
            .name_candidates
            .iter()
            .zip(self.name_groups)
            .enumerate()
        {
            if *of_name == UNSTATED {
                continue;
            }
            let Some(of_name) = span(*of_name, candidates) else {
                return fail("name_candidates are spans of candidates", name);
            };
            let is_stated = *of_groups != UNSTATED;
            let of_groups = span(*of_groups, groups).filter(|_| is_stated);
            if is_stated && of_groups.is_none() {
                return fail("name_groups are spans of groups", name);
            }
            let count = of_groups.clone().map_or(0, |groups| groups.len());
            let mut is_there = vec![false; count];
            for at in of_name.clone() {
                match is_there.get_mut(self.candidate_group[at] as usize) {
                    Some(is_there) => *is_there = true,
                    None if is_stated => {
                        return fail("candidate_group is a group of the same name", at);
                    }
                    None => {}
                }
                if at > of_name.start {
                    let key = |at: usize| (self.candidate_version[at], self.candidate_build[at]);
                    if key(at - 1) > key(at) {
                        return fail("candidate_version, candidate_build never decrease", at);
                    }
                }
            }
            if is_there.contains(&false) {
                return fail("name_groups have a candidate each", name);
            }
            if let Some(of_groups) = of_groups {
                self.check_slots(name, of_groups)?;
            }
        }
        for (clause, target) in self.clause_target.iter().enumerate() {
            let name = target & !LIMITS;
            if name as usize >= self.names() {
                return fail("clause_target is a name", clause);
            }
            let Some(ranges) = span(self.clause_ranges[clause], self.ranges.len()) else {
                return fail("clause_ranges are spans of ranges", clause);
            };
            let mut end = None;
            for [low, high] in &self.ranges[ranges] {
                let behind = end.is_none_or(|end| *low > end);
                if low >= high || *high > self.size(name) || !behind {
                    return fail("ranges ascend within the target's candidates", clause);
                }
                end = Some(*high);
            }
        }
        Ok(())
    }
}

impl Tables<'_> {
    /// Checks the slots of a stated name with the given groups.
    fn check_slots(&self, name: usize, groups: Range<usize>) -> Result<(), InvalidTables> {
        let fail = |rule| Err(InvalidTables { rule, at: name });
        let Some(slots) = span(self.name_slots[name], self.slot_clause.len()) else {
            return fail("name_slots are spans of slots");
        };
        let target = |slot: u32| {
            let clause = *self.slot_clause.get(slots.start + slot as usize)?;
            Some(self.clause_target.get(clause as usize)? & !LIMITS)
        };
        let count = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        if (0..count).any(|slot| target(slot).is_none()) {
            return fail("slot_clause are clauses");
        }
        if (1..count).any(|slot| target(slot - 1) > target(slot)) {
            return fail("slot_clause of a name are sorted by target");
        }
        let mut pairs = Vec::new();
        for (group, of) in (0_u32..).zip(groups) {
            let stated =
                &self.group_slots[self.group_start[of] as usize..self.group_start[of + 1] as usize];
            if stated.iter().any(|slot| *slot >= count) {
                return fail("group_slots are slots of the name");
            }
            if stated
                .windows(2)
                .any(|pair| target(pair[0]) >= target(pair[1]))
            {
                return fail("group_slots are sorted by target, one a target");
            }
            pairs.extend(stated.iter().map(|slot| (*slot, group)));
        }
        pairs.sort_unstable();
        let other_way = slots.clone().zip(0_u32..).flat_map(|(slot, number)| {
            let groups = self.slot_start[slot] as usize..self.slot_start[slot + 1] as usize;
            self.slot_groups[groups]
                .iter()
                .map(move |group| (number, *group))
        });
        if !other_way.eq(pairs) {
            return fail("slot_groups says what group_slots says");
        }
        Ok(())
    }
}

/// A span as a range, if it is one within an array.
fn span([start, end]: [u32; 2], length: usize) -> Option<Range<usize>> {
    (start <= end && end as usize <= length).then_some(start as usize..end as usize)
}

fn rises(rule: &'static str, starts: &[u32], end: usize) -> Result<(), InvalidTables> {
    let falls = starts.windows(2).position(|pair| pair[0] > pair[1]);
    let from_zero = starts.first() == Some(&0) && starts.last().map(|e| *e as usize) == Some(end);
    match falls {
        None if from_zero => Ok(()),
        at => Err(InvalidTables {
            rule,
            at: at.unwrap_or(0),
        }),
    }
}
