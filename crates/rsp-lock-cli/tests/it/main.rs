//! The program as a whole: what it prints, what it writes, how it ends.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod advise;
mod audit;
mod bad_input;
mod base;
mod classify;
mod cmd;
mod container;
mod pins;
mod plans;
mod platforms;
mod proof;
mod recipe;
mod scenarios;
mod support;
mod time;
