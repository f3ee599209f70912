//! What can be shown by solving again: answers about answers.
//!
//! - [`fewest_moves`]: the smallest part of a base that has to move so that a
//!   problem has a solution, with the proof that no smaller part is enough.
//! - [`prove_line`]: whether a line of a request is still needed, and [`since`] when it is not.
//! - [`difference()`]: what differs between two sets of records, and what forces it.
//! - [`Graph`]: who wants what, and the shortest chains from a root to a package.
//!
//! Everything works on problems and records that the caller holds. The solver
//! is asked through [`rsp_lock_solve::solve_in`] and [`rsp_lock_solve::with_assumptions`],
//! and nothing else of it is known.
//!
//! This crate must not contain: files, the network, an async runtime, the
//! clock (a time limit is a duration), words beyond the facts.

mod difference;
mod graph;
pub mod hitting;
mod lines;
mod moves;
mod prepared;
mod records;
mod variant;

pub use difference::{Cause, Change, Kind, Side, difference};
pub use graph::{Chains, Graph, Link};
pub use lines::{Ask, Since, Verdict, lines_to_prove, prove_line, since, without};
pub use moves::{Fewest, Move, Moves, MovesOutcome, fewest_moves, fewest_moves_in};
pub use prepared::Prepared;
pub use variant::variant;
