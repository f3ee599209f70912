//! Which lines of a request are still needed, on one platform.

mod facts;
mod since;

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use rattler_conda_types::RepoDataRecord;
use rsp_lock_index::Index;
use rsp_lock_prove::{
    Change, Graph, Kind, Prepared, Side, Since, Verdict, difference, lines_to_prove, prove_line,
    without,
};
use rsp_lock_solve::{Outcome, Problem, SolveError, conflict::describe};
use rsp_lock_spec::{Note, Origin, PlatformRequest, Request};

use crate::{
    error::Error,
    one_line::in_one_line,
    options::LockOptions,
    plan::Plan,
    pose::pose,
    prune::Prune,
    rung::{Rung, ask_on, limits, rung, settle, with_base_lines},
    source::ChannelSource,
};
pub(crate) use facts::facts;
use facts::group;
use since::{condition, met_since, same_since, together};

/// What is shown about the lines of a request on one platform.
#[derive(Clone, Debug)]
pub struct PlatformProof {
    /// The name of the platform.
    pub platform: String,
    /// Why there is no solution even with all lines, in about ten lines; nothing is shown then.
    pub unsolvable: Option<String>,
    /// Overrides, edits, constraints and pins, each list in the order of the request.
    pub lines: Vec<LineProof>,
}

/// What is shown about one line.
#[derive(Clone, Debug)]
pub struct LineProof {
    /// What it is, and how it is taken out.
    pub line: Prune,
    /// Where it stands.
    pub origin: Origin,
    /// Why it was written.
    pub note: Note,
    /// Until when it was meant, as written.
    pub until: Option<String>,
    /// The verdict.
    pub verdict: LineVerdict,
    /// Since when it is not needed: since when the solution without it is the same, or
    /// meets `until`; for the latter it goes with all others that have the same `until`.
    pub since: Option<Since>,
    /// The packages of the lines that have the same `until`: they go together.
    pub goes_with: Vec<String>,
    /// Whether its review is due.
    pub is_due: bool,
    /// Whether it can go, together with all others that can. Of requirements only caps can:
    /// what says which version is wanted is a choice.
    pub can_go: bool,
}

/// What plain solving without a line shows.
#[derive(Clone, Debug)]
pub enum LineVerdict {
    /// There is no solution without it: why, in one line.
    Needed(String),
    /// The solution is the same.
    Idle,
    /// Other packages would be taken.
    Changes(Vec<ChangedPackage>),
    /// No channel has what it is about.
    MatchesNothing,
    /// Every record of the name is within it.
    ExcludesNothing,
    /// The time limit passed.
    Unknown,
}

/// A package that differs, as the line holds it and as it would be without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPackage {
    /// Its name.
    pub name: String,
    /// How it differs.
    pub kind: Kind,
    /// Version and build with the line.
    pub with: Option<(String, String)>,
    /// Version and build without it.
    pub without: Option<(String, String)>,
    /// By how many bytes the files to download grow without the line, where both sizes are known.
    pub growth: Option<i64>,
}

/// Shows for each line of the request that holds something back what it does on a platform.
pub(crate) fn prove_platform(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    sources: &[ChannelSource],
    index: Option<&Index>,
    options: &LockOptions,
    today: Option<Date>,
) -> Result<PlatformProof, Error> {
    let mut problem = pose(request, platform, plan, None, sources, index)?.problem;
    let rung = match &request.base {
        Some(base) => match rung(request, base, platform, options, sources, &problem)? {
            Ok(rung) => Some(rung),
            Err((outcome, problem)) => return Ok(unsolved(platform, &outcome, &problem)),
        },
        None => None,
    };
    if let Some(rung) = &rung {
        settle(&mut problem, rung);
    }
    let prepared = Prepared::new(&problem, options.solver, limits(options));
    let rung = rung.as_ref();
    let ask = |problem: &Problem<'_>| -> Result<Outcome, SolveError> {
        match rung {
            Some(rung) => ask_on(&prepared, problem, rung, options),
            None => prepared.solve(problem),
        }
    };
    let solution = match ask(&problem)? {
        Outcome::Solved(solution) => solution.records,
        other => return Ok(unsolved(platform, &other, &counted(&problem, rung))),
    };
    let mut lines = Vec::new();
    let provable = lines_to_prove(&problem);
    for line in &provable {
        let verdict = prove_line(&ask, &problem, &solution, *line)?;
        let mut proof = facts(&problem, *line, today);
        let group = group(&problem, *line);
        let until = proof.until.as_deref().and_then(condition);
        proof.since = match (&verdict, &until) {
            (Verdict::MatchesNothing | Verdict::ExcludesNothing, _) => None,
            (Verdict::Idle, _) => same_since(&ask, &problem, *line, &solution)?,
            (_, Some(until)) => met_since(&ask, &problem, &group, until, &solution)?,
            _ => None,
        };
        let others = group.iter().filter(|other| *other != line);
        proof.goes_with = others
            .map(|other| facts(&problem, *other, today).line.name)
            .collect();
        proof.verdict = match verdict {
            Verdict::Needed(conflict) => {
                let without = counted(&without(&problem, &[*line]), rung);
                LineVerdict::Needed(in_one_line(&conflict, &without))
            }
            Verdict::Idle => LineVerdict::Idle,
            Verdict::Changes(free) => LineVerdict::Changes(changed(
                (&problem, &solution),
                (&without(&problem, &[*line]), &free),
            )),
            Verdict::MatchesNothing => LineVerdict::MatchesNothing,
            Verdict::ExcludesNothing => LineVerdict::ExcludesNothing,
            Verdict::Unknown => LineVerdict::Unknown,
        };
        lines.push(proof);
    }
    together(&ask, &problem, &provable, &solution, &mut lines)?;
    Ok(PlatformProof {
        platform: platform.name.clone(),
        unsolvable: None,
        lines,
    })
}

/// The problem that the lines of a conflict count in.
pub(crate) fn counted<'a>(problem: &Problem<'a>, rung: Option<&Rung<'a>>) -> Problem<'a> {
    rung.map_or_else(|| problem.clone(), |rung| with_base_lines(problem, rung))
}

fn unsolved(platform: &PlatformRequest, outcome: &Outcome, problem: &Problem<'_>) -> PlatformProof {
    let why = match outcome {
        Outcome::Unsolvable(conflict) => describe(conflict, problem),
        _ => "no answer within the time limit".to_owned(),
    };
    PlatformProof {
        platform: platform.name.clone(),
        unsolvable: Some(why),
        lines: Vec::new(),
    }
}

/// What differs between two answers, each with its problem.
pub(crate) fn changed(
    (before, old): (&Problem<'_>, &[Arc<RepoDataRecord>]),
    (after, new): (&Problem<'_>, &[Arc<RepoDataRecord>]),
) -> Vec<ChangedPackage> {
    let with = Graph::new(old, &before.overrides, &before.dependencies);
    let without = Graph::new(new, &after.overrides, &after.dependencies);
    let old = Side {
        graph: &with,
        requirements: &before.requirements,
        constraints: &before.constraints,
    };
    let new = Side {
        graph: &without,
        requirements: &after.requirements,
        constraints: &after.constraints,
    };
    difference(&old, &new).iter().map(changed_package).collect()
}

/// A change without its cause.
pub(crate) fn changed_package(change: &Change<'_>) -> ChangedPackage {
    let version_and_build = |record: &RepoDataRecord| {
        let package = &record.package_record;
        (package.version.to_string(), package.build.to_string())
    };
    ChangedPackage {
        name: change.name.to_owned(),
        kind: change.kind,
        with: change.old.map(version_and_build),
        without: change.new.map(version_and_build),
        growth: growth(change.old, change.new),
    }
}

/// By how many bytes one file is larger than another; a file that is not there has none.
fn growth(old: Option<&RepoDataRecord>, new: Option<&RepoDataRecord>) -> Option<i64> {
    let size = |record: Option<&RepoDataRecord>| match record {
        Some(record) => record.package_record.size.map(i128::from),
        None => Some(0),
    };
    i64::try_from(size(new)? - size(old)?).ok()
}

/// The last second of a day, for messages: `2021-03-06`.
pub fn day_of(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
