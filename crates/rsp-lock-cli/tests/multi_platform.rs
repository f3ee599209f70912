//! S34 on real requests: the platforms of one project, commit and environment in one run.
//!
//! `RSP_LOCK_TEST_RUNS` sets how many of them, spread over all; 20 by default, 175 are all.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Command, time::Instant};

use rsp_lock_testkit::real::{
    Environment, environments, generous, shared_channels, virtual_package,
};

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

/// So many of all, at equal distances.
fn spread<T>(all: &[T], wanted: usize) -> Vec<&T> {
    let wanted = wanted.min(all.len());
    (0..wanted)
        .filter_map(|number| all.get(number * all.len() / wanted))
        .collect()
}

/// What is assumed of the machines and of the day.
#[derive(Clone, Copy, PartialEq)]
enum Assumed {
    /// Recent machines; nothing newer than what was locked.
    Usual,
    /// The oldest processors and the newest CUDA, and what the project declares; any day.
    /// Some were locked for such machines, or with records of other environments.
    Other,
}

fn virtual_packages(one: &Environment, assumed: Assumed) -> Vec<String> {
    let mut packages = generous(one.platform.parse().unwrap());
    if assumed == Assumed::Other {
        let mut others = one.declared();
        if one.platform.ends_with("-64") {
            others.extend(virtual_package("__archspec=1=x86_64"));
        }
        if one.platform.starts_with("linux-") {
            others.insert(0, virtual_package("__cuda=13.0=0").unwrap());
        }
        for other in others {
            packages.retain(|package| package.name != other.name);
            packages.push(other);
        }
    }
    packages.iter().map(ToString::to_string).collect()
}

/// What an environment asks for, one spec a name: what is asked for twice holds together.
fn specs(one: &Environment) -> Vec<String> {
    let mut merged: BTreeMap<&str, (Vec<String>, String)> = BTreeMap::new();
    for spec in one.specs_to_solve() {
        // NAME[version='VERSION',build='BUILD']
        let text = spec.to_match_spec();
        let mut parts = text.splitn(3, '\'').skip(1);
        let version = parts.next().unwrap();
        let version = if version.contains('|') {
            format!("({version})")
        } else {
            version.to_owned()
        };
        let more = parts.next().unwrap().trim_end_matches(']').to_owned();
        let (versions, known) = merged.entry(spec.name()).or_default();
        if version != "*" && !versions.contains(&version) {
            versions.push(version);
        }
        if known.is_empty() {
            *known = more;
        }
    }
    let merged = merged.into_iter().map(|(name, (mut versions, more))| {
        if versions.is_empty() {
            versions.push("*".to_owned());
        }
        format!("{name}[version='{}'{more}]", versions.join(","))
    });
    merged.collect()
}

/// A request for all of them, as `rsp-lock.toml`.
fn request(channel: &Path, group: &[Environment], assumed: Assumed) -> String {
    let cutoff = match group.iter().map(Environment::cutoff).max() {
        Some(cutoff) if assumed == Assumed::Usual => format!("exclude-newer = \"{cutoff}\"\n"),
        _ => String::new(),
    };
    let mut lines = String::new();
    let mut platforms = String::new();
    for one in group {
        let platform = &one.platform;
        for spec in specs(one) {
            writeln!(
                lines,
                "  {{ spec = {spec:?}, platforms = [{platform:?}] }},"
            )
            .unwrap();
        }
        let packages = virtual_packages(one, assumed);
        writeln!(
            platforms,
            "  {{ name = {platform:?}, virtual-packages = {packages:?} }},"
        )
        .unwrap();
    }
    // Keys of the document stand before its tables.
    format!(
        "requirements = [\n{lines}]\n\n[environment]\nname = \"project\"\n\
         channels = [{:?}]\n{cutoff}platforms = [\n{platforms}]\n",
        channel.display().to_string()
    )
}

#[test]
fn s34_the_real_requests_for_several_platforms_are_locked_in_one_run() {
    let Some(directory) = shared_channels() else {
        return;
    };
    let channel = fs_err::canonicalize(directory.join("conda-forge-sample")).unwrap();
    let all = groups(&directory);
    assert!(all.len() > 100, "{}", all.len());
    let runs = number_of("RSP_LOCK_TEST_RUNS").unwrap_or(20);
    let groups = spread(&all, runs);
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
        let solve = |assumed| {
            let text = request(&channel, group, assumed);
            fs_err::write(home.path().join("rsp-lock.toml"), text).unwrap();
            run(&["solve", "--fresh", "--json"])
        };
        let mut solved = solve(Assumed::Usual);
        if solved.status.code() == Some(3) {
            solved = solve(Assumed::Other);
        }
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
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may be told how long to run"
)]
fn number_of(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}
