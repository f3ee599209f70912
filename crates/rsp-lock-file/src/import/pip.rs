//! `pip freeze`, also of an environment of conda.

use super::{
    FOR_PIP, FindingKind, Imported, PipEntry,
    entry::{pip_line, requirement_name, without_comment},
};
use crate::{secret::shown, text_lines::lines};

pub(super) fn read(imported: &mut Imported, text: &str) {
    for line in lines(text) {
        let content = line.content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match entry(content, line.number) {
            Some(entry) => imported.pip.push(entry),
            None => imported.finding(
                line.number,
                FindingKind::Unreadable {
                    expected: FOR_PIP,
                    text: shown(content),
                },
            ),
        }
    }
}

/// A line for pip: as `pip freeze` writes it, or a requirement that leaves a choice.
pub(super) fn entry(content: &str, line: usize) -> Option<PipEntry> {
    let leaves_a_choice = || {
        let content = without_comment(content);
        requirement_name(content).map(|name| PipEntry {
            name: name.to_owned(),
            version: None,
            location: None,
            requirement: content.to_owned(),
            from_conda: false,
            line,
        })
    };
    frozen(content, line).or_else(leaves_a_choice)
}

/// A line as `pip freeze` writes it.
pub(super) fn frozen(content: &str, line: usize) -> Option<PipEntry> {
    let content = without_comment(content);
    let pip = pip_line(content)?;
    Some(PipEntry {
        name: pip.name.to_owned(),
        version: pip.version.map(ToOwned::to_owned),
        requirement: match &pip.location {
            Some(location) => format!("{} @ {location}", pip.name),
            None => content.to_owned(),
        },
        location: pip.location,
        from_conda: pip.from_conda,
        line,
    })
}
