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
    /// Clause ids, sorted by target within a group, at most one requiring and one limiting clause a target.
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
