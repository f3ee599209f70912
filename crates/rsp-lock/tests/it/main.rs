//! The crate from outside, as a program uses it.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[cfg(feature = "network")]
mod lock;
mod prune;
