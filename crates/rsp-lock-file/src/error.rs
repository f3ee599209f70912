//! What can go wrong with a lockfile: facts here, advice in [`FileError::hints`].

use std::{io, path::PathBuf};

use crate::secret::Secret;

/// Why a lockfile cannot be read, rendered or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A line of an explicit file is none.
    #[error("{file}:{line}: {fault}")]
    Line {
        /// The file as messages name it.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// An explicit file without the line `@EXPLICIT`.
    #[error("{file}: no line says `@EXPLICIT`, so this is no explicit file")]
    NoMarker {
        /// The file as messages name it.
        file: String,
    },
    /// A package is listed twice.
    #[error("{file}:{line}: `{name}` is listed a second time; line {first} has it already")]
    Duplicate {
        /// The file as messages name it.
        file: String,
        /// The package name.
        name: String,
        /// The line that has it first.
        first: usize,
        /// The line that has it again.
        line: usize,
    },
    /// No reader knows the text.
    #[error("{file}: this is none of the lists and lockfiles that can be imported")]
    UnknownFormat {
        /// The file as messages name it.
        file: String,
    },
    /// The format is clear, and yet no line of it could be read.
    #[error("{file}:{line}: nothing could be read; the first line in the way is `{text}`")]
    NothingRead {
        /// The file as messages name it.
        file: String,
        /// The first line that could not be read; 0 if there is none.
        line: usize,
        /// That line.
        text: String,
    },
    /// YAML that is none.
    #[error("{file}:{line}: {message}")]
    Yaml {
        /// The file as messages name it.
        file: String,
        /// The line, counted from 1; 0 if unknown.
        line: u64,
        /// What the YAML reader says.
        message: String,
    },
    /// A native lock that cannot be read.
    #[error("{file}:{line}: {message}")]
    Native {
        /// The file as messages name it.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// A native lock of another schema.
    #[error("{file}: expected `schema = \"{expected}\"`, found {}", quoted(.found.as_deref()))]
    Schema {
        /// The file as messages name it.
        file: String,
        /// The schema that this program reads.
        expected: &'static str,
        /// What the file says; `None` if it says nothing.
        found: Option<String>,
    },
    /// A native lock of another version of the schema.
    #[error(
        "{file}: the lock has version {found} of its format; this program reads version {supported}"
    )]
    Version {
        /// The file as messages name it.
        file: String,
        /// What the file says.
        found: i64,
        /// What this program reads.
        supported: i64,
    },
    /// A record has no hash of the kind that was asked for.
    #[error("{}: no {hash} is known for {}", plural(.files.len(), "record"), some_of(.files))]
    MissingHash {
        /// `sha256` or `md5`.
        hash: &'static str,
        /// The file names of the records.
        files: Vec<String>,
    },
    /// A record's URL may not stand in a lockfile.
    #[error("`{url}` cannot be locked: {fault}")]
    Url {
        /// The URL without what is secret.
        url: String,
        /// Why.
        fault: UrlFault,
    },
    /// A record of another platform.
    #[error("`{file}` is of `{subdir}`, the lockfile is for `{platform}`")]
    WrongSubdir {
        /// The file name of the record.
        file: String,
        /// Its subdir.
        subdir: String,
        /// The platform of the lockfile.
        platform: String,
    },
    /// Two records of one name.
    #[error("two records are called `{name}`: `{first}` and `{second}`")]
    DuplicateRecord {
        /// The name.
        name: String,
        /// File name of one.
        first: String,
        /// File name of the other.
        second: String,
    },
    /// A value that would put a secret, or a second line, into a lockfile.
    #[error("{what} cannot be written to a lockfile: {secret}")]
    Secret {
        /// What it is, without the secret.
        what: String,
        /// The kind of secret.
        secret: Secret,
    },
    /// Text that would break the file's form.
    #[error("{what} cannot be written to a lockfile: it has a line break or a control character")]
    ControlCharacter {
        /// What it is.
        what: String,
    },
    /// Names of parts of a lock must be unique.
    #[error("two {what} are called `{name}`")]
    Ambiguous {
        /// `environments` or `platforms`.
        what: &'static str,
        /// The name they share.
        name: String,
    },
    /// An index that no entry has.
    #[error("entry {index} was to be kept, but the file has {count} entries")]
    NoSuchEntry {
        /// The index, counted from 0.
        index: usize,
        /// How many entries there are.
        count: usize,
    },
    /// A file could not be written. Nothing was changed.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of a group could not be put in place after others were.
    #[error("cannot write `{}`; {} already in place: {}", .path.display(), plural(.written.len(), "file"), paths(.written))]
    PartlyWritten {
        /// The file that failed.
        path: PathBuf,
        /// The files of the group that are in place.
        written: Vec<PathBuf>,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What is wrong with a line of an explicit file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// Something other than a comment before the marker.
    #[error("expected a comment or `@EXPLICIT`, found `{found}`")]
    BeforeMarker {
        /// The line without what is secret.
        found: String,
    },
    /// The marker a second time.
    #[error("a second `@EXPLICIT`; line {first} has the first")]
    SecondMarker {
        /// The line of the first.
        first: usize,
    },
    /// No URL, or none of the schemes that lockfiles use.
    #[error("expected an `https://`, `http://` or `file://` URL of a package, found `{found}`")]
    NotAUrl {
        /// The line without what is secret.
        found: String,
    },
    /// The last segment of the URL is not `name-version-build.conda` or `.tar.bz2`.
    #[error(
        "expected a file called `<name>-<version>-<build>.conda` or `.tar.bz2`, found `{found}`"
    )]
    NotAnArchive {
        /// The last segment of the URL.
        found: String,
    },
    /// What stands behind the `#` is no hash.
    #[error(
        "expected `#` and 32 hex digits (md5), 64 hex digits or `sha256:` and 64 hex digits, found `#{found}`"
    )]
    NotAHash {
        /// The fragment.
        found: String,
    },
    /// `# platform:` names no subdir.
    #[error("`{found}` is no platform")]
    Platform {
        /// What it says.
        found: String,
    },
}

/// Why a URL may not stand in a lockfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlFault {
    /// Neither `https`, `http` nor `file`.
    #[error("only `https://`, `http://` and `file://` are understood by all clients")]
    Scheme,
    /// It contains a secret.
    #[error("{0}")]
    Secret(Secret),
    /// Conda replaces `$NAME` by an environment variable.
    #[error("it has a `$`, which conda takes for an environment variable")]
    Dollar,
    /// Anything after `#` other than the hash that we put there.
    #[error("it has a fragment")]
    Fragment,
    /// Clients read the subdir from the URL.
    #[error("the second last part of its path is not the subdir of the record")]
    Subdir,
    /// Clients read name, version and build from the file name.
    #[error("its last part is not called `<name>-<version>-<build>.conda` or `.tar.bz2`")]
    FileName,
    /// Name, version or build in the file name are not those of the record.
    #[error("its file name says another name, version or build than its record")]
    Disagrees,
}

/// `1 record`, `2 records`.
fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The first three in backticks, and how many more there are.
fn some_of(files: &[String]) -> String {
    let shown: Vec<String> = files.iter().take(3).map(|f| format!("`{f}`")).collect();
    match files.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn paths(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|p| format!("`{}`", p.display())).collect();
    shown.join(", ")
}

fn quoted(found: Option<&str>) -> String {
    found.map_or_else(|| "no schema".to_owned(), |found| format!("`{found}`"))
}
