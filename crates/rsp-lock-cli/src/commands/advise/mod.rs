//! `rsp-lock advise WHAT`.

mod aging;
mod pairs;
mod two_envs;

use clap::{Args, Subcommand};

use crate::{exit::ExitStatus, failure::Failure, printer::Printer};

/// Arguments of `advise`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AdviseArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Compare a clone of the stack with an environment of its own for more packages
    TwoEnvs(Box<two_envs::TwoEnvsArgs>),
    /// Check that halves in two locked environments match
    Pairs(pairs::PairsArgs),
    /// Say what has become of the packages of an old lockfile
    Aging(aging::AgingArgs),
}

/// Advises.
pub(crate) async fn execute(args: &AdviseArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    match &args.what {
        What::TwoEnvs(args) => two_envs::execute(args, printer).await,
        What::Pairs(args) => pairs::execute(args, printer).await,
        What::Aging(args) => aging::execute(args, printer).await,
    }
}
