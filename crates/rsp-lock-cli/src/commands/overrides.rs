//! `rsp-lock overrides`.

use std::{fmt::Write as _, path::PathBuf};

use clap::{Args, builder::FalseyValueParser};
use rsp_lock::{
    AcrossVerdict, ChangedPackage, LineProof, LineVerdict, LockOptions, PlatformProof, Prune,
    PruneList, day_of, file::write::write, prove::Kind, prove_across, prove_overrides, prune,
    solver::CancellationToken, spec::Origin,
};

use crate::{
    args::{AccessArgs, RequestArgs, parse_timeout},
    exit::ExitStatus,
    failure::Failure,
    json,
    printer::Printer,
    progress::Progress,
    request::{self, Asked, open_base, read_text},
    settings, words,
};

/// Arguments of `overrides`.
#[derive(Clone, Debug, Args)]
pub(crate) struct OverridesArgs {
    #[command(flatten)]
    request: RequestArgs,

    /// Take the lines that are not needed out of the request; comments stay
    #[arg(long)]
    prune: bool,

    /// What each constraint, override and spec would change in these locks, one by one
    #[arg(long, value_name = "LOCK", num_args = 1.., conflicts_with_all = ["prune", "base"])]
    across: Vec<PathBuf>,

    /// Give up on a solve after this long: 90s, 5m
    #[arg(long, value_name = "TIME", env = "RSP_LOCK_TIMEOUT", value_parser = parse_timeout)]
    timeout: Option<std::time::Duration>,

    #[command(flatten)]
    access: AccessArgs,

    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    json: bool,
}

/// Solves without each line and tells what that shows.
pub(crate) async fn execute(
    args: &OverridesArgs,
    printer: &Printer,
) -> Result<ExitStatus, Failure> {
    let mut asked = request::read(&args.request, printer)?;
    if args.prune && !args.request.specs.is_empty() && args.request.files.is_empty() {
        return Err(Failure::usage(
            "the request stands on the command line: there is no file to take lines out of",
        )
        .hint("name it with `-f`, or leave `--prune` out"));
    }
    let now = settings::now();
    if !args.across.is_empty() {
        return across(args, &mut asked, now, printer).await;
    }
    let options = LockOptions {
        base: asked.base(printer)?,
        ..options(args, &asked, now, printer)
    };
    let progress = Progress::new(printer);
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let proofs = prove_overrides(&asked.request, &options, Some(today), &progress).await?;
    progress.clear();
    if args.json {
        printer.result(&json::overrides(&proofs)?)?;
    }
    let mut unsolvable = false;
    for proof in &proofs {
        if let Some(why) = &proof.unsolvable {
            unsolvable = true;
            printer.error(&format!(
                "no solution for {} even with all lines",
                proof.platform
            ));
            for line in why.lines() {
                printer.error_line(&format!("  {line}"));
            }
        }
    }
    if unsolvable {
        return Err(Failure::silent(ExitStatus::Unsatisfiable));
    }
    if !args.json {
        tell(&proofs, printer)?;
    }
    if args.prune {
        take_out(args, &proofs, printer)?;
    }
    Ok(ExitStatus::Done)
}

fn options(
    args: &OverridesArgs,
    asked: &Asked,
    now: jiff::Timestamp,
    printer: &Printer,
) -> LockOptions {
    LockOptions {
        timeout: args.timeout,
        cancel: CancellationToken::new(),
        now: Some(now),
        channels: rsp_lock::channel::ChannelOptions {
            mirrors: asked.request.mirrors.clone(),
            ..args.access.options(&asked.root, printer)
        },
        ..LockOptions::default()
    }
}

/// `--across`: a table with a row for each line and lock.
async fn across(
    args: &OverridesArgs,
    asked: &mut Asked,
    now: jiff::Timestamp,
    printer: &Printer,
) -> Result<ExitStatus, Failure> {
    let environment = asked.request.environment.clone();
    let locks = args
        .across
        .iter()
        .map(|path| open_base(path, environment.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    // A spec that is typed beside locks is no wish for a package of its own.
    let typed = std::mem::take(&mut asked.request.requirements)
        .into_iter()
        .filter(|line| line.origin == Origin::command_line());
    asked.request.constraints.extend(typed);
    let options = options(args, asked, now, printer);
    let progress = Progress::new(printer);
    let found = prove_across(&asked.request, &locks, &options, &progress).await?;
    progress.clear();
    if args.json {
        printer.result(&json::across(&found)?)?;
        return Ok(ExitStatus::Done);
    }
    if found.is_empty() {
        printer.say("no constraint, override or spec to try on the locks");
    }
    let mut heads: Vec<String> = Vec::new();
    let width = found.iter().map(|row| row.lock.len()).max().unwrap_or(0);
    let several = asked.request.platforms.len() > 1;
    for row in &found {
        let head = head(&row.line, &row.origin);
        if !heads.contains(&head) {
            printer.result(&format!("{head}\n"))?;
            let of_line = found
                .iter()
                .filter(|other| other.line == row.line && other.origin == row.origin);
            for row in of_line {
                let platform = if several {
                    format!("  {}", row.platform)
                } else {
                    String::new()
                };
                let text = across_verdict(&row.verdict);
                printer.result(&format!("  {:width$}{platform}  {text}\n", row.lock))?;
            }
            heads.push(head);
        }
    }
    Ok(ExitStatus::Done)
}

fn across_verdict(verdict: &AcrossVerdict) -> String {
    match verdict {
        AcrossVerdict::Satisfied => "already satisfied".to_owned(),
        AcrossVerdict::Changes(changes) => changed(changes),
        AcrossVerdict::Conflict(why) => format!("conflict: {why}"),
        AcrossVerdict::NoSuchPackage => "no channel has a package of this name".to_owned(),
        AcrossVerdict::Unknown => "not known: the time limit passed".to_owned(),
    }
}

/// Texts, each with the platforms that it holds for.
type Verdicts<'p> = Vec<(String, Vec<&'p str>)>;

/// A line with the verdicts of the platforms; those that say the same are told once.
fn tell(proofs: &[PlatformProof], printer: &Printer) -> Result<(), Failure> {
    let mut told: Vec<(String, Verdicts<'_>)> = Vec::new();
    for proof in proofs {
        for line in &proof.lines {
            let head = head(&line.line, &line.origin);
            let text = verdict(line);
            let known = told.iter().position(|(known, _)| *known == head);
            let at = known.unwrap_or_else(|| {
                told.push((head, Vec::new()));
                told.len() - 1
            });
            let Some((_, verdicts)) = told.get_mut(at) else {
                continue;
            };
            match verdicts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, platforms)) => platforms.push(&proof.platform),
                None => verdicts.push((text, vec![&proof.platform])),
            }
        }
    }
    if told.is_empty() {
        printer.say("the request holds nothing back");
    }
    for (head, verdicts) in told {
        printer.result(&format!("{head}\n"))?;
        for (text, platforms) in verdicts {
            let place = if platforms.len() == proofs.len() {
                String::new()
            } else {
                format!(" [{}]", platforms.join(", "))
            };
            printer.result(&format!("  {text}{place}\n"))?;
        }
    }
    Ok(())
}

/// A line as a heading.
fn head(line: &Prune, origin: &Origin) -> String {
    format!("{} {} ({origin})", kind(line.list), line.text)
}

/// What a list is called in a sentence.
pub(crate) fn kind(list: PruneList) -> &'static str {
    match list {
        PruneList::Overrides => "override",
        PruneList::Constraints => "constraint",
        PruneList::Dependencies => "edit",
        PruneList::Requirements => "pin",
    }
}

fn verdict(line: &LineProof) -> String {
    let mut text = match &line.verdict {
        LineVerdict::Needed(why) => format!("needed: {why}"),
        LineVerdict::Idle => "idle: the same packages without it".to_owned(),
        LineVerdict::Changes(changes) => changed(changes),
        LineVerdict::MatchesNothing => "matches nothing in any channel".to_owned(),
        LineVerdict::ExcludesNothing => "excludes nothing".to_owned(),
        LineVerdict::Unknown => "not known: the time limit passed".to_owned(),
    };
    if let Some(since) = &line.since {
        let by = if since.exact {
            "since"
        } else {
            "since at least"
        };
        let _ = write!(text, "; no longer needed {by} {}", day_of(since.day));
        if !line.goes_with.is_empty() {
            let _ = write!(text, ", as {} goes as well", line.goes_with.join(", "));
        }
    }
    if let (Some(until), None) = (&line.until, &line.since) {
        let _ = write!(text, "; meant until {until}");
    }
    if line.is_due {
        let owner = line.note.owner.as_deref();
        let owner = owner.map_or_else(String::new, |owner| format!(" by {owner}"));
        let _ = write!(text, "; due for review{owner}");
    }
    text
}

/// What changes, how many packages, and how much there is to download.
pub(crate) fn changed(changes: &[ChangedPackage]) -> String {
    let shown: Vec<String> = changes.iter().map(change).collect();
    let growth: Option<i64> = changes.iter().map(|change| change.growth).sum();
    format!(
        "changes {}{}: {}",
        words::count(changes.len(), "package"),
        growth.map_or_else(String::new, |bytes| format!(" ({})", words::growth(bytes))),
        words::listed(&shown, 160)
    )
}

fn change(change: &ChangedPackage) -> String {
    let (with, without) = (change.with.as_ref(), change.without.as_ref());
    let version = |of: Option<&(String, String)>| of.map(|(version, _)| version.clone());
    match (change.kind, version(with), version(without)) {
        (Kind::Added, _, Some(new)) => format!("{} {new} comes", change.name),
        (Kind::Removed, Some(old), _) => format!("{} {old} goes", change.name),
        (Kind::Up | Kind::Down, Some(old), Some(new)) => {
            format!("{} {old} -> {new}", change.name)
        }
        _ => {
            let build = |of: Option<&(String, String)>| {
                of.map_or_else(String::new, |(_, build)| build.clone())
            };
            format!("{} {} -> {}", change.name, build(with), build(without))
        }
    }
}

/// Edits the request: what can go on every platform that the line is for.
fn take_out(
    args: &OverridesArgs,
    proofs: &[PlatformProof],
    printer: &Printer,
) -> Result<(), Failure> {
    let files: Vec<PathBuf> = if args.request.files.is_empty() {
        vec![PathBuf::from("rsp-lock.toml")]
    } else {
        args.request.files.clone()
    };
    let all = || proofs.iter().flat_map(|proof| &proof.lines);
    for file in files {
        let shown = file.display().to_string();
        let is_here = |origin: &Origin| *origin.source == *shown;
        let mut lines: Vec<Prune> = Vec::new();
        for line in all().filter(|line| is_here(&line.origin)) {
            let mut same = all().filter(|other| other.origin == line.origin);
            if same.all(|other| other.can_go) && !lines.contains(&line.line) {
                lines.push(line.line.clone());
            }
        }
        if lines.is_empty() {
            printer.say(&format!("{shown}: nothing to take out"));
            continue;
        }
        let text = read_text(&file)?;
        let is_toml = file
            .extension()
            .is_some_and(|extension| extension == "toml");
        let pruned = is_toml.then(|| prune(&text, &lines)).flatten();
        let Some(pruned) = pruned else {
            printer.warn(&format!("{shown} is no TOML: take the lines out by hand"));
            continue;
        };
        for line in &pruned.left {
            printer.warn(&format!(
                "{shown}: take out {} `{}` by hand: it is written in a form that is not edited",
                kind(line.list),
                line.text
            ));
        }
        write(&file, pruned.text.as_bytes())?;
        let count = lines.len() - pruned.left.len();
        printer.say(&format!(
            "{shown}: {} taken out",
            words::count(count, "line")
        ));
    }
    Ok(())
}
