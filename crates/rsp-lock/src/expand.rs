//! A metapackage that cannot be had gives way to what it depends on.

use std::collections::BTreeSet;

use rattler_conda_types::{MatchSpec, Matches, RepoDataRecord, Subdir};
use rsp_lock_solve::Problem;
use rsp_lock_spec::{ChannelPriority, Note, Requirement, effective, exact_name, parse_record_spec};

use crate::{cutoff::is_seen, held::fits, rung::Rung, source::ChannelSource};

/// A requirement whose dependencies stand in for it.
#[derive(Clone, Debug)]
pub struct Expanded {
    /// The requirement.
    pub requirement: Requirement,
    /// The record whose dependencies were taken: the newest build of the newest version
    /// that the requirement allows.
    pub record: RepoDataRecord,
    /// What was asked for in its place.
    pub parts: Vec<Requirement>,
    /// Dependencies that named one build of a package of the base, which is what kept the
    /// package out: of these only the version was asked for.
    pub loosened: Vec<String>,
    /// Why the package itself could not be had, in one line.
    pub why: String,
}

/// The problem with every requirement that may be expanded replaced by the dependencies of
/// its record; `None` if there is no such requirement or no such record.
pub(crate) fn expand<'a>(
    mut problem: Problem<'a>,
    rung: Option<&Rung<'a>>,
    sources: &[ChannelSource],
    subdir: Subdir,
) -> Option<(Problem<'a>, Vec<Expanded>)> {
    let base: BTreeSet<&str> = rung
        .iter()
        .flat_map(|rung| &rung.records)
        .map(|record| record.package_record.name.as_normalized())
        .collect();
    let mut expanded = Vec::new();
    let mut requirements = Vec::new();
    for requirement in std::mem::take(&mut problem.requirements) {
        let record = requirement
            .expand
            .then(|| newest(&requirement.spec, &problem, sources, subdir))
            .flatten();
        match record {
            Some(record) => {
                let parts = parts(requirement, record, &problem, &base);
                requirements.extend(parts.parts.iter().cloned());
                expanded.push(parts);
            }
            None => requirements.push(requirement),
        }
    }
    problem.requirements = requirements;
    (!expanded.is_empty()).then_some((problem, expanded))
}

fn newest<'s>(
    spec: &MatchSpec,
    problem: &Problem<'_>,
    sources: &'s [ChannelSource],
    subdir: Subdir,
) -> Option<&'s RepoDataRecord> {
    for source in sources {
        let named = source.named(exact_name(spec));
        let found = named
            .iter()
            .filter(|record| fits(&record.package_record, subdir))
            .filter(|record| is_seen(record, &problem.exclude_newer))
            .filter(|record| spec.matches(*record))
            .max_by(|a, b| {
                let (a, b) = (&a.package_record, &b.package_record);
                (&a.version, a.build_number).cmp(&(&b.version, b.build_number))
            });
        if found.is_some() {
            return found;
        }
        if problem.channel_priority == ChannelPriority::Strict && !named.is_empty() {
            return None;
        }
    }
    None
}

fn parts(
    requirement: Requirement,
    record: &RepoDataRecord,
    problem: &Problem<'_>,
    base: &BTreeSet<&str>,
) -> Expanded {
    let package = &record.package_record;
    let texts: Vec<String> = match effective(package, &problem.overrides, &problem.dependencies) {
        Some(changed) => changed.depends.into_iter().map(|d| d.text).collect(),
        None => package.depends.clone(),
    };
    let mut loosened = Vec::new();
    let parts = texts
        .into_iter()
        .filter_map(|text| {
            let mut spec = parse_record_spec(&text).ok()?;
            let mut written = text.clone();
            if spec.build.is_some() && base.contains(exact_name(&spec).as_normalized()) {
                spec.build = None;
                written = spec.to_string();
                loosened.push(text);
            }
            Some(Requirement {
                note: Note {
                    reason: Some(format!(
                        "in place of {} {} {}",
                        package.name.as_normalized(),
                        package.version,
                        package.build
                    )),
                    ..requirement.note.clone()
                },
                platforms: requirement.platforms.clone(),
                priority: requirement.priority,
                ..Requirement::new(spec, written, requirement.origin.clone())
            })
        })
        .collect();
    Expanded {
        record: record.clone(),
        parts,
        loosened,
        why: String::new(),
        requirement,
    }
}
