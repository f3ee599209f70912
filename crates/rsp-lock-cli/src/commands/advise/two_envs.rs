//! `rsp-lock advise two-envs --stack LOCKFILE`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, builder::FalseyValueParser};
use rsp_lock::{
    LockOptions, LockfileOptions, PlatformOutcome, RunOutcome, file::native::NativeLock, lock,
    lockfiles, spec::Request,
};
use rsp_lock_advise::{Plan, PlanError, clone_plan, fresh_plan, permille};
use serde::Serialize;

use super::pairs::{self, PairArgs};
use crate::{
    args::{AccessArgs, RequestArgs},
    exit::ExitStatus,
    failure::Failure,
    json,
    lockfile::Choice,
    printer::Printer,
    progress::Progress,
    records::of_lock,
    request, settings, words,
};

/// Arguments of `advise two-envs`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TwoEnvsArgs {
    #[command(flatten)]
    request: RequestArgs,

    /// Lockfile of the stack, which the image has already
    #[arg(long, value_name = "LOCKFILE")]
    stack: PathBuf,

    /// Prefer the stack's builds in the new environment, so that more files can be shared
    #[arg(long, help_heading = "Solving")]
    align: bool,

    /// Bytes of the image that are no conda packages, for shares of the whole image
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    other_bytes: u64,

    #[command(flatten)]
    pairs: PairArgs,

    /// Write the lockfiles of both plans: DIR/clone and DIR/fresh
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,

    #[command(flatten)]
    access: AccessArgs,

    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    json: bool,
}

/// Makes both plans, tells what each adds, writes their locks.
pub(crate) async fn execute(args: &TwoEnvsArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let pair_list = args.pairs.read()?;
    let asked = request::read(&args.request, printer)?;
    if asked.request.platforms.len() != 1 {
        return Err(Failure::usage(format!(
            "advice is for one platform, and the request has {}",
            asked.request.platforms.len()
        ))
        .hint("choose one with `-p`"));
    }
    let platform = asked.request.platforms.first();
    let choice = Choice {
        channels: Vec::new(),
        files: Vec::new(),
        platform: platform.map(|platform| platform.subdir.to_string()),
        virtual_packages: Vec::new(),
    };
    let choice = Choice {
        channels: asked
            .request
            .channels
            .iter()
            .map(|c| c.text.clone())
            .collect(),
        ..choice
    };
    let stack = of_lock(&args.stack, &choice, &args.access, printer).await?;
    let progress = Progress::new(printer);
    let channels = rsp_lock::channel::ChannelOptions {
        mirrors: asked.request.mirrors.clone(),
        ..args.access.options(&asked.root, printer)
    };
    let solve = async |request: &Request, previous: Option<NativeLock>| {
        let options = LockOptions {
            now: Some(settings::now()),
            previous,
            channels: channels.clone(),
            ..LockOptions::default()
        };
        lock(request, &options, &progress).await
    };
    let shown = args.stack.display().to_string();
    let clone = clone_plan(&stack, &shown, &asked.request, &solve)
        .await
        .map_err(failure)?;
    let fresh = fresh_plan(&stack, &asked.request, args.align, &solve)
        .await
        .map_err(failure)?;
    progress.clear();

    let stack_bytes: u64 = stack.iter().filter_map(|r| r.package_record.size).sum();
    let image = stack_bytes + args.other_bytes;
    let plans = [("clone", &clone), ("fresh", &fresh)];
    if args.json {
        printer.result(&document(&plans, stack.len(), stack_bytes, image)?)?;
    } else {
        printer.result(&format!(
            "stack: {}, {} bytes\n",
            words::count(stack.len(), "package"),
            words::grouped_bytes(stack_bytes)
        ))?;
        for (name, plan) in plans {
            printer.result(&text(name, plan, image))?;
        }
    }
    let mut status = ExitStatus::Done;
    for (name, plan) in plans {
        match (&args.output, plan.run.verdict()) {
            (Some(directory), RunOutcome::Solved) => write(&directory.join(name), plan)?,
            (_, RunOutcome::Solved) => {}
            (_, RunOutcome::Refuted) => {
                return Err(Failure::new(
                    ExitStatus::Bug,
                    "an answer did not pass the check",
                ));
            }
            _ => printer.warn(&format!("there is no {name}")),
        }
        if let Some(records) = plan.records()
            && pairs::tell(&pair_list, &stack, records, printer)? == ExitStatus::No
        {
            status = ExitStatus::No;
        }
    }
    if plans.iter().all(|(_, plan)| plan.records().is_none()) {
        status = ExitStatus::Unsatisfiable;
    }
    Ok(status)
}

fn failure(error: PlanError) -> Failure {
    match error {
        PlanError::Lock(error) => error.into(),
        PlanError::Spec(error) => error.into(),
    }
}

fn write(directory: &Path, plan: &Plan) -> Result<(), Failure> {
    fs_err::create_dir_all(directory).map_err(|error| {
        let shown = directory.display();
        Failure::new(ExitStatus::CannotWrite, format!("cannot make `{shown}`")).because(&error)
    })?;
    lockfiles(&plan.request, &plan.run, &LockfileOptions::default())?.write(directory)?;
    Ok(())
}

/// `, 60.0 % of the image`.
fn share(bytes: u64, image: u64) -> String {
    match permille(bytes, image) {
        Some(share) => format!(", {}.{} % of the image", share / 10, share % 10),
        None => String::new(),
    }
}

fn text(name: &str, plan: &Plan, image: u64) -> String {
    let Some(sizes) = &plan.sizes else {
        let why = plan
            .run
            .platforms
            .first()
            .map(|platform| match &platform.outcome {
                PlatformOutcome::Unsolvable { said, .. } => said.as_str(),
                _ => "",
            });
        return format!(
            "{name}: no solution\n{}\n",
            why.unwrap_or_default().trim_end()
        );
    };
    let mut out = format!(
        "{name}: {}; shared with the stack {} ({} bytes), its own {} ({} bytes)\n",
        words::count(sizes.shared.packages + sizes.own.packages, "package"),
        words::grouped(sizes.shared.packages),
        words::grouped_bytes(sizes.shared.bytes),
        words::grouped(sizes.own.packages),
        words::grouped_bytes(sizes.own.bytes),
    );
    for (when, bytes) in [
        ("in the same layer, by hard links", sizes.linked()),
        ("in a later layer, copied", sizes.copied()),
    ] {
        let bytes_text = words::grouped_bytes(bytes);
        let _ = writeln!(
            out,
            "  {when}: {bytes_text} bytes more{}",
            share(bytes, image)
        );
    }
    for line in &plan.left_out {
        let _ = writeln!(out, "  left out: {} ({})", line.text, line.origin);
    }
    if !sizes.unknown.is_empty() {
        let count = words::count(sizes.unknown.len(), "package");
        let _ = writeln!(
            out,
            "  {count} without a size: {}",
            words::listed(&sizes.unknown, 60)
        );
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    stack: Part,
    plans: Vec<PlanFacts<'a>>,
}

#[derive(Serialize)]
struct Part {
    packages: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct PlanFacts<'a> {
    plan: &'a str,
    solved: bool,
    shared: Option<Part>,
    own: Option<Part>,
    added_linked: Option<u64>,
    added_copied: Option<u64>,
    copied_permille_of_image: Option<u64>,
    without_size: &'a [String],
    left_out: Vec<&'a str>,
}

fn document(
    plans: &[(&str, &Plan)],
    packages: usize,
    bytes: u64,
    image: u64,
) -> Result<String, Failure> {
    let facts = plans.iter().map(|(name, plan)| {
        let sizes = plan.sizes.as_ref();
        let part = |count: rsp_lock_advise::Count| Part {
            packages: count.packages,
            bytes: count.bytes,
        };
        PlanFacts {
            plan: name,
            solved: plan.records().is_some(),
            shared: sizes.map(|sizes| part(sizes.shared)),
            own: sizes.map(|sizes| part(sizes.own)),
            added_linked: sizes.map(rsp_lock_advise::Sizes::linked),
            added_copied: sizes.map(rsp_lock_advise::Sizes::copied),
            copied_permille_of_image: sizes.and_then(|sizes| permille(sizes.copied(), image)),
            without_size: sizes.map_or(&[][..], |sizes| sizes.unknown.as_slice()),
            left_out: plan
                .left_out
                .iter()
                .map(|line| line.text.as_str())
                .collect(),
        }
    });
    json::render(&Document {
        schema: "rsp-lock/two-envs",
        version: 1,
        stack: Part { packages, bytes },
        plans: facts.collect(),
    })
}
