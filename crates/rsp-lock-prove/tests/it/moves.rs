//! The fewest moves of a base against the enumeration of all solutions.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::{collections::BTreeSet, time::Duration};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_prove::{Fewest, Moves, MovesOutcome, fewest_moves};
use rsp_lock_solve::{ChannelRecords, Limits, Problem, Records};
use rsp_lock_spec::Requirement;
use rsp_lock_testkit::{
    oracle::{Dice, Tiny},
    real::CONDA_FORGE,
    universe::short,
};

/// More solutions than any case may have.
const MOST: usize = 200_000;

/// A base in a tiny universe, and what is asked on top of it.
struct Case {
    tiny: Tiny,
    base: Vec<RepoDataRecord>,
    asked: Vec<String>,
}

/// A number below `end`.
fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(u64::try_from(end).unwrap())).unwrap()
}

/// Any solution of a random question as the base, and random lines on top.
fn case(seed: u64) -> Option<Case> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9).wrapping_add(17));
    let tiny = Tiny::random(seed);
    let solutions = tiny.solutions(5000);
    if solutions.is_empty() {
        return None;
    }
    let base = solutions.get(below(&mut dice, solutions.len()))?;
    let base: Vec<RepoDataRecord> = base.iter().map(|r| (*r).clone()).collect();
    let mut asked = Vec::new();
    for _ in 0..=below(&mut dice, 3) {
        let at = below(&mut dice, tiny.records.len());
        let package = &tiny.records[at].package_record;
        let operator = ["==", ">=", "<=", "!="][below(&mut dice, 4)];
        let name = package.name.as_normalized();
        asked.push(format!("{name} {operator}{}", package.version));
    }
    Some(Case { tiny, base, asked })
}

fn lines(texts: &[String]) -> Vec<Requirement> {
    texts
        .iter()
        .map(|text| Requirement::parse(text).unwrap())
        .collect()
}

fn names(base: &[RepoDataRecord]) -> Vec<String> {
    base.iter()
        .map(|record| record.package_record.name.as_normalized().to_owned())
        .collect()
}

fn ask(case: &Case, limits: &Limits) -> MovesOutcome {
    let base: Vec<&RepoDataRecord> = case.base.iter().collect();
    let problem = Problem {
        channels: vec![ChannelRecords {
            name: CONDA_FORGE.to_owned(),
            display: "conda-forge".to_owned(),
            records: Records::Loaded(case.tiny.records.iter().collect()),
        }],
        requirements: lines(&case.asked),
        constraints: lines(&case.tiny.constraints),
        virtual_packages: case.tiny.virtual_packages.clone(),
        locked: base.clone(),
        ..Problem::default()
    };
    let moves = Moves {
        problem: &problem,
        base: &base,
        names: &lines(&names(&case.base))
            .into_iter()
            .map(Some)
            .collect::<Vec<_>>(),
    };
    fewest_moves(&moves, limits).unwrap()
}

/// The least number of moves and the fewest steps with that number, over all solutions.
fn by_enumeration(case: &Case) -> Option<(usize, usize)> {
    let mut tiny = case.tiny.clone();
    tiny.requirements.clone_from(&case.asked);
    tiny.requirements.extend(names(&case.base));
    let steps = |base: &RepoDataRecord, new: &RepoDataRecord| {
        let versions: BTreeSet<_> = case
            .tiny
            .records
            .iter()
            .filter(|record| record.package_record.name == base.package_record.name)
            .map(|record| record.package_record.version.version().clone())
            .collect();
        let at = |record: &RepoDataRecord| {
            let version = record.package_record.version.version();
            versions.iter().position(|known| known == version).unwrap()
        };
        at(base).abs_diff(at(new))
    };
    let solutions = tiny.solutions(MOST);
    assert!(solutions.len() < MOST);
    solutions
        .iter()
        .map(|solution| {
            let pairs = case.base.iter().map(|base| {
                let name = &base.package_record.name;
                let mut records = solution.iter();
                let new = records.find(|r| r.package_record.name == *name);
                (base, *new.expect("the names of the base stay"))
            });
            let moved: Vec<_> = pairs.filter(|(base, new)| base.url != new.url).collect();
            let sum = moved.iter().map(|(base, new)| steps(base, new)).sum();
            (moved.len(), sum)
        })
        .min()
}

fn check(case: &Case, seed: u64, found: &Fewest, (count, steps): (usize, usize)) {
    let what = || format!("seed {seed}: {:?}\n{}", case.asked, case.tiny.text);
    assert_eq!(found.moved.len(), count, "{}", what());
    assert_eq!(found.lower_bound, count, "{}", what());
    assert!(found.is_proven() && found.nearest, "{}", what());
    let sum: usize = found.moved.iter().map(|m| m.steps).sum();
    assert_eq!(sum, steps, "steps, {}", what());
    // The answer is one, and moves what it says.
    let records: Vec<&RepoDataRecord> = found.solution.records.iter().map(|r| &**r).collect();
    let mut tiny = case.tiny.clone();
    tiny.requirements.clone_from(&case.asked);
    tiny.requirements.extend(names(&case.base));
    assert_eq!(tiny.faults(&records), Vec::<String>::new(), "{}", what());
    let gone: BTreeSet<usize> = found.moved.iter().map(|m| m.record).collect();
    for (at, base) in case.base.iter().enumerate() {
        let stays = records.iter().any(|record| record.url == base.url);
        assert_eq!(stays, !gone.contains(&at), "{}, {}", short(base), what());
    }
    // Each move has its cause, and the cause names the record.
    for known in &found.moved {
        let conflict = known.cause.as_ref().expect("no time limit");
        let pin = rsp_lock_solve::Line::Pinned(known.record);
        assert!(conflict.lines.contains(&pin), "{conflict:?} {}", what());
    }
}

#[test]
fn no_answer_moves_fewer_and_none_of_the_same_number_moves_less_far() {
    let (mut cases, mut larger, mut refused) = (0, 0, 0);
    for seed in 0.. {
        if cases >= 300 && larger >= 100 {
            break;
        }
        assert!(seed < 200_000, "{cases} cases, {larger} of two or more");
        let Some(case) = case(seed) else { continue };
        let expected = by_enumeration(&case);
        match expected {
            Some((0, _)) => continue,
            Some((1, _)) if cases - larger >= 200 => continue,
            None if refused >= 100 => continue,
            _ => {}
        }
        match (ask(&case, &Limits::default()), expected) {
            (MovesOutcome::Found(found), Some(expected)) => {
                check(&case, seed, &found, expected);
                cases += 1;
                larger += usize::from(expected.0 >= 2);
            }
            (MovesOutcome::Unsolvable(_), None) => refused += 1,
            (other, expected) => panic!(
                "seed {seed}: {other:?}, expected {expected:?}: {:?}\n{}",
                case.asked, case.tiny.text
            ),
        }
    }
}

#[test]
fn who_has_no_time_or_cancels_gets_no_answer() {
    let case = (0..).find_map(case).unwrap();
    let no_time = Limits {
        timeout: Some(Duration::ZERO),
        ..Limits::default()
    };
    let outcome = ask(&case, &no_time);
    let is_timed_out = matches!(outcome, MovesOutcome::TimedOut { lower_bound: 0 });
    assert!(is_timed_out, "{outcome:?}");
    let cancelled = Limits::default();
    cancelled.cancel.cancel();
    let outcome = ask(&case, &cancelled);
    assert!(matches!(outcome, MovesOutcome::Cancelled), "{outcome:?}");
}
