//! Files that keep pip from putting its own versions over conda packages.

use std::fmt::Write as _;
use std::{collections::BTreeMap, str::FromStr};

use pep440_rs::Version;
use rattler_conda_types::PackageRecord;

use crate::names::pypi_name;

/// The locked packages that python can import, by their names on PyPI.
///
/// A package counts if its records name a project, or if it depends on python. The
/// interpreter itself and `python_abi` are no projects.
pub(crate) fn python_packages<'r>(
    locked: &[&'r PackageRecord],
) -> BTreeMap<String, &'r PackageRecord> {
    locked
        .iter()
        .filter(|record| {
            let name = record.name.as_normalized();
            let is_interpreter = matches!(name, "python" | "python_abi" | "pypy" | "cpython");
            let needs_python = record.depends.iter().any(|text| {
                matches!(
                    rsp_lock_spec::dependency_name(text),
                    "python" | "python_abi"
                )
            });
            !is_interpreter && (needs_python || record.purls.is_some())
        })
        .map(|record| (pypi_name(record), *record))
        .collect()
}

/// A constraints file for pip: exactly the versions that conda has locked, sorted.
///
/// A version that PEP 440 cannot say is left out, with a comment in its place.
pub fn constraints(locked: &[&PackageRecord]) -> String {
    let mut out = String::from("# versions of the locked conda packages; pip must not move them\n");
    for (name, record) in python_packages(locked) {
        let version = record.version.to_string();
        if Version::from_str(&version).is_ok() {
            let _ = writeln!(out, "{name}=={version}");
        } else {
            let _ = writeln!(out, "# {name} {version}: not a version that pip knows");
        }
    }
    out
}

/// Names that pip must not install, for conda has them.
pub fn conda_only(locked: &[&PackageRecord]) -> Vec<String> {
    python_packages(locked).into_keys().collect()
}

/// The version of the locked python, such as `3.13.7`.
pub fn python_version(locked: &[&PackageRecord]) -> Option<String> {
    let python = locked
        .iter()
        .find(|record| record.name.as_normalized() == "python")?;
    Some(python.version.to_string())
}
