//! A problem made ready for a reference solver.
//!
//! Every rule that removes records (cutoffs, channel priority, what the caller
//! excludes) and every rule that changes them (overrides, edits) is applied
//! here and only here, so that it means the same to every solver. What a solver
//! then sees are candidates, specs and virtual packages in an order that does
//! not depend on the order of the input.

mod exclude;
mod order;
mod records;
mod usable;

pub(crate) use usable::problem as problem_of;

use std::collections::BTreeMap;

use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};

use crate::{
    error::SolveError,
    exclusion::Exclusion,
    lines::{self, PosedLine},
    problem::{ChannelRecords, Problem, Records},
};

/// A problem as every solver sees it.
#[derive(Debug)]
pub(crate) struct Posed<'a> {
    /// What can be reached from the requirements, by name.
    pub(crate) packages: BTreeMap<&'a str, Package<'a>>,
    /// Pins first, then requirements, in the order of importance.
    pub(crate) requirements: Vec<PosedLine>,
    /// By name and text.
    pub(crate) constraints: Vec<PosedLine>,
    /// By name.
    pub(crate) virtual_packages: Vec<GenericVirtualPackage>,
    /// Pins that no candidate answers to, with the reason if the channels have the record.
    pub(crate) missing_pins: Vec<(usize, Option<Exclusion>)>,
}

/// The records of one name.
#[derive(Debug, Default)]
pub(crate) struct Package<'a> {
    /// What may be chosen: by channel, then best first.
    pub(crate) candidates: Vec<Candidate<'a>>,
    /// What may not.
    pub(crate) excluded: Vec<(&'a RepoDataRecord, Exclusion)>,
    /// The candidate that is kept if nothing forces it to move.
    pub(crate) locked: Option<usize>,
    /// The candidate that a pin names.
    pub(crate) pinned: Option<usize>,
}

/// A record that may be chosen.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    /// Index into `Problem::channels`.
    pub(crate) channel: usize,
    /// The record as the channel has it.
    pub(crate) original: &'a RepoDataRecord,
    /// The record under the request's overrides and edits, if they change it.
    pub(crate) changed: Option<Box<RepoDataRecord>>,
}

impl Candidate<'_> {
    /// The record as a solver sees it.
    pub(crate) fn record(&self) -> &RepoDataRecord {
        self.changed.as_deref().unwrap_or(self.original)
    }
}

impl Posed<'_> {
    /// The channel's own record of a record that was posed.
    pub(crate) fn original(&self, posed: &RepoDataRecord) -> Option<&RepoDataRecord> {
        let package = self
            .packages
            .get(posed.package_record.name.as_normalized())?;
        let same = |candidate: &&Candidate<'_>| candidate.original.url == posed.url;
        package
            .candidates
            .iter()
            .find(same)
            .map(|found| found.original)
    }
}

/// Makes a problem ready, or says which part of it means nothing.
pub(crate) fn pose<'a>(problem: &Problem<'a>) -> Result<Posed<'a>, SolveError> {
    let virtual_packages = lines::virtual_packages(&problem.virtual_packages)?;
    let mut packages = records::reachable(problem)?;
    let missing_pins = exclude::settle(problem, &mut packages);
    Ok(Posed {
        packages,
        requirements: lines::requirements(problem),
        constraints: lines::constraints(problem),
        virtual_packages,
        missing_pins,
    })
}

/// The records of a channel, wherever they are.
pub(crate) fn records_of<'p, 'a>(channel: &'p ChannelRecords<'a>) -> &'p [&'a RepoDataRecord] {
    match &channel.records {
        Records::Loaded(records) => records,
        Records::Indexed => &[],
    }
}
