//! What the lines of a request do, on all its platforms.

use jiff::civil::Date;
use rsp_lock_channel::{Wanted, unfinished};
use rsp_lock_index::Index;
use rsp_lock_solve::channel_order;
use rsp_lock_spec::{PlatformRequest, Request};

use super::load::{open_channels, packed_sources, with_opened_channels};
use crate::{
    across::{AcrossLine, across_platform, request_across},
    base::BaseLock,
    catalog::Catalog,
    error::Error,
    in_memory::guarded,
    options::LockOptions,
    plan::Plan,
    proof::{PlatformProof, prove_platform},
    reporter::Reporter,
    source::ChannelSource,
};

/// Shows for each override, edit, constraint and pin of a request what plain solving says
/// without it, platform by platform.
///
/// Nothing that is locked is preferred: fresh solutions are compared. `today` decides
/// which reviews are due.
pub async fn prove_overrides(
    request: &Request,
    options: &LockOptions,
    today: Option<Date>,
    reporter: &dyn Reporter,
) -> Result<Vec<PlatformProof>, Error> {
    let plan = Plan::new(request, options)?;
    on_platforms(request, options, &plan, reporter, move |asked| {
        let Asked {
            request,
            platform,
            plan,
            sources,
            index,
            options,
        } = *asked;
        prove_platform(request, platform, plan, sources, index, options, today)
    })
    .await
}

/// Shows for each override, edit and constraint of a request what it alone would change in
/// each of some locks, with the fewest changes. The request's requirements do not count.
pub async fn prove_across(
    request: &Request,
    locks: &[BaseLock],
    options: &LockOptions,
    reporter: &dyn Reporter,
) -> Result<Vec<AcrossLine>, Error> {
    let mut found = Vec::new();
    for lock in locks {
        let request = request_across(request, lock);
        let options = LockOptions {
            base: Some(lock.clone()),
            ..options.clone()
        };
        let plan = Plan::of_base(&request, &options)?;
        let lines = on_platforms(&request, &options, &plan, reporter, |asked| {
            let Asked {
                request,
                platform,
                plan,
                sources,
                index,
                options,
            } = *asked;
            across_platform(request, platform, plan, sources, index, options)
        });
        found.extend(lines.await?.into_iter().flatten());
    }
    Ok(found)
}

/// What is there for one platform.
#[derive(Clone, Copy)]
struct Asked<'w> {
    request: &'w Request,
    platform: &'w PlatformRequest,
    plan: &'w Plan,
    sources: &'w [ChannelSource],
    index: Option<&'w Index>,
    options: &'w LockOptions,
}

/// Does something for each platform of a request, in the order of the platforms.
async fn on_platforms<T: Send + 'static>(
    request: &Request,
    options: &LockOptions,
    plan: &Plan,
    reporter: &dyn Reporter,
    work: impl Fn(&Asked<'_>) -> Result<T, Error> + Clone + Send + 'static,
) -> Result<Vec<T>, Error> {
    let mut done = Vec::new();
    for platform in &request.platforms {
        let opened = open_channels(
            &request.channels,
            platform.subdir,
            &Wanted::Reachable(plan.wanted.clone()),
            &options.channels,
            reporter,
        )
        .await?;
        let request = with_opened_channels(request, &opened);
        let (platform, plan, options) = (platform.clone(), plan.clone(), options.clone());
        let work = work.clone();
        let task = tokio::task::spawn_blocking(move || {
            guarded(&platform.name, || {
                let sources = packed_sources(opened);
                let order = channel_order(request.channel_priority.unwrap_or_default());
                let directory = options.channels.cache_dir.as_deref();
                let catalog = Catalog::open(&sources, order, directory);
                work(&Asked {
                    request: &request,
                    platform: &platform,
                    plan: &plan,
                    sources: &sources,
                    index: catalog.as_ref().map(|catalog| &catalog.index),
                    options: &options,
                })
            })
        });
        done.push(match task.await {
            Ok(result) => result?,
            Err(error) => return Err(Error::Channel(unfinished(error))),
        });
    }
    Ok(done)
}
