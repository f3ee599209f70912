//! The bytes of all lockfiles of a run, and putting them in place.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock_file::{
    FileError, digest,
    explicit::{self, HashKind, RenderOptions},
    native::{self, BuildOptions, ChannelUse, SolvedPlatform},
    write::{Written, write_group},
};
use rsp_lock_spec::Request;

use crate::{
    error::Error,
    run::{Answer, LockRun, PlatformRun},
};

/// The file name of the native lock.
pub const NATIVE_LOCK: &str = "rsp.lock";

/// How lockfiles are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// An explicit file that is there before anybody has asked for it, and what it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    records: Vec<Arc<RepoDataRecord>>,
    platform: Subdir,
    options: LockfileOptions<'static>,
    text: String,
}

impl Rendered {
    /// The explicit file of some records. `None` if it cannot be written: who wants it will be
    /// told why.
    pub(crate) fn of(
        records: &[Arc<RepoDataRecord>],
        platform: Subdir,
        options: LockfileOptions<'static>,
    ) -> Option<Self> {
        Some(Self {
            text: render(records, platform, &options).ok()?,
            records: records.to_vec(),
            platform,
            options,
        })
    }

    /// The text, if it was made of these very records.
    fn text(
        &self,
        records: &[Arc<RepoDataRecord>],
        platform: Subdir,
        options: &LockfileOptions<'_>,
    ) -> Option<&str> {
        let is_of_these = self.records.len() == records.len()
            && self
                .records
                .iter()
                .zip(records)
                .all(|(a, b)| Arc::ptr_eq(a, b));
        let is_alike = self.platform == platform && self.options == *options;
        (is_of_these && is_alike).then_some(&self.text)
    }
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
        .map(|platform| Ok((platform, &answer(platform)?.records)))
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

fn answer(platform: &PlatformRun) -> Result<&Answer, Error> {
    match platform.answer() {
        Some(answer) if answer.is_verified() => Ok(answer),
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
        .map(|platform| explicit_lock(&run.environment, platform, answer(platform)?, options))
        .collect()
}

fn explicit_lock(
    environment: &str,
    platform: &PlatformRun,
    answer: &Answer,
    options: &LockfileOptions<'_>,
) -> Result<ExplicitLock, Error> {
    let (records, subdir) = (&answer.records, platform.platform.subdir);
    let rendered = answer.rendered.as_ref();
    let text = match rendered.and_then(|rendered| rendered.text(records, subdir, options)) {
        Some(text) => text.to_owned(),
        None => render(records, subdir, options)?,
    };
    Ok(ExplicitLock {
        platform: platform.platform.name.clone(),
        file_name: format!("{environment}-{}.lock.txt", platform.platform.name),
        text,
    })
}

fn render(
    records: &[Arc<RepoDataRecord>],
    platform: Subdir,
    options: &LockfileOptions<'_>,
) -> Result<String, FileError> {
    explicit::render(
        records,
        &RenderOptions {
            hash: options.hash,
            platform,
            tool_version: options.tool_version,
            environment_name: None,
        },
    )
}

#[cfg(test)]
mod tests {
    use rsp_lock_spec::{ChannelRequest, Origin, PlatformRequest, Requirement};
    use rsp_lock_testkit::universe::Universe;

    use super::*;
    use crate::{
        in_memory::lock_records, options::LockOptions, solve_platform::WORTH_A_THREAD,
        source::ChannelSource,
    };

    #[test]
    fn what_is_rendered_is_of_the_very_records_platform_and_options() {
        let universe = Universe::of("channel forge\na 1 0 ; noarch\nb 1 0 ; noarch");
        let records = universe.channels.into_iter().flat_map(|of| of.records);
        let records: Vec<Arc<RepoDataRecord>> = records.map(Arc::new).collect();
        let (platform, options) = (Subdir::Linux64, LockfileOptions::default());
        let rendered = Rendered::of(&records, platform, options).unwrap();
        let text = render(&records, platform, &options).unwrap();
        assert_eq!(rendered.text(&records, platform, &options), Some(&*text));

        assert_eq!(rendered.text(&records[1..], platform, &options), None);
        let mut copied = records.clone();
        copied[1] = Arc::new((*records[1]).clone());
        assert_eq!(rendered.text(&copied, platform, &options), None);
        assert_eq!(rendered.text(&records, Subdir::Osx64, &options), None);
        let others = LockfileOptions {
            tool_version: "0",
            ..options
        };
        assert_eq!(rendered.text(&records, platform, &others), None);
    }

    #[test]
    fn a_run_that_is_to_be_rendered_is_whether_or_not_it_is_worth_a_thread() {
        for count in [2, WORTH_A_THREAD] {
            let names: Vec<String> = (1..count).map(|number| format!("n{number}")).collect();
            let records = names.iter().map(|name| format!("{name} 1 0\n"));
            let records = records.collect::<String>();
            let world = format!("channel forge\nall 1 0 : {}\n{records}", names.join(", "));
            let sources = Universe::of(&world).channels.into_iter().map(|channel| {
                ChannelSource::new(
                    &channel.name,
                    &channel.url.parse().unwrap(),
                    channel.records,
                )
            });
            let here = Origin::command_line;
            let request = Request {
                channels: vec![ChannelRequest {
                    text: "forge".to_owned(),
                    origin: here(),
                }],
                platforms: vec![PlatformRequest::of(Subdir::Linux64, here())],
                requirements: vec![Requirement::parse("all").unwrap()],
                ..Request::default()
            };
            let sources: Vec<ChannelSource> = sources.collect();
            let hashless = LockfileOptions {
                hash: HashKind::None,
                ..LockfileOptions::default()
            };
            let [plain, beside] = [None, Some(hashless)].map(|rendering| {
                let options = LockOptions {
                    rendering,
                    ..LockOptions::default()
                };
                lock_records(&request, &sources, &options).unwrap()
            });
            let answer = |run: &LockRun| run.platforms[0].answer().unwrap().clone();
            assert_eq!(answer(&plain).records.len(), count);
            assert!(answer(&plain).rendered.is_none());
            assert!(answer(&beside).rendered.is_some());
            let text = |run: &LockRun, options: &LockfileOptions<'_>| {
                explicit_locks(run, options).unwrap().remove(0).text
            };
            for options in [hashless, LockfileOptions::default()] {
                assert_eq!(text(&plain, &options), text(&beside, &options));
            }
        }
    }
}
