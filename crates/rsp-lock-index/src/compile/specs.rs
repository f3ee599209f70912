//! Dependency texts, each parsed once.

use std::collections::HashMap;

use rattler_conda_types::{MatchSpec, MatchSpecCondition, ParseMatchSpecOptions, RepodataRevision};

use crate::owned::length;

/// A dependency text as the compiler sees it.
#[derive(Debug)]
pub(super) struct Spec {
    /// The name it is about.
    pub(super) target: String,
    /// The spec without its condition and extras.
    pub(super) matcher: MatchSpec,
    /// The extras it asks for.
    pub(super) extras: Vec<String>,
    /// When it counts, as alternatives of what must hold together.
    pub(super) condition: Option<Vec<Vec<MatchSpec>>>,
}

/// Every distinct text of a compilation, with what became of it.
#[derive(Debug, Default)]
pub(super) struct Specs<'a> {
    ids: HashMap<&'a str, u32>,
    parsed: Vec<Result<Spec, String>>,
}

impl<'a> Specs<'a> {
    /// The id of a text, which is parsed if it is new.
    pub(super) fn intern(&mut self, text: &'a str) -> u32 {
        let parsed = &mut self.parsed;
        *self.ids.entry(text).or_insert_with(|| {
            parsed.push(parse(text));
            length(parsed) - 1
        })
    }

    pub(super) fn get(&self, id: u32) -> Result<&Spec, &str> {
        match self.parsed.get(id as usize) {
            Some(Ok(spec)) => Ok(spec),
            Some(Err(problem)) => Err(problem),
            None => Err("no such spec"),
        }
    }

    /// The id of a text that was interned.
    pub(super) fn id(&self, text: &str) -> Option<u32> {
        self.ids.get(text).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.parsed.len()
    }
}

fn parse(text: &str) -> Result<Spec, String> {
    let options = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    let mut spec =
        MatchSpec::from_str(text, options).map_err(|error| format!("`{text}`: {error}"))?;
    let target = spec
        .name
        .as_exact()
        .ok_or_else(|| format!("`{text}` does not name one package"))?
        .as_normalized()
        .to_owned();
    let condition = match spec.condition.take() {
        Some(condition) => Some(
            alternatives(&condition)
                .ok_or_else(|| format!("`{text}` has a condition that cannot be used"))?,
        ),
        None => None,
    };
    let extras = spec.extras.take().unwrap_or_default();
    Ok(Spec {
        target,
        matcher: spec,
        extras,
        condition,
    })
}

/// A condition in disjunctive form: it holds if all specs of any one list are met.
///
/// `None` if a part names no package, has a condition or asks for extras, or if
/// the form would be large, which no sensible condition is.
fn alternatives(condition: &MatchSpecCondition) -> Option<Vec<Vec<MatchSpec>>> {
    const LARGE: usize = 64;
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            let plain =
                spec.name.as_exact().is_some() && spec.condition.is_none() && spec.extras.is_none();
            plain.then(|| vec![vec![(**spec).clone()]])
        }
        MatchSpecCondition::Or(left, right) => {
            let mut all = alternatives(left)?;
            all.extend(alternatives(right)?);
            (all.len() <= LARGE).then_some(all)
        }
        MatchSpecCondition::And(left, right) => {
            let (left, right) = (alternatives(left)?, alternatives(right)?);
            if left.len() * right.len() > LARGE {
                return None;
            }
            let both = |a: &Vec<MatchSpec>, b: &Vec<MatchSpec>| [a.clone(), b.clone()].concat();
            Some(
                left.iter()
                    .flat_map(|a| right.iter().map(move |b| both(a, b)))
                    .collect(),
            )
        }
    }
}
