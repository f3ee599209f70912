//! What the request changes in the records of others, and on which it had an effect.

use rattler_conda_types::{PackageRecord, RepoDataRecord};
use rsp_lock_spec::{DependencyEdit, DependencySource, Effective, Override, effective};

use crate::finding::{Finding, Package};

/// The rules of a request.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rules<'a> {
    pub(crate) overrides: &'a [Override],
    pub(crate) dependencies: &'a [DependencyEdit],
}

impl Rules<'_> {
    /// What a record's lines are under the rules, or `None` if they stay.
    pub(crate) fn apply(&self, record: &PackageRecord) -> Option<Effective> {
        if self.overrides.is_empty() && self.dependencies.is_empty() {
            return None;
        }
        effective(record, self.overrides, self.dependencies)
    }
}

/// What the rules did.
pub(crate) struct Edited<'a> {
    rules: Rules<'a>,
    notes: Vec<Finding>,
    used_overrides: Vec<bool>,
    used_dependencies: Vec<bool>,
}

impl<'a> Edited<'a> {
    pub(crate) fn new(rules: &Rules<'a>) -> Self {
        Self {
            rules: *rules,
            notes: Vec::new(),
            used_overrides: vec![false; rules.overrides.len()],
            used_dependencies: vec![false; rules.dependencies.len()],
        }
    }

    /// Puts on record what the rules made of a record: its lines in their
    /// order, then what was dropped.
    pub(crate) fn note(&mut self, record: &RepoDataRecord, effective: &Effective) {
        for line in effective.depends.iter().chain(&effective.constrains) {
            match &line.source {
                DependencySource::Recorded => {}
                DependencySource::Replaced { rule, original } => {
                    mark(&mut self.used_overrides, *rule);
                    if let Some(rule) = self.rules.overrides.get(*rule) {
                        self.notes.push(Finding::Edited {
                            package: Package::of(record),
                            original: Some(original.clone()),
                            replacement: Some(line.text.clone()),
                            rule: rule.text.clone(),
                            origin: rule.origin.clone(),
                        });
                    }
                }
                DependencySource::Added { rule } => {
                    self.note_edit(record, *rule, None, Some(line.text.clone()));
                }
            }
        }
        for dropped in &effective.dropped {
            self.note_edit(record, dropped.rule, Some(dropped.original.clone()), None);
        }
    }

    fn note_edit(
        &mut self,
        record: &RepoDataRecord,
        rule: usize,
        original: Option<String>,
        replacement: Option<String>,
    ) {
        mark(&mut self.used_dependencies, rule);
        if let Some(rule) = self.rules.dependencies.get(rule) {
            self.notes.push(Finding::Edited {
                package: Package::of(record),
                original,
                replacement,
                rule: rule.text.clone(),
                origin: rule.origin.clone(),
            });
        }
    }

    /// What was changed, file by file; then the rules that changed nothing,
    /// overrides first, in the order of the request.
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.notes;
        let overrides = self
            .rules
            .overrides
            .iter()
            .map(|rule| (&rule.text, &rule.origin))
            .zip(self.used_overrides);
        let dependencies = self
            .rules
            .dependencies
            .iter()
            .map(|rule| (&rule.text, &rule.origin))
            .zip(self.used_dependencies);
        findings.extend(overrides.chain(dependencies).filter(|(_, used)| !used).map(
            |((rule, origin), _)| Finding::UnusedRule {
                rule: rule.clone(),
                origin: origin.clone(),
            },
        ));
        findings
    }
}

fn mark(used: &mut [bool], rule: usize) {
    if let Some(used) = used.get_mut(rule) {
        *used = true;
    }
}
