//! What rattler's crates need for one solve: the fastest way to use them, as a process of its own.
//!
//! Opens `repodata.json` of a directory channel as `SparseRepoData` (mapped), loads what the
//! specs can reach, solves with `rattler_solve`'s resolvo backend. With `--decompress` it makes
//! the `repodata.json` from `repodata.json.zst` first, as a first run has to. With `--open-only`
//! it ends when both documents are open.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Parser;
use rattler_conda_types::Subdir;
use rsp_lock_benches::rattler::Task;

#[derive(Parser)]
struct Arguments {
    /// Directory with a subdir for the platform and one for noarch.
    directory: PathBuf,
    /// Where `repodata.json` is written with `--decompress`.
    #[arg(long)]
    decompress: Option<PathBuf>,
    /// End when both documents are open, whatever is asked for.
    #[arg(long)]
    open_only: bool,
    #[arg(long, default_value = "linux-64")]
    platform: Subdir,
    specs: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "the counts are its result")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let directory = match &arguments.decompress {
        Some(target) => {
            for subdir in [arguments.platform, Subdir::NoArch] {
                let target = target.join(subdir.as_str());
                fs_err::create_dir_all(&target)?;
                let packed = arguments
                    .directory
                    .join(subdir.as_str())
                    .join("repodata.json.zst");
                let text = fs_err::File::create(target.join("repodata.json"))?;
                zstd::stream::copy_decode(fs_err::File::open(packed)?, text)?;
            }
            target
        }
        None => &arguments.directory,
    };
    if arguments.open_only {
        // Where nothing is asked for, nothing is loaded.
        Task::load(directory, arguments.platform, &[])?;
        return Ok(ExitCode::SUCCESS);
    }
    let task = Task::load(directory, arguments.platform, &arguments.specs)?;
    match task.solve() {
        Some(packages) => {
            println!("{packages} packages of {} records", task.reachable());
            Ok(ExitCode::SUCCESS)
        }
        None => Ok(ExitCode::from(3)),
    }
}
