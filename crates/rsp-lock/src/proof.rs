//! Which lines of a request are still needed, on one platform.

use jiff::{Timestamp, civil::Date};
use rattler_conda_types::{MatchSpec, Matches, RepoDataRecord};
use rsp_lock_index::Index;
use rsp_lock_prove::{
    Graph, Kind, Prepared, Side, Since, Verdict, difference, lines_to_prove, prove_line, since,
    without,
};
use rsp_lock_solve::{Line, Outcome, Problem, SolveError, conflict::describe};
use rsp_lock_spec::{
    BasePolicy, Note, Origin, PlatformRequest, Request, exact_name, parse_spec_text,
};

use crate::{
    error::Error,
    one_line::in_one_line,
    options::LockOptions,
    plan::Plan,
    pose::pose,
    prune::{Prune, PruneList},
    rung::{leave_out, limits, rung},
    source::ChannelSource,
};

/// How many days of the index are looked back at for one line.
const MOST_DAYS: usize = 120;

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
    /// meets `until`.
    pub since: Option<Since>,
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
    if let Some(base) = &request.base {
        if base.policy != BasePolicy::Freeze {
            return Err(Error::Unsupported {
                what: "the proof of overrides on a base that may move",
                origin: base.origin.clone(),
            });
        }
        match rung(request, base, platform, options, sources, &problem)? {
            Ok(rung) => {
                leave_out(&mut problem, &rung);
                problem.pinned.extend(&rung.records);
            }
            Err((outcome, problem)) => return Ok(unsolved(platform, &outcome, &problem)),
        }
    }
    let prepared = Prepared::new(&problem, options.solver, limits(options));
    let solution = match prepared.solve(&problem)? {
        Outcome::Solved(solution) => solution.records,
        other => return Ok(unsolved(platform, &other, &problem)),
    };
    let mut lines = Vec::new();
    let provable = lines_to_prove(&problem);
    for line in &provable {
        let verdict = prove_line(&prepared, &problem, &solution, *line)?;
        let mut proof = facts(&problem, *line, today);
        let until = proof.until.as_deref().and_then(condition);
        proof.since = match (&verdict, &until) {
            (Verdict::Idle, _) => same_since(&prepared, &problem, *line, &solution)?,
            (Verdict::Changes(free), Some(until)) if holds(until, free) => {
                let met = |_: &Problem<'_>, free: &[RepoDataRecord]| -> Result<bool, SolveError> {
                    Ok(holds(until, free))
                };
                let names = names(&[&solution, free]);
                since(&prepared, &problem, *line, &names, MOST_DAYS, &met)?
            }
            _ => None,
        };
        proof.verdict = told(&problem, *line, &solution, verdict);
        lines.push(proof);
    }
    together(&prepared, &problem, &provable, &solution, &mut lines)?;
    Ok(PlatformProof {
        platform: platform.name.clone(),
        unsolvable: None,
        lines,
    })
}

/// Since when the solution is the same with and without a line.
fn same_since(
    prepared: &Prepared<'_>,
    problem: &Problem<'_>,
    line: Line,
    solution: &[RepoDataRecord],
) -> Result<Option<Since>, Error> {
    let met = |then: &Problem<'_>, free: &[RepoDataRecord]| -> Result<bool, SolveError> {
        let with = prepared.solve(then)?;
        Ok(matches!(with, Outcome::Solved(with) if with.records == free))
    };
    let names = names(&[solution]);
    Ok(since(prepared, problem, line, &names, MOST_DAYS, &met)?)
}

fn names<'r>(sets: &[&'r [RepoDataRecord]]) -> Vec<&'r str> {
    let mut names: Vec<&str> = sets
        .iter()
        .flat_map(|records| records.iter())
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
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

/// What the request says of a line; the verdict is still open.
fn facts(problem: &Problem<'_>, line: Line, today: Option<Date>) -> LineProof {
    let unknown = Origin::command_line();
    let (list, name, text, origin, note, until) = match line {
        Line::Override(at) => match problem.overrides.get(at) {
            Some(rule) => (
                PruneList::Overrides,
                exact_name(&rule.spec).as_normalized(),
                rule.text.as_str(),
                &rule.origin,
                rule.note.clone(),
                rule.until.clone(),
            ),
            None => (
                PruneList::Overrides,
                "",
                "",
                &unknown,
                Note::default(),
                None,
            ),
        },
        Line::Dependency(at) => match problem.dependencies.get(at) {
            Some(edit) => (
                PruneList::Dependencies,
                exact_name(&edit.spec).as_normalized(),
                edit.text.as_str(),
                &edit.origin,
                edit.note.clone(),
                None,
            ),
            None => (
                PruneList::Dependencies,
                "",
                "",
                &unknown,
                Note::default(),
                None,
            ),
        },
        Line::Constraint(at) | Line::Requirement(at) => {
            let (list, lines) = match line {
                Line::Constraint(_) => (PruneList::Constraints, &problem.constraints),
                _ => (PruneList::Requirements, &problem.requirements),
            };
            match lines.get(at) {
                Some(line) => (
                    list,
                    line.name().as_normalized(),
                    line.text.as_str(),
                    &line.origin,
                    line.note.clone(),
                    None,
                ),
                None => (list, "", "", &unknown, Note::default(), None),
            }
        }
        Line::Pinned(_) => (
            PruneList::Requirements,
            "",
            "",
            &unknown,
            Note::default(),
            None,
        ),
    };
    LineProof {
        line: Prune {
            list,
            name: name.to_owned(),
            text: text.to_owned(),
        },
        origin: origin.clone(),
        is_due: note
            .review
            .zip(today)
            .is_some_and(|(review, today)| review <= today),
        note,
        until,
        verdict: LineVerdict::Unknown,
        since: None,
        can_go: false,
    }
}

fn told(
    problem: &Problem<'_>,
    line: Line,
    solution: &[RepoDataRecord],
    verdict: Verdict,
) -> LineVerdict {
    match verdict {
        Verdict::Needed(conflict) => {
            LineVerdict::Needed(in_one_line(&conflict, &without(problem, line)))
        }
        Verdict::Idle => LineVerdict::Idle,
        Verdict::Changes(free) => LineVerdict::Changes(changed(problem, line, solution, &free)),
        Verdict::MatchesNothing => LineVerdict::MatchesNothing,
        Verdict::ExcludesNothing => LineVerdict::ExcludesNothing,
        Verdict::Unknown => LineVerdict::Unknown,
    }
}

fn changed(
    problem: &Problem<'_>,
    line: Line,
    solution: &[RepoDataRecord],
    free: &[RepoDataRecord],
) -> Vec<ChangedPackage> {
    let other = without(problem, line);
    let with = Graph::new(solution, &problem.overrides, &problem.dependencies);
    let without = Graph::new(free, &other.overrides, &other.dependencies);
    let old = Side {
        graph: &with,
        requirements: &problem.requirements,
        constraints: &problem.constraints,
    };
    let new = Side {
        graph: &without,
        requirements: &other.requirements,
        constraints: &other.constraints,
    };
    let version_and_build = |record: &RepoDataRecord| {
        let package = &record.package_record;
        (package.version.to_string(), package.build.to_string())
    };
    difference(&old, &new)
        .into_iter()
        .map(|change| ChangedPackage {
            name: change.name.to_owned(),
            kind: change.kind,
            with: change.old.map(version_and_build),
            without: change.new.map(version_and_build),
        })
        .collect()
}

/// A condition that is a spec; one in words means nothing to a solver.
fn condition(text: &str) -> Option<MatchSpec> {
    parse_spec_text(text).ok().map(|parsed| parsed.spec)
}

fn holds(spec: &MatchSpec, records: &[RepoDataRecord]) -> bool {
    records.iter().any(|record| spec.matches(record))
}

/// Finds the lines that can go together: one after the other is taken out for good if what
/// it was held to do alone still holds with all those before it gone.
fn together(
    prepared: &Prepared<'_>,
    problem: &Problem<'_>,
    lines: &[Line],
    solution: &[RepoDataRecord],
    proofs: &mut [LineProof],
) -> Result<(), Error> {
    let mut rest = problem.clone();
    let mut held = solution.to_vec();
    // From the end, so that the places of those before it do not change.
    for (line, proof) in lines.iter().zip(proofs).rev() {
        let is_idle = matches!(
            proof.verdict,
            LineVerdict::Idle | LineVerdict::MatchesNothing | LineVerdict::ExcludesNothing
        );
        let is_met = matches!(proof.verdict, LineVerdict::Changes(_)) && proof.since.is_some();
        // What says which version is wanted is a choice, not something to be got rid of.
        let is_possible =
            !matches!(line, Line::Requirement(_)) || proof.line.text.contains(['<', '!']);
        if !(is_idle || is_met) || !is_possible {
            continue;
        }
        let less = without(&rest, *line);
        if let Outcome::Solved(free) = prepared.solve(&less)?
            && (is_met || free.records == held)
        {
            proof.can_go = true;
            rest = less;
            held = free.records;
        }
    }
    Ok(())
}

/// The last second of a day, for messages: `2021-03-06`.
pub fn day_of(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
