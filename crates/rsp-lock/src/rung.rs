//! One platform solved on its base, as far as the base may move.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rattler_conda_types::{MatchSpec, NamelessMatchSpec, PackageNameMatcher, RepoDataRecord};
use rsp_lock_prove::{Fewest, Graph, Moves, MovesOutcome, fewest_moves};
use rsp_lock_solve::{Conflict, Limits, Outcome, Problem, Solution, SolveError, Solver, solve};
use rsp_lock_spec::{
    Base, BasePolicy, BaseSource, Note, Origin, PlatformRequest, Request, Requirement,
};

use crate::{
    base::{BaseLock, place},
    error::Error,
    float::{Floated, solve_floating},
    one_line::in_one_line,
    options::LockOptions,
    source::ChannelSource,
};

/// How long the proof that no fewer records move may take where no time limit was given.
const TIME_TO_PROVE: Duration = Duration::from_secs(60);

/// What a platform was built on.
#[derive(Clone, Debug)]
pub struct BaseRun {
    /// The lockfile, prefix or spec, as the request writes it.
    pub name: String,
    /// How far it was allowed to move.
    pub policy: BasePolicy,
    /// Its records, in the order of the base.
    pub records: Vec<RepoDataRecord>,
    /// Those that are not in the answer.
    pub moved: Vec<Moved>,
    /// With [`BasePolicy::MinimalChange`]: no answer moves fewer than so many.
    pub lower_bound: Option<usize>,
    /// Whether, of all answers that move so many, this one has the nearest versions.
    pub nearest: bool,
    /// Requirements that were for bases that lack the package, and this one has it.
    pub not_needed: Vec<Requirement>,
}

/// A record of the base that is not in the answer.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The record.
    pub old: RepoDataRecord,
    /// What took its place.
    pub new: Option<RepoDataRecord>,
    /// How many versions away that is, counted in the versions the channels have.
    pub steps: Option<usize>,
    /// Why it cannot stay, in one line; empty where nobody knows.
    pub why: String,
    /// The same as facts, counted in [`crate::PlatformRun::requirements`].
    pub cause: Option<Conflict>,
}

impl BaseRun {
    /// Whether it is proven that no answer moves fewer records.
    pub fn is_proven(&self) -> bool {
        self.lower_bound == Some(self.moved.len())
    }
}

/// A base found among the channels' records.
#[derive(Debug)]
pub(crate) struct Rung<'a> {
    pub(crate) name: String,
    pub(crate) policy: BasePolicy,
    pub(crate) records: Vec<&'a RepoDataRecord>,
}

/// What was answered on a base.
pub(crate) struct OnBase<'a> {
    pub(crate) outcome: Outcome,
    /// The problem that the outcome's lines count in.
    pub(crate) problem: Problem<'a>,
    pub(crate) base: BaseRun,
    pub(crate) floated: Option<Floated>,
}

/// Finds the base; a base that is a spec is solved first.
///
/// The second answer is the outcome of that where it has no solution.
pub(crate) fn rung<'a>(
    request: &Request,
    base: &Base,
    platform: &PlatformRequest,
    options: &'a LockOptions,
    sources: &'a [ChannelSource],
    problem: &Problem<'a>,
) -> Result<Result<Rung<'a>, (Outcome, Problem<'a>)>, Error> {
    let (name, records) = match &base.source {
        BaseSource::Lock(path) => {
            let lock: &BaseLock = options.base.as_ref().ok_or_else(|| Error::BaseNotGiven {
                base: path.clone(),
                origin: base.origin.clone(),
            })?;
            (path.clone(), place(request, platform, lock, sources)?)
        }
        BaseSource::Spec(spec) => {
            let own = Problem {
                requirements: vec![Requirement::new(
                    (**spec).clone(),
                    spec.to_string(),
                    base.origin.clone(),
                )],
                ..problem.clone()
            };
            let records = match solve(&own, options.solver, &limits(options))? {
                Outcome::Solved(solution) => solution.records,
                other => return Ok(Err((other, own))),
            };
            let of_channel = |record: &RepoDataRecord| {
                let name = &record.package_record.name;
                sources.iter().find_map(|s| s.file(name, &record.url))
            };
            (
                spec.to_string(),
                records.iter().filter_map(of_channel).collect(),
            )
        }
    };
    let mut taken = BTreeSet::new();
    let floats: BTreeSet<&str> = floating(&problem.requirements).collect();
    let records = records
        .into_iter()
        .filter(|record| !floats.contains(record.package_record.name.as_normalized()))
        .filter(|record| taken.insert(record.package_record.name.as_normalized()))
        .collect();
    Ok(Ok(Rung {
        name,
        policy: base.policy,
        records,
    }))
}

/// Takes the requirements that are not for this base out of a problem.
pub(crate) fn leave_out<'a>(problem: &mut Problem<'a>, rung: &Rung<'a>) -> Vec<Requirement> {
    let there: BTreeSet<&str> = rung
        .records
        .iter()
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    let (skipped, kept) = std::mem::take(&mut problem.requirements)
        .into_iter()
        .partition(|line| line.if_missing && there.contains(line.name().as_normalized()));
    problem.requirements = kept;
    skipped
}

/// Solves a problem on a base.
pub(crate) fn solve_on<'a>(
    mut problem: Problem<'a>,
    rung: &Rung<'a>,
    options: &LockOptions,
) -> Result<OnBase<'a>, Error> {
    let not_needed = leave_out(&mut problem, rung);
    let names: BTreeSet<&str> = rung
        .records
        .iter()
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    problem
        .locked
        .retain(|record| !names.contains(record.package_record.name.as_normalized()));
    problem.locked.extend(&rung.records);
    let lines = name_lines(rung, &problem);
    let (mut fewest, mut floated) = (None, None);
    let mut freely = |problem: &Problem<'a>| -> Result<Outcome, Error> {
        let ask = |problem: &Problem<'a>| solve(problem, options.solver, &limits(options));
        Ok(match solve_floating(problem, ask)? {
            Some((outcome, known)) => {
                floated = Some(known);
                outcome
            }
            None => ask(problem)?,
        })
    };
    let outcome = match rung.policy {
        BasePolicy::Freeze => {
            problem.pinned.extend(&rung.records);
            freely(&problem)?
        }
        BasePolicy::Float => {
            let mut seen = BTreeSet::new();
            let once = lines.into_iter();
            let once = once.filter(|line| seen.insert(line.text.clone()));
            problem.requirements.extend(once);
            freely(&problem)?
        }
        BasePolicy::MinimalChange => {
            if let Some(solver) = unfit(options.solver) {
                return Err(SolveError::Unsupported {
                    solver,
                    feature: "`minimal-change`: it does not name all lines of a conflict"
                        .to_owned(),
                }
                .into());
            }
            let moves = Moves {
                problem: &problem,
                base: &rung.records,
                names: &lines,
                solver: options.solver,
            };
            let limits = Limits {
                timeout: options.timeout.or(Some(TIME_TO_PROVE)),
                cancel: options.cancel.clone(),
            };
            let started = Instant::now();
            let found = fewest_moves(&moves, &limits)?;
            tracing::debug!(elapsed = ?started.elapsed(), "fewest moves");
            let all = moves.all_lines();
            problem = all;
            match found {
                MovesOutcome::Found(found) => {
                    let solution = found.solution.clone();
                    fewest = Some(found);
                    Outcome::Solved(solution)
                }
                MovesOutcome::Unsolvable(conflict) => Outcome::Unsolvable(conflict),
                MovesOutcome::TimedOut { .. } => Outcome::TimedOut,
                MovesOutcome::Cancelled => Outcome::Cancelled,
            }
        }
    };
    let moved = match &outcome {
        Outcome::Solved(solution) => moved(rung, solution, fewest.as_ref(), &problem),
        _ => Vec::new(),
    };
    let base = BaseRun {
        name: rung.name.clone(),
        policy: rung.policy,
        records: rung
            .records
            .iter()
            .map(|record| (*record).clone())
            .collect(),
        moved,
        lower_bound: fewest.as_ref().map(|fewest| fewest.lower_bound),
        nearest: fewest.as_ref().is_some_and(|fewest| fewest.nearest),
        not_needed,
    };
    Ok(OnBase {
        outcome,
        problem,
        base,
        floated,
    })
}

fn moved(
    rung: &Rung<'_>,
    solution: &Solution,
    fewest: Option<&Fewest>,
    problem: &Problem<'_>,
) -> Vec<Moved> {
    let gone = rung.records.iter().enumerate().filter(|(_, base)| {
        let mut records = solution.records.iter();
        !records.any(|record| record.url == base.url)
    });
    gone.map(|(index, base)| {
        let known = fewest.and_then(|fewest| fewest.moved.iter().find(|m| m.record == index));
        let cause = known.and_then(|known| known.cause.clone());
        let name = &base.package_record.name;
        let mut records = solution.records.iter();
        Moved {
            old: (*base).clone(),
            new: records.find(|r| r.package_record.name == *name).cloned(),
            steps: known.map(|known| known.steps),
            why: cause
                .as_ref()
                .map(|cause| in_one_line(cause, problem))
                .unwrap_or_default(),
            cause,
        }
    })
    .collect()
}

/// What holds even when records of the base move: the names that nothing in the base
/// requires stay, and the others as far as these need them.
fn name_lines(rung: &Rung<'_>, problem: &Problem<'_>) -> Vec<Requirement> {
    let records = rung.records.iter().copied();
    let graph = Graph::new(records, &problem.overrides, &problem.dependencies);
    let roots: BTreeSet<&str> = graph.roots().into_iter().collect();
    let is_root =
        |record: &RepoDataRecord| roots.contains(record.package_record.name.as_normalized());
    let first = rung.records.iter().copied().find(|record| is_root(record));
    let records = rung.records.iter().copied();
    records
        .map(|record| match first {
            Some(root) if !is_root(record) => name_line(rung, root),
            _ => name_line(rung, record),
        })
        .collect()
}

/// What holds for a name of the base even when its record moves.
fn name_line(rung: &Rung<'_>, record: &RepoDataRecord) -> Requirement {
    let name = record.package_record.name.clone();
    let text = name.as_normalized().to_owned();
    let spec = MatchSpec::from_nameless(
        NamelessMatchSpec::default(),
        PackageNameMatcher::Exact(name),
    );
    let origin = Origin {
        source: Arc::from(format!("base {}", rung.name)),
        line: 0,
        column: 0,
        span: 0..0,
    };
    Requirement {
        priority: i32::MIN,
        note: Note::default(),
        ..Requirement::new(spec, text, origin)
    }
}

/// The names that may be locked anew without anything else moving.
pub(crate) fn floating(requirements: &[Requirement]) -> impl Iterator<Item = &str> {
    requirements
        .iter()
        .filter(|line| line.float)
        .map(|line| line.name().as_normalized())
}

pub(crate) fn limits(options: &LockOptions) -> Limits {
    Limits {
        timeout: options.timeout,
        cancel: options.cancel.clone(),
    }
}

/// The name of a solver whose conflicts do not name every line they rest on.
fn unfit(solver: Solver) -> Option<&'static str> {
    match solver {
        Solver::Rattler => Some("rattler"),
        Solver::Libsolv => Some("libsolv"),
        _ => None,
    }
}
