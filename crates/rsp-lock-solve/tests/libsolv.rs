//! Where libsolv is known to be wrong: a difference in answers that has one of these causes is
//! not ours. Needs the feature `libsolv`.

#![cfg(feature = "libsolv")]

mod support;

use rsp_lock_solve::{Outcome, Problem, Solver};
use rsp_lock_testkit::universe::Universe;

use crate::support::{ask, problem};

fn is_solved(problem: &Problem<'_>, solver: Solver) -> bool {
    matches!(ask(problem, solver), Ok(Outcome::Solved(_)))
}

/// A build may be given as a regular expression, from `^` to `$`; `_x86_64-microarch-level` of
/// conda-forge gives that of `__archspec` so. conda and rattler match it, libsolv takes it for a
/// build of that name.
#[test]
fn it_does_not_match_a_build_given_as_a_regular_expression() {
    let universe = Universe::of(
        "
        lib 1.0 x_0
        glob 1.0 0 : lib 1.* x_*
        regex 1.0 0 : lib 1.* ^(x_0|y_0)$
        ",
    );
    let glob = problem(&universe, &["glob"]);
    let regex = problem(&universe, &["regex"]);
    for solver in [Solver::Native, Solver::Rattler] {
        assert!(is_solved(&glob, solver) && is_solved(&regex, solver));
    }
    assert!(is_solved(&glob, Solver::Libsolv));
    assert!(!is_solved(&regex, Solver::Libsolv), "it has learnt it");
}
