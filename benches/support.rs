//! Shared by the benchmarks.

pub mod rattler;
pub mod requests;
pub mod sweep;
