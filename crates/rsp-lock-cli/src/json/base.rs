//! The base in `solve --json`.

use rattler_conda_types::RepoDataRecord;
use rsp_lock::{BaseRun, Expanded, Suspicion, SuspicionKind, spec::BasePolicy};
use serde::Serialize;

/// What a platform was built on.
#[derive(Serialize)]
pub(super) struct BaseFacts<'a> {
    name: &'a str,
    policy: &'static str,
    packages: usize,
    moved: Vec<MovedFacts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_bound: Option<usize>,
    left: &'a [String],
    proven: bool,
    nearest: bool,
    not_needed: Vec<&'a str>,
}

#[derive(Serialize)]
struct MovedFacts<'a> {
    name: &'a str,
    old: String,
    new: Option<String>,
    steps: Option<usize>,
    why: &'a str,
}

/// A metapackage that gave way to its dependencies.
#[derive(Serialize)]
pub(super) struct ExpandedFacts<'a> {
    requirement: &'a str,
    record: String,
    parts: Vec<&'a str>,
    loosened: &'a [String],
    why: &'a str,
}

impl<'a> BaseFacts<'a> {
    pub(super) fn of(base: &'a BaseRun) -> Self {
        Self {
            name: &base.name,
            policy: match base.policy {
                BasePolicy::Freeze => "freeze",
                BasePolicy::MinimalChange => "minimal-change",
                BasePolicy::Float => "float",
            },
            packages: base.records.len(),
            moved: base
                .moved
                .iter()
                .map(|moved| MovedFacts {
                    name: moved.old.package_record.name.as_normalized(),
                    old: version_and_build(&moved.old),
                    new: moved.new.as_deref().map(version_and_build),
                    steps: moved.steps,
                    why: &moved.why,
                })
                .collect(),
            lower_bound: base.lower_bound,
            left: &base.left,
            proven: base.is_proven(),
            nearest: base.nearest,
            not_needed: base.not_needed.iter().map(|l| l.text.as_str()).collect(),
        }
    }
}

impl<'a> ExpandedFacts<'a> {
    pub(super) fn of(expanded: &'a Expanded) -> Self {
        Self {
            requirement: &expanded.requirement.text,
            record: expanded.record.identifier.to_file_name(),
            parts: expanded.parts.iter().map(|l| l.text.as_str()).collect(),
            loosened: &expanded.loosened,
            why: &expanded.why,
        }
    }
}

/// What nobody may have meant.
#[derive(Serialize)]
pub(super) struct SuspicionFacts<'a> {
    kind: &'static str,
    name: &'a str,
    instead_of: &'a str,
    chosen: &'a str,
    why: &'a str,
    chain: Vec<LinkFacts<'a>>,
}

/// A package on a chain, and the dependency that led to it.
#[derive(Serialize)]
struct LinkFacts<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<&'a str>,
}

impl<'a> SuspicionFacts<'a> {
    pub(super) fn of(suspicion: &'a Suspicion) -> Self {
        Self {
            kind: match suspicion.kind {
                SuspicionKind::Downgrade => "downgrade",
                SuspicionKind::Ancient => "ancient",
                SuspicionKind::Variant => "variant",
                SuspicionKind::List => "list",
            },
            name: &suspicion.name,
            instead_of: &suspicion.instead_of,
            chosen: &suspicion.chosen,
            why: &suspicion.why,
            chain: suspicion
                .chain
                .iter()
                .map(|link| LinkFacts {
                    name: &link.name,
                    version: &link.version,
                    spec: link.spec.as_deref(),
                })
                .collect(),
        }
    }
}

fn version_and_build(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!("{} {}", package.version, package.build)
}
