//! Tables of names of which nothing changed, taken over from those of earlier packs.
//!
//! What the tables say of a name follows from its records and from the candidates of the names
//! that these speak of. So a name keeps its tables if its records are as before and what they say
//! of names whose records are not can be said anew clause by clause ([`Retold`]); all others are
//! compiled again.

use rayon::prelude::*;

use super::{
    ChannelOrder, Compiled, Family,
    arrays::{Arrays, text},
    changed::Changed,
    family::NumberedPack,
    numbers::{Names, Places, Rows},
    retold::Retold,
    taking::{Taking, span},
};
use crate::{LIMITS, UNSTATED, cores::side_by_side, owned::length, pack::NONE};

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
    let names_now = arrays.names.clone();
    let names = Names {
        of: &names_now,
        packs: now,
    };
    let old = Names {
        of: &earlier.names,
        packs: before,
    };
    let places = Places::of(old, names);
    let rows = (0..length(now)).into_par_iter().map(|pack| Rows {
        before: old.rows_in(pack),
        now: names.rows_in(pack),
    });
    let rows: Vec<Rows> = rows.collect();
    let ids: Vec<(usize, u32)> = (0..).zip(places.old_of_new.iter().copied()).collect();
    let is_as_before = side_by_side(&ids, |(new, old)| {
        let mut packs = before.iter().zip(now).zip(&rows);
        *old != NONE
            && packs.all(|(((_, before), (_, now)), rows)| {
                now.are_as(rows.now(*new), before, rows.before(*old))
            })
    });
    let changed = changed(old, names, &places, &is_as_before);
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
    let clauses: Vec<u32> = (0..length(&earlier.clause_target)).collect();
    let stays = side_by_side(&clauses, |clause| {
        can_be_said(earlier, &new_of_old, &retold, *clause)
    });
    let are_kept = side_by_side(&are_clear, |(old, is_clear)| {
        let mut clauses = span(&earlier.name_slots, *old, &earlier.slot_clause).iter();
        *is_clear && clauses.all(|clause| stays.get(*clause as usize) == Some(&true))
    });
    let mut are_kept = are_kept.into_iter();
    kept.retain(|_| are_kept.next() == Some(true));
    let (more_names, more) = more_names(earlier, &changed);
    let real = length(&arrays.names);
    let taking = Taking {
        earlier,
        kept: &kept,
        rows: &rows,
        retold: &retold,
        new_of_old: new_of_old
            .iter()
            .copied()
            .chain(more.map(|more| real + more))
            .collect(),
    };
    taking.take(&mut arrays)?;
    add_names(earlier, &more_names, &mut arrays);
    let families = retold.families_now();
    let of_changed = changed.differing().iter();
    let of_changed = of_changed.filter_map(|(_, old)| new_of_old.get(*old as usize).copied());
    Some(Carried {
        taken_over: kept.len(),
        families: of_changed.zip(families).collect(),
        arrays,
    })
}

/// Which names differ, come or go.
fn changed<'p>(
    old: Names<'p>,
    names: Names<'p>,
    places: &Places,
    is_as_before: &[bool],
) -> Changed<'p> {
    let mut changed = Changed::default();
    let now = (0..).zip(&places.old_of_new).zip(is_as_before);
    for ((new, old), _) in now.filter(|(_, is_as_before)| !**is_as_before) {
        match *old {
            NONE => changed.comes_or_goes(names.bytes(new)),
            old => changed.differs(names.bytes(new), old),
        }
    }
    let before = (0..).zip(&places.new_of_old);
    for (gone, _) in before.filter(|(_, new)| **new == NONE) {
        changed.comes_or_goes(old.bytes(gone));
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

/// Whether a clause is of a name that packs have, or that nobody has, and can be said anew.
fn can_be_said(earlier: &Compiled, new_of_old: &[u32], retold: &Retold, clause: u32) -> bool {
    let Some((target, allowed)) = earlier.clause(clause) else {
        return false;
    };
    let target = target & !LIMITS;
    match new_of_old.get(target as usize) {
        Some(new) => *new != NONE && retold.allowed_now(target, allowed).is_some(),
        None => earlier.candidates(target).is_empty(),
    }
}

fn is_stated(earlier: &Compiled, name: u32) -> bool {
    let groups = earlier.name_groups.get(name as usize);
    groups.is_some_and(|groups| *groups != UNSTATED)
}

/// The names that no pack had, nor has now, of which anything was said and nothing is known, and per
/// such name its number among them. They stay in their order, in which slots are sorted.
fn more_names(earlier: &Compiled, changed: &Changed<'_>) -> (Vec<u32>, impl Iterator<Item = u32>) {
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
        // No pack had it: if one has it now, it has come.
        *is_needed = *is_needed && !changed.is_among(earlier.more_name(at).as_bytes());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        compile::{ChannelOrder, Compiler, begin},
        pack::{Home, Pack, read_large_json},
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
