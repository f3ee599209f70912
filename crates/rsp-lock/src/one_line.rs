//! The most telling cause of a conflict, in one line.

use rsp_lock_solve::{Cause, Conflict, Demand, Line, Problem, Wanter};

/// The most telling cause of a conflict, in one line without a full stop.
pub fn in_one_line(conflict: &Conflict, problem: &Problem<'_>) -> String {
    told(most_telling(conflict, &|_| true), conflict, problem)
}

/// The most telling cause of a conflict in which a line has its part, in one line without a full stop.
pub(crate) fn about_line(conflict: &Conflict, about: Line, problem: &Problem<'_>) -> String {
    let takes_part = |cause: &Cause| match cause {
        Cause::NoCandidate(fact) => is_from(&fact.demand, about),
        Cause::Clash { demands, .. } => demands.iter().any(|demand| is_from(demand, about)),
        Cause::PinMissing { pinned, .. } => about == Line::Pinned(*pinned),
        _ => false,
    };
    told(most_telling(conflict, &takes_part), conflict, problem)
}

fn is_from(demand: &Demand, line: Line) -> bool {
    demand.chain.first() == Some(&Wanter::Line(line))
}

fn told(cause: Option<&Cause>, conflict: &Conflict, problem: &Problem<'_>) -> String {
    match cause {
        Some(Cause::Clash { name, demands }) => {
            let demands: Vec<String> = demands.iter().take(3).map(|d| of(d, problem)).collect();
            format!(
                "no `{}` meets {}",
                name.as_normalized(),
                demands.join(" and ")
            )
        }
        Some(Cause::NoCandidate(fact)) => format!("nothing offers {}", of(&fact.demand, problem)),
        Some(Cause::PinMissing { pinned, .. }) => {
            format!("{} is not to be had", line(Line::Pinned(*pinned), problem))
        }
        _ => {
            let lines = conflict.lines.iter().take(4);
            let lines: Vec<String> = lines.map(|l| line(*l, problem)).collect();
            format!("{} cannot hold together", lines.join(" and "))
        }
    }
}

/// The first cause that is preferred and not about what a platform lacks: that is seldom news.
fn most_telling<'c>(
    conflict: &'c Conflict,
    is_preferred: &dyn Fn(&Cause) -> bool,
) -> Option<&'c Cause> {
    let is_of_platform = |cause: &Cause| match cause {
        Cause::NoCandidate(fact) => {
            let name = fact.demand.spec.name.as_exact();
            name.is_some_and(|name| name.as_normalized().starts_with("__"))
        }
        _ => false,
    };
    let causes = conflict.causes.iter();
    // Of equal ones the first.
    causes.min_by_key(|cause| (is_of_platform(cause), !is_preferred(cause)))
}

fn of(demand: &Demand, problem: &Problem<'_>) -> String {
    match demand.chain.last() {
        Some(Wanter::Line(last)) => line(*last, problem),
        Some(Wanter::Platform) => format!("`{}` of the platform", demand.spec),
        Some(Wanter::Records { name, versions, .. }) => {
            let version = versions.first().map_or("", String::as_str);
            format!("`{}` of {} {version}", demand.spec, name.as_normalized())
        }
        None => format!("`{}`", demand.spec),
    }
}

fn line(line: Line, problem: &Problem<'_>) -> String {
    let text = |text: Option<&String>| text.map_or_else(String::new, |text| format!("`{text}`"));
    match line {
        Line::Requirement(at) => text(problem.requirements.get(at).map(|l| &l.text)),
        Line::Constraint(at) => text(problem.constraints.get(at).map(|l| &l.text)),
        Line::Override(at) => text(problem.overrides.get(at).map(|l| &l.text)),
        Line::Dependency(at) => text(problem.dependencies.get(at).map(|l| &l.text)),
        Line::Pinned(at) => problem.pinned.get(at).map_or_else(String::new, |record| {
            let package = &record.package_record;
            format!(
                "{} {} {} of the base",
                package.name.as_normalized(),
                package.version,
                package.build
            )
        }),
    }
}
