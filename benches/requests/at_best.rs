//! How much newer than another solver's answer ours could be, whatever the objective.
//!
//! The versions of the requested packages come first in the objective. What is left to the rest
//! of it is how all other packages compare, so this looks for the answer that compares best among
//! those with our versions of the requested packages. It may know the other solver's answer,
//! which no objective does: a ratio that it does not reach cannot be reached by another objective.
//!
//! Each package of the other's answer that could be newer is a wish (`name >version`), and so is
//! that it is not older (`name >=version`). Of wishes that cannot hold together, a core, one must
//! be given up. The cheapest wishes that have one of each core cost no more than what must be
//! given up; once the rest holds together, they cost as much (implicit hitting sets).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rattler_conda_types::{RepoDataRecord, Version};
use rsp_lock_solve::{Limits, Line, Outcome, Problem, Solver, solve};
use rsp_lock_spec::Requirement;

use super::hitting::{Cheapest, cheapest_hitting_set};
use crate::sweep::requirement;

/// How many packages should be newer for each that is older.
pub const NEWER_FOR_OLDER: u32 = 4;

/// Cores of one request after which the search is given up.
const MOST_CORES: usize = 400;
/// Steps of one search for a hitting set after which it is given up.
const MOST_STEPS: usize = 200_000;

/// What answers with our versions of the requested packages can be at best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtBest {
    /// No such answer has a higher [`balance`].
    pub balance: i64,
    /// How many packages are newer, and how many older, in one that has it; `None` if the search
    /// was given up.
    pub reached: Option<[usize; 2]>,
}

/// Packages that are newer, less [`NEWER_FOR_OLDER`] for each that is older.
pub fn balance([newer, older]: [usize; 2]) -> i64 {
    let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    signed(newer) - i64::from(NEWER_FOR_OLDER) * signed(older)
}

/// Something that an answer should have.
struct Wish {
    line: Requirement,
    /// Whether the package must be there; otherwise the line only limits it.
    is_required: bool,
    cost: u32,
}

/// What answers to a problem with our versions of the requested packages can be at best, compared
/// with the other solver's answer.
pub(super) fn at_best(
    problem: &Problem<'_>,
    ours: &[Arc<RepoDataRecord>],
    theirs: &[Arc<RepoDataRecord>],
    limits: &Limits,
) -> Result<AtBest, String> {
    let (ours, theirs) = (versions(ours), versions(theirs));
    let lines = problem.requirements.iter();
    let requested: BTreeSet<&str> = lines.map(|line| line.name().as_normalized()).collect();
    let (held, _) = parted(&ours, &requested);
    let (held_by_theirs, free) = parted(&theirs, &requested);

    let mut problem = problem.clone();
    for (name, version) in &held {
        let line = requirement(&format!("{name} =={version}"))?;
        problem.constraints.push(line);
    }
    let mut wishes = Vec::new();
    for (name, version) in &free {
        let newer = Wish {
            line: requirement(&format!("{name} >{version}"))?,
            is_required: true,
            cost: 1,
        };
        wishes.extend(ask(&problem, &[&newer], limits)?.is_ok().then_some(newer));
        wishes.push(Wish {
            line: requirement(&format!("{name} >={version}"))?,
            is_required: false,
            cost: NEWER_FOR_OLDER,
        });
    }
    let [newer, older] = newer_and_older(&held, &held_by_theirs);
    let could_be_newer = wishes.iter().filter(|wish| wish.is_required).count();
    let most = balance([newer + could_be_newer, older]);

    let costs: Vec<u32> = wishes.iter().map(|wish| wish.cost).collect();
    let mut cores = Vec::new();
    loop {
        let given_up = match cheapest_hitting_set(&cores, &costs, MOST_STEPS) {
            Cheapest::Found(given_up) if cores.len() < MOST_CORES => given_up,
            Cheapest::Found(given_up) => {
                let cost: u32 = given_up.iter().map(|wish| costs[*wish]).sum();
                return Ok(not_reached(most, cost));
            }
            Cheapest::AtLeast(cost) => return Ok(not_reached(most, cost)),
        };
        let kept: Vec<usize> = (0..wishes.len())
            .filter(|wish| !given_up.contains(wish))
            .collect();
        let asked: Vec<&Wish> = kept.iter().map(|wish| &wishes[*wish]).collect();
        match ask(&problem, &asked, limits)? {
            Ok(answer) => {
                let reached = newer_and_older(&answer, &theirs);
                return Ok(AtBest {
                    balance: balance(reached),
                    reached: Some(reached),
                });
            }
            Err(core) => cores.push(core.iter().map(|wish| kept[*wish]).collect()),
        }
    }
}

fn not_reached(most: i64, cost: u32) -> AtBest {
    AtBest {
        balance: most - i64::from(cost),
        reached: None,
    }
}

type Versions = BTreeMap<String, Version>;

fn versions(records: &[Arc<RepoDataRecord>]) -> Versions {
    let packages = records.iter().map(|record| &record.package_record);
    packages
        .map(|package| {
            let name = package.name.as_normalized().to_owned();
            (name, package.version.version().clone())
        })
        .collect()
}

/// Those with one of the names, and the others.
fn parted(versions: &Versions, names: &BTreeSet<&str>) -> (Versions, Versions) {
    let versions = versions.clone().into_iter();
    versions.partition(|(name, _)| names.contains(name.as_str()))
}

/// How many packages of both are newer in the first, and how many are older.
fn newer_and_older(first: &Versions, second: &Versions) -> [usize; 2] {
    let both = || {
        let versions = first.iter();
        versions.filter_map(|(name, version)| Some((version, second.get(name)?)))
    };
    [
        both().filter(|(first, second)| first > second).count(),
        both().filter(|(first, second)| first < second).count(),
    ]
}

/// An answer that grants all wishes, or which of them cannot hold together.
fn ask(
    problem: &Problem<'_>,
    wishes: &[&Wish],
    limits: &Limits,
) -> Result<Result<Versions, Vec<usize>>, String> {
    let mut asked = problem.clone();
    // Per line of the problem, the wish that it is.
    let (mut required, mut limited) = (Vec::new(), Vec::new());
    for (number, wish) in wishes.iter().enumerate() {
        if wish.is_required {
            asked.requirements.push(wish.line.clone());
            required.push(number);
        } else {
            asked.constraints.push(wish.line.clone());
            limited.push(number);
        }
    }
    let wish_of = |line: &Line| {
        let (wishes, at, own) = match line {
            Line::Requirement(at) => (&required, at, problem.requirements.len()),
            Line::Constraint(at) => (&limited, at, problem.constraints.len()),
            _ => return None,
        };
        wishes.get(at.checked_sub(own)?).copied()
    };
    match solve(&asked, Solver::Native, limits) {
        Ok(Outcome::Solved(solution)) => Ok(Ok(versions(&solution.records))),
        Ok(Outcome::Unsolvable(conflict)) => {
            Ok(Err(conflict.lines.iter().filter_map(wish_of).collect()))
        }
        Ok(Outcome::TimedOut) => Err("at best: ran out of time".to_owned()),
        Ok(other) => Err(format!("at best: {other:?}")),
        Err(error) => Err(format!("at best: {error}")),
    }
}
