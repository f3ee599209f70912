//! One index for many solves over the same records.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_index::{
    Index,
    pack::{Home, NONE, PackBuilder},
};
use rsp_lock_solve::{
    Assumptions, Limits, Line, Outcome, Problem, Records, Solution, SolveError, Solver, Workspace,
    channel_order, solve_in, with_assumptions,
};

/// The records of a problem as an index, for solving problems over them many times: with
/// other lines, pins and cutoffs, but the same channels and channel priority.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// `None` where the problem brings its own, or has to be refused.
    index: Option<Index>,
    originals: HashMap<&'a str, &'a RepoDataRecord>,
    solver: Solver,
    limits: Limits,
    workspace: RefCell<Workspace>,
}

impl<'a> Prepared<'a> {
    /// Prepares the channels of a problem for a solver; every solve has these limits.
    pub fn new(problem: &Problem<'a>, solver: Solver, limits: Limits) -> Self {
        let mut originals: HashMap<&'a str, &'a RepoDataRecord> = HashMap::new();
        let mut files = HashSet::new();
        let mut is_clear = problem.index.is_none();
        for channel in &problem.channels {
            files.clear();
            let Records::Loaded(records) = &channel.records else {
                continue;
            };
            for record in records.iter().copied() {
                let known = originals.entry(record.url.as_str()).or_insert(record);
                let is_other = !std::ptr::eq(*known, record);
                // What solving refuses is left for solving to refuse.
                is_clear &= !is_other || known.package_record == record.package_record;
                let subdir = record.package_record.subdir.as_str();
                is_clear &= is_other || files.insert((subdir, &record.identifier));
            }
        }
        Self {
            index: is_clear.then(|| index(problem)),
            originals,
            solver,
            limits,
            workspace: RefCell::default(),
        }
    }

    /// Solves a problem over the prepared channels; the same as [`rsp_lock_solve::solve`], sooner.
    pub fn solve(&self, problem: &Problem<'_>) -> Result<Outcome, SolveError> {
        self.solve_within(problem, &self.limits)
    }

    /// [`Prepared::solve`] with other limits.
    pub fn solve_within(
        &self,
        problem: &Problem<'_>,
        limits: &Limits,
    ) -> Result<Outcome, SolveError> {
        let workspace = &mut self.workspace.borrow_mut();
        let mut outcome = match &self.index {
            Some(index) => solve_in(workspace, &over(problem, index), self.solver, limits)?,
            None => return solve_in(workspace, problem, self.solver, limits),
        };
        if let Outcome::Solved(solution) = &mut outcome {
            self.give_originals(solution);
        }
        Ok(outcome)
    }

    /// [`rsp_lock_solve::with_assumptions`] over the prepared channels; our own solver is asked.
    pub fn with_assumptions<T>(
        &self,
        problem: &Problem<'_>,
        limits: &Limits,
        is_always: &dyn Fn(Line) -> bool,
        body: impl FnOnce(&mut Assumptions<'_>) -> Result<T, SolveError>,
    ) -> Result<T, SolveError> {
        // Taken, not borrowed: the body may solve as well.
        let mut workspace = self.workspace.take();
        let result = match &self.index {
            Some(index) => {
                let problem = over(problem, index);
                with_assumptions(&mut workspace, &problem, limits, is_always, body)
            }
            None => with_assumptions(&mut workspace, problem, limits, is_always, body),
        };
        self.workspace.replace(workspace);
        result
    }

    /// Puts the caller's own records into a solution.
    pub fn give_originals(&self, solution: &mut Solution) {
        for record in &mut solution.records {
            if let Some(original) = self.originals.get(record.url.as_str()) {
                record.clone_from(original);
            }
        }
    }
}

/// The problem over an index of its records.
fn over<'p>(problem: &Problem<'p>, index: &'p Index) -> Problem<'p> {
    let mut over = problem.clone();
    over.index = Some(index);
    for channel in &mut over.channels {
        channel.records = Records::Indexed;
    }
    over
}

fn index(problem: &Problem<'_>) -> Index {
    let mut seen: HashSet<&str> = HashSet::new();
    let packs = problem.channels.iter().map(|channel| {
        let home = Home {
            subdir: Box::default(),
            files: Box::default(),
            channel: channel.name.as_str().into(),
        };
        let mut builder = PackBuilder::default();
        if let Records::Loaded(records) = &channel.records {
            for record in records {
                if seen.insert(record.url.as_str()) {
                    builder.add_record(record, NONE, &home);
                }
            }
        }
        vec![Arc::new(builder.finish(home, ""))]
    });
    Index::new(packs.collect(), channel_order(problem.channel_priority))
}
