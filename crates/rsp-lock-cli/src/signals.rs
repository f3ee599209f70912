//! Being told to stop.

use crate::exit::ExitStatus;

/// Resolves when somebody wants the program to stop.
#[cfg(unix)]
pub(crate) async fn told_to_stop() -> ExitStatus {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without handlers the system's default applies: it ends the program.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => ExitStatus::Interrupted,
        _ = terminate.recv() => ExitStatus::Terminated,
    }
}

/// Resolves when somebody wants the program to stop.
#[cfg(not(unix))]
pub(crate) async fn told_to_stop() -> ExitStatus {
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitStatus::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
