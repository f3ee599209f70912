//! The lines of the request against those in the lock.

use rsp_lock_spec::{BaseSource, Origin, Request};

use super::{LineKind, Staleness};
use crate::native::{
    LockedBase, LockedEdit, LockedEnvironment, LockedOverride, LockedRequirement, policy_name,
    requests::{edit, normal, override_, requirement},
    written_cutoffs,
};

/// A line in normal form: what it is about, and what it says.
struct Line {
    about: String,
    says: String,
}

pub(super) fn lines(
    request: &Request,
    environment: &LockedEnvironment,
    found: &mut Vec<Staleness>,
) {
    let locked = &environment.request;
    compare(
        LineKind::Requirement,
        &request
            .requirements
            .iter()
            .map(|r| (of_requirement(&requirement(r)), &r.origin))
            .collect::<Vec<_>>(),
        &locked
            .requirements
            .iter()
            .map(|r| (of_requirement(r), &r.note.from))
            .collect::<Vec<_>>(),
        found,
    );
    compare(
        LineKind::Constraint,
        &request
            .constraints
            .iter()
            .map(|r| (of_requirement(&requirement(r)), &r.origin))
            .collect::<Vec<_>>(),
        &locked
            .constraints
            .iter()
            .map(|r| (of_requirement(r), &r.note.from))
            .collect::<Vec<_>>(),
        found,
    );
    let overrides: Vec<_> = request
        .overrides
        .iter()
        .map(|o| (of_override(&override_(o)), &o.origin))
        .collect();
    let locked_overrides: Vec<_> = locked
        .overrides
        .iter()
        .map(|o| (of_override(o), &o.note.from))
        .collect();
    if !compare(LineKind::Override, &overrides, &locked_overrides, found)
        && !overrides
            .iter()
            .map(|(line, _)| &line.says)
            .eq(locked_overrides.iter().map(|(line, _)| &line.says))
    {
        found.push(Staleness::OverridesReordered);
    }
    compare(
        LineKind::Dependency,
        &request
            .dependencies
            .iter()
            .map(|e| (of_edit(&edit(e)), &e.origin))
            .collect::<Vec<_>>(),
        &locked
            .dependencies
            .iter()
            .map(|e| (of_edit(e), &e.note.from))
            .collect::<Vec<_>>(),
        found,
    );
    compare(
        LineKind::Pip,
        &request
            .pip
            .iter()
            .map(|p| (of_pip(&p.text), &p.origin))
            .collect::<Vec<_>>(),
        &locked
            .pip
            .iter()
            .map(|p| (of_pip(&p.line), &p.note.from))
            .collect::<Vec<_>>(),
        found,
    );
}

/// Pairs what is in one list only by what it is about; returns whether anything differed.
fn compare(
    kind: LineKind,
    asked: &[(Line, &Origin)],
    locked: &[(Line, &Option<String>)],
    found: &mut Vec<Staleness>,
) -> bool {
    let mut gone: Vec<&(Line, &Option<String>)> = locked.iter().collect();
    let mut new: Vec<&(Line, &Origin)> = Vec::new();
    for line in asked {
        match gone
            .iter()
            .position(|(locked, _)| locked.says == line.0.says)
        {
            Some(at) => {
                gone.remove(at);
            }
            None => new.push(line),
        }
    }
    let differs = !gone.is_empty() || !new.is_empty();
    for (line, origin) in new {
        let origin = (*origin).clone();
        match gone
            .iter()
            .position(|(locked, _)| locked.about == line.about)
        {
            Some(at) => {
                let (locked, _) = gone.remove(at);
                found.push(Staleness::LineChanged {
                    kind,
                    locked: locked.says.clone(),
                    asked: line.says.clone(),
                    origin,
                });
            }
            None => found.push(Staleness::LineAdded {
                kind,
                line: line.says.clone(),
                origin,
            }),
        }
    }
    for (line, from) in gone {
        found.push(Staleness::LineRemoved {
            kind,
            line: line.says.clone(),
            from: (*from).clone(),
        });
    }
    differs
}

fn of_requirement(requirement: &LockedRequirement) -> Line {
    let mut says = requirement.spec.clone();
    let mut more: Vec<String> = Vec::new();
    if !requirement.platforms.is_empty() {
        more.push(format!("on {}", requirement.platforms.join(", ")));
    }
    if requirement.float {
        more.push("float".to_owned());
    }
    if requirement.priority != 0 {
        more.push(format!("priority {}", requirement.priority));
    }
    if requirement.if_missing {
        more.push("if missing".to_owned());
    }
    if requirement.expand {
        more.push("expand".to_owned());
    }
    if !more.is_empty() {
        says = format!("{says} ({})", more.join("; "));
    }
    Line {
        about: name_of(&requirement.spec),
        says,
    }
}

fn of_override(o: &LockedOverride) -> Line {
    let (spec, name) = (&o.spec, name_of(&o.spec));
    match &o.dependents {
        None => Line {
            about: name,
            says: spec.clone(),
        },
        Some(dependents) => Line {
            about: format!("{dependents}: {name}"),
            says: format!("{dependents}: {spec}"),
        },
    }
}

fn of_edit(edit: &LockedEdit) -> Line {
    let kind = crate::native::edit_name(edit.kind);
    Line {
        about: format!("{}: {kind} {}", edit.dependents, name_of(&edit.spec)),
        says: format!("{}: {kind} {}", edit.dependents, edit.spec),
    }
}

fn of_pip(line: &str) -> Line {
    let name = line
        .split(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
        .next()
        .unwrap_or(line);
    Line {
        about: name.to_lowercase().replace(['_', '.'], "-"),
        says: line.trim().to_owned(),
    }
}

/// The name in a spec in normal form, without its channel.
fn name_of(spec: &str) -> String {
    let without_channel = spec.rsplit("::").next().unwrap_or(spec);
    rattler_conda_types::PackageName::normalized_name_from_matchspec_str(without_channel)
        .into_owned()
}

pub(super) fn exclude_newer(
    request: &Request,
    environment: &LockedEnvironment,
    found: &mut Vec<Staleness>,
) {
    let asked = request
        .exclude_newer
        .as_ref()
        .map(written_cutoffs)
        .unwrap_or_default();
    let locked = &environment.request.exclude_newer;
    for (scope, text) in &asked {
        let before = locked
            .iter()
            .find(|cutoff| cutoff.scope == *scope)
            .map(|cutoff| &cutoff.asked);
        if before != Some(text) {
            found.push(Staleness::ExcludeNewerChanged {
                scope: scope.clone(),
                locked: before.cloned(),
                asked: Some(text.clone()),
            });
        }
    }
    for cutoff in locked
        .iter()
        .filter(|cutoff| !asked.iter().any(|(scope, _)| *scope == cutoff.scope))
    {
        found.push(Staleness::ExcludeNewerChanged {
            scope: cutoff.scope.clone(),
            locked: Some(cutoff.asked.clone()),
            asked: None,
        });
    }
}

pub(super) fn base(request: &Request, environment: &LockedEnvironment, found: &mut Vec<Staleness>) {
    let locked = environment.request.base.as_ref().map(base_text);
    let asked = request.base.as_ref().map(|base| {
        let (lock, spec) = match &base.source {
            BaseSource::Lock(path) => (Some(path.clone()), None),
            BaseSource::Spec(spec) => (None, Some(normal(spec))),
        };
        base_text(&LockedBase {
            lock,
            spec,
            policy: base.policy,
            digest: None,
        })
    });
    if locked != asked {
        found.push(Staleness::BaseChanged { locked, asked });
    }
}

fn base_text(base: &LockedBase) -> String {
    let source = base
        .lock
        .as_deref()
        .or(base.spec.as_deref())
        .unwrap_or_default();
    format!("{source} ({})", policy_name(base.policy))
}
