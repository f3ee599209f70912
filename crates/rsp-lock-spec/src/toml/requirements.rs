//! `[requirements]`, `[groups.*]` and `[constraints]`.

use std::{collections::BTreeMap, ops::Range};

use super::{
    entry::{self, Kind, SpecEntry},
    keys, note,
};
use crate::{
    findings::Findings,
    nearest::nearest,
    node::{Node, check_keys, get},
    request::{Note, PlatformRequest, Requirement},
    selectors::selected_names,
    spec::parse_spec_text,
};

const REQUIREMENT: Kind = Kind {
    what: "requirement",
    more: keys::REQUIREMENT,
};
const CONSTRAINT: Kind = Kind {
    what: "constraint",
    more: keys::CONSTRAINT,
};

/// What a group says for all of its requirements.
#[derive(Default)]
struct Outer<'a> {
    group: Option<&'a str>,
    note: Note,
    platforms: Vec<String>,
}

pub(super) fn requirements(
    findings: &mut Findings<'_>,
    node: &Node,
    platforms: &[PlatformRequest],
) -> Vec<Requirement> {
    set(findings, node, &REQUIREMENT, platforms, &Outer::default())
}

pub(super) fn constraints(
    findings: &mut Findings<'_>,
    node: &Node,
    platforms: &[PlatformRequest],
) -> Vec<Requirement> {
    set(findings, node, &CONSTRAINT, platforms, &Outer::default())
}

pub(super) fn groups(
    findings: &mut Findings<'_>,
    node: &Node,
    platforms: &[PlatformRequest],
) -> Vec<Requirement> {
    let mut result = Vec::new();
    for group in node
        .table(findings, "`groups`", "a table of groups")
        .unwrap_or_default()
    {
        let name = group.key.as_str();
        let what = format!("`[groups.{name}]`");
        let Some(entries) = group.value.table(findings, &what, "a table") else {
            continue;
        };
        let known = [keys::GROUP, keys::NOTE].concat();
        check_keys(findings, entries, &known, &what);
        let outer = Outer {
            group: Some(name),
            note: note::read(findings, entries, &Note::default()),
            platforms: get(entries, "platforms")
                .map(|node| read_platforms(findings, node, platforms))
                .unwrap_or_default(),
        };
        match get(entries, "requirements") {
            Some(node) => result.extend(set(findings, node, &REQUIREMENT, platforms, &outer)),
            None => findings.error(
                &group.key_span,
                format!("the group `{name}` has no `requirements`"),
                vec![format!("write them below `[groups.{name}.requirements]`")],
            ),
        }
    }
    result
}

fn set(
    findings: &mut Findings<'_>,
    node: &Node,
    kind: &Kind,
    platforms: &[PlatformRequest],
    outer: &Outer<'_>,
) -> Vec<Requirement> {
    let result: Vec<Requirement> = entry::read(findings, node, kind)
        .into_iter()
        .filter_map(|entry| one(findings, &entry, platforms, outer))
        .collect();
    check_names(findings, &result, kind);
    result
}

fn one(
    findings: &mut Findings<'_>,
    entry: &SpecEntry<'_>,
    platforms: &[PlatformRequest],
    outer: &Outer<'_>,
) -> Option<Requirement> {
    let value = |key: &str| get(entry.entries, key);
    let flag = |findings: &mut Findings<'_>, key: &str| {
        value(key).and_then(|node| node.boolean(findings, &format!("`{key}`"))) == Some(true)
    };
    let note = note::read(findings, entry.entries, &outer.note);
    let float = flag(findings, "float");
    let if_missing = flag(findings, "if-missing");
    let expand = flag(findings, "expand");
    let priority = value("priority")
        .map(|node| read_priority(findings, node))
        .unwrap_or_default();
    let platforms = value("platforms").map_or_else(
        || outer.platforms.clone(),
        |node| read_platforms(findings, node, platforms),
    );
    let spec = read_spec(findings, entry)?;
    Some(Requirement {
        note,
        group: outer.group.map(str::to_owned),
        platforms,
        float,
        priority,
        if_missing,
        expand,
        ..Requirement::new(spec, entry.text.trim(), findings.origin(&entry.span))
    })
}

fn read_priority(findings: &mut Findings<'_>, node: &Node) -> i32 {
    let Some(number) = node.integer(findings, "`priority`") else {
        return 0;
    };
    i32::try_from(number).unwrap_or_else(|_| {
        findings.error(
            &node.span,
            format!("the priority `{number}` is out of range"),
            vec!["0 is usual, 1 is above it".to_owned()],
        );
        0
    })
}

/// The spec of an entry; its name must be the key's.
fn read_spec(
    findings: &mut Findings<'_>,
    entry: &SpecEntry<'_>,
) -> Option<rattler_conda_types::MatchSpec> {
    let parsed = match parse_spec_text(&entry.text) {
        Ok(parsed) => parsed,
        Err(bad) => {
            findings.error(&entry.span, bad.to_string(), bad.hints);
            return None;
        }
    };
    let name = crate::spec::exact_name(&parsed.spec).as_source();
    if let Some(key) = entry.name
        && !name.eq_ignore_ascii_case(key)
    {
        findings.error(
            &entry.span,
            format!(
                "`{key}` is not a package name: `{}` would ask for `{name}`",
                entry.text
            ),
            vec!["write the name as the key and the version as the value".to_owned()],
        );
        return None;
    }
    for warning in parsed.warnings {
        findings.warning(
            &entry.span,
            format!("`{}`: {warning}", entry.text),
            Vec::new(),
        );
    }
    Some(parsed.spec)
}

/// Names of platforms of this request, subdirs, or words for several such as `osx`.
fn read_platforms(
    findings: &mut Findings<'_>,
    node: &Node,
    platforms: &[PlatformRequest],
) -> Vec<String> {
    let mut result: Vec<String> = Vec::new();
    for (text, span) in node.texts(findings, "`platforms`") {
        let names = if platforms.iter().any(|platform| platform.name == text) {
            vec![text.to_owned()]
        } else {
            match selected_names(text) {
                Ok(names) => names,
                Err(problem) => {
                    let near = nearest(text, platforms.iter().map(|p| p.name.as_str()));
                    let hints = near.map(|near| format!("did you mean `{near}`?"));
                    findings.error(span, problem, hints.into_iter().collect());
                    continue;
                }
            }
        };
        for name in names {
            if !result.contains(&name) {
                result.push(name);
            }
        }
    }
    result
}

/// Two entries of one name are a slip unless they are for different platforms.
fn check_names(findings: &mut Findings<'_>, requirements: &[Requirement], kind: &Kind) {
    let mut seen: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in requirements {
        let name = requirement.name().as_normalized();
        let earlier = seen.entry(name).or_default();
        let overlaps = |other: &&&Requirement| {
            requirement.platforms.is_empty()
                || other.platforms.is_empty()
                || requirement
                    .platforms
                    .iter()
                    .any(|platform| other.platforms.contains(platform))
        };
        if let Some(first) = earlier.iter().find(overlaps) {
            let span: Range<usize> = requirement.origin.span.clone();
            findings.error(
                &span,
                format!(
                    "the {} `{name}` is written twice, on line {} and on line {}",
                    kind.what, first.origin.line, requirement.origin.line
                ),
                vec!["join the two with a comma, or give each its `platforms`".to_owned()],
            );
        }
        earlier.push(requirement);
    }
}
