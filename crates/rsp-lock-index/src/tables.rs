//! The part of an index that the engine reads: plain arrays of `u32`.
//!
//! A *name* has *candidates* in preference order. Candidates of a name that
//! share one dependency list form a *group*, the unit that dies together. A
//! group states *clauses*; a clause allows a set of candidates of one target
//! name, and either requires the target to be present or only limits it.
//!
//! All ids are dense and start at 0. The slices may point into a mapped file
//! or into vectors; the engine does not know the difference.

/// Borrowed view of the arrays. Every invariant named here is checked by [`Tables::check`].
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// Candidates of name `n` are `name_candidates[n]..name_candidates[n + 1]`, best first.
    pub name_candidates: &'a [u32],
    /// Groups of name `n` are `name_groups[n]..name_groups[n + 1]`.
    pub name_groups: &'a [u32],
    /// Per candidate, its group (a group of the same name).
    pub candidate_group: &'a [u32],
    /// Per candidate, the class of its version within the name: 0 is best, never decreasing
    /// along the candidates of a name. Two candidates of one class differ in build only.
    pub candidate_version: &'a [u32],
    /// Per candidate, the class of its build number within its version: 0 is best, never
    /// decreasing along the candidates of one version.
    pub candidate_build: &'a [u32],
    /// Clauses of group `g` are `group_clauses[group_start[g]..group_start[g + 1]]`.
    pub group_start: &'a [u32],
    /// Clause ids, sorted by target within a group, one clause a target: what a group only
    /// limits and also requires is one requiring clause.
    pub group_clauses: &'a [u32],
    /// Per clause, the target name in the low 31 bits; bit 31 set means the clause only limits.
    pub clause_target: &'a [u32],
    /// Allowed candidates of clause `c` are the ranges `clause_start[c]..clause_start[c + 1]`.
    pub clause_start: &'a [u32],
    /// Half-open ranges of positions within the target's candidates, ascending and disjoint.
    pub ranges: &'a [[u32; 2]],
}

/// Bit of [`Tables::clause_target`] that marks a clause which only limits (a `constrains`).
pub const LIMITS: u32 = 1 << 31;

impl Tables<'_> {
    /// How many names there are.
    pub fn names(&self) -> usize {
        self.name_candidates.len().saturating_sub(1)
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
        offsets(
            self.name_candidates,
            candidates,
            "name_candidates rises to the candidates",
        )?;
        let groups = self.group_start.len().saturating_sub(1);
        offsets(self.name_groups, groups, "name_groups rises to the groups")?;
        offsets(
            self.group_start,
            self.group_clauses.len(),
            "group_start rises to the clauses",
        )?;
        offsets(
            self.clause_start,
            self.ranges.len(),
            "clause_start rises to the ranges",
        )?;
        if self.name_groups.len() != self.name_candidates.len() {
            return fail("name_groups is as long as name_candidates", 0);
        }
        if self.candidate_version.len() != candidates || self.candidate_build.len() != candidates {
            return fail(
                "candidate_version and candidate_build have an entry a candidate",
                0,
            );
        }
        for name in 0..self.names() {
            let of_name = span(self.name_candidates, name);
            let own_groups = span(self.name_groups, name);
            for at in of_name.clone() {
                if !own_groups.contains(&(self.candidate_group[at] as usize)) {
                    return fail("candidate_group is a group of the same name", at);
                }
                if at > of_name.start {
                    let key = |at: usize| (self.candidate_version[at], self.candidate_build[at]);
                    if key(at - 1) > key(at) {
                        return fail("candidate_version, candidate_build never decrease", at);
                    }
                }
            }
        }
        for group in 0..groups {
            let clauses = &self.group_clauses[span(self.group_start, group)];
            let key = |clause: u32| self.clause_target.get(clause as usize).map(|t| t & !LIMITS);
            if clauses.iter().any(|clause| key(*clause).is_none()) {
                return fail("group_clauses are clauses", group);
            }
            if clauses.windows(2).any(|pair| key(pair[0]) >= key(pair[1])) {
                return fail("group_clauses are sorted by target, one a target", group);
            }
        }
        for (clause, target) in self.clause_target.iter().enumerate() {
            let name = (target & !LIMITS) as usize;
            if name >= self.names() {
                return fail("clause_target is a name", clause);
            }
            let count = span(self.name_candidates, name).len();
            let mut end = None;
            for [low, high] in &self.ranges[span(self.clause_start, clause)] {
                if low >= high || *high as usize > count || end.is_some_and(|end| *low <= end) {
                    return fail(
                        "clause_start: ranges ascend within the target's candidates",
                        clause,
                    );
                }
                end = Some(*high);
            }
        }
        Ok(())
    }
}

fn span(offsets: &[u32], at: usize) -> std::ops::Range<usize> {
    offsets[at] as usize..offsets[at + 1] as usize
}

fn offsets(offsets: &[u32], end: usize, rule: &'static str) -> Result<(), InvalidTables> {
    let rises = offsets.windows(2).position(|pair| pair[0] > pair[1]);
    let from_zero = offsets.first() == Some(&0) && offsets.last().map(|e| *e as usize) == Some(end);
    match rises {
        None if from_zero => Ok(()),
        at => Err(InvalidTables {
            rule,
            at: at.unwrap_or(0),
        }),
    }
}
