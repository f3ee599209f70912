//! What holds for every answer, on thousands of tiny universes.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use std::collections::BTreeSet;

use rattler_conda_types::RepoDataRecord;
use rsp_lock_solve::{
    Assumed, Cause, Limits, Line, Outcome, Problem, Solver, Workspace, with_assumptions,
};
use rsp_lock_spec::Requirement;
use rsp_lock_testkit::{
    oracle::{Dice, Tiny},
    universe::{by_name, short},
};

use crate::support::{SOLVERS, ask, faults, lines, owned, problem_of, tiny};

const UNIVERSES: u64 = 4000;

/// The answer of a solver, or `None` if there is none.
fn solved(problem: &Problem<'_>, solver: Solver) -> Option<Vec<RepoDataRecord>> {
    match ask(problem, solver) {
        Ok(Outcome::Solved(solution)) => Some(owned(solution)),
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

/// One question after the other over one problem, as a solve of its own says of each.
#[test]
fn questions_under_assumptions_are_answered_as_solves_are() {
    let (mut held, mut refused, mut missing) = (0, 0, 0);
    for seed in 0..UNIVERSES / 4 {
        let question = Tiny::random(seed);
        let mut dice = Dice(seed);
        let mut elsewhere = question.records[0].clone();
        elsewhere.url = "https://example.org/noarch/elsewhere-1-0.conda"
            .parse()
            .unwrap();
        let mut problem = tiny(&question);
        let mut pins: Vec<&RepoDataRecord> = question.records.iter().collect();
        dice.shuffle(&mut pins);
        problem.pinned = one_a_name(pins);
        problem.pinned.truncate(2);
        if dice.below(4) == 0 {
            problem.pinned.push(&elsewhere);
        }
        let is_always = |line| matches!(line, Line::Constraint(_));
        let (limits, mut workspace) = (Limits::default(), Workspace::default());
        let done = with_assumptions(
            &mut workspace,
            &problem,
            &limits,
            &is_always,
            |assumptions| {
                for _ in 0..4 {
                    let mut assumed: Vec<Line> = (0..problem.requirements.len())
                        .map(Line::Requirement)
                        .chain((0..problem.pinned.len()).map(Line::Pinned))
                        .collect();
                    assumed.retain(|_| dice.below(2) > 0);
                    let more = &question.requirements[..usize::try_from(dice.below(2)).unwrap()];
                    let what = format!("seed {seed}: {assumed:?} and {more:?}");
                    let part = |lines: &[Line], more: &[Requirement]| {
                        let mut part = problem.clone();
                        let kept = |line| lines.contains(&line);
                        retain(&mut part.requirements, |at| kept(Line::Requirement(at)));
                        retain(&mut part.pinned, |at| kept(Line::Pinned(at)));
                        part.constraints.extend_from_slice(more);
                        solved(&part, Solver::Native)
                    };
                    let more = lines(&more.iter().map(String::as_str).collect::<Vec<_>>());
                    let holds = |line| assumed.contains(&line);
                    match assumptions.ask(&holds, &more) {
                        Assumed::Holds(holding) => {
                            held += 1;
                            assert!(part(&assumed, &more).is_some(), "{what}");
                            let records = owned(assumptions.solution(&holding).unwrap());
                            for (at, (pin, stays)) in
                                problem.pinned.iter().zip(&holding.pinned).enumerate()
                            {
                                assert_eq!(
                                    *stays,
                                    records.iter().any(|r| r.url == pin.url),
                                    "{what}"
                                );
                                assert!(*stays || !holds(Line::Pinned(at)), "{what}");
                            }
                            let mut rest = problem.clone();
                            retain(&mut rest.requirements, |at| holds(Line::Requirement(at)));
                            rest.pinned.clear();
                            rest.constraints.extend_from_slice(&more);
                            assert_eq!(faults(&rest, &records), Vec::<String>::new(), "{what}");
                        }
                        Assumed::Refused { lines, more: used } => {
                            refused += 1;
                            assert!(lines.iter().all(|line| holds(*line)), "{what}: {lines:?}");
                            let more: Vec<Requirement> =
                                used.iter().map(|at| more[*at].clone()).collect();
                            assert_eq!(part(&lines, &more), None, "{what}: {lines:?}");
                            if more.is_empty() {
                                let conflict = assumptions.explain(&lines).unwrap();
                                assert_eq!(
                                    part(&conflict.lines, &[]),
                                    None,
                                    "{what}: {conflict:?}"
                                );
                                assert!(!conflict.causes.is_empty(), "{what}: {conflict:?}");
                                missing += u32::from(matches!(
                                    conflict.causes[0],
                                    Cause::PinMissing { .. }
                                ));
                            }
                        }
                        other => panic!("{what}: {other:?}"),
                    }
                }
                Ok(())
            },
        );
        done.unwrap();
    }
    println!("{held} held, {refused} refused, {missing} of them for a pin that is missing");
    assert!(held > 400 && refused > 400 && missing > 40);
}

fn one_a_name(records: Vec<&RepoDataRecord>) -> Vec<&RepoDataRecord> {
    let mut names = BTreeSet::new();
    let records = records.into_iter();
    records
        .filter(|record| names.insert(record.package_record.name.as_normalized()))
        .collect()
}

fn retain<T>(list: &mut Vec<T>, keep: impl Fn(usize) -> bool) {
    let mut at = 0..;
    list.retain(|_| at.next().is_some_and(&keep));
}
