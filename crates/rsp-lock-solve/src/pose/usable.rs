//! Whether the dependencies of a record mean anything to a solver.

use std::{borrow::Cow, collections::HashMap};

use rattler_conda_types::{MatchSpec, PackageRecord};
use rsp_lock_spec::{exact_name, parse_record_spec};

use rsp_lock_index::place::names_a_place;

use crate::lines;

/// What is known of dependencies by their text; records repeat them often.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    known: HashMap<Cow<'a, str>, Dependency>,
}

#[derive(Debug)]
struct Dependency {
    /// The name of the package, or why there is none.
    name: Result<Box<str>, Box<str>>,
    /// The spec, if it says more than matching looks at.
    place: Option<Box<MatchSpec>>,
}

impl<'a> Texts<'a> {
    /// Calls `visit` with the name of every dependency, optional ones too, or
    /// says why the record cannot be used.
    pub(super) fn visit(
        &mut self,
        record: &'a PackageRecord,
        mut visit: impl FnMut(&str, Option<&MatchSpec>),
    ) -> Result<(), String> {
        self.visit_all(record, Cow::Borrowed, &mut visit)
    }

    /// [`Texts::visit`] for a record that does not live as long.
    pub(super) fn visit_changed(
        &mut self,
        record: &PackageRecord,
        mut visit: impl FnMut(&str, Option<&MatchSpec>),
    ) -> Result<(), String> {
        self.visit_all(record, |text| Cow::Owned(text.to_owned()), &mut visit)
    }

    fn visit_all<'r>(
        &mut self,
        record: &'r PackageRecord,
        key: impl Fn(&'r str) -> Cow<'a, str>,
        visit: &mut dyn FnMut(&str, Option<&MatchSpec>),
    ) -> Result<(), String> {
        let required = record.depends.iter();
        let optional = record.extra_depends.values().flatten();
        for text in required.chain(optional) {
            let dependency = self.get(text, &key);
            match &dependency.name {
                Ok(name) => visit(name, dependency.place.as_deref()),
                Err(problem) => return Err(format!("`{text}`: {problem}")),
            }
        }
        for text in &record.constrains {
            if let Err(problem) = &self.get(text, &key).name {
                return Err(format!("`{text}`: {problem}"));
            }
        }
        Ok(())
    }

    fn get<'r>(&mut self, text: &'r str, key: impl Fn(&'r str) -> Cow<'a, str>) -> &Dependency {
        if !self.known.contains_key(text) {
            self.known.insert(key(text), read(text));
        }
        // The entry was made a line above.
        &self.known[text]
    }
}

fn read(text: &str) -> Dependency {
    match usable(text) {
        Ok(spec) => Dependency {
            name: Ok(exact_name(&spec).as_normalized().into()),
            place: names_a_place(&spec).then(|| Box::new(spec)),
        },
        Err(problem) => Dependency {
            name: Err(problem.into()),
            place: None,
        },
    }
}

/// What keeps a dependency's text from being understood.
pub(crate) fn problem(text: &str) -> Option<String> {
    usable(text).err()
}

fn usable(text: &str) -> Result<MatchSpec, String> {
    let spec = parse_record_spec(text).map_err(|error| error.problem)?;
    match spec.condition.as_ref().and_then(lines::condition_problem) {
        Some(problem) => Err(problem),
        None => Ok(spec),
    }
}
