//! One record: its text to a [`RepoDataRecord`], or the reason why it cannot be used.

use std::{collections::HashMap, sync::Arc};

use rattler_conda_types::{PackageRecord, RepoDataRecord, package::DistArchiveIdentifier};
use rsp_lock_index::pack::{self, check_stem, name_of_stem, normalize_name};
use rsp_lock_spec::{exact_name, parse_record_spec};
use url::Url;

use crate::document::reason;

/// What records of one subdir have in common.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// Subdir as records call it.
    pub(crate) subdir: Arc<str>,
    /// The URL below which its files lie, ending in `/`.
    pub(crate) files: Url,
    /// What [`RepoDataRecord::channel`] says.
    pub(crate) channel: Arc<str>,
}

impl From<&Home> for pack::Home {
    fn from(home: &Home) -> Self {
        Self {
            subdir: home.subdir.as_ref().into(),
            files: home.files.as_str().into(),
            channel: home.channel.as_ref().into(),
        }
    }
}

impl Home {
    /// Says in the record which subdir it is of, if it does not, and its name as names are compared.
    pub(crate) fn complete(&self, record: &mut PackageRecord) {
        normalize_name(record);
        if record.subdir.is_empty() {
            self.subdir.as_ref().clone_into(&mut record.subdir);
        }
    }
}

/// Parses a record. The error is a reason.
pub(crate) fn parse(
    file: &str,
    stem: &str,
    json: &[u8],
    home: &Home,
    specs: &mut Specs,
) -> Result<RepoDataRecord, String> {
    let mut record: PackageRecord = serde_json::from_slice(json).map_err(|e| reason(&e))?;
    home.complete(&mut record);
    let identifier: DistArchiveIdentifier = file
        .parse()
        .map_err(|_| "the file name is not name-version-build".to_owned())?;
    check(&record, stem, specs)?;
    let url = home.files.join(file).map_err(|error| error.to_string())?;
    Ok(RepoDataRecord {
        package_record: record,
        identifier,
        url,
        channel: Some(home.channel.as_ref().to_owned()),
    })
}

/// What makes a parsed record unusable.
pub(crate) fn check(record: &PackageRecord, stem: &str, specs: &mut Specs) -> Result<(), String> {
    check_stem(stem)?;
    let name = name_of_stem(stem).unwrap_or_default();
    if !record.name.as_normalized().eq_ignore_ascii_case(name) {
        return Err(format!(
            "its name is `{}`, but its file is named for `{name}`",
            record.name.as_source().escape_debug()
        ));
    }
    let extras = record.extra_depends.values().flatten();
    for (what, text) in (record.depends.iter().map(|text| ("dependency", text)))
        .chain(record.constrains.iter().map(|text| ("constraint", text)))
        .chain(extras.map(|text| ("optional dependency", text)))
    {
        if let Err(why) = specs.name(text) {
            return Err(format!(
                "the {what} `{}` cannot be read: {why}",
                text.escape_debug()
            ));
        }
    }
    Ok(())
}

/// Specs that were parsed already: records repeat each other's dependencies.
#[derive(Debug, Default)]
pub(crate) struct Specs {
    seen: HashMap<String, Result<Arc<str>, String>>,
}

impl Specs {
    /// The name a dependency asks for, in lower case; the error is a reason.
    pub(crate) fn name(&mut self, text: &str) -> Result<Arc<str>, &str> {
        // Two lookups for a new text, one for a known one, and no copy of the text then.
        if !self.seen.contains_key(text) {
            let parsed = parse_record_spec(text)
                .map(|spec| Arc::from(exact_name(&spec).as_normalized()))
                .map_err(|bad| bad.problem);
            self.seen.insert(text.to_owned(), parsed);
        }
        match self.seen.get(text) {
            Some(Ok(name)) => Ok(name.clone()),
            Some(Err(why)) => Err(why),
            None => Err("it was lost"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home {
            subdir: "linux-64".into(),
            files: "https://conda.example.org/main/linux-64/".parse().unwrap(),
            channel: "https://conda.example.org/main/".into(),
        }
    }

    fn parsed(file: &str, json: &str) -> Result<RepoDataRecord, String> {
        let stem = file.strip_suffix(".conda").unwrap();
        parse(file, stem, json.as_bytes(), &home(), &mut Specs::default())
    }

    #[test]
    fn a_record_knows_its_url_subdir_and_channel() {
        let record = parsed(
            "x264-1!164.3095-h166bdaf_2.conda",
            r#"{"name":"x264","version":"1!164.3095","build":"h166bdaf_2","build_number":2,
                "depends":["libgcc >=12","ruamel.yaml>=0.15.0,>0.16.0",
                "__archspec 1.* ^(core2|zen)$","parsl ==2026.02.09"]}"#,
        )
        .unwrap();
        assert_eq!(
            record.url.as_str(),
            "https://conda.example.org/main/linux-64/x264-1!164.3095-h166bdaf_2.conda"
        );
        assert_eq!(record.package_record.subdir, "linux-64");
        assert_eq!(
            record.channel.as_deref(),
            Some("https://conda.example.org/main/")
        );
    }

    #[test]
    fn unusable_records_say_why() {
        let record = |extra: &str| {
            format!(r#"{{"name":"a","version":"1","build":"0","build_number":0{extra}}}"#)
        };
        for (json, part) in [
            (
                r#"{"version":"1","build":"0","build_number":0}"#.to_owned(),
                "missing field `name`",
            ),
            ("[]".to_owned(), "invalid"),
            ("null".to_owned(), "invalid"),
            (record("").replace("\"a\"", "\"b\""), "its name is `b`"),
            (record("").replace("\"1\"", "\"1..2 x\""), "version"),
            (
                record(r#","depends":["numpy >>1"]"#),
                "the dependency `numpy >>1` cannot be read",
            ),
            (record(r#","depends":["py*"]"#), "the dependency `py*`"),
            (record(r#","depends":[""]"#), "the dependency ``"),
            (record(r#","constrains":["a ==="]"#), "the constraint"),
            (record(r#","depends":"numpy""#), "invalid type"),
            (record(r#","sha256":"abc""#), ""),
            (record(r#","size":-1"#), ""),
        ] {
            let why = parsed("a-1-0.conda", &json).expect_err(&json);
            assert!(why.contains(part), "{json}: {why}");
        }
    }

    #[test]
    fn stems_split_from_the_right() {
        assert_eq!(name_of_stem("a-b-1.0-h_0"), Some("a-b"));
        assert_eq!(name_of_stem("a-1"), None);
        assert_eq!(name_of_stem("-1-0"), None);
    }
}
