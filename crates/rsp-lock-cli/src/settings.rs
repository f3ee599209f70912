//! What this machine says: the environment, the clock. Read here, given as arguments.

use std::{
    env,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rsp_lock::{LockOptions, channel::ChannelOptions, file::native::NativeLock};

/// What time it is.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that looks at the clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The options of a solve now, for commands that solve more than what is asked for; the
/// records of `previous` are kept where possible.
pub(crate) fn solve_options(
    channels: &ChannelOptions,
    previous: Option<NativeLock>,
) -> LockOptions {
    LockOptions {
        now: Some(now()),
        previous,
        channels: channels.clone(),
        ..LockOptions::default()
    }
}

/// Where fetched repodata is kept: as asked, or by the XDG rules; `None` if nothing says so.
pub(crate) fn cache_dir(asked: Option<&Path>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    asked
        .filter(|path| !path.as_os_str().is_empty())
        .map(Path::to_owned)
        .or_else(|| Some(absolute("XDG_CACHE_HOME")?.join("rsp-lock")))
        .or_else(|| Some(absolute("HOME")?.join(".cache").join("rsp-lock")))
}
