//! One request, answered twice.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};
use rsp_lock_solve::{
    AbsoluteExcludeNewer, CancellationToken, ChannelRecords, Limits, Outcome, Problem, Records,
    Solver, solve,
};
use rsp_lock_spec::Requirement;
use rsp_lock_verify::{Entry, Severity, Subject, text, verify};

use super::{
    at_best::{AtBest, at_best},
    generate::Generated,
    world::World,
};
use crate::sweep::requirement;

/// How requests are answered and compared.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Whom to compare with.
    pub other: Solver,
    /// Give up on a question after so long.
    pub timeout: Duration,
    /// Whether to work out how ours could compare at best.
    pub at_best: bool,
}

/// What came of one request.
#[derive(Clone, Debug)]
pub struct Row {
    /// The request.
    pub request: Generated,
    /// What the two said.
    pub verdict: Verdict,
    /// Whether the same lines in another order gave the same answer.
    pub keeps_its_answer: bool,
}

/// What two solvers said.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Both found an answer, and ours is right.
    Both {
        /// How many packages ours has.
        packages: usize,
        /// How ours compares in the requested packages, by name: whether they track features, then
        /// their versions; the first difference decides. `None` where something was locked, which the two weigh differently.
        requested: Option<Ordering>,
        /// Packages of both that are newer in ours: name, our version, the other's.
        newer: Vec<String>,
        /// Packages of both that are older in ours.
        older: Vec<String>,
        /// How ours could compare at best, if that was asked and nothing was locked.
        at_best: Option<AtBest>,
    },
    /// Neither found an answer.
    Neither,
    /// Ours is wrong: what the check found.
    Wrong(Vec<String>),
    /// They disagree: what ours said, what the other said.
    Disagree(&'static str, &'static str),
    /// One of them could not be asked, or ran out of time.
    Failed(String),
}

/// Answers a request with our solver and with another, and compares.
pub fn judge(world: &World, request: &Generated, terms: Terms) -> Row {
    let (verdict, keeps_its_answer) = match answers(world, request, terms) {
        Ok(known) => known,
        Err(problem) => (Verdict::Failed(problem), true),
    };
    Row {
        request: request.clone(),
        verdict,
        keeps_its_answer,
    }
}

fn answers(world: &World, request: &Generated, terms: Terms) -> Result<(Verdict, bool), String> {
    let limits = Limits {
        timeout: Some(terms.timeout),
        cancel: CancellationToken::default(),
    };
    let requirements = lines(&request.requirements)?;
    let half = Problem {
        requirements: requirements
            .iter()
            .take(requirements.len() / 2)
            .cloned()
            .collect(),
        ..problem(world, request)?
    };
    let locked = if request.locks_half && !half.requirements.is_empty() {
        answer(&half, Solver::Native, &limits)?.unwrap_or_default()
    } else {
        Vec::new()
    };
    let ours = Problem {
        requirements: requirements.clone(),
        locked: locked.iter().map(|record| &**record).collect(),
        ..problem(world, request)?
    };
    let names = requirements.iter().map(|line| line.name().as_normalized());
    let reachable = world.reachable(names);
    let theirs = Problem {
        channels: channels(world, Records::Loaded(reachable)),
        index: None,
        ..ours.clone()
    };
    let mut turned = ours.clone();
    turned.requirements.reverse();
    turned.constraints.reverse();

    let found = answer(&ours, Solver::Native, &limits)?;
    let keeps = found == answer(&turned, Solver::Native, &limits)?;
    let known = answer(&theirs, terms.other, &limits_of(terms.other, &limits))?;
    let verdict = match (found, known) {
        (None, None) => Verdict::Neither,
        (Some(_), None) => Verdict::Disagree("an answer", "none"),
        (None, Some(_)) => Verdict::Disagree("none", "an answer"),
        (Some(found), Some(known)) => {
            let errors = errors(world, &found, &ours);
            if errors.is_empty() {
                let is_comparable = locked.is_empty();
                let at_best = (terms.at_best && is_comparable)
                    .then(|| at_best(&ours, &found, &known, &limits))
                    .transpose()?;
                compared(&found, &known, &requirements, is_comparable, at_best)
            } else {
                Verdict::Wrong(errors)
            }
        }
    };
    Ok((verdict, keeps))
}

/// Those of the limits that a solver knows.
fn limits_of(solver: Solver, limits: &Limits) -> Limits {
    match solver {
        Solver::Libsolv => Limits::default(),
        _ => limits.clone(),
    }
}

fn lines(texts: &[String]) -> Result<Vec<Requirement>, String> {
    texts.iter().map(|text| requirement(text)).collect()
}

fn channels<'a>(world: &World, records: Records<'a>) -> Vec<ChannelRecords<'a>> {
    vec![ChannelRecords {
        name: world.channel.to_string(),
        display: world.channel.to_string(),
        records,
    }]
}

fn problem<'a>(world: &'a World, request: &Generated) -> Result<Problem<'a>, String> {
    Ok(Problem {
        channels: channels(world, Records::Indexed),
        index: Some(&world.index),
        constraints: lines(&request.constraints)?,
        virtual_packages: machine(world),
        exclude_newer: AbsoluteExcludeNewer {
            default: request.exclude_newer,
            ..AbsoluteExcludeNewer::default()
        },
        ..Problem::default()
    })
}

fn machine(world: &World) -> Vec<GenericVirtualPackage> {
    rsp_lock_spec::virtual_packages(world.subdir, &[])
}

fn answer(
    problem: &Problem<'_>,
    solver: Solver,
    limits: &Limits,
) -> Result<Option<Vec<Arc<RepoDataRecord>>>, String> {
    match solve(problem, solver, limits) {
        Ok(Outcome::Solved(solution)) => Ok(Some(solution.records)),
        Ok(Outcome::Unsolvable(_)) => Ok(None),
        Ok(Outcome::TimedOut) => Err(format!("{solver:?} ran out of time")),
        Ok(other) => Err(format!("{solver:?}: {other:?}")),
        Err(error) => Err(format!("{solver:?}: {error}")),
    }
}

fn errors(world: &World, records: &[Arc<RepoDataRecord>], problem: &Problem<'_>) -> Vec<String> {
    verify(&Subject {
        requirements: &problem.requirements,
        constraints: &problem.constraints,
        virtual_packages: &problem.virtual_packages,
        channels: vec![world.channel.clone()],
        ..Subject::new(
            records.iter().map(|record| Entry::of(record)).collect(),
            world.subdir,
        )
    })
    .iter()
    .filter(|finding| finding.severity() == Severity::Error)
    .map(text)
    .collect()
}

fn compared(
    ours: &[Arc<RepoDataRecord>],
    theirs: &[Arc<RepoDataRecord>],
    requirements: &[Requirement],
    is_comparable: bool,
    at_best: Option<AtBest>,
) -> Verdict {
    let theirs: BTreeMap<&str, &RepoDataRecord> = theirs
        .iter()
        .map(|record| (record.package_record.name.as_normalized(), &**record))
        .collect();
    let orders: BTreeMap<&str, Ordering> = ours
        .iter()
        .filter_map(|record| {
            let name = record.package_record.name.as_normalized();
            let other = theirs.get(name)?;
            let version = &record.package_record.version;
            Some((name, version.cmp(&other.package_record.version)))
        })
        .collect();
    let differing = |wanted| {
        let differing = ours.iter().filter(|record| {
            let name = record.package_record.name.as_normalized();
            orders.get(name) == Some(&wanted)
        });
        differing
            .map(|record| {
                let name = record.package_record.name.as_normalized();
                let other = theirs.get(name).map(|other| &other.package_record.version);
                let other = other.map(ToString::to_string).unwrap_or_default();
                format!("{name} {} {other}", record.package_record.version)
            })
            .collect()
    };
    let requested: BTreeSet<&str> = requirements
        .iter()
        .map(|line| line.name().as_normalized())
        .collect();
    // Records of a name that track features come after those that do not, whatever their version.
    let is_plain = |record: &RepoDataRecord| record.package_record.track_features.is_empty();
    let first_difference = ours
        .iter()
        .filter(|record| requested.contains(record.package_record.name.as_normalized()))
        .filter_map(|record| {
            let name = record.package_record.name.as_normalized();
            let other = theirs.get(name)?;
            Some((
                name,
                is_plain(record).cmp(&is_plain(other)).then(orders[name]),
            ))
        })
        .filter(|(_, order)| *order != Ordering::Equal)
        .min_by_key(|(name, _)| *name)
        .map(|(_, order)| order);
    Verdict::Both {
        packages: ours.len(),
        requested: is_comparable.then(|| first_difference.unwrap_or(Ordering::Equal)),
        newer: differing(Ordering::Greater),
        older: differing(Ordering::Less),
        at_best,
    }
}
