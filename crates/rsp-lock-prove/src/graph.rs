//! Who wants what in a set of records, overrides and edits applied.

use std::{
    borrow::Borrow,
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
};

use rattler_conda_types::{MatchSpec, RepoDataRecord};
use rsp_lock_spec::{DependencyEdit, Override, dependency_name, effective, parse_record_spec};

/// A package on a chain of dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its build string.
    pub build: String,
    /// The dependency of the package before it on the chain; `None` for the first.
    pub spec: Option<String>,
}

/// A dependency of a record.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Read where it is asked for: of a thousand records few are ever asked.
    spec: OnceCell<Option<MatchSpec>>,
    /// Whether it only counts if the name is there.
    pub(crate) constrains: bool,
}

impl Want {
    fn new(text: &str, constrains: bool) -> Self {
        Self {
            name: dependency_name(text).to_lowercase(),
            text: text.to_owned(),
            spec: OnceCell::new(),
            constrains,
        }
    }

    /// What it means, if it means anything.
    pub(crate) fn spec(&self) -> Option<&MatchSpec> {
        let read = || parse_record_spec(&self.text).ok();
        self.spec.get_or_init(read).as_ref()
    }
}

/// A set of records, at most one a name, and what they want of each other.
#[derive(Debug)]
pub struct Graph<'r> {
    nodes: BTreeMap<&'r str, (&'r RepoDataRecord, Vec<Want>)>,
}

impl<'r> Graph<'r> {
    /// The graph of a set of records under the rules of a request.
    pub fn new(
        records: impl IntoIterator<Item = &'r (impl Borrow<RepoDataRecord> + 'r)>,
        overrides: &[Override],
        edits: &[DependencyEdit],
    ) -> Self {
        let nodes = records
            .into_iter()
            .map(|record| {
                let record: &RepoDataRecord = record.borrow();
                let name = record.package_record.name.as_normalized();
                (name, (record, wants(record, overrides, edits)))
            })
            .collect();
        Self { nodes }
    }

    /// The record of a name.
    pub fn record(&self, name: &str) -> Option<&'r RepoDataRecord> {
        self.nodes.get(name).map(|(record, _)| *record)
    }

    /// All records, by name.
    pub fn records(&self) -> impl Iterator<Item = &'r RepoDataRecord> {
        self.nodes.values().map(|(record, _)| *record)
    }

    /// Who wants something of a name, with what they want.
    pub(crate) fn wanting<'s>(
        &'s self,
        name: &'s str,
    ) -> impl Iterator<Item = (&'r RepoDataRecord, &'s Want)> {
        self.nodes.values().flat_map(move |(record, wants)| {
            let of_name = wants.iter().filter(move |want| want.name == name);
            of_name.map(|want| (*record, want))
        })
    }

    /// Whether a record of the set requires a name.
    pub(crate) fn requires(&self, by: &str, name: &str) -> bool {
        self.nodes.get(by).is_some_and(|(_, wants)| {
            wants
                .iter()
                .any(|want| !want.constrains && want.name == name)
        })
    }

    /// The names that nobody else in the set requires, in order.
    pub fn roots(&self) -> Vec<&'r str> {
        self.roots_without(&BTreeSet::new())
    }

    /// The names that nobody else in the set would require if those given were not in it.
    pub fn roots_without(&self, left: &BTreeSet<&str>) -> Vec<&'r str> {
        let stay = || self.nodes.iter().filter(|(name, _)| !left.contains(*name));
        let required: HashSet<&str> = stay()
            .flat_map(|(own, (_, wants))| {
                wants
                    .iter()
                    .filter(move |want| !want.constrains && want.name != *own)
                    .map(|want| want.name.as_str())
            })
            .collect();
        let names = stay().map(|(name, _)| *name);
        names.filter(|name| !required.contains(name)).collect()
    }

    /// A shortest chain of dependencies from a root to a name, both included; of several
    /// the one whose names come first. `None` if there is none.
    pub fn chain(&self, root: &str, name: &str) -> Option<Vec<Link>> {
        self.chains(&[root]).to(name)
    }

    /// The shortest chains from any of the roots to all names.
    pub fn chains(&self, roots: &[&str]) -> Chains<'_> {
        let mut from: BTreeMap<&str, Option<(&str, &Want)>> = BTreeMap::new();
        let mut queue = VecDeque::new();
        let known = roots
            .iter()
            .filter_map(|root| self.nodes.get_key_value(*root));
        for (root, _) in known {
            if from.insert(root, None).is_none() {
                queue.push_back(*root);
            }
        }
        while let Some(next) = queue.pop_front() {
            let Some((_, wants)) = self.nodes.get(next) else {
                continue;
            };
            let mut wants: Vec<&Want> = wants.iter().filter(|want| !want.constrains).collect();
            wants.sort_by(|a, b| a.name.cmp(&b.name));
            for want in wants {
                if let Some((target, _)) = self.nodes.get_key_value(want.name.as_str())
                    && !from.contains_key(target)
                {
                    from.insert(target, Some((next, want)));
                    queue.push_back(target);
                }
            }
        }
        Chains {
            records: &self.nodes,
            from,
        }
    }
}

/// The shortest chains of dependencies from some roots.
#[derive(Debug)]
pub struct Chains<'g> {
    records: &'g BTreeMap<&'g str, (&'g RepoDataRecord, Vec<Want>)>,
    /// Per name that can be reached, who it is reached from, and by what; `None` for a root.
    from: BTreeMap<&'g str, Option<(&'g str, &'g Want)>>,
}

impl Chains<'_> {
    /// A shortest chain from any of the roots to a name, both included; of equal ones that of
    /// the first root, and then the one whose names come first. `None` if there is none.
    pub fn to(&self, name: &str) -> Option<Vec<Link>> {
        let mut chain = Vec::new();
        let mut at = name;
        loop {
            let step = self.from.get(at)?;
            let package = &self.records.get(at)?.0.package_record;
            chain.push(Link {
                name: at.to_owned(),
                version: package.version.to_string(),
                build: package.build.to_string(),
                spec: step.map(|(_, want)| want.text.clone()),
            });
            match step {
                Some((before, _)) => at = before,
                None => break,
            }
        }
        chain.reverse();
        Some(chain)
    }
}

fn wants(record: &RepoDataRecord, overrides: &[Override], edits: &[DependencyEdit]) -> Vec<Want> {
    let package = &record.package_record;
    if let Some(changed) = effective(package, overrides, edits) {
        let depends = changed.depends.iter().map(|d| Want::new(&d.text, false));
        let constrains = changed.constrains.iter().map(|d| Want::new(&d.text, true));
        return depends.chain(constrains).collect();
    }
    let depends = package.depends.iter().map(|text| Want::new(text, false));
    let constrains = package.constrains.iter().map(|text| Want::new(text, true));
    depends.chain(constrains).collect()
}
