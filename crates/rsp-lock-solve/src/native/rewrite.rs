//! Overrides and edits as what dependencies of records count.

use rattler_conda_types::PackageRecord;
use rsp_lock_index::compile::Rewrite;
use rsp_lock_spec::{DependencyEditKind, dependency_name, effective, exact_name};

use crate::problem::Problem;

/// The overrides and edits of a problem.
pub(super) struct Rewritten<'p>(pub(super) &'p Problem<'p>);

impl Rewrite for Rewritten<'_> {
    fn may_change(&self, name: &str, texts: &mut dyn Iterator<Item = &str>) -> bool {
        let Problem {
            overrides,
            dependencies,
            ..
        } = self.0;
        let is_added_to = dependencies.iter().any(|edit| {
            edit.kind == DependencyEditKind::Add
                && edit
                    .dependents
                    .name
                    .as_exact()
                    .is_none_or(|dependent| dependent.as_normalized() == name)
        });
        let is_named = |text: &str| {
            let name = dependency_name(text);
            let specs = overrides.iter().map(|rule| &rule.spec);
            let dropped = dependencies
                .iter()
                .filter(|edit| edit.kind == DependencyEditKind::Drop);
            let mut specs = specs.chain(dropped.map(|edit| &edit.spec));
            specs.any(|spec| exact_name(spec).as_normalized().eq_ignore_ascii_case(name))
        };
        if is_added_to {
            return true;
        }
        for text in texts {
            if is_named(text) {
                return true;
            }
        }
        false
    }

    fn rewritten(&self, record: &PackageRecord) -> Option<[Vec<String>; 2]> {
        let changed = effective(record, &self.0.overrides, &self.0.dependencies)?;
        Some([changed.depends, changed.constrains].map(|list| {
            let texts = list.into_iter().map(|dependency| dependency.text);
            texts.collect()
        }))
    }
}
