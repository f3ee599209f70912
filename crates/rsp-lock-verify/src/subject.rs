//! What is checked, against what.

use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord, Subdir};
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
    /// What must be there. The caller leaves out what does not apply to the platform or the base.
    pub requirements: &'a [Requirement],
    /// What must hold if it is there.
    pub constraints: &'a [Requirement],
    /// Dependencies that were replaced on purpose.
    pub overrides: &'a [Override],
    /// Dependencies that were added or dropped on purpose.
    pub dependencies: &'a [DependencyEdit],
    /// Packages that need nobody to require them, beside those in `requirements`.
    ///
    /// Without any root, reachability is not looked at.
    pub roots: Vec<PackageName>,
    /// Records of allowed channels, searched for an equivalent of a file from
    /// a channel that is not allowed.
    pub candidates: Vec<&'a RepoDataRecord>,
}

impl<'a> Subject<'a> {
    /// A set of files on a platform that offers nothing, with no request.
    pub fn new(entries: Vec<Entry<'a>>, subdir: Subdir) -> Self {
        Self {
            entries,
            subdir,
            virtual_packages: &[],
            channels: Vec::new(),
            requirements: &[],
            constraints: &[],
            overrides: &[],
            dependencies: &[],
            roots: Vec::new(),
            candidates: Vec::new(),
        }
    }
}

/// One locked file and what its channel says of it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The URL in the lock, without hash.
    pub url: &'a Url,
    /// The SHA-256 in the lock, hex.
    pub sha256: Option<String>,
    /// The MD5 in the lock, hex.
    pub md5: Option<String>,
    /// The channel's record of the file; `None` if the channel has none.
    pub record: Option<&'a RepoDataRecord>,
}

impl<'a> Entry<'a> {
    /// The entry that a solver's own answer makes: everything as the record says.
    pub fn of(record: &'a RepoDataRecord) -> Self {
        Self {
            url: &record.url,
            sha256: record.package_record.sha256.map(hex::encode),
            md5: record.package_record.md5.map(hex::encode),
            record: Some(record),
        }
    }
}
