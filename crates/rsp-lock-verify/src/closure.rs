//! The part of a lock that one root needs.

use rattler_conda_types::{GenericVirtualPackage, PackageName};
use url::Url;

use crate::{
    edits::Rules,
    finding::{Field, Finding, Place},
    graph,
    lines::{self, Gathered, LineField},
    reach::reachable,
    spec::Specs,
    subject::Entry,
    world::World,
};

/// A dependency that has no line in a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDependency {
    /// Its name.
    pub name: String,
    /// The packages that need it, in the order of the lock.
    pub parents: Vec<String>,
}

/// Why the closure of a root cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClosureError {
    /// The root is not in the lock.
    #[error("root `{root}` is not in the lock")]
    MissingRoot {
        /// The root.
        root: String,
    },
    /// The channels know nothing of some files of the lock.
    #[error("{} no metadata in the given channels: {}", count(.urls), quoted(.urls))]
    NoMetadata {
        /// The locked URLs, in the order of the lock.
        urls: Vec<Url>,
    },
    /// Something that the root needs has no line.
    #[error("the lock has no line for {}", lacking(.missing))]
    MissingDependencies {
        /// What is missing, in the order in which the lock needs it.
        missing: Vec<MissingDependency>,
    },
    /// What a package needs cannot be told.
    #[error("the dependencies of `{package}` cannot be told: `{spec}`: {problem}")]
    BadRecord {
        /// The file of the package.
        package: String,
        /// The spec that cannot be read or judged.
        spec: String,
        /// Why.
        problem: String,
    },
}

/// The entries that `root` needs, itself included, directly or indirectly, in
/// their own order.
///
/// Only names count, as in a lock each stands once: whether versions fit is
/// what [`crate::verify()`] tells. Virtual packages are skipped; the ones given
/// decide which conditional dependencies count.
pub fn closure(
    entries: &[Entry<'_>],
    root: &PackageName,
    virtual_packages: &[GenericVirtualPackage],
) -> Result<Vec<usize>, ClosureError> {
    let unknown: Vec<Url> = entries
        .iter()
        .filter(|entry| entry.record.is_none())
        .map(|entry| entry.url.clone())
        .collect();
    if !unknown.is_empty() {
        return Err(ClosureError::NoMetadata { urls: unknown });
    }
    let world = World::new(entries, virtual_packages);
    if world.named(root).is_empty() {
        return Err(ClosureError::MissingRoot {
            root: root.as_normalized().to_owned(),
        });
    }
    let mut specs = Specs::default();
    let Gathered { lines, .. } = lines::gather(entries, &Rules::default(), &mut specs);
    let judged = graph::judge(entries, &lines, &specs, &world, &[]);
    let reached = reachable(&world, &judged.requires, std::iter::once(root));
    let is_reached = |entry: usize| reached.get(entry) == Some(&true);

    for (entry, finding) in &judged.findings {
        let (Finding::BadSpec {
            place,
            spec,
            problem: why,
        }
        | Finding::Unsupported {
            place,
            spec,
            feature: why,
        }) = finding
        else {
            continue;
        };
        if let Place::Record { package, field } = place
            && *field != Field::Constrains
            && is_reached(*entry)
        {
            return Err(ClosureError::BadRecord {
                package: package.file.clone(),
                spec: spec.clone(),
                problem: why.clone(),
            });
        }
    }

    let mut missing: Vec<MissingDependency> = Vec::new();
    for (line, counts) in lines.iter().zip(&judged.counts) {
        if !counts || !is_reached(line.entry) || line.field == LineField::Constrains {
            continue;
        }
        let Some(name) = specs
            .get(line.spec)
            .ok()
            .and_then(|spec| spec.name.as_exact())
        else {
            continue;
        };
        let name = name.as_normalized();
        if name.starts_with("__") || !world.is_missing(name) {
            continue;
        }
        let Some(parent) = entries.get(line.entry).and_then(|entry| entry.record) else {
            continue;
        };
        let parent = parent.package_record.name.as_normalized().to_owned();
        match missing.iter_mut().find(|known| known.name == name) {
            Some(known) if known.parents.contains(&parent) => {}
            Some(known) => known.parents.push(parent),
            None => missing.push(MissingDependency {
                name: name.to_owned(),
                parents: vec![parent],
            }),
        }
    }
    if !missing.is_empty() {
        return Err(ClosureError::MissingDependencies { missing });
    }
    Ok((0..entries.len())
        .filter(|entry| is_reached(*entry))
        .collect())
}

fn count(urls: &[Url]) -> String {
    match urls {
        [_] => "1 file of the lock has".to_owned(),
        _ => format!("{} files of the lock have", urls.len()),
    }
}

fn quoted(urls: &[Url]) -> String {
    let urls: Vec<String> = urls.iter().map(|url| format!("`{url}`")).collect();
    urls.join(", ")
}

fn lacking(missing: &[MissingDependency]) -> String {
    let lines: Vec<String> = missing
        .iter()
        .map(|missing| {
            format!(
                "`{}` (needed by {})",
                missing.name,
                missing.parents.join(", ")
            )
        })
        .collect();
    lines.join(", ")
}
