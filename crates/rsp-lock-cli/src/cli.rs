//! The command line as a whole.

use clap::{Args, Parser, Subcommand, builder::FalseyValueParser};

use crate::{args::ColorArg, commands};

/// Lock conda environments: solved for every platform, checked, written as explicit files.
#[derive(Debug, Parser)]
#[command(
    name = "rsp-lock",
    version,
    propagate_version = false,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 the answer is no, 2 usage or bad input, 3 no solution, \
                  4 network,\n5 corrupt data, 6 time limit, 7 cannot write, 70 a bug, \
                  130 and 143 interrupted."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// How much is told, and how.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct GlobalArgs {
    /// Say nothing but results and errors
    #[arg(
        short,
        long,
        global = true,
        env = "RSP_LOCK_QUIET", value_parser = FalseyValueParser::new(),
        conflicts_with = "verbose"
    )]
    pub(crate) quiet: bool,

    /// Say more; twice shows the log
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        env = "RSP_LOCK_COLOR",
        default_value = "auto"
    )]
    pub(crate) color: ColorArg,

    /// Never show progress
    #[arg(long, global = true, env = "RSP_LOCK_NO_PROGRESS", value_parser = FalseyValueParser::new())]
    pub(crate) no_progress: bool,
}

const SOLVE_EXAMPLES: &str = "Examples:
  rsp-lock solve                          # rsp-lock.toml here, every platform
  rsp-lock solve -f environment.yml -p linux-64 -o locks/
  rsp-lock solve -c conda-forge 'python 3.13.*' numpy scipy -p linux-64 -o -
  rsp-lock solve --dry-run -v             # tell everything, write nothing";

const VERIFY_EXAMPLES: &str = "Examples:
  rsp-lock verify rsp.lock
  rsp-lock verify rsp-linux-64.lock.txt -f rsp-lock.toml
  rsp-lock verify found.lock.txt -c conda-forge";

const DERIVE_EXAMPLES: &str = "Example:
  rsp-lock derive --root rubin-env rsp-linux-64.lock.txt -c conda-forge -o stack.lock.txt";

const EXPORT_EXAMPLES: &str = "Examples:
  rsp-lock export rsp.lock -p linux-64 --hash md5 -o old-conda.lock.txt
  rsp-lock export found.lock.txt --hash sha256 -c conda-forge";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Solve for every platform, check the answers, write lockfiles
    #[command(alias = "lock", after_help = SOLVE_EXAMPLES)]
    Solve(Box<commands::solve::SolveArgs>),
    /// Check a lockfile against its channels, without a solver
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(commands::verify::VerifyArgs),
    /// Cut out of a lockfile what one package needs
    #[command(after_help = DERIVE_EXAMPLES)]
    Derive(commands::derive::DeriveArgs),
    /// Read a lockfile or package list that another tool wrote
    Import(commands::import::ImportArgs),
    /// Write a lockfile in another format or with other hashes
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(commands::export::ExportArgs),
    /// Say whether rsp.lock still fits the request; no network, no solve, no write
    Check(Box<commands::check::CheckArgs>),
    /// Advise on two environments, matching halves, and old lockfiles
    Advise(commands::advise::AdviseArgs),
    /// Look for what pip and users put over the environment
    Audit(commands::audit::AuditArgs),
    /// Say which part of a metapackage's version must change between two recipes
    Classify(commands::classify::ClassifyArgs),
    /// Prove for each override, cap and pin whether it is still needed
    Overrides(Box<commands::overrides::OverridesArgs>),
    /// Show how a package came in: the shortest chain from each root
    Why(Box<commands::why::WhyArgs>),
    /// Show, clean or fill the cache
    Cache(commands::cache::CacheArgs),
    /// Print the JSON schema of a file or an output
    Schema(commands::schema::SchemaArgs),
    /// Print a completion script for a shell
    Completion(commands::completion::CompletionArgs),
}
