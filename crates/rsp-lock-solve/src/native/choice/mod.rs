//! Why a solution does not have better versions.
//!
//! Most better candidates contradict a rule, a line or a single record of the solution, and
//! that is found by looking at the solution (`direct`). Where nothing of that kind is found,
//! the engine says which records the candidate cannot be had together with, all else of the
//! solution held, or what would come in beside it (`beyond`).

mod better;
mod beyond;
mod direct;

use std::collections::BTreeMap;

use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};
use rsp_lock_engine::Engine;
use rsp_lock_index::View;

use self::{
    better::{Rivals, rivals},
    beyond::{Asked, Open, beyond},
    direct::Direct,
};
use super::{
    question::{Question, view},
    rules::Rules,
};
use crate::{
    choice::{Better, Choice, Package, Reason},
    conflict::Line,
    error::SolveError,
    problem::Problem,
    solve::Stop,
    world::World,
};

/// See [`explain_choices`](crate::explain_choices).
pub(crate) fn explain_choices(
    problem: &Problem<'_>,
    world: &World<'_>,
    offered: &[GenericVirtualPackage],
    engine: &mut Engine,
    stop: Stop<'_>,
    solution: &[&RepoDataRecord],
) -> Result<Vec<Choice>, SolveError> {
    let (held, pins) = with_its_pins(problem, solution);
    let (view, stand_ins) = view(&held, world)?;
    world.check(&view)?;
    let rules = Rules::new(&held, &view);
    let question = Question::new(&held, &view, &rules, offered, &stand_ins);
    let answer = positions(&view, solution);
    let rivals: BTreeMap<u32, Vec<Rivals>> = answer
        .iter()
        .map(|(name, position)| (*name, rivals(&question, *name, *position)))
        .filter(|(_, rivals)| !rivals.is_empty())
        .collect();
    // The names of an index are sorted, and so are the choices.
    let mut direct = Direct::new(&question, &answer, &rivals);
    let mut choices = Vec::new();
    let mut open = Vec::new();
    for (name, rivals) in &rivals {
        let position = answer.get(name).copied().unwrap_or_default();
        let is_kept = rules.locked_to(*name) == Some(position);
        let mut better = Vec::new();
        for rival in rivals {
            let (position, mut reasons) = if stop.is_due() {
                (rival.first(), vec![Reason::Unknown])
            } else {
                direct.reasons(*name, rival)
            };
            if is_kept && matches!(rival, Rivals::Eligible { .. }) {
                reasons.push(Reason::Locked);
            }
            for reason in &mut reasons {
                if let Reason::Line(Line::Pinned(pin)) = reason {
                    *pin = pins.get(*pin).copied().unwrap_or(*pin);
                }
            }
            if let (Rivals::Eligible { positions, .. }, true) = (rival, reasons.is_empty()) {
                open.push(Open {
                    choice: choices.len(),
                    better: better.len(),
                    name: *name,
                    positions: positions.clone(),
                });
            }
            better.push(Better {
                package: package(&view, *name, position),
                is_locked: matches!(
                    rival,
                    Rivals::Eligible {
                        is_locked: true,
                        ..
                    } | Rivals::Refused {
                        is_locked: true,
                        ..
                    }
                ),
                reasons,
            });
        }
        choices.push(Choice {
            chosen: package(&view, *name, position),
            better,
        });
    }
    if !open.is_empty() {
        tracing::debug!(
            names = rivals.len(),
            open = open.len(),
            "asked why not better"
        );
        let asked = Asked {
            problem: &held,
            solution,
            answer: &answer,
        };
        beyond(asked, world, offered, engine, stop, &open, &mut choices)?;
    }
    Ok(choices)
}

/// The problem with those pins that the solution has, and the index of each in the problem: who
/// moves a base as little as possible calls all of it pinned.
fn with_its_pins<'p>(
    problem: &Problem<'p>,
    solution: &[&RepoDataRecord],
) -> (Problem<'p>, Vec<usize>) {
    let mut held = problem.clone();
    let is_there = |pin: &usize| {
        let pinned = problem.pinned.get(*pin);
        pinned.is_some_and(|pinned| {
            let mut records = solution.iter();
            records.any(|record| record.url == pinned.url)
        })
    };
    let pins: Vec<usize> = (0..problem.pinned.len()).filter(is_there).collect();
    held.pinned = pins
        .iter()
        .filter_map(|pin| problem.pinned.get(*pin).copied())
        .collect();
    (held, pins)
}

/// The candidates that the records of a solution are, by name.
fn positions(view: &View, solution: &[&RepoDataRecord]) -> BTreeMap<u32, u32> {
    let records = solution.iter();
    records
        .filter_map(|record| {
            let name = view.name_id(record.package_record.name.as_normalized())?;
            Some((name, view.position_of_url(name, record.url.as_str())?))
        })
        .collect()
}

fn package(view: &View, name: u32, position: u32) -> Package {
    let (version, build) = match view.candidate(name, position) {
        Some((_, pack, row)) => (pack.version(row).to_owned(), pack.build(row).to_owned()),
        None => Default::default(),
    };
    Package {
        name: PackageName::new_unchecked(view.name(name)),
        version,
        build,
    }
}
