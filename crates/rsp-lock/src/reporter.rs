//! Progress, told to whoever wants to show it.

use crate::run::RunOutcome;

/// What is being done for a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Its channels are being read.
    Loading,
    /// So many records were read and are being solved.
    Solving {
        /// How many.
        records: usize,
    },
    /// It is done.
    Done(RunOutcome),
}

/// Told about progress; every method does nothing unless implemented.
///
/// Calls come from the caller's own task or thread, never from a worker.
pub trait Reporter: Send + Sync {
    /// A platform enters a stage.
    fn on_stage(&self, _platform: &str, _stage: Stage) {}
    /// A file of a channel is being fetched: its URL (redacted) and its size if known.
    fn on_fetch_start(&self, _url: &str, _size: Option<u64>) {}
    /// So many bytes of it have come.
    fn on_fetch_progress(&self, _url: &str, _bytes: u64) {}
    /// The file is there, or will not come.
    fn on_fetch_done(&self, _url: &str) {}
}

/// A reporter that says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {}
