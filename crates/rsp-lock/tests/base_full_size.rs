//! Additions to the base of a thousand packages, on real records; said loudly where they
//! are missing.

#![expect(clippy::unwrap_used, reason = "a test may")]
#![expect(clippy::print_stdout, reason = "figures to read")]

use std::{sync::OnceLock, time::Duration};

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock::{
    BaseLock, ChannelSource, LockOptions, LockfileOptions, PlatformOutcome, PlatformRun,
    lock_records, lockfiles,
    solver::Solver,
    spec::{
        Base, BasePolicy, BaseSource, ChannelRequest, Origin, PlatformRequest, Request,
        Requirement, VirtualPackageChange,
    },
};
use rsp_lock_testkit::real::{CONDA_FORGE, Universe, generous, shared_channels};

/// Additions that go with the base as it is.
const FIT: [&str; 5] = ["geopandas", "xgboost", "polars", "lightgbm", "gdal"];
/// Additions that do not.
const REFUSED: [&str; 3] = ["qgis", "rerun-sdk", "numpy >=2.5"];
/// Additions that some of the base has to move for, and how many of it.
const MOVE: [(&str, usize); 8] = [
    ("azure-core", 1),
    ("fastapi", 1),
    ("importlib_metadata", 1),
    ("cwltool", 2),
    ("ipopt", 2),
    ("conda", 3),
    ("blas-devel", 4),
    ("cmdstan", 6),
];
/// Additions that no record of the base's metapackage goes with, one for its Qt, one for its
/// Python, and how many of the base have to move for them.
const METAPACKAGE_LEAVES: [(&str, usize); 2] = [("qgis", 44), ("rerun-sdk", 179)];

fn request(specs: &[&str], policy: Option<BasePolicy>) -> Request {
    let here = Origin::command_line;
    let mut platform = PlatformRequest::of(Subdir::Linux64, here());
    platform.virtual_packages = generous(Subdir::Linux64)
        .into_iter()
        .map(VirtualPackageChange::Set)
        .collect();
    Request {
        channels: vec![ChannelRequest {
            text: "conda-forge".to_owned(),
            origin: here(),
        }],
        platforms: vec![platform],
        requirements: specs
            .iter()
            .map(|spec| Requirement::parse(spec).unwrap())
            .collect(),
        base: policy.map(|policy| Base {
            source: BaseSource::Lock("base".to_owned()),
            policy,
            origin: here(),
        }),
        ..Request::default()
    }
}

struct World {
    channels: Vec<ChannelSource>,
    base: BaseLock,
}

/// The base, once for all tests.
fn world() -> Option<&'static World> {
    static WORLD: OnceLock<Option<World>> = OnceLock::new();
    WORLD.get_or_init(solved).as_ref()
}

fn solved() -> Option<World> {
    let directory = shared_channels()?.join("rsp-2026");
    let url = CONDA_FORGE.parse().unwrap();
    let universe = Universe::read(&directory, Subdir::Linux64, &url).unwrap();
    let channels = vec![ChannelSource::new("conda-forge", &url, universe.records)];
    let request = request(&["rubin-env-rsp ==13.1.0"], None);
    let run = lock_records(&request, &channels, &LockOptions::default()).unwrap();
    let files = lockfiles(&request, &run, &LockfileOptions::default()).unwrap();
    let base = BaseLock::read(&files.explicit[0].text, "base", None).unwrap();
    Some(World { channels, base })
}

impl World {
    fn add(&self, spec: &str, policy: BasePolicy) -> PlatformRun {
        self.add_with(spec, policy, LockOptions::default()).0
    }

    fn add_with(
        &self,
        spec: &str,
        policy: BasePolicy,
        options: LockOptions,
    ) -> (PlatformRun, Duration) {
        let options = LockOptions {
            base: Some(self.base.clone()),
            ..options
        };
        let run = lock_records(&request(&[spec], Some(policy)), &self.channels, &options);
        let run = run.unwrap().platforms.remove(0);
        let took = run.timings.solve;
        println!("{spec}, {policy:?}, {:?}: {took:?}", options.solver);
        (run, took)
    }

    /// One solve of the same problem by rattler: the base is preferred, all of it may move.
    fn by_rattler(&self, spec: &str) -> Duration {
        let options = LockOptions {
            solver: Solver::Rattler,
            ..LockOptions::default()
        };
        self.add_with(spec, BasePolicy::Float, options).1
    }
}

/// What must be so of every answer in which a base moves, proven or not.
fn moved_and_told(run: &PlatformRun, spec: &str) {
    let answer = run
        .answer()
        .unwrap_or_else(|| panic!("{spec}: {:?}", run.outcome));
    assert!(answer.is_verified(), "{spec}: {:?}", answer.findings);
    let base = run.base.as_ref().unwrap();
    let is_there = |record: &RepoDataRecord| answer.records.iter().any(|r| **r == *record);
    let gone = base.records.iter().filter(|record| !is_there(record));
    let gone: Vec<&str> = gone.map(|record| record.url.as_str()).collect();
    let told: Vec<&str> = base.moved.iter().map(|m| m.old.url.as_str()).collect();
    assert_eq!(gone, told, "{spec}");
    let bound = base.lower_bound.unwrap();
    assert!((1..=told.len()).contains(&bound), "{spec}: {bound}");
    println!(
        "{spec}: {} of {} move, at least {bound} must; {:?} leave",
        told.len(),
        base.records.len(),
        base.left
    );
}

#[test]
fn few_records_move_and_no_fewer_can() {
    let Some(world) = world() else { return };
    for (spec, moves) in MOVE {
        let (run, took) = world.add_with(spec, BasePolicy::MinimalChange, LockOptions::default());
        let rattler = world.by_rattler(spec);
        println!(
            "{spec}: {:.1} times rattler",
            took.div_duration_f64(rattler)
        );
        moved_and_told(&run, spec);
        let base = run.base.as_ref().unwrap();
        assert!(base.is_proven() && base.left.is_empty(), "{spec}");
        assert_eq!(base.moved.len(), moves, "{spec}");
        for moved in &base.moved {
            assert!(!moved.why.is_empty(), "{spec}: {}", moved.old.url);
        }
    }
}

#[test]
fn a_metapackage_that_cannot_stay_leaves_and_the_number_of_moves_is_proven() {
    let Some(world) = world() else { return };
    for (spec, moves) in METAPACKAGE_LEAVES {
        // Not even another version of it goes with the addition, says somebody else's solver.
        let both = request(&["rubin-env-rsp", spec], None);
        let options = LockOptions {
            solver: Solver::Rattler,
            ..LockOptions::default()
        };
        let run = lock_records(&both, &world.channels, &options).unwrap();
        let outcome = &run.platforms[0].outcome;
        assert!(
            matches!(outcome, PlatformOutcome::Unsolvable { .. }),
            "{spec}: {outcome:?}"
        );

        let (run, took) = world.add_with(spec, BasePolicy::MinimalChange, LockOptions::default());
        println!("{spec}: {took:?}");
        moved_and_told(&run, spec);
        let base = run.base.as_ref().unwrap();
        assert!(base.is_proven(), "{spec}: {:?}", base.lower_bound);
        assert_eq!(base.moved.len(), moves, "{spec}");
        let left = &base.left;
        assert!(left.iter().any(|name| name == "rubin-env-rsp"), "{left:?}");
    }
}

#[test]
fn what_fits_moves_nothing_and_what_does_not_is_refused() {
    let Some(world) = world() else { return };
    for spec in FIT {
        let run = world.add(spec, BasePolicy::Freeze);
        let answer = run
            .answer()
            .unwrap_or_else(|| panic!("{spec}: {:?}", run.outcome));
        assert!(answer.is_verified(), "{spec}");
        let base = run.base.as_ref().unwrap();
        assert!(
            base.records.len() >= 1000 && base.moved.is_empty(),
            "{spec}"
        );
        for record in &base.records {
            let is_there = answer.records.iter().any(|there| **there == *record);
            assert!(is_there, "{spec}: {}", record.url);
        }
    }
    for spec in REFUSED {
        let run = world.add(spec, BasePolicy::Freeze);
        let PlatformOutcome::Unsolvable { conflict, said } = &run.outcome else {
            panic!("{spec}: {:?}", run.outcome);
        };
        println!("{said}");
        assert!(conflict.minimal, "{spec}");
        assert!(said.contains(spec), "{spec}: {said}");
        assert!(said.contains("pinned `"), "{spec}: {said}");
        assert!(said.lines().count() <= 14, "{said}");
    }
}
