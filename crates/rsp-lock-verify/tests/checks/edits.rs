//! Overrides and edits of the request: what they change counts, and is on record.

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock_spec::{DependencyEdit, DependencyEditKind, Note, Origin, Override};
use rsp_lock_verify::{Entry, Severity, Subject, parse_spec, text, verify};

use crate::records::record;

fn edit(kind: DependencyEditKind, dependents: &str, spec: &str) -> DependencyEdit {
    DependencyEdit {
        kind,
        dependents: parse_spec(dependents).unwrap(),
        spec: parse_spec(spec).unwrap(),
        text: format!("{dependents}: {spec}"),
        origin: Origin::command_line(),
        note: Note::default(),
    }
}

fn sentences(
    records: &[RepoDataRecord],
    overrides: &[&str],
    dependencies: &[DependencyEdit],
) -> Vec<(Severity, String)> {
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|text| Override::parse(text).unwrap())
        .collect();
    verify(&Subject {
        overrides: &overrides,
        dependencies,
        ..Subject::new(records.iter().map(Entry::of).collect(), Subdir::Linux64)
    })
    .iter()
    .map(|finding| (finding.severity(), text(finding)))
    .collect()
}

#[test]
fn an_overridden_dependency_counts_as_the_request_says() {
    let records = [
        record("dask-kubernetes 2021.3.0 pyh_0", &["dask >=2021.1"]),
        record("dask 2020.12.0 pyh_0", &[]),
    ];
    let without = sentences(&records, &[], &[]);
    assert_eq!(without.len(), 1);
    assert_eq!(without[0].0, Severity::Error);
    assert_eq!(
        sentences(&records, &["dask=2020.12"], &[]),
        [(
            Severity::Note,
            "`dask >=2021.1` of dask-kubernetes 2021.3.0 pyh_0 counts as `dask 2020.12.*` \
             (command line: `dask=2020.12`)"
                .to_owned()
        )]
    );
}

#[test]
fn an_override_that_is_not_met_is_an_error() {
    let records = [
        record("dask-kubernetes 2021.3.0 pyh_0", &["dask >=2021.1"]),
        record("dask 2021.1.0 pyh_0", &[]),
    ];
    assert_eq!(
        sentences(&records, &["dask=2020.12"], &[])[0],
        (
            Severity::Error,
            "dask-kubernetes 2021.3.0 pyh_0 requires `dask 2020.12.*`: the lock has 2021.1.0 pyh_0"
                .to_owned()
        )
    );
}

#[test]
fn a_rule_that_changes_nothing_is_a_warning() {
    let records = [record("a 1.0 0", &["b"]), record("b 1.0 0", &[])];
    let unused = edit(DependencyEditKind::Drop, "a >=2", "b");
    assert_eq!(
        sentences(&records, &["dask=2020.12"], &[unused]),
        [
            "command line: `dask=2020.12` changes nothing in this lock",
            "command line: `a >=2: b` changes nothing in this lock",
        ]
        .map(|line| (Severity::Warning, line.to_owned()))
    );
}

#[test]
fn dropped_and_added_dependencies_count() {
    let records = [record("ipympl 0.9 0", &["jupyter"])];
    let edits = [
        edit(DependencyEditKind::Drop, "ipympl", "jupyter"),
        edit(
            DependencyEditKind::Add,
            "ipympl <1",
            "ipython_genutils >=0.2",
        ),
    ];
    let lines: Vec<String> = sentences(&records, &[], &edits)
        .into_iter()
        .map(|(_, line)| line)
        .collect();
    assert_eq!(
        lines,
        [
            "ipympl 0.9 0 requires `ipython_genutils >=0.2`: absent",
            "ipympl 0.9 0 also requires `ipython_genutils >=0.2` \
             (command line: `ipympl <1: ipython_genutils >=0.2`)",
            "`jupyter` of ipympl 0.9 0 is dropped (command line: `ipympl: jupyter`)",
        ]
    );
}
