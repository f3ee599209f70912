//! What stands behind the name of a dependency, read once for many names.
//!
//! `numpy >=1.23,<3` and `scipy >=1.23,<3` differ in nothing but the name: of ten texts of a
//! large channel, nine say of versions what another says as well, and reading versions is most
//! of what reading a text takes.

use std::{
    collections::HashMap,
    hash::BuildHasher as _,
    sync::{Arc, PoisonError, RwLock},
};

use hashbrown::DefaultHashBuilder;
use rattler_conda_types::{MatchSpec, ParseMatchSpecOptions, RepodataRevision};

/// How a dependency of a record is read.
pub(super) fn options() -> ParseMatchSpecOptions {
    ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3)
}

/// Parts of the memory, so that cores seldom wait for each other.
const SHELVES: usize = 16;

/// So many on a shelf, and it begins anew: a channel can have any number of versions.
const FULL: usize = 2048;

/// What was read, by its text.
type Shelf = HashMap<Box<str>, Arc<MatchSpec>, DefaultHashBuilder>;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Matchers {
    shelves: [RwLock<Shelf>; SHELVES],
    hasher: DefaultHashBuilder,
}

impl Matchers {
    /// The name that a text is about and a spec for what it says of that, which has another name;
    /// `None` if the text is not of the most common form or says nothing that can be read.
    pub(super) fn read<'t>(&self, text: &'t str) -> Option<(&'t str, Arc<MatchSpec>)> {
        let (name, behind) = split(text)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any part of a hash will do"
        )]
        let place = self.hasher.hash_one(behind) as usize % SHELVES;
        let shared = self.shelves.get(place)?;
        // What is on a shelf is whole, also where another thread has panicked.
        let known = shared.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(behind) {
            return Some((name, known.clone()));
        }
        drop(known);
        let spec = Arc::new(MatchSpec::from_str(&format!("x {behind}"), options()).ok()?);
        let mut known = shared.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() == FULL {
            known.clear();
        }
        known.insert(behind.into(), spec.clone());
        Some((name, spec))
    }
}

/// Name and version of a text that is nothing else, in characters that mean nothing to the rest
/// of the grammar of specs (places, brackets, builds).
fn split(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.split_once(' ')?;
    let is_version = |c: u8| c.is_ascii_alphanumeric() || b"._-+!*<>=~,|".contains(&c);
    let is_plain =
        is_plain_name(name.as_bytes()) && !version.is_empty() && version.bytes().all(is_version);
    is_plain.then_some((name, version))
}

/// Whether a text is a name as packages have it, and nothing else.
fn is_plain_name(text: &[u8]) -> bool {
    text.first().copied().is_some_and(starts_plainly) && text.iter().copied().all(is_of_names)
}

/// Whether names as packages have them can have this in them.
pub(super) fn is_of_names(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.')
}

/// Whether such a name can begin with this, of what it can have in it.
pub(super) fn starts_plainly(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn a_text_means_the_same_as_when_it_is_read_as_a_whole(
            name in "[a-z0-9_.-]{1,6}",
            version in "[<>=!~]{0,2}[0-9a-z.*_+!-]{1,6}([,|][<>=!~]{0,2}[0-9a-z.*]{1,5}){0,2}",
        ) {
            let text = format!("{name} {version}");
            let matchers = Matchers::default();
            for _ in 0..2 {
                let Some((name, read)) = matchers.read(&text) else { continue };
                let whole = MatchSpec::from_str(&text, options()).unwrap();
                prop_assert_eq!(whole.name.as_exact().unwrap().as_normalized(), name);
                prop_assert_eq!(MatchSpec { name: whole.name.clone(), ..(*read).clone() }, whole);
            }
        }
    }

    #[test]
    fn nothing_else_is_taken_for_the_common_form() {
        let others = [
            "numpy",
            "numpy >=1.2 py_0",
            "numpy  >=1.2",
            "numpy[version=1]",
            "numpy >=1[build=x]",
            "conda-forge::numpy 1",
            "numpy 1 # why",
            "numpy 1; if python",
            "Numpy 1",
            "num*py 1",
            "numpy>=1",
            "/numpy 1",
            "numpy ",
        ];
        let matchers = Matchers::default();
        for text in others {
            assert!(matchers.read(text).is_none(), "{text}");
        }
        assert!(matchers.read("numpy >=1.2,<2").is_some());
    }

    #[test]
    fn a_full_shelf_begins_anew() {
        let matchers = Matchers::default();
        for version in 0..FULL * SHELVES * 2 {
            assert!(matchers.read(&format!("x >={version}")).is_some());
        }
        for shelf in &matchers.shelves {
            assert!(shelf.read().unwrap().len() <= FULL);
        }
    }
}
