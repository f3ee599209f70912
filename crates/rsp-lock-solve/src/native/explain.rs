//! The engine's proof as the facts of a conflict.
//!
//! A proof is a list of removals. Where candidates go because nothing is left of
//! what they need, there is a fact to tell: either nobody offers it, or what
//! they demand clashes with what others demand of the same name.

use std::collections::{BTreeSet, HashSet};

use rattler_conda_types::Matches;
use rsp_lock_engine::{Because, Refutation, Step};
use rsp_lock_spec::{exact_name, parse_record_spec};

use super::{
    proof::{Proof, line_demand},
    question::Question,
};
use crate::conflict::{Cause, Conflict, Demand, Line, Wanter, no_candidate, smallest_clash};

/// The most causes that are told.
const MOST_CAUSES: usize = 50;

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
                    causes.extend(own.into_iter().take(1).map(|demand| nobody(proof, demand)));
                } else {
                    let mut demands = proof.demands_on(*target, at);
                    demands.extend(own);
                    causes.extend(clash(proof, *target, demands));
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
                causes.extend(not_offered(proof, step, at));
            }
            _ => {}
        }
    }
    let steps = proof.refutation.steps.len();
    if let Some(last) = proof.refutation.steps.last() {
        let demands = proof.demands_on(last.name, steps);
        causes.extend(clash(proof, last.name, demands));
    }
    causes.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    causes.dedup_by(|a, b| a.2 == b.2);
    causes.truncate(MOST_CAUSES);
    causes.into_iter().map(|(_, _, cause)| cause).collect()
}

fn removes_all(proof: &Proof<'_>, step: &Step) -> bool {
    step.removed.len() == proof.question.view.count(step.name) as usize
}

fn nobody(proof: &Proof<'_>, demand: Demand) -> (usize, String, Cause) {
    let (cost, text) = (demand.chain.len(), demand.spec.to_string());
    let fact = no_candidate(&proof.question.offer(), demand);
    (cost, text, Cause::NoCandidate(fact))
}

fn clash(
    proof: &Proof<'_>,
    target: u32,
    mut demands: Vec<Demand>,
) -> Option<(usize, String, Cause)> {
    demands.sort_by_cached_key(|demand| (demand.chain.len(), demand.spec.to_string()));
    demands.dedup();
    let demands = smallest_clash(&proof.question.offer(), target, demands)?;
    let cost = demands.iter().map(|demand| demand.chain.len()).sum();
    let first = demands.first()?;
    if demands.len() == 1 {
        return Some(nobody(proof, first.clone()));
    }
    let name = exact_name(&first.spec).clone();
    let text = name.as_normalized().to_owned();
    Some((cost, text, Cause::Clash { name, demands }))
}

/// What candidates need and the platform does not offer: the first of them that there is.
fn not_offered(proof: &Proof<'_>, step: &Step, at: usize) -> Option<(usize, String, Cause)> {
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
    let (text, only_if_present) = step.removed.iter().find_map(|position| {
        let texts = proof.question.texts(step.name, *position);
        texts
            .into_iter()
            .find(|(text, constrains)| is_unmet(text, *constrains))
    })?;
    let mut chain = proof.chain_of(step.name, at);
    chain.extend(proof.wanter(step.name, &step.removed));
    let demand = Demand {
        spec: parse_record_spec(&text).ok()?,
        only_if_present,
        by: None,
        chain,
    };
    let of_platform = offered
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
    let (Some(of_platform), true) = (of_platform, only_if_present) else {
        return Some(nobody(proof, demand));
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
    Some((cost, text, Cause::Clash { name, demands }))
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
