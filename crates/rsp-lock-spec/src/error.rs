//! What can be wrong with a request: facts with their place, advice apart.

use std::{fmt, ops::Range};

use crate::origin::{Origin, Source};

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The request means something, though perhaps not what was intended.
    Warning,
    /// The request cannot be used.
    Error,
}

/// One finding about a request text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Warning or error.
    pub severity: Severity,
    /// The fact, one sentence without a full stop, lower case, names in backticks.
    pub message: String,
    /// The text it was found in.
    pub source: Source,
    /// The bytes it is about; `None` if it is about the whole text.
    pub span: Option<Range<usize>>,
    /// What to do about it: each a sentence of its own.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// The place it is about, if it is about one.
    pub fn origin(&self) -> Option<Origin> {
        self.span
            .clone()
            .filter(|_| !self.source.text.is_empty())
            .map(|span| self.source.origin(span))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin() {
            Some(origin) => write!(f, "{origin}: {}", self.message),
            None if self.source.name.is_empty() => f.write_str(&self.message),
            None => write!(f, "{}: {}", self.source.name, self.message),
        }
    }
}

/// A request that could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// The text has errors; there is at least one [`Severity::Error`] among them.
    #[error("{}", first(.diagnostics))]
    Invalid {
        /// Everything that was found, in the order of the text.
        diagnostics: Vec<Diagnostic>,
    },
}

impl SpecError {
    /// Everything that was found, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Invalid { diagnostics } => diagnostics,
        }
    }
}

fn first(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .find(|d| d.severity == Severity::Error)
        .map_or_else(|| "the request is invalid".to_owned(), ToString::to_string)
}
