//! `verify --json` and `check --json`.

use std::path::Path;

use rsp_lock::{
    file::check::{self, Staleness},
    verify::{Finding, Severity, text},
};
use serde::Serialize;

use super::{render, solve::severity};
use crate::{failure::Failure, lockfile::Part};

#[derive(Serialize)]
struct Verified<'a> {
    schema: &'static str,
    version: u32,
    outcome: &'static str,
    file: String,
    platforms: Vec<Platform<'a>>,
}

#[derive(Serialize)]
struct Platform<'a> {
    #[serde(rename = "platform")]
    name: &'a str,
    packages: usize,
    outcome: &'static str,
    findings: Vec<FindingFacts>,
}

#[derive(Serialize)]
struct FindingFacts {
    kind: &'static str,
    severity: &'static str,
    text: String,
}

/// The document of a verified lockfile.
pub(crate) fn verify(file: &Path, parts: &[(Part, Vec<Finding>)]) -> Result<String, Failure> {
    let platforms: Vec<Platform<'_>> = parts
        .iter()
        .map(|(part, findings)| {
            let edited = part.edited.iter().map(|edited| FindingFacts {
                kind: edited.kind(),
                severity: severity(Severity::Error),
                text: check::text(edited),
            });
            let of_check = findings.iter().map(|finding| FindingFacts {
                kind: finding.kind(),
                severity: severity(finding.severity()),
                text: text(finding),
            });
            let is_wrong = |finding: &Finding| finding.severity() == Severity::Error;
            let is_right = part.edited.is_empty() && !findings.iter().any(is_wrong);
            Platform {
                name: &part.name,
                packages: part.locked.len(),
                outcome: if is_right { "right" } else { "wrong" },
                findings: edited.chain(of_check).collect(),
            }
        })
        .collect();
    let is_right = platforms.iter().all(|platform| platform.outcome == "right");
    render(&Verified {
        schema: "rsp-lock/verify",
        version: 1,
        outcome: if is_right { "right" } else { "wrong" },
        file: file.display().to_string(),
        platforms,
    })
}

#[derive(Serialize)]
struct Checked {
    schema: &'static str,
    version: u32,
    outcome: &'static str,
    lock: String,
    reasons: Vec<Reason>,
}

#[derive(Serialize)]
struct Reason {
    kind: &'static str,
    text: String,
}

/// The document of a checked lock.
pub(crate) fn check(lock: &Path, reasons: &[Staleness]) -> Result<String, Failure> {
    render(&Checked {
        schema: "rsp-lock/check",
        version: 1,
        outcome: if reasons.is_empty() { "fits" } else { "stale" },
        lock: lock.display().to_string(),
        reasons: reasons
            .iter()
            .map(|reason| Reason {
                kind: reason.kind(),
                text: check::text(reason),
            })
            .collect(),
    })
}
