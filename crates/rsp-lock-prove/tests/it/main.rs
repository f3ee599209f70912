//! Proofs: hitting sets, fewest moves, verdicts about lines, against brute force.

mod graph;
mod hitting;
mod lines;
mod moves;
