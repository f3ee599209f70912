//! `rsp-lock advise lines --of NAME --pin SPEC`.

use clap::Args;
use rsp_lock::{
    channel::{ChannelOptions, Wanted, load},
    file::native::NativeLock,
    lock,
    spec::{Origin, PlatformRequest, Request, parse_spec},
};
use rsp_lock_advise::{Change, PinEffect, ReleaseLine, pin_effect, release_lines};
use serde::Serialize;

use crate::{
    args::AskedArgs, exit::ExitStatus, failure::Failure, json, lockfile::package_name,
    printer::Printer, progress::Progress, request, settings::solve_options, words,
};

/// Arguments of `advise lines`.
#[derive(Clone, Debug, Args)]
pub(crate) struct LinesArgs {
    #[command(flatten)]
    asked: AskedArgs,

    /// Metapackage whose release lines are meant, such as rubin-env
    #[arg(long, value_name = "NAME")]
    of: String,

    /// Pin to try on the newest build of each line: 'astroquery <0.4.8'
    #[arg(long, value_name = "SPEC")]
    pin: String,

    /// Line that is alive, such as 13.0 [default: every line that the channels have]
    #[arg(long = "line", value_name = "MAJOR.MINOR", value_delimiter = ',')]
    lines: Vec<String>,
}

/// Solves each line with and without the pin; writes nothing.
pub(crate) async fn execute(args: &LinesArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let name = package_name(&args.of)?;
    let pin = parse_spec(&args.pin, &Origin::command_line())?;
    let mut wanted = args.asked.request.clone();
    wanted.specs.push(args.of.clone());
    let asked = request::read(&wanted, printer)?;
    let channels = ChannelOptions {
        mirrors: asked.request.mirrors.clone(),
        ..args.asked.access.options(&asked.root, printer)
    };
    let progress = Progress::new(printer);
    let solve = async |request: &Request, previous: Option<NativeLock>| {
        lock(request, &solve_options(&channels, previous), &progress).await
    };
    let mut rows = Vec::new();
    for platform in &asked.request.platforms {
        let lines = newest(
            args,
            &asked.request,
            platform,
            &channels,
            name.as_normalized(),
        )
        .await?;
        let request = Request {
            platforms: vec![platform.clone()],
            ..asked.request.clone()
        };
        for line in lines {
            let effect = pin_effect(&line, &pin, &request, &solve).await?;
            rows.push((platform.name.clone(), line, effect));
        }
    }
    progress.clear();
    if args.asked.output.json {
        printer.result(&document(args, &rows)?)?;
    } else {
        for (platform, line, effect) in &rows {
            printer.result(&text(platform, line, effect))?;
        }
    }
    let is_absent = |(_, _, effect): &(_, _, PinEffect)| matches!(effect, PinEffect::Absent);
    if rows.iter().all(is_absent) {
        printer.warn(&format!(
            "`{}` is in none of them: is that its name?",
            pin.name().as_normalized()
        ));
    }
    let bad = |(_, _, effect): &&(String, ReleaseLine, PinEffect)| {
        matches!(
            effect,
            PinEffect::Conflict { .. } | PinEffect::Unsolvable { .. }
        )
    };
    let bad = rows.iter().filter(bad).count();
    printer.say(&format!(
        "`{}` on {}: {} cannot take it; nothing was written",
        args.pin,
        words::count(rows.len(), "release line"),
        words::grouped(bad)
    ));
    Ok(if bad == 0 {
        ExitStatus::Done
    } else {
        ExitStatus::No
    })
}

/// The newest build of each line that is meant.
async fn newest(
    args: &LinesArgs,
    request: &Request,
    platform: &PlatformRequest,
    channels: &ChannelOptions,
    name: &str,
) -> Result<Vec<ReleaseLine>, Failure> {
    let loaded = load(
        &request.channels,
        platform.subdir,
        &Wanted::Named(vec![package_name(name)?]),
        channels,
        &rsp_lock::channel::Silent,
    )
    .await?;
    let records: Vec<_> = loaded.into_iter().flat_map(|c| c.records).collect();
    let mut lines = release_lines(&records, name);
    if lines.is_empty() {
        return Err(Failure::usage(format!(
            "no channel has a release of `{name}` for {}",
            platform.name
        )));
    }
    let known: Vec<String> = lines.iter().map(|line| line.line.clone()).collect();
    if let Some(unknown) = args.lines.iter().find(|line| !known.contains(line)) {
        return Err(Failure::usage(format!("`{name}` has no line `{unknown}`"))
            .hint(format!("it has {}", known.join(", "))));
    }
    if !args.lines.is_empty() {
        lines.retain(|line| args.lines.contains(&line.line));
    }
    Ok(lines)
}

fn text(platform: &str, line: &ReleaseLine, effect: &PinEffect) -> String {
    let (word, more) = match effect {
        PinEffect::Absent => ("does not have it".to_owned(), String::new()),
        PinEffect::Satisfied { version } => {
            (format!("already satisfied: {version}"), String::new())
        }
        PinEffect::Changes(changes) => (
            format!("changes {}", words::count(changes.len(), "package")),
            changes
                .iter()
                .map(change_text)
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        PinEffect::Conflict { said } => ("conflicts".to_owned(), said.clone()),
        PinEffect::Unsolvable { said } => {
            ("has no solution without it either".to_owned(), said.clone())
        }
    };
    let more = words::indented(&more);
    format!("{platform} {}: {word}\n{more}", record(line))
}

/// `astroquery 0.4.9 py_0 -> 0.4.7 py_0`.
pub(super) fn change_text(change: &Change) -> String {
    let name = &change.name;
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("{name} {old} -> {new}"),
        (None, Some(new)) => format!("{name} {new} is new"),
        (Some(old), None) => format!("{name} {old} is gone"),
        (None, None) => name.clone(),
    }
}

fn record(line: &ReleaseLine) -> String {
    let package = &line.record.package_record;
    format!(
        "{} {} {}",
        package.name.as_normalized(),
        package.version,
        package.build
    )
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    of: &'a str,
    pin: &'a str,
    lines: Vec<LineFacts<'a>>,
}

#[derive(Serialize)]
struct LineFacts<'a> {
    platform: &'a str,
    line: &'a str,
    record: String,
    effect: &'static str,
    has: Option<&'a str>,
    changes: Vec<ChangeFacts<'a>>,
    conflict: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangeFacts<'a> {
    name: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
}

fn document(
    args: &LinesArgs,
    rows: &[(String, ReleaseLine, PinEffect)],
) -> Result<String, Failure> {
    let facts = rows.iter().map(|(platform, line, effect)| {
        let mut facts = LineFacts {
            platform,
            line: &line.line,
            record: record(line),
            effect: "absent",
            has: None,
            changes: Vec::new(),
            conflict: None,
        };
        match effect {
            PinEffect::Absent => {}
            PinEffect::Satisfied { version } => {
                (facts.effect, facts.has) = ("satisfied", Some(version.as_str()));
            }
            PinEffect::Changes(changes) => {
                facts.effect = "changes";
                let changes = changes.iter().map(|change| ChangeFacts {
                    name: &change.name,
                    old: change.old.as_deref(),
                    new: change.new.as_deref(),
                });
                facts.changes = changes.collect();
            }
            PinEffect::Conflict { said } => {
                (facts.effect, facts.conflict) = ("conflict", Some(said.as_str()));
            }
            PinEffect::Unsolvable { said } => {
                (facts.effect, facts.conflict) = ("unsolvable", Some(said.as_str()));
            }
        }
        facts
    });
    json::render(&Document {
        schema: "rsp-lock/lines",
        version: 1,
        of: &args.of,
        pin: &args.pin,
        lines: facts.collect(),
    })
}
