//! Reading a proof of the engine: who wants a name, and which candidates are left.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use rattler_conda_types::{MatchSpec, PackageName};
use rsp_lock_engine::{Because, Refutation, Step};
use rsp_lock_index::ranges::{Ranges, intersection};
use rsp_lock_spec::{dependency_name, exact_name, parse_record_spec};

use super::question::Question;
use crate::{
    conflict::{Demand, Line, Wanter, Ways},
    problem::Problem,
};

/// The most versions that a link of a chain names.
const MOST_VERSIONS: usize = 5;

/// A proof with what its numbers stand for.
pub(super) struct Proof<'q> {
    pub(super) question: &'q Question<'q>,
    pub(super) refutation: &'q Refutation,
}

impl<'q> Proof<'q> {
    /// What the proof says of a name before a step: demands of lines and of names that are present.
    pub(super) fn demands_on(&self, name: u32, before: usize) -> Vec<Ways> {
        let mut demands = Vec::new();
        for (at, step) in self.steps(before).filter(|(_, step)| step.name == name) {
            match step.because {
                Because::Line(Some(line)) => {
                    let demand = self.demand_of_line(line);
                    demands.extend(demand.map(|demand| vec![vec![demand]]));
                }
                Because::Dependent { dependent } => {
                    let living = self.living(dependent, at);
                    demands.push(self.demands_of(dependent, &living, name, at));
                }
                _ => {}
            }
        }
        demands
    }

    /// What candidates of one name demand of another: those that demand the same are one way.
    pub(super) fn demands_of(
        &self,
        name: u32,
        positions: &[u32],
        target: u32,
        before: usize,
    ) -> Ways {
        let target = self.question.view.name(target);
        let mut by_specs: BTreeMap<Vec<(Cow<'_, str>, bool)>, Vec<u32>> = BTreeMap::new();
        for position in positions {
            let mut texts = self.question.texts(name, *position);
            texts.retain(|(text, _)| is_on(text, target));
            texts.sort_unstable();
            by_specs.entry(texts).or_default().push(*position);
        }
        let chain = self.chain_of(name, before);
        let ways = by_specs.into_iter().map(|(texts, positions)| {
            let mut chain = chain.clone();
            chain.extend(self.wanter(name, &positions));
            let demands = texts.into_iter().filter_map(|(text, only_if_present)| {
                let spec = parse_record_spec(&text).ok()?;
                let first = positions.first();
                Some(Demand {
                    spec,
                    only_if_present,
                    by: first.and_then(|first| self.question.rule(name, *first, &text)),
                    chain: chain.clone(),
                })
            });
            demands.collect()
        });
        ways.filter(|way: &Vec<Demand>| !way.is_empty()).collect()
    }

    /// The candidates of a name that all lines of the core allow; all, if they allow none.
    pub(super) fn asked(&self, name: u32) -> Ranges {
        let view = self.question.view;
        let all: Ranges = vec![[0, view.count(name)]];
        let core = self.refutation.core.iter();
        let lines = core.filter_map(|id| self.question.lines.get(*id as usize));
        let of_name =
            lines.filter(|line| view.name_id(exact_name(&line.spec).as_normalized()) == Some(name));
        let asked = of_name.fold(all.clone(), |asked, line| {
            intersection(&asked, &view.matching(name, &line.spec))
        });
        if asked.is_empty() { all } else { asked }
    }

    /// A line of the request as a demand, as the request wrote it.
    pub(super) fn demand_of_line(&self, id: u32) -> Option<Demand> {
        let posed = self.question.lines.get(id as usize)?;
        Some(line_demand(self.question.problem, posed.line, &posed.spec))
    }

    /// The candidates of a name that no step before this one removes.
    fn living(&self, name: u32, before: usize) -> Vec<u32> {
        let gone: HashSet<u32> = self
            .steps(before)
            .filter(|(_, step)| step.name == name)
            .flat_map(|(_, step)| step.removed.iter().copied())
            .collect();
        (0..self.question.view.count(name))
            .filter(|position| !gone.contains(position))
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
                    chain.extend(self.wanter(dependent, &self.stating(dependent, &living, name)));
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
        chain.extend(self.wanter(step.name, &step.removed));
        chain
    }

    fn steps(&self, before: usize) -> impl Iterator<Item = (usize, &'q Step)> {
        self.refutation.steps.iter().enumerate().take(before)
    }

    /// Those candidates that say something of a name.
    fn stating(&self, name: u32, positions: &[u32], target: u32) -> Vec<u32> {
        let target = self.question.view.name(target);
        let states = |position: &u32| {
            let texts = self.question.texts(name, *position);
            texts.iter().any(|(text, _)| is_on(text, target))
        };
        positions.iter().copied().filter(states).collect()
    }

    /// Candidates of one name as a link of a chain; best first.
    pub(super) fn wanter(&self, name: u32, positions: &[u32]) -> Option<Wanter> {
        let view = self.question.view;
        if name >= view.real_names() {
            return None;
        }
        let mut sorted = positions.to_vec();
        sorted.sort_unstable();
        let version = |position: &u32| {
            let (_, pack, row) = view.candidate(name, *position)?;
            Some(format!("{} {}", pack.version(row), pack.build(row)))
        };
        sorted.first()?;
        Some(Wanter::Records {
            name: PackageName::new_unchecked(view.name(name)),
            count: sorted.len(),
            versions: sorted
                .iter()
                .take(MOST_VERSIONS)
                .filter_map(version)
                .collect(),
        })
    }
}

/// Whether a dependency is on a name.
fn is_on(text: &str, name: &str) -> bool {
    // Most are on another, and say so at once.
    let head = text.as_bytes().get(..name.len());
    let may_be = head.is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
        || text.starts_with(' ')
        || text.contains(':');
    may_be && dependency_name(text).eq_ignore_ascii_case(name)
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
