//! Channels as users meet them: every form, local and remote, in good and bad shape.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod caching;
mod faults;
mod kept;
mod local;
mod remote;
mod trees;
