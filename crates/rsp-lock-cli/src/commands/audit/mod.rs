//! `rsp-lock audit WHAT`.

mod pip;
mod trial;
mod user;
mod uv;

use clap::{Args, Subcommand};

use crate::{exit::ExitStatus, failure::Failure, printer::Printer};

/// Arguments of `audit`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Say which lines for pip conda could serve; keep pip off conda's packages
    Pip(Box<pip::PipArgs>),
    /// Say what a user's ~/.local does to a locked environment
    User(Box<user::UserArgs>),
}

/// Audits.
pub(crate) async fn execute(args: &AuditArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    match &args.what {
        What::Pip(args) => pip::execute(args, printer).await,
        What::User(args) => user::execute(args, printer).await,
    }
}
