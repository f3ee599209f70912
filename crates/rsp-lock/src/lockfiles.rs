//! The bytes of all lockfiles of a run, and putting them in place.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_file::{
    digest,
    explicit::{self, HashKind, RenderOptions},
    native::{self, BuildOptions, ChannelUse, SolvedPlatform},
    write::{Written, write_group},
};
use rsp_lock_spec::Request;

use crate::{
    error::Error,
    run::{LockRun, PlatformRun},
};

/// The file name of the native lock.
pub const NATIVE_LOCK: &str = "rsp.lock";

/// How lockfiles are written.
#[derive(Clone, Copy, Debug)]
pub struct LockfileOptions<'a> {
    /// The hash behind each URL of the explicit files.
    pub hash: HashKind,
    /// The version of the program that writes, for the headers, such as `0.1.0`.
    pub tool_version: &'a str,
}

impl Default for LockfileOptions<'_> {
    fn default() -> Self {
        Self {
            hash: HashKind::default(),
            tool_version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The lockfiles of a run.
#[derive(Clone, Debug)]
pub struct Lockfiles {
    /// One explicit file a platform, in the order of the request.
    pub explicit: Vec<ExplicitLock>,
    /// The text of the native lock.
    pub native: String,
}

/// The explicit file of a platform.
#[derive(Clone, Debug)]
pub struct ExplicitLock {
    /// The name of the platform.
    pub platform: String,
    /// `<environment>-<platform>.lock.txt`.
    pub file_name: String,
    /// The text.
    pub text: String,
}

impl Lockfiles {
    /// The digest of the native lock's bytes, for the label of an image.
    pub fn digest(&self) -> String {
        digest(&self.native)
    }

    /// Writes all files into a directory: all or none, and none that has these bytes already.
    ///
    /// Tells what became of each, the native lock last.
    pub fn write(&self, directory: &Path) -> Result<Vec<(PathBuf, Written)>, Error> {
        let explicit = self
            .explicit
            .iter()
            .map(|lock| (&lock.file_name, &lock.text));
        let native = NATIVE_LOCK.to_owned();
        let files: Vec<(PathBuf, &String)> = explicit
            .chain([(&native, &self.native)])
            .map(|(name, text)| (directory.join(name), text))
            .collect();
        let written = write_group(&files)?;
        let paths = files.into_iter().map(|(path, _)| path);
        Ok(paths.zip(written).collect())
    }
}

/// Renders the lockfiles of a run in which every platform is solved and verified.
pub fn lockfiles(
    request: &Request,
    run: &LockRun,
    options: &LockfileOptions<'_>,
) -> Result<Lockfiles, Error> {
    let solved = run
        .platforms
        .iter()
        .map(|platform| Ok((platform, records(platform)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    let explicit = explicit_locks(run, options)?;
    let uses: Vec<Vec<ChannelUse>> = solved
        .iter()
        .map(|(platform, _)| {
            let channels = platform.channels.iter();
            channels
                .map(|channel| ChannelUse {
                    text: channel.name.clone(),
                    url: channel.url.clone(),
                })
                .collect()
        })
        .collect();
    let parts: Vec<SolvedPlatform<'_>> = solved
        .iter()
        .zip(&uses)
        .zip(&explicit)
        .map(
            |(((platform, records), channels), explicit)| SolvedPlatform {
                platform: &platform.platform,
                virtual_packages: &platform.virtual_packages,
                channels,
                records: records.iter().map(|record| &**record).collect(),
                explicit_digest: Some(digest(&explicit.text)),
            },
        )
        .collect();
    let lock = native::build(
        request,
        &parts,
        &BuildOptions {
            tool: format!("rsp-lock {}", options.tool_version),
            environment: run.environment.clone(),
            objective: OBJECTIVE.to_owned(),
            cutoffs: run.cutoffs.clone(),
            base_digest: run.base_digest.clone(),
        },
    )?;
    Ok(Lockfiles {
        explicit,
        native: native::render(&lock)?,
    })
}

/// What "best" means; written into every native lock.
const OBJECTIVE: &str = "channel priority, versions of requested packages, series of hubs such as \
                         python, versions of the rest, builds, timestamps";

fn records(platform: &PlatformRun) -> Result<&[Arc<RepoDataRecord>], Error> {
    match platform.answer() {
        Some(answer) if answer.is_verified() => Ok(&answer.records),
        _ => Err(Error::NotSolved {
            platform: platform.platform.name.clone(),
        }),
    }
}

/// Renders the explicit files alone, of a run in which every platform is solved and verified.
pub fn explicit_locks(
    run: &LockRun,
    options: &LockfileOptions<'_>,
) -> Result<Vec<ExplicitLock>, Error> {
    let platforms = run.platforms.iter();
    platforms
        .map(|platform| explicit_lock(&run.environment, platform, records(platform)?, options))
        .collect()
}

fn explicit_lock(
    environment: &str,
    platform: &PlatformRun,
    records: &[Arc<RepoDataRecord>],
    options: &LockfileOptions<'_>,
) -> Result<ExplicitLock, Error> {
    let text = explicit::render(
        records,
        &RenderOptions {
            hash: options.hash,
            platform: platform.platform.subdir,
            tool_version: options.tool_version,
            environment_name: None,
        },
    )?;
    Ok(ExplicitLock {
        platform: platform.platform.name.clone(),
        file_name: format!("{environment}-{}.lock.txt", platform.platform.name),
        text,
    })
}
