//! `rsp-lock solve`.

use std::{
    mem::ManuallyDrop,
    path::{Path, PathBuf},
};

use clap::{Args, builder::FalseyValueParser};
use rsp_lock::{
    LockOptions, LockRun, LockfileOptions, Lockfiles, NATIVE_LOCK, PlatformOutcome, PlatformRun,
    RunOutcome, explicit_locks,
    file::{
        digest,
        native::{self, NativeLock},
        write::{Written, write, write_group},
    },
    lock, lockfiles,
    solver::{CancellationToken, conflict::Line},
    spec::BasePolicy,
    with_strict,
};

use crate::{
    args::{AccessArgs, FormatArg, HashArg, RequestArgs, SolverArg, parse_timeout},
    deny::{self, Deny},
    exit::ExitStatus,
    failure::Failure,
    json,
    output::Target,
    printer::Printer,
    progress::Progress,
    request::{self, Asked},
    settings, summary,
};

/// Arguments of `solve`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct SolveArgs {
    #[command(flatten)]
    request: RequestArgs,

    /// File, directory (`locks/`) or `-` [default: beside the request; standard output without one]
    #[arg(
        short,
        long,
        value_name = "PATH",
        env = "RSP_LOCK_OUTPUT",
        help_heading = "Lockfiles"
    )]
    output: Option<PathBuf>,

    /// What is written beside rsp.lock
    #[arg(
        long,
        value_name = "FORMAT",
        env = "RSP_LOCK_FORMAT",
        default_value = "explicit",
        help_heading = "Lockfiles"
    )]
    format: FormatArg,

    /// The hash behind each URL
    #[arg(
        long,
        value_name = "HASH",
        env = "RSP_LOCK_HASH",
        default_value = "sha256",
        help_heading = "Lockfiles"
    )]
    hash: HashArg,

    /// Ignore an existing rsp.lock; otherwise what it holds is kept unless it must move
    #[arg(long, env = "RSP_LOCK_FRESH", value_parser = FalseyValueParser::new(), help_heading = "Lockfiles")]
    fresh: bool,

    /// Solve and tell, but write nothing
    #[arg(
        short = 'n',
        long,
        env = "RSP_LOCK_DRY_RUN", value_parser = FalseyValueParser::new(),
        help_heading = "Lockfiles"
    )]
    dry_run: bool,

    /// End with exit code 1, and write nothing, if there is such a finding
    #[arg(
        long,
        value_name = "WHAT",
        env = "RSP_LOCK_DENY",
        value_delimiter = ',',
        help_heading = "Lockfiles"
    )]
    deny: Vec<Deny>,

    /// Who solves
    #[arg(
        long,
        value_name = "SOLVER",
        env = "RSP_LOCK_SOLVER",
        default_value = "native",
        help_heading = "Solving"
    )]
    solver: SolverArg,

    /// Give up on a platform after this long: 90s, 5m
    #[arg(long, value_name = "TIME", env = "RSP_LOCK_TIMEOUT", value_parser = parse_timeout, help_heading = "Solving")]
    timeout: Option<std::time::Duration>,

    /// Say of each package that is not the best there is why the better one was refused
    #[arg(long, env = "RSP_LOCK_EXPLAIN_CHOICE", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    explain_choice: bool,

    #[command(flatten)]
    access: AccessArgs,

    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    json: bool,
}

/// Solves, checks, writes, tells.
pub(crate) async fn execute(args: &SolveArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let asked = request::read(&args.request, printer)?;
    let target = Target::choose(args.output.as_deref(), &asked)?;
    if args.json && target == Target::Stdout && args.output.is_some() {
        return Err(
            Failure::usage("`--json` and `-o -` both want standard output")
                .hint("leave out `-o -`: the document has every package"),
        );
    }
    let previous = match target.lock_directory(&asked) {
        Some(directory) if !args.fresh => read_previous(&join(directory, NATIVE_LOCK))?,
        _ => None,
    };
    let rendering = LockfileOptions {
        hash: args.hash.into(),
        ..LockfileOptions::default()
    };
    let options = LockOptions {
        environment: String::new(),
        rendering: Some(rendering),
        solver: args.solver.into(),
        timeout: args.timeout,
        cancel: CancellationToken::new(),
        now: Some(settings::now()),
        previous,
        terse: printer.is_quiet() && !args.json && args.deny.is_empty(),
        explain_choice: args.explain_choice && (args.json || !printer.is_quiet()),
        base: asked.base(printer)?,
        channels: rsp_lock::channel::ChannelOptions {
            mirrors: asked.request.mirrors.clone(),
            ..args.access.options(&asked.root, printer)
        },
    };
    let progress = Progress::new(printer);
    // The process ends with the run: its memory goes back at once, not record by record.
    let run = ManuallyDrop::new(lock(&asked.request, &options, &progress).await?);
    progress.clear();

    summary::channel_findings(&run, printer);
    if run.verdict() != RunOutcome::Solved {
        return fail(args, &asked, &run, printer);
    }
    if let Some(denied) = deny::first(&args.deny, &run) {
        if args.json {
            printer.result(&json::solve(
                &asked.request,
                &run,
                None,
                options.previous.as_ref(),
            )?)?;
        }
        return Err(Failure::new(ExitStatus::No, denied).hint("nothing was written"));
    }
    let files = if args.json || matches!(target, Target::Directory(_)) {
        lockfiles(&asked.request, &run, &rendering)?
    } else {
        // A single file or a pipe takes no rsp.lock.
        Lockfiles {
            explicit: explicit_locks(&run, &rendering)?,
            native: String::new(),
        }
    };
    let placed = if args.dry_run {
        Vec::new()
    } else {
        place(&target, &asked, &files, args.json)?
    };
    if args.json {
        printer.result(&json::solve(
            &asked.request,
            &run,
            Some(&files),
            options.previous.as_ref(),
        )?)?;
    } else if target == Target::Stdout && !args.dry_run {
        let text = files.explicit.first().map_or("", |lock| lock.text.as_str());
        printer.result(text)?;
    }
    if printer.is_quiet() {
        return Ok(ExitStatus::Done);
    }
    if let Some(previous) = &options.previous
        && previous.environment(&run.environment).is_none()
        && !args.dry_run
    {
        let before = previous.environments.iter().map(|of| of.name.as_str());
        printer.warn(&format!(
            "{NATIVE_LOCK} was of `{}` and is of `{}` now: for both, use a directory each",
            before.collect::<Vec<_>>().join("`, `"),
            run.environment
        ));
    }
    let strict = with_strict(&asked.request, &run, &options).await?;
    let label = label(&target, &asked, &files);
    summary::solved(
        &summary::Told {
            asked: &asked,
            run: &run,
            strict: &strict,
            previous: options.previous.as_ref(),
            placed: &placed,
            is_dry: args.dry_run,
            label: &label,
        },
        printer,
    );
    Ok(ExitStatus::Done)
}

/// Reads the lock that is kept where possible.
fn read_previous(path: &Path) -> Result<Option<NativeLock>, Failure> {
    if !path.exists() {
        return Ok(None);
    }
    let text = request::read_text(path)?;
    let lock = native::read(&text, &path.display().to_string());
    Ok(Some(lock.map_err(rsp_lock::Error::from)?))
}

/// Tells every platform's outcome when not all are solved.
fn fail(
    args: &SolveArgs,
    asked: &Asked,
    run: &LockRun,
    printer: &Printer,
) -> Result<ExitStatus, Failure> {
    if args.json {
        printer.result(&json::solve(&asked.request, run, None, None)?)?;
    }
    summary::unsolved(run, printer);
    let is_pinned = |platform: &PlatformRun| match &platform.outcome {
        PlatformOutcome::Unsolvable { conflict, .. } => {
            let mut lines = conflict.lines.iter();
            lines.any(|line| matches!(line, Line::Pinned(_)))
        }
        _ => false,
    };
    if let Some(base) = &asked.request.base
        && base.policy == BasePolicy::Freeze
        && run.platforms.iter().any(is_pinned)
    {
        printer.hint("what is pinned is of the base, which is frozen: with `--policy minimal-change` as few of its packages move as have to");
    }
    Err(match run.verdict() {
        RunOutcome::Solved => Failure::silent(ExitStatus::Done),
        RunOutcome::TimedOut => Failure::silent(ExitStatus::TimedOut),
        RunOutcome::Unsolvable => Failure::silent(ExitStatus::Unsatisfiable),
        RunOutcome::Cancelled => Failure::silent(ExitStatus::Interrupted),
        RunOutcome::Refuted => Failure::new(
            ExitStatus::Bug,
            "the solver's answer does not pass the check (see above)",
        ),
    })
}

/// Writes what belongs into files, all or nothing, and tells what became of each.
fn place(
    target: &Target,
    asked: &Asked,
    files: &Lockfiles,
    json: bool,
) -> Result<Vec<(PathBuf, Written)>, Failure> {
    match target {
        Target::Stdout => Ok(Vec::new()),
        Target::File(path) => {
            let text = files.explicit.first().map_or("", |lock| lock.text.as_str());
            // A device may be standard output itself: the document would end up in the lockfile.
            if json && path.exists() && !path.is_file() {
                return Err(Failure::usage(format!(
                    "`--json` and `-o {}` may both want standard output",
                    path.display()
                )));
            }
            let written = write(path, text.as_bytes())?;
            Ok(vec![(path.clone(), written)])
        }
        Target::Directory(directory) => {
            let explicit = files
                .explicit
                .iter()
                .map(|lock| (join(directory, &lock.file_name), lock.text.as_bytes()));
            // A part of the platforms must not push the others out of the lock.
            let native =
                (!asked.is_part).then(|| (join(directory, NATIVE_LOCK), files.native.as_bytes()));
            let group: Vec<(PathBuf, &[u8])> = explicit.chain(native).collect();
            if !directory.as_os_str().is_empty() && !directory.exists() {
                fs_err::create_dir_all(directory).map_err(|error| {
                    Failure::new(
                        ExitStatus::CannotWrite,
                        format!("cannot create the directory `{}`", directory.display()),
                    )
                    .because(&error)
                })?;
            }
            let written = write_group(&group)?;
            Ok(group
                .into_iter()
                .map(|(path, _)| path)
                .zip(written)
                .collect())
        }
    }
}

fn join(directory: &Path, name: &str) -> PathBuf {
    if directory == Path::new(".") {
        PathBuf::from(name)
    } else {
        directory.join(name)
    }
}

/// The digest for the label of an image, and of what it is.
fn label(target: &Target, asked: &Asked, files: &Lockfiles) -> (String, String) {
    match (target, files.explicit.first()) {
        (Target::Directory(_), _) if !asked.is_part => (files.digest(), NATIVE_LOCK.to_owned()),
        (_, Some(lock)) => (digest(&lock.text), format!("{} lockfile", lock.platform)),
        (_, None) => (files.digest(), NATIVE_LOCK.to_owned()),
    }
}
