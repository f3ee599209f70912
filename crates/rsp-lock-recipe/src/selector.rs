//! Selectors of conda-build: `- gcc  # [linux and not aarch64]`.

use rsp_lock_spec::SpecError;

use crate::lines::{Lines, comment_at};

/// The text with every line blank whose selector does not hold, so that the numbers
/// of the lines stay. The error of `holds` is a sentence about the expression.
pub(crate) fn filter(
    lines: &Lines<'_>,
    mut holds: impl FnMut(&str) -> Result<bool, String>,
) -> Result<String, SpecError> {
    let mut out = String::with_capacity(lines.source.text.len());
    for number in 1..=lines.source.text.lines().count() {
        let (start, line) = lines.line(number);
        let keep = match selector(line) {
            None => true,
            Some(expression) => holds(expression).map_err(|problem| {
                let hint = "selectors are words for platforms, `py`, and keys of variant files";
                lines.error(start..start + line.len(), problem, vec![hint.to_owned()])
            })?,
        };
        if keep {
            out.push_str(line);
        }
        out.push('\n');
    }
    Ok(out)
}

/// The expression in the brackets of a line's comment.
fn selector(line: &str) -> Option<&str> {
    let at = comment_at(line)?;
    if line.get(..at)?.trim().is_empty() {
        return None;
    }
    let comment = line.get(at + 1..)?.trim();
    if let Some(rest) = comment.strip_prefix('[') {
        return rest.split_once(']').map(|(expression, _)| expression);
    }
    let (before, expression) = comment.strip_suffix(']')?.rsplit_once('[')?;
    before.ends_with(char::is_whitespace).then_some(expression)
}

/// A comment without its selector.
pub(crate) fn without_selector(comment: &str) -> &str {
    let comment = comment.trim();
    if let Some(rest) = comment.strip_prefix('[') {
        return rest
            .split_once(']')
            .map_or(comment, |(_, rest)| rest.trim());
    }
    match comment.strip_suffix(']').and_then(|c| c.rsplit_once('[')) {
        Some((before, _)) if before.ends_with(char::is_whitespace) => before.trim(),
        _ => comment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_stands_first_or_last_in_a_comment() {
        assert_eq!(selector("- a  # [linux64]"), Some("linux64"));
        assert_eq!(selector("- a  # [win] because"), Some("win"));
        assert_eq!(selector("- a  # because [win]"), Some("win"));
        assert_eq!(selector("- a  # see [1] there"), None);
        assert_eq!(selector("# [linux]"), None, "a comment alone has none");
        assert_eq!(selector("- a [x]"), None);
        assert_eq!(without_selector(" [linux] DM-1 "), "DM-1");
        assert_eq!(without_selector(" DM-1 [linux]"), "DM-1");
        assert_eq!(without_selector(" DM-1"), "DM-1");
    }
}
