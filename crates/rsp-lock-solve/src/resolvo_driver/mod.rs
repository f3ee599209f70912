//! Our driver of resolvo with rattler's rules: keeps the graph of a conflict,
//! tells a timeout from a cancellation.

mod graph;
mod spec;

use std::{
    collections::{BTreeMap, HashMap},
    time::SystemTime,
};

use rattler_conda_types::RepoDataRecord;
use rattler_solve::{
    ChannelPriority as RattlerPriority, SolveStrategy,
    resolvo::{CancelReason, CondaDependencyProvider, RepoData, SolverPackageRecord},
};
use resolvo::{ConditionalRequirement, UnsolvableOrCancelled, VersionSetId};
use rsp_lock_spec::{ChannelPriority, Strategy};

use crate::{
    conflict::{Cause, Conflict, Line},
    error::SolveError,
    pose::Posed,
    problem::Problem,
    solve::CancellationToken,
};

/// When to give up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop<'l> {
    /// `None` is never.
    pub(crate) at: Option<SystemTime>,
    pub(crate) cancel: &'l CancellationToken,
}

/// What resolvo answers.
#[derive(Debug)]
pub(crate) enum Answer<'p> {
    /// Records as they were posed.
    Solved(Vec<&'p RepoDataRecord>),
    Unsolvable(Conflict),
    TimedOut,
    Cancelled,
}

/// Which lines of the problem each spec of the root stands for.
#[derive(Debug, Default)]
struct Root {
    required: HashMap<VersionSetId, Vec<Line>>,
    constrained: HashMap<VersionSetId, Vec<Line>>,
}

/// Solves what is left of a problem when only the lines that `keep` accepts count.
pub(crate) fn run<'p>(
    problem: &Problem<'_>,
    posed: &'p Posed<'_>,
    keep: &dyn Fn(Line) -> bool,
    stop: Stop<'_>,
) -> Result<Answer<'p>, SolveError> {
    if let Some(conflict) = missing_pins(posed, keep) {
        return Ok(Answer::Unsolvable(conflict));
    }
    let requirements: Vec<_> = posed.requirements.iter().filter(|l| keep(l.line)).collect();
    let constraints = posed.constraints.iter().filter(|l| keep(l.line));
    let specs: Vec<_> = requirements.iter().map(|l| l.spec.clone()).collect();
    let provider = CondaDependencyProvider::new(
        repodata(posed),
        &locked(posed),
        &[],
        &posed.virtual_packages,
        &specs,
        stop.at,
        Some(stop.cancel.clone()),
        priority(problem.channel_priority),
        None,
        strategy(problem.strategy),
        Vec::new(),
        &HashMap::new(),
    )
    .map_err(|error| SolveError::Failed {
        solver: "native",
        problem: error.to_string(),
    })?;

    let mut root = Root::default();
    let mut required: Vec<ConditionalRequirement> = posed
        .virtual_packages
        .iter()
        .map(|package| spec::any_version(&provider, &package.name).into())
        .collect();
    for line in requirements {
        let condition = line
            .spec
            .condition
            .as_ref()
            .map(|condition| spec::condition(&provider, condition));
        for set in spec::version_sets(&provider, &line.spec) {
            root.required.entry(set).or_default().push(line.line);
            required.push(ConditionalRequirement {
                requirement: set.into(),
                condition,
            });
        }
    }
    let mut constrained = Vec::new();
    for line in constraints {
        for set in spec::version_sets(&provider, &line.spec) {
            root.constrained.entry(set).or_default().push(line.line);
            constrained.push(set);
        }
    }

    let mut solver = resolvo::Solver::new(provider);
    let question = resolvo::Problem::new()
        .requirements(required)
        .constraints(constrained);
    Ok(match solver.solve(question) {
        Ok(ids) => Answer::Solved(
            ids.into_iter()
                .filter_map(
                    |id| match &solver.provider().pool.resolve_solvable(id).record {
                        SolverPackageRecord::Record(record) => Some(*record),
                        _ => None,
                    },
                )
                .collect(),
        ),
        Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
            let graph = conflict.graph(&solver);
            Answer::Unsolvable(graph::facts(
                problem,
                posed,
                solver.provider(),
                &root,
                &graph,
            ))
        }
        Err(UnsolvableOrCancelled::Cancelled(reason)) => match reason.downcast_ref() {
            Some(CancelReason::Timeout) => Answer::TimedOut,
            Some(CancelReason::Cancelled) | None => Answer::Cancelled,
        },
    })
}

/// The conflict that pins make which nothing answers to.
pub(crate) fn missing_pins(posed: &Posed<'_>, keep: &dyn Fn(Line) -> bool) -> Option<Conflict> {
    let (pinned, exclusion) = posed
        .missing_pins
        .iter()
        .find(|(pinned, _)| keep(Line::Pinned(*pinned)))?;
    Some(Conflict {
        lines: vec![Line::Pinned(*pinned)],
        minimal: true,
        causes: vec![Cause::PinMissing {
            pinned: *pinned,
            exclusion: exclusion.clone(),
        }],
        said: None,
    })
}

/// Candidates by channel and subdir: rattler takes two records of one file name
/// in one group for a mistake, and the same name may be in two subdirs.
pub(crate) fn groups<'p>(posed: &'p Posed<'_>) -> Vec<Vec<&'p RepoDataRecord>> {
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

fn repodata<'p>(posed: &'p Posed<'_>) -> impl Iterator<Item = RepoData<'p>> {
    groups(posed).into_iter().map(|records| RepoData {
        records,
        multi_channel: None,
    })
}

/// The candidates that are kept if nothing forces them to move, as they are posed.
pub(crate) fn locked<'p>(posed: &'p Posed<'_>) -> Vec<&'p RepoDataRecord> {
    posed
        .packages
        .values()
        .filter_map(|package| Some(package.candidates.get(package.locked?)?.record()))
        .collect()
}

/// Strict priority is applied when the problem is posed.
pub(crate) fn priority(priority: ChannelPriority) -> RattlerPriority {
    match priority {
        ChannelPriority::Flexible => RattlerPriority::Flexible,
        ChannelPriority::Strict | ChannelPriority::Disabled => RattlerPriority::Disabled,
    }
}

pub(crate) fn strategy(strategy: Strategy) -> SolveStrategy {
    match strategy {
        Strategy::Highest => SolveStrategy::Highest,
        Strategy::Lowest => SolveStrategy::LowestVersion,
        Strategy::LowestDirect => SolveStrategy::LowestVersionDirect,
    }
}
