//! What became of the base, of packages that float and of metapackages.

use rattler_conda_types::RepoDataRecord;
use rsp_lock::{BaseRun, Moved, PlatformRun, Suspicion, SuspicionKind, spec::BasePolicy};

use crate::words;

/// What is told about the base as a whole.
pub(super) fn base_lines(platform: &PlatformRun) -> Vec<String> {
    let mut lines: Vec<String> = platform.base.iter().map(base_line).collect();
    if let Some(base) = &platform.base
        && !base.not_needed.is_empty()
    {
        let names: Vec<String> = base.not_needed.iter().map(|l| l.text.clone()).collect();
        lines.push(format!(
            "has it already, so not asked for: {}",
            words::listed(&names, 100)
        ));
    }
    if let Some(base) = &platform.base
        && !base.left.is_empty()
    {
        lines.push(format!(
            "leave: {}; nothing of {} goes with what is asked for",
            words::listed(&base.left, 100),
            if base.left.len() == 1 {
                "that name"
            } else {
                "these names"
            }
        ));
    }
    for expanded in &platform.expanded {
        let package = &expanded.record.package_record;
        lines.push(format!(
            "{} {} {} gave way to its {} dependencies: {}",
            package.name.as_normalized(),
            package.version,
            package.build,
            words::grouped(expanded.parts.len()),
            expanded.why
        ));
    }
    if let Some(floated) = &platform.floated {
        let names = floated.names.join(", ");
        lines.push(if floated.free {
            format!("{names} locked anew, all else held")
        } else {
            format!("{names} stays as it was: what is asked for moves other packages")
        });
    }
    lines
}

fn base_line(base: &BaseRun) -> String {
    let all = words::grouped(base.records.len());
    let moved = words::grouped(base.moved.len());
    let verb = if base.moved.len() == 1 {
        "moves"
    } else {
        "move"
    };
    let name = &base.name;
    match (base.policy, base.lower_bound) {
        (BasePolicy::Freeze, _) => format!("{name} is frozen: all {all} packages as they were"),
        (BasePolicy::Float, _) => {
            format!("{name} floats: {moved} of {all} packages differ")
        }
        (BasePolicy::MinimalChange, Some(_)) if base.is_proven() && base.moved.is_empty() => {
            format!("{name}: none of {all} packages moves")
        }
        (BasePolicy::MinimalChange, Some(_)) if base.is_proven() => {
            format!("{name}: {moved} of {all} packages {verb}, and no fewer can (proven)")
        }
        (BasePolicy::MinimalChange, bound) => format!(
            "{name}: {moved} of {all} packages {verb}; time was up, at least {} must",
            words::grouped(bound.unwrap_or_default())
        ),
    }
}

/// A line for each record of the base that moved.
pub(super) fn moved_lines(platform: &PlatformRun) -> Vec<String> {
    let moved = platform.base.iter().flat_map(|base| &base.moved);
    moved.map(moved_line).collect()
}

fn moved_line(moved: &Moved) -> String {
    let name = moved.old.package_record.name.as_normalized();
    let why = match moved.why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    match &moved.new {
        None => format!("{name} {} is gone{why}", moved.old.package_record.version),
        Some(new) => format!("{name} {}{why}", from_to(&moved.old, new)),
    }
}

/// `1.2 -> 1.3`, or the builds if the version is the same.
pub(super) fn from_to(old: &RepoDataRecord, new: &RepoDataRecord) -> String {
    let (old, new) = (&old.package_record, &new.package_record);
    if old.version == new.version {
        format!("{} {} -> {}", new.version, old.build, new.build)
    } else {
        format!("{} -> {}", old.version, new.version)
    }
}

/// A suspicion in one sentence.
pub(crate) fn suspicion(suspicion: &Suspicion) -> String {
    let Suspicion {
        name,
        kind,
        instead_of,
        chosen,
        why,
        ..
    } = suspicion;
    let version = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let (old, new) = (version(instead_of), version(chosen));
    let why = match why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    match kind {
        SuspicionKind::Downgrade => format!("{name} downgraded {old} -> {new}{why}"),
        SuspicionKind::Ancient => format!("{name} {new} although the newest is {old}{why}"),
        SuspicionKind::Variant => format!("{name} changed variant: {instead_of} -> {chosen}{why}"),
        SuspicionKind::List => format!("{name} {new} changed its list{why}"),
    }
}
