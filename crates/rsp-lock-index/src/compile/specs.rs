//! Dependency texts, each read once.

use std::{fmt::Display, ops::Range, sync::Arc};

use rattler_conda_types::{MatchSpec, MatchSpecCondition};
use rsp_lock_spec::too_large;

use super::{
    matchers::{Matchers, options},
    statements::{Statement, Statements},
};
use crate::{
    owned::length,
    pack::{Interner, Pack},
    place::names_a_place,
    ranges::Ranges,
};

/// A dependency text as the compiler sees it. There are hundreds of thousands, so that what few
/// have is elsewhere.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) target: Target,
    /// The spec without its condition and extras, and with any name; `None` once nobody will ask
    /// for it any more.
    pub(super) matcher: Option<Arc<MatchSpec>>,
    /// Whether it says where a record has to be.
    pub(super) names_a_place: bool,
    more: Option<Box<More>>,
    /// What it allows of the name that a pack has.
    pub(super) allowed: Option<Ranges>,
    /// What it says when it requires and when it limits.
    said: [Said; 2],
    /// Its clause when it requires and when it limits.
    made: [Made; 2],
}

/// What a spec is about.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A name that a pack has.
    Known(u32),
    /// A name that no pack has.
    Unknown(Box<str>),
    /// A virtual package, which no pack need have.
    Virtual,
}

/// What few specs have.
#[derive(Debug)]
struct More {
    extras: Vec<String>,
    condition: Option<Vec<Vec<MatchSpec>>>,
}

impl Spec {
    /// Notes what it allows.
    pub(super) fn allow(&mut self, allowed: Ranges) {
        self.allowed = Some(allowed);
        if !self.names_a_place {
            self.matcher = None;
        }
    }

    /// The number of the name that it is about, if a pack has it.
    pub(super) fn target_id(&self) -> Option<u32> {
        match self.target {
            Target::Known(id) => Some(id),
            Target::Unknown(_) | Target::Virtual => None,
        }
    }

    /// The number of the name that it is about, if it says nothing but which of its candidates.
    pub(super) fn plain_target(&self) -> Option<u32> {
        let is_plain = self.more.is_none() && !self.names_a_place;
        self.target_id().filter(|_| is_plain)
    }

    /// Whether it has extras or a condition.
    pub(super) fn says_more(&self) -> bool {
        self.more.is_some()
    }

    /// The extras it asks for.
    pub(super) fn extras(&self) -> &[String] {
        self.more.as_ref().map_or(&[], |more| &more.extras)
    }

    /// When it counts, as alternatives of what must hold together.
    pub(super) fn condition(&self) -> Option<&[Vec<MatchSpec>]> {
        self.more.as_ref()?.condition.as_deref()
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

/// What a text says, or why it means nothing.
pub(super) type Read = Result<Spec, Box<str>>;

/// How many specs lie together, so that those on full pages do not move when more come.
const PAGE: u32 = 512;

/// Every distinct text of a compilation, with what became of it.
#[derive(Debug, Default)]
pub(super) struct Specs {
    /// By pack and text, the number of the spec and one more; 0 for what nobody has met.
    known: Vec<Vec<u32>>,
    texts: Interner<u8>,
    /// What the texts say, in pages of which only the last is not full; those behind are not read
    /// yet.
    read: Vec<Vec<Read>>,
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
        let id = self.texts.intern(of.text_bytes(text));
        let known = self.known.get_mut(at);
        if let Some(known) = known.and_then(|known| known.get_mut(place)) {
            *known = id + 1;
        }
        id
    }

    pub(super) fn intern_text(&mut self, text: &str) -> u32 {
        self.texts.intern(text.as_bytes())
    }

    /// As written.
    pub(super) fn text(&self, id: u32) -> &str {
        std::str::from_utf8(self.texts.get(id)).unwrap_or_default()
    }

    /// Those that are not read yet.
    pub(super) fn unread(&self) -> Range<u32> {
        let last = self.read.last();
        let full = length(&self.read).saturating_sub(1).saturating_mul(PAGE);
        full.saturating_add(last.map_or(0, |page| length(page)))..self.texts.len()
    }

    /// Adds what [`pages`] of [`Self::unread`] say.
    pub(super) fn add(&mut self, read: Vec<Vec<Read>>) {
        let mut read = read.into_iter();
        if let Some(begun) = self.read.last_mut().filter(|last| length(last) < PAGE) {
            begun.extend(read.next().unwrap_or_default());
        }
        self.read.extend(read);
    }

    pub(super) fn get(&self, id: u32) -> Result<&Spec, &str> {
        let (page, at) = place(id);
        match self.read.get(page).and_then(|page| page.get(at)) {
            Some(Ok(spec)) => Ok(spec),
            Some(Err(problem)) => Err(problem),
            None => Err("no such spec"),
        }
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut Spec> {
        let (page, at) = place(id);
        self.read.get_mut(page)?.get_mut(at)?.as_mut().ok()
    }

    /// Those from one on, page by page.
    pub(super) fn pages_from(&mut self, first: u32) -> Vec<&mut [Read]> {
        let (page, mut before) = place(first);
        let pages = self.read.get_mut(page..).unwrap_or_default().iter_mut();
        pages
            .map(|page| {
                page.get_mut(std::mem::take(&mut before)..)
                    .unwrap_or_default()
            })
            .collect()
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

/// The page of a spec, and its place there.
fn place(id: u32) -> (usize, usize) {
    ((id / PAGE) as usize, (id % PAGE) as usize)
}

/// Numbers of specs, page by page.
pub(super) fn pages(ids: Range<u32>) -> Vec<Range<u32>> {
    let mut start = ids.start;
    let next = std::iter::from_fn(|| {
        let next_page = (start / PAGE + 1).saturating_mul(PAGE);
        let page = start..ids.end.min(next_page);
        start = page.end;
        (!page.is_empty()).then_some(page)
    });
    next.collect()
}

/// Reads a dependency text; `name_id` knows the names that packs have.
pub(super) fn read(
    text: &str,
    matchers: &Matchers,
    name_id: impl FnOnce(&str) -> Option<u32>,
) -> Read {
    let new = |target: &str, matcher: Arc<MatchSpec>| Spec {
        target: match name_id(target) {
            _ if target.starts_with("__") => Target::Virtual,
            Some(id) => Target::Known(id),
            None => Target::Unknown(target.into()),
        },
        names_a_place: names_a_place(&matcher),
        matcher: Some(matcher),
        more: None,
        allowed: None,
        said: [Said::NotYet, Said::NotYet],
        made: [Made::NotYet; 2],
    };
    if let Some((name, matcher)) = matchers.read(text) {
        return Ok(new(name, matcher));
    }
    let problem = |of: &dyn Display| format!("`{text}`: {of}").into_boxed_str();
    if let Some(of) = too_large(text) {
        return Err(problem(&of));
    }
    let mut spec = MatchSpec::from_str(text, options()).map_err(|error| problem(&error))?;
    let target: Box<str> = spec
        .name
        .as_exact()
        .ok_or_else(|| problem(&"it does not name one package"))?
        .as_normalized()
        .into();
    let condition = spec.condition.take();
    let condition = condition.map(|condition| alternatives(&condition).map_err(|of| problem(&of)));
    let more = More {
        condition: condition.transpose()?,
        extras: spec.extras.take().unwrap_or_default(),
    };
    let has_more = more.condition.is_some() || !more.extras.is_empty();
    Ok(Spec {
        more: has_more.then(|| Box::new(more)),
        ..new(&target, Arc::new(spec))
    })
}

/// A condition in disjunctive form: it holds if all specs of any one list are met.
///
/// Refused are conditions of conditions and of places, which mean nothing to any solver, and
/// conditions whose form would be large, which no sensible one is.
fn alternatives(condition: &MatchSpecCondition) -> Result<Vec<Vec<MatchSpec>>, String> {
    let all = disjunction(condition)?;
    // The condition fails in each way to choose a spec of every alternative.
    let ways = all
        .iter()
        .fold(1, |ways: usize, specs| ways.saturating_mul(specs.len()));
    if ways > MOST_WAYS {
        Err(large())
    } else {
        Ok(all)
    }
}

/// More alternatives than any sensible condition has.
const LARGE: usize = 64;

/// As many ways to fail as no sensible condition has.
const MOST_WAYS: usize = 256;

fn large() -> String {
    "its condition is too large".to_owned()
}

/// [`alternatives`], in however many ways they fail.
fn disjunction(condition: &MatchSpecCondition) -> Result<Vec<Vec<MatchSpec>>, String> {
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
            let mut all = disjunction(left)?;
            all.extend(disjunction(right)?);
            if all.len() > LARGE {
                Err(large())
            } else {
                Ok(all)
            }
        }
        MatchSpecCondition::And(left, right) => {
            let (left, right) = (disjunction(left)?, disjunction(right)?);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_where_their_numbers_say_whatever_came_at_once() {
        let matchers = Matchers::default();
        let mut specs = Specs::default();
        let mut count = 0;
        for more in [
            0,
            1,
            PAGE - 1,
            PAGE,
            0,
            1,
            PAGE + 1,
            2 * PAGE - 2,
            1,
            1,
            3 * PAGE,
        ] {
            for id in count..count + more {
                assert_eq!(specs.intern_text(&format!("x =={id}")), id);
            }
            let new = specs.unread();
            assert_eq!(new, count..count + more);
            let pages = pages(new.clone()).into_iter();
            let read = pages.map(|ids| {
                let texts = ids.map(|id| specs.text(id));
                texts
                    .map(|text| super::read(text, &matchers, |_| Some(7)))
                    .collect()
            });
            let read = read.collect();
            specs.add(read);
            count += more;
            assert!(specs.unread().is_empty());
            let from: usize = specs
                .pages_from(new.start)
                .iter()
                .map(|page| page.len())
                .sum();
            assert_eq!(from, new.len());
            for id in 0..count {
                let matcher = specs.get(id).unwrap().matcher.as_ref().unwrap();
                assert_eq!(
                    matcher.version.as_ref().unwrap().to_string(),
                    format!("=={id}")
                );
            }
            assert!(specs.get(count).is_err());
        }
    }
}
