//! The compiled index of `rsp-lock`: conda records in one mapped file, ready for the engine.
//!
//! This crate must not contain: the network, an async runtime, search, printing.

pub mod scan;
mod tables;

pub use tables::{LIMITS, Tables};
