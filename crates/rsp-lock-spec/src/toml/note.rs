//! Why a line is there: `reason`, `ticket`, `owner`, `review`.

use crate::{
    findings::Findings,
    node::{Entry, Value, get},
    request::Note,
};

/// The note in a table; what it does not say is taken from `outer`.
pub(super) fn read(findings: &mut Findings<'_>, entries: &[Entry], outer: &Note) -> Note {
    let text = |findings: &mut Findings<'_>, key: &str| {
        let node = get(entries, key)?;
        let text = node.text(findings, &format!("`{key}`"), "a string")?;
        Some(text.to_owned())
    };
    let reason = text(findings, "reason");
    let ticket = text(findings, "ticket");
    let owner = text(findings, "owner");
    let review = get(entries, "review").and_then(|node| {
        let text = match &node.value {
            Value::Date(text) => text.as_str(),
            _ => node.text(
                findings,
                "`review`",
                "a date or a string (`\"2026-09-01\"`)",
            )?,
        };
        let date = text.parse().ok().filter(|_| text.len() == 10);
        if date.is_none() {
            findings.error(
                &node.span,
                format!("`{text}` is not a day such as `2026-09-01`"),
                Vec::new(),
            );
        }
        date
    });
    Note {
        reason: reason.or_else(|| outer.reason.clone()),
        ticket: ticket.or_else(|| outer.ticket.clone()),
        owner: owner.or_else(|| outer.owner.clone()),
        review: review.or(outer.review),
    }
}
