//! Specs of records as text, read once each.

use std::{borrow::Cow, cell::OnceCell};

use hashbrown::HashMap;

use rattler_conda_types::{MatchSpec, ParseMatchSpecOptions, RepodataRevision};

/// Parentheses deeper than this are refused: the parser below recurses, and a
/// stack that overflows cannot be caught. Real specs have at most two.
const MAX_DEPTH: usize = 32;

/// Reads a spec as records write them: lenient, with extras, flags and conditions.
///
/// The error is a sentence. Names must be exact.
pub fn parse_spec(text: &str) -> Result<MatchSpec, String> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err("its parentheses are nested too deeply".to_owned());
        }
    }
    let options = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    MatchSpec::from_str(text, options).map_err(|error| error.to_string())
}

/// The place of a spec in [`Specs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpecId(usize);

impl SpecId {
    /// Its number, below [`Specs::len`].
    pub(crate) fn place(self) -> usize {
        self.0
    }
}

/// Texts and what they mean, each text read once: the same dependency stands
/// in hundreds of records.
#[derive(Default)]
pub(crate) struct Specs<'a> {
    ids: HashMap<Cow<'a, str>, SpecId>,
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
        if let Some(id) = self.ids.get(&text) {
            return *id;
        }
        let id = SpecId(self.parsed.len());
        self.parsed.push(OnceCell::new());
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }

    /// What a text means.
    pub(crate) fn get(&self, id: SpecId) -> Result<&MatchSpec, &str> {
        let (Some(parsed), Some(text)) = (self.parsed.get(id.0), self.texts.get(id.0)) else {
            return Err("unknown spec");
        };
        let parsed: &Result<MatchSpec, String> = parsed.get_or_init(|| Box::new(parse_spec(text)));
        parsed.as_ref().map_err(String::as_str)
    }
}
