//! Writing explicit files that every client accepts.

use std::{borrow::Borrow, collections::HashMap, str::FromStr};

use rattler_conda_types::{PackageRecord, RepoDataRecord, Subdir};
use url::Url;

use super::{
    hash::{Hash, HashKind},
    order::dependency_order,
};
use crate::{
    archive::{archive, subdir_segment},
    error::{FileError, UrlFault},
    secret::{masked, secret},
};

/// How an explicit file is written.
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions<'a> {
    /// Which hash follows each URL.
    pub hash: HashKind,
    /// The platform the file is for.
    pub platform: Subdir,
    /// The version that the header names as the writer's, such as `0.4.0`.
    pub tool_version: &'a str,
    /// Written as `#environment_name:`, which the LSST stack reads back.
    pub environment_name: Option<&'a str>,
}

/// A SHA256 with `#sha256:` and the end of the line.
const LONGEST_HASH: usize = 73;

/// Renders an explicit file: header, marker, one URL a line in [`dependency_order`].
///
/// The text is the same for the same set of records, whatever their order.
///
/// # Errors
/// A record without the hash that is asked for ([`FileError::MissingHash`], all
/// of them at once), two records of one name, a record of another platform, a
/// URL that clients would misread or that holds a secret.
pub fn render<T: Borrow<RepoDataRecord>>(
    records: &[T],
    options: &RenderOptions<'_>,
) -> Result<String, FileError> {
    let records: Vec<Ordered<'_>> = records
        .iter()
        .map(|record| Ordered(record.borrow()))
        .collect();
    refuse_unusable(&records, options)?;
    let mut text = header(options)?;
    let urls = records.iter().map(|record| record.0.url.as_str().len());
    text.reserve(urls.map(|url| url + LONGEST_HASH).sum());
    for index in dependency_order(&records) {
        let Some(Ordered(record)) = records.get(index) else {
            continue;
        };
        text.push_str(record.url.as_str());
        if let Some(hash) = hash_of(record, options.hash) {
            text.push('#');
            hash.push_to(&mut text);
        }
        text.push('\n');
    }
    Ok(text)
}

/// A record that sorts by its package record.
struct Ordered<'a>(&'a RepoDataRecord);

impl AsRef<PackageRecord> for Ordered<'_> {
    fn as_ref(&self) -> &PackageRecord {
        &self.0.package_record
    }
}

fn header(options: &RenderOptions<'_>) -> Result<String, FileError> {
    let version = single_line("the tool version", options.tool_version)?;
    let environment = match options.environment_name {
        Some(name) => format!(
            "#environment_name: {}\n",
            single_line("the environment name", name)?
        ),
        None => String::new(),
    };
    Ok(format!(
        "{environment}# rsp-lock {version} explicit lock\n# platform: {}\n# created-by: rsp-lock {version}\n@EXPLICIT\n",
        options.platform
    ))
}

fn single_line<'a>(what: &str, text: &'a str) -> Result<&'a str, FileError> {
    if text.chars().any(char::is_control) {
        return Err(FileError::ControlCharacter {
            what: what.to_owned(),
        });
    }
    Ok(text)
}

fn refuse_unusable(records: &[Ordered<'_>], options: &RenderOptions<'_>) -> Result<(), FileError> {
    let mut without_hash = Vec::new();
    for Ordered(record) in records {
        check_url(record)?;
        let subdir = record.package_record.subdir.as_str();
        if subdir != options.platform.as_str() && subdir != Subdir::NoArch.as_str() {
            return Err(FileError::WrongSubdir {
                file: record.identifier.to_file_name(),
                subdir: subdir.to_owned(),
                platform: options.platform.to_string(),
            });
        }
        if options.hash != HashKind::None && hash_of(record, options.hash).is_none() {
            without_hash.push(record.identifier.to_file_name());
        }
    }
    if let Some((first, second)) = of_one_name(records) {
        return Err(FileError::DuplicateRecord {
            name: first.package_record.name.as_normalized().to_owned(),
            first: first.identifier.to_file_name(),
            second: second.identifier.to_file_name(),
        });
    }
    if without_hash.is_empty() {
        return Ok(());
    }
    without_hash.sort();
    Err(FileError::MissingHash {
        hash: options.hash.name(),
        files: without_hash,
    })
}

/// Two records of one name, in their order.
fn of_one_name<'r>(records: &[Ordered<'r>]) -> Option<(&'r RepoDataRecord, &'r RepoDataRecord)> {
    let name = |record: &Ordered<'r>| record.0.package_record.name.as_normalized();
    // An answer is sorted by name, and then there is nothing to look up.
    if records.is_sorted_by(|a, b| name(a) < name(b)) {
        return None;
    }
    let mut first = HashMap::with_capacity(records.len());
    records.iter().find_map(|record| {
        let known = first.insert(name(record), record.0)?;
        Some((known, record.0))
    })
}

fn hash_of(record: &RepoDataRecord, kind: HashKind) -> Option<Hash> {
    match kind {
        HashKind::Sha256 => record.package_record.sha256.map(Hash::Sha256),
        HashKind::Md5 => record.package_record.md5.map(Hash::Md5),
        HashKind::None => None,
    }
}

/// Whether the URL of a record may stand in a lockfile.
///
/// Clients read the subdir from the second last segment, name, version and
/// build from the last, and conda expands `$NAME`; nobody may read a secret.
///
/// # Errors
/// [`FileError::Url`] with the first reason against it.
pub fn check_url(record: &RepoDataRecord) -> Result<(), FileError> {
    match fault(&record.url, &record.package_record) {
        None => Ok(()),
        Some(fault) => Err(FileError::Url {
            url: masked(&record.url),
            fault,
        }),
    }
}

fn fault(url: &Url, record: &PackageRecord) -> Option<UrlFault> {
    if !matches!(url.scheme(), "https" | "http" | "file") {
        return Some(UrlFault::Scheme);
    }
    if let Some(secret) = secret(url) {
        return Some(UrlFault::Secret(secret));
    }
    if url.as_str().contains('$') {
        return Some(UrlFault::Dollar);
    }
    if url.fragment().is_some() {
        return Some(UrlFault::Fragment);
    }
    if is_plainly_called(url, record) {
        return None;
    }
    misread(url, record)
}

/// Whether the URL ends in `/<subdir>/<name>-<version>-<build>` and an extension to the letter,
/// so that there is only one way to read it.
fn is_plainly_called(url: &Url, record: &PackageRecord) -> bool {
    let (name, version) = (record.name.as_normalized(), record.version.as_str());
    let (subdir, build) = (record.subdir.as_str(), record.build.as_str());
    let root = || {
        let path = url.path();
        let stem = (path.strip_suffix(".conda")).or_else(|| path.strip_suffix(".tar.bz2"))?;
        let rest = stem.strip_suffix(build)?.strip_suffix('-')?;
        let rest = rest.strip_suffix(version.as_ref())?.strip_suffix('-')?;
        let rest = rest.strip_suffix(name)?.strip_suffix('/')?;
        rest.strip_suffix(subdir)?.strip_suffix('/')
    };
    let is_part = |text: &str| !text.is_empty() && !text.bytes().any(|b| matches!(b, b'/' | b'-'));
    root().is_some()
        && !url.path().contains('%')
        && !name.is_empty()
        && !name.contains('/')
        && is_part(&version)
        && is_part(build)
        && Subdir::from_str(subdir).is_ok()
}

/// What clients would read from the URL that its record does not say.
fn misread(url: &Url, record: &PackageRecord) -> Option<UrlFault> {
    let subdir = subdir_segment(url).filter(|segment| Subdir::from_str(segment).is_ok());
    if subdir != Some(record.subdir.as_str()) {
        return Some(UrlFault::Subdir);
    }
    let Some(archive) = archive(url) else {
        return Some(UrlFault::FileName);
    };
    let agrees = archive.name == record.name.as_normalized()
        && archive.version == record.version.as_str()
        && archive.build == record.build.as_str();
    (!agrees).then_some(UrlFault::Disagrees)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rattler_conda_types::{PackageName, VersionWithSource, package::BuildString};

    use super::*;

    fn record(subdir: &str, name: &str, version: &str, build: &str) -> PackageRecord {
        let version = VersionWithSource::new("1".parse().unwrap(), version);
        let build = BuildString::new_unchecked(build);
        let name = PackageName::try_from(name).unwrap_or_else(|_| PackageName::new_unchecked(name));
        let mut record = PackageRecord::new(name, version, build);
        record.subdir = subdir.to_owned();
        record
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Plainly called is just what reads as the record says, but for other spellings of it.
        #[test]
        fn what_is_plainly_called_so_is_read_so(
            before in "(/|/c/|/x|/c-|)",
            subdir in "(noarch|noarch|linux-64|64|)",
            [name, version, build] in [
                "(a|a|a|a-1|-a|b/a|A|%61|)",
                "(1|1|1|1-0|1/1|%31|)",
                "(0|0|0|0-0|0/0|%30|)",
            ],
            extension in r"(\.conda|\.conda|\.tar\.bz2|\.zip|)",
            seam in any::<prop::sample::Index>(),
            change in prop::option::of("([a1/-]|//|)"),
        ) {
            let mut path = format!("{before}{subdir}/{name}-{version}-{build}{extension}");
            if let Some(change) = change {
                let seams: Vec<_> = path.match_indices(['/', '-', '.']).collect();
                let (at, _) = *seam.get(&seams);
                path.replace_range(at..=at, &change);
            }
            let url = Url::parse(&format!("https://h{path}")).unwrap();
            let record = record(&subdir, &name, &version, &build);
            let other_spelling = path.contains('%') || name.contains('A');
            let is_read = misread(&url, &record).is_none();
            prop_assert_eq!(is_plainly_called(&url, &record), is_read && !other_spelling, "{}", url);
        }
    }
}
