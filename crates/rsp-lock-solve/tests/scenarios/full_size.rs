//! The full RSP problem on real records; said loudly where they are missing.

#![expect(
    clippy::disallowed_methods,
    reason = "one test tells its processes what to do"
)]

use std::{env, process::Command};

use rattler_conda_types::Subdir;
use rsp_lock_solve::{Line, Outcome, Problem, Solver, conflict::describe};
use rsp_lock_testkit::{
    oracle::Dice,
    real::{CONDA_FORGE, Universe, generous, shared_channels},
    universe::short,
};

use crate::support::{ask, problem_of, records};

const SPECS: [&str; 4] = ["rubin-env-rsp ==13.1.0", "python 3.13.*", "numpy", "dask"];
/// Set in processes that [`the_same_bytes_in_fresh_processes`] starts.
const SEED: &str = "RSP_LOCK_SEED";
/// How many processes are started, if not 2.
const PROCESSES: &str = "RSP_LOCK_PROCESSES";

fn rsp_2026() -> Option<Universe> {
    let directory = shared_channels()?.join("rsp-2026");
    let url = CONDA_FORGE.parse().unwrap();
    Some(Universe::read(&directory, Subdir::Linux64, &url).unwrap())
}

/// The answer with everything in an order that the seed decides.
fn shuffled(universe: &Universe, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut specs = SPECS;
    let mut all: Vec<&_> = universe.records.iter().collect();
    dice.shuffle(&mut specs);
    dice.shuffle(&mut all);
    let problem = Problem {
        virtual_packages: generous(Subdir::Linux64),
        ..problem_of(all.into_iter(), &specs)
    };
    let records = records(&problem, Solver::Native);
    records.iter().map(short).collect()
}

#[test]
fn rubin_env_rsp_of_2026() {
    let Some(universe) = rsp_2026() else {
        return;
    };
    let seed = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let answer = shuffled(&universe, seed.unwrap_or(2026));
    assert!(answer.len() >= 1000, "{} packages", answer.len());
    if seed.is_some() {
        println!("answer: {}", answer.join(", "));
    }
}

/// Nothing of the answer comes from the order of the input or from hash seeds.
#[test]
fn the_same_bytes_in_fresh_processes() {
    if env::var_os(SEED).is_some() || shared_channels().is_none() {
        return;
    }
    let processes = env::var(PROCESSES).ok().and_then(|n| n.parse().ok());
    let answer_of = |seed: u32| {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "full_size::rubin_env_rsp_of_2026", "--nocapture"])
            .env(SEED, seed.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let answer = text
            .split_once("answer: ")
            .map(|(_, answer)| answer.to_owned());
        let answer = answer.unwrap_or_else(|| panic!("seed {seed}: {text}"));
        answer.lines().next().unwrap().to_owned()
    };
    let first = answer_of(0);
    for seed in 1..processes.unwrap_or(2) {
        assert_eq!(answer_of(seed), first, "seed {seed}");
    }
}

#[test]
fn a_conflict_among_a_thousand_names_is_told_in_ten_lines() {
    let Some(universe) = rsp_2026() else {
        return;
    };
    let specs = [
        "numpy",
        "rubin-env-rsp ==13.1.0",
        "dask",
        "python 3.12.*",
        "astropy",
    ];
    let problem = Problem {
        virtual_packages: generous(Subdir::Linux64),
        ..problem_of(universe.records.iter(), &specs)
    };
    let Ok(Outcome::Unsolvable(conflict)) = ask(&problem, Solver::Native) else {
        panic!("it is for python 3.13 only");
    };
    let minimal = conflict;
    assert!(minimal.minimal);
    assert_eq!(minimal.lines, [Line::Requirement(1), Line::Requirement(3)]);
    let text = describe(&minimal, &problem);
    assert!(text.lines().count() <= 12, "{text}");
    assert!(text.contains("python"), "{text}");
}
