//! The environment that another is built on: its packages, read from any lock.

mod open;
mod place;

use std::{collections::BTreeSet, path::Path};

use rattler_conda_types::{
    PackageName, PackageRecord, PrefixRecord, RepoDataRecord, Subdir, VersionWithSource,
    package::DistArchiveIdentifier,
};
use rsp_lock_file::{
    digest,
    explicit::{ExplicitEntry, Hash},
    import::{self, Imported},
    native::{LockedEnvironment, NativeLock},
};
use rsp_lock_spec::PlatformRequest;
use url::Url;

use crate::error::Error;
pub(crate) use place::place;

/// A lockfile, a list, or an installed prefix that an environment is built on.
#[derive(Clone, Debug)]
pub struct BaseLock {
    /// The file or directory as messages name it.
    pub name: String,
    /// The digest of its bytes.
    pub digest: String,
    /// What it holds, a platform each.
    pub platforms: Vec<BasePlatform>,
    /// How many packages of pip it lists: they are not part of a base.
    pub pip: usize,
}

/// The packages of a base on one platform.
#[derive(Clone, Debug, Default)]
pub struct BasePlatform {
    /// The name of the platform in a native lock.
    pub name: Option<String>,
    /// Its subdir, where that is known.
    pub subdir: Option<Subdir>,
    /// The packages.
    pub packages: Vec<BasePackage>,
    /// Overrides and edits that changed a record of it, as `DEPENDENTS: SPEC`.
    pub rules: Vec<String>,
}

/// A package of a base.
#[derive(Clone, Debug, PartialEq)]
pub struct BasePackage {
    /// Lower case.
    pub name: PackageName,
    /// As it was written.
    pub version: String,
    /// The build string, where it was written.
    pub build: Option<String>,
    /// The record: complete from a native lock or a prefix, with no more than name,
    /// version, build, URL and hash from an explicit file, absent from a list.
    pub record: Option<RepoDataRecord>,
}

impl BaseLock {
    /// Reads the text of a lockfile or list: explicit, `rsp.lock`, `conda env export`,
    /// `conda list --export`.
    ///
    /// Of a native lock with several environments, the one called `environment` counts.
    pub fn read(text: &str, name: &str, environment: Option<&str>) -> Result<Self, Error> {
        let imported = import::read(text, name)?;
        let unreadable = imported
            .findings
            .iter()
            .find(|finding| finding.what.is_loss());
        if let Some(finding) = unreadable {
            return Err(Error::BaseLine {
                base: name.to_owned(),
                line: finding.line,
                problem: finding.what.to_string(),
            });
        }
        if let Some(spec) = imported.specs.first() {
            return Err(Error::BaseLine {
                base: name.to_owned(),
                line: spec.line,
                problem: format!(
                    "`{}` leaves a choice, a base names packages exactly",
                    spec.text
                ),
            });
        }
        let platforms = match &imported.native {
            Some(lock) => native(lock, name, environment)?,
            None => vec![list(&imported, name)?],
        };
        Ok(Self {
            name: name.to_owned(),
            digest: digest(text),
            platforms,
            pip: imported.pip.iter().filter(|pip| !pip.from_conda).count(),
        })
    }

    /// The base of what is installed in a prefix: the texts of `conda-meta/*.json`.
    pub fn of_prefix(name: &str, texts: &[String]) -> Result<Self, Error> {
        let mut platform = BasePlatform::default();
        for text in texts {
            let record: PrefixRecord =
                serde_json::from_str(text).map_err(|error| Error::BaseLine {
                    base: name.to_owned(),
                    line: error.line(),
                    problem: error.to_string(),
                })?;
            platform.packages.push(package(record.repodata_record));
        }
        platform.packages.sort_by(|a, b| a.name.cmp(&b.name));
        platform.subdir = subdir(&platform.packages);
        let mut sorted = texts.to_vec();
        sorted.sort();
        Ok(Self {
            name: name.to_owned(),
            digest: digest(sorted.concat()),
            platforms: vec![platform],
            pip: 0,
        })
    }

    /// Reads a lockfile, or a prefix if the path is a directory.
    pub fn open(path: &Path, environment: Option<&str>) -> Result<Self, Error> {
        open::open(path, environment)
    }

    /// What it holds for a platform.
    pub(crate) fn platform(&self, wanted: &PlatformRequest) -> Result<&BasePlatform, Error> {
        let by_name = self
            .platforms
            .iter()
            .find(|platform| platform.name.as_ref() == Some(&wanted.name));
        let by_subdir = || {
            let fits = |p: &&BasePlatform| p.subdir.is_none_or(|subdir| subdir == wanted.subdir);
            self.platforms.iter().find(fits)
        };
        by_name
            .or_else(by_subdir)
            .ok_or_else(|| Error::BasePlatform {
                base: self.name.clone(),
                platform: wanted.name.clone(),
                has: self
                    .platforms
                    .iter()
                    .filter_map(|p| p.name.clone().or(p.subdir.map(|s| s.to_string())))
                    .collect::<Vec<_>>()
                    .join("`, `"),
            })
    }

    /// All names in it.
    pub fn names(&self) -> BTreeSet<&PackageName> {
        let packages = self.platforms.iter().flat_map(|p| &p.packages);
        packages.map(|package| &package.name).collect()
    }
}

fn native(
    lock: &NativeLock,
    name: &str,
    environment: Option<&str>,
) -> Result<Vec<BasePlatform>, Error> {
    let of_name = environment.and_then(|environment| lock.environment(environment));
    let ((Some(environment), _) | (None, [environment])) = (of_name, lock.environments.as_slice())
    else {
        return Err(Error::BaseLine {
            base: name.to_owned(),
            line: 1,
            problem: "it has several environments, none of which has the request's name".to_owned(),
        });
    };
    Ok(environment
        .platforms
        .iter()
        .map(|platform| BasePlatform {
            name: Some(platform.name.clone()),
            subdir: Some(platform.subdir),
            packages: platform
                .packages
                .iter()
                .map(|locked| package(locked.record.clone()))
                .collect(),
            rules: if platform.applied_overrides.is_empty() {
                Vec::new()
            } else {
                rules(environment)
            },
        })
        .collect())
}

/// The overrides and edits of an environment, as they are typed.
fn rules(environment: &LockedEnvironment) -> Vec<String> {
    let request = &environment.request;
    let overrides = request.overrides.iter().map(|rule| match &rule.dependents {
        Some(dependents) => format!("{dependents}: {}", rule.spec),
        None => rule.spec.clone(),
    });
    let edits = request
        .dependencies
        .iter()
        .map(|edit| format!("{}: {}", edit.dependents, edit.spec));
    overrides.chain(edits).collect()
}

fn list(imported: &Imported, name: &str) -> Result<BasePlatform, Error> {
    let packages = match &imported.explicit {
        Some(file) => file
            .entries
            .iter()
            .map(|entry| named(&entry.name, name, entry.line).map(|name| of_entry(entry, name)))
            .collect::<Result<Vec<_>, _>>()?,
        None => imported
            .conda
            .iter()
            .map(|entry| {
                Ok(BasePackage {
                    name: named(&entry.name, name, entry.line)?,
                    version: entry.version.clone(),
                    build: entry.build.clone(),
                    record: None,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?,
    };
    Ok(BasePlatform {
        name: None,
        subdir: imported.platform.or_else(|| subdir(&packages)),
        packages,
        rules: Vec::new(),
    })
}

fn named(text: &str, base: &str, line: usize) -> Result<PackageName, Error> {
    text.parse().map_err(|_| Error::BaseLine {
        base: base.to_owned(),
        line,
        problem: format!("`{text}` is not the name of a package"),
    })
}

fn package(record: RepoDataRecord) -> BasePackage {
    let own = &record.package_record;
    BasePackage {
        name: own.name.clone(),
        version: own.version.to_string(),
        build: Some(own.build.to_string()),
        record: Some(record),
    }
}

/// What the line of an explicit file says of a record.
fn of_entry(entry: &ExplicitEntry, name: PackageName) -> BasePackage {
    BasePackage {
        version: entry.version.clone(),
        build: Some(entry.build.clone()),
        record: stub(entry, name.clone()),
        name,
    }
}

fn stub(entry: &ExplicitEntry, name: PackageName) -> Option<RepoDataRecord> {
    let version: VersionWithSource = entry.version.parse().ok()?;
    let mut record = PackageRecord::new(name, version, entry.build.parse().ok()?);
    match entry.hash {
        Some(Hash::Sha256(hash)) => record.sha256 = Some(hash),
        Some(Hash::Md5(hash)) => record.md5 = Some(hash),
        None => {}
    }
    if let Some(subdir) = entry.subdir {
        record.subdir = subdir.to_string();
    }
    Some(RepoDataRecord {
        package_record: record,
        identifier: DistArchiveIdentifier::try_from_filename(&entry.file)?,
        url: entry.url.clone(),
        channel: None,
    })
}

/// The one subdir besides noarch that the records are of.
fn subdir(packages: &[BasePackage]) -> Option<Subdir> {
    packages
        .iter()
        .filter_map(|package| package.record.as_ref())
        .filter_map(|record| record.package_record.subdir.parse().ok())
        .find(|subdir| *subdir != Subdir::NoArch)
}

/// A URL with a mirror's prefix replaced by the canonical one, if it has one.
fn canonical(url: &Url, mirrors: &std::collections::BTreeMap<String, Vec<String>>) -> Option<Url> {
    mirrors.iter().find_map(|(canonical, places)| {
        places.iter().find_map(|place| {
            let place = format!("{}/", place.trim_end_matches('/'));
            let rest = url.as_str().strip_prefix(&place)?;
            format!("{}/{rest}", canonical.trim_end_matches('/'))
                .parse()
                .ok()
        })
    })
}
