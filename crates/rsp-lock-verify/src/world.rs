//! What is there: the locked packages and the virtual packages, by name.

use std::{borrow::Cow, collections::BTreeMap};

use hashbrown::HashMap;

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, MatchSpecCondition, Matches, PackageName, RepoDataRecord,
    package::DistArchiveIdentifier,
};

use crate::{
    finding::{Found, Package},
    satisfies::satisfies,
    subject::Entry,
};

/// What is there, by name.
pub(crate) struct World<'a> {
    entries: &'a [Entry<'a>],
    virtual_packages: &'a [GenericVirtualPackage],
    by_name: HashMap<Cow<'a, str>, Vec<usize>>,
}

/// How a spec compares with what is there.
pub(crate) enum Verdict {
    /// There is what it asks for.
    Satisfied,
    /// A file of that name is there, but the channel says nothing about it.
    Unknown,
    /// Something else is there, or nothing.
    Not(Found),
}

impl<'a> World<'a> {
    pub(crate) fn new(
        entries: &'a [Entry<'a>],
        virtual_packages: &'a [GenericVirtualPackage],
    ) -> Self {
        let mut by_name: HashMap<Cow<'a, str>, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(name) = name_of(entry) {
                by_name.entry(name).or_default().push(index);
            }
        }
        Self {
            entries,
            virtual_packages,
            by_name,
        }
    }

    /// The entries of a name, in the order of the lock.
    pub(crate) fn named(&self, name: &PackageName) -> &[usize] {
        self.by_name
            .get(name.as_normalized())
            .map_or(&[], Vec::as_slice)
    }

    /// Whether no entry has this name.
    pub(crate) fn is_missing(&self, name: &str) -> bool {
        !self.by_name.contains_key(name)
    }

    /// What is there of a name, if it is nothing or one record and no virtual package.
    pub(crate) fn only(&self, name: &str) -> Option<Only<'a>> {
        if name.starts_with("__") {
            return None;
        }
        match self.by_name.get(name).map(Vec::as_slice) {
            None => Some(Only::Nothing),
            Some([entry]) => {
                let record = self.entries.get(*entry)?.record?;
                Some(Only::Record(*entry, record))
            }
            Some(_) => None,
        }
    }

    /// Names that are there more than once, sorted, each with its entries.
    pub(crate) fn duplicates(&self) -> BTreeMap<&str, &[usize]> {
        self.by_name
            .iter()
            .filter(|(_, entries)| entries.len() > 1)
            .map(|(name, entries)| (name.as_ref(), entries.as_slice()))
            .collect()
    }

    /// Whether there is what a spec asks for.
    pub(crate) fn has(&self, spec: &MatchSpec) -> Verdict {
        let mut found = None;
        let mut unknown = false;
        for record in self.candidates(spec) {
            match record {
                Candidate::Entry(entry) => match entry.record {
                    Some(record) if satisfies(spec, record) => return Verdict::Satisfied,
                    Some(record) => {
                        found.get_or_insert_with(|| Found::Locked(Package::of(record)));
                    }
                    None => unknown = true,
                },
                Candidate::Virtual(package) if spec.matches(package) => {
                    return Verdict::Satisfied;
                }
                Candidate::Virtual(package) => {
                    found.get_or_insert_with(|| Found::Virtual(package.clone()));
                }
            }
        }
        if unknown {
            Verdict::Unknown
        } else {
            Verdict::Not(found.unwrap_or(Found::Absent))
        }
    }

    /// What is there under the name of a spec and is not what the spec allows.
    pub(crate) fn violations(&self, spec: &MatchSpec) -> Vec<Found> {
        self.candidates(spec)
            .filter_map(|candidate| match candidate {
                Candidate::Entry(entry) => entry
                    .record
                    .filter(|record| !satisfies(spec, record))
                    .map(|record| Found::Locked(Package::of(record))),
                Candidate::Virtual(package) => {
                    (!spec.matches(package)).then(|| Found::Virtual(package.clone()))
                }
            })
            .collect()
    }

    /// Whether a condition holds; the error says what of it is not known.
    pub(crate) fn holds(&self, condition: &MatchSpecCondition) -> Result<bool, &'static str> {
        match condition {
            MatchSpecCondition::MatchSpec(spec) => {
                if let Some(feature) = unsupported(spec) {
                    return Err(feature);
                }
                if spec.extras.is_some() {
                    return Err("an extra inside a condition");
                }
                if spec.condition.is_some() {
                    return Err("a condition inside a condition");
                }
                match self.has(spec) {
                    Verdict::Satisfied => Ok(true),
                    Verdict::Not(_) => Ok(false),
                    Verdict::Unknown => Err("a condition on a package without metadata"),
                }
            }
            // Both sides are looked at, so that what is not known never hides.
            MatchSpecCondition::And(a, b) => {
                let (a, b) = (self.holds(a)?, self.holds(b)?);
                Ok(a && b)
            }
            MatchSpecCondition::Or(a, b) => {
                let (a, b) = (self.holds(a)?, self.holds(b)?);
                Ok(a || b)
            }
        }
    }

    fn candidates<'s>(&'s self, spec: &'s MatchSpec) -> impl Iterator<Item = Candidate<'a>> + 's {
        let name = spec.name.as_exact();
        let locked = name
            .map_or(&[][..], |name| self.named(name))
            .iter()
            .filter_map(|index| self.entries.get(*index))
            .map(Candidate::Entry);
        let offered = self
            .virtual_packages
            .iter()
            .filter(move |package| name == Some(&package.name))
            .map(Candidate::Virtual);
        locked.chain(offered)
    }
}

/// What is there of a name.
pub(crate) enum Only<'a> {
    Nothing,
    Record(usize, &'a RepoDataRecord),
}

enum Candidate<'a> {
    Entry(&'a Entry<'a>),
    Virtual(&'a GenericVirtualPackage),
}

/// What of a spec this check does not know, if anything.
pub(crate) fn unsupported(spec: &MatchSpec) -> Option<&'static str> {
    if spec.name.as_exact().is_none() {
        return Some("a name that is a pattern");
    }
    spec.namespace.is_some().then_some("a namespace")
}

/// The name of a locked file: its record's, or else the file name's.
fn name_of<'a>(entry: &Entry<'a>) -> Option<Cow<'a, str>> {
    if let Some(record) = entry.record {
        return Some(Cow::Borrowed(record.package_record.name.as_normalized()));
    }
    let file = DistArchiveIdentifier::try_from_url(entry.url)?;
    Some(Cow::Owned(file.identifier.name.to_lowercase()))
}
