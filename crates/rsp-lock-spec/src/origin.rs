//! Where a piece of a request was written.

use std::{fmt, ops::Range, sync::Arc};

/// A text to be read, with the name it is shown under in messages.
///
/// Cheap to clone: both parts are shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// What messages call this text: a path as the user gave it, or `command line`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// Names a text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The place of a byte range of this text.
    pub fn origin(&self, span: Range<usize>) -> Origin {
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
        Origin {
            source: self.name.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.name, self.text.len())
    }
}

/// The place a requirement, a channel or a key was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Name of the [`Source`].
    pub source: Arc<str>,
    /// Line, counted from 1; 0 where lines mean nothing (the command line).
    pub line: u32,
    /// Column in bytes, counted from 1; 0 where lines mean nothing.
    pub column: u32,
    /// Byte range in the source's text.
    pub span: Range<usize>,
}

impl Origin {
    /// The origin of what was typed on the command line.
    pub fn command_line() -> Self {
        Self {
            source: Arc::from("command line"),
            line: 0,
            column: 0,
            span: 0..0,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        Ok(())
    }
}
