//! `[overrides]` and `[dependencies]`.

use super::{
    entry::{self, Kind, SpecEntry},
    keys, note,
};
use crate::{
    findings::Findings,
    node::{Node, Value, check_keys, get},
    override_text::split,
    request::{DependencyEdit, DependencyEditKind, Note, Override},
    spec::parse_spec_text,
};

const OVERRIDE: Kind = Kind {
    what: "override",
    more: keys::OVERRIDE,
};

pub(super) fn overrides(findings: &mut Findings<'_>, node: &Node) -> Vec<Override> {
    entry::read(findings, node, &OVERRIDE)
        .into_iter()
        .flat_map(|entry| one_override(findings, &entry))
        .collect()
}

/// One override for each of its `dependents`.
fn one_override(findings: &mut Findings<'_>, entry: &SpecEntry<'_>) -> Vec<Override> {
    let origin = findings.origin(&entry.span);
    let about = note::read(findings, entry.entries, &Note::default());
    let until = get(entry.entries, "until")
        .and_then(|node| node.text(findings, "`until`", "a string"))
        .map(str::to_owned);
    let base = match Override::read(&entry.text, origin) {
        Ok(rule) => Override {
            note: about,
            until,
            ..rule
        },
        Err(bad) => {
            findings.error(&entry.span, bad.to_string(), bad.hints);
            return Vec::new();
        }
    };
    let replaced = crate::spec::exact_name(&base.spec).as_source();
    if let Some(key) = entry.name
        && split(key).is_none()
        && !replaced.eq_ignore_ascii_case(key)
    {
        findings.error(
            &entry.span,
            format!("`{key}` is not a package name"),
            vec!["write the name as the key and the version as the value".to_owned()],
        );
        return Vec::new();
    }
    let Some(node) = get(entry.entries, "dependents") else {
        return vec![base];
    };
    if base.dependents.is_some() {
        findings.error(
            &node.span,
            format!("`{}` says already whose dependency it is", entry.text),
            vec!["write either `dependents` or the part before the colon".to_owned()],
        );
        return Vec::new();
    }
    let mut rules = Vec::new();
    for (text, span) in node.texts(findings, "`dependents`") {
        match parse_spec_text(text) {
            Ok(parsed) => rules.push(Override {
                dependents: Some(parsed.spec),
                text: format!("{}: {}", text.trim(), base.text),
                ..base.clone()
            }),
            Err(bad) => findings.error(span, bad.to_string(), bad.hints),
        }
    }
    if rules.is_empty() && matches!(&node.value, Value::List(items) if items.is_empty()) {
        findings.error(
            &node.span,
            "`dependents` is empty, so the override is for no package",
            vec!["leave it out to mean every package".to_owned()],
        );
    }
    rules
}

pub(super) fn dependencies(findings: &mut Findings<'_>, node: &Node) -> Vec<DependencyEdit> {
    const EXPECTED: &str = "a table with the lists `add` and `drop`";
    let Some(entries) = node.table(findings, "`dependencies`", EXPECTED) else {
        return Vec::new();
    };
    check_keys(findings, entries, keys::DEPENDENCIES, "`[dependencies]`");
    let mut edits = Vec::new();
    for (key, kind) in [
        ("add", DependencyEditKind::Add),
        ("drop", DependencyEditKind::Drop),
    ] {
        if let Some(items) =
            get(entries, key).and_then(|node| node.list(findings, &format!("`{key}`"), "a list"))
        {
            for item in items {
                edits.extend(edit(findings, item, kind));
            }
        }
    }
    edits
}

fn edit(
    findings: &mut Findings<'_>,
    item: &Node,
    kind: DependencyEditKind,
) -> Option<DependencyEdit> {
    const FORM: &str = "write `\"DEPENDENT: DEPENDENCY\"` or \
                        `{ dependents = \"DEPENDENT\", spec = \"DEPENDENCY\" }`";
    let mut note = Note::default();
    let parts = if let Value::Table(entries) = &item.value {
        let known = [keys::EDIT, keys::NOTE].concat();
        check_keys(findings, entries, &known, "a dependency edit");
        note = note::read(findings, entries, &note);
        let mut text =
            |key: &str| get(entries, key)?.text(findings, &format!("`{key}`"), "a string");
        text("dependents").zip(text("spec"))
    } else {
        split(item.text(findings, "a dependency edit", "a string or a table")?)
    };
    let Some((dependents, spec)) = parts else {
        findings.error(
            &item.span,
            "it is not said whose dependency is edited",
            vec![FORM.to_owned()],
        );
        return None;
    };
    let mut read = |text: &str| match parse_spec_text(text) {
        Ok(parsed) => Some(parsed.spec),
        Err(bad) => {
            findings.error(&item.span, bad.to_string(), bad.hints);
            None
        }
    };
    let (dependents_spec, dependency) = (read(dependents)?, read(spec)?);
    Some(DependencyEdit {
        kind,
        dependents: dependents_spec,
        spec: dependency,
        text: format!("{}: {}", dependents.trim(), spec.trim()),
        origin: findings.origin(&item.span),
        note,
    })
}
