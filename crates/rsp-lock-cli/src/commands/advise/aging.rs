//! `rsp-lock advise aging LOCKFILE -c CHANNEL`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use rsp_lock::{
    channel::{LoadedChannel, Wanted, load},
    file::{import::ImportKind, native},
};
use rsp_lock_advise::{Aging, Fate, Replacement, aging, as_of_gaps};
use serde::Serialize;

use crate::{
    args::LockedArgs, exit::ExitStatus, failure::Failure, json, lockfile::parts, printer::Printer,
    request::read_text, words,
};

/// Arguments of `advise aging`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AgingArgs {
    /// An rsp.lock; it keeps the metadata that the packages had when they were locked
    #[arg(value_name = "LOCKFILE")]
    file: PathBuf,

    #[command(flatten)]
    locked: LockedArgs,
}

/// Compares every platform of the lock with the channels of today.
pub(crate) async fn execute(args: &AgingArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let text = read_text(&args.file)?;
    let shown = args.file.display().to_string();
    if rsp_lock::file::import::detect(&text) != Some(ImportKind::Native) {
        return Err(Failure::usage(format!("`{shown}` is no rsp.lock"))
            .hint("an explicit file keeps no metadata: `rsp-lock verify` says what is gone"));
    }
    let lock = native::read(&text, &shown)?;
    let parts = parts(
        &args.file,
        &args.locked.choice,
        &[],
        &args.locked.access,
        printer,
    )?;
    let platforms = lock
        .environments
        .iter()
        .flat_map(|environment| &environment.platforms);
    let (mut documents, mut status) = (Vec::new(), ExitStatus::Done);
    for platform in platforms {
        let Some(part) = parts.iter().find(|part| part.name == platform.name) else {
            continue;
        };
        let locked: Vec<_> = platform.packages.iter().map(|p| p.record.clone()).collect();
        let names = locked
            .iter()
            .map(|r| r.package_record.name.clone())
            .collect();
        let loaded: Vec<LoadedChannel> = load(
            &part.options.channels,
            part.options.subdir,
            &Wanted::Named(names),
            &part.options.channel_options,
            &rsp_lock::channel::Silent,
        )
        .await?;
        let removed: Vec<String> = loaded.iter().flat_map(|c| c.removed.clone()).collect();
        let today: Vec<_> = loaded.into_iter().flat_map(|c| c.records).collect();
        let found = aging(&locked, &today, &removed);
        let gaps = as_of_gaps(&today, &removed, &locked);
        if !args.locked.output.json {
            for one in &found {
                printer.result(&format!("{}: {}\n", platform.name, line(one)))?;
            }
        }
        printer.say(&format!(
            "{}: {}, {} not as they were; of their names the channels list {} as removed and {} without a date",
            platform.name,
            words::count(locked.len(), "package"),
            found.len(),
            words::count(gaps.removed.len(), "file"),
            words::count(gaps.without_timestamp, "record"),
        ));
        if found.iter().any(is_no) {
            status = ExitStatus::No;
        }
        documents.push(PlatformFacts {
            name: platform.name.clone(),
            packages: locked.len(),
            aged: found.iter().map(facts).collect(),
            removed: gaps.removed,
            without_timestamp: gaps.without_timestamp,
        });
    }
    if args.locked.output.json {
        printer.result(&json::render(&Document {
            schema: "rsp-lock/aging",
            version: 1,
            file: shown,
            platforms: documents,
        })?)?;
    }
    Ok(status)
}

/// A patch that breaks nothing is no reason to say no.
fn is_no(aging: &Aging) -> bool {
    match &aging.fate {
        Fate::Patched {
            broken, impossible, ..
        } => !broken.is_empty() || !impossible.is_empty(),
        Fate::OtherBytes | Fate::Removed { .. } | Fate::Gone { .. } => true,
    }
}

fn instead(replacement: Option<&Replacement>) -> String {
    match replacement {
        None => "nothing newer takes its place".to_owned(),
        Some(next) if next.same_version => {
            format!(
                "{} takes its place: the same version as what was withdrawn",
                next.record
            )
        }
        Some(next) => format!("{} takes its place", next.record),
    }
}

fn line(aging: &Aging) -> String {
    let file = &aging.file;
    match &aging.fate {
        Fate::OtherBytes => format!("{file} has other bytes today"),
        Fate::Removed { replacement } => {
            format!("{file} was removed; {}", instead(replacement.as_ref()))
        }
        Fate::Gone { replacement } => format!(
            "{file} has left the index, though its URL may still work; {}",
            instead(replacement.as_ref())
        ),
        Fate::Patched {
            broken,
            impossible,
            gained,
            lost,
        } => {
            let mut text = format!("{file} is still there, with other metadata");
            for (wanted, locked) in broken {
                let _ = write!(text, "; it conflicts today: {wanted}, locked is {locked}");
            }
            for range in impossible {
                let _ = write!(text, "; it is uninstallable by its own metadata: {range}");
            }
            if broken.is_empty() && impossible.is_empty() {
                let _ = write!(
                    text,
                    ": {} gone, {} new, nothing of the lock breaks",
                    words::count(lost.len(), "line"),
                    gained.len()
                );
            }
            text
        }
    }
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    version: u32,
    file: String,
    platforms: Vec<PlatformFacts>,
}

#[derive(Serialize)]
struct PlatformFacts {
    #[serde(rename = "platform")]
    name: String,
    packages: usize,
    aged: Vec<Facts>,
    removed: Vec<String>,
    without_timestamp: usize,
}

#[derive(Serialize)]
struct Facts {
    name: String,
    file: String,
    fate: &'static str,
    text: String,
    replacement: Option<String>,
}

fn facts(aging: &Aging) -> Facts {
    let (fate, replacement) = match &aging.fate {
        Fate::OtherBytes => ("other-bytes", None),
        Fate::Removed { replacement } => ("removed", replacement.as_ref()),
        Fate::Gone { replacement } => ("gone", replacement.as_ref()),
        Fate::Patched { .. } => ("patched", None),
    };
    Facts {
        name: aging.name.clone(),
        file: aging.file.clone(),
        fate,
        text: line(aging),
        replacement: replacement.map(|next| next.record.clone()),
    }
}
