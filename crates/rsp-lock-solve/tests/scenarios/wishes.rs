//! Locked, pinned and excluded records, constraints, strategies, extras and conditions.

use std::collections::BTreeMap;

use rsp_lock_solve::{Cause, Exclusion, Line};
use rsp_lock_spec::{ChannelPriority, Strategy};
use rsp_lock_testkit::universe::Universe;

use crate::support::{SOLVERS, answer, conflict, lines, problem, records};

const PLAIN: &str = "
    a 1 0 : b
    a 2 0 : b
    b 1 0
    b 2 0
    b 3 0
";

#[test]
fn what_is_locked_stays_unless_it_must_move() {
    let universe = Universe::of(PLAIN);
    let mut wanted = problem(&universe, &["a"]);
    assert_eq!(answer(&wanted), ["a 2 0", "b 3 0"]);
    wanted.locked = vec![universe.record("a 1"), universe.record("b 2")];
    assert_eq!(answer(&wanted), ["a 1 0", "b 2 0"]);
    wanted.requirements = lines(&["a", "b >=3"]);
    assert_eq!(answer(&wanted), ["a 1 0", "b 3 0"]);
}

#[test]
fn what_the_channel_no_longer_has_is_not_kept() {
    let universe = Universe::of(PLAIN);
    let before = Universe::of("b 2.5 0\nb 2 0 : gone");
    let mut wanted = problem(&universe, &["a"]);
    wanted.locked = vec![before.record("b 2.5")];
    assert_eq!(answer(&wanted), ["a 2 0", "b 3 0"], "the file is gone");
    wanted.locked = vec![before.record("b 2")];
    assert_eq!(
        answer(&wanted),
        ["a 2 0", "b 3 0"],
        "the file has other bytes now"
    );
}

#[test]
fn what_is_pinned_is_there_and_nothing_else_of_its_name() {
    let universe = Universe::of(PLAIN);
    let mut wanted = problem(&universe, &["a"]);
    wanted.pinned = vec![universe.record("b 1")];
    assert_eq!(answer(&wanted), ["a 2 0", "b 1 0"]);
    wanted.requirements = lines(&["a", "b >1"]);
    let conflict = conflict(&wanted);
    assert_eq!(conflict.lines, [Line::Requirement(1), Line::Pinned(0)]);
}

#[test]
fn a_pin_on_what_is_not_there_is_a_no() {
    let universe = Universe::of(PLAIN);
    let before = Universe::of("b 2.5 0");
    let mut wanted = problem(&universe, &["a"]);
    wanted.pinned = vec![before.record("b 2.5")];
    let gone = conflict(&wanted);
    assert_eq!(gone.lines, [Line::Pinned(0)]);
    assert_eq!(
        gone.causes,
        [Cause::PinMissing {
            pinned: 0,
            exclusion: None
        }]
    );

    wanted.pinned = vec![universe.record("b 2")];
    let reason = "not in the cache";
    wanted.excluded = BTreeMap::from([(universe.record("b 2").url.clone(), reason.into())]);
    let hidden = conflict(&wanted);
    let exclusion = Some(Exclusion::Caller {
        reason: reason.into(),
    });
    assert_eq!(
        hidden.causes,
        [Cause::PinMissing {
            pinned: 0,
            exclusion
        }]
    );
}

#[test]
fn what_the_caller_excludes_is_not_chosen() {
    let universe = Universe::of(PLAIN);
    let mut wanted = problem(&universe, &["a"]);
    wanted.excluded = BTreeMap::from([(universe.record("b 3").url.clone(), "yanked".into())]);
    assert_eq!(answer(&wanted), ["a 2 0", "b 2 0"]);
}

#[test]
fn a_constraint_counts_only_for_what_is_there() {
    let universe = Universe::of(PLAIN);
    let mut wanted = problem(&universe, &["a"]);
    wanted.constraints = lines(&["b <3", "c >=1"]);
    assert_eq!(answer(&wanted), ["a 2 0", "b 2 0"]);
}

#[test]
fn a_strategy_says_which_end_is_best() {
    let universe = Universe::of(PLAIN);
    let mut wanted = problem(&universe, &["a"]);
    wanted.strategy = Strategy::Lowest;
    assert_eq!(answer(&wanted), ["a 1 0", "b 1 0"]);
    wanted.strategy = Strategy::LowestDirect;
    assert_eq!(answer(&wanted), ["a 1 0", "b 3 0"]);
}

#[test]
fn the_oldest_version_is_that_of_the_first_channel_and_tracks_no_features() {
    let universe = Universe::of(
        "channel one\na 3 0\na 4 0\nb 2 0\nb 3 0\nb 1 0 ; track x\nchannel two\na 1 0\na 2 0",
    );
    for strategy in [Strategy::Lowest, Strategy::LowestDirect] {
        let mut wanted = problem(&universe, &["a", "b"]);
        wanted.strategy = strategy;
        wanted.channel_priority = ChannelPriority::Flexible;
        assert_eq!(answer(&wanted), ["a 3 0", "b 2 0"]);
        wanted.requirements = lines(&["a <3", "b"]);
        assert_eq!(answer(&wanted), ["a 1 0", "b 2 0"]);
        wanted.channel_priority = ChannelPriority::Disabled;
        wanted.requirements = lines(&["a", "b"]);
        assert_eq!(answer(&wanted), ["a 1 0", "b 2 0"]);
        wanted.requirements = lines(&["a", "b <2"]);
        assert_eq!(answer(&wanted), ["a 1 0", "b 1 0"]);
    }
}

#[test]
fn extras_and_conditions_count() {
    let universe = Universe::of(
        r#"
        app 1 0 : python, tomli *[when="python <3.11"] ; extra plot: mpl
        python 3.10 0
        python 3.12 0
        tomli 2 0
        mpl 3 0
        "#,
    );
    assert_eq!(
        answer(&problem(&universe, &["app"])),
        ["app 1 0", "python 3.12 0"]
    );
    assert_eq!(
        answer(&problem(
            &universe,
            &["app[extras=[plot]]", "python 3.10.*"]
        )),
        ["app 1 0", "mpl 3 0", "python 3.10 0", "tomli 2 0"]
    );
    assert_eq!(
        answer(&problem(
            &universe,
            &["python", r#"tomli[when="python >=3.12"]"#]
        )),
        ["python 3.12 0", "tomli 2 0"]
    );
}

#[test]
fn records_that_mean_nothing_are_passed_over() {
    let universe = Universe::of("a 2 0 : b >=\na 1 0");
    let wanted = problem(&universe, &["a"]);
    for solver in SOLVERS {
        assert_eq!(records(&wanted, solver).len(), 1);
    }
    let conflict = conflict(&problem(&universe, &["a >=2"]));
    let [Cause::NoCandidate(fact)] = conflict.causes.as_slice() else {
        panic!("{conflict:?}");
    };
    assert!(
        matches!(fact.excluded.as_slice(), [(Exclusion::Unusable { problem }, 1)] if problem.contains("b >=")),
        "{fact:?}"
    );
}
