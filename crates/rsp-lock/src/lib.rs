//! Locks conda environments: a request in, verified lockfiles out.
//!
//! `lock` reads the channels of a [`spec::Request`], solves it for every platform,
//! and checks each answer without the solver; [`lockfiles()`] renders the explicit
//! files and the native lock of the run. [`lock_records`] does the same with records
//! that the caller holds, and needs no async runtime, no network and no TLS in its
//! dependency tree (`default-features = false`).
//!
//! That there is no solution is an outcome ([`PlatformOutcome`]); an [`Error`] means
//! that the work could not be done.
//!
//! This crate must not contain: the terminal, colours, arguments, words for people
//! beyond error messages, the clock (the caller says what time it is).
//!
//! ```
//! use rsp_lock::{ChannelSource, LockOptions, RunOutcome, lock_records, lockfiles};
//! use rsp_lock::spec::{ChannelRequest, Origin, PlatformRequest, Request, Requirement};
//!
//! // A channel with one package.
//! let record = serde_json::from_str(
//!     r#"{"name": "hello", "version": "1.0", "build": "0", "build_number": 0,
//!         "subdir": "noarch", "fn": "hello-1.0-0.conda",
//!         "url": "https://conda.example.org/demo/noarch/hello-1.0-0.conda",
//!         "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
//!         "depends": ["__unix"]}"#,
//! )?;
//! let url = "https://conda.example.org/demo/".parse()?;
//! let channel = ChannelSource::new("demo", &url, vec![record]);
//!
//! let here = Origin::command_line();
//! let request = Request {
//!     channels: vec![ChannelRequest { text: "demo".to_owned(), origin: here.clone() }],
//!     platforms: vec![PlatformRequest::of("linux-64".parse()?, here)],
//!     requirements: vec![Requirement::parse("hello >=1")?],
//!     ..Request::default()
//! };
//! let run = lock_records(&request, &[channel], &LockOptions::default())?;
//! assert_eq!(run.verdict(), RunOutcome::Solved);
//!
//! let files = lockfiles(&request, &run, &Default::default())?;
//! assert!(files.explicit[0].text.contains("/noarch/hello-1.0-0.conda#sha256:e3b0c44298"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg_attr(
    not(feature = "network"),
    expect(dead_code, reason = "whoever asks it reads channels")
)]
mod across;
mod addition;
mod base;
#[cfg(feature = "network")]
mod catalog;
mod choice;
mod cutoff;
mod error;
mod expand;
mod float;
mod held;
mod in_memory;
mod keep;
mod lockfiles;
#[cfg(feature = "network")]
mod network;
mod one_line;
mod options;
mod plan;
mod platforms;
mod pose;
mod proof;
mod prune;
mod reporter;
mod run;
mod rung;
mod solve_platform;
mod source;
mod suspicion;
mod why;

pub use across::{AcrossLine, AcrossVerdict};
pub use addition::Additions;
pub use base::{BaseLock, BasePackage, BasePlatform};
pub use error::Error;
pub use expand::Expanded;
pub use float::Floated;
pub use held::{Held, Holder};
pub use in_memory::{lock_records, prove_records};
pub use lockfiles::{
    ExplicitLock, LockfileOptions, Lockfiles, NATIVE_LOCK, explicit_locks, lockfiles,
};
#[cfg(feature = "network")]
pub use network::{
    Change, Changes, EarlierPacks, Locked, Verified, VerifyOptions, Warmed, WithStrict, changes,
    derive_root, known_hashes, lock, lock_blocking, prove_across, prove_overrides, verify_lock,
    warm, with_strict,
};
pub use one_line::in_one_line;
pub use options::LockOptions;
pub use platforms::{PlatformDifference, platform_differences};
pub use proof::{ChangedPackage, LineProof, LineVerdict, PlatformProof, day_of};
pub use prune::{Prune, PruneList, Pruned, prune};
pub use reporter::{Reporter, Silent, Stage};
pub use run::{Answer, ChannelFacts, LockRun, PlatformOutcome, PlatformRun, RunOutcome, Timings};
pub use rung::{BaseRun, Moved};
pub use source::ChannelSource;
pub use suspicion::{Suspicion, SuspicionKind};
pub use why::{Why, why};

#[cfg(feature = "network")]
pub use rsp_lock_channel as channel;
pub use rsp_lock_file as file;
pub use rsp_lock_prove as prove;
pub use rsp_lock_solve as solver;
pub use rsp_lock_spec as spec;
pub use rsp_lock_verify as verify;
