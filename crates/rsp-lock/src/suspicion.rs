//! What of a solution nobody may have meant: downgrades, ancient versions, flipped
//! variants, metapackages whose list changed under the same version.

use std::{collections::BTreeSet, sync::Arc};

use rattler_conda_types::{GenericVirtualPackage, Matches, RepoDataRecord, Subdir};
use rsp_lock_prove::{Cause, Change, Graph, Kind, Link, Side, difference};
use rsp_lock_solve::Problem;
use rsp_lock_spec::{dependency_name, effective, parse_record_spec};

use crate::{held::newest_of, rung::BaseRun, source::ChannelSource};

/// How much older than the newest a version must be to be called ancient for that alone.
const ANCIENT: i64 = 2 * 365 * 24 * 3600;

/// What of a solution nobody may have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// The package.
    pub name: String,
    /// What is odd about it.
    pub kind: SuspicionKind,
    /// What was there before, version and build; the newest version for an ancient one.
    pub instead_of: String,
    /// What is there now, version and build.
    pub chosen: String,
    /// Why, in one line; empty where nothing forces it.
    pub why: String,
    /// The chain of requirements that forced it, from a root.
    pub chain: Vec<Link>,
}

/// What is odd about a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuspicionKind {
    /// It is older than in the base or the previous lock.
    Downgrade,
    /// A much older version was taken because it asks for less than newer ones.
    Ancient,
    /// Another variant than in the base or the previous lock.
    Variant,
    /// The metapackage has the same version as before and another list of dependencies.
    List,
}

/// The suspicions about a solution, which is sorted by name; by kind and name.
pub(crate) fn suspicions(
    solution: &[Arc<RepoDataRecord>],
    problem: &Problem<'_>,
    before: &[RepoDataRecord],
    base: Option<&BaseRun>,
    sources: &[ChannelSource],
    subdir: Subdir,
) -> Vec<Suspicion> {
    let mut found: Vec<Suspicion> = Vec::new();
    if !before.is_empty() {
        let (overrides, edits) = (&problem.overrides, &problem.dependencies);
        let old = Graph::new(before, overrides, edits);
        let new = Graph::new(solution, overrides, edits);
        let side = |graph| Side {
            graph,
            requirements: &problem.requirements,
            constraints: &problem.constraints,
        };
        for change in difference(&side(&old), &side(&new)) {
            found.extend(of_change(&change));
            found.extend(list(&change));
        }
    }
    let asked: BTreeSet<&str> = problem
        .requirements
        .iter()
        .filter(|line| line.priority > i32::MIN)
        .map(|line| line.name().as_normalized())
        .collect();
    let known: BTreeSet<&str> = before.iter().map(name_of).collect();
    for record in solution {
        let name = name_of(record);
        if !known.contains(name) && (asked.contains(name) || !before.is_empty()) {
            found.extend(ancient(record, solution, problem, base, sources, subdir));
        }
    }
    found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    found
}

fn of_change(change: &Change<'_>) -> Option<Suspicion> {
    let kind = match change.kind {
        Kind::Down => SuspicionKind::Downgrade,
        Kind::Up | Kind::Variant | Kind::Build | Kind::Channel if change.variant.is_some() => {
            SuspicionKind::Variant
        }
        _ => return None,
    };
    let (chain, why) = match &change.cause {
        Cause::Asked { line } => (Vec::new(), format!("asked for `{line}`")),
        Cause::Wanted { chain, spec } => (chain.clone(), format!("{} wants `{spec}`", path(chain))),
        _ => (Vec::new(), String::new()),
    };
    Some(Suspicion {
        name: change.name.to_owned(),
        kind,
        instead_of: version_and_build(change.old?),
        chosen: version_and_build(change.new?),
        why,
        chain,
    })
}

/// A metapackage of the same version that lists other packages than before.
fn list(change: &Change<'_>) -> Option<Suspicion> {
    let (old, new) = (change.old?, change.new?);
    // Another variant lists other packages as well, and is told as what it is.
    if change.kind != Kind::Build {
        return None;
    }
    let names = |record: &RepoDataRecord| -> BTreeSet<String> {
        let depends = record.package_record.depends.iter();
        depends
            .map(|text| dependency_name(text).to_lowercase())
            .collect()
    };
    let (before, after) = (names(old), names(new));
    let joined = |names: Vec<&String>| {
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        names.join(", ")
    };
    let gone = joined(before.difference(&after).collect());
    let come = joined(after.difference(&before).collect());
    let why = match (gone.as_str(), come.as_str()) {
        ("", "") => return None,
        (gone, "") => format!("no longer requires {gone}"),
        ("", come) => format!("now requires {come}"),
        (gone, come) => format!("no longer requires {gone}; now requires {come}"),
    };
    Some(Suspicion {
        name: change.name.to_owned(),
        kind: SuspicionKind::List,
        instead_of: version_and_build(old),
        chosen: version_and_build(new),
        why,
        chain: Vec::new(),
    })
}

/// A version that was taken because newer ones ask for something that cannot be had here,
/// and it does not.
fn ancient(
    record: &RepoDataRecord,
    solution: &[Arc<RepoDataRecord>],
    problem: &Problem<'_>,
    base: Option<&BaseRun>,
    sources: &[ChannelSource],
    subdir: Subdir,
) -> Option<Suspicion> {
    let package = &record.package_record;
    let newest = newest_of(record, sources, subdir, problem)?;
    if newest.version <= package.version {
        return None;
    }
    // Somebody asked for no newer one.
    let excluded = problem
        .requirements
        .iter()
        .chain(&problem.constraints)
        .any(|line| *line.name() == package.name && !line.spec.matches(newest));
    if excluded {
        return None;
    }
    let seconds = |record: &rattler_conda_types::PackageRecord| {
        record.timestamp.map(|at| at.jiff_timestamp().as_second())
    };
    let is_old = seconds(newest)
        .zip(seconds(package))
        .is_some_and(|(newest, own)| newest - own > ANCIENT);
    let depends = match effective(newest, &problem.overrides, &problem.dependencies) {
        Some(changed) => changed.depends.into_iter().map(|d| d.text).collect(),
        None => newest.depends.clone(),
    };
    let own: BTreeSet<String> = package
        .depends
        .iter()
        .map(|text| dependency_name(text).to_lowercase())
        .collect();
    let suspicion = |why: String| Suspicion {
        name: package.name.as_normalized().to_owned(),
        kind: SuspicionKind::Ancient,
        instead_of: newest.version.to_string(),
        chosen: version_and_build(record),
        why,
        chain: Vec::new(),
    };
    // What the platform lacks no package can make up for.
    let unmet = depends.iter().find_map(|text| {
        let why = unmet_by_platform(text, &problem.virtual_packages)?;
        let name = dependency_name(text).to_lowercase();
        (is_old || !own.contains(&name)).then(|| suspicion(why))
    });
    let blocked = depends.iter().find_map(|text| {
        let spec = parse_record_spec(text).ok()?;
        let name = dependency_name(text).to_lowercase();
        let at = solution.binary_search_by(|record| name_of(record).cmp(&name));
        let blocker = solution.get(at.ok()?)?;
        if spec.matches(&**blocker) || (!is_old && own.contains(&name)) {
            return None;
        }
        let held = base.is_some_and(|base| base.records.iter().any(|r| r.url == blocker.url));
        let held = if held { ", as in the base" } else { "" };
        Some(suspicion(format!(
            "newer ones want `{text}`, and {name} is {}{held}",
            blocker.package_record.version
        )))
    });
    unmet.or(blocked)
}

/// Why a platform does not meet a dependency, if that is about it.
fn unmet_by_platform(text: &str, offered: &[GenericVirtualPackage]) -> Option<String> {
    let name = dependency_name(text).to_lowercase();
    if !name.starts_with("__") {
        return None;
    }
    let spec = parse_record_spec(text).ok()?;
    let mut of_name = offered
        .iter()
        .filter(|package| package.name.as_normalized() == name)
        .peekable();
    let has = match of_name.peek() {
        Some(first) => format!("the platform has {name} {}", first.version),
        None => "the platform does not have it".to_owned(),
    };
    let is_met = of_name.any(|package| spec.matches(package));
    (!is_met).then(|| format!("newer ones want `{text}`, and {has}"))
}

fn name_of(record: &RepoDataRecord) -> &str {
    record.package_record.name.as_normalized()
}

/// `a 1 -> b 2`.
fn path(chain: &[Link]) -> String {
    let links: Vec<String> = chain
        .iter()
        .map(|link| format!("{} {}", link.name, link.version))
        .collect();
    links.join(" -> ")
}

fn version_and_build(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!("{} {}", package.version, package.build)
}
