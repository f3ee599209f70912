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

use generate::{Random, Universe};
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
    // `v` comes before `u` in the order, which may bring it in. When a dead end that has nothing to
    // do with `v` takes back its decision, but not that of `u`, it is its turn again.
    let [u, v, t, x, y, p, q, s, g, h] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    let [any, two, three] = [[0, 1], [0, 2], [0, 3]];
    let [best, worst] = [[0, 1], [1, 2]];
    let limits_v: &[&[(u32, bool, [u32; 2])]] = &[&[(v, false, two)]];
    let universe = Universe::written(&[
        &[&[
            (u, true, two),
            (x, true, two),
            (y, true, two),
            (p, true, two),
            (q, true, two),
            (s, true, three),
            (11, true, any),
            (12, true, any),
            (13, true, any),
        ]],
        &[&[(v, true, three), (x, true, worst)], &[]],
        &[&[(t, true, worst)], &[], &[]],
        &[&[], &[]],
        &[&[], &[]],
        &[
            &[(p, true, best), (q, true, best), (g, true, any)],
            &[(g, true, any)],
        ],
        &[&[], &[]],
        &[&[], &[]],
        &[&[(p, true, worst)], &[(q, true, worst)], &[(x, true, best)]],
        &[&[(h, true, any)]],
        &[&[]],
        limits_v,
        limits_v,
        limits_v,
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
