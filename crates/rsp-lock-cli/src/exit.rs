//! How the program ends.

use std::process::ExitCode;

/// How the program ends; the numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Done.
    Done,
    /// Done, and the answer is no.
    No,
    /// Wrong usage, a bad input file, an unknown channel or subdir.
    Usage,
    /// No solution exists.
    Unsatisfiable,
    /// Network, authentication, or not in the cache while offline.
    Network,
    /// Bytes or hashes disagree, repodata is corrupt.
    Corrupt,
    /// The time limit passed.
    TimedOut,
    /// A file could not be written.
    CannotWrite,
    /// A bug in this program.
    Bug,
    /// Interrupted from the terminal.
    Interrupted,
    /// Asked to end.
    Terminated,
}

impl ExitStatus {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Unsatisfiable => 3,
            Self::Network => 4,
            Self::Corrupt => 5,
            Self::TimedOut => 6,
            Self::CannotWrite => 7,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
