//! `--explain-choice` in `solve --json`: what would be better, and why it was refused.

use rsp_lock::{
    PlatformRun,
    solver::{Better, Choice, Package, Reason, Stated},
    spec::Request,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::solve::{LineFacts, exclusion_word, line_facts};
use crate::summary::refusal;

/// A package that is not the best there is.
#[derive(Serialize)]
pub(super) struct ChoiceFacts<'a> {
    name: &'a str,
    version: &'a str,
    build: &'a str,
    better: Vec<BetterFacts<'a>>,
}

#[derive(Serialize)]
struct BetterFacts<'a> {
    version: &'a str,
    build: &'a str,
    locked: bool,
    text: String,
    reasons: Vec<ReasonFacts<'a>>,
}

#[derive(Serialize)]
struct PackageFacts<'a> {
    name: &'a str,
    version: &'a str,
    build: &'a str,
}

#[derive(Serialize)]
struct StatedFacts<'a> {
    spec: &'a str,
    only_if_present: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<LineFacts>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum ReasonFacts<'a> {
    Excluded {
        rule: &'static str,
    },
    LaterChannel {
        first: &'a str,
    },
    TracksFeatures,
    Line {
        line: Option<LineFacts>,
    },
    Stated {
        by: PackageFacts<'a>,
        demand: StatedFacts<'a>,
    },
    Needs {
        demand: StatedFacts<'a>,
        there: PackageFacts<'a>,
    },
    NotOffered {
        demand: StatedFacts<'a>,
    },
    Locked,
    Together {
        with: Vec<PackageFacts<'a>>,
    },
    BringsIn {
        packages: Vec<PackageFacts<'a>>,
    },
    Fits,
    Unknown,
}

impl<'a> ChoiceFacts<'a> {
    pub(super) fn of(choice: &'a Choice, request: &Request, platform: &PlatformRun) -> Self {
        let better = choice.better.iter();
        Self {
            name: choice.chosen.name.as_normalized(),
            version: &choice.chosen.version,
            build: &choice.chosen.build,
            better: better
                .map(|better| of_better(better, request, platform))
                .collect(),
        }
    }
}

fn of_better<'a>(better: &'a Better, request: &Request, platform: &PlatformRun) -> BetterFacts<'a> {
    let reasons = better.reasons.iter();
    BetterFacts {
        version: &better.package.version,
        build: &better.package.build,
        locked: better.is_locked,
        text: refusal(better, request, platform),
        reasons: reasons
            .map(|reason| of_reason(reason, request, platform))
            .collect(),
    }
}

fn of_reason<'a>(reason: &'a Reason, request: &Request, platform: &PlatformRun) -> ReasonFacts<'a> {
    let stated = |stated: &'a Stated| StatedFacts {
        spec: &stated.spec,
        only_if_present: stated.only_if_present,
        rule: stated
            .rule
            .and_then(|line| line_facts(line, request, platform)),
    };
    match reason {
        Reason::Excluded(exclusion) => ReasonFacts::Excluded {
            rule: exclusion_word(exclusion),
        },
        Reason::LaterChannel { first } => ReasonFacts::LaterChannel { first },
        Reason::TracksFeatures => ReasonFacts::TracksFeatures,
        Reason::Line(line) => ReasonFacts::Line {
            line: line_facts(*line, request, platform),
        },
        Reason::Stated { by, demand } => ReasonFacts::Stated {
            by: package(by),
            demand: stated(demand),
        },
        Reason::Needs { demand, there } => ReasonFacts::Needs {
            demand: stated(demand),
            there: package(there),
        },
        Reason::NotOffered { demand } => ReasonFacts::NotOffered {
            demand: stated(demand),
        },
        Reason::Locked => ReasonFacts::Locked,
        Reason::Together { with } => ReasonFacts::Together {
            with: with.iter().map(package).collect(),
        },
        Reason::BringsIn { packages } => ReasonFacts::BringsIn {
            packages: packages.iter().map(package).collect(),
        },
        Reason::Fits => ReasonFacts::Fits,
        _ => ReasonFacts::Unknown,
    }
}

fn package(package: &Package) -> PackageFacts<'_> {
    PackageFacts {
        name: package.name.as_normalized(),
        version: &package.version,
        build: &package.build,
    }
}

/// The schema of an entry.
pub(super) fn schema() -> Value {
    let text = json!({"type": "string"});
    let package = json!({
        "type": "object",
        "properties": {"name": text, "version": text, "build": text},
        "required": ["name", "version", "build"],
    });
    let demand = json!({
        "type": "object",
        "description": "a dependency, or a constraint, overrides and edits applied",
        "properties": {
            "spec": text,
            "only_if_present": {"type": "boolean"},
            "rule": {"type": "object", "description": "the override or edit that put it there"},
        },
        "required": ["spec", "only_if_present"],
    });
    let packages = json!({"type": "array", "items": package});
    let reason = json!({
        "type": "object",
        "properties": {
            "kind": {
                "enum": ["excluded", "later-channel", "tracks-features", "line", "stated",
                    "needs", "not-offered", "locked", "together", "brings-in", "fits", "unknown"],
            },
            "rule": {
                "enum": ["unusable", "caller", "other-channel", "channel-priority", "too-new",
                    "no-timestamp", "other"],
                "description": "excluded: the rule that keeps it out of reach",
            },
            "first": {"type": "string", "description": "later-channel: the channel that comes first"},
            "line": {"type": ["object", "null"],
                "description": "line: the line of the request that does not allow it"},
            "by": package,
            "demand": demand,
            "there": package,
            "with": packages,
            "packages": packages,
        },
        "required": ["kind"],
    });
    let better = json!({
        "type": "object",
        "properties": {
            "version": text,
            "build": text,
            "locked": {"type": "boolean", "description": "whether it is what was locked before"},
            "text": {"type": "string", "description": "the reasons, for people"},
            "reasons": {"type": "array", "items": reason, "description": "at least one"},
        },
        "required": ["version", "build", "locked", "text", "reasons"],
    });
    json!({
        "type": "object",
        "properties": {
            "name": text, "version": text, "build": text,
            "better": {"type": "array", "items": better,
                "description": "at least one: what was locked, the best version there is, the best that rules let through"},
        },
        "required": ["name", "version", "build", "better"],
    })
}
