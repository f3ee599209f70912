//! Checks a set of conda records without a solver.
//!
//! A certificate that does not trust whoever chose the records: one record a
//! name, every dependency and constraint of every record, the request's own
//! lines, virtual packages, hashes against the channel's metadata, channel and
//! subdir of every URL.
//!
//! This crate must not contain: anything of a solver, IO, printing.

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, Subdir};
use rsp_lock_spec::{DependencyEdit, Override, Requirement};
use url::Url;

/// What is checked, against what.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The locked files.
    pub entries: Vec<Entry<'a>>,
    /// The platform's subdir.
    pub subdir: Subdir,
    /// What the platform is assumed to offer.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// URLs (with a trailing `/`) of the channels that are allowed; empty allows any.
    pub channels: Vec<Url>,
    /// What must be there.
    pub requirements: &'a [Requirement],
    /// What must hold if it is there.
    pub constraints: &'a [Requirement],
    /// Dependencies that were replaced on purpose.
    pub overrides: &'a [Override],
    /// Dependencies that were added or dropped on purpose.
    pub dependencies: &'a [DependencyEdit],
}

/// One locked file and what its channel says of it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The URL in the lock, without hash.
    pub url: &'a Url,
    /// The SHA-256 in the lock, lower-case hex.
    pub sha256: Option<String>,
    /// The MD5 in the lock, lower-case hex.
    pub md5: Option<String>,
    /// The channel's record of the file; `None` if the channel has none.
    pub record: Option<&'a RepoDataRecord>,
}

/// Whether a finding makes the set wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The set works, but somebody should look.
    Warning,
    /// The set is wrong.
    Error,
}

/// Something that is not as it should be. Facts only.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// Two files of one name.
    DuplicateName {
        /// The name.
        name: String,
        /// The files.
        files: Vec<String>,
    },
}

impl Finding {
    /// Whether it makes the set wrong.
    pub fn severity(&self) -> Severity {
        Severity::Error
    }
}

/// Everything that is not as it should be, in a fixed order.
pub fn verify(subject: &Subject<'_>) -> Vec<Finding> {
    let _ = subject;
    todo!()
}
