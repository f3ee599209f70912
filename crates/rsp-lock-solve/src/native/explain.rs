//! The engine's proof as the facts of a conflict.
//!
//! A proof is a list of removals. Where candidates go because nothing is left of
//! what they need, there is a fact to tell: either nobody offers it, or what
//! they demand clashes with what others demand of the same name.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rattler_conda_types::Matches;
use rsp_lock_engine::{Because, Refutation, Step};
use rsp_lock_index::ranges::contains;
use rsp_lock_spec::{exact_name, parse_record_spec};

use super::{
    proof::{Proof, line_demand},
    question::Question,
};
use crate::conflict::{Cause, Conflict, Demand, Line, Wanter, Ways, no_candidate, smallest_clash};

/// The most causes that are told.
const MOST_CAUSES: usize = 50;

/// The most ways in which one clash is told.
const MOST_WAYS: usize = 8;

/// The conflict that one line makes all alone.
pub(super) fn hopeless(question: &Question<'_>, line: usize) -> Conflict {
    let Some(line) = question.lines.get(line) else {
        return Conflict::default();
    };
    let demand = line_demand(question.problem, line.line, &line.spec);
    Conflict {
        lines: vec![line.line],
        minimal: true,
        causes: vec![Cause::NoCandidate(no_candidate(&question.offer(), demand))],
        said: None,
    }
}

/// The conflict that a proof shows.
pub(super) fn conflict(question: &Question<'_>, refutation: &Refutation) -> Conflict {
    let proof = Proof {
        question,
        refutation,
    };
    let causes = causes(&proof);
    let core = refutation.core.iter();
    let mut lines: BTreeSet<Line> = core
        .filter_map(|id| question.lines.get(*id as usize))
        .map(|line| line.line)
        .collect();
    lines.extend(causes.iter().flat_map(rules));
    Conflict {
        lines: lines.into_iter().collect(),
        minimal: refutation.minimal,
        causes,
        said: None,
    }
}

fn causes(proof: &Proof<'_>) -> Vec<Cause> {
    let mut causes: Vec<(usize, String, Cause)> = Vec::new();
    let mut names = HashSet::new();
    for (at, step) in proof.refutation.steps.iter().enumerate() {
        match &step.because {
            Because::Unsupported { target, allowed } => {
                let own = proof.demands_of(step.name, &step.removed, *target, at);
                if allowed.is_empty() {
                    causes.extend(never_met(proof, *target, own));
                } else {
                    let mut demands = proof.demands_on(*target, at);
                    demands.push(own);
                    causes.extend(clashes(proof, *target, demands));
                }
            }
            Because::Line(Some(line)) if removes_all(proof, step) => {
                causes.extend(
                    proof
                        .demand_of_line(*line)
                        .map(|demand| nobody(proof, demand)),
                );
            }
            Because::Line(None) if names.insert(step.name) => {
                causes.extend(not_offered(proof, step));
            }
            _ => {}
        }
    }
    let steps = proof.refutation.steps.len();
    if let Some(last) = proof.refutation.steps.last() {
        let demands = proof.demands_on(last.name, steps);
        causes.extend(clashes(proof, last.name, demands));
    }
    causes.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    causes.dedup_by(|a, b| a.2 == b.2);
    causes.truncate(MOST_CAUSES);
    causes.into_iter().map(|(_, _, cause)| cause).collect()
}

/// What candidates demand of one name and nothing meets, way by way: one demand, or those of a
/// way together, where something meets each of them.
fn never_met(proof: &Proof<'_>, target: u32, own: Ways) -> Vec<(usize, String, Cause)> {
    let view = proof.question.view;
    let is_met = |demand: &Demand| !view.matching(target, &demand.spec).is_empty();
    let mut causes = Vec::new();
    for way in own.into_iter().take(MOST_WAYS) {
        match way.iter().find(|demand| !is_met(demand)) {
            Some(demand) => causes.push(nobody(proof, demand.clone())),
            None => causes.extend(clash(proof, target, way)),
        }
    }
    causes
}

fn removes_all(proof: &Proof<'_>, step: &Step) -> bool {
    step.removed.len() == proof.question.view.count(step.name) as usize
}

fn nobody(proof: &Proof<'_>, demand: Demand) -> (usize, String, Cause) {
    let (cost, text) = (demand.chain.len(), demand.spec.to_string());
    let fact = no_candidate(&proof.question.offer(), demand);
    (cost, text, Cause::NoCandidate(fact))
}

/// What clashes on a name: where names have several ways left, a clash for each of them.
fn clashes(proof: &Proof<'_>, target: u32, mut choices: Vec<Ways>) -> Vec<(usize, String, Cause)> {
    for choice in &mut choices {
        choice.sort_by_cached_key(|way| way.iter().map(telling).min());
    }
    choices.retain(|choice| !choice.is_empty());
    choices.sort_by_cached_key(|choice| choice.iter().flatten().map(telling).min());
    choices.dedup();
    let Some(choices) = smallest_clash(&proof.question.offer(), target, choices) else {
        return Vec::new();
    };
    let mut together: Vec<Vec<Demand>> = vec![Vec::new()];
    for choice in choices {
        let each = together.iter().flat_map(|chosen| {
            let ways = choice.iter();
            ways.map(|way| [chosen.as_slice(), way.as_slice()].concat())
        });
        together = each.take(MOST_WAYS).collect();
    }
    let together = together.into_iter();
    together
        .filter_map(|demands| clash(proof, target, demands))
        .collect()
}

/// The clash of demands that have to hold all of them.
fn clash(
    proof: &Proof<'_>,
    target: u32,
    mut demands: Vec<Demand>,
) -> Option<(usize, String, Cause)> {
    demands.sort_by_cached_key(telling);
    demands.dedup();
    let choices = demands.into_iter().map(|demand| vec![vec![demand]]);
    let choices = smallest_clash(&proof.question.offer(), target, choices.collect())?;
    let demands: Vec<Demand> = choices.into_iter().flatten().flatten().collect();
    let cost = demands.iter().map(|demand| demand.chain.len()).sum();
    let first = demands.first()?;
    if demands.len() == 1 {
        return Some(nobody(proof, first.clone()));
    }
    let name = exact_name(&first.spec).clone();
    let text = name.as_normalized().to_owned();
    Some((cost, text, Cause::Clash { name, demands }))
}

/// Demands near the request tell more than those far from it.
fn telling(demand: &Demand) -> (usize, String) {
    (demand.chain.len(), demand.spec.to_string())
}

/// What candidates need and the platform does not offer, each with those that need it.
///
/// Candidates that a line of the core excludes anyway are left out.
fn not_offered(proof: &Proof<'_>, step: &Step) -> Vec<(usize, String, Cause)> {
    let offered = proof.question.offered;
    let is_unmet = |text: &str, constrains: bool| {
        text.starts_with("__")
            && parse_record_spec(text).is_ok_and(|spec| {
                let mut of_name = offered
                    .iter()
                    .filter(|package| spec.name.as_exact() == Some(&package.name));
                if constrains {
                    of_name.any(|package| !spec.matches(package))
                } else {
                    !of_name.any(|package| spec.matches(package))
                }
            })
    };
    let mut unmet: BTreeMap<(String, bool), Vec<u32>> = BTreeMap::new();
    let asked = proof.asked(step.name);
    for position in step.removed.iter().filter(|at| contains(&asked, **at)) {
        let texts = proof.question.texts(step.name, *position);
        let first = texts
            .into_iter()
            .find(|(text, constrains)| is_unmet(text, *constrains));
        if let Some((text, constrains)) = first {
            let key = (text.into_owned(), constrains);
            unmet.entry(key).or_default().push(*position);
        }
    }
    let causes = unmet.into_iter();
    causes
        .filter_map(|((text, only_if_present), positions)| {
            let mut chain = proof.chain_of(step.name, proof.refutation.steps.len());
            chain.extend(proof.wanter(step.name, &positions));
            let demand = Demand {
                spec: parse_record_spec(&text).ok()?,
                only_if_present,
                by: None,
                chain,
            };
            Some(against_platform(proof, demand))
        })
        .collect()
}

/// A demand that the platform does not meet: it lacks what is wanted, or has what is not.
fn against_platform(proof: &Proof<'_>, demand: Demand) -> (usize, String, Cause) {
    let of_platform = proof
        .question
        .offered
        .iter()
        .find(|package| demand.spec.name.as_exact() == Some(&package.name))
        .and_then(|package| {
            parse_record_spec(&format!(
                "{} =={}",
                package.name.as_normalized(),
                package.version
            ))
            .ok()
        });
    let (Some(of_platform), true) = (of_platform, demand.only_if_present) else {
        return nobody(proof, demand);
    };
    let name = exact_name(&demand.spec).clone();
    let text = name.as_normalized().to_owned();
    let cost = demand.chain.len();
    let of_platform = Demand {
        spec: of_platform,
        only_if_present: false,
        by: None,
        chain: vec![Wanter::Platform],
    };
    let demands = vec![of_platform, demand];
    (cost, text, Cause::Clash { name, demands })
}

/// The overrides and edits that a cause rests on.
fn rules(cause: &Cause) -> impl Iterator<Item = Line> + '_ {
    let demands: &[Demand] = match cause {
        Cause::NoCandidate(fact) => std::slice::from_ref(&fact.demand),
        Cause::Clash { demands, .. } => demands,
        Cause::PinMissing { .. } => &[],
    };
    demands.iter().filter_map(|demand| demand.by)
}
