//! What is told after a solve: facts of the run, in words, within 25 lines of 80 columns.

mod base;
mod choices;
mod findings;
mod lines;
mod platforms;
mod solved;
mod unsolved;

pub(crate) use base::suspicion;
pub(crate) use choices::refusal;
pub(crate) use findings::channel_findings;
pub(crate) use solved::{Told, solved};
pub(crate) use unsolved::unsolved;
