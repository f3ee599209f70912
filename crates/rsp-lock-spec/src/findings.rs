//! What a reader collects while it goes on reading: diagnostics with places.

use std::ops::Range;

use crate::{
    error::{Diagnostic, Severity, SpecError},
    origin::{Origin, Source},
    request::Request,
};

/// A request that was read, with what deserves a second look.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The request.
    pub request: Request,
    /// Parts that mean less than they seem to, in the order of the text.
    pub warnings: Vec<Diagnostic>,
}

/// The diagnostics of one text.
pub(crate) struct Findings<'s> {
    source: &'s Source,
    line_starts: Vec<usize>,
    list: Vec<Diagnostic>,
}

impl<'s> Findings<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        let newlines = source.text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            source,
            line_starts: std::iter::once(0).chain(newlines).collect(),
            list: Vec::new(),
        }
    }

    pub(crate) fn error(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hints: Vec<String>,
    ) {
        self.add(Severity::Error, span, message.into(), hints);
    }

    pub(crate) fn warning(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hints: Vec<String>,
    ) {
        self.add(Severity::Warning, span, message.into(), hints);
    }

    fn add(
        &mut self,
        severity: Severity,
        span: &Range<usize>,
        message: String,
        hints: Vec<String>,
    ) {
        self.list.push(Diagnostic {
            severity,
            message,
            source: self.source.clone(),
            span: Some(span.clone()),
            hints,
        });
    }

    /// The line of a byte, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// The place of a byte range.
    pub(crate) fn origin(&self, span: &Range<usize>) -> Origin {
        let line = self.line(span.start);
        let start = self
            .line_starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        Origin {
            source: self.source.name.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(span.start.saturating_sub(start) + 1).unwrap_or(u32::MAX),
            span: span.clone(),
        }
    }

    /// The request if nothing is wrong with it, all diagnostics otherwise.
    pub(crate) fn finish(self, request: Request) -> Result<Parsed, SpecError> {
        let mut diagnostics = self.list;
        diagnostics.sort_by_key(|d| d.span.as_ref().map(|span| span.start));
        if diagnostics.iter().any(|d| d.severity == Severity::Error) {
            Err(SpecError::Invalid { diagnostics })
        } else {
            Ok(Parsed {
                request,
                warnings: diagnostics,
            })
        }
    }
}
