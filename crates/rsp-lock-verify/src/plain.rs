//! The common forms of specs, judged without reading them in full.
//!
//! Nearly all dependencies are a name, a few bounds and perhaps a build. That such a one is
//! met can be seen by comparing the bounds; reading it as a `MatchSpec` costs ten times that.
//! Only a yes is given here: whatever is not of a common form, or not met, is judged by the
//! full meaning of the spec, so that a no never rests on this file.

use std::{cell::RefCell, cmp::Ordering, str::FromStr as _};

use hashbrown::HashMap;
use rattler_conda_types::{PackageRecord, Version, VersionWithSource};

use crate::numeric::{self, until};

/// Versions that were read, by text.
#[derive(Default)]
pub(crate) struct Versions<'a>(RefCell<HashMap<&'a str, Option<Version>>>);

/// A spec of a common form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plain<'a> {
    pub(crate) name: &'a str,
    bounds: &'a str,
    build: &'a str,
}

impl<'a> Plain<'a> {
    /// Splits a text of a common form.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let after = |rest: Option<&'a str>| match rest {
            Some(rest) => until(rest, b' '),
            None => ("", None),
        };
        let (name, rest) = until(text, b' ');
        let (bounds, rest) = after(rest);
        let (build, rest) = after(rest);
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        let is_name = !name.is_empty() && name.bytes().all(is_plain);
        (is_name && rest.is_none()).then_some(Self {
            name,
            bounds,
            build,
        })
    }

    /// Whether all of it is of a common form, so that it can be read.
    pub(crate) fn is_common(&self, versions: &Versions<'a>) -> bool {
        let bounds = self.bounds;
        let build = self.build.strip_suffix('*').unwrap_or(self.build);
        let build = build.strip_prefix('*').unwrap_or(build);
        let are_bounds =
            bounds.is_empty() || bounds == "*" || bounds.split(',').all(|b| versions.is_bound(b));
        are_bounds && is_literal(build)
    }

    /// Whether a record of this name is known to meet it.
    pub(crate) fn is_met_by(&self, record: &PackageRecord, versions: &Versions<'a>) -> bool {
        let version = &record.version;
        let bounds = self.bounds;
        let is_met = bounds.is_empty() || bounds == "*" || {
            let mut bounds = bounds.split(',');
            bounds.all(|bound| versions.is_within(version, bound))
        };
        is_met && self.is_build(record.build.as_str())
    }

    fn is_build(&self, build: &str) -> bool {
        let wanted = self.build;
        if wanted.is_empty() || wanted == "*" {
            return true;
        }
        let starts = |build: &str, start: &str| {
            let head = build.get(..start.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(start))
        };
        if let Some(start) = wanted.strip_suffix('*') {
            return is_literal(start) && starts(build, start);
        }
        if let Some(end) = wanted.strip_prefix('*') {
            let at = build.len().checked_sub(end.len());
            let tail = at.and_then(|at| build.get(at..));
            return is_literal(end) && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end));
        }
        is_literal(wanted) && build.eq_ignore_ascii_case(wanted)
    }
}

fn is_literal(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

/// Whether the order of a version and a bound is one that the operator wants.
type Holds = fn(Ordering) -> bool;

const OPERATORS: [(&str, Holds); 5] = [
    (">=", Ordering::is_ge),
    ("<=", Ordering::is_le),
    ("==", Ordering::is_eq),
    (">", Ordering::is_gt),
    ("<", Ordering::is_lt),
];

impl<'a> Versions<'a> {
    /// The version of a bound and how it is compared; a version alone has to be equal.
    fn operator(bound: &str) -> Option<(&str, Holds)> {
        let signed = OPERATORS
            .iter()
            .find_map(|(sign, holds)| Some((bound.strip_prefix(sign)?, *holds)));
        let is_alone = bound.starts_with(|first: char| first.is_ascii_digit());
        signed.or_else(|| is_alone.then_some((bound, Ordering::is_eq as Holds)))
    }

    /// Whether a text is a bound that can be read.
    fn is_bound(&self, bound: &'a str) -> bool {
        let text = match bound.strip_suffix(".*") {
            Some(start) => Some(start.strip_prefix('=').unwrap_or(start)),
            None => Self::operator(bound).map(|(text, _)| text),
        };
        text.is_some_and(|text| numeric::is_bound(text) || self.compare(text, |_| true))
    }

    /// Whether a version is known to be within a bound.
    fn is_within(&self, version: &VersionWithSource, bound: &'a str) -> bool {
        if let Some(start) = bound.strip_suffix(".*") {
            let start = start.strip_prefix('=').unwrap_or(start);
            return numeric::starts_with(&version.as_str(), start).unwrap_or_else(|| {
                self.compare(start, |start| version.version().starts_with(start))
            });
        }
        Self::operator(bound).is_some_and(|(text, holds)| {
            match numeric::compare(&version.as_str(), text) {
                Some(order) => holds(order),
                None => self.compare(text, |bound| holds(version.version().cmp(bound))),
            }
        })
    }

    fn compare(&self, text: &'a str, holds: impl FnOnce(&Version) -> bool) -> bool {
        let mut known = self.0.borrow_mut();
        let version = known.entry(text).or_insert_with(|| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_';
            let is_plain = !text.is_empty() && text.bytes().all(is_plain);
            is_plain.then(|| Version::from_str(text).ok()).flatten()
        });
        version.as_ref().is_some_and(holds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rattler_conda_types::{Matches, PackageName};

    use super::*;
    use crate::spec::parse_spec;

    fn record(version: &str, build: &str) -> PackageRecord {
        let version: rattler_conda_types::VersionWithSource = version.parse().unwrap();
        let build = rattler_conda_types::package::BuildString::new_unchecked(build);
        PackageRecord::new(PackageName::new_unchecked("p"), version, build)
    }

    proptest! {
        /// A yes is a yes of the full meaning, and the common forms are not left to it.
        #[test]
        fn yes_means_yes(
            bounds in "(>=|<=|==|>|<|=|~=|!=|)[0-3](\\.[0-3]){0,2}(a0|rc1|\\.\\*|\\*|)(,(<|>=|!=)[0-3](\\.[0-3])?(\\.\\*|))?",
            build in "(| h1_0| \\*| \\*_cpython| h1\\*| py3\\*_0| H1_0| \\^h1.*\\$)",
            version in "[0-3](\\.[0-3]){0,2}(a0|rc1|)",
            of in "(h1_0|py3_cpython|h1_cpython)",
        ) {
            let text = format!("p {bounds}{build}");
            let record = record(&version, &of);
            let versions = Versions::default();
            let yes = Plain::of(&text).is_some_and(|plain| plain.is_met_by(&record, &versions));
            let full = parse_spec(&text).is_ok_and(|spec| spec.matches(&record));
            prop_assert!(!yes || full, "{text} {version} {of}");
            let is_common = Plain::of(&text).is_some_and(|plain| plain.is_common(&versions));
            prop_assert!(!is_common || parse_spec(&text).is_ok(), "{text}");
            prop_assert!(!yes || is_common, "{text}");
        }
    }

    #[test]
    fn the_common_forms_are_common_forms() {
        let record = record("1.26.4", "py312_0");
        let versions = Versions::default();
        for text in [
            "p",
            "p *",
            "p >=1.21,<3",
            "p 1.26.*",
            "p ==1.26.4",
            "p 1.26.4 py312_0",
            "p >=1.26.4,<2.0a0 py312_*",
            "p * *_0",
        ] {
            let plain = Plain::of(text).unwrap();
            assert!(plain.is_met_by(&record, &versions), "{text}");
        }
    }
}
