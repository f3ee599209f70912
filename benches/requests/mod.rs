//! Generated requests over real records, answered by two solvers and compared.
//!
//! The names, the bounds and the dates of a request are drawn from the records themselves, so
//! that requests look like what people write: a few packages, bounds as other packages state
//! them, a python, sometimes a constraint, a date, an earlier answer that is locked.

mod at_best;
mod generate;
mod hitting;
mod judge;
mod report;
mod world;

pub use at_best::{AtBest, NEWER_FOR_OLDER, balance};
pub use generate::{Generated, Shape, generate};
pub use judge::{Row, Terms, Verdict, judge};
pub use report::{Totals, markdown};
pub use world::World;
