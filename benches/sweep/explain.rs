//! Why an answer is not what one would wish.

use std::{cmp::Ordering, sync::Arc};

use rattler_conda_types::RepoDataRecord;

use super::{
    Options,
    case::{Answer, Case},
    compare::{Requested, compare},
};

/// Why an answer is not what one would wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The real lock itself is no answer on the machine that is assumed.
    OtherMachine(Vec<String>),
    /// With the lock's versions of what became older, nothing solves: the
    /// environments it was solved with, or the records, do not allow it.
    Impossible,
    /// With the lock's versions of what became older, other requested
    /// packages would be older than they are: a matter of taste.
    Traded(Vec<Requested>),
    /// With the lock's versions of what became older, these files are needed,
    /// which their channel weighs down by `track_features`.
    WeighedDown(Vec<String>),
    /// There is an answer with no requested package older, and it was missed.
    Missed,
    /// The probe that should tell came to nothing.
    Unknown(String),
    /// There is no right answer for all that were solved together, as the
    /// data has them, but there is one for this environment alone.
    Group(String),
    /// There is no right answer at all.
    NoAnswer(String),
}

impl Reason {
    /// A word for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::OtherMachine(_) => "other machine",
            Self::Impossible => "impossible",
            Self::Traded(_) => "traded",
            Self::WeighedDown(_) => "weighed down",
            Self::Missed => "missed",
            Self::Unknown(_) => "unknown",
            Self::Group(_) => "group",
            Self::NoAnswer(_) => "no answer",
        }
    }
}

/// Finds out by solving again with the older packages held at the lock's versions.
pub fn explain(
    case: &Case<'_>,
    answer: &Answer,
    requested: &[Requested],
    options: &Options,
) -> Reason {
    let Some(records) = answer.records() else {
        let what = match answer {
            Answer::Verified(_) => String::new(),
            Answer::Wrong(_, errors) => format!("wrong: {}", errors.join("; ")),
            Answer::Unsolvable(conflict) => format!("unsolvable: {conflict}"),
            Answer::TimedOut => "timed out".to_owned(),
            Answer::Failed(error) => error.clone(),
        };
        let on_lock = case.errors_of_lock();
        return if !on_lock.is_empty() {
            Reason::OtherMachine(on_lock)
        } else if let Answer::Verified(_) = case.solve_alone(options.solver, options.timeout) {
            Reason::Group(what)
        } else {
            Reason::NoAnswer(what)
        };
    };
    let held: Vec<String> = requested
        .iter()
        .filter(|requested| requested.order == Some(Ordering::Less))
        .filter_map(|requested| {
            let (version, _) = requested.theirs.as_ref()?;
            Some(format!("{}[version='=={version}']", requested.name))
        })
        .collect();
    match case.solve(options.solver, options.timeout, &held).0 {
        Answer::Verified(probe) => {
            let fallen: Vec<Requested> = compare(case, &probe, records)
                .into_iter()
                .filter(|requested| requested.order == Some(Ordering::Less))
                .collect();
            if !fallen.is_empty() {
                return Reason::Traded(fallen);
            }
            let weighed_down = weighed_down(&probe, records);
            if weighed_down.is_empty() {
                Reason::Missed
            } else {
                Reason::WeighedDown(weighed_down)
            }
        }
        Answer::Unsolvable(_) => {
            let on_lock = case.errors_of_lock();
            if on_lock.is_empty() {
                Reason::Impossible
            } else {
                Reason::OtherMachine(on_lock)
            }
        }
        Answer::Wrong(_, errors) => Reason::Unknown(errors.join("; ")),
        Answer::TimedOut => Reason::Unknown("timed out".to_owned()),
        Answer::Failed(error) => Reason::Unknown(error),
    }
}

/// Files with `track_features` in the one answer that are not in the other.
fn weighed_down(probe: &[Arc<RepoDataRecord>], ours: &[Arc<RepoDataRecord>]) -> Vec<String> {
    probe
        .iter()
        .filter(|record| !record.package_record.track_features.is_empty())
        .filter(|record| ours.iter().all(|other| other.url != record.url))
        .map(|record| record.identifier.to_file_name())
        .collect()
}
