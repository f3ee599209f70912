//! The full RSP problem on real records; said loudly where they are missing.

use rsp_lock_solve::{Problem, Solver};
use rsp_lock_testkit::{
    oracle::Dice,
    real::{CONDA_FORGE, Universe, generous, shared_channels},
    universe::short,
};

use crate::support::{problem_of, records};

#[test]
fn rubin_env_rsp_of_2026() {
    let Some(shared) = shared_channels() else {
        return;
    };
    let subdir = rattler_conda_types::Subdir::Linux64;
    let url = CONDA_FORGE.parse().unwrap();
    let universe = Universe::read(&shared.join("rsp-2026"), subdir, &url).unwrap();
    let specs = ["rubin-env-rsp ==13.1.0", "python 3.13.*", "numpy", "dask"];

    let ask = |problem: Problem<'_>| -> Vec<String> {
        let problem = Problem {
            virtual_packages: generous(subdir),
            ..problem
        };
        records(&problem, Solver::Native)
            .iter()
            .map(short)
            .collect()
    };
    let first = ask(problem_of(universe.records.iter(), &specs));
    assert!(first.len() >= 1000, "{} packages", first.len());

    let mut dice = Dice(2026);
    let mut shuffled: Vec<&_> = universe.records.iter().collect();
    dice.shuffle(&mut shuffled);
    let mut specs = specs;
    dice.shuffle(&mut specs);
    assert_eq!(ask(problem_of(shuffled.into_iter(), &specs)), first);
}
