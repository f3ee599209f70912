//! What the engine says of candidates that nothing of a solution speaks against directly.

use std::collections::BTreeMap;

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, NamelessMatchSpec, PackageNameMatcher, RepoDataRecord,
    StringMatcher,
};
use rsp_lock_engine::{Engine, Line as EngineLine};
use rsp_lock_spec::{Origin, Requirement, Strategy};

use super::package;
use crate::{
    choice::{Choice, Package, Reason},
    conflict::Line,
    error::SolveError,
    native::assume::{Assumed, Assumptions, Holding, with_assumptions},
    problem::Problem,
    solve::Stop,
    world::World,
};

/// A version that nothing speaks against directly.
pub(super) struct Open {
    /// Index of the choice, and of the better version in it.
    pub(super) choice: usize,
    pub(super) better: usize,
    pub(super) name: u32,
    /// Its builds.
    pub(super) positions: Vec<u32>,
}

/// A solution of a problem.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) problem: &'a Problem<'a>,
    pub(super) solution: &'a [&'a RepoDataRecord],
    /// Its candidates, by name.
    pub(super) answer: &'a BTreeMap<u32, u32>,
}

/// Asks for each open version whether it can be had if all else of the solution stays.
///
/// What stays are requirements, not pins: a pin would be exempt from rules, and would hide
/// what is locked.
pub(super) fn beyond(
    asked: Asked<'_>,
    world: &World<'_>,
    offered: &[GenericVirtualPackage],
    engine: &mut Engine,
    stop: Stop<'_>,
    open: &[Open],
    choices: &mut [Choice],
) -> Result<(), SolveError> {
    let Asked {
        problem, solution, ..
    } = asked;
    let own = problem.requirements.len();
    let mut staying = problem.clone();
    staying
        .requirements
        .extend(solution.iter().map(|record| stays(record)));
    if staying.strategy == Strategy::LowestDirect {
        // Requirements are what it is about, and these are none of the request.
        staying.strategy = Strategy::Highest;
    }
    let record_of = |line: Line| match line {
        Line::Requirement(at) => at.checked_sub(own),
        _ => None,
    };
    // What was asked for plainly is there: the records say more than the lines do.
    let is_plain = |line: &Requirement| line.spec.condition.is_none() && line.spec.extras.is_none();
    let is_always = |line| match line {
        Line::Requirement(at) => {
            let asked = problem.requirements.get(at);
            asked.is_some_and(|asked| !is_plain(asked))
        }
        _ => true,
    };
    with_assumptions(
        &staying,
        world,
        offered,
        engine,
        stop,
        &is_always,
        |assumptions| {
            for open in open {
                let choice = choices.get_mut(open.choice);
                let Some(Choice { chosen, better }) = choice else {
                    continue;
                };
                let Some(better) = better.get_mut(open.better) else {
                    continue;
                };
                // Where nothing else needs it, what asks for it has to stay.
                let name = &chosen.name;
                let is_assumed = |line| match (line, record_of(line)) {
                    (_, Some(at)) => {
                        let record = solution.get(at);
                        record.is_some_and(|record| record.package_record.name != *name)
                    }
                    (Line::Requirement(at), None) => {
                        let asked = problem.requirements.get(at);
                        asked.is_some_and(|asked| asked.name() == name)
                    }
                    _ => false,
                };
                let limit = EngineLine {
                    id: None,
                    name: open.name,
                    required: false,
                    allowed: open.positions.iter().map(|at| [*at, at + 1]).collect(),
                };
                let said = assumptions.ask_within(&is_assumed, &[limit]);
                better.reasons.push(match said {
                    Assumed::Holds(holding) => {
                        if let Some(position) = holding.position(open.name) {
                            better.package =
                                package(assumptions.question.view, open.name, position);
                        }
                        brought_in(assumptions, &holding, asked.answer)
                    }
                    Assumed::Refused { lines, .. } => {
                        let records = lines.into_iter().filter_map(record_of);
                        let with = records.filter_map(|at| solution.get(at));
                        Reason::Together {
                            with: with.map(|record| package_of(record)).collect(),
                        }
                    }
                    Assumed::TimedOut | Assumed::Cancelled => Reason::Unknown,
                });
            }
            Ok(())
        },
    )
}

/// What an answer has that the solution does not have.
fn brought_in(
    assumptions: &Assumptions<'_>,
    holding: &Holding,
    answer: &BTreeMap<u32, u32>,
) -> Reason {
    let view = assumptions.question.view;
    let is_new = |name: &u32| *name < view.real_names() && !answer.contains_key(name);
    let new = holding.chosen.iter().filter(|(name, _)| is_new(name));
    let mut packages: Vec<Package> = new.map(|(name, at)| package(view, *name, *at)).collect();
    packages.sort_unstable();
    if packages.is_empty() {
        Reason::Fits
    } else {
        Reason::BringsIn { packages }
    }
}

/// A record of the solution as a line. Its build is there so that few URLs are looked at.
fn stays(record: &RepoDataRecord) -> Requirement {
    let package = &record.package_record;
    let spec = MatchSpec {
        url: Some(record.url.clone()),
        build: Some(StringMatcher::Exact(package.build.to_string())),
        ..MatchSpec::from_nameless(
            NamelessMatchSpec::default(),
            PackageNameMatcher::Exact(package.name.clone()),
        )
    };
    Requirement::new(spec, package.name.as_normalized(), Origin::command_line())
}

fn package_of(record: &RepoDataRecord) -> Package {
    let package = &record.package_record;
    Package {
        name: package.name.clone(),
        version: package.version.to_string(),
        build: package.build.to_string(),
    }
}
