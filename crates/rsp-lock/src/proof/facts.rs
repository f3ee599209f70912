//! What a request says of its lines.

use jiff::civil::Date;
use rsp_lock_solve::{Line, Problem};
use rsp_lock_spec::{Note, Origin, exact_name};

use super::{LineProof, LineVerdict};
use crate::prune::{Prune, PruneList};

/// What the request says of a line; the verdict is still open.
pub(crate) fn facts(problem: &Problem<'_>, line: Line, today: Option<Date>) -> LineProof {
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
        goes_with: Vec::new(),
        can_go: false,
    }
}

/// A line and all overrides that were meant until the same condition: one decision.
pub(super) fn group(problem: &Problem<'_>, line: Line) -> Vec<Line> {
    let Line::Override(at) = line else {
        return vec![line];
    };
    let until = |at: usize| {
        problem
            .overrides
            .get(at)
            .and_then(|rule| rule.until.as_ref())
    };
    match until(at) {
        Some(own) => (0..problem.overrides.len())
            .filter(|other| until(*other) == Some(own))
            .map(Line::Override)
            .collect(),
        None => vec![line],
    }
}
