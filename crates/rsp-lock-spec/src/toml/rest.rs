//! `[base]`, `[pip]` and `[mirrors]`.

use std::collections::BTreeMap;

use url::Url;

use super::{keys, note};
use crate::{
    findings::Findings,
    node::{Node, Value, check_keys, get},
    request::{Base, BasePolicy, BaseSource, Note, PipRequirement},
    spec::parse_spec_text,
};

pub(super) const POLICIES: &[(&str, BasePolicy)] = &[
    ("freeze", BasePolicy::Freeze),
    ("minimal-change", BasePolicy::MinimalChange),
    ("float", BasePolicy::Float),
];

pub(super) fn base(findings: &mut Findings<'_>, node: &Node) -> Option<Base> {
    let entries = node.table(findings, "`base`", "a table")?;
    check_keys(findings, entries, keys::BASE, "`[base]`");
    let policy = get(entries, "policy")
        .and_then(|node| node.word(findings, "`policy`", POLICIES))
        .unwrap_or_default();
    let source = match (get(entries, "lock"), get(entries, "spec")) {
        (Some(lock), None) => {
            let text = lock.text(findings, "`lock`", "a string (a path)")?;
            BaseSource::Lock(text.to_owned())
        }
        (None, Some(spec)) => {
            let text = spec.text(findings, "`spec`", "a string")?;
            match parse_spec_text(text) {
                Ok(parsed) => BaseSource::Spec(Box::new(parsed.spec)),
                Err(bad) => {
                    findings.error(&spec.span, bad.to_string(), bad.hints);
                    return None;
                }
            }
        }
        _ => {
            findings.error(
                &node.span,
                "a base has exactly one of `lock` and `spec`",
                vec!["for example `lock = \"stack.lock.txt\"`".to_owned()],
            );
            return None;
        }
    };
    Some(Base {
        source,
        policy,
        origin: findings.origin(&node.span),
    })
}

pub(super) fn pip(findings: &mut Findings<'_>, node: &Node) -> Vec<PipRequirement> {
    let Some(entries) = node.table(findings, "`pip`", "a table") else {
        return Vec::new();
    };
    check_keys(findings, entries, keys::PIP, "`[pip]`");
    let items = get(entries, "requirements")
        .and_then(|node| node.list(findings, "`requirements`", "a list of strings"))
        .unwrap_or_default();
    let mut result = Vec::new();
    for item in items {
        let (line, about) = if let Value::Table(entries) = &item.value {
            let known = [keys::PIP_ENTRY, keys::NOTE].concat();
            check_keys(findings, entries, &known, "a pip requirement");
            let about = note::read(findings, entries, &Note::default());
            let Some(line) = get(entries, "requirement") else {
                findings.error(
                    &item.span,
                    "a pip requirement needs a `requirement`",
                    vec!["for example `{ requirement = \"argo ==1.0\", reason = \"…\" }`".into()],
                );
                continue;
            };
            (line, about)
        } else {
            (item, Note::default())
        };
        if let Some(text) = line.text(findings, "a pip requirement", "a string or a table") {
            result.push(PipRequirement {
                text: text.trim().to_owned(),
                origin: findings.origin(&line.span),
                note: about,
            });
        }
    }
    result
}

pub(super) fn mirrors(findings: &mut Findings<'_>, node: &Node) -> BTreeMap<String, Vec<String>> {
    const EXPECTED: &str = "a table of URL prefixes";
    let mut result = BTreeMap::new();
    for entry in node
        .table(findings, "`mirrors`", EXPECTED)
        .unwrap_or_default()
    {
        let url = |text: &str| {
            Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "http" | "https" | "file"))
        };
        if !url(&entry.key) {
            findings.error(
                &entry.key_span,
                format!("`{}` is not the URL of a channel or host", entry.key),
                vec![
                    "for example `\"https://conda.anaconda.org/\" = \"https://mirror.example/\"`"
                        .to_owned(),
                ],
            );
            continue;
        }
        let mut places = Vec::new();
        for (text, span) in entry.value.texts(findings, "a mirror") {
            if url(text) {
                places.push(text.to_owned());
            } else {
                findings.error(
                    span,
                    format!("`{text}` is not the URL of a mirror"),
                    Vec::new(),
                );
            }
        }
        result.insert(entry.key.clone(), places);
    }
    result
}
