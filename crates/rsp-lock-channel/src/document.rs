//! A repodata document as a table of contents: where each record's text is, by name.
//!
//! One pass over the JSON checks its syntax and notes file names and byte ranges;
//! records are parsed when their name is asked for. The text stays in memory once.

mod contents;

use std::{borrow::Cow, cmp::Ordering, ops::Range};

use rsp_lock_index::pack::name_of_stem;

use self::contents::Contents;
use crate::local::describe_start;

/// The text of a repodata document with its table of contents.
#[derive(Debug)]
pub(crate) struct Document {
    text: Vec<u8>,
    /// `info.base_url`.
    pub(crate) base_url: Option<String>,
    /// By name (ignoring case), stem, and preference of the archive type.
    entries: Vec<Entry>,
    /// File names that are written with escapes in the text.
    escaped: Vec<Box<str>>,
    /// Files listed under `removed`, sorted.
    removed: Vec<String>,
    /// Files whose name already rules them out, with the reason.
    pub(crate) unusable: Vec<(String, String)>,
}

/// Where a record is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Start of the file name in the text, or its place in `escaped`.
    key: usize,
    key_len: u32,
    is_escaped: bool,
    is_v3: bool,
    archive: Archive,
    name_len: u32,
    stem_len: u32,
    value: usize,
    value_len: u32,
}

/// The archive types that are used, the preferred first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Archive {
    Conda,
    TarBz2,
}

impl Archive {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Conda => ".conda",
            Self::TarBz2 => ".tar.bz2",
        }
    }

    fn split(file: &str) -> Option<(&str, Self)> {
        [Self::Conda, Self::TarBz2].into_iter().find_map(|archive| {
            let stem = file.strip_suffix(archive.extension())?;
            Some((stem, archive))
        })
    }
}

/// A record's file name and text.
pub(crate) struct Listed<'a> {
    /// With extension.
    pub(crate) file: Cow<'a, str>,
    /// Without extension.
    pub(crate) stem: &'a str,
    /// The JSON object.
    pub(crate) json: &'a [u8],
}

/// What is wrong with a document as a whole.
#[derive(Debug)]
pub(crate) struct DocumentFault {
    /// Byte of the text.
    pub(crate) position: Option<u64>,
    /// What is there.
    pub(crate) found: String,
}

impl Document {
    /// What a document should be, for messages.
    pub(crate) const EXPECTED: &'static str =
        "a repodata document (a JSON object with `packages` or `packages.conda`)";

    /// Reads the table of contents.
    pub(crate) fn index(text: Vec<u8>) -> Result<Self, DocumentFault> {
        if text.trim_ascii_start().first() != Some(&b'{') {
            return Err(DocumentFault {
                position: Some(0),
                found: describe_start(&text).to_owned(),
            });
        }
        let contents = contents::read(&text).map_err(|error| DocumentFault {
            position: position(&text, &error),
            found: if error.is_eof() {
                "the text ends in the middle".to_owned()
            } else {
                reason(&error)
            },
        })?;
        if !contents.has_records {
            return Err(DocumentFault {
                position: None,
                found: "a JSON object without `packages`".to_owned(),
            });
        }
        let Contents {
            base_url,
            entries,
            escaped,
            mut removed,
            unusable,
            ..
        } = contents;
        removed.sort();
        removed.dedup();
        let mut document = Self {
            text,
            base_url,
            entries: Vec::new(),
            escaped,
            removed,
            unusable,
        };
        document.entries = document.sorted(entries);
        Ok(document)
    }

    /// Sorts entries and drops those that a later one of the same file replaces: `v3`
    /// replaces the older sections (CEP 48), a repeated key the earlier one.
    fn sorted(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        // The sort is stable, so equal files stay in the order of the text.
        entries.sort_by(|a, b| self.compare(a, b).then(a.is_v3.cmp(&b.is_v3)));
        let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match kept.last_mut() {
                Some(last) if self.compare(last, &entry) == Ordering::Equal => *last = entry,
                _ => kept.push(entry),
            }
        }
        kept
    }

    fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        compare_names(self.name(a), self.name(b))
            .then_with(|| self.stem(a).cmp(self.stem(b)))
            .then(a.archive.cmp(&b.archive))
    }

    fn key(&self, entry: &Entry) -> &str {
        if entry.is_escaped {
            self.escaped.get(entry.key).map_or("", AsRef::as_ref)
        } else {
            let range = entry.key..entry.key + entry.key_len as usize;
            let bytes = self.text.get(range).unwrap_or_default();
            std::str::from_utf8(bytes).unwrap_or_default()
        }
    }

    fn stem(&self, entry: &Entry) -> &str {
        self.key(entry).get(..entry.stem_len as usize).unwrap_or("")
    }

    fn name(&self, entry: &Entry) -> &str {
        self.key(entry).get(..entry.name_len as usize).unwrap_or("")
    }

    /// The records of a name (lower case), grouped by stem, `.conda` before `.tar.bz2`;
    /// removed files are left out.
    pub(crate) fn listed(&self, name: &str) -> impl Iterator<Item = Listed<'_>> {
        self.range(name)
            .into_iter()
            .flat_map(|range| self.entries.get(range).unwrap_or_default())
            .map(|entry| {
                let stem = self.stem(entry);
                let file = if entry.is_v3 {
                    Cow::Owned(format!("{stem}{}", entry.archive.extension()))
                } else {
                    Cow::Borrowed(self.key(entry))
                };
                let range = entry.value..entry.value + entry.value_len as usize;
                Listed {
                    file,
                    stem,
                    json: self.text.get(range).unwrap_or_default(),
                }
            })
            .filter(|listed| !self.is_removed(&listed.file))
    }

    fn range(&self, name: &str) -> Option<Range<usize>> {
        let start = self
            .entries
            .partition_point(|entry| compare_names(self.name(entry), name).is_lt());
        let rest = self.entries.get(start..)?;
        let len = rest.partition_point(|entry| compare_names(self.name(entry), name).is_eq());
        Some(start..start + len)
    }

    fn is_removed(&self, file: &str) -> bool {
        self.removed
            .binary_search_by(|removed| removed.as_str().cmp(file))
            .is_ok()
    }

    /// Files of a name (lower case) that are listed as removed.
    pub(crate) fn removed(&self, name: &str) -> impl Iterator<Item = &str> {
        self.removed.iter().map(String::as_str).filter(move |file| {
            Archive::split(file)
                .and_then(|(stem, _)| name_of_stem(stem))
                .is_some_and(|found| compare_names(found, name).is_eq())
        })
    }

    /// All names, in lower case, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for entry in &self.entries {
            let name = self.name(entry);
            if names
                .last()
                .is_none_or(|last| compare_names(last, name).is_ne())
            {
                names.push(name.to_ascii_lowercase());
            }
        }
        names
    }
}

fn compare_names(a: &str, b: &str) -> Ordering {
    let lower = |name: &str| name.as_bytes().to_ascii_lowercase();
    if a.bytes()
        .chain(b.bytes())
        .any(|byte| byte.is_ascii_uppercase())
    {
        lower(a).cmp(&lower(b))
    } else {
        a.cmp(b)
    }
}

/// The byte of the text that an error is about.
fn position(text: &[u8], error: &serde_json::Error) -> Option<u64> {
    if error.line() == 0 {
        return None;
    }
    let before: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line() - 1)
        .map(<[u8]>::len)
        .sum();
    u64::try_from((before + error.column()).min(text.len())).ok()
}

/// The message of an error without the line and column at its end.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&end).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(document: &Document, name: &str) -> Vec<String> {
        document.listed(name).map(|l| l.file.into_owned()).collect()
    }

    #[test]
    fn finds_records_by_name_and_prefers_conda_and_v3() {
        let document = Document::index(
            br#"{"info":{"subdir":"noarch","base_url":"../x"},
                "packages":{"b-1-0.tar.bz2":{"v":1},"a-b-1-0.tar.bz2":{},"a-1-0.tar.bz2":{}},
                "packages.conda":{"b-1-0.conda":{"v":2},"a\u002d1-\u0030.conda":{}},
                "v3":{"conda":{"b-1-0":{"v":3}},"whl":{"w-1-0":{}}},
                "removed":["a-1-0.tar.bz2"],"unknown":[1,{}]}"#
                .to_vec(),
        )
        .unwrap();
        assert_eq!(document.base_url.as_deref(), Some("../x"));
        assert_eq!(document.names(), ["a", "a-b", "b"]);
        assert_eq!(files(&document, "a"), ["a-1-0.conda"]);
        assert_eq!(files(&document, "a-b"), ["a-b-1-0.tar.bz2"]);
        assert_eq!(files(&document, "b"), ["b-1-0.conda", "b-1-0.tar.bz2"]);
        let v3 = document.listed("b").next().unwrap();
        assert_eq!(v3.json, br#"{"v":3}"#);
        assert_eq!(files(&document, "c"), [""; 0]);
        assert_eq!(document.removed("a").collect::<Vec<_>>(), ["a-1-0.tar.bz2"]);
    }

    #[test]
    fn hostile_file_names_are_set_aside_with_a_reason() {
        let document = Document::index(
            br#"{"packages":{"../../evil-1-0.tar.bz2":{},"a\u002f..-1-0.tar.bz2":{},
                "x-1-0.exe":{},"noversion.conda":{},"q?-1-0.conda":{},"..-1-0.conda":{},
                "ok-1!2.0+l-h_1.conda":{}}}"#
                .to_vec(),
        )
        .unwrap();
        assert_eq!(document.names(), ["ok"]);
        let unusable: Vec<&str> = document.unusable.iter().map(|(f, _)| f.as_str()).collect();
        assert_eq!(
            unusable,
            [
                "../../evil-1-0.tar.bz2",
                "a/..-1-0.tar.bz2",
                "x-1-0.exe",
                "noversion.conda",
                "q?-1-0.conda",
                "..-1-0.conda"
            ]
        );
    }

    #[test]
    fn what_is_not_repodata_is_described_with_its_place() {
        for (text, position, found) in [
            ("", Some(0), "the file is empty"),
            ("<!DOCTYPE html><html>", Some(0), "an HTML or XML page"),
            ("[]", Some(0), "plain JSON"),
            ("{}", None, "a JSON object without `packages`"),
            (
                "{\"packages\":{\"a-1-0.conda\":{\"n",
                Some(30),
                "the text ends in the middle",
            ),
            (
                "{\"packages\":\n[]}",
                Some(15),
                "invalid type: sequence, expected an object of records",
            ),
            ("{\"packages\":{}}x", Some(16), "trailing characters"),
        ] {
            let fault = Document::index(text.as_bytes().to_vec()).unwrap_err();
            assert_eq!(
                (fault.position, fault.found.as_str()),
                (position, found),
                "{text}"
            );
        }
    }
}
