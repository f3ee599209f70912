//! `rsp-lock audit user LIST --lock NEW --old-lock OLD`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use rattler_conda_types::PackageRecord;
use rsp_lock_pip::{LineKind, Relation, Shadow, UserAudit, UserPackage, audit_user, parse_list};
use serde::Serialize;

use crate::{
    args::LockedArgs, exit::ExitStatus, failure::Failure, json, printer::Printer, records::of_lock,
    request::read_text, words,
};

/// Arguments of `audit user`.
#[derive(Clone, Debug, Args)]
pub(crate) struct UserArgs {
    /// What the user has: the output of `pip freeze --user`, a site-packages directory, or ~/.local
    #[arg(value_name = "LIST")]
    list: PathBuf,

    /// Lockfile of the environment
    #[arg(long, value_name = "LOCKFILE")]
    lock: PathBuf,

    /// Lockfile of the environment that the user comes from
    #[arg(long, value_name = "LOCKFILE")]
    old_lock: Option<PathBuf>,

    #[command(flatten)]
    locked: LockedArgs,
}

/// Says what is hidden, what breaks, and what to remove.
pub(crate) async fn execute(args: &UserArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let user = packages(&args.list, printer)?;
    let new = audit_of(&args.lock, &user, args, printer).await?;
    let old = match &args.old_lock {
        Some(lock) => Some(audit_of(lock, &user, args, printer).await?),
        None => None,
    };
    if args.locked.output.json {
        printer.result(&document(&new, old.as_ref())?)?;
    } else {
        for shadow in &new.shadows {
            printer.result(&line(shadow, old.as_ref()))?;
        }
        if !new.remove.is_empty() {
            printer.result(&format!("remove: {}\n", new.remove.join(" ")))?;
        }
    }
    printer.say(&format!(
        "{}: {} hide packages of the environment, {} must go",
        words::count(user.len(), "package"),
        new.shadows.len(),
        new.remove.len()
    ));
    Ok(if new.remove.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::No
    })
}

async fn audit_of(
    lock: &Path,
    user: &[UserPackage],
    args: &UserArgs,
    printer: &Printer,
) -> Result<UserAudit, Failure> {
    let records = of_lock(lock, &args.locked, printer).await?;
    let packages: Vec<&PackageRecord> = records
        .iter()
        .map(|record| &record.package_record)
        .collect();
    Ok(audit_user(user, &packages))
}

/// The packages of a list or a directory.
fn packages(list: &Path, printer: &Printer) -> Result<Vec<UserPackage>, Failure> {
    if list.is_dir() {
        return installed(list);
    }
    let text = read_text(list)?;
    let (lines, bad) = parse_list(&text);
    for (number, bad) in &bad {
        let said = format!("{}:{number}: {bad}", list.display());
        // An editable install is listed as an option.
        let is_option = |line: &str| line.trim_start().starts_with('-');
        if !text.lines().nth(number - 1).is_some_and(is_option) {
            return Err(Failure::usage(said));
        }
        printer.warn(&format!("{said}; it is not looked at"));
    }
    let mut found = Vec::new();
    for (number, line) in lines {
        let version = line.versions.strip_prefix("==");
        match (&line.name, version) {
            (Some(name), Some(version)) if line.kind == LineKind::Index => {
                found.push(UserPackage::new(name, version));
            }
            _ => printer.warn(&format!(
                "{}:{number}: `{}` says no version and is not looked at",
                list.display(),
                line.text
            )),
        }
    }
    Ok(found)
}

/// The packages in a site-packages directory, or in those below a `~/.local`.
fn installed(directory: &Path) -> Result<Vec<UserPackage>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("cannot read `{}`", directory.display())).because(&error)
    };
    let names = |directory: &Path| -> std::io::Result<Vec<String>> {
        let entries = fs_err::read_dir(directory)?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.collect())
    };
    let mut places = vec![directory.to_owned()];
    let lib = directory.join("lib");
    if lib.is_dir() {
        let pythons = names(&lib).map_err(cannot)?.into_iter();
        let pythons = pythons.filter(|name| name.starts_with("python"));
        places.extend(pythons.map(|name| lib.join(name).join("site-packages")));
    }
    let mut found = Vec::new();
    let mut is_place = directory.ends_with("site-packages");
    for place in places.iter().filter(|place| place.is_dir()) {
        is_place |= place != directory;
        for name in names(place).map_err(cannot)? {
            let stem = name.strip_suffix(".dist-info");
            if let Some((name, version)) = stem.and_then(|stem| stem.rsplit_once('-')) {
                found.push(UserPackage::new(name, version));
            }
        }
    }
    if found.is_empty() && !is_place {
        return Err(Failure::usage(format!(
            "`{}` is no site-packages directory and holds none",
            directory.display()
        ))
        .hint("name a site-packages directory, or the directory that holds `lib/pythonX.Y/site-packages`"));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn relation(shadow: &Shadow) -> &'static str {
    match shadow.relation {
        Some(Relation::Older) => "older than",
        Some(Relation::Same) => "the same as",
        Some(Relation::Newer) => "newer than",
        None => "not comparable with",
    }
}

/// How it was with the old environment: `None` if there was none, or nothing to hide.
fn was_fine(shadow: &Shadow, old: Option<&UserAudit>) -> Option<bool> {
    let before = old?.shadow(&shadow.user.name);
    Some(before.is_none_or(|before| before.breaks.is_empty()))
}

fn line(shadow: &Shadow, old: Option<&UserAudit>) -> String {
    let mut text = format!(
        "{} {} hides {} {}: {} it",
        shadow.user.name,
        shadow.user.version,
        shadow.conda,
        shadow.version,
        relation(shadow)
    );
    let broken: Vec<String> = shadow
        .breaks
        .iter()
        .map(|broken| format!("{} (needs {})", broken.dependent, broken.requirement))
        .collect();
    if !broken.is_empty() {
        let _ = write!(text, "; breaks {}", broken.join(", "));
        match was_fine(shadow, old) {
            Some(true) => text += "; it was fine with the old environment",
            Some(false) => text += "; so it did in the old environment",
            None => {}
        }
    }
    text + "\n"
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    shadows: Vec<ShadowFacts<'a>>,
    additions: Vec<String>,
    remove: &'a [String],
}

#[derive(Serialize)]
struct ShadowFacts<'a> {
    name: &'a str,
    version: &'a str,
    conda: &'a str,
    conda_version: &'a str,
    relation: Option<&'static str>,
    breaks: Vec<BrokenFacts<'a>>,
    fine_with_old: Option<bool>,
}

#[derive(Serialize)]
struct BrokenFacts<'a> {
    dependent: &'a str,
    requirement: &'a str,
}

fn document(new: &UserAudit, old: Option<&UserAudit>) -> Result<String, Failure> {
    let shadows = new.shadows.iter().map(|shadow| ShadowFacts {
        name: &shadow.user.name,
        version: &shadow.user.version,
        conda: &shadow.conda,
        conda_version: &shadow.version,
        relation: shadow.relation.map(|relation| match relation {
            Relation::Older => "older",
            Relation::Same => "same",
            Relation::Newer => "newer",
        }),
        breaks: shadow
            .breaks
            .iter()
            .map(|broken| BrokenFacts {
                dependent: &broken.dependent,
                requirement: &broken.requirement,
            })
            .collect(),
        fine_with_old: was_fine(shadow, old),
    });
    json::render(&Document {
        schema: "rsp-lock/audit-user",
        version: 1,
        shadows: shadows.collect(),
        additions: new
            .additions
            .iter()
            .map(|package| format!("{}=={}", package.name, package.version))
            .collect(),
        remove: &new.remove,
    })
}
