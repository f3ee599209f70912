//! The promises of `rsp-lock-file`, one binary so that it links once.

#![expect(clippy::unwrap_used, reason = "tests and their helpers may unwrap")]

mod check;
mod check_cases;
mod common;
mod explicit;
mod import;
mod native;
mod py_rattler;
#[cfg(unix)]
mod write;
