//! Solving for commands that need several answers.

use rsp_lock::{LockOptions, channel::ChannelOptions, file::native::NativeLock};

use crate::settings;

/// The options of one solve, with the lock whose records are kept where possible.
pub(crate) fn options(channels: &ChannelOptions, previous: Option<NativeLock>) -> LockOptions {
    LockOptions {
        now: Some(settings::now()),
        previous,
        channels: channels.clone(),
        ..LockOptions::default()
    }
}
