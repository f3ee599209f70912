//! One platform: pose, solve, check the answer, and tell what is to be told about it.

use std::{
    panic::resume_unwind,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_index::{Index, Unreadable, View, pack::Pack};
use rsp_lock_solve::{AbsoluteExcludeNewer, Outcome, Problem, Solution, conflict::describe, solve};
use rsp_lock_spec::{BasePolicy, Origin, PlatformRequest, Request, Requirement};
use rsp_lock_verify::{Entry, Finding, Found, Subject, verify};
use url::Url;

use crate::{
    addition::{Additions, additions, additions_to},
    choice::choices,
    cutoff::{cutoff_of_name, timestamp},
    error::Error,
    expand::{Expanded, expand},
    float::{Floated, solve_floating},
    held::{fits, held},
    lockfiles::Rendered,
    one_line::in_one_line,
    options::LockOptions,
    plan::Plan,
    pose::pose,
    run::{Answer, ChannelFacts, PlatformOutcome, PlatformRun, Timings},
    rung::{BaseRun, OnBase, Rung, limits, rung, solve_on},
    source::{ChannelSource, Offer},
    suspicion::suspicions,
};

/// So many records take longer to render than a thread takes to start.
pub(crate) const WORTH_A_THREAD: usize = 256;

/// Solves one platform from records that are there, and checks the answer.
///
/// Blocks. The check sees the channels' records and the request, and nothing of
/// the solver.
pub(crate) fn solve_platform(
    request: &Request,
    platform: &PlatformRequest,
    plan: &Plan,
    sources: &[ChannelSource],
    index: Option<&Index>,
    options: &LockOptions,
    load: Duration,
) -> Result<PlatformRun, Error> {
    let posed = pose(
        request,
        platform,
        plan,
        options.previous.as_ref(),
        sources,
        index,
    )?;
    let started = Instant::now();
    let Solved {
        outcome,
        problem,
        base,
        floated,
        expanded,
    } = solve_posed(request, platform, posed.problem, options, sources)?;
    let mut timings = Timings {
        load,
        solve: started.elapsed(),
        verify: Duration::ZERO,
        explain: Duration::ZERO,
    };
    let outcome = match outcome {
        Outcome::Solved(solution) => {
            let started = Instant::now();
            let view = index.map(Index::view);
            let mut answer = answer(
                solution,
                &problem,
                base.as_ref(),
                platform,
                sources,
                view.as_ref(),
                options,
            );
            answer.withdrawn = posed.withdrawn;
            answer.replaced = posed.replaced;
            let before: Vec<RepoDataRecord> = match &base {
                Some(base) => base.records.clone(),
                None => previous_records(plan, platform, options),
            };
            if !options.terse {
                answer.suspicions = suspicions(
                    &answer.records,
                    &problem,
                    &before,
                    base.as_ref(),
                    sources,
                    platform.subdir,
                );
            }
            timings.verify = started.elapsed();
            if options.explain_choice {
                let started = Instant::now();
                let spent = timings.solve + timings.verify;
                answer.choices = Some(choices(
                    &answer.records,
                    &problem,
                    floated.as_ref(),
                    &limits(options),
                    spent,
                )?);
                timings.explain = started.elapsed();
            }
            PlatformOutcome::Solved(answer)
        }
        Outcome::Unsolvable(conflict) => PlatformOutcome::Unsolvable {
            said: describe(&conflict, &problem),
            conflict,
        },
        Outcome::TimedOut => PlatformOutcome::TimedOut,
        Outcome::Cancelled => PlatformOutcome::Cancelled,
    };
    let unreadable = unreadable(&problem);
    let channels = (0..).zip(sources).map(|(number, source)| {
        let of_channel = unreadable.iter().filter(|record| record.channel == number);
        let mut facts = facts(source, platform, &problem);
        let rejected = of_channel.map(|record| (record.file.clone(), record.reason.clone()));
        facts.rejected.extend(rejected);
        facts.rejected.sort_unstable();
        facts
    });
    Ok(PlatformRun {
        platform: platform.clone(),
        channels: channels.collect(),
        virtual_packages: problem.virtual_packages,
        requirements: problem.requirements,
        constraints: problem.constraints,
        pinned: problem.pinned.into_iter().cloned().collect(),
        base,
        floated,
        expanded,
        outcome,
        timings,
    })
}

/// The records of the previous lock, whether or not the channels still have them.
fn previous_records(
    plan: &Plan,
    platform: &PlatformRequest,
    options: &LockOptions,
) -> Vec<RepoDataRecord> {
    let previous = options
        .previous
        .as_ref()
        .and_then(|lock| lock.environment(&plan.environment))
        .and_then(|environment| environment.platform(&platform.name));
    let packages = previous.iter().flat_map(|platform| &platform.packages);
    packages.map(|package| package.record.clone()).collect()
}

/// An outcome, and the problem that its lines count in.
struct Solved<'a> {
    outcome: Outcome,
    problem: Problem<'a>,
    base: Option<BaseRun>,
    floated: Option<Floated>,
    expanded: Vec<Expanded>,
}

/// Solves; where there is no solution and the request allows it, metapackages give
/// way to what they depend on.
fn solve_posed<'a>(
    request: &Request,
    platform: &PlatformRequest,
    problem: Problem<'a>,
    options: &'a LockOptions,
    sources: &'a [ChannelSource],
) -> Result<Solved<'a>, Error> {
    let rung = match &request.base {
        Some(base) => match rung(request, base, platform, options, sources, &problem)? {
            Ok(rung) => Some(rung),
            Err((outcome, problem)) => {
                return Ok(Solved {
                    outcome,
                    problem,
                    base: None,
                    floated: None,
                    expanded: Vec::new(),
                });
            }
        },
        None => None,
    };
    let as_asked = solve_asked(problem.clone(), rung.as_ref(), options)?;
    let Outcome::Unsolvable(conflict) = &as_asked.outcome else {
        return Ok(as_asked);
    };
    let Some((problem, mut expanded)) = expand(problem, rung.as_ref(), sources, platform.subdir)
    else {
        return Ok(as_asked);
    };
    let why = in_one_line(conflict, &as_asked.problem);
    for known in &mut expanded {
        known.why.clone_from(&why);
    }
    Ok(Solved {
        expanded,
        ..solve_asked(problem, rung.as_ref(), options)?
    })
}

fn solve_asked<'a>(
    problem: Problem<'a>,
    rung: Option<&Rung<'a>>,
    options: &LockOptions,
) -> Result<Solved<'a>, Error> {
    if let Some(rung) = rung {
        let OnBase {
            outcome,
            problem,
            base,
            floated,
        } = solve_on(problem, rung, options)?;
        return Ok(Solved {
            outcome,
            problem,
            base: Some(base),
            floated,
            expanded: Vec::new(),
        });
    }
    let ask = |problem: &Problem<'a>| solve(problem, options.solver, &limits(options));
    let (outcome, floated) = match solve_floating(&problem, ask)? {
        Some((outcome, floated)) => (outcome, Some(floated)),
        None => (ask(&problem)?, None),
    };
    Ok(Solved {
        outcome,
        problem,
        base: None,
        floated,
        expanded: Vec::new(),
    })
}

fn answer(
    solution: Solution,
    problem: &Problem<'_>,
    base: Option<&BaseRun>,
    platform: &PlatformRequest,
    sources: &[ChannelSource],
    view: Option<&View>,
    options: &LockOptions,
) -> Answer {
    let records = solution.records;
    let is_terse = options.terse;
    let render = || Rendered::of(&records, platform.subdir, options.rendering?).map(Box::new);
    let is_worth_a_thread = options.rendering.is_some() && records.len() >= WORTH_A_THREAD;
    let (findings, rendered) = thread::scope(|scope| {
        let thread = is_worth_a_thread
            .then(|| thread::Builder::new().spawn_scoped(scope, render))
            .and_then(Result::ok);
        let findings = check(&records, problem, base, platform, sources, view);
        let rendered = thread.map_or_else(render, |thread| match thread.join() {
            Ok(rendered) => rendered,
            Err(panic) => resume_unwind(panic),
        });
        (findings, rendered)
    });
    let kept = problem
        .locked
        .iter()
        .filter(|locked| records.iter().any(|record| record.url == locked.url))
        .count();
    let additions = match base {
        _ if is_terse => Additions::default(),
        Some(base) => additions_to(base, &records, &problem.requirements),
        None => additions(
            &records,
            &problem.requirements,
            &problem.overrides,
            &problem.dependencies,
        ),
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
        choices: None,
        kept,
        withdrawn: Vec::new(),
        replaced: Vec::new(),
        suspicions: Vec::new(),
        rendered,
        records,
    }
}

fn check(
    records: &[Arc<RepoDataRecord>],
    problem: &Problem<'_>,
    base: Option<&BaseRun>,
    platform: &PlatformRequest,
    sources: &[ChannelSource],
    view: Option<&View>,
) -> Vec<Finding> {
    let entries = records.iter().enumerate().map(|(at, record)| {
        if let Some(view) = view {
            view.has_read(at);
        }
        Entry {
            url: &record.url,
            // Nobody has written hashes down yet that could be wrong.
            sha256: None,
            md5: None,
            record: witness(record, sources, view),
        }
    });
    let entries = entries.collect();
    let held = base.iter().flat_map(|base| &base.records);
    let mut findings = verify(&Subject {
        roots: held
            .map(|record| record.package_record.name.clone())
            .collect(),
        virtual_packages: &problem.virtual_packages,
        channels: allowed(sources),
        requirements: &problem.requirements,
        constraints: &problem.constraints,
        overrides: &problem.overrides,
        dependencies: &problem.dependencies,
        ..Subject::new(entries, platform.subdir)
    });
    findings.extend(base.into_iter().flat_map(|base| thawed(base, records)));
    findings
}

/// What the channels say of the file of a record that was made of one of theirs.
///
/// A record of an index is read from there by everybody alike, so that it is its own witness, as
/// long as the index has the file.
fn witness<'r>(
    record: &'r RepoDataRecord,
    sources: &'r [ChannelSource],
    view: Option<&View>,
) -> Option<&'r RepoDataRecord> {
    let name = &record.package_record.name;
    match view {
        Some(view) => view.has(record).then_some(record),
        None => sources.iter().find_map(|s| s.file(name, &record.url)),
    }
}

/// Records of a frozen base that are not in the answer as they were.
fn thawed(base: &BaseRun, records: &[Arc<RepoDataRecord>]) -> Vec<Finding> {
    if base.policy != BasePolicy::Freeze {
        return Vec::new();
    }
    let is_gone = |record: &&RepoDataRecord| records.iter().all(|there| **there != **record);
    let missing = base.records.iter().filter(is_gone);
    missing
        .map(|record| Finding::Requirement {
            spec: record.url.to_string(),
            origin: Origin {
                source: base.name.as_str().into(),
                line: 0,
                column: 0,
                span: 0..0,
            },
            found: Found::Absent,
        })
        .collect()
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

/// Records that could have mattered and cannot be used, for a dependency of theirs means nothing.
fn unreadable(problem: &Problem<'_>) -> Vec<Unreadable> {
    let Some(view) = problem.index.map(Index::view) else {
        return Vec::new();
    };
    let asked = problem.requirements.iter().map(Requirement::name);
    let pinned = problem.pinned.iter();
    let pinned = pinned.map(|record| &record.package_record.name);
    let names = asked.chain(pinned);
    let names = names.filter_map(|name| view.name_id(name.as_normalized()));
    view.unreadable(names.collect::<Vec<_>>())
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
                let undated = pack.all_rows().filter(|row| pack.published(*row).is_none());
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
