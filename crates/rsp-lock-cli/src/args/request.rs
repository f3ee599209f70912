//! What is asked for: files, and lines on top of them.

use std::path::PathBuf;

use clap::Args;

use super::{PolicyArg, PriorityArg, StrategyArg};

/// What is asked for: files, and lines on top of them.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// Specs of packages, such as 'python 3.13.*'
    #[arg(value_name = "SPEC")]
    pub(crate) specs: Vec<String>,

    /// Request file: rsp-lock.toml, environment.yml or recipe.yaml; several are merged [default: rsp-lock.toml]
    #[arg(short = 'f', long = "file", value_name = "FILE", env = "RSP_LOCK_FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Variant file to render a recipe with [default: those of its feedstock]
    #[arg(long = "variant", value_name = "FILE")]
    pub(crate) variants: Vec<PathBuf>,

    /// Channel, before those of the request
    #[arg(
        short = 'c',
        long = "channel",
        value_name = "CHANNEL",
        env = "RSP_LOCK_CHANNEL",
        value_delimiter = ','
    )]
    pub(crate) channels: Vec<String>,

    /// Platform; where the request lists platforms, one of those, and rsp.lock, which is of all, stays as it is
    #[arg(
        short = 'p',
        long = "platform",
        value_name = "PLATFORM",
        env = "RSP_LOCK_PLATFORM",
        value_delimiter = ','
    )]
    pub(crate) platforms: Vec<String>,

    /// Spec that must hold for a package if it is there at all
    #[arg(long = "constraint", value_name = "SPEC")]
    pub(crate) constraints: Vec<String>,

    /// Dependency to replace: 'dask=2020.12', or 'RECORDS: SPEC' for some records only; before those of the request
    #[arg(long = "override", value_name = "SPEC")]
    pub(crate) overrides: Vec<String>,

    /// Environment to build on: a lockfile, an exact list, or an installed prefix
    #[arg(long, value_name = "LOCK", env = "RSP_LOCK_BASE")]
    pub(crate) base: Option<PathBuf>,

    /// How far the base may move [default: freeze]
    #[arg(long, value_name = "POLICY", env = "RSP_LOCK_POLICY")]
    pub(crate) policy: Option<PolicyArg>,

    /// Metapackage that may give way to its dependencies if it cannot be had
    #[arg(long, value_name = "NAME")]
    pub(crate) expand: Vec<String>,

    /// Do not see packages newer than this: 2026-09-01, an instant, or an age such as 14d
    #[arg(long, value_name = "DATE|AGE", env = "RSP_LOCK_EXCLUDE_NEWER")]
    pub(crate) exclude_newer: Option<String>,

    /// What the platform is assumed to offer, such as __glibc=2.17
    #[arg(long = "virtual-package", value_name = "NAME=VERSION[=BUILD]")]
    pub(crate) virtual_packages: Vec<String>,

    /// What the order of the channels means [default: strict]
    #[arg(long, value_name = "MODE", env = "RSP_LOCK_CHANNEL_PRIORITY")]
    pub(crate) channel_priority: Option<PriorityArg>,

    /// Which end of a version range is best [default: highest]
    #[arg(long, value_name = "END", env = "RSP_LOCK_STRATEGY")]
    pub(crate) strategy: Option<StrategyArg>,
}
