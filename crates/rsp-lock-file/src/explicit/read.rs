//! Reading explicit files, whoever wrote them.

use std::{collections::BTreeMap, ops::Range, str::FromStr};

use rattler_conda_types::Subdir;
use url::Url;

use super::hash::Hash;
use crate::{
    archive::{archive, subdir_segment},
    error::{FileError, LineFault},
    secret::shown,
    text_lines::{TextLine, lines},
};

/// An explicit file that keeps every byte of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplicitFile {
    text: String,
    /// What `# platform:` says.
    pub platform: Option<Subdir>,
    /// What `#environment_name:` says, as the environment files of the LSST stack have it.
    pub environment_name: Option<String>,
    /// The packages, in the order of the file.
    pub entries: Vec<ExplicitEntry>,
}

impl ExplicitFile {
    /// The text as it was read, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// One package of an explicit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplicitEntry {
    /// Where the file is to be had, without the hash.
    pub url: Url,
    /// The hash behind the `#`, if there is one.
    pub hash: Option<Hash>,
    /// The file name.
    pub file: String,
    /// The package name, lower case.
    pub name: String,
    /// The version, as the file name has it.
    pub version: String,
    /// The build string.
    pub build: String,
    /// The subdir that the URL names; `None` for files outside a channel.
    pub subdir: Option<Subdir>,
    /// The line, counted from 1.
    pub line: usize,
    /// The bytes of the line in the text, its line ending included.
    pub span: Range<usize>,
}

/// Reads an explicit file. `name` is what messages call it.
///
/// Comments, blank lines, line endings and a missing final line ending are
/// kept; [`ExplicitFile::text`] returns the very same bytes.
///
/// # Errors
/// [`FileError::Line`], [`FileError::NoMarker`] and [`FileError::Duplicate`],
/// always with the line, for the first line that cannot be understood.
pub fn read(text: &str, name: &str) -> Result<ExplicitFile, FileError> {
    let mut file = ExplicitFile {
        text: text.to_owned(),
        platform: None,
        environment_name: None,
        entries: Vec::new(),
    };
    let mut marker = None;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines(text) {
        let fail = |fault| FileError::Line {
            file: name.to_owned(),
            line: line.number,
            fault,
        };
        let content = line.content.trim();
        if content.is_empty() {
            continue;
        }
        if let Some(comment) = content.strip_prefix('#') {
            header(&mut file, comment).map_err(fail)?;
        } else if content == "@EXPLICIT" {
            match marker {
                Some(first) => return Err(fail(LineFault::SecondMarker { first })),
                None => marker = Some(line.number),
            }
        } else if marker.is_none() {
            if !text_has_marker(text) {
                return Err(FileError::NoMarker {
                    file: name.to_owned(),
                });
            }
            return Err(fail(LineFault::BeforeMarker {
                found: shown(content),
            }));
        } else {
            let entry = entry(content, &line).map_err(fail)?;
            if let Some(first) = seen.insert(entry.name.clone(), entry.line) {
                return Err(FileError::Duplicate {
                    file: name.to_owned(),
                    name: entry.name,
                    first,
                    line: line.number,
                });
            }
            file.entries.push(entry);
        }
    }
    match marker {
        Some(_) => Ok(file),
        None => Err(FileError::NoMarker {
            file: name.to_owned(),
        }),
    }
}

pub(crate) fn text_has_marker(text: &str) -> bool {
    text.lines().any(|line| line.trim() == "@EXPLICIT")
}

/// Takes what the comment says about the whole file.
fn header(file: &mut ExplicitFile, comment: &str) -> Result<(), LineFault> {
    let comment = comment.trim_start();
    if let Some(platform) = comment.strip_prefix("platform:") {
        let platform = platform.trim();
        let subdir = Subdir::from_str(platform).map_err(|_| LineFault::Platform {
            found: shown(platform),
        })?;
        file.platform.get_or_insert(subdir);
    } else if let Some(environment) = comment.strip_prefix("environment_name:") {
        file.environment_name
            .get_or_insert_with(|| environment.trim().to_owned());
    }
    Ok(())
}

fn entry(content: &str, line: &TextLine<'_>) -> Result<ExplicitEntry, LineFault> {
    let not_a_url = || LineFault::NotAUrl {
        found: shown(content),
    };
    if content.contains(char::is_whitespace) {
        return Err(not_a_url());
    }
    let mut url = Url::parse(content).map_err(|_| not_a_url())?;
    if !matches!(url.scheme(), "https" | "http" | "file") {
        return Err(not_a_url());
    }
    let hash = match url.fragment() {
        None => None,
        Some(fragment) => {
            Some(
                Hash::from_fragment(fragment).ok_or_else(|| LineFault::NotAHash {
                    found: shown(fragment),
                })?,
            )
        }
    };
    url.set_fragment(None);
    let archive = archive(&url).ok_or_else(|| LineFault::NotAnArchive {
        found: shown(
            url.path_segments()
                .and_then(|mut s| s.next_back())
                .unwrap_or_default(),
        ),
    })?;
    let subdir = subdir_segment(&url).and_then(|segment| Subdir::from_str(segment).ok());
    Ok(ExplicitEntry {
        hash,
        file: archive.file,
        name: archive.name,
        version: archive.version,
        build: archive.build,
        subdir,
        url,
        line: line.number,
        span: line.span.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "#environment_name: demo\r\n# platform: linux-64\r\n\r\n@EXPLICIT\r\n";

    #[test]
    fn every_byte_is_kept() {
        let text = format!(
            "{HEAD}\n  https://h/c/noarch/a-1-0.conda  \n# between\nfile:///c/linux-64/b-1!2-h_0.tar.bz2"
        );
        let file = read(&text, "x.env").unwrap();
        assert_eq!(file.text(), text);
        assert_eq!(file.platform, Some(Subdir::Linux64));
        assert_eq!(file.environment_name.as_deref(), Some("demo"));
        assert_eq!(file.entries.len(), 2);
        let last = &file.entries[1];
        assert_eq!(
            (last.line, &text[last.span.clone()]),
            (8, "file:///c/linux-64/b-1!2-h_0.tar.bz2")
        );
    }

    #[test]
    fn bad_lines_are_named_with_their_number() {
        let fault = |line: &str| match read(&format!("@EXPLICIT\n{line}\n"), "x") {
            Err(FileError::Line { line: 2, fault, .. }) => fault,
            other => panic!("{other:?}"),
        };
        assert!(matches!(fault("numpy=2.0"), LineFault::NotAUrl { .. }));
        assert!(matches!(
            fault("ftp://h/noarch/a-1-0.conda"),
            LineFault::NotAUrl { .. }
        ));
        assert!(matches!(
            fault("https://h/noarch/a-1-0.conda # why"),
            LineFault::NotAUrl { .. }
        ));
        assert!(matches!(
            fault("https://h/noarch/a-1-0.zip"),
            LineFault::NotAnArchive { .. }
        ));
        assert!(matches!(
            fault("https://h/noarch/a-1-0.conda#md5=00"),
            LineFault::NotAHash { .. }
        ));
        assert!(matches!(
            fault("# platform: vax-780"),
            LineFault::Platform { .. }
        ));
        assert!(matches!(
            fault("@EXPLICIT"),
            LineFault::SecondMarker { first: 1 }
        ));
    }

    #[test]
    fn what_stands_before_the_marker_and_a_missing_marker_are_told_apart() {
        let url = "https://h/noarch/a-1-0.conda";
        assert!(matches!(read(url, "x"), Err(FileError::NoMarker { .. })));
        assert!(matches!(read("", "x"), Err(FileError::NoMarker { .. })));
        assert!(matches!(
            read(&format!("{url}\n@EXPLICIT\n"), "x"),
            Err(FileError::Line {
                line: 1,
                fault: LineFault::BeforeMarker { .. },
                ..
            })
        ));
    }

    #[test]
    fn a_name_listed_twice_is_refused() {
        let text = "@EXPLICIT\nhttps://h/noarch/a-1-0.conda\nhttps://h/linux-64/A-2-0.tar.bz2\n";
        assert!(matches!(
            read(text, "x"),
            Err(FileError::Duplicate {
                first: 2,
                line: 3,
                ..
            })
        ));
    }
}
