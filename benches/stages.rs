//! The stages of the main job, and all of it: `examples/rsp/rsp-lock.toml` for linux-64.
//!
//! `cargo bench -p rsp-lock-benches` measures; with `-- --test` each stage runs once.

use std::{hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use rsp_lock::{
    ChannelSource, LockOptions, LockfileOptions, RunOutcome,
    channel::{ChannelOptions, Silent, Wanted, load},
    lock_records, lockfiles,
    solver::Solver,
    spec::{Request, Source, parse_toml},
};

fn example() -> (Source, ChannelOptions) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/rsp");
    let path = directory.join("rsp-lock.toml");
    let text = fs_err::read_to_string(&path).unwrap_or_default();
    let options = ChannelOptions {
        root: directory,
        ..ChannelOptions::default()
    };
    (Source::new("rsp-lock.toml", text), options)
}

fn request(source: &Source) -> Request {
    let mut request = parse_toml(source)
        .map(|parsed| parsed.request)
        .unwrap_or_default();
    request
        .platforms
        .retain(|platform| platform.name == "linux-64");
    assert_eq!(request.platforms.len(), 1, "the example locks linux-64");
    request
}

fn channels(request: &Request, options: &ChannelOptions) -> Vec<ChannelSource> {
    let wanted: Vec<_> = request
        .requirements
        .iter()
        .map(|r| r.name().clone())
        .collect();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return Vec::new();
    };
    let subdir = request.platforms.first().map(|platform| platform.subdir);
    let loading = subdir.map(|subdir| async move {
        load(
            &request.channels,
            subdir,
            &Wanted::Reachable(wanted),
            options,
            &Silent,
        )
        .await
    });
    let loaded = loading.and_then(|loading| runtime.block_on(loading).ok());
    let channels: Vec<ChannelSource> = loaded
        .into_iter()
        .flatten()
        .map(|channel| ChannelSource::new(&channel.name, &channel.base_url, channel.records))
        .collect();
    assert!(!channels.is_empty(), "the embedded channel is there");
    channels
}

fn stages(c: &mut Criterion) {
    let (source, options) = example();
    let request = request(&source);
    let sources = channels(&request, &options);
    c.bench_function("parse the request", |b| {
        b.iter(|| parse_toml(black_box(&source)));
    });
    c.bench_function("load the channel", |b| {
        b.iter(|| channels(&request, &options));
    });
    for (name, solver) in [("native", Solver::Native), ("rattler", Solver::Rattler)] {
        let options = LockOptions {
            solver,
            ..LockOptions::default()
        };
        c.bench_function(&format!("pose, solve with {name}, verify"), |b| {
            b.iter(|| lock_records(&request, &sources, &options));
        });
    }
    let run = lock_records(&request, &sources, &LockOptions::default());
    assert!(
        run.as_ref()
            .is_ok_and(|run| run.verdict() == RunOutcome::Solved)
    );
    let Ok(run) = run else { return };
    c.bench_function("render the lockfiles", |b| {
        b.iter(|| lockfiles(&request, &run, &LockfileOptions::default()));
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
