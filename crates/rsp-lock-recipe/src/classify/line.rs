//! What a change of the lines on one package asks for.

use rattler_conda_types::Version;

use super::{
    Bump,
    bounds::{Bounds, major},
};
use crate::model::Dependency;

/// One thing that changed about a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) bump: Bump,
    pub(super) by_policy: bool,
    pub(super) what: String,
}

impl Verdict {
    pub(super) fn new(bump: Bump, what: impl Into<String>) -> Self {
        Self {
            bump,
            by_policy: true,
            what: what.into(),
        }
    }

    /// The policy says nothing about it.
    fn unsaid(what: impl Into<String>) -> Self {
        Self {
            by_policy: false,
            ..Self::new(Bump::Build, what)
        }
    }
}

/// Everything that changed; nothing if the lines allow the same as before.
pub(super) fn compare(package: &str, old: &[&Dependency], new: &[&Dependency]) -> Vec<Verdict> {
    let (was, is) = (Bounds::of(old), Bounds::of(new));
    if was == is {
        return Vec::new();
    }
    if let Some(change) = major_change(package, &was, &is) {
        return vec![change];
    }
    let mut found = Vec::new();
    caps(&was, &is, &mut found);
    floors(&was, &is, &mut found);
    if is.excluded.difference(&was.excluded).next().is_some() {
        found.push(Verdict::new(Bump::Build, "a version is excluded"));
    }
    if was.excluded.difference(&is.excluded).next().is_some() && !is.is_capped() {
        found.push(Verdict::new(
            Bump::Major,
            "an excluded version is allowed again",
        ));
    }
    match (was.builds.is_empty(), is.builds.is_empty()) {
        _ if was.builds == is.builds => {}
        (true, _) => found.push(Verdict::unsaid("the build is restricted")),
        (_, true) => found.push(Verdict::new(Bump::Major, "the pin of the build is removed")),
        _ => found.push(Verdict::unsaid("another build is wanted")),
    }
    match (was.alternatives.is_empty(), is.alternatives.is_empty()) {
        _ if was.alternatives == is.alternatives => {}
        (true, _) => found.push(Verdict::new(Bump::Build, "a range of versions is excluded")),
        (_, true) => {
            found.push(Verdict::new(
                Bump::Major,
                "an excluded range is allowed again",
            ));
        }
        _ => found.push(Verdict::unsaid("the alternatives changed")),
    }
    found
}

/// A pin, or a range with both ends, that moves to another major version.
fn major_change(package: &str, was: &Bounds, is: &Bounds) -> Option<Verdict> {
    let say = |from: &str, to: &str| {
        Verdict::new(
            Bump::Major,
            format!("the major version changes from {from} to {to}"),
        )
    };
    let (old, new) = (was.floor()?, is.floor()?);
    let (from, to) = (major(package, old), major(package, new));
    if from == to {
        return None;
    }
    let is_pinned = was.pin.is_some() && is.pin.is_some();
    let leaves = was.upper.as_ref().is_some_and(|upper| upper <= new);
    let returns = is.upper.as_ref().is_some_and(|upper| upper <= old);
    (is_pinned || leaves || returns).then(|| say(&from, &to))
}

/// Upper ends: pins and `<`.
fn caps(was: &Bounds, is: &Bounds, found: &mut Vec<Verdict>) {
    match (was.is_capped(), is.is_capped()) {
        (false, true) => found.push(Verdict::new(Bump::Build, "an upper bound is added")),
        (true, false) => found.push(Verdict::new(Bump::Major, "a pin is removed")),
        (false, false) => {}
        (true, true) => match (&was.pin, &is.pin, &was.upper, &is.upper) {
            (Some(old), Some(new), _, _) if is_within(new, old) => {
                found.push(Verdict::new(Bump::Build, "a pin is narrowed"));
            }
            (Some(old), Some(new), _, _) if is_within(old, new) => {
                found.push(Verdict::unsaid("a pin is widened"));
            }
            (Some(old), Some(new), _, _) if old != new => {
                found.push(Verdict::new(
                    Bump::Patch,
                    "a pin moves within its major version",
                ));
            }
            (None, Some(_), _, _) => {
                found.push(Verdict::new(
                    Bump::Patch,
                    "the upper bound comes down to a pin",
                ));
            }
            (Some(_), None, _, _) => found.push(Verdict::unsaid("a pin is widened to a range")),
            (_, _, Some(old), Some(new)) if new < old => {
                found.push(Verdict::new(Bump::Patch, "the upper bound comes down"));
            }
            (_, _, Some(old), Some(new)) if old < new => {
                found.push(Verdict::unsaid("the upper bound goes up"));
            }
            (_, _, None, Some(_)) => {
                found.push(Verdict::new(Bump::Build, "an upper bound is added"));
            }
            (_, _, Some(_), None) => {
                found.push(Verdict::unsaid("an upper bound beside a pin is removed"));
            }
            _ => {}
        },
    }
}

/// Whether `inner` is a part of what `outer` pins: `1.74.0.*` of `1.74.*`.
fn is_within(inner: &Version, outer: &Version) -> bool {
    inner != outer && inner.starts_with(outer)
}

/// Lower ends; those of pins move with the pin.
fn floors(was: &Bounds, is: &Bounds, found: &mut Vec<Verdict>) {
    match (was.floor(), is.floor()) {
        (None, Some(_)) if is.pin.is_none() => {
            found.push(Verdict::new(Bump::Patch, "a lower bound is added"));
        }
        (Some(old), Some(new)) if old < new && !(was.pin.is_some() && is.pin.is_some()) => {
            found.push(Verdict::new(Bump::Patch, "the lower bound is raised"));
        }
        (Some(old), Some(new)) if new < old && is.pin.is_none() => {
            found.push(Verdict::unsaid("the lower bound is lowered"));
        }
        (Some(_), None) if was.pin.is_none() => {
            found.push(Verdict::unsaid("the lower bound is removed"));
        }
        _ => {}
    }
}
