//! The part of a lock that says what was asked for.

use rattler_conda_types::{GenericVirtualPackage, MatchSpec, VersionSpec};
use rsp_lock_spec::{BaseSource, DependencyEdit, Note, Origin, Override, Request, Requirement};

use super::{
    cutoff::LockedCutoff,
    model::{
        LockedBase, LockedEdit, LockedNote, LockedOverride, LockedPip, LockedRequest,
        LockedRequirement,
    },
    render::write_request,
    writer::Writer,
};
use crate::{digest, without_secrets};

/// What of a request goes into the lock.
///
/// `cutoffs` are the points in time that [`super::cutoffs`] made of its
/// `exclude-newer`; `base_digest` is the digest of the base's bytes, if it has a
/// base that is a file.
pub fn locked_request(
    request: &Request,
    cutoffs: Vec<LockedCutoff>,
    base_digest: Option<String>,
) -> LockedRequest {
    let mut locked = LockedRequest {
        channels: request
            .channels
            .iter()
            .map(|channel| without_secrets(&channel.text))
            .collect(),
        channel_priority: request.channel_priority.unwrap_or_default(),
        strategy: request.strategy.unwrap_or_default(),
        base: request.base.as_ref().map(|base| {
            let (lock, spec) = match &base.source {
                BaseSource::Lock(path) => (Some(path.clone()), None),
                BaseSource::Spec(spec) => (None, Some(normal(spec))),
            };
            LockedBase {
                lock,
                spec,
                policy: base.policy,
                digest: base_digest,
            }
        }),
        exclude_newer: cutoffs,
        requirements: request.requirements.iter().map(requirement).collect(),
        constraints: request.constraints.iter().map(requirement).collect(),
        overrides: request.overrides.iter().map(override_).collect(),
        dependencies: request.dependencies.iter().map(edit).collect(),
        pip: request
            .pip
            .iter()
            .map(|pip| LockedPip {
                line: pip.text.clone(),
                note: note(&pip.note, &pip.origin),
            })
            .collect(),
    };
    locked.requirements.sort();
    locked.constraints.sort();
    locked.pip.sort();
    locked
}

/// The digest of what decides about the solution: notes, origins and points in
/// time that durations became are left out.
pub(crate) fn request_digest(request: &LockedRequest) -> String {
    let mut bare = request.clone();
    let requirements = bare.requirements.iter_mut().chain(&mut bare.constraints);
    for requirement in requirements {
        requirement.note = LockedNote::default();
        requirement.written = None;
        requirement.group = None;
    }
    bare.overrides.iter_mut().for_each(|o| {
        o.note = LockedNote::default();
        o.until = None;
    });
    bare.dependencies
        .iter_mut()
        .for_each(|edit| edit.note = LockedNote::default());
    bare.pip
        .iter_mut()
        .for_each(|pip| pip.note = LockedNote::default());
    bare.exclude_newer
        .iter_mut()
        .for_each(|cutoff| cutoff.cutoff = None);
    bare.requirements.sort();
    bare.constraints.sort();
    bare.pip.sort();
    let mut writer = Writer::default();
    write_request(&mut writer, &bare);
    digest(writer.out)
}

/// The normal form of a spec; a version `*` says nothing and is left out.
pub(crate) fn normal(spec: &MatchSpec) -> String {
    if spec.version != Some(VersionSpec::Any) || spec.build.is_some() {
        return spec.to_string();
    }
    MatchSpec {
        version: None,
        ..spec.clone()
    }
    .to_string()
}

pub(crate) fn requirement(requirement: &Requirement) -> LockedRequirement {
    let spec = normal(&requirement.spec);
    let mut platforms = requirement.platforms.clone();
    platforms.sort();
    platforms.dedup();
    LockedRequirement {
        written: (requirement.text != spec).then(|| requirement.text.clone()),
        spec,
        group: requirement.group.clone(),
        platforms,
        float: requirement.float,
        priority: requirement.priority,
        if_missing: requirement.if_missing,
        expand: requirement.expand,
        note: note(&requirement.note, &requirement.origin),
    }
}

pub(crate) fn override_(o: &Override) -> LockedOverride {
    LockedOverride {
        spec: normal(&o.spec),
        dependents: o.dependents.as_ref().map(normal),
        until: o.until.clone(),
        note: note(&o.note, &o.origin),
    }
}

pub(crate) fn edit(edit: &DependencyEdit) -> LockedEdit {
    LockedEdit {
        kind: edit.kind,
        spec: normal(&edit.spec),
        dependents: normal(&edit.dependents),
        note: note(&edit.note, &edit.origin),
    }
}

fn note(note: &Note, origin: &Origin) -> LockedNote {
    let source: &str = &origin.source;
    let file = source.rsplit(['/', '\\']).next().unwrap_or(source);
    LockedNote {
        from: (!file.is_empty()).then(|| file.to_owned()),
        reason: note.reason.clone(),
        ticket: note.ticket.clone(),
        owner: note.owner.clone(),
        review: note.review.map(|date| date.to_string()),
    }
}

/// Virtual packages in the order of a lock.
pub(crate) fn sorted_virtual_packages(
    packages: &[GenericVirtualPackage],
) -> Vec<GenericVirtualPackage> {
    let mut packages = packages.to_vec();
    packages.sort();
    packages.dedup();
    packages
}
