//! One project, two names: on PyPI and in a conda channel.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::PackageRecord;

/// The names that conda channels have.
#[derive(Clone, Debug, Default)]
pub struct Names {
    exact: BTreeSet<String>,
    /// By the name as PyPI compares it.
    spelled: BTreeMap<String, String>,
    /// By the project that the records themselves name.
    stated: BTreeMap<String, String>,
}

/// How the conda name of a project was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// It is the same but for `-`, `_`, `.` and case.
    Spelling,
    /// The records say which project they are built from.
    Stated,
    /// It is well known.
    Known,
}

/// Projects that conda-forge calls something else, where today's records do not say so.
const KNOWN: &[(&str, &str)] = &[
    ("build", "python-build"),
    ("confluent-kafka", "python-confluent-kafka"),
    ("graphviz", "python-graphviz"),
    ("kubernetes", "python-kubernetes"),
    ("matplotlib", "matplotlib-base"),
    ("mimeparse", "python-mimeparse"),
    ("msgpack", "msgpack-python"),
    ("opencv-python", "py-opencv"),
    ("opencv-python-headless", "py-opencv"),
    ("psycopg2-binary", "psycopg2"),
    ("socketio-client", "socketio-client-nexus"),
    ("tables", "pytables"),
    ("torch", "pytorch"),
];

/// The name as PyPI compares it (PEP 503): lower case, runs of `-`, `_`, `.` as one `-`.
pub fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if matches!(c, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// The project a record is built from, if it says so.
fn stated(record: &PackageRecord) -> Option<String> {
    let purls = record.purls.as_ref()?;
    purls
        .iter()
        .find(|purl| purl.package_type() == "pypi")
        .map(|purl| normal(purl.name()))
}

/// The project on PyPI that a python package of conda provides.
pub fn pypi_name(record: &PackageRecord) -> String {
    let name = record.name.as_normalized();
    stated(record).unwrap_or_else(|| {
        KNOWN
            .iter()
            .find(|(_, conda)| *conda == name)
            .map_or_else(|| normal(name), |(pypi, _)| (*pypi).to_owned())
    })
}

/// The conda names that a project may have: its own in the spellings that occur, and
/// well-known other ones.
pub fn candidates(project: &str) -> Vec<String> {
    let own = normal(project);
    let mut names = vec![own.replace('-', "_"), own.replace('-', "."), own.clone()];
    // `rubin-jupyter-utils-lab` may be `rubin_jupyter_utils.lab`.
    if let Some((before, last)) = own.rsplit_once('-') {
        names.push(format!("{before}.{last}"));
        names.push(format!("{}.{last}", before.replace('-', "_")));
    }
    let known = KNOWN.iter().filter(|(pypi, _)| *pypi == own);
    names.extend(known.map(|(_, conda)| (*conda).to_owned()));
    names.sort();
    names.dedup();
    names
}

impl Names {
    /// Adds a name, and the project that its records say they are built from.
    pub fn add(&mut self, name: &str, project: Option<&str>) {
        if self.exact.insert(name.to_owned()) {
            self.spelled
                .entry(normal(name))
                .or_insert_with(|| name.to_owned());
        }
        if let Some(project) = project {
            self.stated
                .entry(normal(project))
                .or_insert_with(|| name.to_owned());
        }
    }

    /// Adds what a record says.
    pub fn add_record(&mut self, record: &PackageRecord) {
        self.add(record.name.as_normalized(), stated(record).as_deref());
    }

    /// The conda name of a project, and how it was found if it is not the same.
    pub(crate) fn find(&self, project: &str) -> Option<(&str, Option<How>)> {
        if let Some(name) = self.stated.get(project) {
            let how = (name != project).then_some(How::Stated);
            return Some((name, how));
        }
        let known = || {
            let (_, conda) = KNOWN.iter().find(|(pypi, _)| *pypi == project)?;
            self.exact
                .get(*conda)
                .map(|name| (name.as_str(), Some(How::Known)))
        };
        // `graphviz` is on conda-forge, but it is the program, not the project.
        if let Some(found) = known() {
            return Some(found);
        }
        if let Some(name) = self.exact.get(project) {
            return Some((name, None));
        }
        let name = self.spelled.get(project)?;
        Some((name, Some(How::Spelling)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_pypi_does() {
        assert_eq!(normal("Zope.Interface"), "zope-interface");
        assert_eq!(normal("a-_.b"), "a-b");
        let mut names = Names::default();
        for name in ["zope.interface", "jupyter", "graphviz", "pytorch", "py-x"] {
            names.add(name, None);
        }
        names.add("py-x", Some("X.Project"));
        assert_eq!(names.find("jupyter"), Some(("jupyter", None)));
        assert_eq!(
            names.find("zope-interface"),
            Some(("zope.interface", Some(How::Spelling)))
        );
        assert_eq!(names.find("torch"), Some(("pytorch", Some(How::Known))));
        assert_eq!(names.find("x-project"), Some(("py-x", Some(How::Stated))));
        assert_eq!(
            names.find("graphviz"),
            Some(("graphviz", None)),
            "no python-graphviz here"
        );
        names.add("python-graphviz", None);
        assert_eq!(
            names.find("graphviz"),
            Some(("python-graphviz", Some(How::Known)))
        );
        assert_eq!(names.find("nclib"), None);
    }
}
