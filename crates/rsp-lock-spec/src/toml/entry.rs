//! One line of a set of specs, in each of its forms.
//!
//! A set is a table, `name = ENTRY`, or a list of entries. An entry is a string,
//! a table, or (in a table of names) a list of these.

use std::ops::Range;

use super::keys;
use crate::{
    findings::Findings,
    node::{Entry, Node, Value, check_keys, get},
};

/// One entry: the spec as text, and the keys beside it.
pub(super) struct SpecEntry<'a> {
    /// The spec as text, the way it would be typed on a command line.
    pub(super) text: String,
    /// The name it must have, where the table's key says so.
    pub(super) name: Option<&'a str>,
    /// The place of the spec: of its name and version, or of the string.
    pub(super) span: Range<usize>,
    /// The keys of the table form; empty for a string.
    pub(super) entries: &'a [Entry],
}

/// What a set is called, and which keys its entries may have besides those of the spec.
pub(super) struct Kind {
    pub(super) what: &'static str,
    pub(super) more: &'static [&'static str],
}

/// All entries of a set; what is wrong with their form is reported.
pub(super) fn read<'a>(
    findings: &mut Findings<'_>,
    node: &'a Node,
    kind: &Kind,
) -> Vec<SpecEntry<'a>> {
    let mut result = Vec::new();
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                match &entry.value.value {
                    Value::List(items) => {
                        for item in items {
                            result.extend(named(findings, entry, item, kind));
                        }
                    }
                    _ => result.extend(named(findings, entry, &entry.value, kind)),
                }
            }
        }
        Value::List(items) => {
            for item in items {
                result.extend(unnamed(findings, item, kind));
            }
        }
        _ => {
            let what = format!("the {}s", kind.what);
            node.table(findings, &what, "a table or a list of strings");
        }
    }
    result
}

/// `python = "3.13.*"` or `python = { version = "3.13.*" }`.
fn named<'a>(
    findings: &mut Findings<'_>,
    entry: &'a Entry,
    value: &'a Node,
    kind: &Kind,
) -> Option<SpecEntry<'a>> {
    let name = entry.key.as_str();
    if let Value::Table(entries) = &value.value {
        let known = [keys::SPEC, kind.more, keys::NOTE].concat();
        if let Some(inner) = entries.iter().find(|e| !known.contains(&e.key.as_str()))
            && entry.dotted
        {
            findings.error(
                &entry.key_span,
                format!("`{name}.{}` is not a key of a {}", inner.key, kind.what),
                vec![format!(
                    "a name with a dot needs quotes: `\"{name}.{}\"`",
                    inner.key
                )],
            );
            return None;
        }
        check_keys(
            findings,
            entries,
            &known,
            &format!("the {} `{name}`", kind.what),
        );
        let text = |findings: &mut Findings<'_>, key: &str| {
            let node = get(entries, key)?;
            node.text(findings, &format!("`{key}`"), "a string")
        };
        let version = text(findings, "version");
        let build = text(findings, "build");
        let channel = text(findings, "channel");
        let extras: Vec<&str> = get(entries, "extras")
            .map(|node| node.texts(findings, "`extras`"))
            .unwrap_or_default()
            .into_iter()
            .map(|(extra, _)| extra)
            .collect();
        let mut spec = channel.map_or_else(String::new, |channel| format!("{channel}::"));
        spec.push_str(&join(name, version.unwrap_or("*"), build));
        if !extras.is_empty() {
            spec.extend(["[extras=[", &extras.join(","), "]]"]);
        }
        return Some(SpecEntry {
            text: spec,
            name: Some(name),
            span: match get(entries, "version") {
                Some(version) => version.span.clone(),
                None if value.span == entry.value.span => entry.key_span.clone(),
                None => value.span.clone(),
            },
            entries,
        });
    }
    let expected = "a string (its version, such as `\">=1.2\"` or `\"*\"`) or a table";
    let version = value.text(findings, &format!("the {} `{name}`", kind.what), expected)?;
    if version.trim().is_empty() {
        findings.error(
            &value.span,
            format!("the version of `{name}` is empty"),
            vec!["write `\"*\"` for any version".to_owned()],
        );
        return None;
    }
    Some(SpecEntry {
        text: join(name, version, None),
        name: Some(name),
        span: if value.span == entry.value.span {
            entry.key_span.start..value.span.end.max(entry.key_span.end)
        } else {
            value.span.clone()
        },
        entries: &[],
    })
}

/// `"python 3.13.*"` or `{ spec = "python 3.13.*" }`.
fn unnamed<'a>(findings: &mut Findings<'_>, item: &'a Node, kind: &Kind) -> Option<SpecEntry<'a>> {
    let what = format!("a {}", kind.what);
    let Value::Table(entries) = &item.value else {
        let text = item.text(findings, &what, "a string (`\"python 3.13.*\"`) or a table")?;
        return Some(SpecEntry {
            text: text.to_owned(),
            name: None,
            span: item.span.clone(),
            entries: &[],
        });
    };
    let known = [&["spec"], kind.more, keys::NOTE].concat();
    check_keys(findings, entries, &known, &what);
    let Some(node) = get(entries, "spec") else {
        findings.error(
            &item.span,
            format!("{what} in a list needs a `spec`"),
            vec!["for example `{ spec = \"python 3.13.*\", reason = \"…\" }`".to_owned()],
        );
        return None;
    };
    Some(SpecEntry {
        text: node.text(findings, "`spec`", "a string")?.to_owned(),
        name: None,
        span: node.span.clone(),
        entries,
    })
}

/// The text of a spec. A version without an operator means it and all below it,
/// as `name=version` does on a command line.
fn join(name: &str, version: &str, build: Option<&str>) -> String {
    let version = version.trim();
    let bare = !version.is_empty()
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '!' | '+' | '-'));
    let operator = if bare { "=" } else { "" };
    match build {
        Some(build) => format!("{name} {operator}{version} {}", build.trim()),
        None => format!("{name} {operator}{version}"),
    }
}
