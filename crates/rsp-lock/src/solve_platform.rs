//! One platform: pose, solve, check the answer, and tell what is to be told about it.

use std::time::{Duration, Instant};

use rsp_lock_index::{Index, View, pack::Pack};
use rsp_lock_solve::{
    AbsoluteExcludeNewer, Limits, Outcome, Problem, Solution, conflict::describe, solve,
};
use rsp_lock_spec::{PlatformRequest, Request};
use rsp_lock_verify::{Entry, Finding, Subject, verify};
use url::Url;

use crate::{
    addition::{Additions, additions},
    catalog::Catalog,
    cutoff::{cutoff_of_name, timestamp},
    error::Error,
    held::{fits, held},
    options::LockOptions,
    plan::Plan,
    pose::{Posed, pose},
    run::{Answer, ChannelFacts, PlatformOutcome, PlatformRun, Timings},
    source::{ChannelSource, Offer},
};

/// Solves one platform from records that are there, and checks the answer.
///
/// Blocks. The check sees the channels' records and the request, and nothing of
/// the solver.
pub(crate) fn solve_platform(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    sources: &[ChannelSource],
    catalog: Option<&Catalog>,
    options: &LockOptions,
    load: Duration,
) -> Result<PlatformRun, Error> {
    let index = catalog.map(|catalog| &catalog.index);
    let posed = pose(
        request,
        platform,
        plan,
        options.previous.as_ref(),
        sources,
        index,
    )?;
    let limits = Limits {
        timeout: options.timeout,
        cancel: options.cancel.clone(),
    };
    let started = Instant::now();
    let outcome = solve(&posed.problem, options.solver, &limits)?;
    let mut timings = Timings {
        load,
        solve: started.elapsed(),
        verify: Duration::ZERO,
    };
    let outcome = match outcome {
        Outcome::Solved(solution) => {
            let started = Instant::now();
            let view = index.map(Index::view);
            let answer = answer(
                solution,
                &posed,
                platform,
                sources,
                view.as_ref(),
                options.terse,
            );
            timings.verify = started.elapsed();
            PlatformOutcome::Solved(answer)
        }
        Outcome::Unsolvable(conflict) => PlatformOutcome::Unsolvable {
            said: describe(&conflict, &posed.problem),
            conflict,
        },
        Outcome::TimedOut => PlatformOutcome::TimedOut,
        Outcome::Cancelled => PlatformOutcome::Cancelled,
    };
    let problem = posed.problem;
    Ok(PlatformRun {
        platform: platform.clone(),
        channels: sources
            .iter()
            .map(|source| facts(source, platform, &problem))
            .collect(),
        virtual_packages: problem.virtual_packages,
        requirements: problem.requirements,
        constraints: problem.constraints,
        outcome,
        timings,
    })
}

fn answer(
    solution: Solution,
    posed: &Posed<'_>,
    platform: &PlatformRequest,
    sources: &[ChannelSource],
    view: Option<&View>,
    is_terse: bool,
) -> Answer {
    let problem = &posed.problem;
    let mut records = solution.records;
    records.sort_by(|a, b| a.package_record.name.cmp(&b.package_record.name));
    let findings = check(&records, problem, platform, sources);
    let kept = problem
        .locked
        .iter()
        .filter(|locked| records.iter().any(|record| record.url == locked.url))
        .count();
    let additions = if is_terse {
        Additions::default()
    } else {
        additions(
            &records,
            &problem.requirements,
            &problem.overrides,
            &problem.dependencies,
        )
    };
    let held = if is_terse {
        Vec::new()
    } else {
        held(&records, sources, platform.subdir, problem, view)
    };
    Answer {
        findings,
        additions,
        held,
        kept,
        withdrawn: posed.withdrawn.clone(),
        records,
    }
}

fn check(
    records: &[rattler_conda_types::RepoDataRecord],
    problem: &Problem<'_>,
    platform: &PlatformRequest,
    sources: &[ChannelSource],
) -> Vec<Finding> {
    let entries = records
        .iter()
        .map(|record| Entry {
            url: &record.url,
            // Nobody has written hashes down yet that could be wrong.
            sha256: None,
            md5: None,
            record: sources.iter().find_map(|source| source.witness(record)),
        })
        .collect();
    verify(&Subject {
        virtual_packages: &problem.virtual_packages,
        channels: allowed(sources),
        requirements: &problem.requirements,
        constraints: &problem.constraints,
        overrides: &problem.overrides,
        dependencies: &problem.dependencies,
        ..Subject::new(entries, platform.subdir)
    })
}

/// URLs that the files of these channels may begin with.
pub(crate) fn allowed(sources: &[ChannelSource]) -> Vec<Url> {
    sources
        .iter()
        .flat_map(|source| {
            Url::parse(&source.url)
                .ok()
                .into_iter()
                .chain(source.file_urls.iter().cloned())
        })
        .collect()
}

fn facts(
    source: &ChannelSource,
    platform: &PlatformRequest,
    problem: &Problem<'_>,
) -> ChannelFacts {
    let cutoffs = &problem.exclude_newer;
    let is_cut = |name: &str| cutoff_of_name(name, &source.url, cutoffs).is_some();
    let (records, without_timestamp) = match &source.offer {
        Offer::Records(records) => {
            let here = || {
                let records = records.iter();
                records.filter(|record| fits(&record.package_record, platform.subdir))
            };
            let undated = here()
                .filter(|record| timestamp(record).is_none())
                .filter(|record| is_cut(record.package_record.name.as_normalized()));
            (here().count(), undated.count())
        }
        Offer::Packs(_) => {
            let packs = source.packs().unwrap_or_default();
            let undated = |pack: &Pack| {
                let rows = 0..u32::try_from(pack.len()).unwrap_or(u32::MAX);
                let undated = rows.filter(|row| pack.published(*row).is_none());
                undated.filter(|row| is_cut(pack.name(*row))).count()
            };
            let undated = if problem.exclude_newer == AbsoluteExcludeNewer::default() {
                0
            } else {
                packs.iter().map(|pack| undated(pack)).sum()
            };
            (packs.iter().map(|pack| pack.len()).sum(), undated)
        }
    };
    ChannelFacts {
        name: source.name.clone(),
        url: source.url.clone(),
        records,
        rejected: source.rejected.clone(),
        without_timestamp,
        missing_subdirs: source.missing_subdirs.clone(),
    }
}
