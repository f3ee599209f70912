//! Several requests as one: `-f stack.toml -f additions.yml`.

use std::{collections::BTreeMap, fmt::Display};

use crate::{
    error::{Diagnostic, Severity, SpecError},
    origin::{Origin, Source},
    request::{ExcludeNewer, Note, PlatformRequest, Request, Requirement},
};

/// Joins requests, in the order given, into one that asks for all of them.
///
/// - The first name of an environment counts: further files add to it.
/// - Channels and platforms are joined in order; one that comes again is left
///   out. Two platforms of one name that differ are an error.
/// - Requirements and constraints are concatenated. One that comes again, for
///   the same platforms, is left out; what its note says is kept if the first
///   did not say it. Two of one name that differ both hold.
/// - Overrides, dependency edits and pip requirements are concatenated likewise.
/// - Two channel priorities, strategies, bases, cutoffs or mirrors that differ are errors.
///
/// ```
/// use rsp_lock_spec::{Source, merge, parse_environment_yaml, parse_toml};
/// let stack = Source::new("stack.toml", "[requirements]\npython = \"3.13.*\"\n");
/// let more = Source::new("more.yml", "name: more\ndependencies:\n  - numpy\n  - python=3.13\n");
/// let request = merge(vec![parse_toml(&stack)?.request, parse_environment_yaml(&more)?.request])?;
/// assert_eq!(request.requirements.len(), 2);
/// assert_eq!(request.environment.as_deref(), Some("more"));
/// # Ok::<(), rsp_lock_spec::SpecError>(())
/// ```
pub fn merge(parts: Vec<Request>) -> Result<Request, SpecError> {
    let mut parts = parts.into_iter();
    let mut merged = parts.next().unwrap_or_default();
    let mut diagnostics = Vec::new();
    // The first of several parts may say a thing twice as well.
    let requirements = std::mem::take(&mut merged.requirements);
    add_requirements(&mut merged.requirements, requirements);
    for part in parts {
        add(&mut merged, part, &mut diagnostics);
    }
    if diagnostics.is_empty() {
        Ok(merged)
    } else {
        Err(SpecError::Invalid { diagnostics })
    }
}

fn add(merged: &mut Request, part: Request, diagnostics: &mut Vec<Diagnostic>) {
    setting(merged, &part, diagnostics);
    cutoffs(merged, &part, diagnostics);
    for channel in part.channels {
        if merged.channels.iter().all(|c| c.text != channel.text) {
            merged.channels.push(channel);
        }
    }
    for platform in part.platforms {
        add_platform(merged, platform, diagnostics);
    }
    add_requirements(&mut merged.requirements, part.requirements);
    add_requirements(&mut merged.constraints, part.constraints);
    for rule in part.overrides {
        let known = merged.overrides.iter().any(|r| {
            (&r.dependents, &r.spec, &r.until) == (&rule.dependents, &rule.spec, &rule.until)
        });
        if !known {
            merged.overrides.push(rule);
        }
    }
    for edit in part.dependencies {
        let known = merged.dependencies.iter().any(|e| {
            (&e.kind, &e.dependents, &e.spec) == (&edit.kind, &edit.dependents, &edit.spec)
        });
        if !known {
            merged.dependencies.push(edit);
        }
    }
    for line in part.pip {
        if merged.pip.iter().all(|known| known.text != line.text) {
            merged.pip.push(line);
        }
    }
    for (url, places) in part.mirrors {
        match merged.mirrors.get(&url) {
            Some(known) if *known != places => diagnostics.push(contradiction(
                &format!("the mirrors of `{url}`"),
                (&known.join(", "), merged.places.get("mirrors")),
                (&places.join(", "), part.places.get("mirrors")),
            )),
            Some(_) => {}
            None => {
                merged.mirrors.insert(url, places);
            }
        }
    }
    for (path, place) in part.places {
        merged.places.entry(path).or_insert(place);
    }
}

/// Settings of which there is one.
fn setting(merged: &mut Request, part: &Request, diagnostics: &mut Vec<Diagnostic>) {
    if merged.environment.is_none() {
        merged.environment.clone_from(&part.environment);
    }
    let places = (&merged.places, &part.places);
    diagnostics.extend(one(
        &mut merged.channel_priority,
        part.channel_priority,
        "environment.channel-priority",
        places,
    ));
    diagnostics.extend(one(
        &mut merged.strategy,
        part.strategy,
        "environment.strategy",
        places,
    ));
    match (&merged.base, &part.base) {
        (Some(first), Some(second))
            if (&first.source, first.policy) != (&second.source, second.policy) =>
        {
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                message: format!(
                    "two bases differ: the one at {} and the one at {}",
                    first.origin, second.origin
                ),
                source: Source::new("", ""),
                span: None,
                hints: vec!["an environment is built on one base".to_owned()],
            });
        }
        (None, Some(second)) => merged.base = Some(second.clone()),
        _ => {}
    }
}

type Places<'a> = &'a BTreeMap<String, Origin>;

fn one<T: Copy + PartialEq + std::fmt::Debug>(
    first: &mut Option<T>,
    second: Option<T>,
    path: &str,
    (first_places, second_places): (Places<'_>, Places<'_>),
) -> Option<Diagnostic> {
    match (*first, second) {
        (Some(a), Some(b)) if a != b => Some(contradiction(
            &format!("`{path}`"),
            (&kebab(a), first_places.get(path)),
            (&kebab(b), second_places.get(path)),
        )),
        (None, second) => {
            *first = second;
            None
        }
        _ => None,
    }
}

/// `LowestDirect` as it is written: `lowest-direct`.
fn kebab(value: impl std::fmt::Debug) -> String {
    let mut text = String::new();
    for c in format!("{value:?}").chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn contradiction(
    what: &str,
    first: (&str, Option<&Origin>),
    second: (&str, Option<&Origin>),
) -> Diagnostic {
    let place = |origin: Option<&Origin>| origin.map_or_else(String::new, |o| format!(" ({o})"));
    Diagnostic {
        severity: Severity::Error,
        message: format!(
            "{what} is `{}`{} and `{}`{}",
            first.0,
            place(first.1),
            second.0,
            place(second.1)
        ),
        source: Source::new("", ""),
        span: None,
        hints: vec!["say it in one of the files, or the same in both".to_owned()],
    }
}

fn cutoffs(merged: &mut Request, part: &Request, diagnostics: &mut Vec<Diagnostic>) {
    const PATH: &str = "environment.exclude-newer";
    let Some(second) = &part.exclude_newer else {
        return;
    };
    let Some(first) = &mut merged.exclude_newer else {
        merged.exclude_newer = Some(second.clone());
        return;
    };
    let places = (merged.places.get(PATH), part.places.get(PATH));
    let ExcludeNewer {
        default,
        channels,
        packages,
    } = first;
    let mut differ = |what: String, a: &dyn Display, b: &dyn Display| {
        diagnostics.push(contradiction(
            &what,
            (&a.to_string(), places.0),
            (&b.to_string(), places.1),
        ));
    };
    match (*default, second.default) {
        (Some(a), Some(b)) if a != b => differ(format!("`{PATH}`"), &a, &b),
        (None, other) => *default = other,
        _ => {}
    }
    for (known, new, what) in [
        (channels, &second.channels, "channel"),
        (packages, &second.packages, "package"),
    ] {
        for (name, cutoff) in new {
            match known.get(name) {
                Some(a) if a != cutoff => {
                    differ(format!("`exclude-newer` of the {what} `{name}`"), a, cutoff);
                }
                Some(_) => {}
                None => {
                    known.insert(name.clone(), *cutoff);
                }
            }
        }
    }
}

fn add_platform(
    merged: &mut Request,
    platform: PlatformRequest,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match merged.platforms.iter().find(|p| p.name == platform.name) {
        Some(first)
            if (first.subdir, &first.virtual_packages)
                != (platform.subdir, &platform.virtual_packages) =>
        {
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                message: format!(
                    "the platform `{}` is described differently at {} and at {}",
                    platform.name, first.origin, platform.origin
                ),
                source: Source::new("", ""),
                span: None,
                hints: vec!["give one of the two another `name`".to_owned()],
            });
        }
        Some(_) => {}
        None => merged.platforms.push(platform),
    }
}

/// Adds requirements that are not there yet; compares by what they ask for.
fn add_requirements(merged: &mut Vec<Requirement>, more: Vec<Requirement>) {
    let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, requirement) in merged.iter().enumerate() {
        let name = requirement.name().as_normalized().to_owned();
        known.entry(name).or_default().push(index);
    }
    for requirement in more {
        let name = requirement.name().as_normalized().to_owned();
        let places = known.entry(name).or_default();
        let same = places
            .iter()
            .copied()
            .find(|index| merged.get(*index).is_some_and(|r| same(r, &requirement)));
        if let Some(first) = same.and_then(|index| merged.get_mut(index)) {
            complete(&mut first.note, requirement.note);
        } else {
            places.push(merged.len());
            merged.push(requirement);
        }
    }
}

fn same(a: &Requirement, b: &Requirement) -> bool {
    let asked = |r: &Requirement| (r.float, r.priority, r.if_missing, r.expand);
    a.spec == b.spec && a.platforms == b.platforms && asked(a) == asked(b)
}

fn complete(note: &mut Note, other: Note) {
    note.reason = note.reason.take().or(other.reason);
    note.ticket = note.ticket.take().or(other.ticket);
    note.owner = note.owner.take().or(other.owner);
    note.review = note.review.or(other.review);
}
