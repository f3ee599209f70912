//! `exclude-newer`: from what the request says to what a solver is told.

use jiff::Timestamp;
use rattler_conda_types::RepoDataRecord;
use rsp_lock_file::native::{self, CutoffScope, LockedCutoff};
use rsp_lock_solve::AbsoluteExcludeNewer;
use rsp_lock_spec::{Cutoff, Request};

use crate::{error::Error, options::LockOptions, source::ChannelSource};

/// The cutoffs of a request as points in time: those of the previous lock where it
/// has the same age for the same scope, counted back from now otherwise.
pub(crate) fn resolve(
    request: &Request,
    options: &LockOptions,
    environment: &str,
) -> Result<Vec<LockedCutoff>, Error> {
    let Some(asked) = &request.exclude_newer else {
        return Ok(Vec::new());
    };
    let previous = options
        .previous
        .as_ref()
        .and_then(|lock| lock.environment(environment))
        .map_or(&[][..], |environment| &environment.request.exclude_newer);
    let mut written = asked
        .default
        .iter()
        .chain(asked.channels.values())
        .chain(asked.packages.values());
    let has_age = written.any(|cutoff| matches!(cutoff, Cutoff::Age(_)));
    let now = match options.now {
        Some(now) => now,
        None if has_age => return Err(Error::NoClock),
        None => Timestamp::UNIX_EPOCH,
    };
    Ok(native::cutoffs(asked, previous, now))
}

/// The cutoffs as a solver wants them, channels by their canonical URL.
pub(crate) fn absolute(
    cutoffs: &[LockedCutoff],
    sources: &[ChannelSource],
) -> Result<AbsoluteExcludeNewer, Error> {
    let mut absolute = AbsoluteExcludeNewer::default();
    for cutoff in cutoffs {
        match &cutoff.scope {
            CutoffScope::All => absolute.default = cutoff.cutoff,
            CutoffScope::Package(name) => {
                absolute.packages.insert(name.clone(), cutoff.cutoff);
            }
            CutoffScope::Channel(channel) => {
                let source = sources
                    .iter()
                    .find(|source| {
                        rsp_lock_file::without_secrets(&source.name) == *channel
                            || source.url.trim_end_matches('/') == channel.trim_end_matches('/')
                    })
                    .ok_or_else(|| Error::CutoffChannel {
                        channel: channel.clone(),
                    })?;
                absolute.channels.insert(source.url.clone(), cutoff.cutoff);
            }
        }
    }
    Ok(absolute)
}

/// Whether a record is old enough to be seen. Without a timestamp it is not.
pub(crate) fn is_seen(record: &RepoDataRecord, cutoffs: &AbsoluteExcludeNewer) -> bool {
    let Some(cutoff) = cutoff_of(record, cutoffs) else {
        return true;
    };
    timestamp(record).is_some_and(|timestamp| timestamp <= cutoff)
}

/// The cutoff that applies to a record: its package's, its channel's, the default.
pub(crate) fn cutoff_of(
    record: &RepoDataRecord,
    cutoffs: &AbsoluteExcludeNewer,
) -> Option<Timestamp> {
    let name = record.package_record.name.as_normalized();
    cutoff_of_name(name, record.channel.as_deref().unwrap_or_default(), cutoffs)
}

/// [`cutoff_of`] by name and channel.
pub(crate) fn cutoff_of_name(
    name: &str,
    channel: &str,
    cutoffs: &AbsoluteExcludeNewer,
) -> Option<Timestamp> {
    let of_package = cutoffs.packages.get(name);
    let known = of_package.or_else(|| cutoffs.channels.get(channel));
    *known.unwrap_or(&cutoffs.default)
}

/// When a record came to be: when it was indexed, or else when it was built.
pub(crate) fn timestamp(record: &RepoDataRecord) -> Option<Timestamp> {
    let package = &record.package_record;
    package
        .indexed_timestamp
        .or(package.timestamp)
        .map(|timestamp| timestamp.jiff_timestamp())
}
