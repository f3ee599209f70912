//! A conflict in about ten lines, in the user's terms.

use std::fmt::Write as _;

use rsp_lock_spec::{Note, Origin};

use crate::{
    conflict::{Cause, Conflict, Demand, Line, NoCandidate, Wanter, no_candidate::MOST_VERSIONS},
    exclusion::Exclusion,
    problem::Problem,
};

/// The most lines of the request that are shown.
const MOST_LINES: usize = 4;
/// The most causes that are shown.
const MOST_CAUSES: usize = 2;
/// The most demands of a clash that are shown.
const MOST_DEMANDS: usize = 3;

/// A conflict in about ten lines: what was asked for, where and why, and what
/// stands between.
pub fn describe(conflict: &Conflict, problem: &Problem<'_>) -> String {
    let mut text = String::new();
    match conflict.lines.as_slice() {
        [] => text.push_str("there is no solution\n"),
        [_] => text.push_str("this cannot be had:\n"),
        lines if conflict.minimal => {
            let _ = writeln!(text, "these {} lines cannot hold together:", lines.len());
        }
        lines => {
            let _ = writeln!(
                text,
                "among these {} lines some cannot hold together:",
                lines.len()
            );
        }
    }
    for line in conflict.lines.iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {}", line_text(*line, problem));
    }
    if let Some(more @ 1..) = conflict.lines.len().checked_sub(MOST_LINES) {
        let _ = writeln!(text, "  and {more} more");
    }
    if conflict.causes.is_empty()
        && let Some(said) = &conflict.said
    {
        text.push_str(said.trim_end());
        text.push('\n');
    }
    for cause in conflict.causes.iter().take(MOST_CAUSES) {
        cause_text(&mut text, cause, problem);
    }
    if let Some(more @ 1..) = conflict.causes.len().checked_sub(MOST_CAUSES) {
        let causes = if more == 1 { "cause" } else { "causes" };
        let _ = writeln!(text, "and {more} more {causes}");
    }
    text
}

/// A line of the request: the spec, where it stands, and why.
fn line_text(line: Line, problem: &Problem<'_>) -> String {
    let written = |kind: &str, text: &str, origin: &Origin, note: &Note| {
        let reason = match (&note.reason, &note.ticket) {
            (Some(reason), Some(ticket)) => format!(": {reason} [{ticket}]"),
            (Some(reason), None) => format!(": {reason}"),
            (None, Some(ticket)) => format!(" [{ticket}]"),
            (None, None) => String::new(),
        };
        format!("{kind}`{text}` ({origin}){reason}")
    };
    let found = match line {
        Line::Requirement(index) => problem
            .requirements
            .get(index)
            .map(|line| written("", &line.text, &line.origin, &line.note)),
        Line::Constraint(index) => problem
            .constraints
            .get(index)
            .map(|line| written("constraint ", &line.text, &line.origin, &line.note)),
        Line::Override(index) => problem
            .overrides
            .get(index)
            .map(|line| written("override ", &line.text, &line.origin, &line.note)),
        Line::Dependency(index) => problem
            .dependencies
            .get(index)
            .map(|line| written("edit ", &line.text, &line.origin, &line.note)),
        Line::Pinned(index) => problem.pinned.get(index).map(|record| {
            let package = &record.package_record;
            let name = package.name.as_normalized();
            format!("pinned `{name} {} {}`", package.version, package.build)
        }),
    };
    found.unwrap_or_default()
}

fn cause_text(text: &mut String, cause: &Cause, problem: &Problem<'_>) {
    match cause {
        Cause::NoCandidate(fact) => no_candidate_text(text, fact, problem),
        Cause::Clash { name, demands } => {
            let _ = writeln!(text, "no `{}` meets all of:", name.as_normalized());
            for demand in demands.iter().take(MOST_DEMANDS) {
                let _ = writeln!(text, "  {}", demand_text(demand, problem));
            }
            if let Some(more @ 1..) = demands.len().checked_sub(MOST_DEMANDS) {
                let _ = writeln!(text, "  and {more} more");
            }
        }
        Cause::PinMissing { pinned, exclusion } => {
            let line = line_text(Line::Pinned(*pinned), problem);
            let _ = match exclusion {
                Some(exclusion) => {
                    writeln!(text, "{line}: {}", exclusion_text(exclusion, problem))
                }
                None => writeln!(text, "{line}: the channels no longer have this file"),
            };
        }
    }
}

fn no_candidate_text(text: &mut String, fact: &NoCandidate, problem: &Problem<'_>) {
    let _ = writeln!(
        text,
        "nothing offers {}",
        demand_text(&fact.demand, problem)
    );
    for (exclusion, count) in fact.excluded.iter().take(MOST_DEMANDS) {
        let records = if *count == 1 { "record" } else { "records" };
        let _ = writeln!(
            text,
            "  {count} {records}: {}",
            exclusion_text(exclusion, problem)
        );
    }
    if let Some((file, reason)) = fact.rejected.first() {
        let records = if fact.rejected.len() == 1 {
            "record cannot"
        } else {
            "records cannot"
        };
        let count = fact.rejected.len();
        let _ = writeln!(text, "  {count} {records} be read: `{file}`: {reason}");
        if fact.available.is_empty() {
            return;
        }
    }
    if !fact.nearest.is_empty() {
        let names: Vec<String> = fact
            .nearest
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let _ = writeln!(
            text,
            "  no channel has this name; there is {}",
            names.join(", ")
        );
    } else if fact.available.is_empty() {
        let _ = writeln!(text, "  neither a channel nor the platform has this name");
    } else {
        let older = if fact.available.len() < MOST_VERSIONS {
            ""
        } else {
            ", …"
        };
        let _ = writeln!(text, "  there is {}{older}", fact.available.join(", "));
    }
}

/// A spec and the way it came in.
fn demand_text(demand: &Demand, problem: &Problem<'_>) -> String {
    let mut text = format!("`{}`", demand.spec);
    let mut chain = demand.chain.as_slice();
    if let [Wanter::Line(line)] = chain {
        let _ = write!(text, " ({})", origin_text(*line, problem));
        return text;
    }
    if let Some(rule) = demand.by {
        let _ = write!(text, ", put by {} into", line_text(rule, problem));
    } else if demand.only_if_present {
        text.push_str(", the only one that goes with");
    } else if chain.last() != Some(&Wanter::Platform) {
        text.push_str(", wanted by");
    }
    let mut is_first = true;
    while let Some((last, rest)) = chain.split_last() {
        chain = rest;
        if !is_first {
            text.push_str(" <-");
        }
        is_first = false;
        match last {
            Wanter::Line(line) => {
                let _ = write!(text, " {}", line_text(*line, problem));
            }
            Wanter::Platform => text.push_str(" which the platform offers"),
            Wanter::Records {
                name,
                versions,
                count,
            } => {
                let _ = write!(text, " {}", name.as_normalized());
                if let Some(first) = versions.first() {
                    let _ = write!(text, " {first}");
                }
                if *count > 1 {
                    let _ = write!(text, " and {} more", count - 1);
                }
            }
        }
    }
    text
}

fn origin_text(line: Line, problem: &Problem<'_>) -> String {
    let found = match line {
        Line::Requirement(index) => problem
            .requirements
            .get(index)
            .map(|l| l.origin.to_string()),
        Line::Constraint(index) => problem
            .constraints
            .get(index)
            .map(|line| format!("constraint, {}", line.origin)),
        Line::Override(_) | Line::Dependency(_) | Line::Pinned(_) => None,
    };
    found.unwrap_or_else(|| line_text(line, problem))
}

fn exclusion_text(exclusion: &Exclusion, problem: &Problem<'_>) -> String {
    match exclusion {
        Exclusion::Unusable { problem } => format!("unusable: {problem}"),
        Exclusion::Caller { reason } => reason.to_string(),
        Exclusion::OtherChannel => "from elsewhere than was asked for".to_owned(),
        Exclusion::ChannelPriority { channel } => {
            let display = problem.channels.iter().find(|c| c.name == *channel);
            let display = display.map_or(channel.as_str(), |c| c.display.as_str());
            format!("hidden by channel `{display}`, which has the name and comes first")
        }
        Exclusion::TooNew { cutoff } => format!("published after the cutoff {cutoff}"),
        Exclusion::NoTimestamp => "without a date, so hidden by the cutoff".to_owned(),
        Exclusion::Contradictory => "it contradicts itself".to_owned(),
        Exclusion::Twin => "another archive of the same build is preferred".to_owned(),
    }
}
