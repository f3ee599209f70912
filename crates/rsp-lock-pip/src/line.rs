//! Lines that are for pip.

use std::str::FromStr;

use pep508_rs::{Requirement, VerbatimUrl, VersionOrUrl};

use crate::names::normal;

/// A line for pip.
#[derive(Clone, Debug, PartialEq)]
pub struct PipLine {
    /// As it was written, without a comment.
    pub text: String,
    /// The project's name as PyPI compares it; `None` where the line does not say.
    pub name: Option<String>,
    /// Where pip gets it from.
    pub kind: LineKind,
    /// The versions that are wanted, as PEP 440 writes them; empty if any.
    pub versions: String,
}

/// Where pip gets a project from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// From an index.
    Index,
    /// From a version control system.
    Git,
    /// From a file, as `pip freeze` writes what conda has installed.
    File,
    /// From a URL.
    Url,
}

/// A line that is not for pip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no requirement for pip: {problem}")]
pub struct BadLine {
    /// The line.
    pub text: String,
    /// What is wrong, in words.
    pub problem: String,
}

/// Reads one line, by PEP 508 and pip's own forms for version control systems.
pub fn parse_line(text: &str) -> Result<PipLine, BadLine> {
    let text = without_comment(text).trim();
    let bad = |problem: &str| BadLine {
        text: text.to_owned(),
        problem: problem.to_owned(),
    };
    if text.is_empty() {
        return Err(bad("it is empty"));
    }
    if text.starts_with('-') {
        return Err(bad("options of pip are not read"));
    }
    if is_vcs(text) {
        return Ok(PipLine {
            text: text.to_owned(),
            name: egg(text).or_else(|| last_part(text)).map(|n| normal(&n)),
            kind: LineKind::Git,
            versions: String::new(),
        });
    }
    if let Some((name, url)) = text.split_once(" @ ") {
        let name = name.split('[').next().unwrap_or(name).trim();
        if !is_project_name(name) {
            return Err(bad("what stands before the `@` is no name"));
        }
        let url = url.trim();
        return Ok(PipLine {
            text: text.to_owned(),
            name: Some(normal(name)),
            kind: if is_vcs(url) {
                LineKind::Git
            } else if url.starts_with("file:") {
                LineKind::File
            } else {
                LineKind::Url
            },
            versions: String::new(),
        });
    }
    // The parser of PEP 508 panics on a name that ends in a dot.
    if !is_project_name(leading_name(text)) {
        return Err(bad("it does not begin with the name of a project"));
    }
    let requirement = Requirement::<VerbatimUrl>::from_str(text)
        .map_err(|error| bad(error.to_string().lines().next().unwrap_or_default()))?;
    let versions = match &requirement.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(versions)) => versions.to_string(),
        _ => String::new(),
    };
    Ok(PipLine {
        text: text.to_owned(),
        name: Some(normal(requirement.name.as_ref())),
        kind: LineKind::Index,
        versions,
    })
}

/// A line with its number, counted from 1.
pub type Numbered<T> = (usize, T);

/// Reads a list, one line each; what is wrong comes with the number of its line.
pub fn parse_list(text: &str) -> (Vec<Numbered<PipLine>>, Vec<Numbered<BadLine>>) {
    let (mut lines, mut bad) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        if without_comment(line).trim().is_empty() {
            continue;
        }
        match parse_line(line) {
            Ok(line) => lines.push((index + 1, line)),
            Err(problem) => bad.push((index + 1, problem)),
        }
    }
    (lines, bad)
}

/// A `#` begins a comment at the start of a line or after a blank; `#egg=` does not.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        return "";
    }
    line.split_once(" #").map_or(line, |(before, _)| before)
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn is_project_name(name: &str) -> bool {
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    leading_name(name) == name
        && ends_well(name.chars().next())
        && ends_well(name.chars().next_back())
}

fn is_vcs(text: &str) -> bool {
    ["git+", "hg+", "svn+", "bzr+"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

fn egg(url: &str) -> Option<String> {
    let (_, fragment) = url.split_once('#')?;
    let egg = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("egg="))?;
    Some(egg.split('[').next()?.to_owned())
}

/// The last part of a repository's path, which mostly is the project's name.
fn last_part(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.split(['#', '?']).next()?;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let last = last.split('@').next()?.trim_end_matches(".git");
    (!last.is_empty()).then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_form_are_read() {
        for (text, name, kind, versions) in [
            ("nclib==1.0.0", Some("nclib"), LineKind::Index, "==1.0.0"),
            ("nbconvert[webpdf]", Some("nbconvert"), LineKind::Index, ""),
            (
                "rubin_jupyter_utils.lab",
                Some("rubin-jupyter-utils-lab"),
                LineKind::Index,
                "",
            ),
            (
                "ruamel.yaml>=0.15,<1  # why",
                Some("ruamel-yaml"),
                LineKind::Index,
                ">=0.15, <1",
            ),
            (
                "git+https://github.com/ericmandel/pyjs9",
                Some("pyjs9"),
                LineKind::Git,
                "",
            ),
            (
                "git+https://x.org/a/b.git@1f2e#egg=c_d",
                Some("c-d"),
                LineKind::Git,
                "",
            ),
            (
                "pyvo @ git+https://x.org/pyvo@main",
                Some("pyvo"),
                LineKind::Git,
                "",
            ),
            (
                "adal @ file:///home/conda/work",
                Some("adal"),
                LineKind::File,
                "",
            ),
            (
                "a @ https://x.org/a-1-py3-none-any.whl",
                Some("a"),
                LineKind::Url,
                "",
            ),
            (
                "pywin32>=1; sys_platform == 'win32'",
                Some("pywin32"),
                LineKind::Index,
                ">=1",
            ),
        ] {
            let line = parse_line(text).unwrap();
            assert_eq!(line.name.as_deref(), name, "{text}");
            assert_eq!(
                (line.kind, line.versions.as_str()),
                (kind, versions),
                "{text}"
            );
        }
        for text in [
            "",
            "# all",
            "-e .",
            "-r more.txt",
            "a b",
            "==1",
            "?? @ file:///x",
        ] {
            assert!(parse_line(text).is_err(), "{text}");
        }
        let (lines, bad) = parse_list("# head\n\na==1\n-e .\nb # x\n");
        assert_eq!(lines.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(bad[0].0, 4);
    }
}
