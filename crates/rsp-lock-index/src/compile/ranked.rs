//! Versions that are compared often.
//!
//! Most versions are numbers with dots between them, and most bounds are too, or end in `a0`,
//! which comes right before what it ends. Their order (CEP 33) is that of the numbers, so that
//! they are told apart by one comparison of integers.

use std::{borrow::Borrow, cmp::Ordering};

use rattler_conda_types::{Component, Version};

/// How many numbers a [`Key`] has room for.
const NUMBERS: usize = 4;

/// A version with what most comparisons need of it.
#[derive(Clone, Debug)]
pub(crate) struct Ranked<V = Version> {
    key: Option<Key>,
    pub(crate) version: V,
}

/// The numbers of a version, zeros behind them, as one; and, where the last is followed by `a0`,
/// how many numbers there are: `1a0` is before `1.0a0`, which is before `1`.
type Key = (u128, u8);

/// In the place of the number of numbers where no `a0` follows.
const ENDS_IN_A_NUMBER: u8 = u8::MAX;

impl<V: Borrow<Version>> Ranked<V> {
    pub(crate) fn new(version: V) -> Self {
        Self {
            key: key(version.borrow()),
            version,
        }
    }

    /// [`Version::cmp`].
    pub(super) fn order(&self, other: &Ranked<impl Borrow<Version>>) -> Ordering {
        match (&self.key, &other.key) {
            (Some(key), Some(other)) => key.cmp(other),
            _ => self.version.borrow().cmp(other.version.borrow()),
        }
    }
}

/// `None` for a version of another form, or with too many or too large numbers.
fn key(version: &Version) -> Option<Key> {
    if version.epoch() != 0 || version.has_local() {
        return None;
    }
    let mut numbers = [0_u32; NUMBERS];
    let mut end = ENDS_IN_A_NUMBER;
    let mut count = 0;
    for segment in version.segments() {
        let mut components = segment.components();
        if end != ENDS_IN_A_NUMBER {
            return None;
        }
        *numbers.get_mut(usize::from(count))? =
            u32::try_from(components.next()?.as_number()?).ok()?;
        count += 1;
        match [components.next(), components.next(), components.next()] {
            [None, ..] => {}
            [Some(Component::Iden(of)), Some(Component::Numeral(0)), None] if **of == *"a" => {
                end = count;
            }
            _ => return None,
        }
    }
    let joined = numbers
        .iter()
        .fold(0, |all: u128, number| all << 32 | u128::from(*number));
    Some((joined, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranked(text: &str) -> Ranked {
        Ranked::new(text.parse().unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16384))]

        #[test]
        fn the_order_is_that_of_versions(
            one in "(1!)?[0-2]([.][0-2]){0,4}(a0|a1|b0|rc1|[.]?post1|[.]dev0|_|-|[.]a0)?([.][01])?([+]1)?",
            other in "(0!)?[0-2]([.][0-2]){0,4}(a0|a1|a|alpha0|[.]4294967295|[.]4294967296)?",
        ) {
            let parsed = (one.parse::<Version>(), other.parse::<Version>());
            if let (Ok(one), Ok(other)) = parsed {
                let order = Ranked::new(&one).order(&Ranked::new(&other));
                prop_assert_eq!(order, one.cmp(&other), "{} {}", one, other);
            }
        }
    }

    #[test]
    fn the_usual_forms_have_a_key() {
        for text in [
            "0",
            "1.2",
            "2024.10.22",
            "1.2.3.4",
            "0!1",
            "3a0",
            "1.26.0a0",
        ] {
            assert!(ranked(text).key.is_some(), "{text}");
        }
        for text in [
            "1.2.3.4.5",
            "1!1",
            "1+1",
            "1a1",
            "1a0.1",
            "4294967296",
            "1_",
        ] {
            assert!(ranked(text).key.is_none(), "{text}");
        }
    }
}
