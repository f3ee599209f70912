//! A channel as a server holds it: records by file name, a document a subdir.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The host of every generated channel; nothing is ever fetched from it.
pub const HOST: &str = "https://conda.example.org";

/// One record of repodata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Build text.
    pub build: String,
    /// Build number.
    pub build_number: u64,
    /// Conditions on packages that are present anyway.
    pub constrains: Vec<String>,
    /// What must be present.
    pub depends: Vec<String>,
    /// SPDX expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Derived from the file name, not from an archive.
    pub md5: String,
    /// Package name.
    pub name: String,
    /// `generic` or `python`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noarch: Option<&'static str>,
    /// Derived from the file name, not from an archive.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// The subdir it lies in.
    pub subdir: String,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// Features that make the record less wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_features: Option<String>,
    /// Version.
    pub version: String,
}

/// One channel: its records by subdir and file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The directory under `fixtures/channels/`.
    pub name: String,
    /// Records by subdir, then by file name.
    pub subdirs: BTreeMap<String, BTreeMap<String, Record>>,
}

impl Channel {
    /// How many records it has, over all subdirs.
    pub fn record_count(&self) -> usize {
        self.subdirs.values().map(BTreeMap::len).sum()
    }

    /// The `repodata.json` of one subdir. `info.base_url` (CEP 15) is per subdir and includes it.
    pub fn repodata(&self, subdir: &str) -> Result<Vec<u8>, serde_json::Error> {
        let empty = BTreeMap::new();
        let records = self.subdirs.get(subdir).unwrap_or(&empty);
        let (conda, old) = records
            .iter()
            .partition(|(file, _)| !file.ends_with(".tar.bz2"));
        let document = Document {
            info: Info {
                subdir,
                base_url: format!("{HOST}/{}/{subdir}/", self.name),
            },
            packages: old,
            conda,
            removed: [],
            repodata_version: 2,
        };
        let mut bytes = serde_json::to_vec(&document)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    info: Info<'a>,
    packages: BTreeMap<&'a String, &'a Record>,
    #[serde(rename = "packages.conda")]
    conda: BTreeMap<&'a String, &'a Record>,
    removed: [&'a str; 0],
    repodata_version: u8,
}

#[derive(Serialize)]
struct Info<'a> {
    subdir: &'a str,
    base_url: String,
}

/// The sha256 of a text in hex: where the fixtures take everything from that looks random.
pub(crate) fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
