//! What overrides and dependency edits mean for a record.

#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]

use rattler_conda_types::PackageRecord;
use rsp_lock_spec::{
    DependencySource, Effective, Override, Source, effective, parse_record_spec, parse_toml,
};

fn record(name: &str, version: &str, depends: &[&str], constrains: &[&str]) -> PackageRecord {
    let mut record = PackageRecord::new(
        name.parse().unwrap(),
        version.parse::<rattler_conda_types::Version>().unwrap(),
        "0".parse().unwrap(),
    );
    record.depends = depends.iter().map(|d| (*d).to_owned()).collect();
    record.constrains = constrains.iter().map(|d| (*d).to_owned()).collect();
    record
}

fn rules(texts: &[&str]) -> Vec<Override> {
    texts
        .iter()
        .map(|text| Override::parse(text).unwrap())
        .collect()
}

fn texts(effective: &Effective) -> (Vec<&str>, Vec<&str>) {
    (
        effective.depends.iter().map(|d| d.text.as_str()).collect(),
        effective
            .constrains
            .iter()
            .map(|d| d.text.as_str())
            .collect(),
    )
}

#[test]
fn a_rule_replaces_all_entries_of_its_name_once() {
    let record = record(
        "d",
        "1",
        &["dask >=2021", "python", "dask <2022"],
        &["dask !=2021.1"],
    );
    let changed = effective(&record, &rules(&["dask=2020.12"]), &[]).unwrap();
    assert_eq!(
        texts(&changed),
        (vec!["dask 2020.12.*", "python"], vec!["dask 2020.12.*"])
    );
    assert_eq!(
        changed.depends[0].source,
        DependencySource::Replaced {
            rule: 0,
            original: "dask >=2021".to_owned()
        }
    );
    assert_eq!(changed.depends[1].source, DependencySource::Recorded);
}

#[test]
fn only_the_dependents_named_are_changed_and_the_first_rule_counts() {
    let rules = rules(&["rubin-env-rsp >=13: dask-core *", "dask-core 1.*"]);
    let at = |name: &str, version: &str| {
        let record = record(name, version, &["Dask-Core >=2024"], &[]);
        let changed = effective(&record, &rules, &[]).unwrap();
        changed.depends[0].text.clone()
    };
    assert_eq!(at("rubin-env-rsp", "13.0.1"), "dask-core *");
    assert_eq!(at("rubin-env-rsp", "12"), "dask-core 1.*");
    assert_eq!(at("other", "13"), "dask-core 1.*");
}

#[test]
fn a_condition_of_the_replaced_entry_is_kept() {
    let record = record("d", "1", &["dask >=2021[when=\"python >=3.9\"]"], &[]);
    let changed = effective(&record, &rules(&["dask=2020.12"]), &[]).unwrap();
    let spec = parse_record_spec(&changed.depends[0].text).unwrap();
    assert!(spec.condition.is_some(), "{}", changed.depends[0].text);
}

#[test]
fn dependencies_are_dropped_and_added() {
    let source = Source::new(
        "rsp-lock.toml",
        "[dependencies]\nadd = [\"ipympl >=0.9: ipython_genutils >=0.2\"]\ndrop = [\"rsp: qt6-main\"]\n",
    );
    let edits = parse_toml(&source).unwrap().request.dependencies;
    let dropped = effective(
        &record("rsp", "1", &["qt6-main >=6", "a"], &["qt6-main <7"]),
        &[],
        &edits,
    );
    let dropped = dropped.unwrap();
    assert_eq!(texts(&dropped), (vec!["a"], vec![]));
    let originals: Vec<&str> = dropped
        .dropped
        .iter()
        .map(|d| d.original.as_str())
        .collect();
    assert_eq!(originals, ["qt6-main >=6", "qt6-main <7"]);
    let added = effective(&record("ipympl", "0.9.3", &["a"], &[]), &[], &edits).unwrap();
    assert_eq!(texts(&added).0, ["a", "ipython_genutils >=0.2"]);
    assert_eq!(added.depends[1].source, DependencySource::Added { rule: 0 });
    assert_eq!(
        effective(&record("ipympl", "0.8", &["a"], &[]), &[], &edits),
        None
    );
}

#[test]
fn a_record_that_no_rule_is_for_is_left_alone() {
    let record = record("d", "1", &["numpy"], &[]);
    assert_eq!(
        effective(&record, &rules(&["dask=1", "x: numpy 1.*"]), &[]),
        None
    );
}
