//! Why a run could not be carried out. That there is no solution is no error.

use rsp_lock_file::FileError;
use rsp_lock_solve::SolveError;
use rsp_lock_spec::Origin;

/// Why a run could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request lacks something that a run needs.
    #[error("the request has no {what}")]
    Incomplete {
        /// `channels`, `platforms` or `requirements`.
        what: &'static str,
    },
    /// Files of the cache were damaged, made again, and damaged again.
    #[error("files of the cache have other bytes than were written to them, also the second time")]
    UnreliableCache,
    /// The request asks for something that this version does not do.
    #[error("{origin}: {what} is not supported yet")]
    Unsupported {
        /// What.
        what: &'static str,
        /// Where it was written.
        origin: Origin,
    },
    /// The request names a base, and the caller did not read it.
    #[error("{origin}: the base `{base}` was not read")]
    BaseNotGiven {
        /// The base as it was written.
        base: String,
        /// Where it was written.
        origin: Origin,
    },
    /// A base could not be read.
    #[error("cannot read the base `{base}`")]
    BaseUnreadable {
        /// The file or directory.
        base: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A line of a base that names no package exactly.
    #[error("{base}:{line}: {problem}")]
    BaseLine {
        /// The file.
        base: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A base has nothing for a platform of the request.
    #[error("the base `{base}` has no platform `{platform}`, only `{has}`")]
    BasePlatform {
        /// The base.
        base: String,
        /// The platform.
        platform: String,
        /// Those it has.
        has: String,
    },
    /// A record of the base is from a place that no channel of the request serves.
    #[error("the base `{base}` has `{package}` from {url}, which no channel of the request serves")]
    BaseElsewhere {
        /// The base.
        base: String,
        /// The package.
        package: String,
        /// Where the base has it from.
        url: String,
    },
    /// A package of a list without URLs is in no channel.
    #[error("the base `{base}` has `{package}`, which no channel of the request has")]
    BaseUnknown {
        /// The base.
        base: String,
        /// `name=version=build`.
        package: String,
    },
    /// A record of the base has another hash than the channel's.
    #[error("the base `{base}` and the channel disagree about the hash of {url}")]
    BaseDiffers {
        /// The base.
        base: String,
        /// The file.
        url: String,
    },
    /// The base was made with an override or edit that the request lacks.
    #[error("the base `{base}` was made with the override `{rule}`, which the request lacks")]
    BaseRule {
        /// The base.
        base: String,
        /// The override or edit.
        rule: String,
    },
    /// Two platforms of the request have one name.
    #[error("{origin}: two platforms are called `{name}`")]
    DuplicatePlatform {
        /// The name.
        name: String,
        /// Where the second was written.
        origin: Origin,
    },
    /// A spec asks for a channel that the request does not have.
    #[error("{origin}: `{spec}` asks for channel `{channel}`, which the request does not list")]
    SpecChannel {
        /// The spec as it was written.
        spec: String,
        /// The channel in it.
        channel: String,
        /// Where it was written.
        origin: Origin,
    },
    /// `exclude-newer` has a cutoff for a channel that the request does not have.
    #[error(
        "`exclude-newer` has a cutoff for channel `{channel}`, which the request does not list"
    )]
    CutoffChannel {
        /// The channel as it was written.
        channel: String,
    },
    /// `exclude-newer` has an age, and the caller did not say what time it is.
    #[error("`exclude-newer` has an age, which needs to know the time")]
    NoClock,
    /// A lockfile was asked for although a platform has no solution.
    #[error("platform `{platform}` has no solution to write down")]
    NotSolved {
        /// Its name.
        platform: String,
    },
    /// Nobody says which platform a lockfile is for.
    #[error("{file} does not say which platform it is for")]
    UnknownPlatform {
        /// The file as messages name it.
        file: String,
    },
    /// The chosen solver cannot be asked this.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// A lockfile could not be read, rendered or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The part of a lock that a root needs cannot be told.
    #[error(transparent)]
    Closure(#[from] rsp_lock_verify::ClosureError),
    /// A channel could not be read.
    #[cfg(feature = "network")]
    #[error(transparent)]
    Channel(#[from] rsp_lock_channel::ChannelError),
    /// An async runtime was needed and could not be started.
    #[cfg(feature = "network")]
    #[error("cannot start an async runtime")]
    Runtime(#[source] std::io::Error),
    /// A worker ended in a panic: a bug.
    #[error("a worker of platform `{platform}` panicked: {message}")]
    Panicked {
        /// The platform it worked for.
        platform: String,
        /// What it said.
        message: String,
    },
}

impl Error {
    /// What to do about it: each a sentence of its own, possibly none.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::File(error) => return error.hints(),
            Self::Solve(error) => return error.hints(),
            #[cfg(feature = "network")]
            Self::Channel(error) => return error.hints(),
            Self::Incomplete { what: "channels" } => {
                "name at least one: `-c conda-forge`, or `channels = [\"conda-forge\"]` under [environment]"
            }
            Self::Incomplete { what: "platforms" } => {
                "name at least one: `-p linux-64`, or `platforms = [\"linux-64\"]` under [environment]"
            }
            Self::Incomplete { .. } => "name at least one package",
            Self::UnreliableCache => {
                "the disk may be failing: choose another directory with `--cache-dir`"
            }
            Self::BaseNotGiven { .. } => {
                "read it with `BaseLock::open` and hand it over in `LockOptions::base`"
            }
            Self::BaseLine { .. } => {
                "a base is a lockfile, an exact list, or the prefix of an installed environment"
            }
            Self::BasePlatform { .. } => {
                "leave the platform out with `-p`, or name a base that has it: an rsp.lock has several"
            }
            Self::BaseElsewhere { .. } => {
                "name its channel with `-c`; if the host is a mirror of a channel, say so: `[mirrors]`, then `\"https://conda.anaconda.org/\" = \"https://mirror.example/\"`"
            }
            Self::BaseUnknown { .. } => "name the channel that has it with `-c`",
            Self::BaseDiffers { .. } => {
                "the file behind the URL was replaced, or one of the two was edited"
            }
            Self::BaseRule { .. } => {
                "write the same override into the request: the base does not hold together without it"
            }
            Self::SpecChannel { .. } => {
                "add the channel to the request's channels, or leave it out of the spec"
            }
            Self::CutoffChannel { .. } => {
                "write the channel there as it stands among the request's channels"
            }
            Self::UnknownPlatform { .. } => "name it with `-p`",
            Self::Closure(rsp_lock_verify::ClosureError::NoMetadata { .. }) => {
                "name every channel that the lock took packages from with `-c`"
            }
            Self::Closure(rsp_lock_verify::ClosureError::MissingDependencies { .. }) => {
                "the lock is not complete: `rsp-lock verify` lists everything that is wrong with it"
            }
            _ => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}
