//! Tables of names of which nothing changed, taken over from those of earlier packs.
//!
//! What the tables say of a name follows from its records and from the candidates of the names
//! that these speak of. So a name keeps its tables if its records are as before and what they say
//! of names whose records are not can be said anew clause by clause ([`Retold`]); all others are
//! compiled again.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    ChannelOrder, Compiled,
    arrays::{Arrays, text},
    compiler::{begin, name_bytes},
    family::NumberedPack,
    retold::{Changed, Retold},
};
use crate::{
    LIMITS, UNSTATED,
    cores::side_by_side,
    owned::length,
    pack::{NONE, Pack},
};

/// What is still true of tables of earlier packs, as tables of the packs of now, which are of the
/// same channels in the same order. `None` if it cannot be told.
pub(crate) fn carried(
    earlier: &Compiled,
    before: &[NumberedPack],
    now: &[NumberedPack],
    order: ChannelOrder,
) -> Option<Arrays> {
    let go_on = |((of_before, before), (of_now, now)): (&NumberedPack, &NumberedPack)| {
        of_before == of_now && now.goes_on(before)
    };
    if before.len() != now.len() || !before.iter().zip(now).all(go_on) {
        return None;
    }
    let mut arrays = begin(now);
    arrays.expect(now.iter().map(|(_, pack)| pack.len()).sum());
    let names: Vec<&[u8]> = arrays.names.iter().map(|of| name_bytes(now, *of)).collect();
    let old: Vec<&[u8]> = earlier
        .names
        .iter()
        .map(|of| name_bytes(before, *of))
        .collect();
    let old_of_new = places(&names, old.iter().copied());
    let new_of_old = places(&old, names.iter().copied());
    let rows: Vec<Rows> = before
        .par_iter()
        .zip(now)
        .map(|((_, before), (_, now))| Rows {
            before: rows_of(&names, before),
            now: rows_of(&names, now),
        })
        .collect();
    let ids: Vec<usize> = (0..names.len()).collect();
    let is_as_before = side_by_side(&ids, |id| {
        let mut packs = before.iter().zip(now).zip(&rows);
        old_of_new.get(*id) != Some(&NONE)
            && packs.all(|(((_, before), (_, now)), rows)| {
                now.rows_at(rows.now(*id)) == before.rows_at(rows.before(*id))
            })
    });
    let mut changed = Changed::default();
    for ((name, is_as_before), old) in names.iter().zip(&is_as_before).zip(&old_of_new) {
        match (is_as_before, *old) {
            (true, _) => {}
            (false, NONE) => changed.comes_or_goes(name),
            (false, old) => changed.differs(name, old),
        }
    }
    let gone = old.iter().zip(&new_of_old).filter(|(_, new)| **new == NONE);
    gone.for_each(|(name, _)| changed.comes_or_goes(name));
    let retold = Retold::of(&changed, earlier, order, before, now);
    let is_kept = side_by_side(&ids, |id| {
        let rows = || rows.iter().map(|rows| rows.now(*id));
        is_as_before.get(*id) == Some(&true) && retold.can_tell(now, rows())
    });
    let kept = (0..).zip(&old_of_new).zip(&is_kept);
    let kept: Vec<(usize, u32)> = kept
        .filter(|((_, old), is_kept)| **is_kept && can_keep(earlier, &new_of_old, &retold, **old))
        .map(|((new, old), _)| (new, *old))
        .collect();
    let (more_names, more) = more_names(earlier, &kept);
    let real = length(&arrays.names);
    let mut taking = Taking {
        earlier,
        rows: &rows,
        retold: &retold,
        clauses: vec![NONE; earlier.clause_target.len()],
        new_of_old: new_of_old
            .into_iter()
            .chain(more.map(|more| real + more))
            .collect(),
        arrays,
    };
    for (new, old) in kept {
        taking.take(old, new)?;
    }
    Some(taking.finish(&more_names))
}

/// Whether all that a name says is said of names that packs have, or that nobody has, and can be
/// said anew.
fn can_keep(earlier: &Compiled, new_of_old: &[u32], retold: &Retold, name: u32) -> bool {
    let is_stated = earlier.name_groups.get(name as usize) != Some(&UNSTATED);
    let mut clauses = span(&earlier.name_slots, name, &earlier.slot_clause).iter();
    is_stated
        && clauses.all(|clause| {
            let Some((target, allowed)) = earlier.clause(*clause) else {
                return false;
            };
            let target = target & !LIMITS;
            match new_of_old.get(target as usize) {
                Some(new) => *new != NONE && retold.allowed_now(target, allowed).is_some(),
                None => earlier.candidates(target).is_empty(),
            }
        })
}

/// The names that no pack has, of which what is kept speaks, and per such name its number among
/// them. They stay in their order, in which slots are sorted.
fn more_names(earlier: &Compiled, kept: &[(usize, u32)]) -> (Vec<u32>, impl Iterator<Item = u32>) {
    let real = length(&earlier.names);
    let mut is_needed = vec![false; earlier.more_ends.len()];
    for target in kept.iter().flat_map(|(_, old)| targets(earlier, *old)) {
        let more = target.checked_sub(real);
        if let Some(is_needed) = more.and_then(|at| is_needed.get_mut(at as usize)) {
            *is_needed = true;
        }
    }
    let needed = (0..).zip(&is_needed).filter(|(_, is_needed)| **is_needed);
    let names = needed.map(|(at, _)| at).collect();
    let mut next = 0;
    let numbers = is_needed.into_iter().map(move |is_needed| {
        let number = next;
        next += u32::from(is_needed);
        number
    });
    (names, numbers)
}

/// The names of which something is said of a name.
fn targets(earlier: &Compiled, name: u32) -> impl Iterator<Item = u32> {
    let clauses = span(&earlier.name_slots, name, &earlier.slot_clause).iter();
    clauses.map(|clause| {
        let target = earlier.clause_target.get(*clause as usize);
        target.map_or(NONE, |target| target & !LIMITS)
    })
}

/// Of each of some sorted texts, its place among others, which are sorted too; [`NONE`] for none.
fn places<'t>(texts: &[&[u8]], others: impl Iterator<Item = &'t [u8]>) -> Vec<u32> {
    let mut others = (0_u32..).zip(others).peekable();
    let place = |text: &&[u8]| {
        while others.next_if(|(_, other)| other < text).is_some() {}
        let found = others.next_if(|(_, other)| other == text);
        found.map_or(NONE, |(place, _)| place)
    };
    texts.iter().map(place).collect()
}

/// Per name its rows in a pack, and in the one before.
struct Rows {
    before: Vec<Range<u32>>,
    now: Vec<Range<u32>>,
}

impl Rows {
    fn before(&self, name: usize) -> Range<u32> {
        self.before.get(name).cloned().unwrap_or_default()
    }

    fn now(&self, name: usize) -> Range<u32> {
        self.now.get(name).cloned().unwrap_or_default()
    }
}

fn rows_of(names: &[&[u8]], pack: &Pack) -> Vec<Range<u32>> {
    let entries = (0..).map_while(|at| pack.name_entry(at));
    let places = places(names, entries.map(|entry| pack.text_bytes(entry.text)));
    let rows = places.iter().map(|place| {
        let entry = pack.name_entry(*place);
        entry.map_or(0..0, |entry| entry.start..entry.end)
    });
    rows.collect()
}

/// Copies what is said of some names.
struct Taking<'t> {
    earlier: &'t Compiled,
    rows: &'t [Rows],
    retold: &'t Retold,
    /// Also of names that no pack had.
    new_of_old: Vec<u32>,
    /// Per clause of before, its number now.
    clauses: Vec<u32>,
    arrays: Arrays,
}

impl Taking<'_> {
    fn take(&mut self, old: u32, new: usize) -> Option<()> {
        let earlier = self.earlier;
        let first = length(&self.arrays.candidate_row);
        for at in earlier.candidates(old) {
            let at = at as usize;
            let [pack, row] = *earlier.candidate_row.get(at)?;
            let rows = self.rows.get(pack as usize)?;
            let (before, now) = (rows.before(new), rows.now(new));
            let row = row.checked_sub(before.start)?.checked_add(now.start)?;
            self.arrays.candidate_row.push([pack, row]);
            self.arrays
                .candidate_version
                .push(*earlier.candidate_version.get(at)?);
            self.arrays
                .candidate_build
                .push(*earlier.candidate_build.get(at)?);
            self.arrays
                .candidate_group
                .push(*earlier.candidate_group.get(at)?);
        }
        let end = length(&self.arrays.candidate_row);
        *self.arrays.name_candidates.get_mut(new)? = [first, end];

        let first = length(&self.arrays.slot_clause);
        for clause in span(&earlier.name_slots, old, &earlier.slot_clause) {
            let clause = self.clause(*clause)?;
            self.arrays.slot_clause.push(clause);
        }
        let slots = *earlier.name_slots.get(old as usize)?;
        let arrays = &mut self.arrays;
        copy_lists(
            (&earlier.slot_start, &earlier.slot_groups),
            slots,
            (&mut arrays.slot_start, &mut arrays.slot_groups),
        )?;
        *arrays.name_slots.get_mut(new)? = [first, length(&arrays.slot_clause)];

        let groups = *earlier.name_groups.get(old as usize)?;
        let first = length(&arrays.group_start) - 1;
        copy_lists(
            (&earlier.group_start, &earlier.group_slots),
            groups,
            (&mut arrays.group_start, &mut arrays.group_slots),
        )?;
        copy_lists(
            (&earlier.group_virtual_start, &earlier.group_virtual),
            groups,
            (&mut arrays.group_virtual_start, &mut arrays.group_virtual),
        )?;
        *arrays.name_groups.get_mut(new)? = [first, length(&arrays.group_start) - 1];

        let first = length(&arrays.dead);
        arrays.dead.extend_from_slice(earlier.dead(old));
        *arrays.name_dead.get_mut(new)? = [first, length(&arrays.dead)];
        Some(())
    }

    /// The number of a clause that had one.
    fn clause(&mut self, old: u32) -> Option<u32> {
        let earlier = self.earlier;
        let known = *self.clauses.get(old as usize)?;
        if known != NONE {
            return Some(known);
        }
        let (target, allowed) = earlier.clause(old)?;
        let name = self.new_of_old.get((target & !LIMITS) as usize);
        let name = *name.filter(|name| **name != NONE)?;
        let allowed = self.retold.allowed_now(target & !LIMITS, allowed)?;
        let arrays = &mut self.arrays;
        let new = length(&arrays.clause_target);
        arrays.clause_target.push(name | target & LIMITS);
        let first = length(&arrays.ranges);
        arrays.ranges.extend_from_slice(allowed);
        arrays.clause_ranges.push([first, length(&arrays.ranges)]);
        *self.clauses.get_mut(old as usize)? = new;
        Some(new)
    }

    fn finish(self, more_names: &[u32]) -> Arrays {
        let Self {
            earlier,
            mut arrays,
            ..
        } = self;
        for at in more_names {
            let name = text(&earlier.more_ends, &earlier.more_bytes, *at);
            let candidates = length(&arrays.candidate_row);
            let groups = length(&arrays.group_start) - 1;
            let slots = length(&arrays.slot_clause);
            arrays.name_candidates.push([candidates; 2]);
            arrays.name_groups.push([groups; 2]);
            arrays.name_dead.push([0, 0]);
            arrays.name_slots.push([slots; 2]);
            arrays.more_bytes.extend_from_slice(name.as_bytes());
            arrays.more_ends.push(length(&arrays.more_bytes));
        }
        arrays.virtual_specs = earlier.virtual_specs.to_vec();
        arrays.text_ends = earlier.text_ends.to_vec();
        arrays.text_bytes = earlier.text_bytes.to_vec();
        arrays
    }
}

/// The items of a name.
fn span<'i>(spans: &[[u32; 2]], name: u32, items: &'i [u32]) -> &'i [u32] {
    let span = spans.get(name as usize);
    span.and_then(|[start, end]| items.get(*start as usize..*end as usize))
        .unwrap_or_default()
}

/// Copies some lists behind others.
fn copy_lists(
    (starts, items): (&[u32], &[u32]),
    [from, to]: [u32; 2],
    (ends, more): (&mut Vec<u32>, &mut Vec<u32>),
) -> Option<()> {
    let starts = starts.get(from as usize..=to as usize)?;
    let (first, last) = (*starts.first()?, *starts.last()?);
    let before = length(more);
    more.extend_from_slice(items.get(first as usize..last as usize)?);
    for end in starts.get(1..)? {
        ends.push(before + end.checked_sub(first)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        compile::{ChannelOrder, Compiler},
        pack::{Home, read_large_json},
    };

    /// A pack of records by name and version, with what they depend on, and what else they say.
    fn pack(records: &Value, earlier: Option<&Pack>) -> Vec<NumberedPack> {
        let mut document = json!({});
        for (stem, says) in records.as_object().unwrap() {
            let (name, version) = stem.split_once(' ').unwrap_or((stem, "1"));
            let mut record = json!({"name": name, "version": version, "build": "0",
                "build_number": 0});
            match says {
                Value::Array(_) => record["depends"] = says.clone(),
                more => record["constrains"] = more["constrains"].clone(),
            }
            document[format!("{name}-{version}-0.conda")] = record;
        }
        // So much that what is gone does not make anybody begin anew.
        for number in 0..50 {
            let name = format!("other{number}");
            document[format!("{name}-1-0.conda")] =
                json!({"name": name, "version": "1", "build": "0", "build_number": 0});
        }
        let text = json!({ "packages.conda": document }).to_string();
        let pack = read_large_json(text.as_bytes(), 0, earlier, |_| Ok(Home::default()));
        vec![(0, Arc::new(pack.unwrap()))]
    }

    /// Names that are compiled again after a change, but for the unchanged 50.
    fn compiled_again(before: &Value, now: &Value) -> Vec<String> {
        let before = pack(before, None);
        let now = pack(now, Some(&before[0].1));
        let mut compiler = Compiler::new(&before, ChannelOrder::First, begin(&before));
        compiler.reach(0..length(&begin(&before).names));
        let carried = carried(&compiler.finish(), &before, &now, ChannelOrder::First).unwrap();
        let names = carried.names.iter().zip(&carried.name_groups);
        let missing = names.filter(|(_, groups)| **groups == UNSTATED);
        let missing = missing
            .map(|(of, _)| super::super::name_text(&now, *of).to_owned())
            .collect();
        let mut compiler = Compiler::new(&now, ChannelOrder::First, carried);
        compiler.reach(0..length(&begin(&now).names));
        compiler.finish().tables().check().unwrap();
        missing
    }

    #[test]
    fn what_changed_is_compiled_again_and_what_speaks_of_it_is_said_anew() {
        let before = json!({"a": ["gone"], "b": ["lost"], "c": ["gone", "lost"], "d": ["a"],
            "e": [" a >=1"], "f": ["a >=1 0"], "g": ["d"]});
        assert_eq!(compiled_again(&before, &before), [""; 0]);
        let mut now = before.clone();
        now["a"] = json!(["gone", "b"]);
        assert_eq!(compiled_again(&before, &now), ["a"]);
        now = before.clone();
        now["gone"] = json!([]);
        assert_eq!(compiled_again(&before, &now), ["a", "c", "gone"]);
        now = before.clone();
        now.as_object_mut().unwrap().remove("d");
        assert_eq!(compiled_again(&before, &now), ["g"]);
    }

    #[test]
    fn what_has_come_apart_or_become_one_is_compiled_again() {
        let before = json!({"a 1": [], "a 2": [], "any": ["a"], "from": ["a >=1"],
            "second": ["a >=2"], "exact": ["a 2"], "first": ["a <2"],
            "both": ["a >=1", "a <2"], "always": {"constrains": ["a >=1"]},
            "until": {"constrains": ["a <3"]}, "not": {"constrains": ["a !=2"]}});
        let mut now = before.clone();
        now["a 1.5"] = json!([]);
        // All texts of one effect are still of one.
        assert_eq!(compiled_again(&before, &now), ["a", "both"]);
        now = before.clone();
        now["a 3"] = json!([]);
        // `a 2` and `a >=2` have come apart, and so has all else that was of one effect.
        let mut all: Vec<&str> = before
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        all.retain(|stem| !stem.starts_with("a "));
        all.insert(0, "a");
        assert_eq!(compiled_again(&before, &now), all);
        now = before.clone();
        now.as_object_mut().unwrap().remove("a 1");
        // `a <2` allows nothing any more; `a >=2` allows all, as `a >=1` did.
        assert_eq!(
            compiled_again(&before, &now),
            [
                "a", "always", "any", "both", "exact", "from", "second", "until"
            ]
        );
    }
}
