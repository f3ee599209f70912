//! `rsp-lock advise WHAT`.

mod aging;
mod as_of;
mod drift;
mod lines;
mod modernisation;
mod pairs;
mod tags;
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
    /// Solve as of a date, and compare with what there was
    AsOf(Box<as_of::AsOfArgs>),
    /// Say what a solve of today would take from elsewhere than the lock, and why
    Drift(Box<drift::DriftArgs>),
    /// Try one pin on the newest build of every release line of a metapackage
    Lines(Box<lines::LinesArgs>),
    /// Plan a new user interface on the stacks of releases
    Modernisation(modernisation::ModernisationArgs),
}

/// Advises.
pub(crate) async fn execute(args: &AdviseArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    match &args.what {
        What::TwoEnvs(args) => two_envs::execute(args, printer).await,
        What::Pairs(args) => pairs::execute(args, printer).await,
        What::Aging(args) => aging::execute(args, printer).await,
        What::AsOf(args) => as_of::execute(args, printer).await,
        What::Drift(args) => drift::execute(args, printer).await,
        What::Lines(args) => lines::execute(args, printer).await,
        What::Modernisation(args) => modernisation::execute(args, printer).await,
    }
}
