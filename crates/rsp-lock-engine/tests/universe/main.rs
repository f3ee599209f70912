//! Random tiny universes: the engine's verdict, answer and core equal plain enumeration.
//!
//! `RSP_LOCK_UNIVERSES=100000 cargo test --release -p rsp-lock-engine` for the long run.

#![expect(
    clippy::unwrap_used,
    reason = "a universe that cannot be made fails the test"
)]

mod assume;
mod generate;
mod oracle;

use std::time::Instant;

use generate::{Random, Universe};
use rsp_lock_engine::{Answer, Engine, Limits};

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
        match (oracle::best(&universe, &query.lines), answer) {
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
