//! S34 on real requests: the platforms of one project, commit and environment in one run.
//!
//! `RSP_LOCK_TEST_RUNS` sets how many of them; all by default.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Command, time::Instant};

use rsp_lock_testkit::real::{Environment, environments, generous, shared_channels};

/// The environments of one repository, commit and environment, one a platform.
fn groups(directory: &Path) -> Vec<Vec<Environment>> {
    let mut groups: BTreeMap<[String; 3], Vec<Environment>> = BTreeMap::new();
    for file in [
        "environments.jsonl.zst",
        "environments-other-platforms.jsonl.zst",
    ] {
        for one in environments(&directory.join(file)).unwrap() {
            if !one.is_eligible() {
                continue;
            }
            let key = [
                one.repo.clone(),
                one.commit.clone(),
                one.environment.clone(),
            ];
            let group = groups.entry(key).or_default();
            if group.iter().all(|other| other.platform != one.platform) {
                group.push(one);
            }
        }
    }
    let of_several = groups.into_values().filter(|group| group.len() > 1);
    of_several.collect()
}

/// A request for all of them, as `rsp-lock.toml`.
fn request(channel: &Path, group: &[Environment]) -> String {
    let cutoff = group.iter().map(Environment::cutoff).max().unwrap();
    let mut text = format!(
        "[environment]\nname = \"project\"\nchannels = [{:?}]\nexclude-newer = \"{cutoff}\"\nplatforms = [\n",
        channel.display().to_string()
    );
    for one in group {
        let packages = generous(one.platform.parse().unwrap());
        let packages: Vec<String> = packages.iter().map(ToString::to_string).collect();
        writeln!(
            text,
            "  {{ name = \"{}\", virtual-packages = {packages:?} }},",
            one.platform
        )
        .unwrap();
    }
    text += "]\n";
    let mut lines = String::new();
    for one in group {
        for spec in one.specs_to_solve() {
            writeln!(
                lines,
                "  {{ spec = {:?}, platforms = [\"{}\"] }},",
                spec.to_match_spec(),
                one.platform
            )
            .unwrap();
        }
    }
    // Keys of the document stand before its tables.
    format!("requirements = [\n{lines}]\n\n{text}")
}

#[test]
fn s34_the_real_requests_for_several_platforms_are_locked_in_one_run() {
    let Some(directory) = shared_channels() else {
        return;
    };
    let channel = fs_err::canonicalize(directory.join("conda-forge-sample")).unwrap();
    let mut groups = groups(&directory);
    let runs = number_of("RSP_LOCK_TEST_RUNS").unwrap_or(groups.len());
    groups.truncate(runs);
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_rsp-lock"))
            .args(arguments)
            .current_dir(home.path())
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .output()
            .unwrap()
    };
    let started = Instant::now();
    let (mut platforms, mut differing) = (0, 0);
    let mut failed = Vec::new();
    for group in &groups {
        let label = group.first().unwrap().label();
        fs_err::write(home.path().join("rsp-lock.toml"), request(&channel, group)).unwrap();
        let solved = run(&["solve", "--fresh", "--json"]);
        if !solved.status.success() {
            failed.push(format!(
                "{label}: {}",
                String::from_utf8_lossy(&solved.stderr)
            ));
            continue;
        }
        let document: serde_json::Value = serde_json::from_slice(&solved.stdout).unwrap();
        assert_eq!(
            document["environments"].as_array().unwrap().len(),
            group.len(),
            "{label}"
        );
        platforms += group.len();
        differing += document["differences"].as_array().unwrap().len();
        let verified = run(&["verify", "rsp.lock"]);
        assert!(
            verified.status.success(),
            "{label}: {}",
            String::from_utf8_lossy(&verified.stdout)
        );
    }
    println!(
        "{} requests, {platforms} platforms locked and verified, {differing} differences told, {:?}",
        groups.len(),
        started.elapsed()
    );
    assert_eq!(
        failed,
        Vec::<String>::new(),
        "{} of {}",
        failed.len(),
        groups.len()
    );
    assert!(
        groups.len() > 100 || groups.len() == runs,
        "{}",
        groups.len()
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may be told how long to run"
)]
fn number_of(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}
