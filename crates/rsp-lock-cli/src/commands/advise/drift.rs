//! `rsp-lock advise drift --lock LOCKFILE`.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;
use rattler_conda_types::{PackageName, RepoDataRecord};
use rsp_lock::{
    LockRun, PlatformOutcome, PlatformRun, RunOutcome,
    channel::{ChannelOptions, Wanted, load},
    file::native,
    lock,
};
use rsp_lock_advise::{Drift, DriftCause, drift};
use serde::Serialize;

use super::lines::change_text;
use crate::{
    args::AskedArgs,
    exit::ExitStatus,
    failure::Failure,
    json,
    printer::Printer,
    progress::Progress,
    request::{self, read_text},
    settings::solve_options,
    words,
};

/// Arguments of `advise drift`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    asked: AskedArgs,

    /// The rsp.lock to compare with
    #[arg(long, value_name = "LOCKFILE")]
    lock: PathBuf,
}

/// Solves anew, compares, writes nothing.
pub(crate) async fn execute(args: &DriftArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let asked = request::read(&args.asked.request, printer)?;
    let shown = args.lock.display().to_string();
    let held = native::read(&read_text(&args.lock)?, &shown)?;
    let channels = ChannelOptions {
        mirrors: asked.request.mirrors.clone(),
        ..args.asked.access.options(&asked.root, printer)
    };
    let progress = Progress::new(printer);
    let run = lock(&asked.request, &solve_options(&channels, None), &progress).await?;
    progress.clear();
    let environment = held
        .environment(&run.environment)
        .or(match held.environments.as_slice() {
            [only] => Some(only),
            _ => None,
        })
        .ok_or_else(|| Failure::usage(format!("`{shown}` has no `{}`", run.environment)))?;
    let mut found = Vec::new();
    for platform in &run.platforms {
        let name = &platform.platform.name;
        let Some(locked) = environment.platform(name) else {
            return Err(Failure::usage(format!(
                "`{shown}` has no platform `{name}`"
            )));
        };
        let locked: Vec<RepoDataRecord> =
            locked.packages.iter().map(|p| p.record.clone()).collect();
        let solved = platform
            .answer()
            .filter(|_| platform.verdict() == RunOutcome::Solved);
        let Some(solved) = solved else { continue };
        let both = locked
            .iter()
            .chain(solved.records.iter().map(|record| &**record));
        let names: BTreeSet<PackageName> = both
            .map(|record| record.package_record.name.clone())
            .collect();
        let loaded = load(
            &asked.request.channels,
            platform.platform.subdir,
            &Wanted::Named(names.into_iter().collect()),
            &channels,
            &rsp_lock::channel::Silent,
        )
        .await?;
        let today: Vec<RepoDataRecord> = loaded.into_iter().flat_map(|c| c.records).collect();
        found.push((name.clone(), drift(&locked, &solved.records, &today)));
    }
    if args.asked.output.json {
        printer.result(&document(&run, &found)?)?;
    } else {
        for (platform, drifts) in &found {
            for drift in drifts {
                let text = change_text(&drift.change);
                printer.result(&format!("{platform}: {text}: {}\n", words_of(drift.cause)))?;
            }
        }
        for platform in &run.platforms {
            if let Some(said) = conflict(platform) {
                let name = &platform.platform.name;
                printer.result(&format!(
                    "{name}: no solution today\n{}",
                    words::indented(said)
                ))?;
            }
        }
    }
    let count = found.iter().map(|(_, drifts)| drifts.len()).sum();
    printer.say(&format!(
        "{} would be others than in {shown}; nothing was written",
        words::count(count, "package")
    ));
    Ok(match run.verdict() {
        RunOutcome::Solved if count == 0 => ExitStatus::Done,
        RunOutcome::Solved => ExitStatus::No,
        RunOutcome::Refuted => ExitStatus::Bug,
        _ => ExitStatus::Unsatisfiable,
    })
}

fn conflict(platform: &PlatformRun) -> Option<&str> {
    match &platform.outcome {
        PlatformOutcome::Unsolvable { said, .. } => Some(said.trim_end()),
        _ => None,
    }
}

fn words_of(cause: DriftCause) -> &'static str {
    match cause {
        DriftCause::Gone => "what was locked is no longer visible",
        DriftCause::NewUpload => "a new upload",
        DriftCause::Follows => "it follows from the others",
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    platforms: Vec<PlatformFacts<'a>>,
}

#[derive(Serialize)]
struct PlatformFacts<'a> {
    platform: &'a str,
    conflict: Option<&'a str>,
    changes: Vec<Facts<'a>>,
}

#[derive(Serialize)]
struct Facts<'a> {
    name: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
    cause: &'static str,
}

fn document(run: &LockRun, found: &[(String, Vec<Drift>)]) -> Result<String, Failure> {
    let platforms = run.platforms.iter().map(|platform| {
        let name = platform.platform.name.as_str();
        let drifts = found.iter().filter(|(known, _)| known == name);
        PlatformFacts {
            platform: name,
            conflict: conflict(platform),
            changes: drifts
                .flat_map(|(_, drifts)| drifts)
                .map(|drift| Facts {
                    name: &drift.change.name,
                    old: drift.change.old.as_deref(),
                    new: drift.change.new.as_deref(),
                    cause: match drift.cause {
                        DriftCause::Gone => "gone",
                        DriftCause::NewUpload => "new-upload",
                        DriftCause::Follows => "follows",
                    },
                })
                .collect(),
        }
    });
    json::render(&Document {
        schema: "rsp-lock/drift",
        version: 1,
        platforms: platforms.collect(),
    })
}
