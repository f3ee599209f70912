//! `overrides --json`.

use rsp_lock::{
    AcrossLine, AcrossVerdict, ChangedPackage, LineProof, LineVerdict, PlatformProof, day_of,
    prove::Kind,
};
use serde::Serialize;

use super::render;
use crate::{commands::overrides::kind, failure::Failure};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    platforms: Vec<Platform<'a>>,
}

#[derive(Serialize)]
struct Platform<'a> {
    #[serde(rename = "platform")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsolvable: Option<&'a str>,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    name: &'a str,
    text: &'a str,
    source: String,
    #[serde(rename = "line")]
    row: u32,
    reason: Option<&'a str>,
    ticket: Option<&'a str>,
    owner: Option<&'a str>,
    review: Option<String>,
    until: Option<&'a str>,
    verdict: &'static str,
    why: Option<&'a str>,
    changes: Vec<Change<'a>>,
    since: Option<String>,
    goes_with: &'a [String],
    due: bool,
    can_go: bool,
}

#[derive(Serialize)]
struct Change<'a> {
    name: &'a str,
    kind: &'static str,
    with: Option<String>,
    without: Option<String>,
    growth: Option<i64>,
}

/// The document of all platforms.
pub(crate) fn overrides(proofs: &[PlatformProof]) -> Result<String, Failure> {
    render(&Document {
        schema: "rsp-lock/overrides",
        version: 1,
        platforms: proofs
            .iter()
            .map(|proof| Platform {
                name: &proof.platform,
                unsolvable: proof.unsolvable.as_deref(),
                lines: proof.lines.iter().map(line).collect(),
            })
            .collect(),
    })
}

fn line(proof: &LineProof) -> Line<'_> {
    let note = &proof.note;
    let (verdict, why, changes) = match &proof.verdict {
        LineVerdict::Needed(why) => ("needed", Some(why.as_str()), &[][..]),
        LineVerdict::Idle => ("idle", None, &[][..]),
        LineVerdict::Changes(changes) => ("changes", None, changes.as_slice()),
        LineVerdict::MatchesNothing => ("matches-nothing", None, &[][..]),
        LineVerdict::ExcludesNothing => ("excludes-nothing", None, &[][..]),
        LineVerdict::Unknown => ("unknown", None, &[][..]),
    };
    Line {
        kind: kind(proof.line.list),
        name: &proof.line.name,
        text: &proof.line.text,
        source: proof.origin.source.to_string(),
        row: proof.origin.line,
        reason: note.reason.as_deref(),
        ticket: note.ticket.as_deref(),
        owner: note.owner.as_deref(),
        review: note.review.map(|date| date.to_string()),
        until: proof.until.as_deref(),
        verdict,
        why,
        changes: changes.iter().map(change).collect(),
        since: proof.since.map(|since| day_of(since.day)),
        goes_with: &proof.goes_with,
        due: proof.is_due,
        can_go: proof.can_go,
    }
}

fn change(change: &ChangedPackage) -> Change<'_> {
    let joined =
        |of: Option<&(String, String)>| of.map(|(version, build)| format!("{version} {build}"));
    Change {
        name: &change.name,
        kind: word(change.kind),
        with: joined(change.with.as_ref()),
        without: joined(change.without.as_ref()),
        growth: change.growth,
    }
}

#[derive(Serialize)]
struct AcrossDocument<'a> {
    schema: &'static str,
    version: u32,
    lines: Vec<AcrossRow<'a>>,
}

#[derive(Serialize)]
struct AcrossRow<'a> {
    kind: &'static str,
    name: &'a str,
    text: &'a str,
    lock: &'a str,
    platform: &'a str,
    verdict: &'static str,
    why: Option<&'a str>,
    changes: Vec<AcrossChange<'a>>,
}

#[derive(Serialize)]
struct AcrossChange<'a> {
    name: &'a str,
    kind: &'static str,
    old: Option<String>,
    new: Option<String>,
    growth: Option<i64>,
}

/// The document of `overrides --across`.
pub(crate) fn across(lines: &[AcrossLine]) -> Result<String, Failure> {
    render(&AcrossDocument {
        schema: "rsp-lock/across",
        version: 1,
        lines: lines.iter().map(across_row).collect(),
    })
}

fn across_row(row: &AcrossLine) -> AcrossRow<'_> {
    let (verdict, why, changes) = match &row.verdict {
        AcrossVerdict::Satisfied => ("satisfied", None, &[][..]),
        AcrossVerdict::Changes(changes) => ("changes", None, changes.as_slice()),
        AcrossVerdict::Conflict(why) => ("conflict", Some(why.as_str()), &[][..]),
        AcrossVerdict::NoSuchPackage => ("no-such-package", None, &[][..]),
        AcrossVerdict::Unknown => ("unknown", None, &[][..]),
    };
    AcrossRow {
        kind: kind(row.line.list),
        name: &row.line.name,
        text: &row.line.text,
        lock: &row.lock,
        platform: &row.platform,
        verdict,
        why,
        changes: changes
            .iter()
            .map(change)
            .map(|change| AcrossChange {
                name: change.name,
                kind: change.kind,
                old: change.with,
                new: change.without,
                growth: change.growth,
            })
            .collect(),
    }
}

/// How a package differs, in one word.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Up => "up",
        Kind::Down => "down",
        Kind::Variant => "variant",
        Kind::Build => "build",
        Kind::Channel => "channel",
    }
}
