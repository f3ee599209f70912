//! `rsp-lock cache dir|clean`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::{exit::ExitStatus, failure::Failure, printer::Printer, settings, words};

/// Arguments of `cache`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    what: What,

    /// The cache [default: rsp-lock in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, global = true, value_name = "DIR", env = "RSP_LOCK_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
    /// Print where it is
    Dir,
    /// Remove all of it
    Clean,
}

/// Shows or cleans the cache.
pub(crate) fn execute(args: &CacheArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let Some(dir) = settings::cache_dir(args.cache_dir.as_deref()) else {
        return Err(
            Failure::usage("there is no cache: nothing says where it may be")
                .hint("name a directory with `--cache-dir`, or set XDG_CACHE_HOME or HOME"),
        );
    };
    match args.what {
        What::Dir => printer.result(&format!("{}\n", dir.display()))?,
        What::Clean => clean(&dir, printer)?,
    }
    Ok(ExitStatus::Done)
}

/// Directories that a cache of ours holds. Only these are removed, so that a wrong
/// `--cache-dir` costs nothing.
const OURS: [&str; 3] = ["repodata", "shards", "index"];

fn clean(dir: &Path, printer: &Printer) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(
            ExitStatus::CannotWrite,
            format!("cannot clean the cache: {error}"),
        )
    };
    let mut freed = 0;
    for part in OURS.map(|part| dir.join(part)) {
        if part.is_dir() {
            freed += size(&part);
            fs_err::remove_dir_all(&part).map_err(cannot)?;
        }
    }
    printer.say(&format!(
        "removed {} from {}",
        words::bytes(freed),
        dir.display()
    ));
    Ok(())
}

fn size(dir: &Path) -> u64 {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
