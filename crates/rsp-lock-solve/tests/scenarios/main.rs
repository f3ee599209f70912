//! What the solver promises, by scenario number and by rule.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

#[path = "../support/mod.rs"]
mod support;

mod conflicts;
mod full_size;
mod limits;
mod overrides;
mod refused;
mod s01_metapackage;
mod s31_channels;
mod s35_virtual_packages;
mod time;
mod wishes;
