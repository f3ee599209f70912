//! [`Problem`] in, [`Outcome`] out: the solver of `rsp-lock` and the reference
//! solvers behind one seam.
//!
//! A problem is a set of records and the rules of a request; an outcome is a
//! solution, a conflict, or the fact that time ran out or somebody cancelled.
//! A conflict is a value, not an error: [`SolveError`] means that the problem
//! could not be posed to the chosen solver.
//!
//! This crate must not contain: file or network access, an async runtime, the
//! clock (a time limit is a duration), host detection, printing.

pub mod conflict;
mod error;
mod exclusion;
mod outcome;
mod pose;
mod problem;
mod reference;
mod resolvo_driver;
mod solve;

pub use conflict::{Cause, Conflict, Demand, Line, NoCandidate, Wanter};
pub use error::SolveError;
pub use exclusion::Exclusion;
pub use outcome::{Outcome, Solution};
pub use problem::{AbsoluteExcludeNewer, ChannelRecords, Problem, Records};
pub use solve::{CancellationToken, Limits, Solver, solve};
