//! Every locked file by itself: record, channel, subdir, hashes.

use rattler_conda_types::{RepoDataRecord, Subdir};
use url::Url;

use crate::{
    finding::{Finding, HashKind, Package},
    satisfies::{below_channel, starts_with_subdir},
    subject::{Entry, Subject},
};

/// What is wrong with a file whatever else is locked. `equivalent` looks for a
/// replacement of a file from a channel that is not allowed.
pub(crate) fn findings(
    subject: &Subject<'_>,
    entry: &Entry<'_>,
    equivalent: impl Fn() -> Option<Url>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    match entry.record {
        None => findings.push(Finding::NoMetadata {
            url: entry.url.clone(),
        }),
        Some(record) => findings.extend(identity(entry, record)),
    }
    if !is_allowed(subject, entry) {
        findings.push(Finding::ForeignChannel {
            url: entry.url.clone(),
            equivalent: equivalent(),
        });
    }
    if let Some(subdir) = subdir(entry)
        && subdir != subject.subdir.as_str()
        && subdir != Subdir::NoArch.as_str()
    {
        findings.push(Finding::WrongSubdir {
            url: entry.url.clone(),
            subdir: subdir.to_owned(),
            platform: subject.subdir,
        });
    }
    if let Some(record) = entry.record {
        let package = &record.package_record;
        let sha256 = package.sha256.as_ref().map(|hash| &hash[..]);
        let md5 = package.md5.as_ref().map(|hash| &hash[..]);
        findings.extend(hash(
            record,
            HashKind::Sha256,
            entry.sha256.as_deref(),
            sha256,
        ));
        findings.extend(hash(record, HashKind::Md5, entry.md5.as_deref(), md5));
    }
    findings
}

fn identity(entry: &Entry<'_>, record: &RepoDataRecord) -> Option<Finding> {
    if entry.url != &record.url && last_segment(entry.url) != last_segment(&record.url) {
        return Some(Finding::WrongRecord {
            url: entry.url.clone(),
            file: record.identifier.to_file_name(),
        });
    }
    let named = &record.identifier.identifier;
    let package = &record.package_record;
    let agrees = named
        .name
        .eq_ignore_ascii_case(package.name.as_normalized())
        && named.version == package.version.as_str()
        && named.build_string == package.build.as_str();
    (!agrees).then(|| Finding::MisnamedFile {
        package: Package::of(record),
    })
}

/// A channel's files are below `CHANNEL/SUBDIR/`. What is deeper or flatter
/// counts only if the channel itself says that the file is there, as
/// `info.base_url` may: `CHANNEL/label/NAME/SUBDIR/` is another channel.
fn is_allowed(subject: &Subject<'_>, entry: &Entry<'_>) -> bool {
    if subject.channels.is_empty() {
        return true;
    }
    let told = entry.record.is_some_and(|record| &record.url == entry.url);
    subject
        .channels
        .iter()
        .filter_map(|channel| below_channel(channel, entry.url))
        .any(
            |path| match path.bytes().filter(|byte| *byte == b'/').count() {
                1 => starts_with_subdir(path),
                0 => told,
                _ => told && starts_with_subdir(path),
            },
        )
}

/// The subdir of a file: of its URL, or where the URL has none, of its record.
fn subdir<'e>(entry: &Entry<'e>) -> Option<&'e str> {
    let mut segments = entry.url.path_segments()?;
    let _file = segments.next_back();
    match segments.next_back() {
        Some(segment) if segment.parse::<Subdir>().is_ok() => Some(segment),
        _ => entry
            .record
            .map(|record| record.package_record.subdir.as_str()),
    }
}

fn last_segment(url: &Url) -> Option<&str> {
    url.path_segments()?.next_back()
}

fn hash(
    record: &RepoDataRecord,
    kind: HashKind,
    locked: Option<&str>,
    expected: Option<&[u8]>,
) -> Option<Finding> {
    let locked = locked?;
    match expected {
        None => Some(Finding::HashUnknown {
            file: record.identifier.to_file_name(),
            kind,
        }),
        Some(expected) if hex::decode(locked).is_ok_and(|locked| locked == expected) => None,
        Some(expected) => Some(Finding::HashMismatch {
            file: record.identifier.to_file_name(),
            kind,
            locked: locked.to_owned(),
            expected: hex::encode(expected),
        }),
    }
}
