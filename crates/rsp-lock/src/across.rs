//! What a line of a request would change in locks that are there, such as one for each
//! release line.

use std::{collections::BTreeSet, sync::Arc};

use rattler_conda_types::{PackageName, RepoDataRecord};
use rsp_lock_index::Index;
use rsp_lock_prove::{Prepared, lines_to_prove, without};
use rsp_lock_solve::{Line, Outcome, Problem, SolveError};
use rsp_lock_spec::{Base, BasePolicy, BaseSource, Origin, PlatformRequest, Request};

use crate::{
    base::BaseLock,
    error::Error,
    keep::names,
    one_line::in_one_line,
    options::LockOptions,
    plan::Plan,
    pose::pose,
    proof::{ChangedPackage, changed, counted, facts},
    prune::Prune,
    rung::{Rung, ask_on, limits, rung, settle},
    source::ChannelSource,
};

/// What one line would do to one lock, on one platform.
#[derive(Clone, Debug)]
pub struct AcrossLine {
    /// The line.
    pub line: Prune,
    /// Where it stands.
    pub origin: Origin,
    /// The lock, as it was named.
    pub lock: String,
    /// The name of the platform.
    pub platform: String,
    /// The verdict.
    pub verdict: AcrossVerdict,
}

/// What a line would do to a lock.
#[derive(Clone, Debug)]
pub enum AcrossVerdict {
    /// The lock is as the line wants it.
    Satisfied,
    /// The fewest packages that change so that the lock has what the line wants.
    Changes(Vec<ChangedPackage>),
    /// No change of the lock is enough: why, in one line.
    Conflict(String),
    /// Neither a channel nor the lock has a package of the line's name.
    NoSuchPackage,
    /// The time limit passed.
    Unknown,
}

/// A request for the lock alone, as the base that moves least, with the lines of another.
pub(crate) fn request_across(request: &Request, lock: &BaseLock) -> Request {
    Request {
        requirements: Vec::new(),
        base: Some(Base {
            source: BaseSource::Lock(lock.name.clone()),
            policy: BasePolicy::MinimalChange,
            origin: Origin::command_line(),
        }),
        ..request.clone()
    }
}

/// What each override, edit and constraint of a request would do to its base, alone.
///
/// What nothing in the base requires stays as it is, unless the line is about it: a release
/// line whose metapackage moves is another release line.
pub(crate) fn across_platform(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    sources: &[ChannelSource],
    index: Option<&Index>,
    options: &LockOptions,
) -> Result<Vec<AcrossLine>, Error> {
    let Some(base) = &request.base else {
        return Ok(Vec::new());
    };
    let mut problem = pose(request, platform, plan, None, sources, index)?.problem;
    let Ok(rung) = rung(request, base, platform, options, sources, &problem)? else {
        // A base that is a lock is not solved.
        return Ok(Vec::new());
    };
    settle(&mut problem, &rung);
    let lines = lines_to_prove(&problem);
    let prepared = Prepared::new(&problem, options.solver, limits(options));
    let ask = |problem: &Problem<'_>| -> Result<Outcome, SolveError> {
        ask_on(&prepared, problem, &rung, options)
    };
    let roots: Vec<&RepoDataRecord> = names(&rung, &problem, &BTreeSet::new())
        .iter()
        .zip(&rung.records)
        .filter_map(|(line, record)| line.as_ref().map(|_| *record))
        .collect();
    let as_it_is = ask(&without(&problem, &lines))?;
    let mut found = Vec::new();
    for line in &lines {
        let others: Vec<Line> = lines.iter().copied().filter(|l| l != line).collect();
        let mut alone = without(&problem, &others);
        let known = facts(&problem, *line, None);
        let kept = roots
            .iter()
            .filter(|root| root.package_record.name.as_normalized() != known.line.name);
        alone.pinned.extend(kept);
        let verdict = match (&as_it_is, ask(&alone)?) {
            (Outcome::Solved(before), Outcome::Solved(after)) => {
                let before_side = (&without(&problem, &lines), before.records.as_slice());
                let changes = changed(before_side, (&alone, &after.records));
                if is_unknown(&known.line.name, &rung, sources) {
                    AcrossVerdict::NoSuchPackage
                } else if changes.is_empty() || is_base(&rung, &after.records) {
                    AcrossVerdict::Satisfied
                } else {
                    AcrossVerdict::Changes(changes)
                }
            }
            (_, Outcome::Unsolvable(conflict)) => {
                let counted = counted(&alone, Some(&rung));
                AcrossVerdict::Conflict(in_one_line(&conflict, &counted))
            }
            _ => AcrossVerdict::Unknown,
        };
        found.push(AcrossLine {
            line: known.line,
            origin: known.origin,
            lock: rung.name.clone(),
            platform: platform.name.clone(),
            verdict,
        });
    }
    Ok(found)
}

/// Whether neither a channel nor the lock has a package of this name.
fn is_unknown(name: &str, rung: &Rung<'_>, sources: &[ChannelSource]) -> bool {
    let Ok(name) = name.parse::<PackageName>() else {
        return false;
    };
    let is_it = |record: &&RepoDataRecord| record.package_record.name == name;
    !rung.records.iter().any(is_it) && sources.iter().all(|source| source.named(&name).is_empty())
}

/// Whether an answer is the base, record by record.
fn is_base(rung: &Rung<'_>, records: &[Arc<RepoDataRecord>]) -> bool {
    let of_base: BTreeSet<&str> = rung
        .records
        .iter()
        .map(|record| record.url.as_str())
        .collect();
    let of_answer: BTreeSet<&str> = records.iter().map(|record| record.url.as_str()).collect();
    of_base == of_answer
}
