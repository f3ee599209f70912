//! `conda list --export`: one `name=version=build` a line.

use std::str::FromStr;

use rattler_conda_types::Subdir;

use super::{CondaEntry, FindingKind, ImportFinding, Imported, PipEntry, entry::exact};
use crate::{secret::shown, text_lines::lines};

/// What conda writes as the build of a package that pip installed.
const PIP_BUILD: &str = "pypi_";

pub(super) fn read(imported: &mut Imported, text: &str) {
    let banner_end = banner_end(text);
    if let Some(last_line) = banner_end {
        imported.findings.push(ImportFinding {
            line: 1,
            last_line,
            what: FindingKind::Banner,
        });
    }
    for line in lines(text).skip(banner_end.unwrap_or(0)) {
        let content = line.content.trim();
        if let Some(comment) = content.strip_prefix('#') {
            if let Some(platform) = comment.trim_start().strip_prefix("platform:") {
                imported.platform = Subdir::from_str(platform.trim()).ok();
            }
        } else if let Some(entry) = exact(content) {
            if entry.build.starts_with(PIP_BUILD) {
                imported.pip.push(PipEntry {
                    name: entry.name.to_owned(),
                    version: Some(entry.version.to_owned()),
                    location: None,
                    requirement: format!("{}=={}", entry.name, entry.version),
                    from_conda: false,
                    line: line.number,
                });
            } else {
                imported.conda.push(CondaEntry {
                    name: entry.name.to_lowercase(),
                    version: entry.version.to_owned(),
                    build: Some(entry.build.to_owned()),
                    line: line.number,
                });
            }
        } else if let Some(entry) = super::pip::frozen(content, line.number) {
            imported.pip.push(entry);
        } else if !content.is_empty() {
            imported.finding(
                line.number,
                FindingKind::Unreadable {
                    expected: "`name=version=build`",
                    text: shown(content),
                },
            );
        }
    }
}

/// The last line of a banner that stands before the first comment or entry.
///
/// mamba drew it on stdout together with the list. It is told from a list with
/// broken lines by its boxes, or by naming its program.
fn banner_end(text: &str) -> Option<usize> {
    let mut last = None;
    let mut drawn = false;
    for line in lines(text) {
        let content = line.content.trim();
        if content.starts_with('#') || exact(content).is_some() {
            break;
        }
        drawn |= content.starts_with("mamba (")
            || content
                .chars()
                .any(|c| ('\u{2500}'..='\u{259f}').contains(&c));
        last = Some(line.number);
    }
    last.filter(|_| drawn)
}
