//! The public entry: in memory, from channels, cancelled, sent to another thread.

use std::path::Path;

use rsp_lock::{
    ChannelSource, Error, Holder, LineVerdict, LockOptions, LockRun, LockfileOptions, RunOutcome,
    Silent, file, lock, lock_blocking, lock_records, lockfiles, prove_records,
    spec::{
        ChannelRequest, Cutoff, ExcludeNewer, Origin, PlatformRequest, Request, Requirement,
        Strategy,
    },
};
use rsp_lock_testkit::universe::Universe;

const WORLD: &str = "
channel forge
python 3.12.0 h_0 ; ts 2024-01-01
python 3.13.0 h_0 ; ts 2024-10-07
python 3.13.0 h_0 ; subdir osx-64 ; ts 2024-10-07
numpy 2.0.0 py_0 : python <3.13 ; ts 2024-05-01
analysis 1.0 py_0 : numpy ; ts 2024-06-01
extra 1.0 py_0 : python, helper ; noarch ; ts 2024-06-01
helper 1.0 0 ; noarch ; ts 2024-06-01
channel other
numpy 3.0.0 py_0 ; ts 2024-05-01
";

fn sources() -> Vec<ChannelSource> {
    let channels = Universe::of(WORLD).channels.into_iter();
    channels
        .map(|channel| {
            ChannelSource::new(
                &channel.name,
                &channel.url.parse().unwrap(),
                channel.records,
            )
        })
        .collect()
}

fn request(specs: &[&str], platforms: &[&str]) -> Request {
    let here = Origin::command_line;
    Request {
        environment: Some("test".to_owned()),
        channels: ["forge", "other"]
            .map(|text| ChannelRequest {
                text: text.to_owned(),
                origin: here(),
            })
            .into(),
        platforms: platforms
            .iter()
            .map(|name| PlatformRequest::of(name.parse().unwrap(), here()))
            .collect(),
        requirements: specs
            .iter()
            .map(|spec| Requirement::parse(spec).unwrap())
            .collect(),
        ..Request::default()
    }
}

fn names(run: &LockRun, platform: &str) -> Vec<String> {
    let answer = run.platform(platform).unwrap().answer().unwrap();
    let records = answer.records.iter().map(|record| &record.package_record);
    records
        .map(|record| format!("{} {}", record.name.as_normalized(), record.version))
        .collect()
}

#[test]
fn platforms_are_solved_each_from_its_own_records() {
    let run = lock_records(
        &request(&["python"], &["linux-64", "osx-64"]),
        &sources(),
        &LockOptions::default(),
    )
    .unwrap();
    assert_eq!(run.verdict(), RunOutcome::Solved);
    assert_eq!(names(&run, "osx-64"), ["python 3.13.0"]);
}

#[test]
fn what_is_added_and_held_is_told() {
    let request = request(&["analysis", "extra", "python"], &["linux-64"]);
    let run = lock_records(&request, &sources(), &LockOptions::default()).unwrap();
    let answer = run.platforms[0].answer().unwrap();
    assert_eq!(answer.additions.foundation.as_deref(), Some("analysis"));
    assert_eq!(answer.additions.foundation_size, 3);
    assert_eq!(answer.additions.requested, ["extra"]);
    assert_eq!(answer.additions.contained, ["python"]);
    assert_eq!(answer.additions.dependencies, ["helper"]);
    let [python] = answer.held.as_slice() else {
        panic!("{:?}", answer.held);
    };
    assert_eq!(
        (python.version.as_str(), python.newest.as_str()),
        ("3.12.0", "3.13.0")
    );
    let Some(Holder::Package { name, spec, .. }) = python.holders.first() else {
        panic!("{python:?}");
    };
    assert_eq!((name.as_str(), spec.as_str()), ("numpy", "python <3.13"));
}

#[test]
fn what_nothing_but_the_strategy_holds_is_not_called_held() {
    let held = |strategy| {
        let mut request = request(&["python"], &["linux-64"]);
        request.strategy = Some(strategy);
        let run = lock_records(&request, &sources(), &LockOptions::default()).unwrap();
        let answer = run.platforms[0].answer().unwrap();
        (
            answer.records[0].package_record.version.to_string(),
            answer.held.len(),
        )
    };
    assert_eq!(held(Strategy::Lowest), ("3.12.0".to_owned(), 0));
    assert_eq!(held(Strategy::LowestDirect), ("3.12.0".to_owned(), 0));
    assert_eq!(held(Strategy::Highest), ("3.13.0".to_owned(), 0));
}

#[test]
fn lines_are_proven_from_records_in_memory() {
    let mut request = request(&["analysis"], &["linux-64"]);
    request.constraints = ["python <3.13", "helper <2", "gone <1"]
        .map(|spec| Requirement::parse(spec).unwrap())
        .into();
    let proven = prove_records(&request, &sources(), &LockOptions::default(), None).unwrap();
    let verdicts: Vec<&LineVerdict> = proven[0].lines.iter().map(|line| &line.verdict).collect();
    let [
        LineVerdict::Idle,
        LineVerdict::ExcludesNothing,
        LineVerdict::MatchesNothing,
    ] = verdicts.as_slice()
    else {
        panic!("{verdicts:?}");
    };
}

#[test]
fn one_platform_without_solution_makes_no_lockfile() {
    let request = request(&["analysis"], &["linux-64", "osx-64"]);
    let run = lock_records(&request, &sources(), &LockOptions::default()).unwrap();
    assert_eq!(run.verdict(), RunOutcome::Unsolvable);
    assert_eq!(run.platforms[0].verdict(), RunOutcome::Solved);
    let refused = lockfiles(&request, &run, &LockfileOptions::default());
    assert!(matches!(refused, Err(Error::NotSolved { platform }) if platform == "osx-64"));
}

#[test]
fn what_is_locked_is_kept_and_what_is_withdrawn_is_told() {
    let request = request(&["python"], &["linux-64"]);
    let pinned = Request {
        requirements: vec![Requirement::parse("python 3.12.*").unwrap()],
        ..request.clone()
    };
    let first = lock_records(&pinned, &sources(), &LockOptions::default()).unwrap();
    let text = lockfiles(&pinned, &first, &LockfileOptions::default())
        .unwrap()
        .native;
    let options = LockOptions {
        previous: Some(file::native::read(&text, "rsp.lock").unwrap()),
        ..LockOptions::default()
    };
    let kept = lock_records(&request, &sources(), &options).unwrap();
    assert_eq!(names(&kept, "linux-64"), ["python 3.12.0"]);
    assert_eq!(kept.platforms[0].answer().unwrap().kept, 1);
    let without: Vec<ChannelSource> = sources()
        .iter()
        .map(|source| {
            let records = source.records().into_iter().cloned();
            let left = records.filter(|r| r.package_record.version.to_string() != "3.12.0");
            ChannelSource::new(&source.name, &source.url.parse().unwrap(), left.collect())
        })
        .collect();
    let moved = lock_records(&request, &without, &options).unwrap();
    assert_eq!(names(&moved, "linux-64"), ["python 3.13.0"]);
    assert_eq!(
        moved.platforms[0].answer().unwrap().withdrawn,
        ["python-3.12.0-h_0.conda"]
    );
}

#[test]
fn a_time_limit_that_passes_is_an_outcome_of_its_own() {
    let options = LockOptions {
        timeout: Some(std::time::Duration::ZERO),
        ..LockOptions::default()
    };
    let run = lock_records(&request(&["analysis"], &["linux-64"]), &sources(), &options).unwrap();
    assert_eq!(run.verdict(), RunOutcome::TimedOut);
}

#[test]
fn an_age_needs_to_know_the_time() {
    let mut request = request(&["python"], &["linux-64"]);
    request.exclude_newer = Some(ExcludeNewer {
        default: Some(Cutoff::parse("30d").unwrap()),
        ..ExcludeNewer::default()
    });
    let refused = lock_records(&request, &sources(), &LockOptions::default());
    assert!(matches!(refused, Err(Error::NoClock)));
    let options = LockOptions {
        now: Some("2024-02-15T00:00:00Z".parse().unwrap()),
        ..LockOptions::default()
    };
    let run = lock_records(&request, &sources(), &options).unwrap();
    assert_eq!(names(&run, "linux-64"), ["python 3.12.0"]);
}

#[test]
fn a_spec_may_name_its_channel_if_the_request_lists_it() {
    let ask = |spec: &str| {
        lock_records(
            &request(&[spec], &["linux-64"]),
            &sources(),
            &LockOptions::default(),
        )
    };
    let run = ask("other::numpy").unwrap();
    assert_eq!(names(&run, "linux-64"), ["numpy 3.0.0"]);
    assert!(
        matches!(ask("elsewhere::numpy"), Err(Error::SpecChannel { channel, .. }) if channel == "elsewhere")
    );
}

#[test]
fn an_incomplete_request_is_refused_before_any_work() {
    let whole = request(&["python"], &["linux-64"]);
    for (broken, lacks) in [
        (
            Request {
                platforms: Vec::new(),
                ..whole.clone()
            },
            "platforms",
        ),
        (
            Request {
                channels: Vec::new(),
                ..whole.clone()
            },
            "channels",
        ),
        (
            Request {
                requirements: Vec::new(),
                ..whole.clone()
            },
            "requirements",
        ),
    ] {
        let refused = lock_records(&broken, &sources(), &LockOptions::default());
        assert!(matches!(refused, Err(Error::Incomplete { what }) if what == lacks));
    }
}

fn embedded() -> (Request, LockOptions) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/rsp");
    let text = fs_err::read_to_string(directory.join("rsp-lock.toml")).unwrap();
    let source = rsp_lock::spec::Source::new("rsp-lock.toml", text);
    let mut request = rsp_lock::spec::parse_toml(&source).unwrap().request;
    request.platforms.truncate(1);
    let mut options = LockOptions::default();
    options.channels.root = directory;
    (request, options)
}

#[test]
fn the_future_and_its_result_may_go_to_another_thread() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (request, options) = embedded();
    let run = runtime.block_on(async move {
        tokio::spawn(send(async move { lock(&request, &options, &Silent).await }))
            .await
            .unwrap()
    });
    assert_eq!(send(run.unwrap()).verdict(), RunOutcome::Solved);
}

#[test]
fn blocking_works_with_and_without_a_runtime_around_it() {
    let (request, options) = embedded();
    let outside = lock_blocking(&request, &options, &Silent).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let inside = runtime
        .block_on(async { lock_blocking(&request, &options, &Silent) })
        .unwrap();
    let native = |run: &LockRun| {
        lockfiles(&request, run, &LockfileOptions::default())
            .unwrap()
            .native
    };
    assert_eq!(native(&outside), native(&inside));
}

#[test]
fn cancelling_ends_the_run_and_dropping_the_future_cancels() {
    let (request, options) = embedded();
    options.cancel.cancel();
    let run = lock_blocking(&request, &options, &Silent).unwrap();
    assert_eq!(run.verdict(), RunOutcome::Cancelled);

    let (request, options) = embedded();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut future = Box::pin(lock(&request, &options, &Silent));
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
        });
        assert!(polled.await);
        assert!(!options.cancel.is_cancelled());
        drop(future);
    });
    assert!(options.cancel.is_cancelled());
}
