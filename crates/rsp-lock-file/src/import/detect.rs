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
        }
    }
    if yaml {
        Some(ImportKind::EnvironmentYaml)
    } else if list == 0 && pip == 0 {
        None
    } else if list >= pip {
        Some(ImportKind::ListExport)
    } else {
        Some(ImportKind::PipFreeze)
    }
}
