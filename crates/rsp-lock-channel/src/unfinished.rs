//! Tasks that did not end.

use tokio::task::JoinError;

use crate::ChannelError;

/// Why a task did not end: somebody wanted it to stop.
///
/// # Panics
/// If it panicked, which is a bug and not what anybody wanted.
pub fn unfinished(error: JoinError) -> ChannelError {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => ChannelError::Cancelled,
    }
}
