//! Cutoffs: general, per channel, per package.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rsp_lock_solve::{AbsoluteExcludeNewer, Cause, Exclusion};
use rsp_lock_testkit::universe::Universe;

use crate::support::{answer, conflict, problem};

const DATED: &str = "
    a 1 0 ; ts 2026-01-01
    a 2 0 ; ts 2026-02-01
    a 3 0
    b 1 0 ; ts 2026-01-01
    b 2 0 ; ts 2026-02-01
";

fn cutoff(date: &str) -> Timestamp {
    format!("{date}T00:00:00Z").parse().unwrap()
}

#[test]
fn a_record_at_the_cutoff_is_seen_and_one_without_date_is_not() {
    let universe = Universe::of(DATED);
    let mut wanted = problem(&universe, &["a", "b"]);
    assert_eq!(answer(&wanted), ["a 3 0", "b 2 0"]);
    wanted.exclude_newer.default = Some(cutoff("2026-02-01"));
    assert_eq!(answer(&wanted), ["a 2 0", "b 2 0"]);
    wanted.exclude_newer.default = Some(cutoff("2026-01-15"));
    assert_eq!(answer(&wanted), ["a 1 0", "b 1 0"]);
}

#[test]
fn the_package_wins_over_the_channel_and_the_channel_over_the_rest() {
    let universe = Universe::of(DATED);
    let mut wanted = problem(&universe, &["a", "b"]);
    let channel = universe.channels[0].url.clone();
    wanted.exclude_newer = AbsoluteExcludeNewer {
        default: Some(cutoff("2020-01-01")),
        channels: BTreeMap::from([(channel, Some(cutoff("2026-01-15")))]),
        packages: BTreeMap::from([("a".to_owned(), None)]),
    };
    assert_eq!(answer(&wanted), ["a 3 0", "b 1 0"]);
}

#[test]
fn what_the_cutoff_hides_is_told_by_point_in_time() {
    let universe = Universe::of(DATED);
    let mut wanted = problem(&universe, &["a >=2"]);
    let cutoff = cutoff("2026-01-15");
    wanted.exclude_newer.default = Some(cutoff);
    let conflict = conflict(&wanted);
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert_eq!(
        fact.excluded,
        [
            (Exclusion::TooNew { cutoff }, 1),
            (Exclusion::NoTimestamp, 1)
        ]
    );
    assert_eq!(fact.available, ["3", "2", "1"]);
}
