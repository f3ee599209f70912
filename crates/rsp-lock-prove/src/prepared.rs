//! One index for many solves over the same records.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use rattler_conda_types::RepoDataRecord;
use rsp_lock_index::Index;
use rsp_lock_solve::{
    Assumptions, Limits, Line, Outcome, Problem, Records, Solution, SolveError, Solver, Workspace,
    index_of_records, solve_in, with_assumptions,
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
        for channel in &problem.channels {
            if let Records::Loaded(records) = &channel.records {
                for record in records.iter().copied() {
                    originals.entry(record.url.as_str()).or_insert(record);
                }
            }
        }
        // What solving refuses is left for solving to refuse.
        let index = match problem.index {
            Some(_) => None,
            None => index_of_records(problem).ok(),
        };
        Self {
            index,
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
            Some(index) => solve_in(workspace, &problem.over(index), self.solver, limits)?,
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
                let problem = problem.over(index);
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
                *record = Arc::new((*original).clone());
            }
        }
    }
}
