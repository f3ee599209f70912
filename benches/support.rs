//! Shared by the benchmarks.

pub mod sweep;
