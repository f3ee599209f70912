//! Problems out of universes in text, and answers that tests can compare.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary uses its own part"
)]

use std::sync::Arc;

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock_solve::{
    ChannelRecords, Conflict, Limits, Outcome, Problem, Records, Solution, SolveError, Solver,
    solve,
};
use rsp_lock_spec::{Override, Requirement};
use rsp_lock_testkit::{
    oracle::Tiny,
    universe::{TestChannel, Universe, short},
};
use rsp_lock_verify::{Entry, Severity, Subject, text, verify};

/// The solvers that every build has.
pub(crate) const SOLVERS: [Solver; 2] = [Solver::Native, Solver::Rattler];

/// A problem with all channels of a universe.
pub(crate) fn problem<'a>(universe: &'a Universe, requirements: &[&str]) -> Problem<'a> {
    Problem {
        channels: universe.channels.iter().map(channel).collect(),
        requirements: lines(requirements),
        ..Problem::default()
    }
}

/// A problem with one channel of these records.
pub(crate) fn problem_of<'a>(
    records: impl Iterator<Item = &'a RepoDataRecord>,
    requirements: &[&str],
) -> Problem<'a> {
    Problem {
        channels: vec![ChannelRecords {
            name: rsp_lock_testkit::real::CONDA_FORGE.to_owned(),
            display: "conda-forge".to_owned(),
            records: Records::Loaded(records.collect()),
        }],
        requirements: lines(requirements),
        ..Problem::default()
    }
}

/// The problem of a tiny question.
pub(crate) fn tiny(tiny: &Tiny) -> Problem<'_> {
    let texts: Vec<&str> = tiny.requirements.iter().map(String::as_str).collect();
    let constraints: Vec<&str> = tiny.constraints.iter().map(String::as_str).collect();
    Problem {
        constraints: lines(&constraints),
        virtual_packages: tiny.virtual_packages.clone(),
        ..problem_of(tiny.records.iter(), &texts)
    }
}

fn channel(channel: &TestChannel) -> ChannelRecords<'_> {
    ChannelRecords {
        name: channel.url.clone(),
        display: channel.name.clone(),
        records: Records::Loaded(channel.records.iter().collect()),
    }
}

/// Lines of a request.
pub(crate) fn lines(texts: &[&str]) -> Vec<Requirement> {
    texts
        .iter()
        .map(|text| Requirement::parse(text).unwrap())
        .collect()
}

/// An override as typed on a command line.
pub(crate) fn rule(text: &str) -> Override {
    Override::parse(text).unwrap()
}

/// What the solver answers, without limits.
pub(crate) fn ask(problem: &Problem<'_>, solver: Solver) -> Result<Outcome, SolveError> {
    solve(problem, solver, &Limits::default())
}

/// The records of a solution.
pub(crate) fn owned(solution: Solution) -> Vec<RepoDataRecord> {
    let records = solution.records.into_iter();
    records.map(Arc::unwrap_or_clone).collect()
}

/// The records of an answer; it has to be one and has to be right.
pub(crate) fn records(problem: &Problem<'_>, solver: Solver) -> Vec<RepoDataRecord> {
    let records = match ask(problem, solver) {
        Ok(Outcome::Solved(solution)) => owned(solution),
        other => panic!("{solver:?}: {other:?}"),
    };
    assert_eq!(
        faults(problem, &records),
        Vec::<String>::new(),
        "{solver:?}"
    );
    records
}

/// What `rsp_lock_verify` has against an answer.
pub(crate) fn faults(problem: &Problem<'_>, records: &[RepoDataRecord]) -> Vec<String> {
    let subject = Subject {
        virtual_packages: &problem.virtual_packages,
        requirements: &problem.requirements,
        constraints: &problem.constraints,
        overrides: &problem.overrides,
        dependencies: &problem.dependencies,
        ..Subject::new(records.iter().map(Entry::of).collect(), Subdir::Linux64)
    };
    verify(&subject)
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .map(text)
        .collect()
}

/// `name version build` of every record of the answer that all solvers agree on.
pub(crate) fn answer(problem: &Problem<'_>) -> Vec<String> {
    let mut answers = SOLVERS
        .map(|solver| -> Vec<String> { records(problem, solver).iter().map(short).collect() });
    let [native, rattler] = &mut answers;
    assert_eq!(native, rattler, "native and rattler differ");
    std::mem::take(native)
}

/// Why there is no answer; no solver may find one.
pub(crate) fn conflict(problem: &Problem<'_>) -> Conflict {
    let [native, _] = SOLVERS.map(|solver| match ask(problem, solver) {
        Ok(Outcome::Unsolvable(conflict)) => conflict,
        other => panic!("{solver:?}: {other:?}"),
    });
    native
}
