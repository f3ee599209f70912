//! What a request adds on top of the metapackage that brings most.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::rung::BaseRun;
use rattler_conda_types::RepoDataRecord;
use rsp_lock_spec::{DependencyEdit, Override, Requirement, dependency_name, effective};

/// What a request adds on top of the requirement that brings most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// The requirement whose package brings most others, if it brings more than itself.
    pub foundation: Option<String>,
    /// How many packages it brings, itself included.
    pub foundation_size: usize,
    /// Other packages that were asked for and that it does not bring, sorted.
    pub requested: Vec<String>,
    /// Other packages that were asked for and that it brings anyway, sorted.
    pub contained: Vec<String>,
    /// Packages that nobody asked for and that it does not bring, sorted.
    pub dependencies: Vec<String>,
}

/// Splits a solution into what the largest requirement brings and the rest.
///
/// Of two requirements that bring the same number, the one that is written
/// first is the foundation.
pub(crate) fn additions(
    records: &[Arc<RepoDataRecord>],
    requirements: &[Requirement],
    overrides: &[Override],
    edits: &[DependencyEdit],
) -> Additions {
    let graph = graph(records, overrides, edits);
    let asked: BTreeSet<&str> = requirements
        .iter()
        .map(|requirement| requirement.name().as_normalized())
        .filter(|name| graph.contains_key(name))
        .collect();
    let mut foundation: Option<(&str, BTreeSet<&str>)> = None;
    for requirement in requirements {
        let name = requirement.name().as_normalized();
        let reached = reached(&graph, name);
        if foundation
            .as_ref()
            .is_none_or(|(_, best)| reached.len() > best.len())
        {
            foundation = Some((name, reached));
        }
    }
    let (name, brought) = match foundation {
        Some((name, brought)) if brought.len() > 1 => (Some(name), brought),
        _ => (None, BTreeSet::new()),
    };
    let outside = |candidate: &&str| !brought.contains(candidate);
    Additions {
        foundation: name.map(str::to_owned),
        foundation_size: brought.len(),
        requested: owned(asked.iter().copied().filter(outside)),
        contained: owned(
            asked
                .iter()
                .copied()
                .filter(|other| brought.contains(other) && Some(*other) != name),
        ),
        dependencies: owned(
            graph
                .keys()
                .copied()
                .filter(outside)
                .filter(|other| !asked.contains(other)),
        ),
    }
}

/// What a solution has on top of a base.
pub(crate) fn additions_to(
    base: &BaseRun,
    records: &[Arc<RepoDataRecord>],
    requirements: &[Requirement],
) -> Additions {
    let name = |record: &RepoDataRecord| record.package_record.name.as_normalized().to_owned();
    let there: BTreeSet<String> = base.records.iter().map(name).collect();
    let asked: BTreeSet<String> = requirements
        .iter()
        .filter(|line| line.priority > i32::MIN)
        .map(|line| line.name().as_normalized().to_owned())
        .collect();
    let new: BTreeSet<String> = records
        .iter()
        .map(|record| name(record))
        .filter(|name| !there.contains(name))
        .collect();
    Additions {
        foundation: Some(format!("the base {}", base.name)),
        foundation_size: base.records.len(),
        requested: new.intersection(&asked).cloned().collect(),
        contained: asked.intersection(&there).cloned().collect(),
        dependencies: new.difference(&asked).cloned().collect(),
    }
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}

/// The names that each name depends on, overrides and edits applied.
fn graph<'a>(
    records: &'a [Arc<RepoDataRecord>],
    overrides: &[Override],
    edits: &[DependencyEdit],
) -> BTreeMap<&'a str, BTreeSet<String>> {
    let of = |record: &RepoDataRecord| -> BTreeSet<String> {
        let name = |text: &str| dependency_name(text).to_lowercase();
        match effective(&record.package_record, overrides, edits) {
            Some(changed) => changed.depends.iter().map(|d| name(&d.text)).collect(),
            None => record
                .package_record
                .depends
                .iter()
                .map(|d| name(d))
                .collect(),
        }
    };
    records
        .iter()
        .map(|record| (record.package_record.name.as_normalized(), of(record)))
        .collect()
}

fn reached<'a>(graph: &BTreeMap<&'a str, BTreeSet<String>>, root: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(name) = open.pop() {
        if let Some((name, dependencies)) = graph.get_key_value(name.as_str())
            && reached.insert(*name)
        {
            open.extend(dependencies.iter().cloned());
        }
    }
    reached
}
