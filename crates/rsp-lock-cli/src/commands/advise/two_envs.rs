//! `rsp-lock advise two-envs --stack LOCKFILE`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use rsp_lock::{
    LockfileOptions, PlatformOutcome, RunOutcome, file::native::NativeLock, lock, lockfiles,
    spec::Request,
};
use rsp_lock_advise::{PairFault, Plan, clone_plan, fresh_plan, pair_faults, permille};
use serde::Serialize;

use super::pairs::{self, PairArgs};
use crate::{
    args::{AskedArgs, LockedArgs},
    exit::ExitStatus,
    failure::Failure,
    json,
    lockfile::Choice,
    printer::Printer,
    progress::Progress,
    records::of_lock,
    request,
    settings::solve_options,
    words,
};

/// Arguments of `advise two-envs`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TwoEnvsArgs {
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
    asked: AskedArgs,
}

/// Makes both plans, tells what each adds, writes their locks.
pub(crate) async fn execute(args: &TwoEnvsArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let pair_list = args.pairs.read()?;
    let asked = request::read(&args.asked.request, printer)?;
    if asked.request.platforms.len() != 1 {
        return Err(Failure::usage(format!(
            "advice is for one platform, and the request has {}",
            asked.request.platforms.len()
        ))
        .hint("choose one with `-p`"));
    }
    let platform = asked.request.platforms.first();
    let locked = LockedArgs {
        choice: Choice {
            // Those of request files are read from there, for they start where the file is.
            channels: if args.asked.request.files.is_empty() {
                args.asked.request.channels.clone()
            } else {
                Vec::new()
            },
            files: args.asked.request.files.clone(),
            platform: platform.map(|platform| platform.subdir.to_string()),
            virtual_packages: Vec::new(),
        },
        access: args.asked.access.clone(),
        output: args.asked.output,
    };
    let stack = of_lock(&args.stack, &locked, printer).await?;
    let progress = Progress::new(printer);
    let channels = rsp_lock::channel::ChannelOptions {
        mirrors: asked.request.mirrors.clone(),
        ..args.asked.access.options(&asked.root, printer)
    };
    let solve = async |request: &Request, previous: Option<NativeLock>| {
        lock(request, &solve_options(&channels, previous), &progress).await
    };
    let shown = args.stack.display().to_string();
    let clone = clone_plan(&stack, &shown, &asked.request, &solve).await?;
    let fresh = fresh_plan(&stack, &asked.request, args.align, &solve).await?;
    progress.clear();

    let stack_bytes: u64 = stack.iter().filter_map(|r| r.package_record.size).sum();
    let image = stack_bytes + args.other_bytes;
    let plans = [("clone", &clone), ("fresh", &fresh)];
    let faults = plans.map(|(_, plan)| {
        let records = plan.records();
        records.map(|records| pair_faults(&pair_list, &stack, records))
    });
    if args.asked.output.json {
        let stack = Part {
            packages: stack.len(),
            bytes: stack_bytes,
        };
        printer.result(&document(&plans, &faults, stack, image)?)?;
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
    for ((name, plan), faults) in plans.into_iter().zip(&faults) {
        match (&args.output, plan.run.verdict()) {
            (Some(directory), RunOutcome::Solved) => write(&directory.join(name), plan)?,
            (_, RunOutcome::Solved) => {}
            (_, RunOutcome::Refuted) => {
                return Err(Failure::refuted());
            }
            _ => printer.warn(&format!("there is no {name}")),
        }
        let Some(faults) = faults.as_ref().filter(|_| !pair_list.is_empty()) else {
            continue;
        };
        if !args.asked.output.json {
            pairs::tell(faults, printer)?;
        }
        printer.say(&format!(
            "{name}: {}",
            pairs::count(pair_list.len(), faults.len())
        ));
        if !faults.is_empty() {
            status = ExitStatus::No;
        }
    }
    if plans.iter().all(|(_, plan)| plan.records().is_none()) {
        status = ExitStatus::Unsatisfiable;
    }
    Ok(status)
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

/// Why there is no solution, if there is none.
fn conflict(plan: &Plan) -> Option<&str> {
    match &plan.run.platforms.first()?.outcome {
        PlatformOutcome::Unsolvable { said, .. } => Some(said.trim_end()),
        _ => None,
    }
}

fn text(name: &str, plan: &Plan, image: u64) -> String {
    let Some(sizes) = &plan.sizes else {
        let why = conflict(plan).unwrap_or_default();
        return format!("{name}: no solution\n{}", words::indented(why));
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
    conflict: Option<&'a str>,
    shared: Option<Part>,
    own: Option<Part>,
    added_linked: Option<u64>,
    added_copied: Option<u64>,
    copied_permille_of_image: Option<u64>,
    without_size: &'a [String],
    left_out: Vec<&'a str>,
    mismatches: Vec<pairs::FaultFacts<'a>>,
}

fn document(
    plans: &[(&str, &Plan)],
    faults: &[Option<Vec<PairFault>>],
    stack: Part,
    image: u64,
) -> Result<String, Failure> {
    let facts = plans.iter().zip(faults).map(|((name, plan), faults)| {
        let sizes = plan.sizes.as_ref();
        let part = |count: rsp_lock_advise::Count| Part {
            packages: count.packages,
            bytes: count.bytes,
        };
        PlanFacts {
            plan: name,
            solved: plan.records().is_some(),
            conflict: conflict(plan),
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
            mismatches: faults.iter().flatten().map(pairs::facts).collect(),
        }
    });
    json::render(&Document {
        schema: "rsp-lock/two-envs",
        version: 1,
        stack,
        plans: facts.collect(),
    })
}
