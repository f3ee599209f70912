//! Copying what is said of names of which nothing new is known.

use super::{Compiled, arrays::Arrays, numbers::Rows, retold::Retold};
use crate::{LIMITS, owned::length, pack::NONE};

/// What is to be copied, and what has other numbers now.
pub(super) struct Taking<'t> {
    pub(super) earlier: &'t Compiled,
    /// Numbers now and before, of names in their order.
    pub(super) kept: &'t [(usize, u32)],
    pub(super) rows: &'t [Rows],
    pub(super) retold: &'t Retold,
    /// Also of names that no pack had.
    pub(super) new_of_old: Vec<u32>,
}

/// Lists by where each begins, and where the last ends, with all items behind each other.
type Lists<'a> = (&'a mut Vec<u32>, &'a mut Vec<u32>);

impl Taking<'_> {
    /// Adds all that is said of the names. `None` if the tables make no sense.
    pub(super) fn take(&self, arrays: &mut Arrays) -> Option<()> {
        let earlier = self.earlier;
        arrays.virtual_specs = earlier.virtual_specs.to_vec();
        arrays.text_ends = earlier.text_ends.to_vec();
        arrays.text_bytes = earlier.text_bytes.to_vec();
        let mut candidates = Candidates {
            row: &mut arrays.candidate_row,
            version: &mut arrays.candidate_version,
            build: &mut arrays.candidate_build,
            group: &mut arrays.candidate_group,
        };
        let clauses = Clauses {
            numbers: vec![NONE; earlier.clause_target.len()],
            target: &mut arrays.clause_target,
            spans: &mut arrays.clause_ranges,
            ranges: &mut arrays.ranges,
        };
        // Each copies to arrays of its own.
        let ((candidates, slots), (of_slots, of_groups)) = rayon::join(
            || {
                (
                    self.take_candidates(&mut candidates, &mut arrays.name_candidates),
                    self.take_slots(clauses, &mut arrays.slot_clause, &mut arrays.name_slots),
                )
            },
            || {
                let slots = (&mut arrays.slot_start, &mut arrays.slot_groups);
                let groups = (&mut arrays.group_start, &mut arrays.group_slots);
                let of_virtual = (&mut arrays.group_virtual_start, &mut arrays.group_virtual);
                (
                    self.take_lists_of_slots(slots),
                    self.take_groups(groups, of_virtual, &mut arrays.name_groups),
                )
            },
        );
        candidates.and(slots).and(of_slots).and(of_groups)?;
        for (new, old) in self.kept {
            let first = length(&arrays.dead);
            arrays.dead.extend_from_slice(earlier.dead(*old));
            *arrays.name_dead.get_mut(*new)? = [first, length(&arrays.dead)];
        }
        Some(())
    }

    fn take_candidates(&self, to: &mut Candidates<'_>, spans: &mut [[u32; 2]]) -> Option<()> {
        let earlier = self.earlier;
        for (new, old) in self.kept {
            let candidates = earlier.candidates(*old);
            let candidates = candidates.start as usize..candidates.end as usize;
            let moved = self.rows.iter().map(|rows| {
                let (before, now) = (rows.before(*old).start, rows.now(*new).start);
                now.wrapping_sub(before)
            });
            let rows = earlier.candidate_row.get(candidates.clone())?;
            let first = length(to.row);
            if moved.clone().all(|by| by == 0) {
                to.row.extend_from_slice(rows);
            } else {
                for [pack, row] in rows {
                    let by = moved.clone().nth(*pack as usize)?;
                    to.row.push([*pack, row.wrapping_add(by)]);
                }
            }
            *spans.get_mut(*new)? = [first, length(to.row)];
            for (to, from) in [
                (&mut *to.version, &earlier.candidate_version),
                (&mut *to.build, &earlier.candidate_build),
                (&mut *to.group, &earlier.candidate_group),
            ] {
                to.extend_from_slice(from.get(candidates.clone())?);
            }
        }
        Some(())
    }

    fn take_slots(
        &self,
        mut clauses: Clauses<'_>,
        slots: &mut Vec<u32>,
        spans: &mut [[u32; 2]],
    ) -> Option<()> {
        let earlier = self.earlier;
        for (new, old) in self.kept {
            let first = length(slots);
            for clause in span(&earlier.name_slots, *old, &earlier.slot_clause) {
                slots.push(self.clause(&mut clauses, *clause)?);
            }
            *spans.get_mut(*new)? = [first, length(slots)];
        }
        Some(())
    }

    /// The number of a clause that had one.
    fn clause(&self, clauses: &mut Clauses<'_>, old: u32) -> Option<u32> {
        let number = clauses.numbers.get_mut(old as usize)?;
        if *number != NONE {
            return Some(*number);
        }
        let (target, allowed) = self.earlier.clause(old)?;
        let name = self.new_of_old.get((target & !LIMITS) as usize);
        let name = *name.filter(|name| **name != NONE)?;
        let allowed = self.retold.allowed_now(target & !LIMITS, allowed)?;
        *number = length(clauses.target);
        clauses.target.push(name | target & LIMITS);
        let first = length(clauses.ranges);
        clauses.ranges.extend_from_slice(allowed);
        clauses.spans.push([first, length(clauses.ranges)]);
        Some(*number)
    }

    fn take_lists_of_slots(&self, (starts, groups): Lists<'_>) -> Option<()> {
        let earlier = self.earlier;
        for (_, old) in self.kept {
            let slots = *earlier.name_slots.get(*old as usize)?;
            let from = (&*earlier.slot_start, &*earlier.slot_groups);
            copy_lists(from, slots, (starts, groups))?;
        }
        Some(())
    }

    fn take_groups(
        &self,
        (starts, slots): Lists<'_>,
        (virtual_starts, of_virtual): Lists<'_>,
        spans: &mut [[u32; 2]],
    ) -> Option<()> {
        let earlier = self.earlier;
        for (new, old) in self.kept {
            let groups = *earlier.name_groups.get(*old as usize)?;
            let first = length(starts) - 1;
            let from = (&*earlier.group_start, &*earlier.group_slots);
            copy_lists(from, groups, (starts, slots))?;
            let from = (&*earlier.group_virtual_start, &*earlier.group_virtual);
            copy_lists(from, groups, (virtual_starts, of_virtual))?;
            *spans.get_mut(*new)? = [first, length(starts) - 1];
        }
        Some(())
    }
}

/// Where candidates go.
struct Candidates<'a> {
    row: &'a mut Vec<[u32; 2]>,
    version: &'a mut Vec<u32>,
    build: &'a mut Vec<u32>,
    group: &'a mut Vec<u32>,
}

/// Where clauses go.
struct Clauses<'a> {
    /// Per clause of before, its number now.
    numbers: Vec<u32>,
    target: &'a mut Vec<u32>,
    spans: &'a mut Vec<[u32; 2]>,
    ranges: &'a mut Vec<[u32; 2]>,
}

/// The items of a name.
pub(super) fn span<'i>(spans: &[[u32; 2]], name: u32, items: &'i [u32]) -> &'i [u32] {
    let span = spans.get(name as usize);
    span.and_then(|[start, end]| items.get(*start as usize..*end as usize))
        .unwrap_or_default()
}

/// Copies some lists behind others.
fn copy_lists(
    (starts, items): (&[u32], &[u32]),
    [from, to]: [u32; 2],
    (ends, more): Lists<'_>,
) -> Option<()> {
    let starts = starts.get(from as usize..=to as usize)?;
    let (first, last) = (*starts.first()?, *starts.last()?);
    let before = length(more);
    more.extend_from_slice(items.get(first as usize..last as usize)?);
    let ends_of = starts.get(1..)?.iter();
    ends.extend(ends_of.map(|end| before.wrapping_add(end.wrapping_sub(first))));
    Some(())
}
