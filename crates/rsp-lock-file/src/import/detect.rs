//! Which kind of list a text is.

use super::entry::{exact, pip_line};
use crate::{explicit::text_has_marker, native::SCHEMA};

/// The kinds of text that can be imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportKind {
    /// An explicit file: URLs behind `@EXPLICIT`.
    #[default]
    Explicit,
    /// `environment.yml`: an export, a packages yml, or a list written by hand.
    EnvironmentYaml,
    /// `conda list --export`: `name=version=build`.
    ListExport,
    /// `pip freeze`.
    PipFreeze,
    /// Our own `rsp.lock`.
    Native,
}

/// Tells the kind by the text alone; `None` if it is none of them.
pub fn detect(text: &str) -> Option<ImportKind> {
    if text_has_marker(text) {
        return Some(ImportKind::Explicit);
    }
    let mut yaml = false;
    let mut other_yaml = false;
    let (mut list, mut pip) = (0_usize, 0_usize);
    for line in text.lines() {
        if line
            .strip_prefix("schema")
            .map(str::trim_start)
            .and_then(|l| l.strip_prefix('='))
            .is_some_and(|value| value.trim().trim_matches('"') == SCHEMA)
        {
            return Some(ImportKind::Native);
        }
        yaml |= line.starts_with("dependencies:");
        let content = line.trim();
        if exact(content).is_some() {
            list += 1;
        } else if pip_line(content).is_some() {
            pip += 1;
        } else {
            other_yaml |= is_key(line);
        }
    }
    if yaml {
        Some(ImportKind::EnvironmentYaml)
    } else if other_yaml || list + pip == 0 {
        // Such as the lockfile of another tool, with a URL here and there.
        None
    } else if list >= pip {
        Some(ImportKind::ListExport)
    } else {
        Some(ImportKind::PipFreeze)
    }
}

/// Whether a line is a key of YAML whose value stands below it.
fn is_key(line: &str) -> bool {
    let key = line.strip_suffix(':').unwrap_or_default();
    !key.is_empty()
        && key
            .bytes()
            .all(|c| c.is_ascii_lowercase() || b"_-".contains(&c))
}
