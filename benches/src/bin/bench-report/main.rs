//! Whole solves against rattler: a table (Markdown, JSON) and plots (SVG).
//!
//! ```sh
//! cargo build --release --workspace --bins
//! target/release/bench-report --channel rsp-2026=../shared/channels/rsp-2026 --pairs 15
//! ```
//!
//! Every measurement is a pair of fresh processes, ours and rattler's, one after the other, so
//! that what else the machine does falls on both; what counts is the median of the ratios of
//! the pairs. Ours reads the request, solves, checks its answer and writes the explicit
//! lockfile; rattler's opens, loads and solves (`rattler-baseline`). Memory is the peak resident
//! set that the system reports. Only `hot` is measured within one process. `compile` is of all of
//! the channel, against opening it, and only `re-index` and `re-index-shards` compare ours with
//! ours: what a change costs with what the whole channel does.

mod changed;
mod hot;
mod measure;
mod plot;
mod table;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::measure::{Case, Kind, Programs, measure, prepare};

#[derive(Parser)]
struct Arguments {
    /// A channel to measure, by name: rsp-2026=DIR; repeatable.
    #[arg(long = "channel", value_name = "NAME=DIR", required = true, value_parser = name_and_dir)]
    channels: Vec<(String, PathBuf)>,
    /// What is asked for.
    #[arg(long, default_value = "rubin-env-rsp ==13.1.0")]
    spec: String,
    /// What is asked for as well where the request is to be unsolvable.
    #[arg(long, default_value = "python <3.11")]
    against: String,
    #[arg(long, default_value = "linux-64")]
    platform: String,
    /// Pairs of processes a case.
    #[arg(long, default_value_t = 15)]
    pairs: usize,
    /// What is measured.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "warm,hot,first-run,unsolvable"
    )]
    kinds: Vec<Kind>,
    /// Where the programs are.
    #[arg(long, default_value = "target/release")]
    programs: PathBuf,
    /// Where the report, and what it is made from, is put.
    #[arg(long, default_value = "target/bench-report")]
    out: PathBuf,
}

fn name_and_dir(text: &str) -> Result<(String, PathBuf), String> {
    let (name, dir) = text.split_once('=').ok_or("it is not NAME=DIR")?;
    Ok((name.to_owned(), PathBuf::from(dir)))
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what this program is for"
)]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let programs = Programs::find(&arguments.programs)?;
    let mut cases = Vec::new();
    for (name, directory) in &arguments.channels {
        let case = Case {
            name: name.clone(),
            directory: fs_err::canonicalize(directory)?,
            spec: arguments.spec.clone(),
            against: arguments.against.clone(),
            platform: arguments.platform.clone(),
            work: arguments.out.join("work").join(name),
        };
        eprintln!("{name}: preparing");
        let facts = prepare(&programs, &case)?;
        cases.push((case, facts));
    }
    // What takes memory in this process comes last: a process that it starts counts the memory
    // that it had itself.
    let (within, apart): (Vec<Kind>, Vec<Kind>) =
        arguments.kinds.iter().partition(|kind| kind.takes_memory());
    let mut rows = Vec::new();
    for kind in apart.into_iter().chain(within) {
        for (case, facts) in &cases {
            eprintln!("{}: {kind}, {} pairs", case.name, arguments.pairs);
            rows.push(measure(&programs, case, kind, facts, arguments.pairs)?);
        }
    }
    let markdown = table::markdown(&rows);
    println!("{markdown}");
    fs_err::write(arguments.out.join("report.md"), &markdown)?;
    fs_err::write(arguments.out.join("report.json"), table::json(&rows)?)?;
    for (file, svg) in plot::all(&rows) {
        fs_err::write(arguments.out.join(file), svg)?;
    }
    Ok(ExitCode::SUCCESS)
}
