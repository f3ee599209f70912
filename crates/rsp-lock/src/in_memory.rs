//! Locking from records that the caller holds.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use jiff::civil::Date;
use rsp_lock_spec::Request;

use crate::{
    error::Error,
    options::LockOptions,
    plan::Plan,
    proof::{PlatformProof, prove_platform},
    run::{LockRun, PlatformRun},
    solve_platform::solve_platform,
    source::ChannelSource,
};

/// Locks a request from records that are in memory, all platforms at a time.
///
/// `channels` stand in priority order; what the request says about channels
/// matters only where its specs and cutoffs name them. No async runtime, no
/// file and no socket is touched. Blocks until all platforms are done.
pub fn lock_records(
    request: &Request,
    channels: &[ChannelSource],
    options: &LockOptions,
) -> Result<LockRun, Error> {
    let started = Instant::now();
    let plan = Plan::new(request, options)?;
    let results: Vec<Result<PlatformRun, Error>> = std::thread::scope(|scope| {
        let workers: Vec<_> = request
            .platforms
            .iter()
            .map(|platform| {
                let plan = &plan;
                scope.spawn(move || {
                    guarded(&platform.name, || {
                        solve_platform(
                            request,
                            platform,
                            plan,
                            channels,
                            None,
                            options,
                            Duration::ZERO,
                        )
                    })
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| match worker.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    Ok(LockRun {
        environment: plan.environment,
        cutoffs: plan.cutoffs,
        base_digest: options.base.as_ref().map(|base| base.digest.clone()),
        platforms: results.into_iter().collect::<Result<_, _>>()?,
        elapsed: started.elapsed(),
    })
}

/// Shows for each override, edit, constraint and pin of a request what plain solving says
/// without it, from records that are in memory, platform by platform.
pub fn prove_records(
    request: &Request,
    channels: &[ChannelSource],
    options: &LockOptions,
    today: Option<Date>,
) -> Result<Vec<PlatformProof>, Error> {
    let plan = Plan::new(request, options)?;
    request
        .platforms
        .iter()
        .map(|platform| prove_platform(request, platform, &plan, channels, None, options, today))
        .collect()
}

/// Turns a panic of a worker into an error that names the platform.
pub(crate) fn guarded<T>(
    platform: &str,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::Panicked {
            platform: platform.to_owned(),
            message: message.unwrap_or_else(|| "no message".to_owned()),
        })
    })
}
