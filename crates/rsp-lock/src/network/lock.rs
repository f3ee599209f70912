//! Locking from channels: one call, all platforms at a time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use rsp_lock_channel::{OpenedChannel, Wanted, look_after, unfinished};
use rsp_lock_index::pack::Pack;
use rsp_lock_solve::{CancellationToken, channel_order};
use rsp_lock_spec::{PlatformRequest, Request};

use super::{
    joined,
    load::{all_packs, discard, open_unguarded, packed_sources, with_opened_channels},
};
use crate::{
    catalog::Catalog,
    error::Error,
    in_memory::guarded,
    options::LockOptions,
    plan::Plan,
    reporter::{Reporter, Stage},
    run::{LockRun, PlatformRun, RunOutcome},
    solve_platform::solve_platform,
    source::ChannelSource,
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
    let mut options = options.clone();
    let mut is_first = true;
    let result = loop {
        let opened = open_unguarded(
            &request.channels,
            platform.subdir,
            &Wanted::Reachable(plan.wanted.clone()),
            &options.channels,
            reporter,
        )
        .await?;
        let load = started.elapsed();
        let packs = all_packs(&opened);
        let records = packs.iter().map(|pack| pack.len()).sum();
        reporter.on_stage(&platform.name, Stage::Solving { records });
        let request = with_opened_channels(request, &opened);
        let (platform, plan, with) = (platform.clone(), plan.clone(), options.clone());
        let work = tokio::task::spawn_blocking(move || {
            guarded(&platform.name, || {
                Ok(solve_from_packs(
                    &request, &platform, &plan, opened, &with, load,
                ))
            })
        });
        let Solved { run, damaged, used } = work
            .await
            .map_err(|error| Error::Channel(unfinished(error)))??;
        if damaged.is_empty() && cfg!(unix) {
            // The answer does not wait for large files to be unmapped.
            tokio::task::spawn_blocking(|| drop(used));
        } else {
            // Elsewhere what is mapped cannot be removed, by us below or by the caller.
            drop(used);
        }
        if damaged.is_empty() {
            break run;
        }
        options.channels = discard(&damaged, &options.channels);
        if !is_first {
            return Err(Error::UnreliableCache);
        }
        is_first = false;
    };
    if let Ok(run) = &result {
        reporter.on_stage(&platform.name, Stage::Done(run.verdict()));
    }
    result
}

/// What came of a platform, the packs that nobody may count on, and what was solved from.
struct Solved {
    run: Result<PlatformRun, Error>,
    damaged: Vec<Arc<Pack>>,
    used: (Vec<ChannelSource>, Option<Catalog>),
}

/// Solves over what the cache has compiled, and once more without it if that goes wrong: a
/// damaged file costs time, never an answer.
///
/// New packs are written to the cache beside the solve. Whether others are damaged is looked at
/// beside it too, or after it if only then it is known that they were read. Where all that is
/// read is next to the tables, which are whole where they can be opened, it does not matter.
fn solve_from_packs(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    opened: Vec<OpenedChannel>,
    options: &LockOptions,
    load: Duration,
) -> Solved {
    let packs = all_packs(&opened);
    let sources = packed_sources(opened);
    let order = channel_order(request.channel_priority.unwrap_or_default());
    let directory = options.channels.index_dir();
    let solve = |catalog: Option<&Catalog>| {
        guarded(&platform.name, || {
            solve_platform(
                request,
                platform,
                plan,
                &sources,
                catalog.map(|catalog| &catalog.index),
                options,
                load,
            )
        })
    };
    let is_good = |run: &Result<PlatformRun, Error>| matches!(run, Ok(run) if run.verdict() != RunOutcome::Refuted);
    let mut catalog = Catalog::open(&sources, order, directory);
    let reads_packs = |catalog: Option<&Catalog>| {
        catalog.is_none_or(|catalog| catalog.index.has_read_packs())
            || sources.iter().any(ChannelSource::has_read_packs)
    };
    let reads_at_once = reads_packs(catalog.as_ref());
    let looks_at_once = reads_at_once || packs.iter().any(|pack| pack.is_due());
    let (mut run, mut damaged) = std::thread::scope(|scope| {
        let look = looks_at_once.then(|| scope.spawn(|| look_after(&packs)));
        let run = solve(catalog.as_ref());
        (run, look.map_or_else(Vec::new, |look| joined(look).damaged))
    });
    // A bad answer is looked for once more in the packs, whatever the first one came from.
    let is_suspect = !is_good(&run) && catalog.as_ref().is_some_and(|c| c.is_from_cache);
    if !looks_at_once && (is_suspect || reads_packs(catalog.as_ref())) {
        damaged = look_after(&packs).damaged;
    }
    if damaged.is_empty() && is_suspect {
        catalog = Catalog::anew(&sources, order, directory);
        run = solve(catalog.as_ref());
    }
    if damaged.is_empty()
        && is_good(&run)
        && let Some(catalog) = &catalog
    {
        catalog.keep();
    }
    let used = (sources, catalog);
    Solved { run, damaged, used }
}
