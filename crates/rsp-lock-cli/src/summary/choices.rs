//! Why there is nothing better, in words.

use std::{cmp::Reverse, collections::BTreeSet};

use rsp_lock::{
    Answer, PlatformRun,
    solver::{Better, Choice, Exclusion, Line, Package, Reason, Stated},
    spec::{BasePolicy, Request, exact_name, parse_record_spec},
};

use crate::words;

/// Most reasons of one refusal that are told.
const REASONS: usize = 2;
/// Columns for the packages of one reason.
const PACKAGES: usize = 70;

/// Why there is nothing better: a line for each package that was asked for by name; of the
/// others a line for all that one record holds back, most first, or, `in_full`, one for each;
/// then how many are only newer beyond the cutoff.
pub(super) fn choice_lines(
    request: &Request,
    platform: &PlatformRun,
    answer: &Answer,
    in_full: bool,
) -> Vec<String> {
    let overridden = request.overrides.iter();
    let overridden = overridden.map(|rule| exact_name(&rule.spec).as_normalized());
    let requested = platform.requirements.iter();
    let requested = requested.map(|line| line.name().as_normalized());
    let by_name: BTreeSet<&str> = requested.chain(overridden).collect();
    let mut too_new = 0;
    let mut lines: Vec<String> = Vec::new();
    let mut others: Vec<Group<'_>> = Vec::new();
    for choice in answer.choices.iter().flatten() {
        let told = choice.better.iter().filter(|better| !is_too_new(better));
        let told: Vec<&Better> = told.collect();
        if told.is_empty() {
            too_new += 1;
        } else if by_name.contains(choice.chosen.name.as_normalized()) {
            lines.push(line(choice, &told, request, platform));
        } else {
            let holder = if in_full { None } else { holder(&told) };
            let same = others.iter_mut().find(|group| group.is_of(holder.as_ref()));
            let text = line(choice, &told, request, platform);
            let member = holder.as_ref().map(|(_, member)| member.clone());
            match same {
                Some(group) => group.members.extend(member),
                None => others.push(Group {
                    holder: holder.map(|(holder, _)| holder),
                    members: member.into_iter().collect(),
                    alone: text,
                }),
            }
        }
    }
    others.sort_by_key(|group| Reverse(group.members.len()));
    let why = |there: &Package| -> Option<String> {
        let mut choices = answer.choices.iter().flatten();
        let choice = choices.find(|choice| choice.chosen.name == there.name)?;
        let better = choice.better.iter().find(|better| !is_too_new(better))?;
        Some(text(better.reasons.first()?, request, platform))
    };
    lines.extend(others.into_iter().map(|group| group.text(&why)));
    match too_new {
        0 => {}
        1 => lines.push("1 package is newer beyond the cutoff only".to_owned()),
        _ => lines.push(format!(
            "{} packages are newer beyond the cutoff only",
            words::grouped(too_new)
        )),
    }
    lines
}

/// What one record of the answer holds back.
struct Group<'a> {
    holder: Option<Holder<'a>>,
    /// The specs that it states, or what does not go with it.
    members: Vec<String>,
    /// The line of the first member, if it stays the only one.
    alone: String,
}

/// A record that is the first reason against others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder<'a> {
    /// It states what they do not meet.
    States(&'a Package),
    /// They state what it does not meet.
    Lacks(&'a Package),
}

impl Group<'_> {
    fn is_of(&self, holder: Option<&(Holder<'_>, String)>) -> bool {
        holder.is_some_and(|(holder, _)| self.holder == Some(*holder))
    }

    /// In one line; `why` says what keeps a record as it is.
    fn text(self, why: &dyn Fn(&Package) -> Option<String>) -> String {
        let count = self.members.len();
        let members = || words::listed(&self.members, PACKAGES);
        match self.holder {
            Some(Holder::States(by)) if count > 1 => {
                format!("{count} by {}: {}", short(by), members())
            }
            Some(Holder::Lacks(there)) if count > 1 => {
                let name = there.name.as_normalized();
                let version = &there.version;
                let why = why(there).map_or_else(String::new, |why| format!(" ({why})"));
                format!(
                    "{count} need another {name} than {version}{why}: {}",
                    members()
                )
            }
            _ => self.alone,
        }
    }
}

/// Who holds a package back in the first place, and what of it is told beside others.
fn holder<'a>(told: &[&'a Better]) -> Option<(Holder<'a>, String)> {
    let [better] = told else {
        return None;
    };
    match better.reasons.first()? {
        Reason::Stated { by, demand } if demand.rule.is_none() => {
            Some((Holder::States(by), demand.spec.clone()))
        }
        Reason::Needs { there, .. } => Some((Holder::Lacks(there), short(&better.package))),
        _ => None,
    }
}

fn is_too_new(better: &Better) -> bool {
    matches!(
        better.reasons.as_slice(),
        [Reason::Excluded(
            Exclusion::TooNew { .. } | Exclusion::NoTimestamp
        )]
    )
}

/// `numpy 2.3.5 instead of 2.4.1: numba 0.62.1 needs numpy <2.4`.
fn line(choice: &Choice, told: &[&Better], request: &Request, platform: &PlatformRun) -> String {
    let chosen = &choice.chosen;
    let same = told
        .iter()
        .any(|better| better.package.version == chosen.version);
    let full = |package: &Package| {
        if same {
            format!("{} {}", package.version, package.build)
        } else {
            package.version.clone()
        }
    };
    let instead: Vec<String> = told
        .iter()
        .map(|better| {
            let locked = if better.is_locked {
                ", which was locked"
            } else {
                ""
            };
            let why = refusal(better, request, platform);
            format!("instead of {}{locked}: {why}", full(&better.package))
        })
        .collect();
    format!(
        "{} {} {}",
        chosen.name.as_normalized(),
        full(chosen),
        instead.join("; ")
    )
}

/// Why a better candidate was refused: `numba 0.62.1 needs numpy <2.4`.
pub(crate) fn refusal(better: &Better, request: &Request, platform: &PlatformRun) -> String {
    let mut texts: Vec<String> = Vec::new();
    for reason in &better.reasons {
        let text = text(reason, request, platform);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if let Some(more @ 1..) = texts.len().checked_sub(REASONS) {
        texts.truncate(REASONS);
        texts.push(words::count(more, "more reason"));
    }
    match texts.as_slice() {
        [first, rest @ ..] => rest
            .iter()
            .fold(first.clone(), |all, text| format!("{all}, and {text}")),
        [] => String::new(),
    }
}

fn text(reason: &Reason, request: &Request, platform: &PlatformRun) -> String {
    match reason {
        Reason::Excluded(exclusion) => excluded(exclusion, platform),
        Reason::LaterChannel { first } => {
            format!("channel `{}` comes first", channel(first, platform))
        }
        Reason::TracksFeatures => "it tracks a feature, so it ranks behind".to_owned(),
        Reason::Line(line) => line_text(*line, platform),
        Reason::Stated { by, demand } => {
            let who = short(by);
            match rule(demand, request) {
                // Who else it counts for is told where overrides are.
                Some(rule) => rule,
                None if demand.only_if_present => format!("{who} goes only with {}", demand.spec),
                None => format!("{who} needs {}", demand.spec),
            }
        }
        Reason::Needs { demand, there } => {
            format!(
                "{}, not {}",
                wants(demand, request),
                as_told(there, &demand.spec)
            )
        }
        Reason::NotOffered { demand } if demand.spec.starts_with("__") => {
            format!("{}, unlike the platform", wants(demand, request))
        }
        Reason::NotOffered { demand } => {
            format!("{}, which nothing offers", wants(demand, request))
        }
        Reason::Locked => {
            let floats = platform.base.as_ref();
            let floats = floats.is_some_and(|base| base.policy != BasePolicy::Freeze);
            if floats {
                "kept as the base has it"
            } else {
                "kept as it is locked"
            }
            .to_owned()
        }
        Reason::Together { with } if with.is_empty() => {
            "nothing that fits the request has it".to_owned()
        }
        Reason::Together { with } => format!("it cannot be had with {}", listed(with)),
        Reason::BringsIn { packages } => format!("it would bring in {}", listed(packages)),
        Reason::Fits => match &platform.base {
            Some(_) => "the base moves as little as possible".to_owned(),
            None => "another solver was asked for".to_owned(),
        },
        _ => "not known, time was up".to_owned(),
    }
}

fn excluded(exclusion: &Exclusion, platform: &PlatformRun) -> String {
    match exclusion {
        Exclusion::Unusable { problem } => format!("its record is unusable, {problem}"),
        Exclusion::Caller { reason } => reason.to_string(),
        Exclusion::OtherChannel => "it is from elsewhere than was asked for".to_owned(),
        Exclusion::ChannelPriority { channel: first } => {
            format!(
                "channel `{}` has the name and comes first",
                channel(first, platform)
            )
        }
        Exclusion::TooNew { cutoff } => format!("it was published after the cutoff {cutoff}"),
        Exclusion::NoTimestamp => "it has no date, so the cutoff hides it".to_owned(),
        _ => "its record contradicts itself".to_owned(),
    }
}

/// A channel as the request writes it.
fn channel<'a>(url: &'a str, platform: &'a PlatformRun) -> &'a str {
    let mut channels = platform.channels.iter();
    let known = channels.find(|channel| channel.url == url);
    known.map_or(url, |channel| channel.name.as_str())
}

fn line_text(line: Line, platform: &PlatformRun) -> String {
    let (verb, line) = match line {
        Line::Requirement(at) => ("asked for", platform.requirements.get(at)),
        Line::Constraint(at) => ("constrained to", platform.constraints.get(at)),
        _ => return "the base has it".to_owned(),
    };
    match line.map(|line| (&line.text, &line.note.reason)) {
        Some((text, Some(reason))) => format!("{verb} `{text}` ({reason})"),
        Some((text, None)) => format!("{verb} `{text}`"),
        None => "a line of the request".to_owned(),
    }
}

/// The override or edit that put a spec there.
fn rule(demand: &Stated, request: &Request) -> Option<String> {
    let (kind, text, note) = match demand.rule? {
        Line::Override(at) => {
            let rule = request.overrides.get(at)?;
            ("override", &rule.text, &rule.note)
        }
        Line::Dependency(at) => {
            let rule = request.dependencies.get(at)?;
            ("edit", &rule.text, &rule.note)
        }
        _ => return None,
    };
    Some(match &note.reason {
        Some(reason) => format!("{kind} `{text}` ({reason})"),
        None => format!("{kind} `{text}`"),
    })
}

fn wants(demand: &Stated, request: &Request) -> String {
    let rule = rule(demand, request).map_or_else(String::new, |rule| format!(" by {rule}"));
    let verb = if demand.only_if_present {
        "goes only with"
    } else {
        "needs"
    };
    format!("it {verb} {}{rule}", demand.spec)
}

/// A record where a spec is not met: its build matters if the spec speaks of builds.
fn as_told(package: &Package, spec: &str) -> String {
    let speaks_of_builds = parse_record_spec(spec)
        .is_ok_and(|spec| spec.build.is_some() || spec.build_number.is_some());
    if speaks_of_builds {
        format!("{} {}", package.version, package.build)
    } else {
        package.version.clone()
    }
}

fn short(package: &Package) -> String {
    format!("{} {}", package.name.as_normalized(), package.version)
}

fn listed(packages: &[Package]) -> String {
    let texts: Vec<String> = packages.iter().map(short).collect();
    words::listed(&texts, PACKAGES)
}
