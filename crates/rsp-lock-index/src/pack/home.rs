//! What the records of a pack have in common.

/// What the records of a pack have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The subdir of records that do not say theirs.
    pub subdir: Box<str>,
    /// The URL below which the files lie, ending in `/` (CEP 15).
    pub files: Box<str>,
    /// What [`RepoDataRecord::channel`](rattler_conda_types::RepoDataRecord::channel) says.
    pub channel: Box<str>,
}
