//! Checking and cutting a lock that may have come from anywhere.

use std::collections::BTreeSet;

use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord, Subdir};
use rsp_lock_channel::{ChannelOptions, Wanted};
use rsp_lock_file::{
    derive,
    explicit::{ExplicitFile, Hash, KnownHashes},
};
use rsp_lock_spec::{ChannelRequest, DependencyEdit, Override, Requirement};
use rsp_lock_verify::{Entry, Finding, Subject, closure, verify};
use url::Url;

use super::load::{load_channels, sources};
use crate::{error::Error, reporter::Reporter, solve_platform::allowed, source::ChannelSource};

/// A locked file.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The package's name, as the file name says.
    pub name: String,
    /// The URL, without hash.
    pub url: Url,
    /// SHA-256 in hex, if the lock has it.
    pub sha256: Option<String>,
    /// MD5 in hex, if the lock has it.
    pub md5: Option<String>,
    /// What the channel said of the file when it was locked, if the lock keeps that.
    pub record: Option<Box<RepoDataRecord>>,
}

impl Locked {
    /// The entries of an explicit file, in its order.
    pub fn of_explicit(file: &ExplicitFile) -> Vec<Self> {
        let entries = file.entries.iter();
        entries
            .map(|entry| {
                let hex = |hash: Hash| {
                    let fragment = hash.to_fragment();
                    fragment
                        .strip_prefix("sha256:")
                        .map_or(fragment.clone(), str::to_owned)
                };
                let (mut sha256, mut md5) = (None, None);
                match entry.hash {
                    Some(hash @ Hash::Sha256(_)) => sha256 = Some(hex(hash)),
                    Some(hash @ Hash::Md5(_)) => md5 = Some(hex(hash)),
                    None => {}
                }
                Self {
                    name: entry.name.clone(),
                    url: entry.url.clone(),
                    sha256,
                    md5,
                    record: None,
                }
            })
            .collect()
    }

    /// The entry that a record makes.
    pub fn of_record(record: &RepoDataRecord) -> Self {
        let entry = Entry::of(record);
        Self {
            name: record.package_record.name.as_normalized().to_owned(),
            url: record.url.clone(),
            sha256: entry.sha256,
            md5: entry.md5,
            record: Some(Box::new(record.clone())),
        }
    }

    /// The file with what the channel said of it when it was locked.
    fn as_locked(&self) -> Option<Entry<'_>> {
        let record = self.record.as_deref()?;
        Some(Entry {
            url: &self.url,
            sha256: self.sha256.clone(),
            md5: self.md5.clone(),
            record: Some(record),
        })
    }
}

/// How a lock is checked.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// The platform's subdir.
    pub subdir: Subdir,
    /// What the platform is assumed to offer.
    pub virtual_packages: Vec<GenericVirtualPackage>,
    /// Packages that need nobody to require them; without any, and without
    /// requirements, nothing is called unreachable.
    pub roots: Vec<PackageName>,
    /// What must be there.
    pub requirements: Vec<Requirement>,
    /// What must hold for a package that is there.
    pub constraints: Vec<Requirement>,
    /// Dependencies that were replaced on purpose.
    pub overrides: Vec<Override>,
    /// Dependencies that were added or dropped on purpose.
    pub dependencies: Vec<DependencyEdit>,
    /// The channels, highest priority first.
    pub channels: Vec<ChannelRequest>,
    /// How they are reached.
    pub channel_options: ChannelOptions,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Verified {
    /// In a fixed order; see [`rsp_lock_verify::verify`].
    pub findings: Vec<Finding>,
    /// The channels' record of each locked file, in the order of the lock.
    pub records: Vec<Option<RepoDataRecord>>,
}

/// Checks locked files against what the channels say of them, without a solver.
///
/// Where the lock keeps the metadata of then, a conflict that only a later patch of the metadata
/// made is a [`Finding::Patched`].
pub async fn verify_lock(
    locked: &[Locked],
    options: &VerifyOptions,
    reporter: &dyn Reporter,
) -> Result<Verified, Error> {
    let sources = load_named(locked, options, reporter).await?;
    let entries = entries(locked, &sources);
    let records = entries.iter().map(|entry| entry.record.cloned()).collect();
    let subject = Subject {
        virtual_packages: &options.virtual_packages,
        channels: allowed(&sources),
        requirements: &options.requirements,
        constraints: &options.constraints,
        overrides: &options.overrides,
        dependencies: &options.dependencies,
        roots: options.roots.clone(),
        candidates: sources.iter().flat_map(ChannelSource::records).collect(),
        ..Subject::new(entries, options.subdir)
    };
    let mut findings = verify(&subject);
    let then: Option<Vec<Entry<'_>>> = locked.iter().map(Locked::as_locked).collect();
    if let Some(entries) = then {
        let then = verify(&Subject { entries, ..subject });
        for finding in &mut findings {
            let is_of_metadata = matches!(
                finding,
                Finding::Dependency { .. } | Finding::Constraint { .. }
            );
            if is_of_metadata && !then.contains(finding) {
                let today = Box::new(finding.clone());
                *finding = Finding::Patched { today };
            }
        }
    }
    Ok(Verified { findings, records })
}

/// The part of an explicit file that one root needs, all else of the text untouched.
///
/// A file about which the channels say nothing, a dependency that has no line, and a
/// root that is not there are errors.
pub async fn derive_root(
    file: &ExplicitFile,
    root: &PackageName,
    options: &VerifyOptions,
    reporter: &dyn Reporter,
) -> Result<String, Error> {
    let locked = Locked::of_explicit(file);
    let sources = load_named(&locked, options, reporter).await?;
    let entries = entries(&locked, &sources);
    let keep = closure(&entries, root, &options.virtual_packages)?;
    Ok(derive(file, keep)?)
}

/// The hashes that the channels know of each locked file, in the order of the lock.
pub async fn known_hashes(
    locked: &[Locked],
    options: &VerifyOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<KnownHashes>, Error> {
    let sources = load_named(locked, options, reporter).await?;
    let entries = entries(locked, &sources);
    Ok(entries
        .iter()
        .map(|entry| match entry.record {
            Some(record) => KnownHashes {
                md5: record.package_record.md5,
                sha256: record.package_record.sha256,
            },
            None => KnownHashes::default(),
        })
        .collect())
}

async fn load_named(
    locked: &[Locked],
    options: &VerifyOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<ChannelSource>, Error> {
    if options.channels.is_empty() {
        return Err(Error::Incomplete { what: "channels" });
    }
    let names: BTreeSet<PackageName> = locked
        .iter()
        .filter_map(|locked| locked.name.parse().ok())
        .collect();
    let wanted = Wanted::Named(names.into_iter().collect());
    let loaded = load_channels(
        &options.channels,
        options.subdir,
        &wanted,
        &options.channel_options,
        reporter,
    )
    .await?;
    Ok(sources(loaded))
}

fn entries<'a>(locked: &'a [Locked], sources: &'a [ChannelSource]) -> Vec<Entry<'a>> {
    let record = |locked: &Locked| {
        let name: PackageName = locked.name.parse().ok()?;
        sources
            .iter()
            .find_map(|source| source.file(&name, &locked.url))
    };
    locked
        .iter()
        .map(|locked| Entry {
            url: &locked.url,
            sha256: locked.sha256.clone(),
            md5: locked.md5.clone(),
            record: record(locked),
        })
        .collect()
}
