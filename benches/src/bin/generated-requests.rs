//! Answers generated requests with our solver and with another, and compares the answers.
//!
//! `cargo run --release -p rsp-lock-benches --bin generated-requests -- --help`

use std::{
    error::Error,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::{Parser, ValueEnum};
use rattler_conda_types::Subdir;
use rsp_lock_benches::requests::{Shape, Terms, Totals, Verdict, World, generate, judge, markdown};
use rsp_lock_solve::Solver;

#[derive(Parser)]
#[command(about = "Answers generated requests with two solvers and compares the answers")]
struct Arguments {
    /// A directory with `SUBDIR/repodata.json.zst`.
    channel: PathBuf,
    /// The platform.
    #[arg(short, long, default_value = "linux-64")]
    platform: Subdir,
    /// Whose answers to compare with.
    #[arg(long, value_enum, default_value_t = Other::Rattler)]
    against: Other,
    /// The number of the first request.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many requests.
    #[arg(long, default_value_t = 300)]
    count: u64,
    /// How many are answered at a time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Give up on one after so many seconds.
    #[arg(long, default_value_t = 60)]
    timeout: u64,
    /// Print what one request asks for, and answer no other.
    #[arg(long)]
    show: Option<u64>,
    /// Print each answer in which a package is newer or older than the other's.
    #[arg(long)]
    differences: bool,
    /// Work out how much newer than the other's our answers could be at best, whatever the
    /// objective does behind the requested packages; takes half as long again.
    #[arg(long)]
    at_best: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Other {
    Rattler,
    Libsolv,
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let world = World::read(&arguments.channel, arguments.platform)?;
    let shape = Shape::of(&world);
    let other = match arguments.against {
        Other::Rattler => Solver::Rattler,
        Other::Libsolv => Solver::Libsolv,
    };
    let terms = Terms {
        other,
        timeout: Duration::from_secs(arguments.timeout),
        at_best: arguments.at_best,
    };
    if let Some(number) = arguments.show {
        let row = judge(&world, &generate(&world, &shape, number), terms);
        println!("{row:#?}");
        return Ok(ExitCode::SUCCESS);
    }
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.count;
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return;
                    }
                    let row = judge(&world, &generate(&world, &shape, number), terms);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner()?;
    rows.sort_by_key(|row| row.request.number);
    if arguments.differences {
        for row in &rows {
            if let Verdict::Both { newer, older, .. } = &row.verdict
                && newer.len() + older.len() > 0
            {
                println!("{:?}: newer {newer:?}, older {older:?}", row.request);
            }
        }
    }
    let totals = Totals::of(&rows);
    print!("{}", markdown(&totals));
    Ok(if totals.wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
