//! `rsp-lock cache dir|clean|warm`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, builder::FalseyValueParser};
use rsp_lock::{
    EarlierPacks,
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
    let mut lost = Vec::new();
    let mut earlier_packs = EarlierPacks::default();
    for platform in &args.platforms {
        let subdir = platform.parse().map_err(|_| {
            Failure::usage(format!("`{platform}` is no platform"))
                .hint("the platforms of conda are linux-64, linux-aarch64, osx-arm64, osx-64, win-64 and others")
        })?;
        let priority = args.channel_priority.into();
        let warmed = rsp_lock::warm(
            &channels,
            priority,
            subdir,
            &options,
            &mut earlier_packs,
            &progress,
        )
        .await?;
        progress.clear();
        for (channel, subdir) in &warmed.missing_subdirs {
            printer.warn(&format!("channel `{channel}` has no `{subdir}`"));
        }
        printer.say(&format!(
            "{platform}: {} of {} compiled; {} cannot be used",
            words::count(warmed.records, "record"),
            words::count(warmed.names, "name"),
            words::count(warmed.rejected, "record"),
        ));
        if !warmed.is_kept {
            lost.push(platform.as_str());
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        ExitStatus::CannotWrite,
        format!(
            "what was compiled for {} cannot be kept in `{}`",
            lost.join(", "),
            dir.display()
        ),
    )
    .hint("see that the directory can be written to and has room, or choose another with `--cache-dir`")
    .hint("what a server has in shards is kept only if it tells an ETag or a date"))
}

/// Directories that a cache of ours holds, and how the files in them are called. Nothing else is
/// removed, so that a wrong `--cache-dir` costs nothing.
const OURS: [(&str, &[&str]); 3] = [
    ("repodata", &[".json", ".lock"]),
    ("shards", &[".shards-cache-v1", ".msgpack", ".lock"]),
    ("index", &[".pack", ".tables"]),
];

/// The one directory that is within these.
const SHARDS: &str = "shards-v1";

/// What was removed, and what was left because it is not ours.
#[derive(Default)]
struct Cleaned {
    bytes: u64,
    left: usize,
}

fn clean(dir: &Path, printer: &Printer) -> Result<(), Failure> {
    let mut cleaned = Cleaned::default();
    for (part, endings) in OURS {
        let part = dir.join(part);
        // What a link leads to is somebody else's.
        if fs_err::symlink_metadata(&part).is_ok_and(|metadata| metadata.is_dir()) {
            clean_directory(&part, endings, &mut cleaned).map_err(|error| {
                Failure::new(
                    ExitStatus::CannotWrite,
                    format!("cannot clean the cache: {error}"),
                )
            })?;
        }
    }
    if cleaned.left > 0 {
        printer.warn(&format!(
            "{} left that no cache of rsp-lock has",
            words::count(cleaned.left, "entry")
        ));
    }
    printer.say(&format!(
        "removed {} from {}",
        words::bytes(cleaned.bytes),
        dir.display()
    ));
    Ok(())
}

fn clean_directory(
    directory: &Path,
    endings: &[&str],
    cleaned: &mut Cleaned,
) -> std::io::Result<()> {
    for entry in fs_err::read_dir(directory)? {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if metadata.is_dir() && name == SHARDS {
            clean_directory(&path, endings, cleaned)?;
        } else if metadata.is_dir() {
            cleaned.left += 1;
        } else if name.starts_with(".tmp") || endings.iter().any(|ending| name.ends_with(ending)) {
            cleaned.bytes += metadata.len();
            fs_err::remove_file(&path)?;
        } else {
            cleaned.left += 1;
        }
    }
    // It stays if anything is left in it.
    let _ = fs_err::remove_dir(directory);
    Ok(())
}
