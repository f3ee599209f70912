//! Versions that are numbers with dots between them, compared as they are written.
//!
//! Most versions and most bounds are of this form, where the order of conda's versions (CEP 33)
//! is that of the numbers, one after the other, a missing one being zero. Reading both as a
//! `Version` takes several times longer than comparing them.

use std::cmp::Ordering;

/// How a version compares with a bound; `None` where one of them is not of a form that is
/// compared here. A bound may also end in `a0`, which comes right before what it ends.
pub(crate) fn compare(version: &str, bound: &str) -> Option<Ordering> {
    let Some(of_alpha) = bound.strip_suffix("a0") else {
        return numbers(version, bound);
    };
    Some(match numbers(version, of_alpha)? {
        Ordering::Less => Ordering::Less,
        Ordering::Equal | Ordering::Greater => Ordering::Greater,
    })
}

/// Whether a version starts with all numbers of another; `None` where one of them is not of
/// this form, or there are fewer than in the other.
pub(crate) fn starts_with(version: &str, start: &str) -> Option<bool> {
    let mut of_version = Numbers(Some(version));
    let mut is_start = true;
    for number in Numbers(Some(start)) {
        is_start &= of_version.next()?? == number?;
    }
    // The rest has to be of this form as well.
    of_version
        .all(|number| number.is_some())
        .then_some(is_start)
}

/// Whether a text can be compared here as a bound.
pub(crate) fn is_bound(text: &str) -> bool {
    let text = text.strip_suffix("a0").unwrap_or(text);
    Numbers(Some(text)).all(|number| number.is_some())
}

fn numbers(version: &str, bound: &str) -> Option<Ordering> {
    let mut order = Ordering::Equal;
    let (mut left, mut right) = (Numbers(Some(version)), Numbers(Some(bound)));
    loop {
        let (left, right) = match (left.next(), right.next()) {
            (None, None) => return Some(order),
            (left, right) => (left.unwrap_or(Some(0))?, right.unwrap_or(Some(0))?),
        };
        order = order.then(left.cmp(&right));
    }
}

/// A text up to an ASCII character, and what follows it; all of it where there is none.
///
/// `split_once` looks for it in a way that pays for long texts, and these are of a few bytes.
pub(crate) fn until(text: &str, end: u8) -> (&str, Option<&str>) {
    let at = text.bytes().position(|byte| byte == end);
    match at.and_then(|at| text.split_at_checked(at)) {
        Some((start, rest)) => (start, rest.get(1..)),
        None => (text, None),
    }
}

/// The numbers of a text; `None` for what is none, or too large to be one.
struct Numbers<'t>(Option<&'t str>);

impl Iterator for Numbers<'_> {
    type Item = Option<u64>;

    fn next(&mut self) -> Option<Option<u64>> {
        let rest = self.0?;
        let (digits, rest) = until(rest, b'.');
        self.0 = rest;
        let add = |number: u64, digit: u8| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u64::from(digit - b'0'))
        };
        let fits = (1..=18).contains(&digits.len());
        Some(if fits {
            digits.bytes().try_fold(0, add)
        } else {
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use proptest::prelude::*;
    use rattler_conda_types::Version;

    use super::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_versions(
            version in "[0-2]{1,2}(\\.[0-2]{1,2}){0,3}(a0|_1|)",
            bound in "[0-2]{1,2}(\\.[0-2]{1,2}){0,3}(a0|rc0|)",
        ) {
            let read = |text: &str| Version::from_str(text).unwrap();
            if let Some(order) = compare(&version, &bound) {
                prop_assert_eq!(order, read(&version).cmp(&read(&bound)));
            }
            if let Some(starts) = starts_with(&version, &bound) {
                prop_assert_eq!(starts, read(&version).starts_with(&read(&bound)));
            }
        }
    }

    #[test]
    fn what_is_not_of_this_form_is_left_to_others() {
        for text in ["", ".", "1.", "1..2", "1!2", "1.2b", "1234567890123456789"] {
            assert_eq!(compare(text, "1"), None, "{text}");
            assert_eq!(compare("1", text), None, "{text}");
            assert!(!is_bound(text), "{text}");
        }
        assert_eq!(compare("1.10", "1.9"), Some(Ordering::Greater));
        assert_eq!(compare("2.0", "2.0a0"), Some(Ordering::Greater));
        assert_eq!(starts_with("1.2", "1.2.0"), None);
    }
}
