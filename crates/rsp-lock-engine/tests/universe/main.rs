//! Random tiny universes: the engine's verdict, answer and core equal plain enumeration.
//!
//! `RSP_LOCK_UNIVERSES=100000 cargo test --release -p rsp-lock-engine` for the long run.

#![expect(
    clippy::unwrap_used,
    reason = "a universe that cannot be made fails the test"
)]

mod asking;
mod assume;
mod generate;
mod oracle;

use std::time::Instant;

use generate::{Random, Universe, Written};
use rsp_lock_engine::{Answer, Engine, Limits, Line, Lowest, Query, Rules};
use rsp_lock_index::Tables;

fn universes() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the length of a test run is not an input of the software"
    )]
    let wanted = std::env::var("RSP_LOCK_UNIVERSES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(4000)
}

#[test]
fn answers_equal_enumeration() {
    let start = Instant::now();
    let mut engine = Engine::default();
    let (mut solvable, mut conflicts, mut reviews, mut largest) = (0, 0, 0, 0);
    for seed in 0..universes() {
        let universe = Universe::random(&mut Random::new(seed));
        universe.tables().check().unwrap();
        let query = universe.query();
        let answer = engine.solve(&universe.tables(), &query, &Limits::NONE);
        let statistics = engine.statistics();
        conflicts += statistics.conflicts;
        reviews += statistics.reviews;
        let best = oracle::best(&universe, &query.lines);
        assert_eq!(asking::best(&universe, &query.lines), best, "seed {seed}");
        match (best, answer) {
            (Some(best), Answer::Solved(found)) => {
                solvable += 1;
                largest = largest.max(found.len());
                assert_eq!(found, best, "seed {seed}: {universe:#?}");
            }
            (None, Answer::Unsolvable(refutation)) => {
                assert!(refutation.minimal);
                check_core(&universe, &refutation.core, seed);
            }
            (expected, found) => {
                panic!("seed {seed}: expected {expected:?}, found {found:?} in {universe:#?}")
            }
        }
    }
    println!(
        "{} universes, {solvable} solvable, {conflicts} conflicts, {reviews} reviews, \
         largest answer {largest}, {:?}",
        universes(),
        start.elapsed()
    );
    // A generator gone stale would make the comparison meaningless.
    assert!(solvable * 4 > universes() && solvable * 10 < universes() * 9);
    assert!(conflicts as u64 > universes() / 10 && reviews as u64 > universes() / 300);
}

#[test]
fn answers_of_large_universes_are_the_best() {
    let mut engine = Engine::default();
    let (mut solvable, mut conflicts, mut reviews) = (0, 0, 0);
    for seed in 0..universes() / 2 {
        let universe = Universe::random_large(&mut Random::new(seed));
        let query = universe.query();
        let answer = engine.solve(&universe.tables(), &query, &Limits::NONE);
        let statistics = engine.statistics();
        conflicts += statistics.conflicts;
        reviews += statistics.reviews;
        let found = match answer {
            Answer::Solved(found) => Some(found),
            _ => None,
        };
        solvable += u64::from(found.is_some());
        let best = asking::best(&universe, &query.lines);
        assert_eq!(found, best, "seed {seed}: {universe:#?}");
    }
    println!("{solvable} solvable, {conflicts} conflicts, {reviews} reviews");
    assert!(solvable * 8 > universes() && conflicts as u64 > universes() / 4);
}

/// The lines of a core cannot hold together, and all but any one of them can.
fn check_core(universe: &Universe, core: &[u32], seed: u64) {
    let only = |keep: &dyn Fn(u32) -> bool| {
        let lines: Vec<_> = universe
            .query()
            .lines
            .iter()
            .filter(|line| line.id.is_none_or(keep))
            .cloned()
            .collect();
        oracle::best(universe, &lines).is_some()
    };
    assert!(
        !only(&|id| core.contains(&id)),
        "seed {seed}: {core:?} can hold in {universe:#?}"
    );
    for left_out in core {
        assert!(
            only(&|id| core.contains(&id) && id != *left_out),
            "seed {seed}: {left_out} is not needed in {core:?} of {universe:#?}"
        );
    }
}

#[test]
fn a_name_is_decided_again_after_its_decision_was_taken_back() {
    // V comes before U in the order, which may bring it in. When a dead end that has nothing to do
    // with V takes back its decision, but not that of U, it is its turn again.
    const U: u32 = 1;
    const V: u32 = 2;
    const T: u32 = 3;
    const X: u32 = 4;
    const Y: u32 = 5;
    const P: u32 = 6;
    const Q: u32 = 7;
    const S: u32 = 8;
    const G: u32 = 9;
    const H: u32 = 10;
    const ANY: [u32; 2] = [0, 1];
    const ANY_OF_TWO: [u32; 2] = [0, 2];
    const ANY_OF_THREE: [u32; 2] = [0, 3];
    const BEST: [u32; 2] = [0, 1];
    const SECOND: [u32; 2] = [1, 2];
    const LIMITS_V: &[&[Written]] = &[&[(V, false, [0, 2])]];
    let universe = Universe::written(&[
        &[&[
            (U, true, ANY_OF_TWO),
            (X, true, ANY_OF_TWO),
            (Y, true, ANY_OF_TWO),
            (P, true, ANY_OF_TWO),
            (Q, true, ANY_OF_TWO),
            (S, true, ANY_OF_THREE),
            (11, true, ANY),
            (12, true, ANY),
            (13, true, ANY),
        ]],
        &[&[(V, true, ANY_OF_THREE), (X, true, SECOND)], &[]],
        &[&[(T, true, SECOND)], &[], &[]],
        &[&[], &[]],
        &[&[], &[]],
        &[
            &[(P, true, BEST), (Q, true, BEST), (G, true, ANY)],
            &[(G, true, ANY)],
        ],
        &[&[], &[]],
        &[&[], &[]],
        &[
            &[(P, true, SECOND)],
            &[(Q, true, SECOND)],
            &[(X, true, BEST)],
        ],
        &[&[(H, true, ANY)]],
        &[&[]],
        LIMITS_V,
        LIMITS_V,
        LIMITS_V,
    ]);
    universe.tables().check().unwrap();
    let query = universe.query();
    let answer = Engine::default().solve(&universe.tables(), &query, &Limits::NONE);
    let best = oracle::best(&universe, &query.lines).unwrap();
    assert_eq!(answer, Answer::Solved(best));
}

/// Two channels: the first has versions 1.7, 1.6 and 1.5, the second 1.9 and 1.8, which are the
/// ranks below where the oldest is best.
struct TwoChannels;

impl Rules for TwoChannels {
    fn dead(&self, name: u32) -> Vec<[u32; 2]> {
        if name == 1 { vec![[2, 3]] } else { Vec::new() }
    }

    fn lowest_ranks(&self, name: u32) -> Vec<u32> {
        if name == 1 {
            vec![2, 1, 0, 4, 3]
        } else {
            Vec::new()
        }
    }
}

#[test]
fn where_the_oldest_is_best_a_series_is_of_one_channel() {
    // No clause tells 1.5 from 1.9, and 1.5 may not be chosen.
    let tables = Tables {
        name_candidates: &[[0, 2], [2, 7]],
        name_groups: &[[0, 2], [2, 3]],
        candidate_group: &[0, 1, 0, 0, 0, 0, 0],
        candidate_version: &[0, 1, 0, 1, 2, 3, 4],
        candidate_build: &[0; 7],
        name_slots: &[[0, 2], [2, 2]],
        group_start: &[0, 1, 2, 2],
        group_slots: &[0, 1],
        slot_clause: &[0, 1],
        slot_start: &[0, 1, 2],
        slot_groups: &[0, 1],
        clause_target: &[1, 1],
        clause_ranges: &[[0, 1], [1, 2]],
        ranges: &[[0, 2], [0, 5]],
    };
    tables.check().unwrap();
    let query = Query {
        lines: vec![Line {
            id: Some(0),
            name: 0,
            required: true,
            allowed: vec![[1, 2]],
        }],
        first: vec![(0, 0)],
        lowest: Lowest::All,
        rules: &TwoChannels,
        ..Query::default()
    };
    let answer = Engine::default().solve(&tables, &query, &Limits::NONE);
    assert_eq!(answer, Answer::Solved(vec![(0, 1), (1, 1)]));
}
