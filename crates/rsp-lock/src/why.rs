//! How a package came in.

use std::borrow::Borrow;

use rattler_conda_types::{RepoDataRecord, StringMatcher};
use rsp_lock_prove::{Graph, Link};
use rsp_lock_spec::{DependencyEdit, Override, parse_record_spec};

/// How a package came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its build string.
    pub build: String,
    /// Whether it was asked for itself.
    pub is_asked: bool,
    /// The shortest chain from each root that needs it, the root first.
    pub chains: Vec<Vec<Link>>,
    /// Roots that do not need it.
    pub without: Vec<String>,
}

/// The shortest chains from each root to a package; `None` if it is not there.
///
/// Roots are what was asked for and, where nothing was, what nobody requires. A package
/// that a root requires in one exact build, as a metapackage does its siblings, is a root
/// of its own: it is installed without the other as well.
pub fn why(
    records: &[impl Borrow<RepoDataRecord>],
    asked: &[&str],
    overrides: &[Override],
    edits: &[DependencyEdit],
    name: &str,
) -> Option<Why> {
    let graph = Graph::new(records, overrides, edits);
    let record = graph.record(name)?;
    let mut roots: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if graph.record(name).is_some() && !roots.iter().any(|known| known == name) {
            roots.push(name.to_owned());
        }
    };
    if asked.is_empty() {
        graph.roots().into_iter().for_each(&mut add);
    } else {
        for name in asked {
            add(name);
        }
    }
    let mut at = 0;
    while let Some(root) = roots.get(at).cloned() {
        at += 1;
        for sibling in siblings(&graph, &root) {
            if !roots.contains(&sibling) {
                roots.push(sibling);
            }
        }
    }
    let (mut chains, mut without) = (Vec::new(), Vec::new());
    for root in roots.iter().filter(|root| *root != name) {
        match graph.chain(root, name) {
            Some(chain) => chains.push(chain),
            None => without.push(root.clone()),
        }
    }
    chains.sort_by_key(Vec::len);
    let package = &record.package_record;
    Some(Why {
        name: name.to_owned(),
        version: package.version.to_string(),
        build: package.build.to_string(),
        is_asked: asked.contains(&name),
        chains,
        without,
    })
}

/// What a record requires in one exact build.
fn siblings(graph: &Graph<'_>, root: &str) -> Vec<String> {
    let Some(record) = graph.record(root) else {
        return Vec::new();
    };
    let depends = record.package_record.depends.iter();
    depends
        .filter_map(|text| parse_record_spec(text).ok())
        .filter(|spec| {
            matches!(spec.build, Some(StringMatcher::Exact(_))) && spec.version.is_some()
        })
        .filter_map(|spec| Some(spec.name.as_exact()?.as_normalized().to_owned()))
        .filter(|name| graph.record(name).is_some())
        .collect()
}
