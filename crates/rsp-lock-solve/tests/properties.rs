//! What holds for every answer, on thousands of tiny universes.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use rattler_conda_types::RepoDataRecord;
use rsp_lock_solve::{Outcome, Problem, Solver};
use rsp_lock_testkit::{
    oracle::{Dice, Tiny},
    universe::{by_name, short},
};

use crate::support::{SOLVERS, ask, faults, lines, problem_of, tiny};

const UNIVERSES: u64 = 4000;

/// The answer of a solver, or `None` if there is none.
fn solved(problem: &Problem<'_>, solver: Solver) -> Option<Vec<RepoDataRecord>> {
    match ask(problem, solver) {
        Ok(Outcome::Solved(solution)) => Some(solution.records),
        Ok(Outcome::Unsolvable(_)) => None,
        other => panic!("{other:?}"),
    }
}

fn texts(tiny: &Tiny) -> Vec<&str> {
    tiny.requirements.iter().map(String::as_str).collect()
}

fn shown(records: &[RepoDataRecord]) -> Vec<String> {
    records.iter().map(short).collect()
}

#[test]
fn answers_are_right_and_exist_where_brute_force_finds_one() {
    for seed in 0..UNIVERSES {
        let question = Tiny::random(seed);
        let problem = tiny(&question);
        let is_satisfiable = question.is_satisfiable();
        let answers = SOLVERS.map(|solver| solved(&problem, solver));
        for (answer, solver) in answers.iter().zip(SOLVERS) {
            let what = format!(
                "seed {seed}, {solver:?}\n{}{:?}",
                question.text,
                texts(&question)
            );
            assert_eq!(answer.is_some(), is_satisfiable, "{what}");
            let records = answer.as_deref().unwrap_or_default();
            if answer.is_some() {
                let by_oracle = question.faults(&records.iter().collect::<Vec<_>>());
                assert_eq!(by_oracle, Vec::<String>::new(), "{what}");
                assert_eq!(faults(&problem, records), Vec::<String>::new(), "{what}");
            }
        }
    }
}

/// Both backends agree on whether there is an answer, not on which.
#[cfg(feature = "libsolv")]
#[test]
fn libsolv_agrees_on_whether_there_is_an_answer() {
    for seed in 0..UNIVERSES / 4 {
        let question = Tiny::random(seed);
        let problem = tiny(&question);
        let answer = solved(&problem, Solver::Libsolv);
        let what = format!("seed {seed}\n{}{:?}", question.text, texts(&question));
        assert_eq!(answer.is_some(), question.is_satisfiable(), "{what}");
        if let Some(records) = answer {
            assert_eq!(faults(&problem, &records), Vec::<String>::new(), "{what}");
        }
    }
}

#[test]
fn order_means_nothing() {
    for seed in 0..UNIVERSES / 4 {
        let question = Tiny::random(seed);
        let problem = tiny(&question);
        let mut dice = Dice(seed);
        let mut other = question.clone();
        dice.shuffle(&mut other.records);
        dice.shuffle(&mut other.requirements);
        dice.shuffle(&mut other.constraints);
        for solver in SOLVERS {
            assert_eq!(
                solved(&problem, solver),
                solved(&tiny(&other), solver),
                "seed {seed}, {solver:?}"
            );
        }
    }
}

/// Names that no requirement reaches are not looked at at all.
#[test]
fn what_cannot_be_reached_changes_nothing() {
    for seed in 0..UNIVERSES / 4 {
        let question = Tiny::random(seed);
        let reached = reached(&question);
        let kept = |record: &&RepoDataRecord| {
            reached.contains(&record.package_record.name.as_normalized().to_owned())
        };
        let mut without = problem_of(question.records.iter().filter(kept), &texts(&question));
        without.constraints = tiny(&question).constraints;
        for solver in SOLVERS {
            assert_eq!(
                solved(&tiny(&question), solver),
                solved(&without, solver),
                "seed {seed}, {solver:?}"
            );
        }
    }
}

fn reached(question: &Tiny) -> Vec<String> {
    let name = |text: &str| rsp_lock_spec::dependency_name(text).to_owned();
    let mut reached: Vec<String> = Vec::new();
    let mut queue: Vec<String> = question
        .requirements
        .iter()
        .map(|text| name(text))
        .collect();
    while let Some(next) = queue.pop() {
        if !reached.contains(&next) {
            let of_name = question
                .records
                .iter()
                .filter(|record| record.package_record.name.as_normalized() == next);
            queue.extend(
                of_name
                    .flat_map(|r| &r.package_record.depends)
                    .map(|text| name(text)),
            );
            reached.push(next);
        }
    }
    reached
}

/// Where every record of the answer is better than all others of its name, no search
/// has to give way, so neither names outside of the answer nor constraints that it
/// meets can change it. (Where something gave way, a search may have learnt from what
/// is taken away here: resolvo promises less than the objective of our own engine.)
#[test]
fn what_the_answer_does_not_need_changes_nothing() {
    let mut checked = 0;
    for seed in 0..UNIVERSES {
        let question = Tiny::random(seed);
        let problem = tiny(&question);
        for solver in SOLVERS {
            let Some(answer) = solved(&problem, solver) else {
                continue;
            };
            if !is_best_of_all(&question, &answer) {
                continue;
            }
            checked += 1;
            let is_used = |record: &&RepoDataRecord| {
                answer
                    .iter()
                    .any(|used| used.package_record.name == record.package_record.name)
            };
            let mut without =
                problem_of(question.records.iter().filter(is_used), &texts(&question));
            without.constraints = problem.constraints.clone();
            assert_eq!(
                solved(&without, solver).as_deref().map(shown),
                Some(shown(&answer)),
                "without unused names: seed {seed}, {solver:?}"
            );
            let mut constrained = problem.clone();
            for record in &answer {
                let package = &record.package_record;
                let text = format!("{} >={}", package.name.as_normalized(), package.version);
                constrained.constraints.extend(lines(&[&text]));
            }
            assert_eq!(
                solved(&constrained, solver).as_deref().map(shown),
                Some(shown(&answer)),
                "with constraints that hold: seed {seed}, {solver:?}"
            );
        }
    }
    assert!(checked > 200, "only {checked} answers are of this kind");
}

fn is_best_of_all(question: &Tiny, answer: &[RepoDataRecord]) -> bool {
    let names = by_name(&question.records);
    answer.iter().all(|record| {
        let package = &record.package_record;
        let rank = |record: &RepoDataRecord| {
            let package = &record.package_record;
            (
                package.track_features.is_empty(),
                package.version.clone(),
                package.build_number,
            )
        };
        let others = names.get(package.name.as_normalized());
        others.is_some_and(|others| {
            others
                .iter()
                .all(|other| other.url == record.url || rank(other) < rank(record))
        })
    })
}

/// The lines of a minimal conflict cannot be solved, and without any of them the rest can.
#[test]
fn minimal_conflicts_are_conflicts_and_minimal() {
    let mut checked = 0;
    for seed in 0..UNIVERSES / 4 {
        let question = Tiny::random(seed);
        let problem = tiny(&question);
        let Ok(Outcome::Unsolvable(conflict)) = ask(&problem, Solver::Native) else {
            continue;
        };
        assert!(!conflict.lines.is_empty(), "seed {seed}");
        let minimal = conflict;
        assert!(minimal.minimal);
        assert!(
            !minimal.causes.is_empty(),
            "seed {seed}\n{}{:?}",
            question.text,
            texts(&question)
        );
        checked += 1;
        let only = |lines: &[rsp_lock_solve::Line]| {
            let mut part = question.clone();
            part.requirements.clear();
            part.constraints.clear();
            for line in lines {
                match line {
                    rsp_lock_solve::Line::Requirement(index) => {
                        part.requirements
                            .push(question.requirements[*index].clone());
                    }
                    rsp_lock_solve::Line::Constraint(index) => {
                        part.constraints.push(question.constraints[*index].clone());
                    }
                    other => panic!("{other:?}"),
                }
            }
            part.is_satisfiable()
        };
        assert!(!only(&minimal.lines), "seed {seed}: {minimal:?}");
        for index in 0..minimal.lines.len() {
            let mut fewer = minimal.lines.clone();
            fewer.remove(index);
            assert!(only(&fewer), "seed {seed}: {minimal:?}");
        }
    }
    assert!(checked > 200, "only {checked} conflicts");
}
