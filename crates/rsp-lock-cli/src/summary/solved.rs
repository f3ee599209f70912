//! A run in which everything is solved.

use std::path::PathBuf;

use owo_colors::{OwoColorize as _, Style};
use rattler_conda_types::RepoDataRecord;
use rsp_lock::{
    Answer, Held, Holder, LockRun, PlatformRun, WithStrict, changes,
    file::{native::NativeLock, write::Written},
    spec::Requirement,
    verify::Finding,
};

use super::lines::{INDENT, Shared, WIDTH, wrapped};
use super::platforms;
use super::{base, choices::choice_lines};
use crate::{commands::overrides::changed, printer::Printer, request::Asked, styles, words};

/// What the summary is about.
pub(crate) struct Told<'a> {
    /// The request.
    pub(crate) asked: &'a Asked,
    /// The run.
    pub(crate) run: &'a LockRun,
    /// What strict channel priority would change, where the priority is another.
    pub(crate) strict: &'a [WithStrict],
    /// The lock that was kept where possible.
    pub(crate) previous: Option<&'a NativeLock>,
    /// The files, and what became of each.
    pub(crate) placed: &'a [(PathBuf, Written)],
    /// Whether nothing was to be written.
    pub(crate) is_dry: bool,
    /// A digest, and of what it is.
    pub(crate) label: &'a (String, String),
}

/// Most lines a section may have.
const SECTION: usize = 4;
/// Most lines that tell what of the base moved.
const MOVED: usize = 8;
/// Most lines that tell why there is nothing better, where that was asked for.
const CHOICES: usize = 20;
/// Most lines that tell how the platforms differ.
const PLATFORMS: usize = 2;

/// Tells what was solved, in at most 25 lines.
pub(crate) fn solved(told: &Told<'_>, printer: &Printer) {
    let run = told.run;
    let platforms = words::count(run.platforms.len(), "platform");
    printer.say(&format!(
        "{} {} for {platforms} in {}, every answer checked",
        "Solved".style(styles::GOOD),
        run.environment.style(styles::NAME),
        words::duration(run.elapsed),
    ));
    sections(told, printer);
    printer.say("");
    table(told, printer);
    let (digest, what) = told.label;
    printer.say("");
    printer.say(&format!("{} {what}", "digest of".style(styles::DIM)));
    printer.say(digest);
}

/// The sections that have something to say.
fn sections(told: &Told<'_>, printer: &Printer) {
    let answers: Vec<(&PlatformRun, &Answer)> = told
        .run
        .platforms
        .iter()
        .filter_map(|platform| Some((platform, platform.answer()?)))
        .collect();
    let count = answers.len();
    let mut any = false;
    let mut others = Vec::new();
    let (mut held, mut changed) = (Shared::default(), Shared::default());
    let (mut base, mut moved) = (Shared::default(), Shared::default());
    let (mut suspicious, mut withdrawn) = (Shared::default(), Shared::default());
    for (platform, answer) in &answers {
        let name = platform.platform.name.as_str();
        if answer.choices.is_some() {
            for line in choice_lines(&told.asked.request, platform, answer, printer.is_verbose()) {
                held.add(name, line);
            }
        } else {
            others.push(held_lines(told.asked, platform, answer, &mut held));
        }
        for line in base::base_lines(platform) {
            base.add(name, line);
        }
        for suspicion in &answer.suspicions {
            suspicious.add(name, base::suspicion(suspicion));
        }
        for line in base::moved_lines(platform) {
            moved.add(name, line);
        }
        for file in &answer.withdrawn {
            let what = "is no longer in its channel";
            withdrawn.add(name, withdrawn_line(answer, file, what));
        }
        for file in &answer.replaced {
            let what = "has another hash in its channel than in the lock";
            withdrawn.add(name, withdrawn_line(answer, file, what));
        }
        for line in change_lines(told.previous, &told.run.environment, platform, answer) {
            changed.add(name, line);
        }
    }
    let mut priority = Shared::default();
    for strict in told.strict {
        priority.add(&strict.platform, strict_line(strict));
    }
    let mut held = held.texts(count);
    held.extend(others_held(&others, !held.is_empty()));
    let sections = [
        ("base", styles::NAME, base.texts(count), SECTION),
        ("moved", styles::WARNING, moved.texts(count), MOVED),
        ("added", styles::GOOD, additions(&answers), SECTION),
        (
            "differs",
            styles::NAME,
            platforms::texts(told.run),
            PLATFORMS,
        ),
        (
            "overridden",
            styles::WARNING,
            overridden(told.asked, &answers),
            SECTION,
        ),
        (
            "suspicious",
            styles::WARNING,
            suspicious.texts(count),
            SECTION,
        ),
        ("priority", styles::NAME, priority.texts(count), SECTION),
        (
            "withdrawn",
            styles::WARNING,
            withdrawn.texts(count),
            SECTION,
        ),
        (
            "held",
            styles::NAME,
            held,
            if others.is_empty() { CHOICES } else { SECTION },
        ),
        ("changed", styles::NAME, changed.texts(count), SECTION),
    ];
    for (title, style, texts, most) in sections {
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            continue;
        }
        if !any {
            printer.say("");
            any = true;
        }
        section(title, style, &texts, most, printer);
    }
}

/// What another channel priority would make of it.
fn strict_line(strict: &WithStrict) -> String {
    match &strict.changes {
        None => "with strict channel priority there is no solution".to_owned(),
        Some(changes) if changes.is_empty() => {
            "the same packages as with strict channel priority".to_owned()
        }
        Some(changes) => format!("strict channel priority {}", changed(changes)),
    }
}

fn section(title: &str, style: Style, texts: &[String], most: usize, printer: &Printer) {
    let mut lines: Vec<String> = Vec::new();
    let mut left = 0;
    for (index, text) in texts.iter().enumerate() {
        let wrapped = wrapped(text, WIDTH - INDENT);
        let is_last = index + 1 == texts.len();
        let room = if is_last { most } else { most - 1 };
        if index > 0 && !printer.is_verbose() && lines.len() + wrapped.len() > room {
            left = texts.len() - index;
            break;
        }
        let more = wrapped.into_iter().enumerate();
        lines.extend(more.map(|(i, line)| if i == 0 { line } else { format!("  {line}") }));
    }
    if left > 0 {
        let json = if most == CHOICES {
            ", --json has all of it"
        } else {
            ""
        };
        lines.push(format!("and {left} more (-v shows them{json})"));
    }
    for (index, line) in lines.iter().enumerate() {
        let title = if index == 0 { title } else { "" };
        let padding = " ".repeat(INDENT - title.len());
        printer.say(&format!("{}{padding}{line}", title.style(style)));
    }
}

/// `dask-kubernetes 0.11.0, ts-salobj 8.0.1 and 14 dependencies, to the 1,020 packages of
/// rubin-env`, for all platforms that have the same foundation at once.
fn additions(answers: &[(&PlatformRun, &Answer)]) -> Vec<String> {
    let mut foundations: Vec<&str> = Vec::new();
    for (_, answer) in answers {
        if let Some(name) = answer.additions.foundation.as_deref()
            && !foundations.contains(&name)
        {
            foundations.push(name);
        }
    }
    let of = |foundation: &str| -> Vec<&Answer> {
        let same = answers.iter().map(|(_, answer)| *answer);
        same.filter(|answer| answer.additions.foundation.as_deref() == Some(foundation))
            .collect()
    };
    let lines = foundations.into_iter();
    lines
        .filter_map(|foundation| addition(foundation, &of(foundation)))
        .collect()
}

fn addition(foundation: &str, answers: &[&Answer]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for answer in answers {
        for name in &answer.additions.requested {
            let text = with_version(answer, name);
            let is_there = |known: &&mut String| known.split(' ').next() == Some(name.as_str());
            match names.iter_mut().find(is_there) {
                // Versions that differ from platform to platform are in the lockfiles.
                Some(known) if *known != text => name.clone_into(known),
                Some(_) => {}
                None => names.push(text),
            }
        }
    }
    if names.is_empty() {
        return None;
    }
    let range = |count: &dyn Fn(&Answer) -> usize| {
        let counts = || answers.iter().map(|answer| count(answer));
        let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        if least == most {
            (words::grouped(most), most)
        } else {
            (
                format!("{} to {}", words::grouped(least), words::grouped(most)),
                most,
            )
        }
    };
    let dependencies = match range(&|answer| answer.additions.dependencies.len()) {
        (_, 0) => String::new(),
        (_, 1) => " and 1 dependency".to_owned(),
        (number, _) => format!(" and {number} dependencies"),
    };
    let base = match answers.first() {
        Some(answer) => with_version(answer, foundation),
        None => foundation.to_owned(),
    };
    let (size, _) = range(&|answer| answer.additions.foundation_size);
    let tail = format!("{dependencies}, to the {size} packages of {base}");
    let room = (2 * (WIDTH - INDENT)).saturating_sub(tail.len() + 4);
    Some(format!("{}{tail}", words::listed(&names, room)))
}

/// `dask-2021.1-0.conda is no longer in its channel; 2021.1.1 0 takes its place`.
fn withdrawn_line(answer: &Answer, file: &str, what: &str) -> String {
    let next = match file
        .rsplitn(3, '-')
        .nth(2)
        .and_then(|name| record(answer, name))
    {
        Some(next) => {
            let next = &next.package_record;
            format!("{} {} takes its place", next.version, next.build)
        }
        None => "nothing takes its place".to_owned(),
    };
    format!("{file} {what}; {next}")
}

fn with_version(answer: &Answer, name: &str) -> String {
    match record(answer, name) {
        Some(record) => format!("{name} {}", record.package_record.version),
        None => name.to_owned(),
    }
}

fn record<'a>(answer: &'a Answer, name: &str) -> Option<&'a RepoDataRecord> {
    let mut records = answer.records.iter().map(|record| &**record);
    records.find(|record| record.package_record.name.as_normalized() == name)
}

/// `dask: =2020.12.* instead of >=2021.1 in dask-kubernetes 0.11.0 (reason)`
fn overridden(asked: &Asked, answers: &[(&PlatformRun, &Answer)]) -> Vec<String> {
    let mut rules: Vec<(&str, Option<&str>, Vec<String>)> = Vec::new();
    for (_, answer) in answers {
        for finding in &answer.findings {
            let Finding::Edited {
                package,
                original,
                replacement,
                rule,
                origin,
            } = finding
            else {
                continue;
            };
            let what = match (original, replacement) {
                (Some(original), Some(_)) => {
                    format!("{} {} ({original})", package.name, package.version)
                }
                (Some(original), None) => {
                    format!("{} {} (dropped {original})", package.name, package.version)
                }
                (None, _) => format!("{} {} (added)", package.name, package.version),
            };
            let reason = asked
                .request
                .overrides
                .iter()
                .map(|o| (&o.origin, &o.note))
                .chain(
                    asked
                        .request
                        .dependencies
                        .iter()
                        .map(|d| (&d.origin, &d.note)),
                )
                .find(|(known, _)| *known == origin)
                .and_then(|(_, note)| note.reason.as_deref());
            match rules
                .iter_mut()
                .find(|(known, _, _)| *known == rule.as_str())
            {
                Some((_, _, places)) => {
                    if !places.contains(&what) {
                        places.push(what);
                    }
                }
                None => rules.push((rule, reason, vec![what])),
            }
        }
    }
    let request = &asked.request;
    let texts = request.overrides.iter().map(|rule| &rule.text);
    let written: Vec<&String> = texts
        .chain(request.dependencies.iter().map(|edit| &edit.text))
        .collect();
    rules.sort_by_key(|(rule, _, _)| written.iter().position(|text| text == rule));
    rules
        .into_iter()
        .map(|(rule, reason, places)| {
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            format!("{rule} in {}{reason}", words::listed(&places, 60))
        })
        .collect()
}

/// Requested packages that are not the newest, and what keeps them; how many others there are.
fn held_lines(
    asked: &Asked,
    platform: &PlatformRun,
    answer: &Answer,
    shared: &mut Shared,
) -> usize {
    let name = platform.platform.name.as_str();
    let is_named = |held: &&Held| {
        let lines = platform.requirements.iter().map(Requirement::name);
        let rules = asked.request.overrides.iter();
        let rules = rules.map(|rule| rsp_lock::spec::exact_name(&rule.spec));
        lines
            .chain(rules)
            .any(|known| known.as_normalized() == held.name)
    };
    let (named, others): (Vec<&Held>, Vec<&Held>) = answer.held.iter().partition(is_named);
    for held in &named {
        let by = holder(asked, platform, held);
        shared.add(
            name,
            format!(
                "{} {}, newest is {}: {by}",
                held.name, held.version, held.newest
            ),
        );
    }
    others.len()
}

/// `198 packages are not the newest`, or `up to 198`, for all platforms at once.
fn others_held(counts: &[usize], any_named: bool) -> Option<String> {
    let (least, most) = (*counts.iter().min()?, *counts.iter().max()?);
    let number = if least == most {
        words::grouped(most)
    } else {
        format!("up to {}", words::grouped(most))
    };
    let others = match (any_named, most) {
        (true, 1) => "other package is",
        (true, _) => "other packages are",
        (false, 1) => "package is",
        (false, _) => "packages are",
    };
    (most > 0).then(|| format!("{number} {others} not the newest that their channel has"))
}

fn holder(asked: &Asked, platform: &PlatformRun, held: &Held) -> String {
    let line = |text: &str, reason: Option<&str>| match reason {
        Some(reason) => format!("asked for `{text}` ({reason})"),
        None => format!("asked for `{text}`"),
    };
    match held.holders.first() {
        Some(Holder::Requirement(index)) => match platform.requirements.get(*index) {
            Some(asked) => line(&asked.text, asked.note.reason.as_deref()),
            None => "by a requirement".to_owned(),
        },
        Some(Holder::Constraint(index)) => match platform.constraints.get(*index) {
            Some(asked) => format!("constrained to `{}`", asked.text),
            None => "by a constraint".to_owned(),
        },
        Some(Holder::Base) => "the base has it".to_owned(),
        Some(Holder::Lock) => "kept as it is locked".to_owned(),
        Some(Holder::Package {
            rule: Some(rule), ..
        }) => {
            let rule = asked.request.overrides.get(*rule);
            format!("override `{}`", rule.map_or("", |rule| rule.text.as_str()))
        }
        Some(Holder::Package {
            name,
            version,
            spec,
            ..
        }) => {
            format!("{name} {version} wants `{spec}`")
        }
        None => "what it needs does not go with the rest".to_owned(),
    }
}

/// What installing the new lock over the old one changes.
fn change_lines(
    previous: Option<&NativeLock>,
    environment: &str,
    platform: &PlatformRun,
    answer: &Answer,
) -> Vec<String> {
    let old: Option<Vec<RepoDataRecord>> = previous
        .and_then(|lock| lock.environment(environment))
        .and_then(|environment| environment.platform(&platform.platform.name))
        .map(|old| old.packages.iter().map(|p| p.record.clone()).collect());
    let Some(changes) =
        old.and_then(|old| changes(&old, &answer.records, platform.platform.subdir))
    else {
        return Vec::new();
    };
    let mut lines: Vec<String> = changes
        .changes
        .iter()
        .map(|change| match (&change.old, &change.new) {
            (Some((old, _)), Some((new, _))) if old != new => {
                format!("{} {old} -> {new}", change.name)
            }
            (Some((_, old)), Some((version, new))) => {
                format!("{} {version} {old} -> {new}", change.name)
            }
            (None, Some((new, _))) => format!("{} {new} is new", change.name),
            (Some((old, _)), None) => format!("{} {old} is gone", change.name),
            (None, None) => change.name.clone(),
        })
        .collect();
    if !lines.is_empty() {
        lines.push(format!(
            "{} to download for an update",
            words::bytes(changes.download)
        ));
    }
    lines
}

/// A row a platform: packages, download, file.
fn table(told: &Told<'_>, printer: &Printer) {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for platform in &told.run.platforms {
        let Some(answer) = platform.answer() else {
            continue;
        };
        let (size, unknown) = answer.download();
        let more = if unknown > 0 { "+" } else { "" };
        rows.push([
            platform.platform.name.clone(),
            words::count(answer.records.len(), "package"),
            match size {
                0 => String::new(),
                _ => format!("{}{more}", words::bytes(size)),
            },
        ]);
    }
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (names, packages, sizes) = (width(0), width(1), width(2));
    let mut files = told.placed.iter();
    let file = |(path, written): &(PathBuf, Written)| {
        let what = match written {
            Written::Unchanged => "unchanged".style(styles::DIM).to_string(),
            Written::Replaced => "replaced".style(styles::GOOD).to_string(),
            Written::Created => "new".style(styles::GOOD).to_string(),
            Written::Through => "written".style(styles::GOOD).to_string(),
        };
        format!("{} {what}", path.display().style(styles::FILE))
    };
    let dry = if told.is_dry { "nothing written" } else { "" };
    for [name, count, size] in &rows {
        let place = files.next().map_or_else(|| dry.to_owned(), file);
        let row = format!(
            "{:names$}  {count:>packages$}  {size:>sizes$}  {place}",
            name.style(styles::NAME)
        );
        printer.say(row.trim_end());
    }
    for placed in files {
        let blank = " ".repeat(names + packages + sizes + 6);
        printer.say(&format!("{blank}{}", file(placed)));
    }
}
