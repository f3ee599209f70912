//! The form of a description in TOML, as it is written by people and scripts.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FixturesError, Place};

/// A text with the place where it was written.
pub(crate) type Text = Spanned<String>;

/// One file of `fixtures/universe/`: families of packages of one channel.
///
/// Several files may name the same channel; `subdirs`, `python` and `archive` hold for the file
/// they are written in, `uses` for all files of the channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The channel that the families belong to: a directory name under `fixtures/channels/`.
    pub(crate) channel: Text,
    /// What the file describes, for its reader.
    #[serde(rename = "about", default)]
    _about: String,
    /// Where native packages are built unless they say otherwise.
    #[serde(default)]
    pub(crate) subdirs: Vec<Text>,
    /// The python versions for which `[python]` packages are built unless they say otherwise.
    #[serde(default)]
    pub(crate) python: Vec<Text>,
    /// `conda` (default) or `tar.bz2`.
    pub(crate) archive: Option<Text>,
    /// Channels that this one is used with: they may provide what its packages need.
    #[serde(default)]
    pub(crate) beside: Vec<Text>,
    /// Names that packages need and nobody provides, on purpose.
    #[serde(default)]
    pub(crate) missing: Vec<Text>,
    /// Bundles of dependencies, such as what everything compiled from C needs.
    #[serde(default)]
    pub(crate) uses: BTreeMap<String, Vec<Text>>,
    /// Packages without code of a platform or of Python.
    #[serde(default)]
    pub(crate) noarch: BTreeMap<Text, Family>,
    /// Pure Python packages, one build for all.
    #[serde(rename = "noarch-python", default)]
    pub(crate) noarch_python: BTreeMap<Text, Family>,
    /// Packages with one build a platform.
    #[serde(default)]
    pub(crate) native: BTreeMap<Text, Family>,
    /// Packages with one build a platform and python version.
    #[serde(rename = "python-builds", default)]
    pub(crate) python_builds: BTreeMap<Text, Family>,
    /// The name under which the file was read.
    #[serde(skip)]
    file: String,
    /// The text, for line numbers.
    #[serde(skip)]
    text: String,
}

/// One package with all its releases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    /// `VERSION DATE [#BUILD_NUMBER] [# [selector]]`, oldest first.
    pub(crate) releases: Vec<Text>,
    #[serde(default)]
    pub(crate) depends: Vec<Text>,
    #[serde(default)]
    pub(crate) constrains: Vec<Text>,
    /// Names of bundles under `[uses]`.
    #[serde(default)]
    pub(crate) uses: Vec<Text>,
    /// Packages needed in the very build that goes with this one.
    #[serde(default)]
    pub(crate) exact: Vec<Text>,
    /// Builds of the same release that differ in what they need.
    #[serde(default)]
    pub(crate) variants: BTreeMap<String, Variant>,
    /// The build text, in place of the usual one of the kind.
    pub(crate) build: Option<Text>,
    pub(crate) subdirs: Option<Vec<Text>>,
    pub(crate) python: Option<Vec<Text>>,
    pub(crate) track_features: Option<String>,
    pub(crate) archive: Option<Text>,
    pub(crate) license: Option<String>,
    /// Bytes; derived from the name when it is not given.
    pub(crate) size: Option<u64>,
}

/// What one of several builds of the same release has of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    #[serde(default)]
    pub(crate) depends: Vec<Text>,
    #[serde(default)]
    pub(crate) constrains: Vec<Text>,
    pub(crate) build: Option<Text>,
    pub(crate) subdirs: Option<Vec<Text>>,
    pub(crate) track_features: Option<String>,
    /// Added to the build number, as feedstocks do to make one variant win.
    #[serde(default)]
    pub(crate) number_offset: u64,
}

impl Description {
    /// Reads a description. `file` is the name that errors use.
    pub fn parse(file: &str, text: &str) -> Result<Self, FixturesError> {
        let mut description: Self = toml::from_str(text).map_err(|error| FixturesError::Toml {
            place: Place {
                file: file.to_owned(),
                line: error.span().map_or(1, |span| line_of(text, span.start)),
            },
            message: error.message().to_owned(),
        })?;
        file.clone_into(&mut description.file);
        text.clone_into(&mut description.text);
        Ok(description)
    }

    /// The channel that the file describes.
    pub fn channel(&self) -> &str {
        self.channel.as_ref()
    }

    /// Where a text was written.
    pub(crate) fn place(&self, text: &Text) -> Place {
        Place {
            file: self.file.clone(),
            line: line_of(&self.text, text.span().start),
        }
    }

    /// An error about a text.
    pub(crate) fn wrong(&self, text: &Text, problem: impl Into<String>) -> FixturesError {
        FixturesError::Value {
            place: self.place(text),
            text: text.as_ref().clone(),
            problem: problem.into(),
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|&byte| byte == b'\n')
        .count()
        + 1
}
