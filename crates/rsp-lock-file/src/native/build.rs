//! A native lock made of a request and what was solved for it.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};
use rsp_lock_spec::{PlatformRequest, Request, Requirement, effective};

use super::{
    applied::applied_overrides,
    cutoff::LockedCutoff,
    model::{LockedChannel, LockedEnvironment, LockedPackage, LockedPlatform, NativeLock},
    request::{locked_request, normal, request_digest, sorted_virtual_packages},
};
use crate::{digest::records_digest, error::FileError, explicit::check_url, without_secrets};

/// A channel of the request, and what the records say that came from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelUse {
    /// As the request wrote it.
    pub text: String,
    /// `RepoDataRecord::channel` of its records: its canonical URL.
    pub url: String,
}

/// What was solved for one platform.
#[derive(Clone, Debug)]
pub struct SolvedPlatform<'a> {
    /// The platform as the request has it.
    pub platform: &'a PlatformRequest,
    /// What it was assumed to offer: what `PlatformRequest::virtual_packages` says.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// The channels, highest priority first.
    pub channels: &'a [ChannelUse],
    /// The solution.
    pub records: Vec<&'a RepoDataRecord>,
    /// [`crate::digest()`] of the explicit file that is written with the lock, if one is.
    pub explicit_digest: Option<String>,
}

/// What a lock says besides request and solution.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The program that makes it, such as `rsp-lock 0.4.0`.
    pub tool: String,
    /// The name of the environment; that of the request counts more.
    pub environment: String,
    /// What "best" meant to the solver.
    pub objective: String,
    /// What [`super::cutoffs`] made of `exclude-newer`.
    pub cutoffs: Vec<LockedCutoff>,
    /// The digest of the base's bytes, if the base is a file.
    pub base_digest: Option<String>,
}

/// Makes the native lock of one environment.
///
/// # Errors
/// Two platforms of one name, two records of one name on a platform, or a URL
/// that may not be locked.
pub fn build(
    request: &Request,
    solved: &[SolvedPlatform<'_>],
    options: &BuildOptions,
) -> Result<NativeLock, FileError> {
    let locked = locked_request(
        request,
        options.cutoffs.clone(),
        options.base_digest.clone(),
    );
    let mut platforms: BTreeMap<&str, LockedPlatform> = BTreeMap::new();
    for solved in solved {
        let name = solved.platform.name.as_str();
        if platforms
            .insert(name, locked_platform(request, solved)?)
            .is_some()
        {
            return Err(FileError::Ambiguous {
                what: "platforms",
                name: name.to_owned(),
            });
        }
    }
    Ok(NativeLock {
        tool: options.tool.clone(),
        environments: vec![LockedEnvironment {
            name: request
                .environment
                .clone()
                .unwrap_or_else(|| options.environment.clone()),
            request_digest: request_digest(&locked),
            request: locked,
            objective: options.objective.clone(),
            platforms: platforms.into_values().collect(),
        }],
    })
}

fn locked_platform(
    request: &Request,
    solved: &SolvedPlatform<'_>,
) -> Result<LockedPlatform, FileError> {
    let mut records = solved.records.clone();
    records.sort_by(|a, b| {
        a.package_record
            .name
            .as_normalized()
            .cmp(b.package_record.name.as_normalized())
    });
    for pair in records.windows(2) {
        if let [first, second] = pair
            && first.package_record.name == second.package_record.name
        {
            return Err(FileError::DuplicateRecord {
                name: first.package_record.name.as_normalized().to_owned(),
                first: first.identifier.to_file_name(),
                second: second.identifier.to_file_name(),
            });
        }
    }
    let requested = requested(request, solved.platform);
    let required_by = required_by(request, &records);
    let mut packages = Vec::with_capacity(records.len());
    for record in &records {
        check_url(record)?;
        let name = record.package_record.name.as_normalized();
        let mut record = (*record).clone();
        record.channel = record.channel.as_deref().map(without_secrets);
        packages.push(LockedPackage {
            requested: requested
                .get(name)
                .map(|specs| specs.iter().cloned().collect())
                .unwrap_or_default(),
            required_by: required_by
                .get(name)
                .map(|n| n.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            record,
        });
    }
    Ok(LockedPlatform {
        name: solved.platform.name.clone(),
        subdir: solved.platform.subdir,
        virtual_packages: sorted_virtual_packages(solved.virtual_packages),
        explicit_digest: solved.explicit_digest.clone(),
        channels: channels(solved.channels, &packages),
        applied_overrides: applied_overrides(
            &request.overrides,
            &request.dependencies,
            records.iter().copied(),
        ),
        packages,
    })
}

/// Whether a requirement applies to a platform: by its name or its subdir.
pub(crate) fn applies_to(requirement: &Requirement, platform: &PlatformRequest) -> bool {
    requirement.platforms.is_empty()
        || requirement
            .platforms
            .iter()
            .any(|p| *p == platform.name || p == platform.subdir.as_str())
}

fn requested(request: &Request, platform: &PlatformRequest) -> BTreeMap<String, BTreeSet<String>> {
    let mut requested: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for requirement in request
        .requirements
        .iter()
        .filter(|r| applies_to(r, platform))
    {
        if let Some(name) = requirement.spec.name.as_exact() {
            requested
                .entry(name.as_normalized().to_owned())
                .or_default()
                .insert(normal(&requirement.spec));
        }
    }
    requested
}

fn required_by<'a>(
    request: &Request,
    records: &[&'a RepoDataRecord],
) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut required_by: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        let package = &record.package_record;
        let dependent = package.name.as_normalized();
        let mut require = |dependency: &str| {
            let name = PackageName::normalized_name_from_matchspec_str(dependency);
            if name != dependent {
                required_by
                    .entry(name.into_owned())
                    .or_default()
                    .insert(dependent);
            }
        };
        match effective(package, &request.overrides, &request.dependencies) {
            Some(effective) => effective
                .depends
                .iter()
                .for_each(|dependency| require(&dependency.text)),
            None => package
                .depends
                .iter()
                .for_each(|dependency| require(dependency)),
        }
    }
    required_by
}

/// The channels that packages came from, each with the digest of their records.
///
/// A channel that nothing came from is left out: it may grow or shrink without
/// this lock being about it. A channel that is none of the request's (its records
/// were kept from an older lock) comes last, under its URL.
fn channels(uses: &[ChannelUse], packages: &[LockedPackage]) -> Vec<LockedChannel> {
    let mut of_channel: BTreeMap<&str, Vec<&RepoDataRecord>> = BTreeMap::new();
    for LockedPackage { record, .. } in packages {
        let url = record.channel.as_deref().unwrap_or_default();
        of_channel.entry(url).or_default().push(record);
    }
    let locked = |channel: String, url: String, records: Vec<&RepoDataRecord>| LockedChannel {
        channel,
        url,
        packages: records.len(),
        digest: records_digest(records),
    };
    let mut channels = Vec::new();
    for channel in uses {
        let url = without_secrets(&channel.url);
        if let Some(records) = of_channel.remove(url.as_str()) {
            channels.push(locked(without_secrets(&channel.text), url, records));
        }
    }
    for (url, records) in of_channel {
        channels.push(locked(url.to_owned(), url.to_owned(), records));
    }
    channels
}
