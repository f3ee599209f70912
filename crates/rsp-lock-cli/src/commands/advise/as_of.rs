//! `rsp-lock advise as-of WAS --exclude-newer DATE`.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use clap::Args;
use rattler_conda_types::{PackageName, RepoDataRecord};
use rsp_lock::{
    BaseLock, BasePackage, LockRun, PlatformOutcome, PlatformRun, RunOutcome,
    channel::{ChannelOptions, Wanted, load},
    lock,
};
use rsp_lock_advise::{AsOf, AsOfGaps, Fate, Was, aging, as_of, as_of_gaps};
use serde::Serialize;

use crate::{
    args::AskedArgs, exit::ExitStatus, failure::Failure, json, printer::Printer,
    progress::Progress, request, settings::solve_options, words,
};

/// Arguments of `advise as-of`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AsOfArgs {
    #[command(flatten)]
    asked: AskedArgs,

    /// What there was: a lockfile or the list of an environment of that time
    #[arg(long, value_name = "LOCKFILE")]
    was: PathBuf,
}

/// A rebuild, what it is compared with, and what nobody can know.
struct Rebuild {
    found: AsOf,
    gaps: AsOfGaps,
    /// Files whose metadata is not what the old lock kept; `None` if it kept none.
    patched: Option<Vec<String>>,
}

/// Solves as of a date, compares, and says what cannot be known.
pub(crate) async fn execute(args: &AsOfArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let asked = request::read(&args.asked.request, printer)?;
    if asked.request.exclude_newer.is_none() {
        return Err(Failure::usage("no date is named").hint("name one with `--exclude-newer`"));
    }
    let [platform] = asked.request.platforms.as_slice() else {
        return Err(Failure::usage(format!(
            "a rebuild is of one platform, and the request has {}",
            asked.request.platforms.len()
        ))
        .hint("choose one with `-p`"));
    };
    let base = BaseLock::open(&args.was, asked.request.environment.as_deref())?;
    let was = base
        .platforms
        .iter()
        .find(|held| held.subdir.is_none_or(|subdir| subdir == platform.subdir))
        .map(|held| held.packages.as_slice())
        .filter(|packages| !packages.is_empty())
        .ok_or_else(|| {
            let shown = args.was.display();
            Failure::usage(format!("`{shown}` has no packages for {}", platform.name))
        })?;
    let channels = ChannelOptions {
        mirrors: asked.request.mirrors.clone(),
        ..args.asked.access.options(&asked.root, printer)
    };
    let progress = Progress::new(printer);
    let run = lock(&asked.request, &solve_options(&channels, None), &progress).await?;
    progress.clear();
    let answer = run.platforms.first().and_then(PlatformRun::answer);
    let is = answer.map_or(&[][..], |answer| answer.records.as_slice());
    if run.verdict() == RunOutcome::Refuted {
        return Err(Failure::refuted());
    }
    let mut names: BTreeSet<PackageName> = was.iter().map(|old| old.name.clone()).collect();
    names.extend(is.iter().map(|record| record.package_record.name.clone()));
    let loaded = load(
        &asked.request.channels,
        platform.subdir,
        &Wanted::Named(names.into_iter().collect()),
        &channels,
        &rsp_lock::channel::Silent,
    )
    .await?;
    let removed: Vec<String> = loaded.iter().flat_map(|c| c.removed.clone()).collect();
    let today: Vec<RepoDataRecord> = loaded.into_iter().flat_map(|c| c.records).collect();
    let rebuild = compared(was, is, &today, &removed);
    if args.asked.output.json {
        printer.result(&document(args, &run, &rebuild)?)?;
    } else {
        printer.result(&text(&run, &rebuild))?;
    }
    let is_same = rebuild.found.differs.is_empty() && rebuild.found.new.is_empty();
    printer.say(&format!(
        "{} of {} as they were",
        words::grouped(rebuild.found.same),
        words::count(was.len(), "package")
    ));
    Ok(match run.verdict() {
        RunOutcome::Solved if is_same => ExitStatus::Done,
        RunOutcome::Solved => ExitStatus::No,
        _ => ExitStatus::Unsatisfiable,
    })
}

fn compared(
    was: &[BasePackage],
    is: &[Arc<RepoDataRecord>],
    today: &[RepoDataRecord],
    removed: &[String],
) -> Rebuild {
    let list: Vec<Was> = was
        .iter()
        .map(|old| Was {
            name: old.name.as_normalized().to_owned(),
            version: old.version.clone(),
            build: old.build.clone(),
        })
        .collect();
    // An explicit file has records as well, but without dependencies: they say nothing.
    let records: Vec<RepoDataRecord> = was.iter().filter_map(|old| old.record.clone()).collect();
    let has_metadata = records
        .iter()
        .any(|record| !record.package_record.depends.is_empty());
    let patched = has_metadata.then(|| {
        let aged = aging(&records, today, removed).into_iter();
        aged.filter(|one| matches!(one.fate, Fate::Patched { .. }))
            .map(|one| one.file)
            .collect()
    });
    Rebuild {
        found: as_of(&list, is, today),
        gaps: as_of_gaps(today, removed, &[]),
        patched,
    }
}

/// Why there is no solution, if there is none.
fn conflict(run: &LockRun) -> Option<&str> {
    match &run.platforms.first()?.outcome {
        PlatformOutcome::Unsolvable { said, .. } => Some(said.trim_end()),
        _ => None,
    }
}

fn text(run: &LockRun, rebuild: &Rebuild) -> String {
    let mut lines = Vec::new();
    let Rebuild {
        found,
        gaps,
        patched,
    } = rebuild;
    if let Some(said) = conflict(run) {
        lines.push("no solution as of then".to_owned());
        lines.extend(said.lines().map(|line| format!("  {line}")));
    } else {
        for (name, was, is) in &found.differs {
            let is = is.as_deref().unwrap_or("not needed");
            lines.push(format!("{name}: was {was}, is {is}"));
        }
        lines.extend(found.new.iter().map(|new| format!("{new}: was not there")));
    }
    for missing in &found.missing {
        lines.push(format!("{missing}: the channels no longer have it"));
    }
    lines.push("not to be known from today's repodata:".to_owned());
    lines.push(format!(
        "  {} of these names listed as removed: they may have been there then",
        words::count(gaps.removed.len(), "file")
    ));
    lines.extend(gaps.removed.iter().map(|file| format!("    {file}")));
    lines.push(format!(
        "  {} without a date: not seen, whenever they were published",
        words::count(gaps.without_timestamp, "record")
    ));
    lines.push(match patched {
        Some(files) => format!(
            "  dependencies as they were then: {} of the old lock patched since, others may be",
            words::count(files.len(), "file")
        ),
        None => {
            "  dependencies as they were then: patched metadata looks as it does today".to_owned()
        }
    });
    lines.extend(patched.iter().flatten().map(|file| format!("    {file}")));
    lines.push(String::new());
    lines.join("\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    was: String,
    cutoffs: Vec<String>,
    solved: bool,
    conflict: Option<&'a str>,
    same: usize,
    differs: Vec<Differs<'a>>,
    new: &'a [String],
    missing: &'a [String],
    unknown: Unknown<'a>,
}

#[derive(Serialize)]
struct Differs<'a> {
    name: &'a str,
    was: &'a str,
    is: Option<&'a str>,
}

#[derive(Serialize)]
struct Unknown<'a> {
    removed: &'a [String],
    without_timestamp: usize,
    patched: Option<&'a [String]>,
}

fn document(args: &AsOfArgs, run: &LockRun, rebuild: &Rebuild) -> Result<String, Failure> {
    let found = &rebuild.found;
    json::render(&Document {
        schema: "rsp-lock/as-of",
        version: 1,
        was: args.was.display().to_string(),
        cutoffs: run
            .cutoffs
            .iter()
            .filter_map(|cutoff| cutoff.cutoff.map(|cutoff| cutoff.to_string()))
            .collect(),
        solved: run.verdict() == RunOutcome::Solved,
        conflict: conflict(run),
        same: found.same,
        differs: found
            .differs
            .iter()
            .map(|(name, was, is)| Differs {
                name,
                was,
                is: is.as_deref(),
            })
            .collect(),
        new: &found.new,
        missing: &found.missing,
        unknown: Unknown {
            removed: &rebuild.gaps.removed,
            without_timestamp: rebuild.gaps.without_timestamp,
            patched: rebuild.patched.as_deref(),
        },
    })
}
