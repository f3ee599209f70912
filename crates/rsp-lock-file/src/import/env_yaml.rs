//! `environment.yml` as an export, a packages yml or a list by hand.
//!
//! Only what the lists of the past hold is modelled here; a request is read by
//! `rsp-lock-spec`, which knows every key and refuses what it does not know.

use rattler_conda_types::{MatchSpec, ParseStrictness};
use rsp_lock_spec::too_large;
use serde::{Deserialize, de::IgnoredAny};
use serde_saphyr::Spanned;

use super::{CondaEntry, FOR_PIP, FindingKind, Imported, SpecEntry, entry::exact};
use crate::{error::FileError, secret::shown};

#[derive(Deserialize)]
struct Environment {
    name: Option<String>,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    dependencies: Vec<Spanned<Dependency>>,
    variables: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Spec(String),
    Pip { pip: Vec<String> },
}

pub(super) fn read(imported: &mut Imported, text: &str, name: &str) -> Result<(), FileError> {
    let environment: Environment =
        serde_saphyr::from_str(text).map_err(|error| FileError::Yaml {
            file: name.to_owned(),
            line: error.location().map_or(0, |location| location.line()),
            message: first_line(&error.to_string()),
        })?;
    imported.environment = environment.name;
    imported.channels = environment.channels;
    for dependency in environment.dependencies {
        let line = usize::try_from(dependency.referenced.line()).unwrap_or(0);
        match dependency.value {
            Dependency::Spec(spec) => read_spec(imported, &spec, line),
            Dependency::Pip { pip } => read_pip(imported, &pip, text, line),
        }
    }
    if environment.variables.is_some() {
        let key = "variables";
        let line = text.lines().position(|line| line.starts_with(key));
        imported.finding(line.map_or(0, |at| at + 1), FindingKind::LeftOut { key });
    }
    Ok(())
}

fn first_line(message: &str) -> String {
    message
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches(':')
        .to_owned()
}

fn read_spec(imported: &mut Imported, text: &str, line: usize) {
    let text = text.trim();
    if let Some(entry) = exact(text) {
        imported.conda.push(CondaEntry {
            name: entry.name.to_lowercase(),
            version: entry.version.to_owned(),
            build: Some(entry.build.to_owned()),
            line,
        });
        return;
    }
    let without_extra = match text.split_once('[') {
        Some((name, rest)) if !rest.contains('=') => {
            let after = rest.split_once(']').map_or("", |(_, after)| after);
            imported.finding(line, FindingKind::Extra { text: shown(text) });
            format!("{}{after}", name.trim_end())
        }
        _ => text.to_owned(),
    };
    let is_spec = too_large(&without_extra).is_none()
        && MatchSpec::from_str(&without_extra, ParseStrictness::Lenient).is_ok();
    if is_spec {
        imported.specs.push(SpecEntry {
            text: without_extra,
            line,
        });
    } else {
        imported.finding(
            line,
            FindingKind::Unreadable {
                expected: "a spec of conda",
                text: shown(text),
            },
        );
    }
}

/// The lines of the pip part; they follow each other from the line of the key.
fn read_pip(imported: &mut Imported, pip: &[String], text: &str, key_line: usize) {
    let mut rest = text.lines().enumerate().skip(key_line.saturating_sub(1));
    for entry in pip {
        let found = rest.find(|(_, line)| {
            line.trim_start()
                .strip_prefix('-')
                .is_some_and(|item| item.contains(entry.trim()))
        });
        let line = found.map_or(key_line, |(index, _)| index + 1);
        match super::pip::entry(entry, line) {
            Some(entry) => imported.pip.push(entry),
            None => imported.finding(
                line,
                FindingKind::Unreadable {
                    expected: FOR_PIP,
                    text: shown(entry),
                },
            ),
        }
    }
}
