//! Proofs: hitting sets, fewest moves, verdicts about lines, against brute force.

mod hitting;
mod lines;
mod moves;
