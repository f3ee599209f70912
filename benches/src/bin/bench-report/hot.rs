//! Solving again in one process, on an index that is open: ours against rattler's solve alone.
//!
//! What rattler needs to open and load is not counted, nor what ours needs to open and compile.
//! Ours gives the records of its answer, as rattler does; neither checks or writes anything.

use std::{error::Error, hint::black_box, time::Instant};

use rattler_conda_types::Subdir;
use rsp_lock::{
    channel::{ChannelOptions, Silent, Wanted, open},
    solver::{
        ChannelRecords, Limits, Outcome, Problem, Records, Solver, Workspace, channel_order,
        solve_in,
    },
    spec::{ChannelPriority, ChannelRequest, Origin, PlatformRequest, Requirement},
};
use rsp_lock_benches::rattler::Task;
use rsp_lock_index::Index;

use crate::measure::{Case, Facts, Process, alternating};

/// Measures pairs of solves.
pub(crate) fn measure(
    case: &Case,
    facts: &Facts,
    count: usize,
) -> Result<Vec<(Process, Process)>, Box<dyn Error>> {
    let platform: Subdir = case.platform.parse()?;
    let here = Origin::command_line();
    let requirements = vec![Requirement::parse(&case.spec)?];
    let names = requirements.iter().map(|line| line.name().clone());
    let wanted = Wanted::Reachable(names.collect());
    let channels = [ChannelRequest {
        text: case.directory.display().to_string(),
        origin: here.clone(),
    }];
    let options = ChannelOptions {
        cache_dir: Some(case.work.join("cache")),
        ..ChannelOptions::default()
    };
    let opened = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(open(&channels, platform, &wanted, &options, &Silent))?;
    let packs = opened.iter().map(|channel| channel.packs.clone()).collect();
    let order = channel_order(ChannelPriority::default());
    let index = Index::new(packs, order);
    let records = |channel: &rsp_lock::channel::OpenedChannel| ChannelRecords {
        name: channel.about.channel.clone(),
        display: channel.about.name.clone(),
        records: Records::Indexed,
    };
    let problem = Problem {
        channels: opened.iter().map(records).collect(),
        index: Some(&index),
        requirements,
        virtual_packages: PlatformRequest::of(platform, here).virtual_packages(),
        ..Problem::default()
    };
    let task = Task::load(&facts.json, platform, std::slice::from_ref(&case.spec))?;
    let mut workspace = Workspace::default();
    let mut ours = || -> Result<Process, Box<dyn Error>> {
        let started = Instant::now();
        let outcome = solve_in(&mut workspace, &problem, Solver::Native, &Limits::default())?;
        let ended = started.elapsed();
        match black_box(outcome) {
            Outcome::Solved(solution) if solution.records.len() == facts.packages => {
                Ok(Process::in_memory(ended))
            }
            other => Err(format!("{}: not the answer of the process: {other:?}", case.name).into()),
        }
    };
    let theirs = || {
        let started = Instant::now();
        let solved = task.solve();
        let ended = started.elapsed();
        black_box(solved).ok_or("rattler has no answer")?;
        Ok::<_, Box<dyn Error>>(Process::in_memory(ended))
    };
    ours()?;
    alternating(count, ours, theirs)
}
