//! Checks a set of conda records without a solver.
//!
//! A certificate that does not trust whoever chose the records: one record a
//! name, every dependency and constraint of every record, the request's own
//! lines, virtual packages, hashes against the channel's metadata, channel and
//! subdir of every URL. [`verify()`] answers with [`Finding`]s, facts that
//! [`text()`] turns into sentences; a set without a finding of
//! [`Severity::Error`] can be installed. [`closure()`] tells which files of a
//! lock one root needs.
//!
//! This crate must not contain: anything of a solver, IO, printing.
//!
//! ```
//! use rattler_conda_types::{PackageRecord, RepoDataRecord, Subdir, package::DistArchiveIdentifier};
//! use rsp_lock_verify::{Entry, Subject, text, verify};
//!
//! let mut package = PackageRecord::new(
//!     "numpy".parse()?,
//!     "2.4.0".parse::<rattler_conda_types::VersionWithSource>()?,
//!     "py313h5d7c261_0".parse()?,
//! );
//! package.depends = vec!["python >=3.13".to_owned()];
//! let numpy = RepoDataRecord {
//!     url: "https://conda.example.org/linux-64/numpy-2.4.0-py313h5d7c261_0.conda".parse()?,
//!     identifier: DistArchiveIdentifier::try_from_filename("numpy-2.4.0-py313h5d7c261_0.conda")
//!         .ok_or("no file name of a package")?,
//!     channel: None,
//!     package_record: package,
//! };
//!
//! let findings = verify(&Subject::new(vec![Entry::of(&numpy)], Subdir::Linux64));
//! assert_eq!(
//!     text(&findings[0]),
//!     "numpy 2.4.0 py313h5d7c261_0 requires `python >=3.13`: absent",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod closure;
mod edits;
mod equivalent;
mod files;
mod finding;
mod graph;
mod lines;
mod numeric;
mod plain;
mod reach;
mod request;
mod satisfies;
mod spec;
mod subject;
mod text;
mod verify;
mod world;

pub use closure::{ClosureError, MissingDependency, closure};
pub use finding::{Field, Finding, Found, HashKind, Package, Place, Severity};
pub use satisfies::satisfies;
pub use spec::parse_spec;
pub use subject::{Entry, Subject};
pub use text::text;
pub use verify::verify;
