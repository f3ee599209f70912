//! The lines of a problem: which mean something, and in what order they are posed.

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, MatchSpecCondition, NamelessMatchSpec, PackageNameMatcher,
};
use rsp_lock_spec::exact_name;

use rsp_lock_index::place::names_a_place;

use crate::{conflict::Line, error::SolveError, pose, problem::Problem};

/// A line of the problem as a spec without channel, subdir and file name.
#[derive(Clone, Debug)]
pub(crate) struct PosedLine {
    pub(crate) line: Line,
    pub(crate) spec: MatchSpec,
}

/// Refuses what no solver gives a meaning to.
pub(crate) fn check(problem: &Problem<'_>) -> Result<(), SolveError> {
    for line in &problem.requirements {
        check_spec(&line.spec, &line.text)?;
        if line.spec.condition.is_some() && names_a_place(&line.spec) {
            return Err(bad(
                &line.text,
                "a requirement with a condition cannot name a channel, a subdir or a file",
            ));
        }
    }
    for line in &problem.constraints {
        check_spec(&line.spec, &line.text)?;
        if line.spec.condition.is_some() {
            return Err(bad(&line.text, "a constraint cannot have a condition"));
        }
        if line.spec.extras.is_some() {
            return Err(bad(&line.text, "a constraint cannot ask for an extra"));
        }
    }
    for line in &problem.overrides {
        check_replacement(&line.spec, &line.text)?;
        if let Some(dependents) = &line.dependents {
            check_dependents(dependents, &line.text)?;
        }
    }
    for line in &problem.dependencies {
        check_replacement(&line.spec, &line.text)?;
        check_dependents(&line.dependents, &line.text)?;
    }
    Ok(())
}

fn bad(spec: &str, problem: &str) -> SolveError {
    SolveError::BadSpec {
        spec: spec.to_owned(),
        problem: problem.to_owned(),
    }
}

fn check_spec(spec: &MatchSpec, text: &str) -> Result<(), SolveError> {
    let PackageNameMatcher::Exact(name) = &spec.name else {
        return Err(bad(text, "it does not name one package"));
    };
    if name.as_normalized().is_empty() {
        return Err(bad(text, "it does not name a package"));
    }
    if spec.namespace.is_some() {
        return Err(bad(text, "namespaces mean nothing here"));
    }
    match &spec.condition {
        Some(condition) => condition_problem(condition).map_or(Ok(()), |p| Err(bad(text, &p))),
        None => Ok(()),
    }
}

/// What an override or an edit puts into a record has to survive as text.
fn check_replacement(spec: &MatchSpec, text: &str) -> Result<(), SolveError> {
    check_spec(spec, text)?;
    if names_a_place(spec) {
        return Err(bad(
            text,
            "a dependency of a record cannot name a channel, a subdir or a file",
        ));
    }
    pose::problem_of(&spec.to_string()).map_or(Ok(()), |problem| Err(bad(text, &problem)))
}

/// Dependents may be a pattern, but only of what a record says of itself.
fn check_dependents(spec: &MatchSpec, text: &str) -> Result<(), SolveError> {
    if spec.condition.is_some() || spec.extras.is_some() || spec.namespace.is_some() {
        return Err(bad(
            text,
            "the dependents cannot have a condition, an extra or a namespace",
        ));
    }
    if names_a_place(spec) || spec.url.is_some() {
        return Err(bad(
            text,
            "the dependents cannot be told by channel, subdir, file or URL",
        ));
    }
    Ok(())
}

/// What keeps a condition from being understood. Conditions are handed on as
/// text, so they have to survive that.
pub(crate) fn condition_problem(condition: &MatchSpecCondition) -> Option<String> {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            if spec.condition.is_some() {
                return Some("a condition cannot have a condition of its own".to_owned());
            }
            if names_a_place(spec) {
                return Some("a condition cannot name a channel, a subdir or a file".to_owned());
            }
            match rsp_lock_spec::parse_record_spec(&spec.to_string()) {
                Ok(again) if again.condition.is_some() => {
                    Some("a condition cannot have a condition of its own".to_owned())
                }
                Ok(_) => None,
                Err(error) => Some(error.problem),
            }
        }
        MatchSpecCondition::And(left, right) | MatchSpecCondition::Or(left, right) => {
            condition_problem(left).or_else(|| condition_problem(right))
        }
    }
}

/// The virtual packages by name; a platform cannot offer one name twice.
pub(crate) fn virtual_packages(
    given: &[GenericVirtualPackage],
) -> Result<Vec<GenericVirtualPackage>, SolveError> {
    let mut packages = given.to_vec();
    packages.sort_by(|a, b| a.name.as_normalized().cmp(b.name.as_normalized()));
    packages.dedup();
    let twice = packages
        .windows(2)
        .find(|pair| matches!(pair, [a, b] if a.name == b.name));
    match twice {
        Some([_, second]) => Err(bad(
            &second.to_string(),
            "the platform offers another one of this name already",
        )),
        _ => Ok(packages),
    }
}

/// Pins, then requirements by priority, name and text.
pub(crate) fn requirements(problem: &Problem<'_>) -> Vec<PosedLine> {
    let mut pins: Vec<PosedLine> = problem
        .pinned
        .iter()
        .enumerate()
        .map(|(index, record)| {
            let name = PackageNameMatcher::Exact(record.package_record.name.clone());
            PosedLine {
                line: Line::Pinned(index),
                spec: MatchSpec {
                    url: Some(record.url.clone()),
                    ..MatchSpec::from_nameless(NamelessMatchSpec::default(), name)
                },
            }
        })
        .collect();
    sort(&mut pins);
    let mut lines = posed(&problem.requirements, Line::Requirement);
    lines.sort_by_key(|line| match line.line {
        Line::Requirement(index) => problem
            .requirements
            .get(index)
            .map(|line| std::cmp::Reverse(line.priority)),
        _ => None,
    });
    pins.extend(lines);
    pins
}

/// Constraints by name and text.
pub(crate) fn constraints(problem: &Problem<'_>) -> Vec<PosedLine> {
    posed(&problem.constraints, Line::Constraint)
}

fn posed(lines: &[rsp_lock_spec::Requirement], kind: fn(usize) -> Line) -> Vec<PosedLine> {
    let mut posed: Vec<PosedLine> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| PosedLine {
            line: kind(index),
            spec: MatchSpec {
                channel: None,
                subdir: None,
                file_name: None,
                ..line.spec.clone()
            },
        })
        .collect();
    sort(&mut posed);
    posed
}

fn sort(lines: &mut [PosedLine]) {
    lines.sort_by_cached_key(|line| {
        let name = exact_name(&line.spec).as_normalized().to_owned();
        (name, line.spec.to_string())
    });
}
