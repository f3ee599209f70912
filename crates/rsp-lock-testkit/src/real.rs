//! Real records and real environments, where the project has them beside it.
//!
//! The data is not part of the project: `../shared/channels` holds records and
//! solved environments collected from public lockfiles. Tests that need it say
//! loudly that they are skipped where it is missing.

use std::{
    collections::HashMap,
    error::Error,
    fmt::Write as _,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rattler_conda_types::{Channel, GenericVirtualPackage, RepoData, RepoDataRecord, Subdir};
use serde::Deserialize;
use url::Url;

/// The URL that the records of [`Universe::conda_forge`] carry.
pub const CONDA_FORGE: &str = "https://conda.anaconda.org/conda-forge/";

/// Where the real data is, or `None`, said on stderr, where it is missing.
pub fn shared_channels() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/channels");
    if dir.is_dir() {
        return Some(dir);
    }
    // Not by `eprintln!`: tests that pass are not heard with it.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: the real data is missing: there is no directory `{}`",
        dir.display()
    );
    None
}

/// The records of a channel's platform, found by subdir and file name.
#[derive(Debug)]
pub struct Universe {
    /// Records of the platform's subdir, then those of noarch, in the order of the files.
    pub records: Vec<RepoDataRecord>,
    by_file: HashMap<String, usize>,
}

impl Universe {
    /// The records of `CHANNEL_DIR/{SUBDIR,noarch}/repodata.json.zst`, as if they came from `url`.
    ///
    /// A subdir that is missing has no records.
    pub fn read(channel_dir: &Path, subdir: Subdir, url: &Url) -> Result<Self, Box<dyn Error>> {
        let channel = Channel::from_url(url.clone());
        let mut records = Vec::new();
        for subdir in [subdir, Subdir::NoArch] {
            let path = channel_dir.join(subdir.as_str()).join("repodata.json.zst");
            if !path.exists() {
                continue;
            }
            let bytes = zstd::decode_all(fs_err::File::open(path)?)?;
            let repodata: RepoData = serde_json::from_slice(&bytes)?;
            records.extend(repodata.into_repo_data_records(&channel));
        }
        // The order of a map that is read back is not the file's.
        records.sort_by(|a: &RepoDataRecord, b| a.url.cmp(&b.url));
        let by_file = records
            .iter()
            .enumerate()
            .map(|(index, record)| (file_of(record), index))
            .collect();
        Ok(Self { records, by_file })
    }

    /// The sample of conda-forge under a directory that [`shared_channels`] found.
    pub fn conda_forge(shared_channels: &Path, subdir: Subdir) -> Result<Self, Box<dyn Error>> {
        Self::read(
            &shared_channels.join("conda-forge-sample"),
            subdir,
            &Url::parse(CONDA_FORGE)?,
        )
    }

    /// The record of `SUBDIR/FILE`.
    pub fn get(&self, file: &str) -> Option<&RepoDataRecord> {
        self.by_file
            .get(file)
            .and_then(|index| self.records.get(*index))
    }
}

/// `SUBDIR/FILE` of a record, as [`Environment::packages`] names it.
pub fn file_of(record: &RepoDataRecord) -> String {
    format!(
        "{}/{}",
        record.package_record.subdir,
        record.identifier.to_file_name()
    )
}

/// A real solved environment.
#[derive(Clone, Debug, Deserialize)]
pub struct Environment {
    /// The repository it comes from.
    pub repo: String,
    /// The commit of the repository.
    pub commit: String,
    /// Its name in the lock.
    pub environment: String,
    /// Its subdir.
    pub platform: String,
    /// `SUBDIR/FILE` of every conda package that was locked.
    pub packages: Vec<String>,
    /// What was asked for.
    #[serde(default)]
    pub specs: Vec<Spec>,
    /// The name of the environments that were solved together with it, in its commit.
    #[serde(default)]
    pub solve_group: Option<String>,
    /// What was asked for by all that were solved together with it.
    #[serde(default)]
    pub solve_group_specs: Option<Vec<Spec>>,
    /// Whether the lock still is what the manifest asks for.
    #[serde(default)]
    pub specs_satisfied: Option<bool>,
    /// Whether every `depends` and `constrains` of our records holds in it.
    pub consistent: bool,
    /// What does not hold: field, file, spec, and the file that is there.
    pub problems: Vec<Vec<String>>,
    /// The newest timestamp of it and of all that were solved together with it.
    #[serde(default)]
    pub cutoff_ms: Option<i64>,
    /// The newest timestamp of it.
    pub max_timestamp_ms: i64,
    /// What the project declares of the machines it is for.
    #[serde(default)]
    pub system_requirements: HashMap<String, serde_json::Value>,
    /// The virtual packages that the lock states.
    #[serde(default)]
    pub virtual_packages: Option<Vec<GenericVirtualPackage>>,
}

/// A requirement of an [`Environment`]: name, version, and what else there may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Spec {
    /// Name and version.
    Plain(String, String),
    /// Name, version and `build` or `build-number`.
    Detailed(String, String, HashMap<String, String>),
}

impl Spec {
    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Self::Plain(name, _) | Self::Detailed(name, ..) => name,
        }
    }

    /// As a `MatchSpec` in bracket form. A bare version means all that start with it.
    pub fn to_match_spec(&self) -> String {
        let (name, version) = match self {
            Self::Plain(name, version) | Self::Detailed(name, version, _) => (name, version),
        };
        // Manifests write `>= 0.14.0`; inside brackets a blank ends the operator.
        let version: String = version.split_whitespace().collect();
        let bare = version.starts_with(|c: char| c.is_ascii_digit())
            && !version.contains(['*', ',', '|', '<', '>', '=', '!', '~']);
        let star = if bare { ".*" } else { "" };
        let mut text = format!("{name}[version='{version}{star}'");
        if let Self::Detailed(_, _, more) = self {
            for (key, as_written) in [("build", "build"), ("build_number", "build-number")] {
                if let Some(value) = more.get(as_written) {
                    let _ = write!(text, ",{key}='{value}'");
                }
            }
        }
        text.push(']');
        text
    }
}

impl Environment {
    /// Whether a solver can be asked for it: it is consistent, and its specs are known and its own.
    pub fn is_eligible(&self) -> bool {
        self.consistent && !self.specs.is_empty() && self.specs_satisfied != Some(false)
    }

    /// What was solved: the specs of the group it was solved with, or else its own.
    pub fn specs_to_solve(&self) -> &[Spec] {
        self.solve_group_specs.as_deref().unwrap_or(&self.specs)
    }

    /// The newest record its solver can have seen, plus a second.
    pub fn cutoff(&self) -> Timestamp {
        let newest = self.cutoff_ms.unwrap_or(self.max_timestamp_ms);
        Timestamp::from_millisecond(newest.saturating_add(1000)).unwrap_or(Timestamp::MAX)
    }

    /// A short name for reports: repository, commit, environment and platform.
    pub fn label(&self) -> String {
        let commit = self.commit.get(..8).unwrap_or(&self.commit);
        format!(
            "{}@{commit} {} {}",
            self.repo, self.environment, self.platform
        )
    }

    /// The virtual packages that the project declares, sorted by name.
    pub fn declared(&self) -> Vec<GenericVirtualPackage> {
        let mut texts: Vec<String> = self
            .system_requirements
            .iter()
            .filter_map(|(key, value)| {
                let version = value.as_str().or_else(|| value.get("version")?.as_str())?;
                let name = match key.as_str() {
                    "libc" => "glibc",
                    "macos" => "osx",
                    other => other,
                };
                Some(format!("__{name}={version}=0"))
            })
            .collect();
        texts.sort_unstable();
        texts
            .iter()
            .filter_map(|text| virtual_package(text))
            .collect()
    }

    /// The virtual packages to assume: what the lock states, or else [`generous`].
    pub fn virtual_packages(&self) -> Vec<GenericVirtualPackage> {
        match (&self.virtual_packages, self.platform.parse()) {
            (Some(stated), _) => stated.clone(),
            (None, Ok(subdir)) => generous(subdir),
            (None, Err(_)) => Vec::new(),
        }
    }
}

/// The environments of a `.jsonl.zst` file, in its order.
///
/// Where the data does not say so itself, an environment's cutoff is the newest
/// timestamp of all that were solved together with it.
pub fn environments(path: &Path) -> Result<Vec<Environment>, Box<dyn Error>> {
    let lines = BufReader::new(zstd::Decoder::new(fs_err::File::open(path)?)?).lines();
    let mut environments: Vec<Environment> = Vec::new();
    for line in lines {
        environments.push(serde_json::from_str(&line?)?);
    }
    let mut newest: HashMap<[String; 4], i64> = HashMap::new();
    for environment in &environments {
        if let Some(group) = group_of(environment) {
            let newest = newest.entry(group).or_default();
            *newest = environment.max_timestamp_ms.max(*newest);
        }
    }
    for environment in &mut environments {
        if environment.cutoff_ms.is_none() {
            environment.cutoff_ms = group_of(environment).and_then(|g| newest.get(&g).copied());
        }
    }
    Ok(environments)
}

fn group_of(environment: &Environment) -> Option<[String; 4]> {
    let group = environment.solve_group.clone()?;
    Some([
        environment.repo.clone(),
        environment.commit.clone(),
        environment.platform.clone(),
        group,
    ])
}

/// What a recent, well equipped machine offers: the data's README says which
/// for linux-64, the others are of the same years.
pub fn generous(subdir: Subdir) -> Vec<GenericVirtualPackage> {
    let texts: &[&str] = match subdir {
        Subdir::Linux64 => &[
            "__archspec=1=x86_64_v3",
            "__cuda=12.9=0",
            "__glibc=2.39=0",
            "__linux=6.5=0",
            "__unix=0=0",
        ],
        Subdir::LinuxAarch64 => &[
            "__archspec=1=aarch64",
            "__cuda=12.9=0",
            "__glibc=2.39=0",
            "__linux=6.5=0",
            "__unix=0=0",
        ],
        Subdir::Osx64 => &["__archspec=1=x86_64_v3", "__osx=15.0=0", "__unix=0=0"],
        Subdir::OsxArm64 => &["__archspec=1=m1", "__osx=15.0=0", "__unix=0=0"],
        _ => &[],
    };
    texts
        .iter()
        .filter_map(|text| virtual_package(text))
        .collect()
}

/// A virtual package out of `NAME=VERSION=BUILD`; version and build may be missing.
pub fn virtual_package(text: &str) -> Option<GenericVirtualPackage> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
