//! Overrides and edits mean the same to every solver, and leave the records alone.

use rsp_lock_solve::{Cause, Line, Outcome};
use rsp_lock_spec::{DependencyEdit, DependencyEditKind, Note, Origin};
use rsp_lock_testkit::universe::Universe;

use crate::support::{SOLVERS, answer, ask, conflict, problem, records, rule};

const DASK: &str = "
    kubernetes 1 0 : dask >=2021
    other 1 0 : dask >=2020 ; constrains dask <2021.5
    dask 2020.12 0
    dask 2021.1 0
    helper 1 0
";

fn edit(kind: DependencyEditKind, dependents: &str, spec: &str) -> DependencyEdit {
    let read = |text: &str| rsp_lock_spec::parse_spec_text(text).unwrap().spec;
    DependencyEdit {
        kind,
        dependents: read(dependents),
        spec: read(spec),
        text: format!("{dependents}: {spec}"),
        origin: Origin::command_line(),
        note: Note::default(),
    }
}

#[test]
fn an_override_replaces_what_every_record_says() {
    let universe = Universe::of(DASK);
    let mut wanted = problem(&universe, &["kubernetes", "other"]);
    assert!(answer(&wanted).contains(&"dask 2021.1 0".to_owned()));
    wanted.overrides = vec![rule("dask=2020.12")];
    assert!(answer(&wanted).contains(&"dask 2020.12 0".to_owned()));
    for solver in SOLVERS {
        for record in records(&wanted, solver) {
            assert!(
                universe.records().any(|original| *original == record),
                "the channel's own record is given back"
            );
        }
    }
}

#[test]
fn an_override_for_some_dependents_leaves_the_others() {
    let universe = Universe::of(DASK);
    let mut wanted = problem(&universe, &["kubernetes", "other"]);
    wanted.overrides = vec![rule("other: dask 2020.12.*")];
    let conflict = conflict(&wanted);
    assert!(conflict.lines.contains(&Line::Override(0)), "{conflict:?}");
    let [Cause::Clash { demands, .. }, ..] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert!(
        demands
            .iter()
            .any(|demand| demand.by == Some(Line::Override(0)))
    );
}

#[test]
fn an_override_acts_on_what_records_constrain() {
    let universe = Universe::of("a 1 0 ; constrains b <1\nb 1 0");
    let mut wanted = problem(&universe, &["a", "b"]);
    conflict(&wanted);
    wanted.overrides = vec![rule("b *")];
    assert_eq!(answer(&wanted), ["a 1 0", "b 1 0"]);
}

#[test]
fn dependencies_are_added_and_dropped() {
    let universe = Universe::of(DASK);
    let mut wanted = problem(&universe, &["kubernetes"]);
    wanted.dependencies = vec![
        edit(DependencyEditKind::Add, "kubernetes", "helper >=1"),
        edit(DependencyEditKind::Drop, "kubernetes >=1", "dask"),
    ];
    assert_eq!(answer(&wanted), ["helper 1 0", "kubernetes 1 0"]);
}

#[test]
fn what_an_edit_adds_may_be_missing() {
    let universe = Universe::of(DASK);
    let mut wanted = problem(&universe, &["dask"]);
    wanted.dependencies = vec![edit(DependencyEditKind::Add, "dask", "nowhere")];
    let conflict = conflict(&wanted);
    assert_eq!(conflict.lines, [Line::Requirement(0), Line::Dependency(0)]);
}

#[test]
fn an_override_cannot_name_a_channel() {
    let universe = Universe::of(DASK);
    let mut wanted = problem(&universe, &["dask"]);
    wanted.overrides = vec![rule("conda-forge::dask 2020.12.*")];
    for solver in SOLVERS {
        assert!(ask(&wanted, solver).is_err());
    }
    wanted.overrides.clear();
    assert!(matches!(ask(&wanted, SOLVERS[0]), Ok(Outcome::Solved(_))));
}
