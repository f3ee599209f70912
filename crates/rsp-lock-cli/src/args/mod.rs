//! Arguments that several commands share, and the words they take.

mod access;
mod request;
mod sets;
mod values;

pub(crate) use access::AccessArgs;
pub(crate) use request::RequestArgs;
pub(crate) use sets::{AskedArgs, LockedArgs};
pub(crate) use values::{
    ColorArg, FormatArg, HashArg, PolicyArg, PriorityArg, SolverArg, StrategyArg, parse_timeout,
};
