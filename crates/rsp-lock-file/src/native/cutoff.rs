//! Cutoffs of `exclude-newer`: as they were asked for, and as points in time.

use jiff::{SignedDuration, Timestamp};
use rsp_lock_spec::{Cutoff, ExcludeNewer};
use serde::Deserialize;

/// What a cutoff applies to. Sorted as they are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutoffScope {
    /// Every channel and package that has no cutoff of its own.
    All,
    /// A channel, as the request writes it, secrets taken out.
    Channel(String),
    /// A package name.
    Package(String),
}

/// A cutoff in a lock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawCutoff")]
pub struct LockedCutoff {
    /// What it applies to.
    pub scope: CutoffScope,
    /// As it was asked for: a point in time, an age such as `14d`, or `never`.
    pub asked: String,
    /// The point in time; `None` for `never`.
    pub cutoff: Option<Timestamp>,
}

/// The cutoffs of a request as points in time.
///
/// A duration is counted back from `now`, once: where `previous` (the cutoffs
/// of the existing lock) has the same duration for the same scope, its point in
/// time is kept. A duration that reaches before the beginning of time is taken
/// as that beginning.
pub fn cutoffs(
    asked: &ExcludeNewer,
    previous: &[LockedCutoff],
    now: Timestamp,
) -> Vec<LockedCutoff> {
    written(asked)
        .into_iter()
        .map(|(scope, cutoff)| {
            let asked = text(cutoff);
            let kept = previous
                .iter()
                .find(|p| p.scope == scope && p.asked == asked);
            let at = match (cutoff, kept) {
                (Cutoff::Age(_), Some(kept)) => kept.cutoff,
                _ => cutoff.resolve(now),
            };
            LockedCutoff {
                scope,
                asked,
                cutoff: at,
            }
        })
        .collect()
}

/// Scope and cutoff of each line of the request, sorted by scope.
pub(crate) fn written(asked: &ExcludeNewer) -> Vec<(CutoffScope, Cutoff)> {
    let mut all: Vec<(CutoffScope, Cutoff)> = Vec::new();
    all.extend(asked.default.map(|cutoff| (CutoffScope::All, cutoff)));
    for (channel, cutoff) in &asked.channels {
        all.push((
            CutoffScope::Channel(crate::without_secrets(channel)),
            *cutoff,
        ));
    }
    for (package, cutoff) in &asked.packages {
        all.push((CutoffScope::Package(package.clone()), *cutoff));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// As people write it: in days, hours or minutes if it has no remainder.
fn age_text(age: SignedDuration) -> String {
    let seconds = age.as_secs();
    let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    match units.iter().find(|(length, _)| seconds % length == 0) {
        Some((length, unit)) if age.subsec_nanos() == 0 => format!("{}{unit}", seconds / length),
        _ => age.to_string(),
    }
}

/// How a lock writes what was asked for.
pub(crate) fn text(cutoff: Cutoff) -> String {
    match cutoff {
        Cutoff::At(at) => at.to_string(),
        Cutoff::Age(age) => age_text(age),
        Cutoff::Never => "never".to_owned(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCutoff {
    channel: Option<String>,
    package: Option<String>,
    asked: String,
    cutoff: Option<String>,
}

impl TryFrom<RawCutoff> for LockedCutoff {
    type Error = String;

    fn try_from(raw: RawCutoff) -> Result<Self, String> {
        let scope = match (raw.channel, raw.package) {
            (None, None) => CutoffScope::All,
            (Some(channel), None) => CutoffScope::Channel(channel),
            (None, Some(package)) => CutoffScope::Package(package),
            (Some(_), Some(_)) => {
                return Err("`channel` and `package` exclude each other".to_owned());
            }
        };
        let cutoff = match raw.cutoff {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                format!("expected a time such as `2026-01-31T00:00:00Z`, found `{text}`")
            })?),
        };
        Ok(Self {
            scope,
            asked: raw.asked,
            cutoff,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_becomes_a_time_once() {
        let (early, late): (Timestamp, Timestamp) = (
            "2026-01-31T00:00:00Z".parse().unwrap(),
            "2026-03-31T00:00:00Z".parse().unwrap(),
        );
        let asked = ExcludeNewer {
            default: Some(Cutoff::Age(SignedDuration::from_hours(24))),
            packages: [("lsst-rsp".to_owned(), Cutoff::Never)].into(),
            ..ExcludeNewer::default()
        };
        let first = cutoffs(&asked, &[], early);
        assert_eq!(
            first[0].cutoff,
            Some("2026-01-30T00:00:00Z".parse().unwrap())
        );
        assert_eq!((first[1].asked.as_str(), first[1].cutoff), ("never", None));
        assert_eq!(cutoffs(&asked, &first, late), first);
        let longer = ExcludeNewer {
            default: Some(Cutoff::Age(SignedDuration::MAX)),
            ..asked
        };
        assert_eq!(
            cutoffs(&longer, &first, late)[0].cutoff,
            Some(Timestamp::MIN)
        );
    }
}
