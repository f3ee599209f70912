//! The command `rsp-lock`: arguments, terminal, words, exit codes.
//!
//! This crate must not contain: rules about packages, channels or lockfiles. It is
//! the only one that prints, and the only one that looks at the clock, the
//! environment and the terminal.

mod args;
mod cli;
mod commands;
mod deny;
mod exit;
mod failure;
mod json;
mod lockfile;
mod output;
mod panic;
mod printer;
mod progress;
mod recipe;
mod records;
mod request;
mod settings;
mod signals;
mod styles;
mod summary;
mod words;

use std::{panic::AssertUnwindSafe, process::ExitCode};

use clap::Parser as _;

use crate::{
    cli::{Cli, Command},
    exit::ExitStatus,
    failure::Failure,
    printer::Printer,
};

/// A solve asks for memory in many small pieces, and the system's allocator takes a tenth of
/// its time for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panic::install_hook();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; the rest is wrong usage. That nobody
            // reads what is printed is no fault of ours.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let global = cli.global;
    let printer = Printer::new(
        global.quiet,
        global.verbose,
        global.color.into(),
        global.no_progress,
    );
    log(global.verbose);
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| run(&cli.command, &printer)));
    let status = match outcome {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) if failure.status == ExitStatus::Bug => {
            panic::report(&printer, &failure.message);
            ExitStatus::Bug
        }
        Ok(Err(failure)) => {
            printer.failure(&failure);
            failure.status
        }
        Err(_) => {
            panic::report(&printer, "it panicked");
            ExitStatus::Bug
        }
    };
    status.into()
}

/// Runs a command until it ends or somebody wants it to stop.
fn run(command: &Command, printer: &Printer) -> Result<ExitStatus, Failure> {
    match command {
        Command::Schema(args) => return commands::schema::execute(*args, printer),
        Command::Completion(args) => return commands::completion::execute(args, printer),
        Command::Import(args) => return commands::import::execute(args, printer),
        Command::Check(args) => return commands::check::execute(args, printer),
        Command::Classify(args) => return commands::classify::execute(args, printer),
        _ => {}
    }
    // What takes time has threads of its own, and starting workers takes longer than most runs
    // would save by them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(rsp_lock::Error::Runtime)?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = execute(command, printer) => outcome,
            status = signals::told_to_stop() => Err(Failure::new(status, "interrupted, nothing was written")),
        }
    });
    // Solvers were told to stop when their future was dropped: they are not waited for.
    runtime.shutdown_background();
    outcome
}

async fn execute(command: &Command, printer: &Printer) -> Result<ExitStatus, Failure> {
    match command {
        Command::Solve(args) => commands::solve::execute(args, printer).await,
        Command::Verify(args) => commands::verify::execute(args, printer).await,
        Command::Derive(args) => commands::derive::execute(args, printer).await,
        Command::Export(args) => commands::export::execute(args, printer).await,
        Command::Advise(args) => commands::advise::execute(args, printer).await,
        Command::Audit(args) => commands::audit::execute(args, printer).await,
        Command::Cache(args) => commands::cache::execute(args, printer).await,
        Command::Overrides(args) => Box::pin(commands::overrides::execute(args, printer)).await,
        Command::Why(args) => commands::why::execute(args, printer).await,
        Command::Schema(_)
        | Command::Completion(_)
        | Command::Import(_)
        | Command::Classify(_)
        | Command::Check(_) => Ok(ExitStatus::Done),
    }
}

/// Shows the log of the libraries: `-vv`, or `RSP_LOCK_LOG=debug`.
fn log(verbose: u8) {
    let level = match verbose {
        0 | 1 => "off",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("RSP_LOCK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
