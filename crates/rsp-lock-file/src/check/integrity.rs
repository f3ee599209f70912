//! Whether a lock is still what was written: its digests, and its own dependencies.

use std::collections::BTreeMap;

use rattler_conda_types::{MatchSpec, Matches as _, RepoDataRecord};
use rsp_lock_spec::parse_record_spec;

use super::{Staleness, shown};
use crate::{
    digest::records_digest,
    native::{
        AppliedIn, LockedEnvironment, LockedPackage, LockedPlatform, requests::request_digest,
    },
};

pub(super) fn integrity(environment: &LockedEnvironment, found: &mut Vec<Staleness>) {
    if environment.request_digest != request_digest(&environment.request) {
        found.push(Staleness::RequestEdited);
    }
    for platform in &environment.platforms {
        found.extend(edited(platform));
        dependencies(platform, found);
    }
}

/// Channels whose packages are not those that were locked: somebody edited the file.
pub fn edited(platform: &LockedPlatform) -> Vec<Staleness> {
    let mut found = Vec::new();
    let mut of_channel: BTreeMap<&str, Vec<&RepoDataRecord>> = BTreeMap::new();
    for LockedPackage { record, .. } in &platform.packages {
        of_channel
            .entry(record.channel.as_deref().unwrap_or_default())
            .or_default()
            .push(record);
    }
    for channel in &platform.channels {
        let records = of_channel.remove(channel.url.as_str()).unwrap_or_default();
        if records.len() != channel.packages || records_digest(records) != channel.digest {
            found.push(Staleness::RecordsEdited {
                platform: platform.name.clone(),
                channel: channel.url.clone(),
            });
        }
    }
    for channel in of_channel.into_keys() {
        found.push(Staleness::RecordsEdited {
            platform: platform.name.clone(),
            channel: channel.to_owned(),
        });
    }
    found
}

/// Every dependency and constraint of every record, with the replacements that
/// the lock says were made.
fn dependencies(platform: &LockedPlatform, found: &mut Vec<Staleness>) {
    let packages: BTreeMap<&str, &RepoDataRecord> = platform
        .packages
        .iter()
        .map(|package| {
            (
                package.record.package_record.name.as_normalized(),
                &package.record,
            )
        })
        .collect();
    for LockedPackage { record, .. } in &platform.packages {
        for dependency in effective(platform, record, AppliedIn::Depends) {
            let Some(spec) = plain(&dependency) else {
                continue;
            };
            let Some(name) = spec
                .name
                .as_exact()
                .map(|name| name.as_normalized().to_owned())
            else {
                continue;
            };
            let (fits, locked) = if let Some(other) = packages.get(name.as_str()) {
                (spec.matches(&other.package_record), Some(shown(other)))
            } else {
                let mut offered = platform.virtual_packages.iter();
                let offered = offered.find(|package| package.name.as_normalized() == name);
                (
                    offered.is_some_and(|package| spec.matches(package)),
                    offered.map(ToString::to_string),
                )
            };
            if !fits {
                found.push(Staleness::DependencyUnsatisfied {
                    platform: platform.name.clone(),
                    package: shown(record),
                    dependency,
                    locked,
                });
            }
        }
        for constraint in effective(platform, record, AppliedIn::Constrains) {
            let Some(spec) = plain(&constraint) else {
                continue;
            };
            let Some(other) = spec
                .name
                .as_exact()
                .and_then(|name| packages.get(name.as_normalized()))
            else {
                continue;
            };
            if !spec.matches(&other.package_record) {
                found.push(Staleness::ConstrainsViolated {
                    platform: platform.name.clone(),
                    package: shown(record),
                    constraint: constraint.clone(),
                    locked: shown(other),
                });
            }
        }
    }
}

/// A list of a record once overrides and edits have acted on it.
fn effective(platform: &LockedPlatform, record: &RepoDataRecord, list: AppliedIn) -> Vec<String> {
    let package = &record.package_record;
    let mut texts = match list {
        AppliedIn::Depends => package.depends.clone(),
        AppliedIn::Constrains => package.constrains.clone(),
    };
    for applied in &platform.applied_overrides {
        if applied.list == list && applied.url == record.url.as_str() {
            if let Some(original) = &applied.original {
                texts.retain(|text| text != original);
            }
            texts.extend(applied.replacement.clone());
        }
    }
    texts
}

/// A dependency that always applies. Conditions depend on more than the lock
/// says, and what no reader understands was not understood by the solver either.
fn plain(text: &str) -> Option<MatchSpec> {
    parse_record_spec(text)
        .ok()
        .filter(|spec| spec.condition.is_none())
}
