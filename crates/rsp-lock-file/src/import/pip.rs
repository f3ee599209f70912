//! `pip freeze`, also of an environment of conda.

use super::{
    FindingKind, Imported, PipEntry,
    entry::{PipLine, pip_line},
};
use crate::{secret::shown, text_lines::lines};

pub(super) fn read(imported: &mut Imported, text: &str) {
    for line in lines(text) {
        let content = line.content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match pip_line(content) {
            Some(pip) => imported.pip.push(entry(&pip, line.number)),
            None => imported.finding(
                line.number,
                FindingKind::Unreadable {
                    expected: "`name==version` or `name @ URL`",
                    text: shown(content),
                },
            ),
        }
    }
}

pub(super) fn entry(pip: &PipLine<'_>, line: usize) -> PipEntry {
    PipEntry {
        name: pip.name.to_owned(),
        version: pip.version.map(ToOwned::to_owned),
        location: pip.location.clone(),
        from_conda: pip.from_conda,
        line,
    }
}
