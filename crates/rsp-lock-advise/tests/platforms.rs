//! S34: several platforms in one run, on the requests of real projects.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock::{ChannelSource, LockOptions, PlatformOutcome, RunOutcome, lock_records};
use rsp_lock_spec::{
    ChannelRequest, Cutoff, ExcludeNewer, Origin, PlatformRequest, Request, Requirement,
    VirtualPackageChange, dependency_name,
};
use rsp_lock_testkit::{
    real::{CONDA_FORGE, Environment, Universe, environments, shared_channels},
    universe::Universe as SmallUniverse,
};

/// Environments of one project and commit on several platforms.
fn groups(shared: &std::path::Path) -> Vec<Vec<Environment>> {
    let mut groups: BTreeMap<(String, String, String), Vec<Environment>> = BTreeMap::new();
    for file in [
        "environments.jsonl.zst",
        "environments-other-platforms.jsonl.zst",
    ] {
        for environment in environments(&shared.join(file)).unwrap() {
            let forge = environment.platform.parse::<Subdir>().is_ok();
            if environment.is_eligible() && forge {
                let key = (
                    environment.repo.clone(),
                    environment.commit.clone(),
                    environment.environment.clone(),
                );
                groups.entry(key).or_default().push(environment);
            }
        }
    }
    let several = |group: &Vec<Environment>| {
        let platforms: BTreeSet<&str> = group.iter().map(|e| e.platform.as_str()).collect();
        platforms.len() > 1 && platforms.len() == group.len()
    };
    groups.into_values().filter(several).collect()
}

fn request(group: &[Environment]) -> Request {
    let here = Origin::command_line;
    let platforms = group.iter().map(|environment| {
        let mut platform = PlatformRequest::of(environment.platform.parse().unwrap(), here());
        let offered = environment
            .virtual_packages()
            .into_iter()
            .chain(environment.declared());
        platform.virtual_packages = offered.map(VirtualPackageChange::Set).collect();
        platform
    });
    let mut requirements: Vec<Requirement> = Vec::new();
    for environment in group {
        for spec in environment.specs_to_solve() {
            let text = spec.to_match_spec();
            let mut same = requirements.iter_mut().filter(|line| line.text == text);
            if let Some(line) = same.next() {
                line.platforms.push(environment.platform.clone());
            } else {
                let mut line = Requirement::parse(&text).unwrap();
                line.platforms = vec![environment.platform.clone()];
                requirements.push(line);
            }
        }
    }
    Request {
        channels: vec![ChannelRequest {
            text: "conda-forge".to_owned(),
            origin: here(),
        }],
        platforms: platforms.collect(),
        requirements,
        exclude_newer: Some(ExcludeNewer {
            default: group
                .iter()
                .map(|e| Cutoff::At(e.cutoff()))
                .max_by_key(|c| match c {
                    Cutoff::At(at) => at.as_millisecond(),
                    _ => 0,
                }),
            ..ExcludeNewer::default()
        }),
        ..Request::default()
    }
}

/// The records that can be reached from the request: a solve of few names is short.
fn reachable(
    request: &Request,
    by_name: &BTreeMap<&str, Vec<&RepoDataRecord>>,
) -> Vec<RepoDataRecord> {
    let mut open: Vec<&str> = request
        .requirements
        .iter()
        .map(|r| r.name().as_normalized())
        .collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(name) = open.pop() {
        if seen.insert(name.to_owned()) {
            for record in by_name.get(name).into_iter().flatten() {
                open.extend(
                    record
                        .package_record
                        .depends
                        .iter()
                        .map(|text| dependency_name(text)),
                );
                found.push((*record).clone());
            }
        }
    }
    found
}

#[test]
fn s34_real_projects_are_locked_for_all_their_platforms_in_one_run() {
    let Some(shared) = shared_channels() else {
        return;
    };
    let groups = groups(&shared);
    assert!(groups.len() >= 150, "{}", groups.len());
    // Every one of them takes a while: `RSP_LOCK_ALL=1` asks for that.
    let step = if std::env::var_os("RSP_LOCK_ALL").is_some() {
        1
    } else {
        25
    };
    let mut records: Vec<RepoDataRecord> = Vec::new();
    for subdir in ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"] {
        let universe = Universe::conda_forge(&shared, subdir.parse().unwrap()).unwrap();
        let is_noarch = |r: &RepoDataRecord| r.package_record.subdir == "noarch";
        records.extend(
            universe
                .records
                .into_iter()
                .filter(|r| subdir == "linux-64" || !is_noarch(r)),
        );
    }
    let mut by_name: BTreeMap<&str, Vec<&RepoDataRecord>> = BTreeMap::new();
    for record in &records {
        by_name
            .entry(record.package_record.name.as_normalized())
            .or_default()
            .push(record);
    }
    let url = CONDA_FORGE.parse().unwrap();
    let (mut runs, mut platforms, mut failed) = (0, 0, Vec::new());
    for group in groups.iter().step_by(step) {
        let request = request(group);
        let channel = ChannelSource::new("conda-forge", &url, reachable(&request, &by_name));
        let run = lock_records(&request, &[channel], &LockOptions::default()).unwrap();
        runs += 1;
        platforms += run.platforms.len();
        // Solved means that the check, which knows no solver, found nothing wrong.
        if run.verdict() != RunOutcome::Solved {
            for platform in &run.platforms {
                if let PlatformOutcome::Unsolvable { said, .. } = &platform.outcome {
                    let repo = group[0].label();
                    failed.push(format!("{repo}: {}: {said}", platform.platform.name));
                }
            }
            assert_ne!(run.verdict(), RunOutcome::Refuted, "{}", group[0].label());
        }
    }
    eprintln!(
        "{runs} projects on {platforms} platforms, {} without a solution",
        failed.len()
    );
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn s34_failure_on_one_platform_does_not_hide_the_others() {
    // F-21: lsdb was not to be had on aarch64.
    let channel = SmallUniverse::of(
        "pyarrow 20.0 0\npyarrow 19.0 0 ; subdir linux-aarch64\nlsdb 0.6 py_0 : pyarrow >=20 ; noarch\n",
    )
    .channels
    .remove(0);
    let here = Origin::command_line;
    let platforms = ["linux-aarch64", "linux-64"];
    let request = Request {
        channels: vec![ChannelRequest {
            text: channel.name.clone(),
            origin: here(),
        }],
        platforms: platforms
            .map(|p| PlatformRequest::of(p.parse().unwrap(), here()))
            .to_vec(),
        requirements: vec![Requirement::parse("lsdb").unwrap()],
        ..Request::default()
    };
    let source = ChannelSource::new(
        &channel.name,
        &channel.url.parse().unwrap(),
        channel.records,
    );
    let run = lock_records(&request, &[source], &LockOptions::default()).unwrap();
    assert_eq!(run.verdict(), RunOutcome::Unsolvable);
    assert_eq!(
        run.platform("linux-64").unwrap().verdict(),
        RunOutcome::Solved
    );
    let PlatformOutcome::Unsolvable { said, .. } = &run.platform("linux-aarch64").unwrap().outcome
    else {
        panic!("aarch64 has no pyarrow 20");
    };
    assert!(said.contains("pyarrow"), "{said}");
}
