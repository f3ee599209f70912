//! Versions that are compared often.
//!
//! Most versions are numbers with dots between them, and most bounds are too, or end in `a0`,
//! which comes right before what it ends. Their order (CEP 33) is that of the numbers, so that
//! they are told apart by one comparison of integers.

use std::{cmp::Ordering, sync::OnceLock};

use rattler_conda_types::{Component, Version};

/// How many numbers a [`Key`] has room for.
const NUMBERS: usize = 4;

/// The numbers of a version, zeros behind them, as one; and, where the last is followed by `a0`,
/// how many numbers there are: `1a0` is before `1.0a0`, which is before `1`.
type Key = (u128, u8);

/// In the place of the number of numbers where no `a0` follows.
const ENDS_IN_A_NUMBER: u8 = u8::MAX;

/// The version of a candidate.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    key: Option<Key>,
    /// How many numbers it is made of; 0 where `version` is there from the start.
    numbers: usize,
    /// Itself, mostly only once it is asked for: its order is mostly enough.
    version: OnceLock<Box<Version>>,
}

impl Ranked {
    /// `None` for what is no version.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Some((joined, numbers)) = read_numbers(text) {
            return Some(Self {
                key: Some((joined, ENDS_IN_A_NUMBER)),
                numbers,
                version: OnceLock::new(),
            });
        }
        let version: Version = text.parse().ok()?;
        Some(Self {
            key: key(&version),
            numbers: 0,
            version: OnceLock::from(Box::new(version)),
        })
    }

    pub(crate) fn version(&self) -> &Version {
        self.version.get_or_init(|| {
            let joined = self.key.map_or(0, |(joined, _)| joined);
            let numbers = split(joined).map(|number| number.to_string());
            let text = numbers.get(..self.numbers).unwrap_or_default().join(".");
            // Numbers with dots between them are a version.
            Box::new(text.parse().unwrap_or_else(|_| Version::major(0)))
        })
    }

    /// [`Version::cmp`].
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (&self.key, &other.key) {
            (Some(key), Some(other)) => key.cmp(other),
            _ => self.version().cmp(other.version()),
        }
    }

    /// Whether both are the same version, however many zeros they end in.
    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        match (&self.key, &other.key) {
            (Some(key), Some(other)) => key == other,
            _ => self.version() == other.version(),
        }
    }
}

/// A version that many are compared with.
pub(crate) struct Bound<'v> {
    key: Option<Key>,
    version: &'v Version,
}

impl<'v> Bound<'v> {
    pub(crate) fn new(version: &'v Version) -> Self {
        Self {
            key: key(version),
            version,
        }
    }

    /// How a version compares with it.
    pub(crate) fn order_of(&self, version: &Ranked) -> Ordering {
        match (&version.key, &self.key) {
            (Some(key), Some(bound)) => key.cmp(bound),
            _ => version.version().cmp(self.version),
        }
    }
}

/// Numbers with dots between them, joined, and how many there are.
fn read_numbers(text: &str) -> Option<(u128, usize)> {
    let mut numbers = [0_u32; NUMBERS];
    let mut count = 0;
    for digits in text.as_bytes().split(|byte| *byte == b'.') {
        let number = numbers.get_mut(count)?;
        count += 1;
        if digits.is_empty() {
            return None;
        }
        for digit in digits {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            *number = number.checked_mul(10)?.checked_add(u32::from(digit))?;
        }
    }
    Some((join(numbers), count))
}

fn join(numbers: [u32; NUMBERS]) -> u128 {
    let numbers = numbers.iter().map(|number| u128::from(*number));
    numbers.fold(0, |joined, number| joined << 32 | number)
}

fn split(joined: u128) -> [u32; NUMBERS] {
    #[expect(clippy::cast_possible_truncation, reason = "each is a part of it")]
    [96, 64, 32, 0].map(|shift| (joined >> shift) as u32)
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
    Some((join(numbers), end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16384))]

        #[test]
        fn the_order_is_that_of_versions(
            one in "(1!)?[0-2]([.][0-2]){0,4}(a0|a1|b0|rc1|[.]?post1|[.]dev0|_|-|[.]a0)?([.][01])?([+]1)?",
            other in "(0!)?[0-2]([.][0-2]){0,4}(a0|a1|a|alpha0|[.]01|[.]4294967295|[.]4294967296)?",
        ) {
            let parsed = (one.parse::<Version>(), other.parse::<Version>());
            if let (Ok(version), Ok(bound)) = parsed {
                let ranked = [&one, &other].map(|text| Ranked::read(text).unwrap());
                let order = version.cmp(&bound);
                prop_assert_eq!(ranked[0].order(&ranked[1]), order, "{} {}", one, other);
                prop_assert_eq!(ranked[0].is_equal(&ranked[1]), version == bound, "{} {}", one, other);
                prop_assert_eq!(Bound::new(&bound).order_of(&ranked[0]), order, "{} {}", one, other);
            }
        }

        #[test]
        fn a_version_is_what_it_is_when_it_is_parsed(
            text in "[0-9.]{0,12}|[0-9]{0,11}([.][0-9]{1,3}){0,4}|[0-9a.!+_-]{1,6}"
        ) {
            let ranked = Ranked::read(&text);
            let parsed = text.parse::<Version>().ok();
            prop_assert_eq!(ranked.is_some(), parsed.is_some(), "{}", text);
            if let (Some(ranked), Some(parsed)) = (ranked, parsed) {
                let starts = |of: &Version| of.starts_with(&parsed) && parsed.starts_with(of);
                prop_assert_eq!(ranked.version(), &parsed, "{}", text);
                prop_assert!(starts(ranked.version()), "{}", text);
                prop_assert_eq!(
                    ranked.version().segments().len(),
                    parsed.segments().len(),
                    "{}", text
                );
            }
        }
    }

    #[test]
    fn the_usual_forms_have_a_key() {
        let has_key = |text: &str| Ranked::read(text).unwrap().key.is_some();
        for text in [
            "0",
            "1.2",
            "2024.10.22",
            "1.2.3.4",
            "0!1",
            "3a0",
            "1.26.0a0",
            "1.a0",
        ] {
            assert!(has_key(text), "{text}");
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
            assert!(!has_key(text), "{text}");
        }
    }
}
