//! The whole check, in its order.

use rattler_conda_types::{MatchSpec, PackageName};

use crate::{
    edits::Rules,
    equivalent::equivalent,
    files,
    finding::{Finding, Package},
    graph,
    lines::{self, Gathered},
    reach::reachable,
    request,
    spec::Specs,
    subject::{Entry, Subject},
    world::World,
};

/// Everything that is not as it should be, in a fixed order.
///
/// The order: file by file in the order of the lock, its record, channel,
/// subdir and hashes; names that are locked twice, by name; file by file in
/// the order of the lock, its `depends`, `constrains` and extras in the order
/// of its record; extras that do not exist; the requirements of the request,
/// then its constraints, in its order; what the request edited, then the edits
/// that changed nothing; files that no root needs, in the order of the lock.
///
/// A conditional dependency counts if its condition holds for what is there,
/// an extra if somebody asks for it. A spec that cannot be read or judged is a
/// finding, never passed over. Without requirements and roots, reachability is
/// not looked at: every package could be there for its own sake.
pub fn verify(subject: &Subject<'_>) -> Vec<Finding> {
    let mut specs = Specs::default();
    let rules = Rules {
        overrides: subject.overrides,
        dependencies: subject.dependencies,
    };
    let Gathered { lines, edited } = lines::gather(&subject.entries, &rules, &mut specs);
    let world = World::new(&subject.entries, subject.virtual_packages);
    let judged = graph::judge(
        &subject.entries,
        &lines,
        &specs,
        &world,
        subject.requirements,
    );

    let asked_of = |entry: &Entry<'_>| -> Vec<&MatchSpec> {
        let Some(record) = entry.record else {
            return Vec::new();
        };
        let of_records = lines
            .iter()
            .zip(&judged.counts)
            .filter(|(_, counts)| **counts)
            .filter_map(|(line, _)| specs.get(line.spec).ok());
        let of_request = subject
            .requirements
            .iter()
            .chain(subject.constraints)
            .map(|line| &line.spec);
        of_records
            .chain(of_request)
            .filter(|spec| spec.name.as_exact() == Some(&record.package_record.name))
            .collect()
    };

    let mut findings = Vec::new();
    for entry in &subject.entries {
        findings.extend(files::findings(subject, entry, || {
            equivalent(entry, &subject.candidates, &asked_of(entry))
        }));
    }
    for (name, entries) in world.duplicates() {
        findings.push(Finding::DuplicateName {
            name: name.to_owned(),
            files: entries
                .iter()
                .filter_map(|index| subject.entries.get(*index))
                .map(file_of)
                .collect(),
        });
    }
    findings.extend(judged.findings.into_iter().map(|(_, finding)| finding));
    findings.extend(request::requirements(&world, subject.requirements));
    findings.extend(request::constraints(&world, subject.constraints));
    findings.extend(edited.into_findings());

    let roots: Vec<&PackageName> = subject
        .requirements
        .iter()
        .filter(|requirement| {
            let condition = requirement.spec.condition.as_ref();
            condition.is_none_or(|condition| world.holds(condition) == Ok(true))
        })
        .filter_map(|requirement| requirement.spec.name.as_exact())
        .chain(&subject.roots)
        .collect();
    if !roots.is_empty() {
        let reached = reachable(&world, &judged.requires, roots.into_iter());
        findings.extend(
            subject
                .entries
                .iter()
                .zip(reached)
                .filter(|(_, reached)| !reached)
                .filter_map(|(entry, _)| entry.record)
                .map(|record| Finding::Unreachable {
                    package: Package::of(record),
                }),
        );
    }
    findings
}

fn file_of(entry: &Entry<'_>) -> String {
    entry
        .url
        .path_segments()
        .and_then(|mut segments| segments.next_back())
        .unwrap_or_default()
        .to_owned()
}
