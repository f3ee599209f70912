//! What the tables say of a record is what its texts say.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, sync::Arc};

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, PackageRecord, ParseMatchSpecOptions,
    RepoDataRecord, RepodataRevision,
};
use rsp_lock_index::{
    DeadBecause, Index, LIMITS, View,
    compile::ChannelOrder,
    pack::{Home, PackBuilder},
    ranges,
};
use serde_json::json;

fn record(file: &str, fields: &serde_json::Value) -> RepoDataRecord {
    let stem = file.strip_suffix(".conda").unwrap();
    let mut parts = stem.rsplitn(3, '-');
    let (build, version, name) = (parts.next(), parts.next(), parts.next());
    let mut object = json!({
        "fn": file, "name": name, "version": version, "build": build, "build_number": 0,
        "depends": [], "channel": "https://conda.example.org/c/", "subdir": "noarch",
        "url": format!("https://conda.example.org/c/noarch/{file}"),
    });
    for (key, value) in fields.as_object().unwrap() {
        object[key] = value.clone();
    }
    serde_json::from_value(object).unwrap()
}

fn compiled(records: &[RepoDataRecord]) -> View {
    let home = Home {
        subdir: "noarch".into(),
        files: "https://conda.example.org/c/noarch/".into(),
        channel: "https://conda.example.org/c/".into(),
    };
    let mut builder = PackBuilder::default();
    for (number, record) in (0..).zip(records) {
        builder.add_record(record, number, &home);
    }
    let pack = Arc::new(builder.finish(home, ""));
    let view = Index::new(vec![vec![pack]], ChannelOrder::Ignored).reach_all();
    view.tables().check().unwrap();
    view
}

/// The candidates of a name as `version build`, best first.
fn candidates(index: &View, name: &str) -> Vec<String> {
    let id = index.name_id(name).unwrap();
    (0..index.count(id))
        .map(|position| {
            let package = index.record(id, position).unwrap().package_record;
            format!("{} {}", package.version, package.build)
        })
        .collect()
}

/// What a candidate states: target names with the allowed positions, `?` before one that only limits.
fn stated(index: &View, name: &str, position: u32) -> BTreeMap<String, Vec<u32>> {
    let tables = index.tables();
    let id = index.name_id(name).unwrap();
    let at = (tables.name_candidates[id as usize][0] + position) as usize;
    tables
        .clauses(id, tables.candidate_group[at])
        .map(|clause| {
            let target = tables.clause_target[clause as usize];
            let sign = if target & LIMITS == 0 { "" } else { "?" };
            let positions = tables
                .allowed(clause)
                .iter()
                .flat_map(|[low, high]| *low..*high);
            (
                format!("{sign}{}", index.name(target & !LIMITS)),
                positions.collect(),
            )
        })
        .collect()
}

#[test]
fn preference_is_features_version_build_number_timestamp() {
    let records = [
        record("a-1.10-old.conda", &json!({"timestamp": 1})),
        record("a-1.10-young.conda", &json!({"timestamp": 2})),
        record("a-1.9-0.conda", &json!({})),
        record("a-2-feature.conda", &json!({"track_features": "blas_mkl"})),
        record("a-1.10-rebuilt.conda", &json!({"build_number": 1})),
    ];
    let index = compiled(&records);
    assert_eq!(
        candidates(&index, "a"),
        [
            "1.10 rebuilt",
            "1.10 young",
            "1.10 old",
            "1.9 0",
            "2 feature"
        ]
    );
    assert_eq!(index.tables().candidate_version, [0, 0, 0, 1, 2]);
    assert_eq!(index.tables().candidate_build, [0, 1, 1, 0, 0]);
}

#[test]
fn several_specs_on_one_name_are_one_clause() {
    let records = [
        record("b-1-0.conda", &json!({})),
        record("b-2-0.conda", &json!({})),
        record("b-3-0.conda", &json!({})),
        record(
            "a-1-0.conda",
            &json!({"depends": ["b >=2", "b <4"], "constrains": ["b !=3", "c <2", "b >0"]}),
        ),
        record(
            "a-2-0.conda",
            &json!({"depends": ["gone >=1"], "constrains": ["b >0", "b <3"]}),
        ),
    ];
    let index = compiled(&records);
    assert_eq!(
        stated(&index, "a", 1),
        BTreeMap::from([("b".to_owned(), vec![1])])
    );
    let expected = BTreeMap::from([("?b".to_owned(), vec![1, 2]), ("gone".to_owned(), vec![])]);
    assert_eq!(stated(&index, "a", 0), expected);
}

#[test]
fn a_record_that_contradicts_itself_is_listed() {
    let records = [
        record("a-1-0.conda", &json!({"constrains": ["a >=2"]})),
        record("a-2-0.conda", &json!({"constrains": ["a >=2"]})),
        record("b-1-0.conda", &json!({"depends": ["c >>2"]})),
    ];
    let index = compiled(&records);
    let dead = |name| index.dead(index.name_id(name).unwrap()).collect::<Vec<_>>();
    assert_eq!(dead("a"), [(1, DeadBecause::Contradictory)]);
    let [(0, DeadBecause::Unreadable { problem })] = &dead("b")[..] else {
        panic!("{:?}", dead("b"));
    };
    assert!(problem.contains("c >>2"), "{problem}");
}

#[test]
fn virtual_packages_are_settled_when_they_are_known() {
    let records = [
        record("a-1-0.conda", &json!({"depends": ["__glibc >=2.17"]})),
        record("a-2-0.conda", &json!({"depends": ["__glibc >=2.28"]})),
        record("a-3-0.conda", &json!({"constrains": ["__cuda >=12"]})),
    ];
    let index = compiled(&records);
    let offered = |texts: &[&str]| -> Vec<GenericVirtualPackage> {
        texts
            .iter()
            .map(|text| serde_json::from_value(json!(text)).unwrap())
            .collect()
    };
    let unmet = |texts: &[&str]| index.unmet(0, &index.met(&offered(texts)));
    assert_eq!(unmet(&["__glibc=2.28=0"]), [[0; 2]; 0]);
    assert_eq!(unmet(&["__glibc=2.17=0"]), [[1, 2]]);
    assert_eq!(unmet(&[]), [[1, 3]]);
    assert_eq!(unmet(&["__glibc=2.28=0", "__cuda=11=0"]), [[0, 1]]);
}

#[test]
fn extras_are_names_of_their_own() {
    let records = [
        record(
            "p-1-0.conda",
            &json!({"extra_depends": {"x": ["q >=2", "p[extras=[y]]"], "y": []}}),
        ),
        record("p-2-0.conda", &json!({})),
        record("q-1-0.conda", &json!({})),
        record("q-2-0.conda", &json!({})),
        record("a-1-0.conda", &json!({"depends": ["p[extras=[x]]"]})),
        record("b-1-0.conda", &json!({"depends": ["p[extras=[z]]"]})),
    ];
    let index = compiled(&records);
    let all = BTreeMap::from([
        ("p".to_owned(), vec![0, 1]),
        ("p[x]".to_owned(), vec![0, 1]),
    ]);
    assert_eq!(stated(&index, "a", 0), all);
    let of_extra = stated(&index, "p[x]", 0);
    assert_eq!(
        (&of_extra["p"], &of_extra["q"], &of_extra["p[y]"]),
        (&vec![1], &vec![0], &vec![0, 1])
    );
    // What a candidate lacks asks for nothing.
    let without = BTreeMap::from([("p".to_owned(), vec![0])]);
    assert_eq!(stated(&index, "p[x]", 1), without);
    let of_b = BTreeMap::from([("p".to_owned(), vec![0, 1])]);
    assert_eq!(stated(&index, "b", 0), of_b);
}

#[test]
fn a_condition_fails_or_its_dependency_is_required() {
    let records = [
        record("a-1-0.conda", &json!({"depends": ["b[when=\"c >=2\"]"]})),
        record("b-1-0.conda", &json!({})),
        record("c-1-0.conda", &json!({})),
        record("c-2-0.conda", &json!({})),
    ];
    let index = compiled(&records);
    let of_a = stated(&index, "a", 0);
    let (made_up, ways) = of_a.iter().next().unwrap();
    assert_eq!((of_a.len(), ways.as_slice()), (1, &[0, 1][..]));
    assert_eq!(
        stated(&index, made_up, 0),
        BTreeMap::from([("?c".to_owned(), vec![1])])
    );
    assert_eq!(
        stated(&index, made_up, 1),
        BTreeMap::from([("b".to_owned(), vec![0])])
    );
}

#[test]
fn versions_that_are_neither_newer_nor_equal_do_not_stand_as_they_are_listed() {
    let records = [("1_", 0), ("1-", 1), ("01_", 2), ("1.0_", 3), ("1", 4)].map(|(version, at)| {
        record(
            &format!("x-{at}-0.conda"),
            &json!({"version": version, "build": format!("{at}")}),
        )
    });
    let expected = candidates(&compiled(&records), "x");
    for turn in 0..records.len() {
        let mut turned = records.clone();
        turned.rotate_left(turn);
        assert_eq!(candidates(&compiled(&turned), "x"), expected);
        turned.reverse();
        assert_eq!(candidates(&compiled(&turned), "x"), expected);
    }
}

#[test]
fn specs_that_are_too_much_are_refused_and_not_followed() {
    let repeated = |what: &str, count: usize, between: &str| vec![what; count].join(between);
    for hostile in [
        format!("b {}1", "(".repeat(100_000)),
        format!("b[when=\"{}a\"]", "(".repeat(100_000)),
        format!("b[when=\"{}\"]", repeated("a", 100_000, " or ")),
        format!("b[when=\"{}\"]", repeated("a", 100_000, " and ")),
        // Few alternatives, but each fails in two ways, and so all of them in 2 to the power of 40.
        format!("b[when=\"{}\"]", repeated("(a and c)", 40, " or ")),
    ] {
        let shown = &hostile[..hostile.len().min(60)];
        let records = [
            record("p-1-0.conda", &json!({"depends": [hostile]})),
            record("p-0-0.conda", &json!({})),
            record("a-1-0.conda", &json!({})),
        ];
        let index = compiled(&records);
        let mut dead = index.dead(index.name_id("p").unwrap());
        assert!(
            matches!(dead.next(), Some((0, DeadBecause::Unreadable { .. }))),
            "{shown}"
        );
        assert_eq!(dead.next(), None, "{shown}");
    }
}

#[test]
fn extras_that_ask_for_extras_are_followed_to_the_end() {
    let last = 2000;
    let of = |number: usize| match number {
        _ if number == last => vec!["q".to_owned()],
        _ => vec![format!("p[extras=[e{}]]", number + 1)],
    };
    let extras: BTreeMap<String, Vec<String>> = (0..=last)
        .map(|number| (format!("e{number}"), of(number)))
        .collect();
    let records = [
        record("p-1-0.conda", &json!({"extra_depends": extras})),
        record("q-1-0.conda", &json!({})),
        record("a-1-0.conda", &json!({"depends": ["p[extras=[e0]]"]})),
    ];
    let index = compiled(&records);
    let end = stated(&index, &format!("p[e{last}]"), 0);
    assert_eq!(end["q"], [0]);
}

#[test]
fn real_records_state_what_their_texts_say() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/channels");
    let path = format!("{shared}/rsp-2026/noarch/repodata.json.zst");
    let Ok(packed) = fs_err::read(&path) else {
        eprintln!("SKIPPED: {path} is not here");
        return;
    };
    let document: serde_json::Value =
        serde_json::from_slice(&zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let records: Vec<RepoDataRecord> = ["packages", "packages.conda"]
        .iter()
        .flat_map(|key| document[key].as_object().unwrap())
        .map(|(file, fields)| {
            let url = format!("https://conda.example.org/c/noarch/{file}")
                .parse()
                .unwrap();
            RepoDataRecord {
                package_record: serde_json::from_value::<PackageRecord>(fields.clone()).unwrap(),
                identifier: file.parse().unwrap(),
                url,
                channel: None,
            }
        })
        .collect();
    let index = compiled(&records);
    let options = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    let mut checked = 0;
    for name in (0..index.real_names()).step_by(7) {
        for position in 0..index.count(name) {
            let package = index.record(name, position).unwrap().package_record;
            let stated = stated(&index, index.name(name), position);
            for text in &package.depends {
                let spec = MatchSpec::from_str(text, options).unwrap();
                let target = spec.name.as_exact().unwrap().as_normalized();
                if target.starts_with("__") || target == index.name(name) {
                    continue;
                }
                let id = index.name_id(target).unwrap();
                let matching = ranges::collect(index.count(id), |position| {
                    spec.matches(&index.record(id, position).unwrap().package_record)
                });
                let allowed = &stated[target];
                assert!(
                    allowed.iter().all(|p| ranges::contains(&matching, *p)),
                    "{text}"
                );
                let on_target = |other: &&String| name_in(other) == target;
                let lines = package.depends.iter().chain(&package.constrains);
                if lines.filter(on_target).count() == 1 {
                    assert_eq!(allowed.len(), ranges::len(&matching) as usize, "{text}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 3_000, "{checked}");
}

fn name_in(text: &str) -> &str {
    text.split([' ', '>', '<', '=', '!', '['])
        .next()
        .unwrap_or_default()
}
