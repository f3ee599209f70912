//! Whether what the channels have of pip's lines goes with the locked environment.

use std::collections::BTreeMap;
use std::path::Path;

use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock::{
    PlatformOutcome,
    file::native::NativeLock,
    lock,
    spec::{ChannelRequest, Origin, PlatformRequest, Request, Requirement, parse_spec},
};
use rsp_lock_advise::{Plan, clone_plan};
use rsp_lock_pip::{Class, LineKind, PipLine};

use crate::{failure::Failure, printer::Printer, progress::Progress, settings::solve_options};

use super::pip::PipArgs;

/// What trying a line gave.
#[derive(Clone, Debug)]
pub(super) enum Trial {
    /// Conda can add it: the record, as name, version and build.
    Adds(String),
    /// It cannot, and why.
    Conflict(String),
}

/// Adds what the channels have to the locked packages, none of which may move: all lines
/// together first, then each of those that stood in the way alone. By the line's text.
pub(super) async fn trials(
    args: &PipArgs,
    found: &[(&PipLine, &Class)],
    locked: &[RepoDataRecord],
    printer: &Printer,
) -> Result<BTreeMap<String, Trial>, Failure> {
    let mut trials = BTreeMap::new();
    let Some(lock_file) = args
        .lock
        .as_ref()
        .filter(|_| !args.locked.choice.channels.is_empty())
    else {
        return Ok(trials);
    };
    let mut wanted: Vec<(String, Requirement)> = Vec::new();
    for (line, class) in found {
        let (Class::SameName { conda } | Class::OtherName { conda, .. }) = class else {
            continue;
        };
        if line.kind != LineKind::Index {
            continue;
        }
        if let Ok(spec) = parse_spec(&conda_spec(conda, &line.versions), &Origin::command_line()) {
            wanted.push((line.text.clone(), spec));
        } else {
            let why = format!("conda cannot say the versions `{}`", line.versions);
            trials.insert(line.text.clone(), Trial::Conflict(why));
        }
    }
    if wanted.is_empty() {
        return Ok(trials);
    }
    let shown = lock_file.display().to_string();
    let progress = Progress::new(printer);
    let channels = args.locked.access.options(Path::new("."), printer);
    let solve = async |request: &Request, previous: Option<NativeLock>| {
        lock(request, &solve_options(&channels, previous), &progress).await
    };
    let all: Vec<Requirement> = wanted.iter().map(|(_, spec)| spec.clone()).collect();
    let together = clone_plan(locked, &shown, &request(args, locked, all), &solve).await?;
    for (text, spec) in wanted {
        let alone;
        let plan = if together.left_out.iter().any(|line| line.text == spec.text) {
            let request = request(args, locked, vec![spec.clone()]);
            alone = clone_plan(locked, &shown, &request, &solve).await?;
            &alone
        } else {
            &together
        };
        trials.insert(text, trial(plan, &spec));
    }
    progress.clear();
    Ok(trials)
}

/// The line's versions in conda's words: the same, but for blanks.
fn conda_spec(conda: &str, versions: &str) -> String {
    let versions: String = versions.split_whitespace().collect();
    format!("{conda} {versions}").trim_end().to_owned()
}

fn request(args: &PipArgs, locked: &[RepoDataRecord], requirements: Vec<Requirement>) -> Request {
    let here = Origin::command_line;
    let platform = PlatformRequest::of(subdir(locked), here());
    Request {
        channels: args
            .locked
            .choice
            .channels
            .iter()
            .map(|text| ChannelRequest {
                text: text.clone(),
                origin: here(),
            })
            .collect(),
        platforms: vec![platform],
        requirements,
        ..Request::default()
    }
}

/// The subdir of the locked packages that are of any.
pub(super) fn subdir(locked: &[RepoDataRecord]) -> Subdir {
    let mut subdirs = locked
        .iter()
        .filter_map(|record| record.package_record.subdir.parse::<Subdir>().ok());
    subdirs
        .find(|subdir| *subdir != Subdir::NoArch)
        .unwrap_or(Subdir::Linux64)
}

fn trial(plan: &Plan, spec: &Requirement) -> Trial {
    let records = plan.records().unwrap_or_default();
    let mut records = records.iter().map(|record| &record.package_record);
    match records.find(|record| record.name.as_normalized() == spec.name().as_normalized()) {
        Some(record) => Trial::Adds(format!(
            "{} {} {}",
            record.name.as_normalized(),
            record.version,
            record.build
        )),
        None => Trial::Conflict(match plan.run.platforms.first().map(|p| &p.outcome) {
            Some(PlatformOutcome::Unsolvable { said, .. }) => said.trim_end().to_owned(),
            _ => "there is no answer".to_owned(),
        }),
    }
}
