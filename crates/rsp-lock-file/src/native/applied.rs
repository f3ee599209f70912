//! Where overrides and dependency edits act on a set of records.

use rattler_conda_types::RepoDataRecord;
use rsp_lock_spec::{
    DependencyEdit, DependencySource, Effective, EffectiveDependency, Override, dependency_name,
    effective,
};

use super::model::{AppliedIn, AppliedOverride};

/// Every dependency or constraint that `overrides` replace, or `edits` add or
/// drop, in `records`, sorted by URL, list and dependency.
///
/// What acts how is defined by [`rsp_lock_spec::effective`].
pub fn applied_overrides<'a>(
    overrides: &[Override],
    edits: &[DependencyEdit],
    records: impl IntoIterator<Item = &'a RepoDataRecord>,
) -> Vec<AppliedOverride> {
    let mut applied = Vec::new();
    if overrides.is_empty() && edits.is_empty() {
        return applied;
    }
    for record in records {
        let package = &record.package_record;
        let Some(effective) = effective(package, overrides, edits) else {
            continue;
        };
        let lists = [
            (AppliedIn::Depends, &package.depends, &effective.depends),
            (
                AppliedIn::Constrains,
                &package.constrains,
                &effective.constrains,
            ),
        ];
        for (list, recorded, counting) in lists {
            let url = || record.url.to_string();
            for original in recorded {
                let replacement = match fate(original, counting, &effective) {
                    Fate::Stands => continue,
                    Fate::Dropped => None,
                    Fate::Replaced(text) => Some(text.to_owned()),
                };
                applied.push(AppliedOverride {
                    url: url(),
                    list,
                    original: Some(original.clone()),
                    replacement,
                });
            }
            for added in counting
                .iter()
                .filter(|d| matches!(d.source, DependencySource::Added { .. }))
            {
                applied.push(AppliedOverride {
                    url: url(),
                    list,
                    original: None,
                    replacement: Some(added.text.clone()),
                });
            }
        }
    }
    applied.sort();
    applied.dedup();
    applied
}

/// What becomes of a dependency that a record has.
enum Fate<'a> {
    Stands,
    Dropped,
    Replaced(&'a str),
}

fn fate<'a>(
    original: &str,
    counting: &'a [EffectiveDependency],
    effective: &Effective,
) -> Fate<'a> {
    let stands =
        |d: &EffectiveDependency| d.source == DependencySource::Recorded && d.text == original;
    if counting.iter().any(stands) {
        return Fate::Stands;
    }
    if effective
        .dropped
        .iter()
        .any(|dropped| dropped.original == original)
    {
        return Fate::Dropped;
    }
    let name = dependency_name(original);
    let of_name = |d: &&EffectiveDependency| match &d.source {
        DependencySource::Replaced { original, .. } => dependency_name(original) == name,
        _ => false,
    };
    match counting.iter().find(of_name) {
        Some(other) if other.text != original => Fate::Replaced(&other.text),
        _ => Fate::Stands,
    }
}
