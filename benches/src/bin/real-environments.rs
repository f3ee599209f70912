//! Solves the real environments anew: how many, how well, and why not better.
//!
//! `cargo run --release -p rsp-lock-benches --bin real-environments -- --help`

use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use rattler_conda_types::Subdir;
use rsp_lock_benches::sweep::{Harness, Options, exceptions, markdown, run};
use rsp_lock_solve::Solver;
use rsp_lock_testkit::real::shared_channels;

#[derive(Parser)]
#[command(about = "Solves the real environments beside the project and compares with their locks")]
struct Arguments {
    /// Who answers.
    #[arg(long, value_enum, default_value_t = Asked::Native)]
    solver: Asked,
    /// Whose answers to compare with, beside the real locks.
    #[arg(long, value_enum)]
    against: Option<Asked>,
    /// Take so many environments of each platform, spread over all.
    #[arg(long)]
    limit: Option<usize>,
    /// How many are solved at a time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Give up on one after so many seconds.
    #[arg(long, default_value_t = 60)]
    timeout: u64,
    /// The platforms to take.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "linux-64,linux-aarch64,osx-64,osx-arm64"
    )]
    platforms: Vec<Subdir>,
    /// Write the exceptions as JSON to this file.
    #[arg(long)]
    exceptions: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Asked {
    Native,
    Rattler,
    Libsolv,
}

impl From<Asked> for Solver {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Native => Self::Native,
            Asked::Rattler => Self::Rattler,
            Asked::Libsolv => Self::Libsolv,
        }
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let Some(dir) = shared_channels() else {
        return Ok(ExitCode::from(2));
    };
    let options = Options {
        solver: arguments.solver.into(),
        against: arguments.against.map(Solver::from),
        timeout: Duration::from_secs(arguments.timeout),
        threads: arguments.threads,
        limit: arguments.limit,
    };
    let mut rows = Vec::new();
    for subdir in arguments.platforms {
        rows.extend(run(&Harness::read(&dir, subdir)?, &options));
    }
    println!("{}", markdown(&rows));
    if let Some(path) = arguments.exceptions {
        fs_err::write(
            path,
            serde_json::to_string_pretty(&exceptions(&rows))? + "\n",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
