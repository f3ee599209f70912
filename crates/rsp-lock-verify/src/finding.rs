//! What a check can find: facts only, the sentences are in `text.rs`.

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, Subdir};
use rsp_lock_spec::Origin;
use url::Url;

/// Whether a finding makes the set wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is wrong: something was done on purpose and is on record.
    Note,
    /// The set works, but somebody should look.
    Warning,
    /// The set is wrong, or it could not be shown to be right.
    Error,
}

/// A locked package, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Package {
    /// Its name, normalised.
    pub name: String,
    /// Its version as the channel writes it.
    pub version: String,
    /// Its build string.
    pub build: String,
    /// Its file name.
    pub file: String,
}

impl Package {
    /// The package of a record.
    pub fn of(record: &RepoDataRecord) -> Self {
        Self {
            name: record.package_record.name.as_normalized().to_owned(),
            version: record.package_record.version.to_string(),
            build: record.package_record.build.to_string(),
            file: record.identifier.to_file_name(),
        }
    }
}

/// What stands where a spec asks for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing of that name.
    Absent,
    /// A locked package that the spec does not match.
    Locked(Package),
    /// A virtual package that the spec does not match.
    Virtual(GenericVirtualPackage),
}

/// The place of a spec in a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `depends`, as the rules of the request leave it.
    Depends,
    /// `constrains`, as the rules of the request leave it.
    Constrains,
    /// `extra_depends` of this extra.
    Extra(String),
}

/// Where a spec stands that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the record of a package.
    Record {
        /// The package.
        package: Package,
        /// The field of its record.
        field: Field,
    },
    /// In the request.
    Request(Origin),
}

/// A hash function that lockfiles use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashKind {
    /// SHA-256.
    Sha256,
    /// MD5.
    Md5,
}

/// Something that is not as it should be. Facts only.
///
/// [`crate::text()`] makes a sentence of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The channels have no record of a locked file, so nothing can be said of it.
    NoMetadata {
        /// The locked URL.
        url: Url,
    },
    /// The record that was given for a locked file describes another file.
    WrongRecord {
        /// The locked URL.
        url: Url,
        /// The file of the record.
        file: String,
    },
    /// A file is named for another package than its record says.
    MisnamedFile {
        /// The package according to its record.
        package: Package,
    },
    /// A file comes from a channel that is not allowed.
    ForeignChannel {
        /// The locked URL.
        url: Url,
        /// A file of the same name from an allowed channel that everything in
        /// the lock could live with, if the caller gave candidates.
        equivalent: Option<Url>,
    },
    /// A file is neither of the platform's subdir nor of `noarch`.
    WrongSubdir {
        /// The locked URL.
        url: Url,
        /// The subdir it is in.
        subdir: String,
        /// The subdir of the platform.
        platform: Subdir,
    },
    /// The hash in the lock is not the channel's.
    HashMismatch {
        /// The locked file.
        file: String,
        /// Which hash.
        kind: HashKind,
        /// The lock's.
        locked: String,
        /// The channel's.
        expected: String,
    },
    /// The lock has a hash, but the channel does not say what it should be.
    HashUnknown {
        /// The locked file.
        file: String,
        /// Which hash.
        kind: HashKind,
    },
    /// Two files of one name.
    DuplicateName {
        /// The name.
        name: String,
        /// The files.
        files: Vec<String>,
    },
    /// A spec of a record or of the request means nothing.
    BadSpec {
        /// Where it stands.
        place: Place,
        /// The spec.
        spec: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A spec of a record or of the request asks for something this check does not know.
    Unsupported {
        /// Where it stands.
        place: Place,
        /// The spec.
        spec: String,
        /// What is not known.
        feature: String,
    },
    /// Something that a package needs is absent or another.
    Dependency {
        /// The package that needs it.
        package: Package,
        /// Where its record says so: [`Field::Depends`] or [`Field::Extra`].
        field: Field,
        /// The spec.
        spec: String,
        /// What is there.
        found: Found,
    },
    /// Something that a package does not live with is there.
    Constraint {
        /// The package with the constraint.
        package: Package,
        /// The spec.
        spec: String,
        /// What is there.
        found: Found,
    },
    /// An extra was asked for that the package does not have.
    UnknownExtra {
        /// The package.
        package: Package,
        /// The extra.
        extra: String,
    },
    /// Something that the request asks for is absent or another.
    Requirement {
        /// The requirement as it was written.
        spec: String,
        /// Where it was written.
        origin: Origin,
        /// What is there.
        found: Found,
    },
    /// Something is there that a constraint of the request forbids.
    RequestConstraint {
        /// The constraint as it was written.
        spec: String,
        /// Where it was written.
        origin: Origin,
        /// What is there.
        found: Found,
    },
    /// A dependency was replaced, dropped or added, as the request says.
    Edited {
        /// The package whose dependency it is.
        package: Package,
        /// The dependency as its record has it; `None` if it was added.
        original: Option<String>,
        /// The dependency as it counts; `None` if it was dropped.
        replacement: Option<String>,
        /// The line of the request.
        rule: String,
        /// Where the line was written.
        origin: Origin,
    },
    /// An override or an edit of the request changed nothing in this lock.
    UnusedRule {
        /// The line of the request.
        rule: String,
        /// Where the line was written.
        origin: Origin,
    },
    /// What the channel's metadata says today does not hold, what it said when the file was
    /// locked does: the file is the same, its metadata was patched since.
    Patched {
        /// A [`Finding::Dependency`] or [`Finding::Constraint`] by today's metadata.
        today: Box<Finding>,
    },
    /// No root needs it, directly or indirectly.
    Unreachable {
        /// The package.
        package: Package,
    },
}

impl Finding {
    /// Whether it makes the set wrong.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Edited { .. } => Severity::Note,
            Self::MisnamedFile { .. }
            | Self::HashUnknown { .. }
            | Self::UnknownExtra { .. }
            | Self::UnusedRule { .. }
            | Self::Patched { .. }
            | Self::Unreachable { .. } => Severity::Warning,
            Self::NoMetadata { .. }
            | Self::WrongRecord { .. }
            | Self::ForeignChannel { .. }
            | Self::WrongSubdir { .. }
            | Self::HashMismatch { .. }
            | Self::DuplicateName { .. }
            | Self::BadSpec { .. }
            | Self::Unsupported { .. }
            | Self::Dependency { .. }
            | Self::Constraint { .. }
            | Self::Requirement { .. }
            | Self::RequestConstraint { .. } => Severity::Error,
        }
    }

    /// A stable word for the kind of finding, for machines.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoMetadata { .. } => "no-metadata",
            Self::WrongRecord { .. } => "wrong-record",
            Self::MisnamedFile { .. } => "misnamed-file",
            Self::ForeignChannel { .. } => "foreign-channel",
            Self::WrongSubdir { .. } => "wrong-subdir",
            Self::HashMismatch { .. } => "hash-mismatch",
            Self::HashUnknown { .. } => "hash-unknown",
            Self::DuplicateName { .. } => "duplicate-name",
            Self::BadSpec { .. } => "bad-spec",
            Self::Unsupported { .. } => "unsupported",
            Self::Dependency { .. } => "dependency",
            Self::Constraint { .. } => "constraint",
            Self::UnknownExtra { .. } => "unknown-extra",
            Self::Requirement { .. } => "requirement",
            Self::RequestConstraint { .. } => "request-constraint",
            Self::Edited { .. } => "edited",
            Self::UnusedRule { .. } => "unused-rule",
            Self::Patched { .. } => "patched",
            Self::Unreachable { .. } => "unreachable",
        }
    }
}
