//! One platform solved on its base, as far as the base may move.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_prove::{Fewest, Moves, MovesOutcome, Prepared, fewest_moves_in};
use rsp_lock_solve::{
    Conflict, Limits, Line, Outcome, Problem, Solution, SolveError, Solver, solve,
};
use rsp_lock_spec::{Base, BasePolicy, BaseSource, PlatformRequest, Request, Requirement};

use crate::{
    base::{BaseLock, place},
    error::Error,
    float::{Floated, solve_floating},
    keep::{names, who_leaves},
    one_line::about_line,
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
    /// With [`BasePolicy::MinimalChange`]: names that nothing in the base required and that
    /// had to leave, since no record of theirs goes with what is asked for; sorted.
    pub left: Vec<String>,
    /// Requirements that were for bases that lack the package, and this one has it.
    pub not_needed: Vec<Requirement>,
}

/// A record of the base that is not in the answer.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The record.
    pub old: RepoDataRecord,
    /// What took its place.
    pub new: Option<Arc<RepoDataRecord>>,
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
                records.iter().filter_map(|r| of_channel(r)).collect(),
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
fn leave_out<'a>(problem: &mut Problem<'a>, rung: &Rung<'a>) -> Vec<Requirement> {
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
    let not_needed = settle(&mut problem, rung);
    let (mut fewest, mut floated, mut left) = (None, None, BTreeSet::new());
    let outcome = if rung.policy == BasePolicy::MinimalChange {
        let started = Instant::now();
        let prepared = Prepared::new(&problem, options.solver, limits(options));
        let found = move_least(&prepared, &problem, rung, options, Names::MayLeave)?;
        tracing::debug!(elapsed = ?started.elapsed(), "fewest moves");
        (problem, left) = (found.problem, found.left);
        match found.outcome {
            MovesOutcome::Found(found) => {
                let solution = found.solution.clone();
                fewest = Some(found);
                Outcome::Solved(solution)
            }
            other => without_moves(other),
        }
    } else {
        problem = with_base_lines(&problem, rung);
        let ask = |problem: &Problem<'a>| solve(problem, options.solver, &limits(options));
        match solve_floating(&problem, ask)? {
            Some((outcome, known)) => {
                floated = Some(known);
                outcome
            }
            None => ask(&problem)?,
        }
    };
    let moved = match &outcome {
        Outcome::Solved(solution) => moved(rung, solution, fewest.as_ref(), &problem),
        _ => Vec::new(),
    };
    let mut left_names: Vec<String> = left
        .iter()
        .filter_map(|at| rung.records.get(*at))
        .map(|record| record.package_record.name.as_normalized().to_owned())
        .collect();
    left_names.sort_unstable();
    let records = rung.records.iter();
    let base = BaseRun {
        name: rung.name.clone(),
        policy: rung.policy,
        records: records.map(|record| (*record).clone()).collect(),
        moved,
        lower_bound: fewest.as_ref().map(|fewest| fewest.lower_bound),
        nearest: fewest.as_ref().is_some_and(|fewest| fewest.nearest),
        left: left_names,
        not_needed,
    };
    Ok(OnBase {
        outcome,
        problem,
        base,
        floated,
    })
}

/// Makes a problem one on a base: what only other bases need goes, and the records of the
/// base are preferred. Returns the requirements that went.
pub(crate) fn settle<'a>(problem: &mut Problem<'a>, rung: &Rung<'a>) -> Vec<Requirement> {
    let not_needed = leave_out(problem, rung);
    let names: BTreeSet<&str> = rung
        .records
        .iter()
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    problem
        .locked
        .retain(|record| !names.contains(record.package_record.name.as_normalized()));
    problem.locked.extend(&rung.records);
    not_needed
}

/// A settled problem with the lines that the base adds: a conflict counts in it, and a base
/// that is frozen or floats is solved as it.
pub(crate) fn with_base_lines<'a>(problem: &Problem<'a>, rung: &Rung<'a>) -> Problem<'a> {
    let mut posed = problem.clone();
    if rung.policy != BasePolicy::Freeze {
        let lines = names(rung, problem, &BTreeSet::new());
        posed.requirements.extend(lines.into_iter().flatten());
    }
    if rung.policy != BasePolicy::Float {
        posed.pinned.extend(&rung.records);
    }
    posed
}

/// Solves a settled problem on a base over channels that are prepared, as [`solve_on`] does
/// but that nothing leaves. A conflict counts in the problem [`with_base_lines`].
pub(crate) fn ask_on<'a>(
    prepared: &Prepared<'a>,
    problem: &Problem<'a>,
    rung: &Rung<'a>,
    options: &LockOptions,
) -> Result<Outcome, SolveError> {
    if rung.policy != BasePolicy::MinimalChange {
        return prepared.solve(&with_base_lines(problem, rung));
    }
    let found = move_least(prepared, problem, rung, options, Names::Stay)?;
    Ok(without_moves(found.outcome))
}

/// The fewest moves of a base, and who had to leave for them.
struct LeastMoves<'a> {
    outcome: MovesOutcome,
    /// The problem that conflicts count in.
    problem: Problem<'a>,
    left: BTreeSet<usize>,
}

/// What may become of what a base is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Every root stays, in whatever version.
    Stay,
    /// A root may leave where there is no answer with it.
    MayLeave,
}

/// Finds the fewest moves.
fn move_least<'a>(
    prepared: &Prepared<'a>,
    problem: &Problem<'a>,
    rung: &Rung<'a>,
    options: &LockOptions,
    may: Names,
) -> Result<LeastMoves<'a>, SolveError> {
    if let Some(solver) = unfit(options.solver) {
        return Err(SolveError::Unsupported {
            solver,
            feature: "`minimal-change`: it does not name all lines of a conflict".to_owned(),
        });
    }
    let limits = Limits {
        timeout: options.timeout.or(Some(TIME_TO_PROVE)),
        cancel: options.cancel.clone(),
    };
    let least = |left: BTreeSet<usize>, limits: &Limits| -> Result<LeastMoves<'a>, SolveError> {
        let lines = names(rung, problem, &left);
        let moves = Moves {
            problem,
            base: &rung.records,
            names: &lines,
        };
        Ok(LeastMoves {
            outcome: fewest_moves_in(prepared, &moves, limits)?,
            problem: moves.all_lines(),
            left,
        })
    };
    let started = Instant::now();
    let first = least(BTreeSet::new(), &limits)?;
    if may == Names::Stay || !matches!(first.outcome, MovesOutcome::Unsolvable(_)) {
        return Ok(first);
    }
    let rest = |limits: &Limits| Limits {
        timeout: limits
            .timeout
            .map(|limit| limit.saturating_sub(started.elapsed())),
        ..limits.clone()
    };
    match who_leaves(rung, problem, prepared, &rest(&limits))? {
        Some(left) => {
            let mut found = least(left, &rest(&limits))?;
            // Whoever leaves moves, and the fewest leave: that much is certain at any time.
            if let MovesOutcome::Found(fewest) = &mut found.outcome {
                fewest.lower_bound = fewest.lower_bound.max(found.left.len());
            }
            Ok(found)
        }
        None => Ok(first),
    }
}

/// An outcome without what is known of moves.
fn without_moves(outcome: MovesOutcome) -> Outcome {
    match outcome {
        MovesOutcome::Found(found) => Outcome::Solved(found.solution),
        MovesOutcome::Unsolvable(conflict) => Outcome::Unsolvable(conflict),
        MovesOutcome::TimedOut { .. } => Outcome::TimedOut,
        MovesOutcome::Cancelled => Outcome::Cancelled,
    }
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
            new: records
                .find(|r| r.package_record.name == *name)
                .map(Arc::clone),
            steps: known.map(|known| known.steps),
            why: cause
                .as_ref()
                .map(|cause| {
                    // The base's pins come last.
                    let before = problem.pinned.len().saturating_sub(rung.records.len());
                    about_line(cause, Line::Pinned(before + index), problem)
                })
                .unwrap_or_default(),
            cause,
        }
    })
    .collect()
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
