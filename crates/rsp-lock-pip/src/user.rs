//! What packages in a user's `~/.local` do to an environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use rattler_conda_types::{PackageRecord, Version};
use rsp_lock_spec::{dependency_name, parse_record_spec};

use crate::{constraints::python_packages, names::normal};

/// A package that a user has installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPackage {
    /// Its name as PyPI compares it.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// How a user's version relates to the environment's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The user's is older.
    Older,
    /// They are the same.
    Same,
    /// The user's is newer.
    Newer,
}

/// A package of the environment that python no longer sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The user's package.
    pub user: UserPackage,
    /// The conda package it hides.
    pub conda: String,
    /// The version of that.
    pub version: String,
    /// How the user's version relates to it; `None` if they cannot be compared.
    pub relation: Option<Relation>,
    /// The requirements of the environment that the user's version breaks.
    pub breaks: Vec<Broken>,
}

/// A requirement that a user's package breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The package that requires it.
    pub dependent: String,
    /// What it requires, as its record says.
    pub requirement: String,
}

/// What a user's packages do to an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAudit {
    /// Packages of the environment that are hidden, by name.
    pub shadows: Vec<Shadow>,
    /// Packages that the environment does not have, by name.
    pub additions: Vec<UserPackage>,
    /// The smallest set of packages whose removal leaves nothing broken, by name.
    pub remove: Vec<String>,
}

impl UserPackage {
    /// A package by its name in any spelling.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: normal(name),
            version: version.to_owned(),
        }
    }
}

impl UserAudit {
    /// The finding about a user's package that hides one of the environment.
    pub fn shadow(&self, name: &str) -> Option<&Shadow> {
        self.shadows.iter().find(|shadow| shadow.user.name == name)
    }
}

/// Checks a user's packages against the packages of an environment.
///
/// A requirement counts where the environment's own package makes it: that of a package
/// which is hidden by another version comes back only when its hider is removed.
pub fn audit_user(user: &[UserPackage], locked: &[&PackageRecord]) -> UserAudit {
    let stack = python_packages(locked);
    let mut audit = UserAudit::default();
    let mut by_name: BTreeMap<&str, &UserPackage> = BTreeMap::new();
    for package in user {
        by_name.insert(&package.name, package);
    }
    for package in by_name.into_values() {
        match stack.get(&package.name) {
            None => audit.additions.push(package.clone()),
            Some(record) => audit.shadows.push(Shadow {
                user: package.clone(),
                conda: record.name.as_normalized().to_owned(),
                version: record.version.to_string(),
                relation: relation(&package.version, record),
                breaks: breaks(package, record, locked),
            }),
        }
    }
    audit.remove = removals(&audit.shadows);
    audit
}

fn relation(version: &str, record: &PackageRecord) -> Option<Relation> {
    let version = Version::from_str(version).ok()?;
    Some(match version.cmp(record.version.version()) {
        std::cmp::Ordering::Less => Relation::Older,
        std::cmp::Ordering::Equal => Relation::Same,
        std::cmp::Ordering::Greater => Relation::Newer,
    })
}

/// What of the environment requires another version of a package.
fn breaks(user: &UserPackage, record: &PackageRecord, locked: &[&PackageRecord]) -> Vec<Broken> {
    let Ok(version) = Version::from_str(&user.version) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for dependent in locked {
        for text in &dependent.depends {
            if dependency_name(text) != record.name.as_normalized() {
                continue;
            }
            let wanted = parse_record_spec(text).ok().and_then(|spec| spec.version);
            if wanted.is_some_and(|wanted| !wanted.matches(&version)) {
                found.push(Broken {
                    dependent: dependent.name.as_normalized().to_owned(),
                    requirement: text.clone(),
                });
            }
        }
    }
    found.sort_by(|a, b| (&a.dependent, &a.requirement).cmp(&(&b.dependent, &b.requirement)));
    found
}

/// Removes what breaks a package that python sees, until nothing is broken.
fn removals(shadows: &[Shadow]) -> Vec<String> {
    let mut removed: BTreeSet<&str> = BTreeSet::new();
    loop {
        let hidden: BTreeSet<&str> = shadows
            .iter()
            .filter(|shadow| !removed.contains(shadow.user.name.as_str()))
            // The same version requires the same, wherever it lies.
            .filter(|shadow| shadow.relation != Some(Relation::Same))
            .map(|shadow| shadow.conda.as_str())
            .collect();
        let next = shadows.iter().find(|shadow| {
            !removed.contains(shadow.user.name.as_str())
                && shadow
                    .breaks
                    .iter()
                    .any(|broken| !hidden.contains(broken.dependent.as_str()))
        });
        match next {
            Some(shadow) => {
                removed.insert(&shadow.user.name);
            }
            None => return removed.into_iter().map(str::to_owned).collect(),
        }
    }
}
