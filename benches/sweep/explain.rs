//! Why an answer is not what one would wish.

use std::cmp::Ordering;

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
    /// There is an answer with no requested package older, and it was missed.
    Missed,
    /// The probe that should tell came to nothing.
    Unknown(String),
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
            Self::Missed => "missed",
            Self::Unknown(_) => "unknown",
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
        let on_lock = case.errors_of_lock();
        let what = match answer {
            Answer::Verified(_) => String::new(),
            Answer::Wrong(_, errors) => format!("wrong: {}", errors.join("; ")),
            Answer::Unsolvable(conflict) => format!("unsolvable: {conflict}"),
            Answer::TimedOut => "timed out".to_owned(),
            Answer::Failed(error) => error.clone(),
        };
        return Reason::NoAnswer(match on_lock.as_slice() {
            [] => format!("{what}; the real lock is an answer"),
            errors => format!("{what}; the real lock is none: {}", errors.join("; ")),
        });
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
            let ours: Vec<_> = records.iter().collect();
            let fallen: Vec<Requested> = compare(case, &probe, &ours)
                .into_iter()
                .filter(|requested| requested.order == Some(Ordering::Less))
                .collect();
            if fallen.is_empty() {
                Reason::Missed
            } else {
                Reason::Traded(fallen)
            }
        }
        Answer::Unsolvable(_) => {
            let on_lock = case.errors_of_lock();
            let of_records: Vec<String> = on_lock
                .into_iter()
                // What the group asks for beside this environment is not in its lock.
                .filter(|line| !line.starts_with("command line requires"))
                .collect();
            if of_records.is_empty() {
                Reason::Impossible
            } else {
                Reason::OtherMachine(of_records)
            }
        }
        Answer::Wrong(_, errors) => Reason::Unknown(errors.join("; ")),
        Answer::TimedOut => Reason::Unknown("timed out".to_owned()),
        Answer::Failed(error) => Reason::Unknown(error),
    }
}
