//! What can be wrong with a description of a universe.

use std::path::PathBuf;

/// A place in a description: the file as it was named, and the line counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named when it was read.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Why fixture channels could not be made, written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixturesError {
    /// The file is not TOML, or has a key that a description does not know.
    #[error("{place}: {message}")]
    Toml {
        /// Where.
        place: Place,
        /// What the TOML reader said.
        message: String,
    },
    /// A value that a description may not hold.
    #[error("{place}: `{text}`: {problem}")]
    Value {
        /// Where.
        place: Place,
        /// The text as it was written.
        text: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// Two families describe the same package.
    #[error("{place}: `{name}` is already described at {first}")]
    Twice {
        /// Where it is described again.
        place: Place,
        /// The package.
        name: String,
        /// Where it was described first.
        first: Place,
    },
    /// Two builds of the universe have the same file name.
    #[error("{place}: `{file_name}` comes out twice; give the variants different `build` texts")]
    SameFile {
        /// The family.
        place: Place,
        /// The file name.
        file_name: String,
    },
    /// A record depends on a name that nothing provides.
    #[error(
        "channel `{channel}`: `{dependent}` depends on `{dependency}`, which nothing provides; \
         describe it, or list it under `missing`"
    )]
    NotProvided {
        /// The channel.
        channel: String,
        /// Name and version of the record.
        dependent: String,
        /// Its dependency.
        dependency: String,
    },
    /// A channel is committed in another form than its description gives.
    #[error("`{}` differs from its description; run `cargo run -p rsp-lock-fixtures`", path.display())]
    Stale {
        /// The repodata file.
        path: PathBuf,
    },
    /// A file could not be read or written; the error names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A channel could not be rendered as JSON.
    #[error("repodata could not be rendered")]
    Json(#[from] serde_json::Error),
}
