//! What can be wrong with a request: facts with their place, advice apart.

use std::ops::Range;

use crate::origin::Source;

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

/// A request that could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// The text has errors; there is at least one [`Severity::Error`] among them.
    #[error("{}", first_message(.diagnostics))]
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

fn first_message(diagnostics: &[Diagnostic]) -> &str {
    diagnostics
        .iter()
        .find(|d| d.severity == Severity::Error)
        .map_or("the request is invalid", |d| d.message.as_str())
}
