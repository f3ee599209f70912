//! Locking from channels: one call, all platforms at a time.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rsp_lock_channel::{OpenedChannel, Wanted};
use rsp_lock_solve::{CancellationToken, channel_order};
use rsp_lock_spec::{PlatformRequest, Request};

use super::load::{open_channels, packed_sources, with_opened_channels};
use crate::{
    catalog::Catalog,
    error::Error,
    in_memory::guarded,
    options::LockOptions,
    plan::Plan,
    reporter::{Reporter, Stage},
    run::{LockRun, PlatformRun, RunOutcome},
    solve_platform::solve_platform,
};

/// Locks a request: reads its channels, solves every platform, checks every answer.
///
/// Nothing is written; [`crate::lockfiles()`] makes files of the run. A platform
/// without a solution is an outcome, not an error. Must be called within a tokio
/// runtime; solvers run on its blocking threads. Dropping the future cancels
/// everything, as [`LockOptions::cancel`] does for the solvers.
pub async fn lock(
    request: &Request,
    options: &LockOptions,
    reporter: &dyn Reporter,
) -> Result<LockRun, Error> {
    let started = Instant::now();
    let plan = Plan::new(request, options)?;
    let mut guard = CancelOnDrop {
        token: options.cancel.clone(),
        armed: true,
    };
    let platforms = request
        .platforms
        .iter()
        .map(|platform| lock_platform(request, platform, &plan, options, reporter));
    let platforms = join_all(platforms).await;
    guard.armed = false;
    Ok(LockRun {
        environment: plan.environment,
        cutoffs: plan.cutoffs,
        base_digest: options.base.as_ref().map(|base| base.digest.clone()),
        platforms: platforms.into_iter().collect::<Result<_, _>>()?,
        elapsed: started.elapsed(),
    })
}

/// [`lock`] for callers without an async runtime, and for those inside of one that
/// want to block: it starts a runtime of its own on a thread of its own.
pub fn lock_blocking(
    request: &Request,
    options: &LockOptions,
    reporter: &dyn Reporter,
) -> Result<LockRun, Error> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        runtime.block_on(lock(request, options, reporter))
    };
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// Stops the solvers when the future that waits for them is dropped.
struct CancelOnDrop {
    token: CancellationToken,
    armed: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.armed {
            self.token.cancel();
        }
    }
}

async fn lock_platform(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    options: &LockOptions,
    reporter: &dyn Reporter,
) -> Result<PlatformRun, Error> {
    reporter.on_stage(&platform.name, Stage::Loading);
    let started = Instant::now();
    let opened = open_channels(
        &request.channels,
        platform.subdir,
        &Wanted::Reachable(plan.wanted.clone()),
        &options.channels,
        reporter,
    )
    .await?;
    let load = started.elapsed();
    let packs = opened.iter().flat_map(|channel| &channel.packs);
    let records = packs.map(|pack| pack.len()).sum();
    reporter.on_stage(&platform.name, Stage::Solving { records });
    let request = with_opened_channels(request, &opened);
    let (platform, plan, options) = (platform.clone(), plan.clone(), options.clone());
    let name = platform.name.clone();
    let work = tokio::task::spawn_blocking(move || {
        guarded(&platform.name, || {
            solve_from_packs(&request, &platform, &plan, opened, &options, load)
        })
    });
    let result = match work.await {
        Ok(result) => result,
        Err(_) => Err(Error::Channel(rsp_lock_channel::ChannelError::Cancelled)),
    };
    if let Ok(run) = &result {
        reporter.on_stage(&name, Stage::Done(run.verdict()));
    }
    result
}

/// Solves over what the cache has compiled, and once more without it if that goes wrong: a
/// damaged file costs time, never an answer.
fn solve_from_packs(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    opened: Vec<OpenedChannel>,
    options: &LockOptions,
    load: Duration,
) -> Result<PlatformRun, Error> {
    let sources = packed_sources(opened);
    let order = channel_order(request.channel_priority.unwrap_or_default());
    let directory = options.channels.cache_dir.as_deref();
    let solve = |catalog: Option<Catalog>| {
        let run = guarded(&platform.name, || {
            solve_platform(
                request,
                platform,
                plan,
                &sources,
                catalog.as_ref().map(|catalog| &catalog.index),
                options,
                load,
            )
        });
        let is_good = matches!(&run, Ok(run) if run.verdict() != RunOutcome::Refuted);
        if let Some(catalog) = &catalog
            && is_good
        {
            catalog.keep();
        }
        let is_suspect = !is_good && catalog.is_some_and(|catalog| catalog.is_from_cache);
        (run, is_suspect)
    };
    match solve(Catalog::open(&sources, order, directory)) {
        (_, true) => solve(Catalog::anew(&sources, order, directory)).0,
        (run, false) => run,
    }
}
