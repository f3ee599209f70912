//! An index says the same whether it was compiled at once, name by name, after one of earlier packs,
//! or read from a file.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use rattler_conda_types::{MatchSpec, ParseStrictness};
use rsp_lock_index::{
    Index, LIMITS, View,
    compile::ChannelOrder,
    pack::{Home, Pack, read_json, read_large_json},
};
use serde_json::{Value, json};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn spec() -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES.to_vec());
    prop_oneof![
        6 => (name.clone(), 1..4_u8).prop_map(|(name, version)| format!("{name} >={version}")),
        2 => name.clone().prop_map(str::to_owned),
        1 => (name.clone(), name.clone(), 1..4_u8)
            .prop_map(|(name, of, version)| format!("{name}[when=\"{of} >={version}\"]")),
        1 => name.prop_map(|name| format!("{name}[extras=[x]]")),
        1 => Just("__glibc >=2.28".to_owned()),
        1 => Just("gone".to_owned()),
        1 => Just("lost".to_owned()),
        1 => Just(" b >=2".to_owned()),
        1 => Just("c >>1".to_owned()),
    ]
}

fn pack() -> impl Strategy<Value = Arc<Pack>> {
    document().prop_map(|document| packed(&document))
}

fn document() -> impl Strategy<Value = Value> {
    let key = (prop::sample::select(NAMES.to_vec()), 1..4_u8, 0..2_u8);
    let lists = (
        prop::collection::vec(spec(), 0..4),
        prop::collection::vec(spec(), 0..2),
        prop::option::of(prop::collection::vec(spec(), 0..2)),
    );
    // With enough that nobody reaches, records are kept next to the tables.
    let unreached = prop_oneof![Just(0), Just(60)];
    let records = prop::collection::btree_map(key, lists, 1..12);
    (records, unreached).prop_map(|(records, unreached)| {
        let mut document = json!({"packages.conda": {}});
        for number in 0..unreached {
            let name = format!("unreached{number}");
            document["packages.conda"][format!("{name}-1-0.conda")] =
                json!({"name": name, "version": "1", "build": "0", "build_number": 0});
        }
        for ((name, version, build), (depends, constrains, extra)) in records {
            let file = format!("{name}-{version}-{build}.conda");
            let mut record = json!({"name": name, "version": version.to_string(),
                "build": build.to_string(), "build_number": build, "depends": depends,
                "constrains": constrains});
            if let Some(extra) = extra {
                record["extra_depends"] = json!({"x": extra});
            }
            document["packages.conda"][file] = record;
        }
        document
    })
}

/// A document after another one: of each file, what either says.
fn updated(earlier: &Value, new: &Value, kept: &[bool]) -> Value {
    let mut records = new["packages.conda"].as_object().unwrap().clone();
    let all = earlier["packages.conda"].as_object().unwrap();
    for ((file, record), _) in all
        .iter()
        .zip(kept.iter().cycle())
        .filter(|(_, kept)| **kept)
    {
        records.insert(file.clone(), record.clone());
    }
    json!({"packages.conda": records})
}

fn home() -> Home {
    Home {
        subdir: "noarch".into(),
        files: "https://conda.example.org/c/noarch/".into(),
        channel: "https://conda.example.org/c/".into(),
    }
}

fn packed(document: &Value) -> Arc<Pack> {
    Arc::new(read_json(document.to_string().as_bytes(), |_| Ok(home())).unwrap())
}

/// [`all_said`] without names that nobody has, of which nothing is said but by others: those are
/// there or not, whether or not anybody speaks of them.
pub(crate) fn said_of_some(view: &View) -> BTreeMap<String, Vec<String>> {
    let mut said = all_said(view);
    said.retain(|name, _| {
        let id = view.name_id(name).unwrap();
        id < view.real_names() || view.count(id) > 0
    });
    said
}

/// All that a view says of a name, in words.
fn said(view: &View, name: &str) -> Vec<String> {
    let tables = view.tables();
    let Some(id) = view.name_id(name) else {
        return vec!["unknown".to_owned()];
    };
    let mut said = vec![format!("{:?}", view.dead(id).collect::<Vec<_>>())];
    let [first_slot, last_slot] = tables.name_slots[id as usize];
    let slots = (first_slot..last_slot).filter(|_| tables.is_stated(id));
    let slots: Vec<_> = slots
        .map(|slot| tables.slot_clause[slot as usize])
        .map(|clause| {
            (
                tables.clause_target[clause as usize],
                tables.allowed(clause),
            )
        })
        .collect();
    let mut of_one_effect = slots.clone();
    of_one_effect.sort_unstable();
    of_one_effect.dedup();
    assert_eq!(
        slots.len(),
        of_one_effect.len(),
        "{name} says something twice"
    );
    for position in 0..view.count(id) {
        let mut clauses = BTreeMap::new();
        let at = (tables.name_candidates[id as usize][0] + position) as usize;
        for clause in tables.clauses(id, tables.candidate_group[at]) {
            let target = tables.clause_target[clause as usize];
            let kind = if target & LIMITS == 0 {
                "needs"
            } else {
                "limits"
            };
            let target = view.name(target & !LIMITS).to_owned();
            clauses.insert((target, kind), tables.allowed(clause).to_vec());
        }
        let record = view.record(id, position);
        assert_eq!(record.is_some(), id < view.real_names(), "{name}");
        assert!(record.iter().all(|record| view.has(record)));
        said.push(format!(
            "{} {clauses:?} {record:?}",
            view.version(id, position)
        ));
    }
    if id >= view.real_names() {
        return said;
    }
    for spec in ["* *1", ">=2", "* 0[build_number=0]"] {
        let spec = format!("{name} {spec}");
        let spec = MatchSpec::from_str(&spec, ParseStrictness::Lenient).unwrap();
        said.push(format!("{:?}", view.matching(id, &spec)));
    }
    let unmet = view.unmet(id, &view.met(&[]));
    said.push(format!("{unmet:?}"));
    said
}

fn all_said(view: &View) -> BTreeMap<String, Vec<String>> {
    let tables = view.tables();
    let names = u32::try_from(tables.names()).unwrap();
    (0..names)
        .filter(|name| tables.is_stated(*name))
        .map(|name| (view.name(name).to_owned(), said(view, view.name(name))))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_compiled_after_an_earlier_pack_is_what_would_have_been_compiled_without(
        documents in prop::collection::vec([document(), document()], 2..5),
        changes in prop::sample::select(vec![[true, false], [false, true], [true, true]]),
        kept in prop::collection::vec(any::<bool>(), 1..8),
        reached in prop::collection::vec(prop::sample::select(NAMES.to_vec()), 0..3),
        order in prop::sample::select(vec![ChannelOrder::Ignored, ChannelOrder::First]),
    ) {
        let channels = |packs: &[Arc<Pack>; 2]| packs.iter().map(|pack| vec![pack.clone()]).collect();
        let mut of_now = documents[0].clone();
        let mut packs = of_now.each_ref().map(packed);
        let mut index = Index::new(channels(&packs), order);
        if reached.is_empty() {
            index.reach_all();
        } else {
            index.reach(reached);
        }
        for new in &documents[1..] {
            for at in (0..2).filter(|at| changes[*at]) {
                of_now[at] = updated(&of_now[at], &new[at], &kept);
                let text = of_now[at].to_string();
                let pack = read_large_json(text.as_bytes(), 0, Some(&packs[at]), |_| Ok(home()));
                packs[at] = Arc::new(pack.unwrap());
            }
            let after = Index::new(channels(&packs), order);
            let (view, _) = after.reach_all_after(&index);
            view.tables().check().unwrap();
            let alone = Index::new(channels(&of_now.each_ref().map(packed)), order).reach_all();
            prop_assert_eq!(said_of_some(&view), said_of_some(&alone), "{:?}", of_now);
            index = after;
        }
    }
}

proptest! {
    #[test]
    fn what_is_compiled_later_is_what_would_have_been_compiled_at_once(
        first in pack(), second in pack(), order in Just(NAMES.to_vec()).prop_shuffle(),
    ) {
        let channels = || vec![vec![first.clone()], vec![second.clone()]];
        let at_once = Index::new(channels(), ChannelOrder::Ignored).reach(NAMES);
        at_once.tables().check().unwrap();
        let expected = all_said(&at_once);

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.tables");
        let mut index = Index::new(channels(), ChannelOrder::Ignored);
        for name in order {
            let view = index.reach([name]);
            view.tables().check().unwrap();
            for (name, said) in all_said(&view) {
                prop_assert_eq!(Some(&said), expected.get(&name), "{}", name);
            }
            index.save(&path, "stamp").unwrap();
            prop_assert!(Index::open(&path, "other", channels(), ChannelOrder::Ignored).is_err());
            index = Index::open(&path, "stamp", channels(), ChannelOrder::Ignored).unwrap();
        }
        let reached = all_said(&index.view());
        prop_assert_eq!(reached.len(), expected.len());

        let view = index.view();
        let ranks = view.made_up_ranks();
        let mut by_rank: Vec<(u32, &str)> = (0..)
            .zip(&ranks)
            .map(|(at, rank)| (*rank, view.name(view.real_names() + at)))
            .collect();
        by_rank.sort_unstable();
        prop_assert!(by_rank.is_sorted_by_key(|(_, name)| *name));
    }

    #[test]
    fn damaged_tables_are_refused_or_read_without_panic(
        pack in pack(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let channels = || vec![vec![pack.clone()]];
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.tables");
        let index = Index::new(channels(), ChannelOrder::Ignored);
        index.reach(NAMES);
        index.save(&path, "").unwrap();
        let mut bytes = fs_err::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        fs_err::write(&path, &bytes).unwrap();
        if let Ok(index) = Index::open(&path, "", channels(), ChannelOrder::Ignored) {
            let view = index.view();
            for name in 0..6 {
                let _ = (view.count(name), view.name(name).len(), view.has_dead(name));
                let _ = (view.dead(name).count(), view.unmet(name, &[]), view.record(name, 0));
            }
            for name in NAMES {
                let _ = view.name_id(name);
            }
        }
    }
}

/// A channel of more names than one core takes at a time, with everything that a record can say.
fn many_names() -> Arc<Pack> {
    let mut document = json!({"packages.conda": {}});
    for number in 0..400 {
        for version in 1..4 {
            let other = |step: usize| format!("n{}", (number * step + version) % 400);
            let depends = json!([
                format!("{} >={version}", other(3)),
                format!("{} <3", other(3)),
                format!("{}[extras=[x]]", other(7)),
                format!("{}[when=\"{} <{version}\"]", other(11), other(5)),
                format!("gone{}", number % 5),
                format!("__glibc >=2.{number}"),
            ]);
            let name = format!("n{number}");
            let constrains = json!([format!("{name} >1"), format!("{} 2", other(13))]);
            let file = format!("{name}-{version}-0.conda");
            document["packages.conda"][file] = json!({"name": name, "version": version.to_string(),
                "build": "0", "build_number": 0, "depends": depends, "constrains": constrains,
                "extra_depends": {"x": [other(17), if number % 50 == 0 { "x >>1" } else { "x" }]}});
        }
    }
    packed(&document)
}

#[test]
fn many_cores_write_down_what_one_does() {
    let pack = many_names();
    let directory = tempfile::tempdir().unwrap();
    let written = |cores: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(cores);
        let pool = pool.build().unwrap();
        pool.install(|| {
            let index = Index::new(vec![vec![pack.clone()]], ChannelOrder::Ignored);
            let view = index.reach_all();
            view.tables().check().unwrap();
            let path = directory.path().join(cores.to_string());
            index.save(&path, "").unwrap();
            (all_said(&view), fs_err::read(path).unwrap())
        })
    };
    let (said, bytes) = written(1);
    assert_eq!(bytes, written(3).1);

    let index = Index::new(vec![vec![pack.clone()]], ChannelOrder::Ignored);
    for number in 0..400 {
        index.reach([format!("n{number}").as_str()]);
    }
    assert_eq!(all_said(&index.view()), said);
}
