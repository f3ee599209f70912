//! Every spec of every record against what is there.

use std::collections::BTreeSet;

use rattler_conda_types::{MatchSpec, RepoDataRecord};
use rsp_lock_spec::Requirement;

use crate::{
    finding::{Finding, Package, Place},
    lines::{Line, LineField},
    plain::{Plain, Versions},
    spec::Specs,
    subject::Entry,
    world::{Only, Verdict, World, unsupported},
};

/// What came of judging all lines.
pub(crate) struct Judged {
    /// What is wrong, in the order of the lines, each with its entry; unknown extras last.
    pub(crate) findings: Vec<(usize, Finding)>,
    /// Per entry, the entries it requires.
    pub(crate) requires: Vec<Vec<usize>>,
    /// Per line, whether it counts here: its condition holds, its extra is asked for.
    pub(crate) counts: Vec<bool>,
}

/// A line that means something, or why it cannot be judged.
enum Meaning<'s> {
    Counts(&'s MatchSpec),
    /// It is of a common form and holds; the entry it requires, if it is not a constraint.
    Met(Option<u32>),
    Idle,
    Bad(&'s str),
    Unsupported(&'static str),
}

/// Judges every line of every record.
pub(crate) fn judge<'a>(
    entries: &[Entry<'a>],
    lines: &[Line<'a>],
    specs: &Specs<'a>,
    world: &World<'a>,
    requirements: &[Requirement],
) -> Judged {
    let versions = Versions::default();
    let mut plain = vec![[Plainly::Unasked; 2]; specs.len()];
    for line in lines {
        let constrains = line.field == LineField::Constrains;
        let of_text = plain.get_mut(line.spec.place());
        if let Some(known @ Plainly::Unasked) =
            of_text.map(|of_text| &mut of_text[usize::from(constrains)])
        {
            *known = plainly(specs.text(line.spec), constrains, world, &versions);
        }
    }
    let meaning_of = |line: &Line<'_>| {
        let constrains = line.field == LineField::Constrains;
        let of_text = plain.get(line.spec.place());
        match of_text.map(|of_text| of_text[usize::from(constrains)]) {
            Some(Plainly::Met(entry)) => Meaning::Met(entry),
            _ => meaning(specs.get(line.spec), line.field, world),
        }
    };
    let extras = active_extras(entries, lines, &meaning_of, world, requirements);

    let mut judged = Judged {
        findings: Vec::new(),
        requires: entries.iter().map(room_for_requires).collect(),
        counts: vec![false; lines.len()],
    };
    for (index, line) in lines.iter().enumerate() {
        let Some(record) = record_of(entries, line) else {
            continue;
        };
        if let LineField::Extra(extra) = line.field
            && !extras.contains(&(name(record), extra))
        {
            continue;
        }
        let spec = match meaning_of(line) {
            Meaning::Counts(spec) => spec,
            Meaning::Met(entry) => {
                if let Some(counts) = judged.counts.get_mut(index) {
                    *counts = true;
                }
                if let Some(required) = judged.requires.get_mut(line.entry) {
                    required.extend(entry.map(|entry| entry as usize));
                }
                continue;
            }
            Meaning::Idle => continue,
            Meaning::Bad(problem) => {
                judged.findings.push((
                    line.entry,
                    Finding::BadSpec {
                        place: place(record, line),
                        spec: specs.text(line.spec).to_owned(),
                        problem: problem.to_owned(),
                    },
                ));
                continue;
            }
            Meaning::Unsupported(feature) => {
                judged.findings.push((
                    line.entry,
                    Finding::Unsupported {
                        place: place(record, line),
                        spec: specs.text(line.spec).to_owned(),
                        feature: feature.to_owned(),
                    },
                ));
                continue;
            }
        };
        if let Some(counts) = judged.counts.get_mut(index) {
            *counts = true;
        }
        if line.field == LineField::Constrains {
            for found in world.violations(spec) {
                judged.findings.push((
                    line.entry,
                    Finding::Constraint {
                        package: Package::of(record),
                        spec: specs.text(line.spec).to_owned(),
                        found,
                    },
                ));
            }
            continue;
        }
        if let Some(required) = judged.requires.get_mut(line.entry)
            && let Some(name) = spec.name.as_exact()
        {
            required.extend_from_slice(world.named(name));
        }
        if let Verdict::Not(found) = world.has(spec) {
            judged.findings.push((
                line.entry,
                Finding::Dependency {
                    package: Package::of(record),
                    field: line.field.to_field(),
                    spec: specs.text(line.spec).to_owned(),
                    found,
                },
            ));
        }
    }
    judged.findings.extend(unknown_extras(entries, &extras));
    judged
}

fn room_for_requires(entry: &Entry<'_>) -> Vec<usize> {
    let depends = entry
        .record
        .map_or(0, |record| record.package_record.depends.len());
    Vec::with_capacity(depends)
}

/// What is known of a text without reading it in full.
#[derive(Clone, Copy)]
enum Plainly {
    Unasked,
    /// It is not of a common form, or not met.
    Unclear,
    /// It holds; the entry it requires, if it is not a constraint.
    Met(Option<u32>),
}

fn plainly<'l>(
    text: &'l str,
    constrains: bool,
    world: &World<'_>,
    versions: &Versions<'l>,
) -> Plainly {
    let met = || {
        let plain = Plain::of(text)?;
        match world.only(plain.name)? {
            Only::Nothing => {
                (constrains && plain.is_common(versions)).then_some(Plainly::Met(None))
            }
            Only::Record(entry, record) => {
                let required = (!constrains).then(|| u32::try_from(entry));
                let required = required.transpose().ok()?;
                plain
                    .is_met_by(&record.package_record, versions)
                    .then_some(Plainly::Met(required))
            }
        }
    };
    met().unwrap_or(Plainly::Unclear)
}

fn meaning<'s>(
    parsed: Result<&'s MatchSpec, &'s str>,
    field: LineField<'_>,
    world: &World<'_>,
) -> Meaning<'s> {
    let spec = match parsed {
        Ok(spec) => spec,
        Err(problem) => return Meaning::Bad(problem),
    };
    if let Some(feature) = unsupported(spec) {
        return Meaning::Unsupported(feature);
    }
    if field == LineField::Constrains && spec.extras.is_some() {
        return Meaning::Unsupported("an extra inside a constraint");
    }
    match &spec.condition {
        None => Meaning::Counts(spec),
        Some(condition) => match world.holds(condition) {
            Ok(true) => Meaning::Counts(spec),
            Ok(false) => Meaning::Idle,
            Err(feature) => Meaning::Unsupported(feature),
        },
    }
}

/// The extras that somebody asks for, as (name, extra): the smallest set that
/// contains what the request and the records ask for, and what the
/// dependencies of these extras ask for in turn.
fn active_extras<'s>(
    entries: &'s [Entry<'_>],
    lines: &'s [Line<'_>],
    meaning_of: &dyn Fn(&Line<'_>) -> Meaning<'s>,
    world: &World<'_>,
    requirements: &'s [Requirement],
) -> BTreeSet<(&'s str, &'s str)> {
    let mut active = BTreeSet::new();
    for requirement in requirements {
        let holds = requirement
            .spec
            .condition
            .as_ref()
            .is_none_or(|condition| world.holds(condition) == Ok(true));
        if holds {
            active.extend(extras_of(&requirement.spec));
        }
    }
    // Nearly no record has extras, so the loop below has nothing to do.
    let asking: Vec<(&Line<'_>, &'s MatchSpec)> = lines
        .iter()
        .filter(|line| line.field != LineField::Constrains)
        .filter_map(|line| match meaning_of(line) {
            Meaning::Counts(spec) if spec.extras.is_some() => Some((line, spec)),
            _ => None,
        })
        .collect();
    loop {
        let before = active.len();
        for (line, spec) in &asking {
            let counts = match line.field {
                LineField::Depends => true,
                LineField::Constrains => false,
                LineField::Extra(extra) => record_of(entries, line)
                    .is_some_and(|record| active.contains(&(name(record), extra))),
            };
            if counts {
                active.extend(extras_of(spec));
            }
        }
        if active.len() == before {
            return active;
        }
    }
}

fn extras_of(spec: &MatchSpec) -> impl Iterator<Item = (&str, &str)> {
    let name = spec.name.as_exact();
    spec.extras
        .iter()
        .flatten()
        .filter_map(move |extra| Some((name?.as_normalized(), extra.as_str())))
}

fn unknown_extras(entries: &[Entry<'_>], active: &BTreeSet<(&str, &str)>) -> Vec<(usize, Finding)> {
    if active.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(record) = entry.record else {
            continue;
        };
        for (_, extra) in active.iter().filter(|(of, _)| *of == name(record)) {
            if !record.package_record.extra_depends.contains_key(*extra) {
                findings.push((
                    index,
                    Finding::UnknownExtra {
                        package: Package::of(record),
                        extra: (*extra).to_owned(),
                    },
                ));
            }
        }
    }
    findings
}

fn record_of<'e>(entries: &'e [Entry<'_>], line: &Line<'_>) -> Option<&'e RepoDataRecord> {
    entries.get(line.entry).and_then(|entry| entry.record)
}

fn name(record: &RepoDataRecord) -> &str {
    record.package_record.name.as_normalized()
}

fn place(record: &RepoDataRecord, line: &Line<'_>) -> Place {
    Place::Record {
        package: Package::of(record),
        field: line.field.to_field(),
    }
}
