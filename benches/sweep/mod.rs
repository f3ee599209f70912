//! Real environments solved anew, each answer verified and compared with the real lock.

mod case;
mod compare;
mod explain;
mod report;

pub(crate) use case::requirement;
pub use case::{Answer, Case, Harness, Machine, Times};
pub use compare::{Requested, compare};
pub use explain::{Reason, explain};
pub use report::{exceptions, markdown};

use std::{
    cmp::Ordering,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering as Memory},
    },
    time::Duration,
};

use rsp_lock_solve::Solver;

/// How a sweep is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Who answers.
    pub solver: Solver,
    /// Whose answers to compare with, beside the real locks.
    pub against: Option<Solver>,
    /// When to give up on one environment.
    pub timeout: Duration,
    /// How many environments are solved at a time.
    pub threads: usize,
    /// Take so many environments of each platform, spread over all; `None` takes all.
    pub limit: Option<usize>,
}

/// What came of one environment.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which environment.
    pub label: String,
    /// Its subdir.
    pub platform: String,
    /// The machine that was assumed: the baseline if there is no answer for a generous one.
    pub machine: Machine,
    /// What the solver answered.
    pub answer: Answer,
    /// How long it took to answer and to verify.
    pub times: Times,
    /// The requested packages beside the real lock's.
    pub requested: Vec<Requested>,
    /// The requested packages beside the other solver's, if there was one and both answered.
    pub against: Option<Vec<Requested>>,
    /// Why the answer is not what one would wish; `None` if it is.
    pub reason: Option<Reason>,
}

impl Row {
    /// Whether there is an answer and it is right.
    pub fn is_verified(&self) -> bool {
        matches!(self.answer, Answer::Verified(_))
    }

    /// Whether a requested package is older than in the real lock.
    pub fn is_older(&self) -> bool {
        has_older(&self.requested)
    }
}

pub(crate) fn has_older(requested: &[Requested]) -> bool {
    requested.iter().any(|r| r.order == Some(Ordering::Less))
}

/// Solves the eligible environments of a platform; rows in the order of the data.
pub fn run(harness: &Harness, options: &Options) -> Vec<Row> {
    let cases = harness.cases(options.limit);
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Row)>> = Mutex::new(Vec::with_capacity(cases.len()));
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Memory::Relaxed);
                    let Some(case) = cases.get(index) else { break };
                    let row = row(case, options);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push((index, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by_key(|(index, _)| *index);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(case: &Case<'_>, options: &Options) -> Row {
    let mut case = *case;
    let (mut answer, times) = case.solve(options.solver, options.timeout, &[]);
    if answer.records().is_none() {
        let baseline = case.on(Machine::Baseline);
        let (other, _) = baseline.solve(options.solver, options.timeout, &[]);
        if other.records().is_some() {
            (case, answer) = (baseline, other);
        }
    }
    let case = &case;
    let requested = match answer.records() {
        Some(records) => compare(case, records, &case.locked()),
        None => Vec::new(),
    };
    let against = options.against.and_then(|other| {
        let (other, _) = case.solve(other, options.timeout, &[]);
        Some(compare(case, answer.records()?, other.records()?))
    });
    let reason = (!matches!(answer, Answer::Verified(_)) || has_older(&requested))
        .then(|| explain(case, &answer, &requested, options));
    Row {
        label: case.environment.label(),
        platform: case.environment.platform.clone(),
        machine: case.machine,
        answer,
        times,
        requested,
        against,
        reason,
    }
}
