//! Which lines for pip conda could serve.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use rattler_conda_types::PackageRecord;

use crate::{
    constraints::python_packages,
    line::{LineKind, PipLine},
    names::{How, Names},
};

/// What is to be said about a line for pip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// The conda environment has it: pip would put its own version over it.
    Provided {
        /// The conda package.
        conda: String,
        /// Its version.
        version: String,
        /// Whether this version is one that the line wants; `None` if it cannot be told.
        fits: Option<bool>,
    },
    /// A channel has it under the same name.
    SameName {
        /// The conda package.
        conda: String,
    },
    /// A channel has it under another name.
    OtherName {
        /// The conda package.
        conda: String,
        /// How it was found.
        how: How,
    },
    /// No channel has it.
    PipOnly,
    /// It comes from a version control system, and is kept apart.
    Git,
    /// It comes from a file or a URL, and is kept apart.
    Elsewhere,
}

/// Classes lines by the names that channels have and what is locked.
pub fn audit(lines: &[PipLine], names: &Names, locked: &[&PackageRecord]) -> Vec<Class> {
    let provided = python_packages(locked);
    lines
        .iter()
        .map(|line| {
            let name = line.name.as_deref().unwrap_or_default();
            if let Some(record) = provided.get(name)
                && line.kind != LineKind::Git
            {
                let version = record.version.to_string();
                return Class::Provided {
                    conda: record.name.as_normalized().to_owned(),
                    fits: fits(&line.versions, &version),
                    version,
                };
            }
            match line.kind {
                LineKind::Git => Class::Git,
                LineKind::File | LineKind::Url => Class::Elsewhere,
                LineKind::Index => match names.find(name) {
                    None => Class::PipOnly,
                    Some((conda, None)) => Class::SameName {
                        conda: conda.to_owned(),
                    },
                    Some((conda, Some(how))) => Class::OtherName {
                        conda: conda.to_owned(),
                        how,
                    },
                },
            }
        })
        .collect()
}

fn fits(wanted: &str, version: &str) -> Option<bool> {
    let wanted = VersionSpecifiers::from_str(wanted).ok()?;
    let version = Version::from_str(version).ok()?;
    Some(wanted.contains(&version))
}
