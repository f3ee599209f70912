//! One pin over the newest build of every release line of a metapackage.

use std::{borrow::Borrow, collections::BTreeMap, sync::Arc};

use rattler_conda_types::{RepoDataRecord, Version};
use rsp_lock::{Error, LockRun, PlatformOutcome, RunOutcome, file::native::NativeLock, verify};
use rsp_lock_spec::{Origin, Request, Requirement, parse_spec};

use crate::plan::PlanError;

/// The newest build of one release line.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseLine {
    /// The first two parts of its version, such as `13.0`.
    pub line: String,
    /// The newest build of the newest version.
    pub record: RepoDataRecord,
}

/// The release lines of a package, oldest first. Builds of one number are told apart
/// by their build strings, so that the answer does not depend on the order of records.
pub fn release_lines(records: &[RepoDataRecord], name: &str) -> Vec<ReleaseLine> {
    let mut newest: BTreeMap<Version, ReleaseLine> = BTreeMap::new();
    let order = |record: &RepoDataRecord| {
        let package = &record.package_record;
        (
            package.version.clone(),
            package.build_number,
            package.build.to_string(),
        )
    };
    for record in records {
        let package = &record.package_record;
        if package.name.as_normalized() != name {
            continue;
        }
        let text = package.version.to_string();
        let line = text.split('.').take(2).collect::<Vec<_>>().join(".");
        let Ok(key) = line.parse::<Version>() else {
            continue;
        };
        let is_newer = |known: &ReleaseLine| order(record) > order(&known.record);
        if newest.get(&key).is_none_or(is_newer) {
            let record = record.clone();
            newest.insert(key, ReleaseLine { line, record });
        }
    }
    newest.into_values().collect()
}

/// What a pin does to one release line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinEffect {
    /// The line does not have the package.
    Absent,
    /// The line meets the pin as it is.
    Satisfied {
        /// The version that the line has.
        version: String,
    },
    /// With the pin, other packages are taken.
    Changes(Vec<Change>),
    /// With the pin there is no solution.
    Conflict {
        /// Why, in about ten lines.
        said: String,
    },
    /// There is no solution without the pin either.
    Unsolvable {
        /// Why, in about ten lines.
        said: String,
    },
}

/// A package that differs between two sets of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Version and build in the first; `None` if it comes.
    pub old: Option<String>,
    /// Version and build in the second; `None` if it goes.
    pub new: Option<String>,
}

/// What differs between two sets of records, by name.
pub fn changes(
    old: &[impl Borrow<RepoDataRecord>],
    new: &[impl Borrow<RepoDataRecord>],
) -> Vec<Change> {
    fn by_name(records: &[impl Borrow<RepoDataRecord>]) -> BTreeMap<&str, String> {
        let packages = records.iter().map(|record| &record.borrow().package_record);
        packages
            .map(|p| (p.name.as_normalized(), format!("{} {}", p.version, p.build)))
            .collect()
    }
    let (old, new) = (by_name(old), by_name(new));
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| old.get(name) != new.get(name))
        .map(|name| Change {
            name: name.to_owned(),
            old: old.get(name).cloned(),
            new: new.get(name).cloned(),
        })
        .collect()
}

/// Solves a release line as it is, and with the pin as a constraint on top; the
/// difference is the pin's doing. `asked` says the channels, the one platform and what
/// else is wanted; `solve` solves a request.
pub async fn pin_effect(
    line: &ReleaseLine,
    pin: &Requirement,
    asked: &Request,
    solve: impl AsyncFn(&Request, Option<NativeLock>) -> Result<LockRun, Error>,
) -> Result<PinEffect, PlanError> {
    let mut request = asked.clone();
    let package = &line.record.package_record;
    let own = format!(
        "{} =={} {}",
        package.name.as_normalized(),
        package.version,
        package.build
    );
    let own = parse_spec(&own, &Origin::command_line())?;
    request.requirements.push(own);
    let before = solve(&request, None).await?;
    let before = match records(&before) {
        Ok(records) => records,
        Err(said) => return Ok(PinEffect::Unsolvable { said }),
    };
    let name = pin.name().as_normalized();
    let pinned = before
        .iter()
        .find(|record| record.package_record.name.as_normalized() == name);
    let Some(pinned) = pinned else {
        return Ok(PinEffect::Absent);
    };
    if verify::satisfies(&pin.spec, pinned) {
        let version = pinned.package_record.version.to_string();
        return Ok(PinEffect::Satisfied { version });
    }
    request.constraints.push(pin.clone());
    let after = solve(&request, None).await?;
    Ok(match records(&after) {
        Ok(after) => PinEffect::Changes(changes(before, after)),
        Err(said) => PinEffect::Conflict { said },
    })
}

/// The verified records of a run of one platform, or why there are none.
fn records(run: &LockRun) -> Result<&[Arc<RepoDataRecord>], String> {
    let platform = run.platforms.first().ok_or("no platform was solved")?;
    match (&platform.outcome, platform.verdict()) {
        (PlatformOutcome::Solved(answer), RunOutcome::Solved) => Ok(&answer.records),
        (PlatformOutcome::Unsolvable { said, .. }, _) => Err(said.trim_end().to_owned()),
        _ => Err("there is no verified answer".to_owned()),
    }
}
