//! A second check of a set of files: name by name on text, with rattler's own
//! matching and nothing of the crate under test.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, ParseStrictness, RepoDataRecord,
};

/// A file of a set: its record and the hashes beside it.
#[derive(Clone)]
pub(crate) struct File<'a> {
    pub(crate) record: &'a RepoDataRecord,
    pub(crate) sha256: String,
    pub(crate) md5: String,
}

/// Everything that is wrong, each as a line of text.
pub(crate) fn complaints(
    files: &[File<'_>],
    virtual_packages: &[GenericVirtualPackage],
    specs: &mut HashMap<String, MatchSpec>,
) -> BTreeSet<String> {
    let mut complaints = BTreeSet::new();
    let mut shelf: BTreeMap<&str, Vec<&RepoDataRecord>> = BTreeMap::new();
    for file in files {
        let name = file.record.package_record.name.as_normalized();
        shelf.entry(name).or_default().push(file.record);
    }
    for (name, records) in &shelf {
        if records.len() != 1 {
            complaints.insert(format!("twice {name}"));
        }
    }
    for file in files {
        let package = &file.record.package_record;
        let url = &file.record.url;
        for (field, line) in package
            .depends
            .iter()
            .map(|line| ("depends", line))
            .chain(package.constrains.iter().map(|line| ("constrains", line)))
        {
            let spec = specs.entry(line.clone()).or_insert_with(|| {
                MatchSpec::from_str(line, ParseStrictness::Lenient)
                    .unwrap_or_else(|error| panic!("{line}: {error}"))
            });
            let end = line
                .find(|c: char| c.is_whitespace() || "<>=!~[".contains(c))
                .unwrap_or(line.len());
            let name = line[..end].to_lowercase();
            let (there, fits) = if name.starts_with("__") {
                let of_name = || {
                    virtual_packages
                        .iter()
                        .filter(|p| p.name.as_normalized() == name)
                };
                (
                    of_name().count(),
                    of_name().filter(|package| spec.matches(*package)).count(),
                )
            } else {
                let of_name = shelf.get(name.as_str()).map_or(&[][..], Vec::as_slice);
                (
                    of_name.len(),
                    of_name
                        .iter()
                        .filter(|r| spec.matches(&r.package_record))
                        .count(),
                )
            };
            let fine = match field {
                "depends" => fits > 0,
                _ => fits == there,
            };
            if !fine {
                complaints.insert(format!("{field} {url} {line}"));
            }
        }
        for (kind, beside, said) in [
            (
                "sha256",
                &file.sha256,
                package.sha256.map(|hash| hash.to_vec()),
            ),
            ("md5", &file.md5, package.md5.map(|hash| hash.to_vec())),
        ] {
            let said: Vec<String> = said.unwrap().iter().map(|b| format!("{b:02x}")).collect();
            if said.concat() != *beside {
                complaints.insert(format!("{kind} {url}"));
            }
        }
    }
    complaints
}
