//! The compiled index of `rsp-lock`: conda records in one mapped file, ready for the engine.
//!
//! This crate must not contain: the network, an async runtime, search, printing.

pub mod compile;
mod owned;
pub mod ranges;
pub mod scan;
mod tables;

pub use owned::OwnedTables;
pub use tables::{InvalidTables, LIMITS, Tables, UNSTATED};
