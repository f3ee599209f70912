//! Sets of arguments that several commands take.

use clap::{Args, builder::FalseyValueParser};

use super::{AccessArgs, RequestArgs};
use crate::lockfile::Choice;

/// For commands that read lockfiles.
#[derive(Clone, Debug, Args)]
pub(crate) struct LockedArgs {
    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// For commands that solve a request to tell something about it.
#[derive(Clone, Debug, Args)]
pub(crate) struct AskedArgs {
    #[command(flatten)]
    pub(crate) request: RequestArgs,

    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How the answer is given.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArgs {
    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) json: bool,
}
