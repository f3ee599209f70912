//! What a caller may choose about a run, apart from the request.

use std::time::Duration;

use jiff::Timestamp;
use rsp_lock_file::native::NativeLock;
use rsp_lock_solve::{CancellationToken, Solver};

use crate::{base::BaseLock, lockfiles::LockfileOptions};

/// What a caller may choose about a run, apart from the request.
///
/// The defaults solve with our own solver, without a time limit, and keep nothing.
#[derive(Clone, Debug, Default)]
pub struct LockOptions {
    /// The name of the environment where the request has none; `environment` if this is empty too.
    pub environment: String,
    /// Who solves.
    pub solver: Solver,
    /// Gives up on a platform after this long; its outcome is then [`crate::PlatformOutcome::TimedOut`].
    pub timeout: Option<Duration>,
    /// Stops the solvers when it is cancelled, from any thread.
    pub cancel: CancellationToken,
    /// What ages in `exclude-newer` are counted back from. Without it, a request
    /// that has ages is refused: this crate does not look at the clock.
    pub now: Option<Timestamp>,
    /// An existing lock. Its records are kept where nothing forces them to move,
    /// and the points in time that ages became are kept as well.
    pub previous: Option<NativeLock>,
    /// Leaves out what is only told to people: [`Answer::additions`](crate::Answer::additions),
    /// [`Answer::held`](crate::Answer::held) and
    /// [`Answer::suspicions`](crate::Answer::suspicions) are then empty.
    pub terse: bool,
    /// Says of each package that is not the best there is what would be better and why it was
    /// refused: [`Answer::choices`](crate::Answer::choices).
    pub explain_choice: bool,
    /// How explicit files will be written, if somebody will want them: they are rendered beside the
    /// check of their answer, and [`explicit_locks`](crate::explicit_locks) and
    /// [`lockfiles`](crate::lockfiles()) with these very options need not do it then. Files and
    /// errors are the same either way.
    pub rendering: Option<LockfileOptions<'static>>,
    /// The base that the request names, read; see [`crate::BaseLock::open`].
    pub base: Option<BaseLock>,
    /// How channels are reached.
    #[cfg(feature = "network")]
    pub channels: rsp_lock_channel::ChannelOptions,
}
