//! What a check finds in small sets made for it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may unwrap as tests do"
)]

mod arbitrary;
mod edits;
mod records;
mod rules;
mod scenarios;
mod sources;
