//! What a person or a record may write must not reach a panic of the crates below.

use rattler_conda_types::{MatchSpec, ParseMatchSpecOptions, RepodataRevision};
use rsp_lock_solve::{Problem, SolveError};
use rsp_lock_spec::{Note, Origin, Override, Requirement};
use rsp_lock_testkit::universe::Universe;

use crate::support::{SOLVERS, answer, ask, problem};

/// A line that the readers of `rsp-lock-spec` would refuse, as a program could make it.
fn by_hand(text: &str) -> Requirement {
    let any = ParseMatchSpecOptions::lenient()
        .with_repodata_revision(RepodataRevision::V3)
        .with_exact_names_only(false);
    let spec = MatchSpec::from_str(text, any).unwrap();
    Requirement::new(spec, text, Origin::command_line())
}

fn refused(problem: &Problem<'_>, what: &str) {
    for solver in SOLVERS {
        let answer = ask(problem, solver);
        assert!(
            matches!(answer, Err(SolveError::BadSpec { .. })),
            "{solver:?}: {what}: {answer:?}"
        );
    }
}

#[test]
fn patterns_for_names() {
    let universe = Universe::of("a 1 0");
    for text in ["a*", "^a.*$", "*"] {
        let mut wanted = problem(&universe, &["a"]);
        wanted.requirements.push(by_hand(text));
        refused(&wanted, text);
        let mut wanted = problem(&universe, &["a"]);
        wanted.constraints.push(by_hand(text));
        refused(&wanted, text);
        let mut wanted = problem(&universe, &["a"]);
        let line = by_hand(text);
        wanted.overrides.push(Override {
            dependents: None,
            spec: line.spec,
            text: line.text,
            origin: line.origin,
            note: Note::default(),
            until: None,
        });
        refused(&wanted, text);
    }
}

#[test]
fn conditions_where_they_mean_nothing() {
    let universe = Universe::of("a 1 0");
    let mut wanted = problem(&universe, &["a"]);
    wanted.constraints.push(by_hand(r#"a[when="b"]"#));
    refused(&wanted, "a condition on a constraint");

    let mut wanted = problem(&universe, &["a"]);
    wanted
        .requirements
        .push(by_hand(r#"conda-forge::a[when="b"]"#));
    refused(&wanted, "a channel under a condition");

    let mut nested = by_hand(r#"a[when="b"]"#);
    let inner = by_hand(r#"c[when="d"]"#).spec;
    nested.spec.condition = Some(rattler_conda_types::MatchSpecCondition::MatchSpec(
        Box::new(inner),
    ));
    let mut wanted = problem(&universe, &["a"]);
    wanted.requirements.push(nested);
    refused(&wanted, "a condition of a condition");
}

#[test]
fn records_with_such_things_are_passed_over() {
    let universe = Universe::of(
        r#"
        a 9 0 : b*
        a 8 0 : b[when="c[when='d']"]
        a 7 0 : b[when="c*"]
        a 6 0 ; constrains ^b.*$
        a 5 0 ; extra x: b >>
        a 4 0 : other::b
        a 1 0 : b
        b 1 0
        "#,
    );
    assert_eq!(answer(&problem(&universe, &["a"])), ["a 1 0", "b 1 0"]);
}

#[test]
fn two_records_of_one_url() {
    let universe = Universe::of("a 1 0\na 1 0\nb 1 0\nb 1 0 : a");
    assert_eq!(
        answer(&problem(&universe, &["a"])),
        ["a 1 0"],
        "equal ones count once"
    );
    for solver in SOLVERS {
        assert_eq!(
            ask(&problem(&universe, &["b"]), solver).unwrap_err(),
            SolveError::DuplicateRecord {
                file: "b-1-0.conda".to_owned()
            }
        );
    }
}
