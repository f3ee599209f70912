//! Whether a line of a request is still needed: what plain solving says without it.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rattler_conda_types::{
    MatchSpec, Matches, NamelessMatchSpec, PackageName, PackageNameMatcher, RepoDataRecord,
};
use rsp_lock_solve::{Conflict, Line, Outcome, Problem, SolveError};
use rsp_lock_spec::{DependencyEditKind, Requirement, dependency_name, exact_name};

use crate::records::{all, named};

/// What solving without a line shows.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// There is no solution without it. The conflict counts in [`without`].
    Needed(Conflict),
    /// The solution is the same.
    Idle,
    /// The solution is another: its records.
    Changes(Vec<Arc<RepoDataRecord>>),
    /// No channel has what it is about.
    MatchesNothing,
    /// Every record of the name is within it.
    ExcludesNothing,
    /// The time limit passed.
    Unknown,
}

/// How a problem is solved: by itself, or on a base.
pub type Ask<'q> = dyn Fn(&Problem<'_>) -> Result<Outcome, SolveError> + 'q;

/// The lines of a problem that hold something back: overrides, edits, constraints, and
/// requirements that say more than a name.
pub fn lines_to_prove(problem: &Problem<'_>) -> Vec<Line> {
    let overrides = (0..problem.overrides.len()).map(Line::Override);
    let edits = (0..problem.dependencies.len()).map(Line::Dependency);
    let constraints = (0..problem.constraints.len()).map(Line::Constraint);
    let pins = problem.requirements.iter().enumerate();
    let pins = pins.filter(|(_, line)| restricts(&line.spec));
    overrides
        .chain(edits)
        .chain(constraints)
        .chain(pins.map(|(index, _)| Line::Requirement(index)))
        .collect()
}

fn restricts(spec: &MatchSpec) -> bool {
    let is_any = |version: &rattler_conda_types::VersionSpec| {
        *version == rattler_conda_types::VersionSpec::Any
    };
    spec.version
        .as_ref()
        .is_some_and(|version| !is_any(version))
        || spec.build.is_some()
        || spec.build_number.is_some()
}

/// The problem without some lines; a requirement leaves its name behind.
pub fn without<'a>(problem: &Problem<'a>, lines: &[Line]) -> Problem<'a> {
    let mut problem = problem.clone();
    let mut lines = lines.to_vec();
    // From the end, so that the places of those before do not change.
    lines.sort_unstable_by(|a, b| b.cmp(a));
    lines.dedup();
    for line in lines {
        match line {
            Line::Override(at) if at < problem.overrides.len() => {
                problem.overrides.remove(at);
            }
            Line::Dependency(at) if at < problem.dependencies.len() => {
                problem.dependencies.remove(at);
            }
            Line::Constraint(at) if at < problem.constraints.len() => {
                problem.constraints.remove(at);
            }
            Line::Pinned(at) if at < problem.pinned.len() => {
                problem.pinned.remove(at);
            }
            Line::Requirement(at) => {
                if let Some(line) = problem.requirements.get_mut(at) {
                    *line = name_only(line);
                }
            }
            _ => {}
        }
    }
    problem
}

/// A requirement that says no more than its name, where it may come from and with which extras.
fn name_only(line: &Requirement) -> Requirement {
    let name = line.name().clone();
    let text = name.as_normalized().to_owned();
    let spec = MatchSpec {
        channel: line.spec.channel.clone(),
        subdir: line.spec.subdir.clone(),
        extras: line.spec.extras.clone(),
        condition: line.spec.condition.clone(),
        ..MatchSpec::from_nameless(
            NamelessMatchSpec::default(),
            PackageNameMatcher::Exact(name),
        )
    };
    Requirement {
        spec,
        text,
        ..line.clone()
    }
}

/// Whether a line is needed, given the records of the solution with it.
///
/// `problem` should prefer nothing that is locked: the two solutions are compared as
/// fresh ones.
pub fn prove_line(
    ask: &Ask<'_>,
    problem: &Problem<'_>,
    solution: &[Arc<RepoDataRecord>],
    line: Line,
) -> Result<Verdict, SolveError> {
    if let Some(verdict) = by_looking(problem, solution, line) {
        return Ok(verdict);
    }
    Ok(match ask(&without(problem, &[line]))? {
        Outcome::Solved(free) if free.records == solution => Verdict::Idle,
        Outcome::Solved(free) => Verdict::Changes(free.records),
        Outcome::Unsolvable(conflict) => Verdict::Needed(conflict),
        Outcome::TimedOut | Outcome::Cancelled => Verdict::Unknown,
    })
}

/// What can be said without solving.
fn by_looking(
    problem: &Problem<'_>,
    solution: &[Arc<RepoDataRecord>],
    line: Line,
) -> Option<Verdict> {
    let of_spec = |spec: &MatchSpec| {
        let records = named(problem, exact_name(spec));
        if records.is_empty() && !exact_name(spec).as_normalized().starts_with("__") {
            Some(Verdict::MatchesNothing)
        } else if !records.is_empty() && records.iter().all(|record| spec.matches(&**record)) {
            Some(Verdict::ExcludesNothing)
        } else {
            None
        }
    };
    let states = |record: &RepoDataRecord, name: &str| {
        let package = &record.package_record;
        let texts = package.depends.iter().chain(&package.constrains);
        let mut names = texts.map(|text| dependency_name(text));
        names.any(|own| own.eq_ignore_ascii_case(name))
    };
    match line {
        Line::Requirement(at) => of_spec(&problem.requirements.get(at)?.spec),
        Line::Constraint(at) => of_spec(&problem.constraints.get(at)?.spec),
        Line::Override(at) => {
            let rule = problem.overrides.get(at)?;
            let name = exact_name(&rule.spec).as_normalized();
            let uses = |record: &RepoDataRecord| {
                let dependents = rule.dependents.as_ref();
                dependents.is_none_or(|spec| spec.matches(record)) && states(record, name)
            };
            // The few records of the solution first: all of a channel are many.
            let is_used = solution.iter().any(|record| uses(record))
                || all(problem).iter().any(|record| uses(record));
            (!is_used).then_some(Verdict::MatchesNothing)
        }
        Line::Dependency(at) => {
            let edit = problem.dependencies.get(at)?;
            let name = exact_name(&edit.spec).as_normalized();
            let uses = |record: &RepoDataRecord| {
                let is_stated = match edit.kind {
                    DependencyEditKind::Add => true,
                    DependencyEditKind::Drop => states(record, name),
                };
                is_stated && edit.dependents.matches(record)
            };
            let is_used = solution.iter().any(|record| uses(record))
                || all(problem).iter().any(|record| uses(record));
            (!is_used).then_some(Verdict::MatchesNothing)
        }
        Line::Pinned(_) => None,
    }
}

/// Since when lines are not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The first day of the index, at its end, on which and after which it was not.
    pub day: Timestamp,
    /// Whether the day before was looked at and it was needed then; otherwise it may
    /// not have been needed earlier either.
    pub exact: bool,
}

/// Whether the problem of a day and its solution without the lines are what is looked for.
type Met<'m> = dyn Fn(&Problem<'_>, &[Arc<RepoDataRecord>]) -> Result<bool, SolveError> + 'm;

/// The first day since which the solution without some lines satisfies `met`, looking back
/// from the state of the problem over the days on which a record of `names` was published.
///
/// `met` gets the problem of a day and its solution without the lines.
pub fn since(
    ask: &Ask<'_>,
    problem: &Problem<'_>,
    lines: &[Line],
    names: &[&str],
    most: usize,
    met: &Met<'_>,
) -> Result<Option<Since>, SolveError> {
    let mut found: Option<Timestamp> = None;
    for (count, day) in days(problem, names).into_iter().rev().enumerate() {
        if count >= most {
            return Ok(found.map(|day| Since { day, exact: false }));
        }
        let mut then = problem.clone();
        let cutoff = then
            .exclude_newer
            .default
            .map_or(day, |known| known.min(day));
        then.exclude_newer.default = Some(cutoff);
        let is_met = match ask(&without(&then, lines))? {
            Outcome::Solved(free) => met(&then, &free.records)?,
            Outcome::Unsolvable(_) => false,
            Outcome::TimedOut | Outcome::Cancelled => {
                return Ok(found.map(|day| Since { day, exact: false }));
            }
        };
        if !is_met {
            return Ok(found.map(|day| Since { day, exact: true }));
        }
        found = Some(day);
    }
    Ok(found.map(|day| Since { day, exact: true }))
}

/// The ends of the days on which a record of the names was published and can be seen.
fn days(problem: &Problem<'_>, names: &[&str]) -> Vec<Timestamp> {
    let latest = problem.exclude_newer.default;
    let mut days: Vec<Timestamp> = names
        .iter()
        .filter_map(|name| name.parse::<PackageName>().ok())
        .flat_map(|name| named(problem, &name))
        .filter_map(|record| {
            let package = &record.package_record;
            let published = package.indexed_timestamp.or(package.timestamp)?;
            let published = published.jiff_timestamp();
            if latest.is_some_and(|latest| published > latest) {
                return None;
            }
            let start = published.to_zoned(TimeZone::UTC).start_of_day().ok()?;
            let end = start.checked_add(1.day()).ok()?.timestamp();
            end.checked_sub(1.second()).ok()
        })
        .collect();
    days.sort_unstable();
    days.dedup();
    days
}
