//! Channels as users meet them: every form, local and remote, in good and bad shape.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may panic as tests do, and skipped tests say so"
)]

mod caching;
mod faults;
mod local;
mod remote;
mod trees;
