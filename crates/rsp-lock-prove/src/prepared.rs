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
    Limits, Outcome, Problem, Records, SolveError, Solver, Workspace, channel_order, solve_in,
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
        let solver = self.solver;
        let workspace = &mut self.workspace.borrow_mut();
        let Some(index) = &self.index else {
            return solve_in(workspace, problem, solver, limits);
        };
        let mut over = problem.clone();
        over.index = Some(index);
        for channel in &mut over.channels {
            channel.records = Records::Indexed;
        }
        let mut outcome = solve_in(workspace, &over, solver, limits)?;
        if let Outcome::Solved(solution) = &mut outcome {
            for record in &mut solution.records {
                if let Some(original) = self.originals.get(record.url.as_str()) {
                    record.clone_from(original);
                }
            }
        }
        Ok(outcome)
    }
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
