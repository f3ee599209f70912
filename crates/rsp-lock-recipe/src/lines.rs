//! The lines of a text: places, values as they were written, comments.

use std::ops::Range;

use marked_yaml::{Marker, Span};
use rsp_lock_spec::{Diagnostic, Note, Origin, Severity, Source, SpecError};

/// A text by its lines.
#[derive(Debug)]
pub(crate) struct Lines<'s> {
    pub(crate) source: &'s Source,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        let newlines = source.text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            source,
            starts: std::iter::once(0).chain(newlines).collect(),
        }
    }

    /// A line, counted from 1, without its end.
    pub(crate) fn line(&self, number: usize) -> (usize, &'s str) {
        let start = number
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .copied();
        let Some(start) = start else {
            return (self.source.text.len(), "");
        };
        let rest = self.source.text.get(start..).unwrap_or_default();
        (start, rest.split(['\n', '\r']).next().unwrap_or_default())
    }

    /// The byte of a line and a column in characters, both counted from 1.
    fn byte(&self, line: usize, column: usize) -> usize {
        let (start, text) = self.line(line);
        let within = text
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(text.len(), |(at, _)| at);
        start + within
    }

    /// What is written from a marker to the end of its line, without a comment.
    pub(crate) fn value(&self, marker: &Marker) -> (&'s str, Range<usize>) {
        let (start, text) = self.line(marker.line());
        let from = self.byte(marker.line(), marker.column());
        let rest = text.get(from - start..).unwrap_or_default();
        let end = comment_at(rest).unwrap_or(rest.len());
        let value = rest.get(..end).unwrap_or_default().trim_end();
        (value, from..from + value.len())
    }

    /// The bytes a marker stands at: the value up to the end of its line.
    pub(crate) fn range(&self, span: &Span) -> Range<usize> {
        span.start().map_or(0..0, |marker| self.value(marker).1)
    }

    /// The place of a byte range; `Source::origin` would count the lines anew each time.
    pub(crate) fn origin(&self, range: Range<usize>) -> Origin {
        let line = self.starts.partition_point(|start| *start <= range.start);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let column = range.start - start.copied().unwrap_or_default() + 1;
        Origin {
            source: self.source.name.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span: range,
        }
    }

    /// The place of a whole line, counted from 1.
    pub(crate) fn line_origin(&self, number: usize) -> Origin {
        let (start, text) = self.line(number);
        let indent = text.len() - text.trim_start().len();
        self.origin(start + indent..start + text.len())
    }

    /// What the comment beside a value says.
    pub(crate) fn note(&self, marker: &Marker) -> Note {
        let (start, text) = self.line(marker.line());
        let from = self.byte(marker.line(), marker.column());
        let rest = text.get(from - start..).unwrap_or_default();
        comment_at(rest)
            .and_then(|at| rest.get(at + 1..))
            .map_or_else(Note::default, Note::from_comment)
    }

    pub(crate) fn error(
        &self,
        range: Range<usize>,
        message: impl Into<String>,
        hints: Vec<String>,
    ) -> SpecError {
        SpecError::Invalid {
            diagnostics: vec![self.diagnostic(Severity::Error, range, message, hints)],
        }
    }

    pub(crate) fn diagnostic(
        &self,
        severity: Severity,
        range: Range<usize>,
        message: impl Into<String>,
        hints: Vec<String>,
    ) -> Diagnostic {
        Diagnostic {
            severity,
            message: message.into(),
            source: self.source.clone(),
            span: Some(range),
            hints,
        }
    }
}

/// The byte of the `#` that starts a comment, quoted text skipped.
pub(crate) fn comment_at(text: &str) -> Option<usize> {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            // A quote inside a plain value, as in `don't`, opens nothing.
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None if c == '#' && before.is_whitespace() => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_begins_after_a_blank_and_outside_quotes() {
        assert_eq!(comment_at("a # b"), Some(2));
        assert_eq!(comment_at("a#b"), None);
        assert_eq!(comment_at("\"a # b\" # c"), Some(8));
        assert_eq!(comment_at("don't # c"), Some(6));
        assert_eq!(comment_at("ä # ö"), Some(3));
    }
}
