//! One file a command: its arguments, and what it does, top to bottom.

pub(crate) mod advise;
pub(crate) mod audit;
pub(crate) mod cache;
pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod completion;
pub(crate) mod derive;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod overrides;
pub(crate) mod schema;
pub(crate) mod solve;
pub(crate) mod verify;
pub(crate) mod why;
