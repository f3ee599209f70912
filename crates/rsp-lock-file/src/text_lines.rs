//! Lines of a text with their numbers and byte ranges.

use std::ops::Range;

/// A line of a text.
pub(crate) struct TextLine<'a> {
    /// Counted from 1.
    pub(crate) number: usize,
    /// Without its line ending.
    pub(crate) content: &'a str,
    /// Its bytes in the text, its line ending included.
    pub(crate) span: Range<usize>,
}

/// All lines; their spans put together are the text.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = TextLine<'_>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .zip(1..)
        .map(move |(raw, number)| {
            let span = start..start + raw.len();
            start = span.end;
            let content = raw.strip_suffix('\n').unwrap_or(raw);
            let content = content.strip_suffix('\r').unwrap_or(content);
            TextLine {
                number,
                content,
                span,
            }
        })
}

/// The line, counted from 1, that a byte offset is on.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    lines(text)
        .take_while(|line| line.span.start <= offset)
        .map(|line| line.number)
        .last()
        .unwrap_or(1)
}
