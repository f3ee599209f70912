//! The promises of `rsp-lock-file`, one binary so that it links once.

mod check;
mod common;
mod explicit;
mod import;
mod native;
#[cfg(unix)]
mod write;
