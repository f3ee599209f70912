//! Whether a native lock still fits its request: without network, solver, clock or write.
//!
//! Each difference is a [`Staleness`] with its data; [`text()`] gives the sentence.
//! What decides about the solution is compared (specs in normal form, channels,
//! platforms, cutoffs as they were asked for), never how or where it was written:
//! reasons, tickets, comments and line numbers may change freely.

mod files;
mod integrity;
mod lines;
mod platforms;
mod staleness;
mod text;

use rattler_conda_types::RepoDataRecord;
use rsp_lock_spec::Request;

pub use files::{check_base, check_explicit};
pub use integrity::edited;
pub use staleness::{LineKind, Staleness};
pub use text::text;

use crate::{
    native::{LockedEnvironment, NativeLock},
    without_secrets,
};

/// Every reason why the lock does not fit the request, in a fixed order; empty if it fits.
///
/// A duration in `exclude-newer` is compared as it was asked for: the point in
/// time that it became stays what it is until an update. The bytes of files
/// beside the lock are compared by [`check_explicit`] and [`check_base`].
pub fn check(request: &Request, lock: &NativeLock) -> Vec<Staleness> {
    let mut found = Vec::new();
    let Some(environment) = environment(request, lock, &mut found) else {
        return found;
    };
    channels(request, environment, &mut found);
    let locked = &environment.request;
    let (priority, strategy) = (
        request.channel_priority.unwrap_or_default(),
        request.strategy.unwrap_or_default(),
    );
    if locked.channel_priority != priority {
        found.push(Staleness::ChannelPriorityChanged {
            locked: locked.channel_priority,
            asked: priority,
        });
    }
    if locked.strategy != strategy {
        found.push(Staleness::StrategyChanged {
            locked: locked.strategy,
            asked: strategy,
        });
    }
    lines::exclude_newer(request, environment, &mut found);
    lines::base(request, environment, &mut found);
    lines::lines(request, environment, &mut found);
    platforms::platforms(request, environment, &mut found);
    platforms::satisfied(request, environment, &mut found);
    integrity::integrity(environment, &mut found);
    found
}

/// The environment of the lock that the request is about.
fn environment<'l>(
    request: &Request,
    lock: &'l NativeLock,
    found: &mut Vec<Staleness>,
) -> Option<&'l LockedEnvironment> {
    let Some(asked) = &request.environment else {
        return lock.environments.first();
    };
    if let Some(environment) = lock.environment(asked) {
        return Some(environment);
    }
    match lock.environments.as_slice() {
        [only] => {
            found.push(Staleness::NameChanged {
                locked: only.name.clone(),
                asked: asked.clone(),
            });
            Some(only)
        }
        several => {
            found.push(Staleness::EnvironmentMissing {
                asked: asked.clone(),
                locked: several
                    .iter()
                    .map(|environment| environment.name.clone())
                    .collect(),
            });
            None
        }
    }
}

/// A record as people name it: `name version build`.
fn shown(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!(
        "{} {} {}",
        package.name.as_normalized(),
        package.version,
        package.build
    )
}

fn channels(request: &Request, environment: &LockedEnvironment, found: &mut Vec<Staleness>) {
    let locked = &environment.request.channels;
    let asked: Vec<String> = request
        .channels
        .iter()
        .map(|channel| without_secrets(&channel.text))
        .collect();
    for (channel, text) in request.channels.iter().zip(&asked) {
        if !locked.contains(text) {
            found.push(Staleness::ChannelAdded {
                channel: text.clone(),
                origin: channel.origin.clone(),
            });
        }
    }
    for channel in locked.iter().filter(|channel| !asked.contains(channel)) {
        found.push(Staleness::ChannelRemoved {
            channel: channel.clone(),
        });
    }
    let in_both = |channels: &[String], other: &[String]| -> Vec<String> {
        channels
            .iter()
            .filter(|channel| other.contains(channel))
            .cloned()
            .collect()
    };
    if in_both(locked, &asked) != in_both(&asked, locked) {
        found.push(Staleness::ChannelsReordered {
            locked: locked.clone(),
            asked,
        });
    }
}
