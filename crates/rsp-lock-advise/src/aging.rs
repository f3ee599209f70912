//! What time has done to the records of a lock.

use std::collections::BTreeMap;

use rattler_conda_types::{PackageRecord, RepoDataRecord};
use rsp_lock_spec::parse_record_spec;

/// What has become of one locked record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The channels have it with other bytes.
    OtherBytes,
    /// The channels say that it was removed.
    Removed {
        /// What took its place, if anything did.
        replacement: Option<Replacement>,
    },
    /// The channels do not mention it, though the URL may still work.
    Gone {
        /// What took its place, if anything did.
        replacement: Option<Replacement>,
    },
    /// The channels have it, and its metadata was patched.
    Patched {
        /// Dependencies and constraints that the lock has and the channels no longer.
        lost: Vec<String>,
        /// Those that the channels have now.
        gained: Vec<String>,
        /// Those of today that another locked package does not meet, with that package.
        broken: Vec<(String, String)>,
        /// Those of today that no version can meet.
        impossible: Vec<String>,
    },
}

/// What took the place of a record that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Name, version and build.
    pub record: String,
    /// It is another build of the version that was withdrawn, so the fault that made
    /// somebody withdraw it may be in it as well.
    pub same_version: bool,
}

/// A locked record and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aging {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// What has become of it.
    pub fate: Fate,
}

/// Compares the records of a lock with what channels say today; what is as it was is
/// left out. `removed` are the files that the channels list as removed.
pub fn aging(
    locked: &[RepoDataRecord],
    today: &[RepoDataRecord],
    removed: &[String],
) -> Vec<Aging> {
    let mut by_name: BTreeMap<&str, Vec<&RepoDataRecord>> = BTreeMap::new();
    for record in today {
        let name = record.package_record.name.as_normalized();
        by_name.entry(name).or_default().push(record);
    }
    let versions: BTreeMap<&str, &PackageRecord> = locked
        .iter()
        .map(|record| {
            (
                record.package_record.name.as_normalized(),
                &record.package_record,
            )
        })
        .collect();
    locked
        .iter()
        .filter_map(|old| {
            let name = old.package_record.name.as_normalized();
            let candidates = by_name.get(name).map_or(&[][..], Vec::as_slice);
            let file = old.identifier.to_file_name();
            let fate = if let Some(now) = candidates.iter().find(|now| now.url == old.url) {
                compared(old, now, &versions)?
            } else {
                let replacement = replacement(old, candidates);
                let path = format!("{}/{file}", old.package_record.subdir);
                if removed.iter().any(|gone| *gone == path || *gone == file) {
                    Fate::Removed { replacement }
                } else {
                    Fate::Gone { replacement }
                }
            };
            Some(Aging {
                name: name.to_owned(),
                file,
                fate,
            })
        })
        .collect()
}

fn compared(
    old: &RepoDataRecord,
    now: &RepoDataRecord,
    locked: &BTreeMap<&str, &PackageRecord>,
) -> Option<Fate> {
    let (was, is) = (&old.package_record, &now.package_record);
    let differs =
        |a: Option<&[u8]>, b: Option<&[u8]>| matches!((a, b), (Some(a), Some(b)) if a != b);
    let sha = |r: &PackageRecord| r.sha256.map(|h| h.to_vec());
    let md5 = |r: &PackageRecord| r.md5.map(|h| h.to_vec());
    if differs(sha(was).as_deref(), sha(is).as_deref())
        || differs(md5(was).as_deref(), md5(is).as_deref())
    {
        return Some(Fate::OtherBytes);
    }
    let lines = |record: &PackageRecord| -> Vec<String> {
        let constrains = record
            .constrains
            .iter()
            .map(|line| format!("constrains {line}"));
        record.depends.iter().cloned().chain(constrains).collect()
    };
    let (before, after) = (lines(was), lines(is));
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).cloned().collect()
    };
    let (lost, gained) = (only(&before, &after), only(&after, &before));
    if lost.is_empty() && gained.is_empty() {
        return None;
    }
    let (mut broken, mut impossible) = (Vec::new(), Vec::new());
    for line in &gained {
        let text = line.strip_prefix("constrains ").unwrap_or(line);
        let Ok(spec) = parse_record_spec(text) else {
            continue;
        };
        if is_empty_range(text) {
            impossible.push(text.to_owned());
        }
        let name = rsp_lock_spec::exact_name(&spec).as_normalized();
        if let Some(other) = locked.get(name)
            && spec
                .version
                .as_ref()
                .is_some_and(|wanted| !wanted.matches(&other.version))
        {
            broken.push((text.to_owned(), format!("{name} {}", other.version)));
        }
    }
    Some(Fate::Patched {
        lost,
        gained,
        broken,
        impossible,
    })
}

/// Whether a range such as `>=3.2.0,<3.2.0a0` has a lower end at or above its upper end.
fn is_empty_range(text: &str) -> bool {
    use rattler_conda_types::{
        Version, VersionSpec,
        version_spec::{LogicalOperator, RangeOperator},
    };
    let Some(VersionSpec::Group(LogicalOperator::And, parts)) =
        parse_record_spec(text).ok().and_then(|spec| spec.version)
    else {
        return false;
    };
    let mut low: Option<(&Version, bool)> = None;
    let mut high: Option<(&Version, bool)> = None;
    for part in &parts {
        if let VersionSpec::Range(operator, version) = part {
            let inclusive = matches!(
                operator,
                RangeOperator::GreaterEquals | RangeOperator::LessEquals
            );
            match operator {
                RangeOperator::Greater | RangeOperator::GreaterEquals => {
                    if low.is_none_or(|(other, _)| other < version) {
                        low = Some((version, inclusive));
                    }
                }
                RangeOperator::Less | RangeOperator::LessEquals => {
                    if high.is_none_or(|(other, _)| version < other) {
                        high = Some((version, inclusive));
                    }
                }
            }
        }
    }
    match (low, high) {
        (Some((low, a)), Some((high, b))) => low > high || (low == high && !(a && b)),
        _ => false,
    }
}

/// Of the records of today, the next build of the version, or else the next version.
fn replacement(old: &RepoDataRecord, candidates: &[&RepoDataRecord]) -> Option<Replacement> {
    let old = &old.package_record;
    let order = |record: &PackageRecord| (record.version.clone(), record.build_number);
    let fits = candidates.iter().map(|record| &record.package_record);
    let next = fits
        .filter(|record| {
            order(record) > order(old) || (order(record) == order(old) && record.build != old.build)
        })
        .min_by(|a, b| {
            order(a)
                .cmp(&order(b))
                .then_with(|| a.build.to_string().cmp(&b.build.to_string()))
        })?;
    Some(Replacement {
        record: format!(
            "{} {} {}",
            next.name.as_normalized(),
            next.version,
            next.build
        ),
        same_version: next.version == old.version,
    })
}

/// What a solve as of a date cannot know from the repodata of today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsOfGaps {
    /// Files that the channels list as removed: they may have been there then.
    pub removed: Vec<String>,
    /// How many records have no timestamp, so that no date can judge them.
    pub without_timestamp: usize,
    /// Files of a lock of that time that the channels no longer have.
    pub missing: Vec<String>,
}

/// Collects what is not known: of the names that matter, records that are gone, and
/// records that no date can judge. Metadata that was patched since looks as it does today.
pub fn as_of_gaps(
    today: &[RepoDataRecord],
    removed: &[String],
    then: &[RepoDataRecord],
) -> AsOfGaps {
    let mut removed = removed.to_vec();
    removed.sort();
    let without_timestamp = today
        .iter()
        .filter(|record| record.package_record.timestamp.is_none())
        .count();
    let missing = then
        .iter()
        .filter(|old| today.iter().all(|now| now.url != old.url))
        .map(|old| old.identifier.to_file_name())
        .collect();
    AsOfGaps {
        removed,
        without_timestamp,
        missing,
    }
}
