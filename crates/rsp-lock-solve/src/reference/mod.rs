//! `rattler_solve`'s solvers as they are: a second opinion.
//!
//! They get what was posed, so that every rule of the request means the same to
//! them. Why there is no solution is told by our own solver: their answer is a
//! text.

use std::collections::BTreeMap;

use rattler_conda_types::RepoDataRecord;
use rattler_solve::{
    ChannelPriority as RattlerPriority, SolveError as RattlerError, SolveStrategy, SolverImpl,
    SolverTask,
};
use rsp_lock_spec::{ChannelPriority, Strategy};

use crate::{conflict::Conflict, error::SolveError, pose::Posed, problem::Problem, solve::Limits};

/// What a reference solver answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Copies of the records as they were posed.
    Solved(Vec<RepoDataRecord>),
    /// In its own words.
    Unsolvable(String),
    TimedOut,
    Cancelled,
}

/// Asks rattler's resolvo backend.
pub(crate) fn rattler(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    limits: &Limits,
) -> Result<Answer, SolveError> {
    let task = SolverTask {
        // A limit beyond the end of time is none.
        timeout: limits
            .timeout
            .filter(|limit| std::time::SystemTime::now().checked_add(*limit).is_some()),
        ..task(problem, posed, limits)
    };
    answer(
        rattler_solve::resolvo::Solver.solve(task),
        "rattler",
        limits,
    )
}

/// Asks rattler's libsolv backend.
#[cfg(feature = "libsolv")]
pub(crate) fn libsolv(
    problem: &Problem<'_>,
    posed: &Posed<'_>,
    limits: &Limits,
) -> Result<Answer, SolveError> {
    use rattler_conda_types::{MatchSpec, Matches, NamelessMatchSpec};

    unsupported_by_libsolv(problem, limits)?;
    let mut task = task(problem, posed, limits);
    // It knows no URLs in specs and takes constraints for wishes, so it does not
    // get to see what pins and constraints forbid.
    for spec in &mut task.specs {
        if spec.url.take().is_some() {
            *spec = MatchSpec::from_nameless(NamelessMatchSpec::default(), spec.name.clone());
        }
    }
    let is_forbidden = |record: &RepoDataRecord| {
        let package = posed
            .packages
            .get(record.package_record.name.as_normalized());
        let pinned = package.and_then(|package| package.candidates.get(package.pinned?));
        pinned.is_some_and(|pinned| pinned.original.url != record.url)
            || posed.constraints.iter().any(|line| {
                line.spec.name.matches(&record.package_record.name) && !line.spec.matches(record)
            })
    };
    for group in &mut task.available_packages {
        group.0.retain(|record| !is_forbidden(record));
    }
    task.locked_packages.retain(|record| !is_forbidden(record));
    // What the platform offers is there in any case: to constrain it is to require it.
    task.constraints.retain(|spec| {
        let mut offered = posed.virtual_packages.iter();
        offered.any(|package| spec.name.matches(&package.name))
    });
    task.specs.append(&mut task.constraints);
    answer(
        rattler_solve::libsolv_c::Solver.solve(task),
        "libsolv",
        limits,
    )
}

/// What libsolv would ignore or refuse.
#[cfg_attr(
    not(feature = "libsolv"),
    expect(dead_code, reason = "only asked with libsolv")
)]
fn unsupported_by_libsolv(problem: &Problem<'_>, limits: &Limits) -> Result<(), SolveError> {
    let lines = || problem.requirements.iter().chain(&problem.constraints);
    let feature = if limits.timeout.is_some() {
        "a time limit"
    } else if problem.strategy != Strategy::Highest {
        "a strategy other than `highest`"
    } else if lines().any(|line| line.spec.flags.is_some()) {
        "flags in a spec"
    } else if lines().any(|line| line.spec.url.is_some()) {
        "a URL in a spec"
    } else {
        return Ok(());
    };
    Err(SolveError::Unsupported {
        solver: "libsolv",
        feature: feature.to_owned(),
    })
}

fn task<'p>(
    problem: &Problem<'_>,
    posed: &'p Posed<'_>,
    limits: &Limits,
) -> SolverTask<'p, Vec<rattler_solve::RepoDataIter<Vec<&'p RepoDataRecord>>>> {
    let specs =
        |lines: &[crate::lines::PosedLine]| lines.iter().map(|line| line.spec.clone()).collect();
    SolverTask {
        locked_packages: locked(posed),
        virtual_packages: posed.virtual_packages.clone(),
        specs: specs(&posed.requirements),
        constraints: specs(&posed.constraints),
        channel_priority: priority(problem.channel_priority),
        strategy: strategy(problem.strategy),
        cancellation_token: Some(limits.cancel.clone()),
        ..groups(posed).into_iter().collect()
    }
}

fn answer(
    result: Result<rattler_conda_types::SolverResult, RattlerError>,
    solver: &'static str,
    limits: &Limits,
) -> Result<Answer, SolveError> {
    match result {
        Ok(result) => Ok(Answer::Solved(result.records)),
        Err(RattlerError::Unsolvable(texts)) => Ok(Answer::Unsolvable(texts.join("\n"))),
        Err(RattlerError::Cancelled) if limits.cancel.is_cancelled() => Ok(Answer::Cancelled),
        Err(RattlerError::Cancelled) => Ok(Answer::TimedOut),
        Err(RattlerError::UnsupportedOperations(features)) => Err(SolveError::Unsupported {
            solver,
            feature: features.join(", "),
        }),
        Err(RattlerError::DuplicateRecords(file)) => Err(SolveError::DuplicateRecord { file }),
        Err(RattlerError::ParseMatchSpecError(error)) => Err(SolveError::Failed {
            solver,
            problem: error.to_string(),
        }),
    }
}

/// A conflict of which only the solver's words are known.
pub(crate) fn unexplained(posed: &Posed<'_>, said: String) -> Conflict {
    let mut lines: Vec<_> = posed
        .requirements
        .iter()
        .chain(&posed.constraints)
        .map(|line| line.line)
        .collect();
    lines.sort_unstable();
    Conflict {
        lines,
        minimal: false,
        causes: Vec::new(),
        said: Some(said),
    }
}

/// Candidates by channel and subdir: rattler takes two records of one file name
/// in one group for a mistake, and the same name may be in two subdirs.
fn groups<'p>(posed: &'p Posed<'_>) -> Vec<Vec<&'p RepoDataRecord>> {
    let mut groups: BTreeMap<(usize, &str), Vec<&RepoDataRecord>> = BTreeMap::new();
    for candidate in posed.packages.values().flat_map(|p| &p.candidates) {
        let record = candidate.record();
        groups
            .entry((candidate.channel, record.package_record.subdir.as_str()))
            .or_default()
            .push(record);
    }
    groups.into_values().collect()
}

/// The candidates that are kept if nothing forces them to move, as they are posed.
fn locked<'p>(posed: &'p Posed<'_>) -> Vec<&'p RepoDataRecord> {
    posed
        .packages
        .values()
        .filter_map(|package| Some(package.candidates.get(package.locked?)?.record()))
        .collect()
}

/// Strict priority is applied when the problem is posed.
fn priority(priority: ChannelPriority) -> RattlerPriority {
    match priority {
        ChannelPriority::Flexible => RattlerPriority::Flexible,
        ChannelPriority::Strict | ChannelPriority::Disabled => RattlerPriority::Disabled,
    }
}

fn strategy(strategy: Strategy) -> SolveStrategy {
    match strategy {
        Strategy::Highest => SolveStrategy::Highest,
        Strategy::Lowest => SolveStrategy::LowestVersion,
        Strategy::LowestDirect => SolveStrategy::LowestVersionDirect,
    }
}
