//! Tables that own their arrays.

use crate::{LIMITS, Tables};

/// [`Tables`] in vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedTables {
    pub(crate) name_candidates: Vec<[u32; 2]>,
    pub(crate) name_groups: Vec<[u32; 2]>,
    pub(crate) candidate_group: Vec<u32>,
    pub(crate) candidate_version: Vec<u32>,
    pub(crate) candidate_build: Vec<u32>,
    pub(crate) group_start: Vec<u32>,
    pub(crate) group_clauses: Vec<u32>,
    pub(crate) clause_target: Vec<u32>,
    pub(crate) clause_ranges: Vec<[u32; 2]>,
    pub(crate) ranges: Vec<[u32; 2]>,
}

impl OwnedTables {
    /// A view of the arrays.
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            name_candidates: &self.name_candidates,
            name_groups: &self.name_groups,
            candidate_group: &self.candidate_group,
            candidate_version: &self.candidate_version,
            candidate_build: &self.candidate_build,
            group_start: &self.group_start,
            group_clauses: &self.group_clauses,
            clause_target: &self.clause_target,
            clause_ranges: &self.clause_ranges,
            ranges: &self.ranges,
        }
    }

    /// Appends a clause and returns its id.
    pub(crate) fn push_clause(&mut self, target: u32, limits: bool, allowed: &[[u32; 2]]) -> u32 {
        let id = length(&self.clause_target);
        self.clause_target
            .push(target | if limits { LIMITS } else { 0 });
        let start = length(&self.ranges);
        self.ranges.extend_from_slice(allowed);
        self.clause_ranges.push([start, length(&self.ranges)]);
        id
    }
}

/// The length of an array whose indices are ids.
///
/// Ids are 31 bits. A channel with two billion records would wrap around here;
/// no machine holds one.
pub(crate) fn length<T>(array: &[T]) -> u32 {
    u32::try_from(array.len()).unwrap_or(u32::MAX)
}
