//! Our engine against rattler's on random universes: the same verdicts, valid answers, cores
//! that are conflicts, and nothing that depends on the order of the input.
//!
//! `RSP_LOCK_UNIVERSES=20000 cargo test -p rsp-lock-solve --test engine` for a longer run.

#![expect(
    clippy::unwrap_used,
    reason = "a universe that cannot be made or asked about fails the test"
)]

mod universe;

use std::{collections::BTreeSet, sync::Arc};

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock_solve::{Limits, Line, Outcome, Problem, Solver, solve};
use rsp_lock_verify::{Entry, Finding, Severity, Subject, text, verify};
use universe::{Random, Universe};

fn universes() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the length of a test run is not an input of the software"
    )]
    let wanted = std::env::var("RSP_LOCK_UNIVERSES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(1000)
}

fn answer(problem: &Problem<'_>, solver: Solver) -> Outcome {
    solve(problem, solver, &Limits::default()).unwrap()
}

/// Whether rattler finds an answer. Where it finds none, resolvo 0.12.2 may
/// panic while it draws the graph of the conflict; that is a no as well.
fn is_solvable_for_rattler(problem: &Problem<'_>) -> bool {
    std::panic::catch_unwind(|| matches!(answer(problem, Solver::Rattler), Outcome::Solved(_)))
        .unwrap_or(false)
}

#[test]
fn verdicts_equal_rattlers_and_answers_are_valid() {
    let (mut solvable, mut with_cause) = (0, 0);
    for seed in 0..universes() {
        let universe = Universe::random(&mut Random::new(seed));
        let problem = universe.problem();
        let theirs = is_solvable_for_rattler(&problem);
        match (answer(&problem, Solver::Native), theirs) {
            (Outcome::Solved(ours), true) => {
                solvable += 1;
                check(&problem, &ours.records, seed, &universe);
            }
            (Outcome::Unsolvable(conflict), false) => {
                assert!(conflict.minimal);
                assert!(!conflict.lines.is_empty(), "seed {seed}: {universe}");
                with_cause += u64::from(!conflict.causes.is_empty());
                check_core(&problem, &conflict.lines, seed, &universe);
            }
            (ours, theirs) => {
                panic!("seed {seed}: ours {ours:?}\nsolvable for rattler: {theirs}\n{universe}")
            }
        }
    }
    let unsolvable = universes() - solvable;
    println!("{solvable} solvable, {unsolvable} not, {with_cause} of these with a cause");
    assert!(solvable * 4 > universes() && unsolvable * 4 > universes());
    assert!(
        with_cause * 100 > unsolvable * 95,
        "a conflict without a cause helps nobody"
    );
}

#[test]
fn the_order_of_the_input_means_nothing() {
    for seed in 0..universes() / 4 {
        let universe = Universe::random(&mut Random::new(seed));
        let mut problem = universe.problem();
        let before = format!("{:?}", answer(&problem, Solver::Native));
        for channel in &mut problem.channels {
            let rsp_lock_solve::Records::Loaded(records) = &mut channel.records else {
                unreachable!()
            };
            records.reverse();
        }
        problem.virtual_packages.reverse();
        let after = format!("{:?}", answer(&problem, Solver::Native));
        assert_eq!(before, after, "seed {seed}: {universe}");
        let mut names = BTreeSet::new();
        problem
            .requirements
            .retain(|line| names.insert(line.text.clone()));
        problem.requirements.reverse();
        let Outcome::Solved(reversed) = answer(&problem, Solver::Native) else {
            continue;
        };
        let mut problem = universe.problem();
        let Outcome::Solved(straight) = answer(&problem, Solver::Native) else {
            panic!("seed {seed}: {universe}");
        };
        assert_eq!(
            straight.records, reversed.records,
            "seed {seed}: {universe}"
        );
        problem.locked = straight.records.iter().map(|r| &**r).collect();
        let Outcome::Solved(again) = answer(&problem, Solver::Native) else {
            panic!("seed {seed}: {universe}");
        };
        assert_eq!(
            straight.records, again.records,
            "seed {seed}: locked, {universe}"
        );
    }
}

fn check(problem: &Problem<'_>, records: &[Arc<RepoDataRecord>], seed: u64, universe: &Universe) {
    let subject = Subject {
        virtual_packages: &problem.virtual_packages,
        requirements: &problem.requirements,
        constraints: &problem.constraints,
        overrides: &problem.overrides,
        dependencies: &problem.dependencies,
        ..Subject::new(
            records.iter().map(|r| Entry::of(r)).collect(),
            Subdir::Linux64,
        )
    };
    let findings = verify(&subject);
    // A finding that is no error is a package that nobody needs, or an edit.
    let is_wrong = |severity: Severity| matches!(severity, Severity::Error | Severity::Warning);
    let wrong: Vec<String> = findings
        .iter()
        .filter(|finding| is_wrong(finding.severity()))
        // Both are no fault of the answer: an extra that a record lacks asks for nothing.
        .filter(|finding| {
            !matches!(
                finding,
                Finding::UnusedRule { .. } | Finding::UnknownExtra { .. }
            )
        })
        .map(text)
        .collect();
    assert!(
        wrong.is_empty(),
        "seed {seed}: {wrong:#?} in {records:?} of {universe}"
    );
}

/// Rattler finds the lines of a core unsolvable too, and solvable without any one of them.
fn check_core(problem: &Problem<'_>, lines: &[Line], seed: u64, universe: &Universe) {
    let only = |without: Option<Line>| {
        let is_in = |line: Line| lines.contains(&line) && Some(line) != without;
        let mut problem = problem.clone();
        let mut at = 0..;
        problem
            .requirements
            .retain(|_| is_in(Line::Requirement(at.next().unwrap())));
        let mut at = 0..;
        problem
            .constraints
            .retain(|_| is_in(Line::Constraint(at.next().unwrap())));
        is_solvable_for_rattler(&problem)
    };
    assert!(!only(None), "seed {seed}: {lines:?} can hold in {universe}");
    for line in lines {
        if matches!(line, Line::Requirement(_) | Line::Constraint(_)) {
            assert!(
                only(Some(*line)),
                "seed {seed}: {line:?} is not needed in {universe}"
            );
        }
    }
}
