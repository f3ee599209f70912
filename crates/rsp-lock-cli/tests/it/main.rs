//! The program as a whole: what it prints, what it writes, how it ends.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod bad_input;
mod base;
mod cmd;
mod container;
mod pins;
mod proof;
mod scenarios;
mod support;
