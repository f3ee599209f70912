//! A tiny text language for the records of channels.
//!
//! ```text
//! # Records before the first `channel` line belong to conda-forge.
//! channel conda-forge
//! python 3.13.0 0_cp313    ; ts 2024-10-07
//! numpy  2.1.0  py313_0    : python >=3.13,<3.14.0a0, libblas * ; constrains numba >=0.60 ; ts 2024-10-20
//! tzdata 2024a             ; noarch
//! channel https://conda.example.org/lsstts/
//! ts-salobj 8.0 py_0       : python ; noarch ; extra test: pytest, numpy >=2
//! ```
//!
//! A line is `NAME VERSION [BUILD] [: DEPENDENCY, DEPENDENCY…]` and then parts
//! after `;`. A comma followed by a blank parts dependencies, so that version
//! ranges stay whole. Without a build it is `0`. The parts:
//!
//! - `constrains SPEC, SPEC…`
//! - `ts DATE` or `ts INSTANT`: when it was published; without it nobody knows
//! - `track FEATURE…`
//! - `number N`: the build number; without it, what follows the build's last `_`, or 0
//! - `noarch`, or `subdir SUBDIR`; without it linux-64
//! - `tarbz2`: the old archive format
//! - `size N`: the bytes of the file; without it about as many as the line has
//! - `extra NAME: SPEC, SPEC…`
//!
//! What follows ` #` is a comment. Hashes are made from the text, so that equal
//! texts make equal records on every machine.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rattler_conda_types::{
    NoArchType, PackageRecord, RepoDataRecord, VersionWithSource, package::DistArchiveIdentifier,
    utils::TimestampMs,
};
use rattler_digest::{Md5, Sha256, compute_bytes_digest};
use url::Url;

/// Channels and their records.
#[derive(Clone, Debug, Default)]
pub struct Universe {
    /// In the order of the text.
    pub channels: Vec<TestChannel>,
}

/// A channel and its records.
#[derive(Clone, Debug)]
pub struct TestChannel {
    /// As the text has it.
    pub name: String,
    /// Its URL with a trailing `/`, which is what its records say.
    pub url: String,
    /// In the order of the text.
    pub records: Vec<RepoDataRecord>,
}

/// A text that is not a universe: the line, counted from 1, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniverseError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl std::fmt::Display for UniverseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} of the universe: {}", self.line, self.problem)
    }
}

impl std::error::Error for UniverseError {}

impl Universe {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, UniverseError> {
        let mut channels: Vec<TestChannel> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |problem: String| UniverseError {
                line: index + 1,
                problem,
            };
            if let Some(name) = line.strip_prefix("channel ") {
                channels.push(channel(name.trim()));
                continue;
            }
            if channels.is_empty() {
                channels.push(channel("conda-forge"));
            }
            if let Some(channel) = channels.last_mut() {
                let record = record(line, &channel.url).map_err(at)?;
                channel.records.push(record);
            }
        }
        Ok(Self { channels })
    }

    /// Reads a text of a test, which is right.
    ///
    /// # Panics
    /// If it is not.
    pub fn of(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    /// All records, channel by channel.
    pub fn records(&self) -> impl Iterator<Item = &RepoDataRecord> {
        self.channels.iter().flat_map(|channel| &channel.records)
    }

    /// The record of `name version build`; the build may be left out.
    ///
    /// # Panics
    /// If there is none.
    pub fn record(&self, text: &str) -> &RepoDataRecord {
        let mut parts = text.split_whitespace();
        let (name, version, build) = (parts.next(), parts.next(), parts.next());
        self.records()
            .find(|record| {
                let package = &record.package_record;
                Some(package.name.as_normalized()) == name
                    && Some(package.version.as_str().as_ref()) == version
                    && build.is_none_or(|build| package.build.as_str() == build)
            })
            .unwrap_or_else(|| panic!("the universe has no `{text}`"))
    }
}

/// `name version build`, as tests compare it.
pub fn short(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!(
        "{} {} {}",
        package.name.as_normalized(),
        package.version,
        package.build
    )
}

fn channel(name: &str) -> TestChannel {
    let url = if name.contains("://") {
        format!("{}/", name.trim_end_matches('/'))
    } else {
        format!("https://conda.anaconda.org/{name}/")
    };
    TestChannel {
        name: name.to_owned(),
        url,
        records: Vec::new(),
    }
}

fn record(line: &str, channel: &str) -> Result<RepoDataRecord, String> {
    let mut parts = split_outside(line, |rest| rest.starts_with(';')).into_iter();
    let head = parts.next().unwrap_or_default();
    let (names, depends) = match head.split_once(" :") {
        Some((names, depends)) => (names, depends),
        None => (head.trim_end_matches(':'), ""),
    };
    let mut names = names.split_whitespace();
    let (Some(name), Some(version)) = (names.next(), names.next()) else {
        return Err(format!("expected `NAME VERSION [BUILD] …`, found `{head}`"));
    };
    let build = names.next().unwrap_or("0");
    if let Some(more) = names.next() {
        return Err(format!("expected ` : ` or ` ; ` before `{more}`"));
    }
    let mut package = PackageRecord::new(
        name.parse()
            .map_err(|error| format!("`{name}` is not a package name: {error}"))?,
        version
            .parse::<VersionWithSource>()
            .map_err(|error| format!("`{version}` is not a version: {error}"))?,
        build
            .parse()
            .map_err(|error| format!("`{build}` is not a build: {error}"))?,
    );
    let after = build.rsplit('_').next().unwrap_or(build);
    package.build_number = after.parse().unwrap_or(0);
    package.depends = specs(depends);
    "linux-64".clone_into(&mut package.subdir);
    let mut archive = "conda";
    package.size = Some(1000 + line.len() as u64);
    for part in parts {
        let (key, value) = part.split_once(' ').unwrap_or((part, ""));
        match key {
            "constrains" => package.constrains = specs(value),
            "ts" => package.timestamp = Some(timestamp(value)?),
            "track" => {
                package.track_features = value.split_whitespace().map(str::to_owned).collect();
            }
            "number" => {
                package.build_number = value
                    .trim()
                    .parse()
                    .map_err(|_| format!("`{value}` is not a build number"))?;
            }
            "size" => {
                let bytes = value.trim().parse();
                package.size = Some(bytes.map_err(|_| format!("`{value}` is no size in bytes"))?);
            }
            "noarch" => {
                package.noarch = NoArchType::generic();
                "noarch".clone_into(&mut package.subdir);
            }
            "subdir" => value.trim().clone_into(&mut package.subdir),
            "tarbz2" => archive = "tar.bz2",
            "extra" => {
                let (extra, depends) = value
                    .split_once(':')
                    .ok_or_else(|| format!("expected `extra NAME: SPEC, …`, found `{part}`"))?;
                let known = package.extra_depends.entry(extra.trim().to_owned());
                known.or_default().extend(specs(depends));
            }
            _ => {
                return Err(format!(
                    "`{key}` is not a part of a record; there are `constrains`, `ts`, `track`, \
                     `number`, `size`, `noarch`, `subdir`, `tarbz2` and `extra`"
                ));
            }
        }
    }
    package.sha256 = Some(compute_bytes_digest::<Sha256>(line));
    package.md5 = Some(compute_bytes_digest::<Md5>(line));
    let file = format!("{name}-{version}-{build}.{archive}");
    let url = format!("{channel}{}/{file}", package.subdir);
    Ok(RepoDataRecord {
        identifier: DistArchiveIdentifier::try_from_filename(&file)
            .ok_or_else(|| format!("`{file}` is not the name of a package"))?,
        url: Url::parse(&url).map_err(|error| format!("`{url}` is not a URL: {error}"))?,
        channel: Some(channel.to_owned()),
        package_record: package,
    })
}

/// Parts at `;` that is neither in quotes nor in brackets.
fn split_outside(text: &str, is_end: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut is_quoted, mut start) = (0_usize, false, 0);
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        match c {
            '"' => is_quoted = !is_quoted,
            '[' if !is_quoted => depth += 1,
            ']' if !is_quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 && !is_quoted && is_end(rest) => {
                parts.push(text.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    parts
}

fn specs(text: &str) -> Vec<String> {
    split_outside(text, |rest| rest.starts_with(", "))
        .into_iter()
        .filter(|spec| !spec.is_empty())
        .map(str::to_owned)
        .collect()
}

fn timestamp(text: &str) -> Result<TimestampMs, String> {
    let text = text.trim();
    let day = |text: &str| {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    day(text)
        .or_else(|| text.parse::<Timestamp>().ok())
        .map(TimestampMs::from_timestamp_millis)
        .ok_or_else(|| {
            format!(
                "`{text}` is neither a date (`2021-01-01`) nor an instant (`2021-01-01T00:00:00Z`)"
            )
        })
}

/// Records by name, each in the order given.
pub fn by_name(records: &[RepoDataRecord]) -> BTreeMap<&str, Vec<&RepoDataRecord>> {
    let mut names: BTreeMap<&str, Vec<&RepoDataRecord>> = BTreeMap::new();
    for record in records {
        let name = record.package_record.name.as_normalized();
        names.entry(name).or_default().push(record);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_everything_of_a_record() {
        let universe = Universe::of(
            r#"
            numpy 2.1.0 py313_3 : python >=3.13,<3.14.0a0, blas *[when="a; b"] ; constrains numba >=0.60, x ; ts 2024-10-20 ; track f g
            channel lsstts
            salobj 8 : python ; noarch ; tarbz2 ; extra test: pytest, numpy >=2 # a comment
            "#,
        );
        let [forge, lsstts] = universe.channels.as_slice() else {
            panic!("two channels");
        };
        let numpy = &forge.records[0];
        let package = &numpy.package_record;
        assert_eq!(
            package.depends,
            ["python >=3.13,<3.14.0a0", r#"blas *[when="a; b"]"#]
        );
        assert_eq!(package.constrains, ["numba >=0.60", "x"]);
        assert_eq!(package.build_number, 3);
        assert_eq!(package.track_features, ["f", "g"]);
        assert_eq!(
            numpy.url.as_str(),
            "https://conda.anaconda.org/conda-forge/linux-64/numpy-2.1.0-py313_3.conda"
        );
        let salobj = &lsstts.records[0];
        assert_eq!(
            salobj.url.as_str(),
            "https://conda.anaconda.org/lsstts/noarch/salobj-8-0.tar.bz2"
        );
        assert_eq!(salobj.package_record.extra_depends["test"].len(), 2);
        assert_ne!(salobj.package_record.sha256, package.sha256);
    }

    #[test]
    fn a_slip_is_told_with_its_line() {
        let error = Universe::parse("a 1\n\nb 1 ; constrain c").unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.to_string().contains("`constrains`"), "{error}");
        assert!(Universe::parse("a").is_err());
        assert!(Universe::parse("a 1 0 b").is_err());
        assert!(Universe::parse("a 1 ; ts soon").is_err());
    }
}
