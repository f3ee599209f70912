//! Dependency texts, each read once.

use std::{collections::HashMap, ops::Range, sync::Arc};

use rattler_conda_types::{MatchSpec, MatchSpecCondition};

use super::{
    matchers::{Matchers, options},
    statements::{Statement, Statements},
};
use crate::{owned::length, pack::Pack, place::names_a_place, ranges::Ranges};

/// A dependency text as the compiler sees it.
#[derive(Debug)]
pub(super) struct Spec {
    /// As written.
    pub(super) text: Arc<str>,
    /// The name it is about.
    pub(super) target: Box<str>,
    /// The number of that name, if a pack has it.
    pub(super) target_id: Option<u32>,
    /// The spec without its condition and extras, and with any name; `None` once nobody will ask
    /// for it any more.
    pub(super) matcher: Option<Arc<MatchSpec>>,
    /// Whether it says where a record has to be.
    pub(super) names_a_place: bool,
    /// The extras it asks for.
    pub(super) extras: Vec<String>,
    /// When it counts, as alternatives of what must hold together.
    pub(super) condition: Option<Vec<Vec<MatchSpec>>>,
    /// What it allows of the name that a pack has.
    pub(super) allowed: Option<Ranges>,
    /// What it says when it requires and when it limits.
    said: [Said; 2],
    /// Its clause when it requires and when it limits.
    made: [Made; 2],
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

    pub(super) fn said(&self, limits: bool) -> &Said {
        let [requires, limited] = &self.said;
        if limits { limited } else { requires }
    }

    pub(super) fn made(&self, limits: bool) -> Made {
        self.made[usize::from(limits)]
    }
}

/// What a spec says.
#[derive(Debug)]
pub(super) enum Said {
    /// Nobody has asked.
    NotYet,
    /// What nearly all say.
    One(Statement),
    Several(Box<Statements>),
    /// Nothing, and why not.
    Meaningless(Box<str>),
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
    /// By pack and text, the number of the spec and one more; 0 for what nobody has met.
    known: Vec<Vec<u32>>,
    by_text: HashMap<Arc<str>, u32, hashbrown::DefaultHashBuilder>,
    read: Vec<Result<Spec, String>>,
    /// Those behind, which are not read yet.
    unread: Vec<Arc<str>>,
}

impl Specs {
    /// The number of a text of a pack.
    pub(super) fn intern(&mut self, pack: u32, of: &Pack, text: u32) -> u32 {
        let (at, place) = (pack as usize, text as usize);
        if at >= self.known.len() {
            self.known.resize(at + 1, Vec::new());
        }
        if let Some(known) = self.known.get_mut(at).filter(|known| known.is_empty()) {
            // Zeros cost nothing before they are looked at.
            *known = vec![0; of.texts() as usize];
        }
        let known = self.known.get(at).and_then(|known| known.get(place));
        if let Some(id) = known.and_then(|id| id.checked_sub(1)) {
            return id;
        }
        let id = self.intern_text(of.text(text));
        let known = self.known.get_mut(at);
        if let Some(known) = known.and_then(|known| known.get_mut(place)) {
            *known = id + 1;
        }
        id
    }

    pub(super) fn intern_text(&mut self, text: &str) -> u32 {
        if let Some(id) = self.by_text.get(text) {
            return *id;
        }
        let id = length(&self.read) + length(&self.unread);
        let text: Arc<str> = text.into();
        self.unread.push(text.clone());
        self.by_text.insert(text, id);
        id
    }

    /// Takes those that are not read yet.
    pub(super) fn unread(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.unread)
    }

    /// Adds what [`Self::unread`] gave, read; says which numbers that are.
    pub(super) fn add(&mut self, read: Vec<Result<Spec, String>>) -> Range<u32> {
        let first = length(&self.read);
        self.read.extend(read);
        first..length(&self.read)
    }

    pub(super) fn get(&self, id: u32) -> Result<&Spec, &str> {
        match self.read.get(id as usize) {
            Some(Ok(spec)) => Ok(spec),
            Some(Err(problem)) => Err(problem),
            None => Err("no such spec"),
        }
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut Spec> {
        self.read.get_mut(id as usize)?.as_mut().ok()
    }

    /// Several of them.
    pub(super) fn among(&mut self, ids: Range<u32>) -> &mut [Result<Spec, String>] {
        let range = ids.start as usize..ids.end as usize;
        self.read.get_mut(range).unwrap_or_default()
    }

    pub(super) fn say(&mut self, id: u32, limits: bool, said: Said) {
        if let Some(spec) = self.get_mut(id) {
            spec.said[usize::from(limits)] = said;
        }
    }

    pub(super) fn make(&mut self, id: u32, limits: bool, made: Made) {
        if let Some(spec) = self.get_mut(id) {
            spec.made[usize::from(limits)] = made;
        }
    }
}

/// Reads a dependency text; `name_id` knows the names that packs have.
pub(super) fn read(
    text: &Arc<str>,
    matchers: &Matchers,
    name_id: impl FnOnce(&str) -> Option<u32>,
) -> Result<Spec, String> {
    let new = |target: &str, matcher: Arc<MatchSpec>| Spec {
        text: text.clone(),
        target_id: name_id(target),
        target: target.into(),
        names_a_place: names_a_place(&matcher),
        matcher: Some(matcher),
        extras: Vec::new(),
        condition: None,
        allowed: None,
        said: [Said::NotYet, Said::NotYet],
        made: [Made::NotYet; 2],
    };
    if let Some((name, matcher)) = matchers.read(text) {
        return Ok(new(name, matcher));
    }
    let mut spec =
        MatchSpec::from_str(text, options()).map_err(|error| format!("`{text}`: {error}"))?;
    let target: Box<str> = spec
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
        extras,
        condition,
        ..new(&target, Arc::new(spec))
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
            match MatchSpec::from_str(&spec.to_string(), options()) {
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
