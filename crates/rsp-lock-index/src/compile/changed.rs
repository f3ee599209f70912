//! Names whose records are not what they were, and which texts speak of them.

use std::collections::HashMap;

use hashbrown::DefaultHashBuilder;
use rattler_conda_types::MatchSpec;

use super::{
    matchers::{Matchers, is_of_names, starts_plainly},
    specs::{self, Target},
};
use crate::{owned::length, pack::NONE};

/// Names that are not what they were.
#[derive(Debug, Default)]
pub(super) struct Changed<'p> {
    /// By text, the place of a name in `differing`; [`NONE`] for one that comes or goes.
    places: HashMap<&'p [u8], u32, DefaultHashBuilder>,
    /// Names with records before and now, with their numbers before.
    differing: Vec<(&'p [u8], u32)>,
}

/// What a text means for what is said of names that changed.
pub(super) enum Meaning<'c> {
    /// It speaks of no such name, or means nothing.
    Other,
    /// Which candidates of one are allowed, and nothing else: the place of the name, and what says
    /// which.
    Matches(u32, &'c MatchSpec),
    /// It may say anything.
    Unclear,
}

impl<'p> Changed<'p> {
    /// Adds a name that has no records now, or had none before.
    pub(super) fn comes_or_goes(&mut self, name: &'p [u8]) {
        self.places.insert(name, NONE);
    }

    /// Adds a name with other records than before, when it had this number.
    pub(super) fn differs(&mut self, name: &'p [u8], before: u32) {
        self.places.insert(name, length(&self.differing));
        self.differing.push((name, before));
    }

    /// Whether a name comes, goes or differs.
    pub(super) fn is_among(&self, name: &[u8]) -> bool {
        self.places.contains_key(name)
    }

    /// Names with other records than before, with their numbers then.
    pub(super) fn differing(&self) -> &[(&'p [u8], u32)] {
        &self.differing
    }

    /// Whether a dependency may speak of such a name. Nearly all are of the common form and of
    /// other names: these need not be read.
    pub(super) fn may_be_meant(&self, text: &[u8]) -> bool {
        plain_name(text).is_none_or(|name| self.is_among(name))
    }

    /// What becomes of the meaning of a dependency.
    pub(super) fn meaning<T>(
        &self,
        text: &[u8],
        matchers: &Matchers,
        become_of: impl FnOnce(Meaning<'_>) -> T,
    ) -> T {
        if !self.may_be_meant(text) {
            return become_of(Meaning::Other);
        }
        let text = std::str::from_utf8(text).unwrap_or_default();
        let Ok(spec) = specs::read(text, matchers, |_| None) else {
            // It means nothing, whatever there is.
            return become_of(Meaning::Other);
        };
        if spec.says_more() || spec.names_a_place {
            return become_of(Meaning::Unclear);
        }
        let place = match &spec.target {
            Target::Unknown(name) => self.places.get(name.as_bytes()),
            Target::Known(_) | Target::Virtual => None,
        };
        become_of(match (place, spec.matcher.as_deref()) {
            (None, _) => Meaning::Other,
            (Some(place), Some(matcher)) if *place != NONE => Meaning::Matches(*place, matcher),
            (Some(_), _) => Meaning::Unclear,
        })
    }
}

/// Per byte, whether a dependency of the common form can have it behind the name.
const IS_COMMON: [bool; 256] = {
    let mut is_common = [true; 256];
    let uncommon = b"[]();:#/\\";
    let mut at = 0;
    while at < uncommon.len() {
        is_common[uncommon[at] as usize] = false;
        at += 1;
    }
    is_common
};

/// The name that a dependency of the common form is about: name, version and build, without
/// places, brackets and conditions.
fn plain_name(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| !is_of_names(*byte));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let starts = name.first().copied().is_some_and(starts_plainly);
    let is_file = name.ends_with(b".conda") || name.ends_with(b".tar.bz2");
    let is_alone = rest.first().is_none_or(|byte| *byte == b' ');
    let is_common = rest.iter().all(|byte| IS_COMMON[*byte as usize]);
    (starts && !is_file && is_alone && is_common).then_some(name)
}
