//! What differs between two sets of records, and what of the new set forces it.

use std::collections::BTreeSet;

use rattler_conda_types::{Matches, RepoDataRecord};
use rsp_lock_spec::Requirement;

use crate::{
    graph::{Chains, Graph, Link},
    variant::variant,
};

/// How a package differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Its name is new.
    Added,
    /// Its name is gone.
    Removed,
    /// Its version is higher.
    Up,
    /// Its version is lower.
    Down,
    /// Same version, another variant: another BLAS, MPI or CUDA.
    Variant,
    /// Same version and variant, another build.
    Build,
    /// Same version and build, from another channel or another file.
    Channel,
}

/// A package that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'r> {
    /// Its name.
    pub name: &'r str,
    /// How it differs.
    pub kind: Kind,
    /// Its record before.
    pub old: Option<&'r RepoDataRecord>,
    /// Its record after.
    pub new: Option<&'r RepoDataRecord>,
    /// The words of its variant before and after, if they differ, whatever `kind` is.
    pub variant: Option<(Vec<String>, Vec<String>)>,
    /// Whether it comes from another channel, whatever `kind` is.
    pub channel: bool,
    /// What forces it.
    pub cause: Cause,
}

/// What forces a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A line of the request asks for the new package or excludes the old one.
    Asked {
        /// The line, as it was written.
        line: String,
    },
    /// The last package of the chain wants `spec`, which the old set did not meet.
    Wanted {
        /// From a root to the package that states it.
        chain: Vec<Link>,
        /// What it states.
        spec: String,
    },
    /// A package that is in both sets, in another build or version, no longer requires it.
    Dropped {
        /// The package, before and after: name, then version and build each.
        by: String,
        /// Version and build before.
        old: (String, String),
        /// Version and build after.
        new: (String, String),
    },
    /// Nothing requires it any more.
    NotNeeded,
    /// Nothing forces it: the solver found something better.
    Choice,
}

/// A side of a comparison: its records and what was asked for.
#[derive(Debug)]
pub struct Side<'s, 'r> {
    /// Its records.
    pub graph: &'s Graph<'r>,
    /// What it had to contain.
    pub requirements: &'s [Requirement],
    /// What had to hold for what is there.
    pub constraints: &'s [Requirement],
}

/// What differs, by name.
pub fn difference<'r>(old: &Side<'_, 'r>, new: &Side<'_, 'r>) -> Vec<Change<'r>> {
    let name = |record: &'r RepoDataRecord| record.package_record.name.as_normalized();
    let url = |record: &'r RepoDataRecord| &record.url;
    let is_changed =
        |name: &&str| old.graph.record(name).map(url) != new.graph.record(name).map(url);
    let records = old.graph.records().chain(new.graph.records());
    let names: BTreeSet<&'r str> = records.map(name).filter(is_changed).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let chains = new.graph.chains(&roots(new));
    names
        .into_iter()
        .filter_map(|name| change(name, old, new, &chains))
        .collect()
}

/// The names of the requirements that are there, and then what nobody requires.
pub(crate) fn roots<'s>(side: &'s Side<'_, 's>) -> Vec<&'s str> {
    let mut roots: Vec<&str> = Vec::new();
    let asked = side.requirements.iter().map(|r| r.name().as_normalized());
    for name in asked.chain(side.graph.roots()) {
        if !roots.contains(&name) {
            roots.push(name);
        }
    }
    roots
}

fn change<'r>(
    name: &'r str,
    old: &Side<'_, 'r>,
    new: &Side<'_, 'r>,
    chains: &Chains<'_>,
) -> Option<Change<'r>> {
    let (before, after) = (old.graph.record(name), new.graph.record(name));
    let kind = match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => Kind::Added,
        (Some(_), None) => Kind::Removed,
        (Some(before), Some(after)) => kind_of(before, after)?,
    };
    let both = before.zip(after);
    let variants = both.and_then(|(before, after)| {
        let of = |record: &RepoDataRecord| variant(record.package_record.build.as_str());
        let (before, after) = (of(before), of(after));
        (before != after).then_some((before, after))
    });
    let channel = both.is_some_and(|(before, after)| {
        before.channel.is_some() && after.channel.is_some() && before.channel != after.channel
    });
    let cause = match (before, after) {
        (Some(before), None) => why_removed(before, old, new),
        (before, _) => why_wanted(name, before, new, chains),
    };
    Some(Change {
        name,
        kind,
        old: before,
        new: after,
        variant: variants,
        channel,
        cause,
    })
}

fn kind_of(before: &RepoDataRecord, after: &RepoDataRecord) -> Option<Kind> {
    let (old, new) = (&before.package_record, &after.package_record);
    if before.url == after.url {
        return None;
    }
    Some(match old.version.cmp(&new.version) {
        std::cmp::Ordering::Less => Kind::Up,
        std::cmp::Ordering::Greater => Kind::Down,
        std::cmp::Ordering::Equal if old.build == new.build => Kind::Channel,
        std::cmp::Ordering::Equal if variant(old.build.as_str()) == variant(new.build.as_str()) => {
            Kind::Build
        }
        std::cmp::Ordering::Equal => Kind::Variant,
    })
}

/// Who asks for what the old set did not meet: the shortest way to it.
fn why_wanted(
    name: &str,
    before: Option<&RepoDataRecord>,
    new: &Side<'_, '_>,
    chains: &Chains<'_>,
) -> Cause {
    let excludes =
        |spec: &rattler_conda_types::MatchSpec| before.is_none_or(|record| !spec.matches(record));
    let line = new
        .requirements
        .iter()
        .chain(new.constraints.iter().filter(|_| before.is_some()))
        .find(|line| line.name().as_normalized() == name && excludes(&line.spec));
    if let Some(line) = line {
        return Cause::Asked {
            line: line.text.clone(),
        };
    }
    let wanted = new
        .graph
        .wanting(name)
        .filter(|(_, want)| !(want.constrains && before.is_none()))
        .filter(|(_, want)| want.spec().is_some_and(excludes))
        .filter_map(|(by, want)| {
            let by = by.package_record.name.as_normalized();
            let chain = chains.to(by)?;
            Some((chain.len(), want.text.clone(), chain))
        })
        .min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    match wanted {
        Some((_, spec, chain)) => Cause::Wanted { chain, spec },
        None => Cause::Choice,
    }
}

/// The package that stopped requiring a name, or required what stopped.
fn why_removed(gone: &RepoDataRecord, old: &Side<'_, '_>, new: &Side<'_, '_>) -> Cause {
    let mut open = vec![gone.package_record.name.as_normalized().to_owned()];
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    let mut at = 0;
    while let Some(name) = open.get(at).cloned() {
        at += 1;
        let requiring = old
            .graph
            .wanting(&name)
            .filter(|(_, want)| !want.constrains);
        for (by, _) in requiring {
            let by_name = by.package_record.name.as_normalized();
            if let Some(now) = new.graph.record(by_name) {
                if !new.graph.requires(by_name, &name) {
                    let of = |record: &RepoDataRecord| {
                        let package = &record.package_record;
                        (package.version.to_string(), package.build.to_string())
                    };
                    return Cause::Dropped {
                        by: by_name.to_owned(),
                        old: of(by),
                        new: of(now),
                    };
                }
            } else if seen.insert(by_name.to_owned()) {
                open.push(by_name.to_owned());
            }
        }
    }
    Cause::NotNeeded
}
