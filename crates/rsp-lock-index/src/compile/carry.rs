//! Tables of names of which nothing changed, taken over from those of earlier packs.
//!
//! What the tables say of a name follows from its records and from the candidates of the names
//! that these speak of. So a name keeps its tables if its records are as before and what they say
//! of names whose records are not can be said anew clause by clause ([`Retold`]); all others are
//! compiled again.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    ChannelOrder, Compiled, Family,
    arrays::{Arrays, text},
    changed::Changed,
    compiler::name_bytes,
    family::NumberedPack,
    retold::Retold,
    taking::{Taking, span},
};
use crate::{
    LIMITS, UNSTATED,
    cores::side_by_side,
    owned::length,
    pack::{NONE, Pack},
};

/// What is still true of tables of earlier packs, as tables of the packs of now, which are of the
/// same channels in the same order, of which nothing is known but what was `begun`. `None` if it
/// cannot be told.
pub(crate) fn carried(
    earlier: &Compiled,
    before: &[NumberedPack],
    now: &[NumberedPack],
    order: ChannelOrder,
    begun: Arrays,
) -> Option<Carried> {
    let go_on = |((of_before, before), (of_now, now)): (&NumberedPack, &NumberedPack)| {
        of_before == of_now && now.goes_on(before)
    };
    if before.len() != now.len() || !before.iter().zip(now).all(go_on) {
        return None;
    }
    let mut arrays = begun;
    arrays.expect(now.iter().map(|(_, pack)| pack.len()).sum());
    let names: Vec<&[u8]> = arrays.names.iter().map(|of| name_bytes(now, *of)).collect();
    let old: Vec<&[u8]> = earlier
        .names
        .iter()
        .map(|of| name_bytes(before, *of))
        .collect();
    let places = Places::of(&old, &names);
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
        places.old_of_new.get(*id) != Some(&NONE)
            && packs.all(|(((_, before), (_, now)), rows)| {
                now.are_as(rows.now(*id), before, rows.before(*id))
            })
    });
    let changed = changed(&old, &names, &places, &is_as_before);
    let Places {
        old_of_new,
        new_of_old,
    } = places;
    let kept = (0..).zip(&old_of_new).zip(&is_as_before);
    let mut kept: Vec<(usize, u32)> = kept
        .filter(|((_, old), is_as_before)| **is_as_before && is_stated(earlier, **old))
        .map(|((new, old), _)| (new, *old))
        .collect();
    let numbers: Vec<u32> = kept.iter().map(|(_, old)| *old).collect();
    let (retold, are_clear) = Retold::of(&changed, earlier, order, [before, now], &numbers);
    let are_clear: Vec<(u32, bool)> = numbers.into_iter().zip(are_clear).collect();
    let are_kept = side_by_side(&are_clear, |(old, is_clear)| {
        *is_clear && can_keep(earlier, &new_of_old, &retold, *old)
    });
    let mut are_kept = are_kept.into_iter();
    kept.retain(|_| are_kept.next() == Some(true));
    let (more_names, more) = more_names(earlier, &names);
    let real = length(&arrays.names);
    let taking = Taking {
        earlier,
        kept: &kept,
        rows: &rows,
        retold: &retold,
        new_of_old: new_of_old
            .into_iter()
            .chain(more.map(|more| real + more))
            .collect(),
    };
    taking.take(&mut arrays)?;
    add_names(earlier, &more_names, &mut arrays);
    let families = retold.families_now();
    let of_changed = changed.differing().iter();
    let of_changed = of_changed.filter_map(|(name, _)| names.binary_search(name).ok());
    let of_changed = of_changed.filter_map(|id| u32::try_from(id).ok());
    Some(Carried {
        taken_over: kept.len(),
        families: of_changed.zip(families).collect(),
        arrays,
    })
}

/// Which names differ, come or go.
fn changed<'p>(
    old: &[&'p [u8]],
    names: &[&'p [u8]],
    places: &Places,
    is_as_before: &[bool],
) -> Changed<'p> {
    let mut changed = Changed::default();
    for ((name, is_as_before), old) in names.iter().zip(is_as_before).zip(&places.old_of_new) {
        match (is_as_before, *old) {
            (true, _) => {}
            (false, NONE) => changed.comes_or_goes(name),
            (false, old) => changed.differs(name, old),
        }
    }
    let gone = old.iter().zip(&places.new_of_old);
    for (name, _) in gone.filter(|(_, new)| **new == NONE) {
        changed.comes_or_goes(name);
    }
    changed
}

/// What is still true.
pub(crate) struct Carried {
    pub(crate) arrays: Arrays,
    /// Of how many names all is known.
    pub(crate) taken_over: usize,
    /// The candidates of names that changed.
    pub(crate) families: Vec<(u32, Family)>,
}

/// Adds names that no pack has.
fn add_names(earlier: &Compiled, names: &[u32], arrays: &mut Arrays) {
    for at in names {
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
}

/// Whether all that a name says is said of names that packs have, or that nobody has, and can be
/// said anew.
fn can_keep(earlier: &Compiled, new_of_old: &[u32], retold: &Retold, name: u32) -> bool {
    let mut clauses = span(&earlier.name_slots, name, &earlier.slot_clause).iter();
    clauses.all(|clause| {
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

fn is_stated(earlier: &Compiled, name: u32) -> bool {
    let groups = earlier.name_groups.get(name as usize);
    groups.is_some_and(|groups| *groups != UNSTATED)
}

/// The names that no pack had, nor has now, of which anything was said and nothing is known, and per
/// such name its number among them. They stay in their order, in which slots are sorted.
fn more_names(earlier: &Compiled, names: &[&[u8]]) -> (Vec<u32>, impl Iterator<Item = u32>) {
    let real = length(&earlier.names);
    let mut is_needed = vec![false; earlier.more_ends.len()];
    for target in earlier.clause_target.iter() {
        let name = target & !LIMITS;
        let more = name
            .checked_sub(real)
            .filter(|_| earlier.candidates(name).is_empty());
        if let Some(is_needed) = more.and_then(|at| is_needed.get_mut(at as usize)) {
            *is_needed = true;
        }
    }
    for (at, is_needed) in (0..).zip(&mut is_needed) {
        let has_come = |name: &str| names.binary_search(&name.as_bytes()).is_ok();
        *is_needed = *is_needed && !has_come(earlier.more_name(at));
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

/// The numbers that names have now, and had; [`NONE`] where they have none.
struct Places {
    old_of_new: Vec<u32>,
    new_of_old: Vec<u32>,
}

impl Places {
    fn of(old: &[&[u8]], names: &[&[u8]]) -> Self {
        let (old_of_new, new_of_old) = rayon::join(
            || places(names, old.iter().copied()),
            || places(old, names.iter().copied()),
        );
        Self {
            old_of_new,
            new_of_old,
        }
    }
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
pub(super) struct Rows {
    before: Vec<Range<u32>>,
    now: Vec<Range<u32>>,
}

impl Rows {
    pub(super) fn before(&self, name: usize) -> Range<u32> {
        self.before.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn now(&self, name: usize) -> Range<u32> {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        compile::{ChannelOrder, Compiler, begin},
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
        let (tables, order) = (compiler.finish(), ChannelOrder::First);
        let carried = carried(&tables, &before, &now, order, begin(&now))
            .unwrap()
            .arrays;
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
        // The same texts at another place.
        now = before.clone();
        now["d"] = json!({"constrains": ["a"]});
        assert_eq!(compiled_again(&before, &now), ["d"]);
    }

    #[test]
    fn what_has_come_apart_or_become_one_is_compiled_again() {
        let before = json!({"a 1": [], "a 2": [], "any": ["a"], "from": ["a >=1"],
            "second": ["a >=2"], "exact": ["a 2"], "first": ["a <2"],
            "both": ["a >=1", "a <2"], "always": {"constrains": ["a >=1"]},
            "until": {"constrains": ["a <3"]}, "not": {"constrains": ["a !=2"]}});
        let mut now = before.clone();
        now["a 1.5"] = json!([]);
        // All that was of one effect still is.
        assert_eq!(compiled_again(&before, &now), ["a"]);
        now = before.clone();
        now["a 3"] = json!([]);
        // `a 2` and `a >=2` have come apart, and so has all else that was of one effect.
        let mut all: Vec<&str> = before
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        // What limited to all of it still does.
        all.retain(|stem| !stem.starts_with("a ") && *stem != "always");
        all.push("a");
        all.sort_unstable();
        assert_eq!(compiled_again(&before, &now), all);
        now = before.clone();
        now.as_object_mut().unwrap().remove("a 1");
        // `a <2` allows nothing any more; `a >=2` allows all, as `a >=1` did.
        assert_eq!(
            compiled_again(&before, &now),
            ["a", "any", "exact", "from", "second"]
        );
    }
}
