//! An answer does not depend on what the workspace was used for before.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use std::sync::Arc;

use rsp_lock_solve::{
    Limits, Line, Outcome, Problem, Records, SolveError, Solver, Workspace, index_of_records,
    solve_in, with_assumptions,
};
use rsp_lock_testkit::oracle::{Dice, Tiny};

use crate::support::tiny;

const UNIVERSES: u64 = 1000;
const QUESTIONS: usize = 12;

fn answer(workspace: &mut Workspace, problem: &Problem<'_>) -> Outcome {
    solve_in(workspace, problem, Solver::Native, &Limits::default()).unwrap()
}

fn assumed(workspace: &mut Workspace, problem: &Problem<'_>) -> String {
    let always = |line| matches!(line, Line::Constraint(_));
    with_assumptions(
        workspace,
        problem,
        &Limits::default(),
        &always,
        |assumptions| Ok(format!("{:?}", assumptions.ask(&|_| true, &[]))),
    )
    .unwrap()
}

/// The problem with other lines, rules or preferences, most of them those of before.
fn varied<'p>(problem: &Problem<'p>, tiny: &'p Tiny, dice: &mut Dice) -> Problem<'p> {
    let mut varied = problem.clone();
    match dice.below(6) {
        0 => {
            let gone = dice.below(varied.requirements.len() as u64);
            varied.requirements.remove(usize::try_from(gone).unwrap());
        }
        1 => varied.constraints.clear(),
        2 => varied.virtual_packages.clear(),
        3 => dice.shuffle(&mut varied.requirements),
        4 => {
            let at = dice.below(tiny.records.len() as u64);
            varied.locked = vec![&tiny.records[usize::try_from(at).unwrap()]];
        }
        _ => {}
    }
    varied
}

#[test]
fn a_workspace_answers_as_a_new_one() {
    let (mut solved, mut unsolvable) = (0, 0);
    for seed in 0..UNIVERSES {
        let mut dice = Dice(seed);
        let universes = [Tiny::random(seed), Tiny::random(seed + UNIVERSES)];
        let problems = universes.each_ref().map(tiny);
        let of_both = problems
            .each_ref()
            .map(|problem| index_of_records(problem).unwrap());
        let mut workspace = Workspace::default();
        for question in 0..QUESTIONS {
            // Mostly the same universe as before: that is where something is kept.
            let which = usize::from(dice.below(4) == 0);
            let (tiny, index) = (&universes[which], &of_both[which]);
            let given = varied(&problems[which], tiny, &mut dice);
            let indexed = given.over(index);
            let problem = if dice.below(6) == 0 { &given } else { &indexed };
            if dice.below(6) == 0 {
                // The same names, but not the same tables.
                let elsewhere = given.over(&of_both[1 - which]);
                let said = assumed(&mut workspace, &elsewhere);
                assert_eq!(said, assumed(&mut Workspace::default(), &elsewhere));
            }
            let again = answer(&mut workspace, problem);
            let anew = answer(&mut Workspace::default(), problem);
            let what = format!("seed {seed}, question {question}\n{}", tiny.text);
            assert_eq!(format!("{again:#?}"), format!("{anew:#?}"), "{what}");
            match anew {
                Outcome::Solved(solution) => {
                    let names = solution.records.iter().map(|r| &r.package_record.name);
                    assert!(names.is_sorted(), "{what}");
                    solved += 1;
                }
                _ => unsolvable += 1,
            }
        }
    }
    assert!(solved > 2000 && unsolvable > 2000, "{solved} {unsolvable}");
}

#[test]
fn answers_to_the_same_question_share_their_records() {
    let mut shared = 0;
    for seed in 0..200 {
        let universe = Tiny::random(seed);
        let problem = tiny(&universe);
        let index = index_of_records(&problem).unwrap();
        let problem = problem.over(&index);
        let mut workspace = Workspace::default();
        let mut solve = || match answer(&mut workspace, &problem) {
            Outcome::Solved(solution) => solution.records,
            _ => Vec::new(),
        };
        let [_, second, third] = [solve(), solve(), solve()];
        assert_eq!(second.len(), third.len());
        for (second, third) in second.iter().zip(&third) {
            assert!(Arc::ptr_eq(second, third), "{seed}");
            shared += 1;
        }
    }
    assert!(shared > 50, "{shared}");
}

#[test]
fn an_index_of_two_records_that_claim_one_file_is_refused() {
    let universe = Tiny::random(1);
    let mut twin = universe.records[0].clone();
    twin.url.set_host(Some("elsewhere.example.org")).unwrap();
    let mut problem = tiny(&universe);
    assert!(index_of_records(&problem).is_ok());
    if let Records::Loaded(records) = &mut problem.channels[0].records {
        records.push(&twin);
    }
    let refused = index_of_records(&problem);
    assert!(matches!(refused, Err(SolveError::DuplicateRecord { .. })));
}
