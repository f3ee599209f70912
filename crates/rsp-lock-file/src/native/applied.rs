//! Where overrides and dependency edits act on a set of records.

use rattler_conda_types::{Matches, PackageName, RepoDataRecord};
use rsp_lock_spec::{DependencyEdit, DependencyEditKind, Override};

use super::model::AppliedOverride;

/// Every dependency that `overrides` replace, or `edits` add or drop, in
/// `records`, sorted by URL and dependency.
///
/// Of several overrides of one dependency of one record the first counts; a
/// dropped dependency cannot be replaced as well.
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
        let edits: Vec<&DependencyEdit> = edits
            .iter()
            .filter(|edit| edit.dependents.matches(package))
            .collect();
        for original in &package.depends {
            let name = PackageName::normalized_name_from_matchspec_str(original);
            let drops = |edit: &&DependencyEdit| {
                edit.kind == DependencyEditKind::Drop
                    && exact_name(&edit.spec) == Some(name.as_ref())
            };
            let replacement = if edits.iter().any(|edit| drops(edit)) {
                None
            } else {
                let rule = overrides.iter().find(|o| {
                    exact_name(&o.spec) == Some(name.as_ref())
                        && o.dependents
                            .as_ref()
                            .is_none_or(|dependents| dependents.matches(package))
                });
                match rule {
                    None => continue,
                    Some(rule) => Some(rule.spec.to_string()),
                }
            };
            if replacement.as_deref() != Some(original) {
                applied.push(AppliedOverride {
                    url: record.url.to_string(),
                    original: Some(original.clone()),
                    replacement,
                });
            }
        }
        for edit in edits {
            if edit.kind == DependencyEditKind::Add {
                applied.push(AppliedOverride {
                    url: record.url.to_string(),
                    original: None,
                    replacement: Some(edit.spec.to_string()),
                });
            }
        }
    }
    applied.sort();
    applied.dedup();
    applied
}

fn exact_name(spec: &rattler_conda_types::MatchSpec) -> Option<&str> {
    spec.name.as_exact().map(PackageName::as_normalized)
}
