//! What the comment after a dependency says: a selector, a reason, a ticket.

use std::ops::Range;

use super::document::Comments;
use crate::{findings::Findings, request::Note, selectors::selected_names};

/// What was read from a comment.
#[derive(Default)]
pub(super) struct Remark {
    pub(super) note: Note,
    /// Platform names; empty means all.
    pub(super) platforms: Vec<String>,
}

/// Takes the comment that follows a value on its line.
pub(super) fn take(
    findings: &mut Findings<'_>,
    comments: &mut Comments,
    text: &str,
    value: &Range<usize>,
) -> Remark {
    let rest = text.get(value.end..).unwrap_or_default();
    let line_end = value.end + rest.find('\n').unwrap_or(rest.len());
    let Some(at) = comments
        .range(value.end..line_end.max(value.end))
        .next()
        .map(|(at, _)| *at)
    else {
        return Remark::default();
    };
    // In `[a, b]  # why` it is not said which of the two is meant.
    if text
        .get(value.end..at)
        .is_none_or(|between| !between.trim().is_empty())
    {
        return Remark::default();
    }
    let comment = comments.remove(&at).unwrap_or_default();
    read(findings, comment.trim(), &(at..line_end))
}

/// A selector is a bracket at the beginning or at the end of a comment, as for conda-build.
fn read(findings: &mut Findings<'_>, comment: &str, span: &Range<usize>) -> Remark {
    let mut remark = Remark::default();
    let mut reason = comment;
    if let Some((selector, rest)) = leading_selector(comment) {
        reason = rest.trim();
        match selected_names(selector) {
            Ok(names) => remark.platforms = names,
            Err(problem) => findings.error(span, problem, selector_advice()),
        }
    } else if let Some((before, selector)) = trailing_bracket(comment) {
        match selected_names(selector) {
            Ok(names) => {
                remark.platforms = names;
                reason = before.trim();
            }
            Err(_) => findings.warning(
                span,
                format!("`[{selector}]` is read as words, not as a selector of platforms"),
                vec!["a selector may stand first: `# [linux]`".to_owned()],
            ),
        }
    }
    remark.note = Note::from_comment(reason);
    remark
}

impl Note {
    /// What a comment beside a line says: a ticket such as `DM-55190`, and words if
    /// there are more than the ticket.
    ///
    /// ```
    /// let note = rsp_lock_spec::Note::from_comment(" DM-55190: breaks moto");
    /// assert_eq!(note.ticket.as_deref(), Some("DM-55190"));
    /// assert_eq!(note.reason.as_deref(), Some("DM-55190: breaks moto"));
    /// ```
    pub fn from_comment(comment: &str) -> Self {
        let reason = comment.trim();
        let ticket = ticket(reason).map(str::to_owned);
        let is_more = !reason.is_empty() && ticket.as_deref() != Some(reason);
        Self {
            reason: is_more.then(|| reason.to_owned()),
            ticket,
            ..Self::default()
        }
    }
}

pub(super) fn selector_advice() -> Vec<String> {
    vec![
        "selectors are words for platforms: `# [linux]`, `# [osx and arm64]`, `# [not win]`"
            .to_owned(),
        "what depends on more than the platform belongs into an `rsp-lock.toml` of its own"
            .to_owned(),
    ]
}

/// `[linux] because …`
pub(super) fn leading_selector(comment: &str) -> Option<(&str, &str)> {
    comment.strip_prefix('[')?.split_once(']')
}

/// `because … [linux]`
fn trailing_bracket(comment: &str) -> Option<(&str, &str)> {
    let (before, selector) = comment.strip_suffix(']')?.rsplit_once('[')?;
    (before.is_empty() || before.ends_with(char::is_whitespace)).then_some((before, selector))
}

/// The first word like `DM-12345`.
fn ticket(text: &str) -> Option<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| {
            word.split_once('-').is_some_and(|(project, number)| {
                project.len() >= 2
                    && project.starts_with(|c: char| c.is_ascii_uppercase())
                    && project
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                    && !number.is_empty()
                    && number.chars().all(|c| c.is_ascii_digit())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_a_project_and_a_number() {
        assert_eq!(ticket("see DM-15025."), Some("DM-15025"));
        assert_eq!(ticket("(RFC-1167)"), Some("RFC-1167"));
        assert_eq!(ticket("x-1 py-3 A-1 DM- UTF-x DM-1a"), None);
    }
}
