//! Dependency texts, each read once.

use std::collections::HashMap;

use rattler_conda_types::{MatchSpec, MatchSpecCondition, ParseMatchSpecOptions, RepodataRevision};

use crate::{owned::length, place::names_a_place, ranges::Ranges};

/// A dependency text as the compiler sees it.
#[derive(Debug)]
pub(super) struct Spec {
    /// As written.
    pub(super) text: Box<str>,
    /// The name it is about.
    pub(super) target: Box<str>,
    /// The number of that name; [`UNKNOWN`](super::compiler::UNKNOWN) until somebody asks.
    pub(super) target_id: u32,
    /// The spec without its condition and extras; `None` once nobody will ask for it any more.
    pub(super) matcher: Option<Box<MatchSpec>>,
    /// Whether it says where a record has to be.
    pub(super) names_a_place: bool,
    /// The extras it asks for.
    pub(super) extras: Vec<String>,
    /// When it counts, as alternatives of what must hold together.
    pub(super) condition: Option<Vec<Vec<MatchSpec>>>,
    /// What it allows, once it is known.
    pub(super) allowed: Option<Ranges>,
    /// Its clause when it requires and when it limits.
    pub(super) clauses: [Made; 2],
}

impl Spec {
    /// Notes what it allows. There are hundreds of thousands of specs, and most of their memory
    /// is the matcher.
    pub(super) fn allow(&mut self, allowed: Ranges) {
        self.allowed = Some(allowed);
        if !self.names_a_place {
            self.matcher = None;
        }
    }
}

/// What became of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Nobody has asked.
    NotYet,
    /// It says nothing.
    Nothing,
    /// Its number.
    Clause(u32),
}

/// Every distinct text of a compilation, with what became of it.
#[derive(Debug, Default)]
pub(super) struct Specs {
    /// By pack and text.
    known: HashMap<[u32; 2], u32, hashbrown::DefaultHashBuilder>,
    by_text: HashMap<Box<str>, u32, hashbrown::DefaultHashBuilder>,
    read: Vec<Result<Spec, String>>,
}

impl Specs {
    /// The number of a text of a pack.
    pub(super) fn intern(&mut self, key: [u32; 2], text: &str) -> u32 {
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = self.intern_text(text);
        self.known.insert(key, id);
        id
    }

    pub(super) fn intern_text(&mut self, text: &str) -> u32 {
        if let Some(id) = self.by_text.get(text) {
            return *id;
        }
        let id = length(&self.read);
        self.read.push(read(text));
        self.by_text.insert(text.into(), id);
        id
    }

    pub(super) fn get(&self, id: u32) -> Result<&Spec, &str> {
        match self.read.get(id as usize) {
            Some(Ok(spec)) => Ok(spec),
            Some(Err(problem)) => Err(problem),
            None => Err("no such spec"),
        }
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Spec> {
        self.read.get_mut(id as usize)?.as_mut().ok()
    }
}

fn read(text: &str) -> Result<Spec, String> {
    let options = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    let mut spec =
        MatchSpec::from_str(text, options).map_err(|error| format!("`{text}`: {error}"))?;
    let target = spec
        .name
        .as_exact()
        .ok_or_else(|| format!("`{text}`: it does not name one package"))?
        .as_normalized()
        .into();
    let condition = match spec.condition.take() {
        Some(condition) => {
            Some(alternatives(&condition).map_err(|problem| format!("`{text}`: {problem}"))?)
        }
        None => None,
    };
    let extras = spec.extras.take().unwrap_or_default();
    Ok(Spec {
        text: text.into(),
        target,
        target_id: super::compiler::UNKNOWN,
        names_a_place: names_a_place(&spec),
        matcher: Some(Box::new(spec)),
        extras,
        condition,
        allowed: None,
        clauses: [Made::NotYet; 2],
    })
}

/// A condition in disjunctive form: it holds if all specs of any one list are met.
///
/// Refused are conditions of conditions and of places, which mean nothing to any solver, and
/// conditions whose form would be large, which no sensible one is.
fn alternatives(condition: &MatchSpecCondition) -> Result<Vec<Vec<MatchSpec>>, String> {
    const LARGE: usize = 64;
    let large = || "its condition is too large".to_owned();
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            if spec.condition.is_some() {
                return Err("a condition cannot have a condition of its own".to_owned());
            }
            if names_a_place(spec) {
                return Err("a condition cannot name a channel, a subdir or a file".to_owned());
            }
            if spec.name.as_exact().is_none() || spec.extras.is_some() {
                return Err("its condition does not name one package".to_owned());
            }
            // Solvers hand conditions on as text.
            let options =
                ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
            match MatchSpec::from_str(&spec.to_string(), options) {
                Ok(again) if again.condition.is_none() => Ok(vec![vec![(**spec).clone()]]),
                Ok(_) => Err("a condition cannot have a condition of its own".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        }
        MatchSpecCondition::Or(left, right) => {
            let mut all = alternatives(left)?;
            all.extend(alternatives(right)?);
            if all.len() > LARGE {
                Err(large())
            } else {
                Ok(all)
            }
        }
        MatchSpecCondition::And(left, right) => {
            let (left, right) = (alternatives(left)?, alternatives(right)?);
            if left.len() * right.len() > LARGE {
                return Err(large());
            }
            let both = |a: &Vec<MatchSpec>, b: &Vec<MatchSpec>| [a.clone(), b.clone()].concat();
            Ok(left
                .iter()
                .flat_map(|a| right.iter().map(move |b| both(a, b)))
                .collect())
        }
    }
}
