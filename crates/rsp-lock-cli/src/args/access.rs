//! How channels are reached.

use std::path::{Path, PathBuf};

use clap::{Args, builder::FalseyValueParser};
use rsp_lock::channel::ChannelOptions;

use crate::{printer::Printer, settings};

/// How channels are reached.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Channel access")]
pub(crate) struct AccessArgs {
    /// Never open a connection; use what the cache has
    #[arg(long, env = "RSP_LOCK_OFFLINE", value_parser = FalseyValueParser::new())]
    pub(crate) offline: bool,

    /// Where fetched repodata is kept [default: rsp-lock in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", env = "RSP_LOCK_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,

    /// File with credentials for hosts
    #[arg(
        long,
        value_name = "FILE",
        env = "RATTLER_AUTH_FILE",
        hide_env_values = true
    )]
    pub(crate) auth_file: Option<PathBuf>,
}

impl AccessArgs {
    /// What the channel reader is told; relative channel paths start at `root`.
    pub(crate) fn options(&self, root: &Path, printer: &Printer) -> ChannelOptions {
        let cache_dir = settings::cache_dir(self.cache_dir.as_deref());
        if cache_dir.is_none() {
            printer.detail(
                "no cache: neither --cache-dir nor XDG_CACHE_HOME nor HOME says where it may be",
            );
        }
        ChannelOptions {
            root: root.to_owned(),
            cache_dir,
            offline: self.offline,
            auth_file: self.auth_file.clone(),
            ..ChannelOptions::default()
        }
    }
}
