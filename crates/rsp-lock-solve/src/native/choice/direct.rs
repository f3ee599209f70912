//! What speaks against a candidate if all else of a solution stays.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use rattler_conda_types::{MatchSpec, MatchSpecCondition, Matches};
use rsp_lock_engine::Rules as _;
use rsp_lock_index::ranges::{Ranges, contains};
use rsp_lock_spec::{dependency_name, exact_name, parse_record_spec};

use super::{Rivals, package};
use crate::{
    choice::{Reason, Stated},
    conflict::Line,
    native::question::Question,
};

/// A solution as what its records allow and offer.
pub(super) struct Direct<'q> {
    question: &'q Question<'q>,
    /// The candidates of the solution, by name.
    answer: &'q BTreeMap<u32, u32>,
    /// What the solution's records state of the names that matter, each with who states it.
    stated: HashMap<u32, Vec<Statement<'q>>>,
    /// Per dependency or constraint of a candidate, what the solution has against it.
    needs: HashMap<(String, bool), Need>,
}

struct Statement<'q> {
    by: u32,
    text: Cow<'q, str>,
    only_if_present: bool,
}

/// What a solution has against a dependency or constraint.
#[derive(Clone, Copy)]
enum Need {
    Met,
    /// The candidate of this name does not meet it.
    Other(u32, u32),
    NotOffered,
}

impl<'q> Direct<'q> {
    pub(super) fn new(
        question: &'q Question<'q>,
        answer: &'q BTreeMap<u32, u32>,
        rivals: &BTreeMap<u32, Vec<Rivals>>,
    ) -> Self {
        let names: HashMap<&str, u32> = rivals
            .keys()
            .map(|name| (question.view.name(*name), *name))
            .collect();
        let mut stated: HashMap<u32, Vec<Statement<'q>>> = HashMap::new();
        for (by, position) in answer {
            for (text, only_if_present) in question.texts(*by, *position) {
                let target = lowercase(dependency_name(&text));
                if let Some(target) = names.get(target.as_ref()).filter(|target| *target != by) {
                    let statement = Statement {
                        by: *by,
                        text,
                        only_if_present,
                    };
                    stated.entry(*target).or_default().push(statement);
                }
            }
        }
        Self {
            question,
            answer,
            stated,
            needs: HashMap::new(),
        }
    }

    /// Of rivals the one that least speaks against, and what does.
    pub(super) fn reasons(&mut self, name: u32, rivals: &Rivals) -> (u32, Vec<Reason>) {
        let positions = match rivals {
            Rivals::Eligible { positions, .. } => positions,
            Rivals::Refused {
                position, reason, ..
            } => return (*position, vec![reason.clone()]),
        };
        let demands = self.demands(name);
        let mut best: Option<(u32, Vec<Reason>)> = None;
        for position in positions {
            let against = demands
                .iter()
                .filter(|(_, ranges)| !contains(ranges, *position));
            let mut reasons: Vec<Reason> = against.map(|(reason, _)| reason.clone()).collect();
            reasons.extend(self.own_needs(name, *position));
            if best
                .as_ref()
                .is_none_or(|(_, least)| reasons.len() < least.len())
            {
                best = Some((*position, reasons));
            }
        }
        best.unwrap_or_default()
    }

    /// What lines, and records of the solution, demand of a name.
    fn demands(&self, name: u32) -> Vec<(Reason, Ranges)> {
        let question = self.question;
        let mut demands = Vec::new();
        let text = question.view.name(name);
        for line in &question.lines {
            if exact_name(&line.spec).as_normalized() != text {
                continue;
            }
            if line
                .spec
                .condition
                .as_ref()
                .is_none_or(|condition| self.holds(condition))
            {
                let allowed = match (line.line, question.rules.pinned(name)) {
                    (Line::Pinned(_), Some(position)) => vec![[position, position + 1]],
                    _ => question.view.matching(name, &line.spec),
                };
                demands.push((Reason::Line(line.line), allowed));
            }
        }
        for statement in self.stated.get(&name).into_iter().flatten() {
            let position = self.answer.get(&statement.by).copied().unwrap_or_default();
            let Some(spec) = self.counting(&statement.text) else {
                continue;
            };
            let reason = Reason::Stated {
                by: package(question.view, statement.by, position),
                demand: Stated {
                    spec: statement.text.to_string(),
                    only_if_present: statement.only_if_present,
                    rule: question.rule(statement.by, position, &statement.text),
                },
            };
            demands.push((reason, question.view.matching(name, &spec)));
        }
        demands
    }

    /// What a candidate states and the solution does not meet.
    fn own_needs(&mut self, name: u32, position: u32) -> Vec<Reason> {
        let view = self.question.view;
        let mut reasons = Vec::new();
        for (text, only_if_present) in self.question.texts(name, position) {
            // What it says of its own name is a matter of rules.
            if lowercase(dependency_name(&text)) == view.name(name) {
                continue;
            }
            let key = (text.into_owned(), only_if_present);
            let need = match self.needs.get(&key) {
                Some(need) => *need,
                None => self.need(&key.0, only_if_present),
            };
            let demand = || Stated {
                spec: key.0.clone(),
                only_if_present,
                rule: self.question.rule(name, position, &key.0),
            };
            match need {
                Need::Met => {}
                Need::Other(name, position) => reasons.push(Reason::Needs {
                    demand: demand(),
                    there: package(view, name, position),
                }),
                Need::NotOffered => reasons.push(Reason::NotOffered { demand: demand() }),
            }
            self.needs.insert(key, need);
        }
        reasons
    }

    fn need(&self, text: &str, only_if_present: bool) -> Need {
        let Question {
            view,
            rules,
            offered,
            ..
        } = self.question;
        let Some(spec) = self.counting(text) else {
            return Need::Met;
        };
        let name = exact_name(&spec).as_normalized();
        if name.starts_with("__") {
            let mut of_name = offered.iter().filter(|p| p.name.as_normalized() == name);
            let is_met = if only_if_present {
                of_name.all(|package| spec.matches(package))
            } else {
                of_name.any(|package| spec.matches(package))
            };
            return if is_met { Need::Met } else { Need::NotOffered };
        }
        let id = view.name_id(name).filter(|id| *id < view.real_names());
        let there = id.and_then(|id| Some((id, *self.answer.get(&id)?)));
        match (id, there) {
            (Some(id), Some((_, position))) => {
                if contains(&view.matching(id, &spec), position) {
                    Need::Met
                } else {
                    Need::Other(id, position)
                }
            }
            _ if only_if_present => Need::Met,
            (Some(id), None) => {
                let dead = rules.dead(id);
                let mut matching = (0..view.count(id)).filter(|at| !contains(&dead, *at));
                let all = view.matching(id, &spec);
                if matching.any(|at| contains(&all, at)) {
                    Need::Met
                } else {
                    Need::NotOffered
                }
            }
            (None, _) => Need::NotOffered,
        }
    }

    /// A spec of a record, if it counts: it has no condition, or that holds in the solution.
    fn counting(&self, text: &str) -> Option<MatchSpec> {
        let spec = parse_record_spec(text).ok()?;
        let condition = spec.condition.as_ref();
        let counts = condition.is_none_or(|condition| self.holds(condition));
        counts.then_some(spec)
    }

    fn holds(&self, condition: &MatchSpecCondition) -> bool {
        match condition {
            MatchSpecCondition::MatchSpec(spec) => {
                let name = exact_name(spec).as_normalized();
                let mut offered = self.question.offered.iter();
                let view = self.question.view;
                let there = view
                    .name_id(name)
                    .and_then(|id| Some((id, *self.answer.get(&id)?)));
                offered.any(|package| spec.matches(package))
                    || there.is_some_and(|(id, at)| contains(&view.matching(id, spec), at))
            }
            MatchSpecCondition::And(left, right) => self.holds(left) && self.holds(right),
            MatchSpecCondition::Or(left, right) => self.holds(left) || self.holds(right),
        }
    }
}

fn lowercase(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
