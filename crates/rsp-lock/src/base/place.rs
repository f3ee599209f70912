//! The records of a base among those of the channels.

use rattler_conda_types::RepoDataRecord;
use rsp_lock_spec::{ChannelPriority, PlatformRequest, Request};
use url::Url;

use super::{BaseLock, BasePackage, canonical};
use crate::{
    error::Error, held::fits, pose::same_file, solve_platform::allowed, source::ChannelSource,
};

/// The channels' record of each package of the base, in the order of the base.
///
/// A file is looked up by its URL, and by the canonical URL of the mirror it is
/// from. Where a channel serves the URL and no longer has the file, the base's
/// own record stands in: as a pin, it is a conflict that names it.
pub(crate) fn place<'a>(
    request: &Request,
    platform: &PlatformRequest,
    base: &'a BaseLock,
    sources: &'a [ChannelSource],
) -> Result<Vec<&'a RepoDataRecord>, Error> {
    let held = base.platform(platform)?;
    for rule in &held.rules {
        if !has_rule(request, rule) {
            return Err(Error::BaseRule {
                base: base.name.clone(),
                rule: rule.clone(),
            });
        }
    }
    let served = allowed(sources);
    held.packages
        .iter()
        .map(|package| match &package.record {
            Some(record) => by_url(request, base, record, sources, &served),
            None => by_name(request, platform, base, package, sources),
        })
        .collect()
}

fn by_url<'a>(
    request: &Request,
    base: &BaseLock,
    record: &'a RepoDataRecord,
    sources: &'a [ChannelSource],
    served: &[Url],
) -> Result<&'a RepoDataRecord, Error> {
    let name = &record.package_record.name;
    let own = canonical(&record.url, &request.mirrors);
    for url in [Some(&record.url), own.as_ref()].into_iter().flatten() {
        let Some(found) = sources.iter().find_map(|source| source.file(name, url)) else {
            continue;
        };
        if !same_file(found, record) {
            return Err(Error::BaseDiffers {
                base: base.name.clone(),
                url: record.url.to_string(),
            });
        }
        return Ok(found);
    }
    let url = own.as_ref().unwrap_or(&record.url);
    let is_served = served
        .iter()
        .any(|prefix| url.as_str().starts_with(prefix.as_str()));
    if is_served {
        return Ok(record);
    }
    Err(Error::BaseElsewhere {
        base: base.name.clone(),
        url: rsp_lock_file::without_secrets(url.as_str()),
        package: name.as_normalized().to_owned(),
    })
}

/// A package of a list that has no URLs: the first channel that has it counts.
fn by_name<'a>(
    request: &Request,
    platform: &PlatformRequest,
    base: &BaseLock,
    package: &BasePackage,
    sources: &'a [ChannelSource],
) -> Result<&'a RepoDataRecord, Error> {
    let is_it = |record: &&RepoDataRecord| {
        let own = &record.package_record;
        fits(own, platform.subdir)
            && own.version.as_str() == package.version
            && package
                .build
                .as_ref()
                .is_none_or(|build| own.build.as_str() == build)
    };
    for source in sources {
        let named = source.named(&package.name);
        let mut found: Vec<&RepoDataRecord> = named.iter().filter(is_it).collect();
        found.sort_by(|a, b| {
            let archive = |record: &RepoDataRecord| record.identifier.archive_type;
            archive(b).cmp_preference(archive(a)).then_with(|| {
                let number = |r: &RepoDataRecord| r.package_record.build_number;
                number(b).cmp(&number(a))
            })
        });
        if let Some(first) = found.first() {
            return Ok(first);
        }
        let is_strict = request.channel_priority.unwrap_or_default() == ChannelPriority::Strict;
        if is_strict && !named.is_empty() {
            break;
        }
    }
    Err(Error::BaseUnknown {
        base: base.name.clone(),
        package: match &package.build {
            Some(build) => {
                format!(
                    "{}={}={build}",
                    package.name.as_normalized(),
                    package.version
                )
            }
            None => format!("{}={}", package.name.as_normalized(), package.version),
        },
    })
}

fn has_rule(request: &Request, rule: &str) -> bool {
    let overrides = request.overrides.iter().map(|own| match &own.dependents {
        Some(dependents) => format!("{dependents}: {}", own.spec),
        None => own.spec.to_string(),
    });
    let edits = request
        .dependencies
        .iter()
        .map(|edit| format!("{}: {}", edit.dependents, edit.spec));
    overrides.chain(edits).any(|own| bare(&own) == bare(rule))
}

/// A rule without "any version", which is written and left out.
fn bare(rule: &str) -> &str {
    rule.strip_suffix(" *").unwrap_or(rule)
}
