//! The request's own lines against what is there.

use rsp_lock_spec::Requirement;

use crate::{
    finding::{Finding, Place},
    world::{Verdict, World, unsupported},
};

/// What the request asks for and is not there, in its order.
pub(crate) fn requirements(world: &World<'_>, lines: &[Requirement]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in lines {
        match counts(world, line, false) {
            Ok(false) => {}
            Err(feature) => findings.push(unsupported_line(line, feature)),
            Ok(true) => {
                if let Verdict::Not(found) = world.has(&line.spec) {
                    findings.push(Finding::Requirement {
                        spec: line.text.clone(),
                        origin: line.origin.clone(),
                        found,
                    });
                }
            }
        }
    }
    findings
}

/// What is there against a constraint of the request, in its order.
pub(crate) fn constraints(world: &World<'_>, lines: &[Requirement]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in lines {
        match counts(world, line, true) {
            Ok(false) => {}
            Err(feature) => findings.push(unsupported_line(line, feature)),
            Ok(true) => findings.extend(world.violations(&line.spec).into_iter().map(|found| {
                Finding::RequestConstraint {
                    spec: line.text.clone(),
                    origin: line.origin.clone(),
                    found,
                }
            })),
        }
    }
    findings
}

/// Whether a line counts here: it has no condition, or the condition holds.
/// The error is what of it is not known.
fn counts(world: &World<'_>, line: &Requirement, constraint: bool) -> Result<bool, &'static str> {
    match unsupported(&line.spec) {
        Some(feature) => Err(feature),
        None if constraint && line.spec.extras.is_some() => Err("an extra inside a constraint"),
        None => match &line.spec.condition {
            None => Ok(true),
            Some(condition) => world.holds(condition),
        },
    }
}

fn unsupported_line(line: &Requirement, feature: &str) -> Finding {
    Finding::Unsupported {
        place: Place::Request(line.origin.clone()),
        spec: line.text.clone(),
        feature: feature.to_owned(),
    }
}
