//! Reading what the Rubin Science Platform has written over the years.
//!
//! Explicit files, `conda env export`, packages yml, `conda list --export` (with
//! the banner that old mambas put into it), `pip freeze`, and our own locks.
//! The conda part and the pip part stay apart. A line that cannot be read is
//! named with its number and the rest is read on.

mod detect;
mod entry;
mod env_yaml;
mod list_export;
mod pip;

use rattler_conda_types::{RepoDataRecord, Subdir};

pub use detect::{ImportKind, detect};

use crate::{
    error::FileError,
    explicit::{self, ExplicitFile},
    native::{self, NativeLock},
};

/// What was read from a list or a lockfile.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// What kind of text it was.
    pub kind: ImportKind,
    /// The name of the environment, if the text has one.
    pub environment: Option<String>,
    /// The platform, if the text names one.
    pub platform: Option<Subdir>,
    /// The channels, if the text names any, highest priority first.
    pub channels: Vec<String>,
    /// Packages of conda that are named exactly.
    pub conda: Vec<CondaEntry>,
    /// Specs of conda that leave a choice (`boost =1.70`), as in hand-written lists.
    pub specs: Vec<SpecEntry>,
    /// Packages of pip.
    pub pip: Vec<PipEntry>,
    /// What was skipped or could not be read, in the order of the text.
    pub findings: Vec<ImportFinding>,
    /// The explicit file, if it was one.
    pub explicit: Option<ExplicitFile>,
    /// The native lock, if it was one. Its packages are not repeated in `conda`.
    pub native: Option<NativeLock>,
}

/// A package of conda, named exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CondaEntry {
    /// Lower case.
    pub name: String,
    /// As it was written.
    pub version: String,
    /// The build string; `None` where only a version was written.
    pub build: Option<String>,
    /// The line, counted from 1.
    pub line: usize,
}

/// A spec that leaves a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecEntry {
    /// The spec, comments taken away.
    pub text: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// A package of pip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipEntry {
    /// As it was written, not normalised; extras are not part of it.
    pub name: String,
    /// The version, if the line has one.
    pub version: Option<String>,
    /// Where it was installed from (`file:///…`, `git+https://…`), secrets masked.
    pub location: Option<String>,
    /// The requirement that it is: what was written, without a comment; `name @ location` if it
    /// has a location.
    pub requirement: String,
    /// It was built by conda: `pip freeze` shows packages of conda as well, with
    /// the directory of the build as their location.
    pub from_conda: bool,
    /// The line, counted from 1.
    pub line: usize,
}

/// What [`FindingKind::Unreadable`] expected where a line for pip should stand.
const FOR_PIP: &str = "a requirement of pip";

/// Something that was skipped or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFinding {
    /// The first line it is about, counted from 1.
    pub line: usize,
    /// The last line it is about.
    pub last_line: usize,
    /// What it is.
    pub what: FindingKind,
}

/// What was skipped or could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FindingKind {
    /// A banner that is not part of the list: skipped.
    #[error("a banner in the file was skipped")]
    Banner,
    /// An extra, which conda packages do not have: taken away.
    #[error("the extra of `{text}` was taken away: packages of conda have none")]
    Extra {
        /// The line.
        text: String,
    },
    /// A key of an environment file that a list of packages has no place for: skipped.
    #[error("`{key}` was left out: it is about the environment, not about packages")]
    LeftOut {
        /// The key.
        key: &'static str,
    },
    /// A line that is none of what was expected.
    #[error("expected {expected}, found `{text}`")]
    Unreadable {
        /// What should stand there.
        expected: &'static str,
        /// The line.
        text: String,
    },
}

impl FindingKind {
    /// Whether something that was written is missing from the result.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }

    /// Whether it is a line for pip that is missing.
    pub fn is_loss_for_pip(&self) -> bool {
        matches!(self, Self::Unreadable { expected, .. } if *expected == FOR_PIP)
    }
}

impl Imported {
    /// The records of a native lock for the platform called `name`, if it is one.
    pub fn records(&self, name: &str) -> Vec<&RepoDataRecord> {
        let environments = self.native.iter().flat_map(|lock| &lock.environments);
        environments
            .filter_map(|environment| environment.platform(name))
            .flat_map(|platform| platform.packages.iter().map(|package| &package.record))
            .collect()
    }

    fn finding(&mut self, line: usize, what: FindingKind) {
        self.findings.push(ImportFinding {
            line,
            last_line: line,
            what,
        });
    }

    fn is_empty(&self) -> bool {
        self.conda.is_empty() && self.pip.is_empty() && self.specs.is_empty()
    }
}

/// Reads a list or a lockfile of any known kind. `name` is what messages call it.
///
/// # Errors
/// An unknown kind of text, a broken explicit file, native lock or YAML, or a
/// text of which not one line could be read. Single lines that cannot be read
/// are [`Imported::findings`].
pub fn read(text: &str, name: &str) -> Result<Imported, FileError> {
    let Some(kind) = detect(text) else {
        return Err(FileError::UnknownFormat {
            file: name.to_owned(),
        });
    };
    let mut imported = Imported {
        kind,
        ..Imported::default()
    };
    match kind {
        ImportKind::Explicit => from_explicit(&mut imported, explicit::read(text, name)?),
        ImportKind::Native => imported.native = Some(native::read(text, name)?),
        ImportKind::EnvironmentYaml => env_yaml::read(&mut imported, text, name)?,
        ImportKind::ListExport => list_export::read(&mut imported, text),
        ImportKind::PipFreeze => pip::read(&mut imported, text),
    }
    let first_loss = imported
        .findings
        .iter()
        .find_map(|finding| match &finding.what {
            FindingKind::Unreadable { text, .. } => Some((finding.line, text.clone())),
            _ => None,
        });
    if let Some((line, text)) = first_loss
        && imported.is_empty()
    {
        return Err(FileError::NothingRead {
            file: name.to_owned(),
            line,
            text,
        });
    }
    Ok(imported)
}

fn from_explicit(imported: &mut Imported, file: ExplicitFile) {
    imported.environment.clone_from(&file.environment_name);
    imported.platform = file.platform;
    imported.conda = file
        .entries
        .iter()
        .map(|entry| CondaEntry {
            name: entry.name.clone(),
            version: entry.version.clone(),
            build: Some(entry.build.clone()),
            line: entry.line,
        })
        .collect();
    imported.explicit = Some(file);
}
