//! Shared by the benchmarks.

pub mod requests;
pub mod sweep;
