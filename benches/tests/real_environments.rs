//! Some real environments solved anew: all are solved and verified.
//!
//! The whole sweep is the program `real-environments`.

use std::time::Duration;

use rattler_conda_types::Subdir;
use rsp_lock_benches::sweep::{Harness, Options, Reason, run};
use rsp_lock_solve::Solver;
use rsp_lock_testkit::real::shared_channels;

#[test]
fn real_environments_are_solved_and_verified() {
    let Some(dir) = shared_channels() else { return };
    let options = Options {
        solver: Solver::Native,
        against: None,
        timeout: Duration::from_secs(60),
        threads: 2,
        limit: Some(20),
    };
    let mut worse = 0;
    for subdir in [Subdir::Linux64, Subdir::OsxArm64] {
        let harness = Harness::read(&dir, subdir).unwrap();
        let rows = run(&harness, &options);
        assert_eq!(rows.len(), 20);
        for row in rows {
            // What the data itself does not allow is no fault of the solver.
            let excused = matches!(row.reason, Some(Reason::Group(_)));
            assert!(
                row.is_verified() || excused,
                "{}: {:?}",
                row.label,
                row.reason
            );
            worse += usize::from(row.is_older());
        }
    }
    assert!(
        worse <= 2,
        "{worse} of 40 have a requested package older than the real lock"
    );
}
