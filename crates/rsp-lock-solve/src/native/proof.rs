//! Reading a proof of the engine: who wants a name, and which records are left.

use std::collections::{BTreeMap, HashSet};

use rattler_conda_types::{MatchSpec, PackageName, RepoDataRecord};
use rsp_lock_engine::{Because, Refutation, Step};
use rsp_lock_spec::{DependencySource, dependency_name, parse_record_spec};

use super::question::Question;
use crate::{
    conflict::{Demand, Line, Wanter},
    pose::{Posed, best_first},
    problem::Problem,
};

/// The most versions that a link of a chain names.
const MOST_VERSIONS: usize = 5;

/// A proof with what its numbers stand for.
pub(super) struct Proof<'q> {
    pub(super) problem: &'q Problem<'q>,
    pub(super) posed: &'q Posed<'q>,
    pub(super) question: &'q Question<'q>,
    pub(super) refutation: &'q Refutation,
}

impl<'q> Proof<'q> {
    /// What the proof says of a name before a step: demands of lines and of names that are present.
    pub(super) fn demands_on(&self, name: u32, before: usize) -> Vec<Demand> {
        let mut demands = Vec::new();
        for (at, step) in self.steps(before).filter(|(_, step)| step.name == name) {
            match step.because {
                Because::Line(Some(line)) => demands.extend(self.demand_of_line(line)),
                Because::Dependent { dependent } => {
                    demands.extend(self.demands_of(
                        dependent,
                        &self.living(dependent, at),
                        name,
                        at,
                    ));
                }
                _ => {}
            }
        }
        demands
    }

    /// What records of one name demand of another, one demand a spec.
    pub(super) fn demands_of(
        &self,
        name: u32,
        records: &[&'q RepoDataRecord],
        target: u32,
        before: usize,
    ) -> Vec<Demand> {
        let target = self.question.index.name(target);
        let mut by_spec: BTreeMap<(&str, bool), Vec<&'q RepoDataRecord>> = BTreeMap::new();
        for record in records {
            for (text, constrains) in texts(record) {
                if dependency_name(text).eq_ignore_ascii_case(target) {
                    by_spec.entry((text, constrains)).or_default().push(record);
                }
            }
        }
        let chain = self.chain_of(name, before);
        by_spec
            .into_iter()
            .filter_map(|((text, only_if_present), records)| {
                let spec = parse_record_spec(text).ok()?;
                let by = records.first().and_then(|record| self.rule(record, text));
                let mut chain = chain.clone();
                chain.extend(wanter(&records));
                Some(Demand {
                    spec,
                    only_if_present,
                    by,
                    chain,
                })
            })
            .collect()
    }

    /// A line of the request as a demand, as the request wrote it.
    pub(super) fn demand_of_line(&self, id: u32) -> Option<Demand> {
        let posed = self.question.lines.get(id as usize)?;
        Some(line_demand(self.problem, posed.line, &posed.spec))
    }

    /// The records that a step removes.
    pub(super) fn removed(&self, step: &Step) -> Vec<&'q RepoDataRecord> {
        let record = |position: &u32| self.question.index.record(step.name, *position);
        step.removed
            .iter()
            .filter_map(record)
            .map(|(_, record)| record)
            .collect()
    }

    /// The records of a name that no step before this one removes.
    fn living(&self, name: u32, before: usize) -> Vec<&'q RepoDataRecord> {
        let gone: HashSet<u32> = self
            .steps(before)
            .filter(|(_, step)| step.name == name)
            .flat_map(|(_, step)| step.removed.iter().copied())
            .collect();
        (0..self.question.index.candidate_count(name))
            .filter(|position| !gone.contains(position))
            .filter_map(|position| self.question.index.record(name, position))
            .map(|(_, record)| record)
            .collect()
    }

    /// From a line of the request to whoever wants a name.
    pub(super) fn chain_of(&self, name: u32, before: usize) -> Vec<Wanter> {
        self.chain(name, before, &mut HashSet::new())
    }

    fn chain(&self, name: u32, before: usize, seen: &mut HashSet<u32>) -> Vec<Wanter> {
        if !seen.insert(name) {
            return Vec::new();
        }
        for (at, step) in self.steps(before) {
            if step.name != name || !step.present {
                continue;
            }
            match step.because {
                Because::Line(Some(line)) => {
                    let line = self.question.lines.get(line as usize);
                    return line
                        .map(|line| Wanter::Line(line.line))
                        .into_iter()
                        .collect();
                }
                Because::Dependent { dependent } => {
                    let mut chain = self.chain(dependent, at, seen);
                    let living = self.living(dependent, at);
                    chain.extend(wanter(&stating(&living, self.question.index.name(name))));
                    return chain;
                }
                _ => {}
            }
        }
        // Nobody needs it for certain: somebody may, and dies of it later in the proof.
        let wanting = self.refutation.steps.iter().enumerate().find(|(_, step)| {
            matches!(step.because, Because::Unsupported { target, .. } if target == name)
                && !seen.contains(&step.name)
        });
        let Some((at, step)) = wanting else {
            return Vec::new();
        };
        let mut chain = self.chain(step.name, at, seen);
        chain.extend(wanter(&self.removed(step)));
        chain
    }

    fn steps(&self, before: usize) -> impl Iterator<Item = (usize, &'q Step)> {
        self.refutation.steps.iter().enumerate().take(before)
    }

    /// The override or edit that made a record state a spec.
    fn rule(&self, record: &RepoDataRecord, text: &str) -> Option<Line> {
        let name = record.package_record.name.as_normalized();
        let package = self.posed.packages.get(name)?;
        let candidate = package
            .candidates
            .iter()
            .find(|c| c.original.url == record.url)?;
        let effective = &candidate.changed.as_ref()?.effective;
        let mut dependencies = effective.depends.iter().chain(&effective.constrains);
        match dependencies
            .find(|dependency| dependency.text == text)?
            .source
        {
            DependencySource::Replaced { rule, .. } => Some(Line::Override(rule)),
            DependencySource::Added { rule } => Some(Line::Dependency(rule)),
            DependencySource::Recorded => None,
        }
    }
}

/// A line of the request as a demand.
pub(super) fn line_demand(problem: &Problem<'_>, line: Line, posed: &MatchSpec) -> Demand {
    let written = match line {
        Line::Requirement(index) => problem.requirements.get(index),
        Line::Constraint(index) => problem.constraints.get(index),
        _ => None,
    };
    Demand {
        spec: written.map_or_else(|| posed.clone(), |line| line.spec.clone()),
        only_if_present: matches!(line, Line::Constraint(_)),
        by: None,
        chain: vec![Wanter::Line(line)],
    }
}

/// What a record depends on, and what it constrains.
pub(super) fn texts(record: &RepoDataRecord) -> impl Iterator<Item = (&str, bool)> {
    let depends = record
        .package_record
        .depends
        .iter()
        .map(|text| (text.as_str(), false));
    let constrains = record
        .package_record
        .constrains
        .iter()
        .map(|text| (text.as_str(), true));
    depends.chain(constrains)
}

fn stating<'q>(records: &[&'q RepoDataRecord], target: &str) -> Vec<&'q RepoDataRecord> {
    let states = |record: &&&RepoDataRecord| {
        texts(record).any(|(text, _)| dependency_name(text).eq_ignore_ascii_case(target))
    };
    records.iter().filter(states).copied().collect()
}

/// Records of one name as a link of a chain.
pub(super) fn wanter(records: &[&RepoDataRecord]) -> Option<Wanter> {
    let mut records = records.to_vec();
    records.sort_by(|a, b| best_first(a, b));
    let name: PackageName = records.first()?.package_record.name.clone();
    let version = |record: &&RepoDataRecord| {
        let package = &record.package_record;
        format!("{} {}", package.version, package.build)
    };
    Some(Wanter::Records {
        name,
        count: records.len(),
        versions: records.iter().take(MOST_VERSIONS).map(version).collect(),
    })
}
