//! Specs of records as text, read once each.

use std::{borrow::Cow, cell::OnceCell, hash::BuildHasher as _};

use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};
use rattler_conda_types::{MatchSpec, ParseMatchSpecOptions, RepodataRevision};
use rsp_lock_spec::too_large;

/// Reads a spec as records write them: lenient, with extras, flags and conditions.
///
/// The error is a sentence. Names must be exact.
pub fn parse_spec(text: &str) -> Result<MatchSpec, String> {
    if let Some(problem) = too_large(text) {
        return Err(problem.to_owned());
    }
    let options = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    MatchSpec::from_str(text, options).map_err(|error| error.to_string())
}

/// The place of a spec in [`Specs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpecId(u32);

impl SpecId {
    /// Its number, below [`Specs::len`].
    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

/// Texts and what they mean, each text read once: the same dependency stands
/// in hundreds of records.
#[derive(Default)]
pub(crate) struct Specs<'a> {
    ids: HashTable<SpecId>,
    hasher: DefaultHashBuilder,
    texts: Vec<Cow<'a, str>>,
    /// Filled in where the full meaning is asked for; boxed, for most are not and a spec is large.
    parsed: Vec<OnceCell<Box<Result<MatchSpec, String>>>>,
}

impl<'a> Specs<'a> {
    /// How many different texts there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The place of what a text means.
    pub(crate) fn intern(&mut self, text: Cow<'a, str>) -> SpecId {
        let (texts, hasher) = (&self.texts, &self.hasher);
        let text_of = |id: &SpecId| texts.get(id.place()).map(|text| &**text);
        let place = self.ids.entry(
            hasher.hash_one(&*text),
            |id| text_of(id) == Some(&*text),
            |id| hasher.hash_one(text_of(id).unwrap_or_default()),
        );
        match place {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let id = SpecId(u32::try_from(texts.len()).unwrap_or(u32::MAX));
                place.insert(id);
                self.parsed.push(OnceCell::new());
                self.texts.push(text);
                id
            }
        }
    }

    /// The text itself.
    pub(crate) fn text(&self, id: SpecId) -> &str {
        self.texts.get(id.place()).map_or("", |text| text)
    }

    /// What a text means.
    pub(crate) fn get(&self, id: SpecId) -> Result<&MatchSpec, &str> {
        let Some(parsed) = self.parsed.get(id.place()) else {
            return Err("unknown spec");
        };
        let parsed = parsed.get_or_init(|| Box::new(parse_spec(self.text(id))));
        (**parsed).as_ref().map_err(String::as_str)
    }
}
