//! Time limits and cancellation.

use std::time::Duration;

use rsp_lock_solve::{CancellationToken, Limits, Outcome, Solver, solve};
use rsp_lock_testkit::universe::Universe;

use crate::support::{SOLVERS, problem};

#[test]
fn a_time_limit_is_told_from_a_cancellation() {
    let universe = Universe::of("a 1 0 : b\nb 1 0");
    let problem = problem(&universe, &["a"]);
    for solver in SOLVERS {
        let cancel = CancellationToken::new();
        let mut limits = Limits {
            timeout: Some(Duration::ZERO),
            cancel: cancel.clone(),
        };
        let outcome = solve(&problem, solver, &limits).unwrap();
        assert!(
            matches!(outcome, Outcome::TimedOut),
            "{solver:?}: {outcome:?}"
        );

        limits.timeout = None;
        cancel.cancel();
        let outcome = solve(&problem, solver, &limits).unwrap();
        assert!(
            matches!(outcome, Outcome::Cancelled),
            "{solver:?}: {outcome:?}"
        );
    }
}

#[test]
fn a_limit_beyond_the_end_of_time_is_none() {
    let universe = Universe::of("a 1 0");
    let problem = problem(&universe, &["a"]);
    for solver in SOLVERS {
        let limits = Limits {
            timeout: Some(Duration::MAX),
            ..Limits::default()
        };
        let outcome = solve(&problem, solver, &limits).unwrap();
        assert!(matches!(outcome, Outcome::Solved(_)), "{solver:?}");
    }
}

#[test]
fn a_solver_that_cannot_do_it_says_so() {
    let universe = Universe::of("a 1 0");
    let problem = problem(&universe, &["a"]);
    let limits = Limits {
        timeout: Some(Duration::from_secs(60)),
        ..Limits::default()
    };
    let error = solve(&problem, Solver::Libsolv, &limits).unwrap_err();
    assert!(error.to_string().contains("libsolv"), "{error}");
    assert!(!error.hints().is_empty());
}

#[cfg(feature = "libsolv")]
#[test]
fn libsolv_is_a_second_opinion() {
    let universe = Universe::of("a 1 0 : b\na 2 0 : b <2\nb 1 0\nb 2 0\nc 1 0 ; constrains b <2");
    let mut wanted = problem(&universe, &["a", "c"]);
    wanted.pinned = vec![universe.record("b 1")];
    wanted.locked = vec![universe.record("a 1")];
    assert_eq!(crate::support::records(&wanted, Solver::Libsolv).len(), 3);
    wanted.requirements = crate::support::lines(&["b >=2"]);
    let outcome = crate::support::ask(&wanted, Solver::Libsolv).unwrap();
    assert!(matches!(outcome, Outcome::Unsolvable(conflict) if conflict.said.is_some()));
}
