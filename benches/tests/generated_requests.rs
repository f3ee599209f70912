//! Generated requests over the embedded channel: our answers against rattler's.
//!
//! The same over real records is the program `generated-requests`.

use std::{path::Path, time::Duration};

use rattler_conda_types::Subdir;
use rsp_lock_benches::requests::{Shape, Terms, Totals, World, generate, judge, markdown};
use rsp_lock_solve::Solver;

#[test]
fn generated_requests_are_answered_as_well_as_by_rattler() {
    let channel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/channels/rsp-2026");
    let world = World::read(&channel, Subdir::Linux64).unwrap();
    let shape = Shape::of(&world);
    let terms = Terms {
        other: Solver::Rattler,
        timeout: Duration::from_secs(60),
        at_best: true,
    };
    let rows: Vec<_> = (0..300)
        .map(|number| {
            let request = generate(&world, &shape, number);
            judge(&world, &request, terms)
        })
        .collect();
    let totals = Totals::of(&rows);
    assert!(totals.wrong.is_empty(), "{}", markdown(&totals));
    assert!(totals.at_best.is_some(), "{}", markdown(&totals));
    let enough = totals.requests * 3 / 10;
    assert!(totals.solved >= enough, "{}", markdown(&totals));
    assert!(totals.unsolvable >= enough, "{}", markdown(&totals));
}
