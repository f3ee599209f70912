//! `rsp-lock cache dir|clean|warm`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, builder::FalseyValueParser};
use rsp_lock::{
    channel::ChannelOptions,
    spec::{ChannelRequest, Origin},
};

use crate::{
    args::PriorityArg, exit::ExitStatus, failure::Failure, printer::Printer, progress::Progress,
    settings, words,
};

/// Arguments of `cache`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    what: What,

    /// The cache [default: rsp-lock in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, global = true, value_name = "DIR", env = "RSP_LOCK_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Print where it is
    Dir,
    /// Remove all of it
    Clean,
    /// Compile whole channels now, so that no later solve has to
    Warm(WarmArgs),
}

/// Arguments of `cache warm`.
#[derive(Clone, Debug, Args)]
struct WarmArgs {
    /// Channel, as a solve names it; several in their order of priority
    #[arg(short, long = "channel", value_name = "CHANNEL", required = true)]
    channels: Vec<String>,

    /// Platform [repeatable]
    #[arg(short, long = "platform", value_name = "PLATFORM", required = true)]
    platforms: Vec<String>,

    /// What the order of the channels means
    #[arg(long, value_name = "PRIORITY", default_value = "strict")]
    channel_priority: PriorityArg,

    /// Never open a connection; use what the cache has
    #[arg(long, env = "RSP_LOCK_OFFLINE", value_parser = FalseyValueParser::new())]
    offline: bool,
}

/// Shows, cleans or fills the cache.
pub(crate) async fn execute(args: &CacheArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let Some(dir) = settings::cache_dir(args.cache_dir.as_deref()) else {
        return Err(
            Failure::usage("there is no cache: nothing says where it may be")
                .hint("name a directory with `--cache-dir`, or set XDG_CACHE_HOME or HOME"),
        );
    };
    match &args.what {
        What::Dir => printer.result(&format!("{}\n", dir.display()))?,
        What::Clean => clean(&dir, printer)?,
        What::Warm(args) => warm(args, &dir, printer).await?,
    }
    Ok(ExitStatus::Done)
}

async fn warm(args: &WarmArgs, dir: &Path, printer: &Printer) -> Result<(), Failure> {
    let channels: Vec<ChannelRequest> = args
        .channels
        .iter()
        .map(|text| ChannelRequest {
            text: text.clone(),
            origin: Origin::command_line(),
        })
        .collect();
    let options = ChannelOptions {
        root: PathBuf::from("."),
        cache_dir: Some(dir.to_owned()),
        offline: args.offline,
        ..ChannelOptions::default()
    };
    let progress = Progress::new(printer);
    for platform in &args.platforms {
        let subdir = platform.parse().map_err(|_| {
            Failure::usage(format!("`{platform}` is no platform"))
                .hint("the platforms of conda are linux-64, linux-aarch64, osx-arm64, osx-64, win-64 and others")
        })?;
        let priority = args.channel_priority.into();
        let warmed = rsp_lock::warm(&channels, priority, subdir, &options, &progress).await?;
        progress.clear();
        let kept = if warmed.is_kept { "" } else { ", but not kept" };
        printer.say(&format!(
            "{platform}: {} of {} compiled{kept}; {} cannot be used",
            words::count(warmed.records, "record"),
            words::count(warmed.names, "name"),
            words::count(warmed.rejected, "record"),
        ));
    }
    Ok(())
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
