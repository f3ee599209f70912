//! From a request and records to a problem: one platform, nothing left open.

use rattler_conda_types::{Channel, RepoDataRecord};
use rsp_lock_file::native::{LockedPlatform, NativeLock};
use rsp_lock_index::Index;
use rsp_lock_solve::{ChannelRecords, Problem, Records};
use rsp_lock_spec::{PlatformRequest, Request, Requirement};
use url::Url;

use crate::{
    cutoff,
    error::Error,
    held::fits,
    plan::{Plan, applying},
    source::ChannelSource,
};

/// A problem, and what of the previous lock went into it.
#[derive(Debug)]
pub(crate) struct Posed<'a> {
    pub(crate) problem: Problem<'a>,
    /// File names of records that the previous lock has and the channels no longer.
    pub(crate) withdrawn: Vec<String>,
    /// File names of records that the channels have with another hash.
    pub(crate) replaced: Vec<String>,
}

/// What became of the records of a lock.
#[derive(Default)]
struct Fate<'a> {
    present: Vec<&'a RepoDataRecord>,
    withdrawn: Vec<String>,
    replaced: Vec<String>,
}

/// Poses the problem of one platform.
pub(crate) fn pose<'a>(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    previous: Option<&NativeLock>,
    sources: &'a [ChannelSource],
    index: Option<&'a Index>,
) -> Result<Posed<'a>, Error> {
    let channels = sources
        .iter()
        .map(|source| ChannelRecords {
            name: source.url.clone(),
            display: source.name.clone(),
            records: match index {
                Some(_) => Records::Indexed,
                None => Records::Loaded(
                    source
                        .records()
                        .into_iter()
                        .filter(|record| fits(&record.package_record, platform.subdir))
                        .collect(),
                ),
            },
        })
        .collect();
    let fate = previous
        .and_then(|lock| lock.environment(&plan.environment))
        .and_then(|environment| environment.platform(&platform.name))
        .filter(|locked| locked.subdir == platform.subdir)
        .map_or_else(Fate::default, |locked| fate(locked, sources));
    let problem = Problem {
        channels,
        index,
        channel_priority: request.channel_priority.unwrap_or_default(),
        strategy: request.strategy.unwrap_or_default(),
        requirements: with_channels(applying(&request.requirements, platform), sources)?,
        constraints: with_channels(applying(&request.constraints, platform), sources)?,
        overrides: request.overrides.clone(),
        dependencies: request.dependencies.clone(),
        virtual_packages: platform.virtual_packages(),
        exclude_newer: cutoff::absolute(&plan.cutoffs, sources)?,
        locked: fate.present,
        pinned: Vec::new(),
        excluded: std::collections::BTreeMap::new(),
    };
    Ok(Posed {
        problem,
        withdrawn: fate.withdrawn,
        replaced: fate.replaced,
    })
}

/// The records of a lock as the channels have them now, and the files they do not have so.
fn fate<'a>(locked: &LockedPlatform, sources: &'a [ChannelSource]) -> Fate<'a> {
    let mut fate = Fate::default();
    for package in &locked.packages {
        let old = &package.record;
        let now = sources
            .iter()
            .find_map(|source| source.file(&old.package_record.name, &old.url));
        match now {
            Some(record) if same_file(record, old) => fate.present.push(record),
            Some(_) => fate.replaced.push(old.identifier.to_file_name()),
            None => fate.withdrawn.push(old.identifier.to_file_name()),
        }
    }
    fate
}

/// Whether two records of one URL are of the same bytes, as far as both say.
pub(crate) fn same_file(a: &RepoDataRecord, b: &RepoDataRecord) -> bool {
    let (a, b) = (&a.package_record, &b.package_record);
    match ((a.sha256, b.sha256), (a.md5, b.md5)) {
        ((Some(a), Some(b)), _) => a == b,
        (_, (Some(a), Some(b))) => a == b,
        _ => true,
    }
}

/// Specs that name a channel, with the channel as its records name it.
fn with_channels(
    mut lines: Vec<Requirement>,
    sources: &[ChannelSource],
) -> Result<Vec<Requirement>, Error> {
    for line in &mut lines {
        let Some(channel) = &line.spec.channel else {
            continue;
        };
        let source = sources
            .iter()
            .find(|source| source.is_channel(channel))
            .ok_or_else(|| Error::SpecChannel {
                spec: line.text.clone(),
                channel: channel.name().to_owned(),
                origin: line.origin.clone(),
            })?;
        if let Ok(url) = Url::parse(&source.url) {
            line.spec.channel = Some(std::sync::Arc::new(Channel::from_url(url)));
        }
    }
    Ok(lines)
}
