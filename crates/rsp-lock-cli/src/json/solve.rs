//! `solve --json`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rattler_conda_types::RepoDataRecord;
use rsp_lock::{
    ExplicitLock, LockRun, Lockfiles, PlatformOutcome, PlatformRun, RunOutcome, changes,
    file::{digest, native::NativeLock},
    platform_differences,
    solver::{Cause, Conflict, Demand, Exclusion, Line, Wanter},
    spec::Request,
    verify::{Severity, text},
};
use serde::Serialize;

use super::{
    base::{BaseFacts, ExpandedFacts, SuspicionFacts},
    choice::ChoiceFacts,
    render,
};
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    outcome: &'static str,
    environments: Vec<Environment<'a>>,
    differences: Vec<Difference>,
    changes: Vec<PlatformChanges>,
    timings: Milliseconds,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

#[derive(Serialize)]
struct Environment<'a> {
    name: &'a str,
    platform: &'a str,
    subdir: &'a str,
    outcome: &'static str,
    virtual_packages: Vec<String>,
    packages: Vec<Package<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<ConflictFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseFacts<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expanded: Vec<ExpandedFacts<'a>>,
    suspicious: Vec<SuspicionFacts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<ChoiceFacts<'a>>>,
    withdrawn: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    replaced: &'a [String],
    findings: Vec<FindingFacts>,
    channels: Vec<ChannelFacts<'a>>,
    timings: Milliseconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    lockfile: Option<LockfileFacts<'a>>,
}

#[derive(Serialize)]
struct Package<'a> {
    name: &'a str,
    version: String,
    build: String,
    build_number: u64,
    channel: Option<&'a str>,
    subdir: &'a str,
    url: &'a str,
    sha256: Option<String>,
    md5: Option<String>,
    size: Option<u64>,
    depends: &'a [String],
    requested: Vec<&'a str>,
}

#[derive(Serialize)]
struct LockfileFacts<'a> {
    name: &'a str,
    digest: String,
}

#[derive(Serialize)]
struct ChannelFacts<'a> {
    name: &'a str,
    url: &'a str,
    records: usize,
    rejected: Vec<Rejected<'a>>,
    without_timestamp: usize,
    missing_subdirs: &'a [String],
}

#[derive(Serialize)]
struct Rejected<'a> {
    file: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct FindingFacts {
    kind: &'static str,
    severity: &'static str,
    text: String,
}

/// A package that not every solved platform has in the same version.
#[derive(Serialize)]
struct Difference {
    name: String,
    requested: bool,
    versions: BTreeMap<String, Option<String>>,
}

#[derive(Serialize)]
struct PlatformChanges {
    platform: String,
    added: Vec<Moved>,
    removed: Vec<Moved>,
    changed: Vec<Moved>,
    download: u64,
}

#[derive(Serialize)]
struct Moved {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

#[derive(Default, Serialize)]
struct Milliseconds {
    load: u64,
    solve: u64,
    verify: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

#[derive(Default, Serialize)]
struct Counts {
    platforms: usize,
    packages: BTreeMap<String, usize>,
    download: BTreeMap<String, u64>,
    kept: BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct ConflictFacts {
    text: String,
    lines: Vec<LineFacts>,
    minimal: bool,
    causes: Vec<CauseFacts>,
}

/// A line of the request, an override, an edit, or a record of the base.
#[derive(Serialize)]
pub(super) struct LineFacts {
    kind: &'static str,
    text: String,
    source: String,
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum CauseFacts {
    NoCandidate {
        demand: DemandFacts,
        available: Vec<String>,
        excluded: BTreeMap<String, usize>,
        nearest: Vec<String>,
    },
    Clash {
        name: String,
        demands: Vec<DemandFacts>,
    },
}

#[derive(Serialize)]
struct DemandFacts {
    spec: String,
    only_if_present: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<LineFacts>,
    chain: Vec<WanterFacts>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WanterFacts {
    Line {
        line: LineFacts,
    },
    Records {
        name: String,
        versions: Vec<String>,
        count: usize,
    },
}

/// The document of a run.
pub(crate) fn solve(
    request: &Request,
    run: &LockRun,
    files: Option<&Lockfiles>,
    previous: Option<&NativeLock>,
) -> Result<String, Failure> {
    let mut counts = Counts {
        platforms: run.platforms.len(),
        ..Counts::default()
    };
    let mut all = Vec::new();
    for platform in &run.platforms {
        let Some(answer) = platform.answer() else {
            continue;
        };
        let name = &platform.platform.name;
        counts.packages.insert(name.clone(), answer.records.len());
        counts.download.insert(name.clone(), answer.download().0);
        counts.kept.insert(name.clone(), answer.kept);
        all.extend(platform_changes(
            &run.environment,
            platform,
            &answer.records,
            previous,
        ));
    }
    let sum =
        |phase: &dyn Fn(&PlatformRun) -> Duration| millis(run.platforms.iter().map(phase).sum());
    render(&Document {
        schema: "rsp-lock/solve",
        version: 1,
        outcome: outcome(run.verdict()),
        environments: run
            .platforms
            .iter()
            .map(|platform| environment(request, run, platform, files))
            .collect(),
        differences: platform_differences(run)
            .into_iter()
            .map(|difference| Difference {
                name: difference.name,
                requested: difference.is_requested,
                versions: difference.versions.into_iter().collect(),
            })
            .collect(),
        changes: all,
        timings: Milliseconds {
            load: sum(&|platform| platform.timings.load),
            solve: sum(&|platform| platform.timings.solve),
            verify: sum(&|platform| platform.timings.verify),
            explain: None,
            total: Some(millis(run.elapsed)),
        },
        counts,
        digest: files.map(Lockfiles::digest),
    })
}

fn outcome(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Solved => "solved",
        RunOutcome::TimedOut => "timed-out",
        RunOutcome::Unsolvable => "unsolvable",
        RunOutcome::Cancelled => "cancelled",
        RunOutcome::Refuted => "refuted",
    }
}

fn environment<'a>(
    request: &'a Request,
    run: &'a LockRun,
    platform: &'a PlatformRun,
    files: Option<&'a Lockfiles>,
) -> Environment<'a> {
    let answer = platform.answer();
    let lockfile = files.and_then(|files| {
        let mut locks = files.explicit.iter();
        locks.find(|lock| lock.platform == platform.platform.name)
    });
    Environment {
        name: &run.environment,
        platform: &platform.platform.name,
        subdir: platform.platform.subdir.as_str(),
        outcome: outcome(platform.verdict()),
        virtual_packages: platform
            .virtual_packages
            .iter()
            .map(ToString::to_string)
            .collect(),
        packages: answer.map_or_else(Vec::new, |answer| {
            let records = answer.records.iter();
            records.map(|record| package(record, platform)).collect()
        }),
        conflict: match &platform.outcome {
            PlatformOutcome::Unsolvable { conflict, said } => {
                Some(facts(conflict, said, request, platform))
            }
            _ => None,
        },
        base: platform.base.as_ref().map(BaseFacts::of),
        expanded: platform.expanded.iter().map(ExpandedFacts::of).collect(),
        suspicious: answer.map_or_else(Vec::new, |answer| {
            answer.suspicions.iter().map(SuspicionFacts::of).collect()
        }),
        choices: answer.and_then(|answer| {
            let choices = answer.choices.as_ref()?.iter();
            Some(
                choices
                    .map(|choice| ChoiceFacts::of(choice, request, platform))
                    .collect(),
            )
        }),
        withdrawn: answer.map_or(&[][..], |answer| answer.withdrawn.as_slice()),
        replaced: answer.map_or(&[][..], |answer| answer.replaced.as_slice()),
        findings: answer.map_or_else(Vec::new, |answer| {
            answer.findings.iter().map(finding).collect()
        }),
        channels: platform
            .channels
            .iter()
            .map(|channel| ChannelFacts {
                name: &channel.name,
                url: &channel.url,
                records: channel.records,
                rejected: channel
                    .rejected
                    .iter()
                    .map(|(file, reason)| Rejected { file, reason })
                    .collect(),
                without_timestamp: channel.without_timestamp,
                missing_subdirs: &channel.missing_subdirs,
            })
            .collect(),
        timings: Milliseconds {
            load: millis(platform.timings.load),
            solve: millis(platform.timings.solve),
            verify: millis(platform.timings.verify),
            explain: answer
                .and_then(|answer| answer.choices.as_ref())
                .map(|_| millis(platform.timings.explain)),
            total: None,
        },
        lockfile: lockfile.map(
            |ExplicitLock {
                 file_name, text, ..
             }| LockfileFacts {
                name: file_name,
                digest: digest(text),
            },
        ),
    }
}

fn package<'a>(record: &'a RepoDataRecord, platform: &'a PlatformRun) -> Package<'a> {
    let package = &record.package_record;
    Package {
        name: package.name.as_normalized(),
        version: package.version.to_string(),
        build: package.build.to_string(),
        build_number: package.build_number,
        channel: record.channel.as_deref(),
        subdir: &package.subdir,
        url: record.url.as_str(),
        sha256: package.sha256.map(|hash| hex(&hash)),
        md5: package.md5.map(|hash| hex(&hash)),
        size: package.size,
        depends: &package.depends,
        requested: platform
            .requirements
            .iter()
            .filter(|line| *line.name() == package.name)
            .map(|line| line.text.as_str())
            .collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn finding(finding: &rsp_lock::verify::Finding) -> FindingFacts {
    FindingFacts {
        kind: finding.kind(),
        severity: severity(finding.severity()),
        text: text(finding),
    }
}

/// The word for a severity.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn platform_changes(
    environment: &str,
    platform: &PlatformRun,
    records: &[Arc<RepoDataRecord>],
    previous: Option<&NativeLock>,
) -> Option<PlatformChanges> {
    let name = &platform.platform.name;
    let old: Vec<RepoDataRecord> = previous?
        .environment(environment)?
        .platform(name)?
        .packages
        .iter()
        .map(|package| package.record.clone())
        .collect();
    let changes = changes(&old, records, platform.platform.subdir)?;
    let mut out = PlatformChanges {
        platform: name.clone(),
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
        download: changes.download,
    };
    for change in changes.changes {
        let join = |pair: (String, String)| format!("{} {}", pair.0, pair.1);
        let moved = Moved {
            name: change.name,
            old: change.old.map(join),
            new: change.new.map(join),
        };
        match (&moved.old, &moved.new) {
            (None, _) => out.added.push(moved),
            (_, None) => out.removed.push(moved),
            _ => out.changed.push(moved),
        }
    }
    Some(out)
}

fn facts(
    conflict: &Conflict,
    said: &str,
    request: &Request,
    platform: &PlatformRun,
) -> ConflictFacts {
    let demand = |demand: &Demand| DemandFacts {
        spec: demand.spec.to_string(),
        only_if_present: demand.only_if_present,
        by: demand
            .by
            .and_then(|line| line_facts(line, request, platform)),
        chain: demand
            .chain
            .iter()
            .filter_map(|wanter| wanter_facts(wanter, request, platform))
            .collect(),
    };
    ConflictFacts {
        text: said.to_owned(),
        lines: conflict
            .lines
            .iter()
            .filter_map(|line| line_facts(*line, request, platform))
            .collect(),
        minimal: conflict.minimal,
        causes: conflict
            .causes
            .iter()
            .filter_map(|cause| match cause {
                Cause::NoCandidate(missing) => Some(CauseFacts::NoCandidate {
                    demand: demand(&missing.demand),
                    available: missing.available.clone(),
                    excluded: excluded(&missing.excluded),
                    nearest: missing.nearest.clone(),
                }),
                Cause::Clash { name, demands } => Some(CauseFacts::Clash {
                    name: name.as_normalized().to_owned(),
                    demands: demands.iter().map(demand).collect(),
                }),
                _ => None,
            })
            .collect(),
    }
}

/// How many records are out of reach, by a stable word for the reason.
fn excluded(reasons: &[(Exclusion, usize)]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for (reason, count) in reasons {
        let word = exclusion_word(reason).to_owned();
        *counted.entry(word).or_default() += count;
    }
    counted
}

/// A stable word for a rule.
pub(super) fn exclusion_word(exclusion: &Exclusion) -> &'static str {
    match exclusion {
        Exclusion::Unusable { .. } => "unusable",
        Exclusion::Caller { .. } => "caller",
        Exclusion::OtherChannel => "other-channel",
        Exclusion::ChannelPriority { .. } => "channel-priority",
        Exclusion::TooNew { .. } => "too-new",
        Exclusion::NoTimestamp => "no-timestamp",
        _ => "other",
    }
}

fn wanter_facts(wanter: &Wanter, request: &Request, platform: &PlatformRun) -> Option<WanterFacts> {
    Some(match wanter {
        Wanter::Line(line) => WanterFacts::Line {
            line: line_facts(*line, request, platform)?,
        },
        Wanter::Platform => return None,
        Wanter::Records {
            name,
            versions,
            count,
        } => WanterFacts::Records {
            name: name.as_normalized().to_owned(),
            versions: versions.clone(),
            count: *count,
        },
    })
}

/// A line as the request has it.
pub(super) fn line_facts(
    line: Line,
    request: &Request,
    platform: &PlatformRun,
) -> Option<LineFacts> {
    let (kind, text, origin, note) = match line {
        Line::Requirement(index) => {
            let line = platform.requirements.get(index)?;
            ("requirement", &line.text, &line.origin, &line.note)
        }
        Line::Constraint(index) => {
            let line = platform.constraints.get(index)?;
            ("constraint", &line.text, &line.origin, &line.note)
        }
        Line::Override(index) => {
            let line = request.overrides.get(index)?;
            ("override", &line.text, &line.origin, &line.note)
        }
        Line::Dependency(index) => {
            let line = request.dependencies.get(index)?;
            ("dependency", &line.text, &line.origin, &line.note)
        }
        Line::Pinned(index) => {
            let package = &platform.pinned.get(index)?.package_record;
            return Some(LineFacts {
                kind: "pinned",
                text: format!(
                    "{} {} {}",
                    package.name.as_normalized(),
                    package.version,
                    package.build
                ),
                source: platform
                    .base
                    .as_ref()
                    .map_or_else(String::new, |base| base.name.clone()),
                line: 0,
                reason: None,
            });
        }
    };
    Some(LineFacts {
        kind,
        text: text.clone(),
        source: origin.source.to_string(),
        line: origin.line,
        reason: note.reason.clone(),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
