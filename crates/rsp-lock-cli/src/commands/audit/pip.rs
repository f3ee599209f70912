//! `rsp-lock audit pip FILE --lock LOCKFILE`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use rattler_conda_types::{PackageRecord, RepoDataRecord};
use rsp_lock::{
    channel::{Wanted, load},
    file::{
        import::{self, FindingKind, ImportKind},
        write::write,
    },
    spec::{ChannelRequest, Origin},
};
use rsp_lock_pip::{
    Class, How, LineKind, Names, PipLine, audit, candidates, constraints, parse_line, parse_list,
};
use serde::Serialize;

use super::{
    trial::{self, Trial, trials},
    uv,
};
use crate::{
    args::LockedArgs,
    exit::ExitStatus,
    failure::Failure,
    json,
    printer::Printer,
    recipe::RecipeChoice,
    records::of_lock,
    request::{parse_subdir, read_files, read_text},
    words,
};

/// Arguments of `audit pip`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PipArgs {
    /// List for pip: requirements.txt, an exported environment, environment.yml or rsp-lock.toml
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// Lockfile of the conda environment that pip adds to
    #[arg(long, value_name = "LOCKFILE")]
    pub(super) lock: Option<PathBuf>,

    #[command(flatten)]
    pub(super) locked: LockedArgs,

    /// Write constraints for pip: the versions that conda has locked
    #[arg(long, value_name = "FILE", requires = "lock", help_heading = "Output")]
    write_constraints: Option<PathBuf>,

    /// Write a lock with hashes of what is left to pip, made by `uv pip compile`
    #[arg(long, value_name = "FILE", requires = "lock", help_heading = "Output")]
    write_lock: Option<PathBuf>,

    #[command(flatten)]
    uv: uv::UvArgs,
}

/// Classes every line; writes what is asked for.
pub(crate) async fn execute(args: &PipArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let files = [&args.write_constraints, &args.write_lock];
    if files
        .into_iter()
        .flatten()
        .any(|file| file.as_os_str() == "-")
    {
        return Err(Failure::usage(
            "standard output has the findings, and takes no file beside them",
        )
        .hint("name a file instead of `-`"));
    }
    let lines = lines(&args.file, printer)?;
    let locked: Vec<RepoDataRecord> = match &args.lock {
        Some(lock) => of_lock(lock, &args.locked, printer).await?,
        None => Vec::new(),
    };
    let packages: Vec<&PackageRecord> = locked.iter().map(|r| &r.package_record).collect();
    let names = names(args, &lines, printer).await?;
    let classes = audit(&lines, &names, &packages);
    let found: Vec<(&PipLine, &Class)> = lines.iter().zip(&classes).collect();
    let tried = trials(args, &found, &locked, printer).await?;
    if args.locked.output.json {
        printer.result(&document(args, &found, &tried)?)?;
    } else {
        for (line, class) in &found {
            printer.result(&format!(
                "{:<10} {}{}\n{}",
                word(class),
                line.text,
                detail(class),
                tried.get(&line.text).map(told).unwrap_or_default()
            ))?;
        }
    }
    if let Some(file) = &args.write_constraints {
        write(file, constraints(&packages).as_bytes())?;
        printer.say(&format!("wrote {}", file.display()));
    }
    if let Some(file) = &args.write_lock {
        let left: Vec<&str> = found
            .iter()
            .filter(|(line, class)| {
                line.kind == LineKind::Index && !matches!(class, Class::Provided { .. })
            })
            .map(|(line, _)| line.text.as_str())
            .collect();
        let text = uv::compile(&args.uv, &left, &packages, trial::subdir(&locked))?;
        write(file, text.as_bytes())?;
        printer.say(&format!(
            "wrote {}: {}",
            file.display(),
            words::count(left.len(), "line")
        ));
    }
    let shadowed = classes
        .iter()
        .filter(|c| matches!(c, Class::Provided { .. }))
        .count();
    let available = classes
        .iter()
        .filter(|c| matches!(c, Class::SameName { .. } | Class::OtherName { .. }))
        .count();
    printer.say(&format!(
        "{}: {} already there, {available} on the channels, {} left to pip",
        words::count(lines.len(), "line"),
        shadowed,
        lines.len() - shadowed - available
    ));
    Ok(if shadowed + available > 0 {
        ExitStatus::No
    } else {
        ExitStatus::Done
    })
}

/// The lines for pip of a file of any kind.
fn lines(file: &Path, printer: &Printer) -> Result<Vec<PipLine>, Failure> {
    let shown = file.display();
    let extension = file.extension().map(|e| e.to_string_lossy().to_lowercase());
    let text = read_text(file)?;
    let is_known = import::detect(&text).is_some();
    let lines = match extension.as_deref() {
        Some("toml") => of_request(file, printer)?,
        Some("yml" | "yaml") if !is_known => of_request(file, printer)?,
        Some("yml" | "yaml") => of_export(file, &text)?,
        _ => match parse_list(&text) {
            (read, bad) if bad.is_empty() => read.into_iter().map(|(_, line)| line).collect(),
            _ if is_known => of_export(file, &text)?,
            (_, bad) => {
                let first = bad
                    .first()
                    .map(|(number, bad)| format!("{shown}:{number}: {bad}"));
                return Err(Failure::usage(first.unwrap_or_default()));
            }
        },
    };
    if lines.is_empty() {
        return Err(Failure::usage(format!("`{shown}` has no line for pip")));
    }
    Ok(lines)
}

fn of_request(file: &Path, printer: &Printer) -> Result<Vec<PipLine>, Failure> {
    let files = read_files(&[file.to_owned()], &RecipeChoice::default(), printer)?;
    let lines = files.request.pip.iter();
    lines
        .map(|line| {
            let number = usize::try_from(line.origin.line).unwrap_or_default();
            parse(&line.text, file, number)
        })
        .collect()
}

/// What an exported environment has from pip; what conda has built is not for pip.
fn of_export(file: &Path, text: &str) -> Result<Vec<PipLine>, Failure> {
    let read = import::read(text, &file.display().to_string())?;
    // Of environment.yml the part that is for conda does not matter.
    let is_of_pip = |what: &FindingKind| match read.kind {
        ImportKind::EnvironmentYaml => what.is_loss_for_pip(),
        _ => what.is_loss(),
    };
    if let Some(lost) = read
        .findings
        .iter()
        .find(|finding| is_of_pip(&finding.what))
    {
        return Err(Failure::usage(format!(
            "{}:{}: {}",
            file.display(),
            lost.line,
            lost.what
        )));
    }
    let entries = read.pip.iter().filter(|entry| !entry.from_conda);
    entries
        .map(|entry| parse(&entry.requirement, file, entry.line))
        .collect()
}

fn parse(text: &str, file: &Path, number: usize) -> Result<PipLine, Failure> {
    parse_line(text).map_err(|bad| Failure::usage(format!("{}:{number}: {bad}", file.display())))
}

/// The names that the channels have, of those that the lines could mean.
async fn names(args: &PipArgs, lines: &[PipLine], printer: &Printer) -> Result<Names, Failure> {
    let mut names = Names::default();
    let channels: Vec<ChannelRequest> = args
        .locked
        .choice
        .channels
        .iter()
        .map(|text| ChannelRequest {
            text: text.clone(),
            origin: Origin::command_line(),
        })
        .collect();
    if channels.is_empty() {
        if args.lock.is_none() {
            return Err(Failure::usage("neither a channel nor a lockfile is named")
                .hint("name the channels with `-c`, and the conda environment with `--lock`"));
        }
        printer.hint("name the channels with `-c` to learn what they have");
        return Ok(names);
    }
    let subdir = match args.locked.choice.platform.as_deref() {
        Some(name) => parse_subdir(name)?,
        None => rattler_conda_types::Subdir::Linux64,
    };
    let wanted = lines
        .iter()
        .filter_map(|line| line.name.as_deref())
        .flat_map(candidates)
        .filter_map(|name| name.parse().ok())
        .collect();
    let options = args.locked.access.options(Path::new("."), printer);
    let silent = rsp_lock::channel::Silent;
    let loaded = load(&channels, subdir, &Wanted::Named(wanted), &options, &silent).await?;
    for record in loaded.iter().flat_map(|channel| &channel.records) {
        names.add_record(&record.package_record);
    }
    Ok(names)
}

fn word(class: &Class) -> &'static str {
    match class {
        Class::Provided { .. } => "provided",
        Class::SameName { .. } => "same-name",
        Class::OtherName { .. } => "other-name",
        Class::PipOnly => "pip-only",
        Class::Git => "git",
        Class::Elsewhere => "elsewhere",
    }
}

fn detail(class: &Class) -> String {
    match class {
        Class::Provided {
            conda,
            version,
            fits,
        } => {
            let fits = match fits {
                Some(true) => "",
                Some(false) => ", which the line does not want",
                None => ", which cannot be compared",
            };
            format!(": conda has {conda} {version}{fits}; pip would put its own over it")
        }
        Class::SameName { .. } | Class::PipOnly => String::new(),
        Class::OtherName { conda, how } => format!(
            ": {conda}{}",
            match how {
                How::Spelling => "",
                How::Stated => ", say its records",
                How::Known => ", as is well known",
            }
        ),
        Class::Git => ": kept apart".to_owned(),
        Class::Elsewhere => ": from a file or a URL, kept apart".to_owned(),
    }
}

/// What trying a line gave, below it.
fn told(trial: &Trial) -> String {
    match trial {
        Trial::Adds(record) => format!("           conda can add {record}\n"),
        Trial::Conflict(why) => {
            let mut text = "           conda cannot add it:\n".to_owned();
            for line in why.lines() {
                text = text + "             " + line + "\n";
            }
            text
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    file: String,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    name: Option<&'a str>,
    class: &'static str,
    conda: Option<&'a str>,
    conda_version: Option<&'a str>,
    fits: Option<bool>,
    adds: Option<&'a str>,
    conflict: Option<&'a str>,
}

fn document(
    args: &PipArgs,
    found: &[(&PipLine, &Class)],
    tried: &BTreeMap<String, Trial>,
) -> Result<String, Failure> {
    let lines = found.iter().map(|(line, class)| {
        let (conda, conda_version, fits) = match class {
            Class::Provided {
                conda,
                version,
                fits,
            } => (Some(conda.as_str()), Some(version.as_str()), *fits),
            Class::SameName { conda } | Class::OtherName { conda, .. } => {
                (Some(conda.as_str()), None, None)
            }
            _ => (None, None, None),
        };
        let (adds, conflict) = match tried.get(&line.text) {
            Some(Trial::Adds(record)) => (Some(record.as_str()), None),
            Some(Trial::Conflict(why)) => (None, Some(why.as_str())),
            None => (None, None),
        };
        Line {
            adds,
            conflict,
            text: &line.text,
            name: line.name.as_deref(),
            class: word(class),
            conda,
            conda_version,
            fits,
        }
    });
    json::render(&Document {
        schema: "rsp-lock/audit-pip",
        version: 1,
        file: args.file.display().to_string(),
        lines: lines.collect(),
    })
}
