//! Additions to the base of a thousand packages, on real records; said loudly where they
//! are missing.

#![expect(clippy::unwrap_used, reason = "a test may")]
#![expect(clippy::print_stdout, reason = "figures to read")]

use std::time::Instant;

use rattler_conda_types::Subdir;
use rsp_lock::{
    BaseLock, ChannelSource, LockOptions, LockfileOptions, PlatformOutcome, PlatformRun,
    lock_records, lockfiles,
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

fn world() -> Option<World> {
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
        let options = LockOptions {
            base: Some(self.base.clone()),
            ..LockOptions::default()
        };
        let started = Instant::now();
        let run = lock_records(&request(&[spec], Some(policy)), &self.channels, &options);
        let run = run.unwrap().platforms.remove(0);
        println!("{spec}, {policy:?}: {:?}", started.elapsed());
        run
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
            assert!(answer.records.contains(record), "{spec}: {}", record.url);
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
