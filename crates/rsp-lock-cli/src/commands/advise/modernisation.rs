//! `rsp-lock advise modernisation LOCKFILE… --additions [MAJOR=]FILE`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rattler_conda_types::{RepoDataRecord, Subdir};
use rsp_lock::{
    BaseLock, BasePackage, BasePlatform, LockOptions, LockRun, LockfileOptions, PlatformOutcome,
    RunOutcome,
    channel::ChannelOptions,
    file::digest,
    lock, lockfiles,
    spec::{Base, BasePolicy, BaseSource, Origin, PlatformRequest, Request},
    verify::{Entry, closure},
};
use serde::Serialize;

use super::tags::Tag;
use crate::{
    args::LockedArgs,
    exit::ExitStatus,
    failure::Failure,
    json,
    lockfile::package_name,
    printer::Printer,
    progress::Progress,
    recipe::RecipeChoice,
    records::of_lock,
    request::{Files, read_files},
    settings, words,
};

/// Arguments of `advise modernisation`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ModernisationArgs {
    /// Lockfiles of image builds, called by their tags: `r29_2_1.txt` or `r29_2_1/rsp.lock`
    #[arg(value_name = "LOCKFILE", required = true)]
    lockfiles: Vec<PathBuf>,

    /// What comes on top of the stack; with MAJOR, on stacks of this major version alone
    #[arg(
        long,
        value_name = "[MAJOR=]FILE",
        required = true,
        value_delimiter = ','
    )]
    additions: Vec<String>,

    /// The package that makes up the stack, with all that it needs
    #[arg(long, value_name = "NAME", default_value = "rubin-env")]
    root: String,

    /// The day that the age of a tag is counted from [default: today]
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,

    /// Write the lockfiles of every release that can be done: DIR/TAG
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,

    #[command(flatten)]
    locked: LockedArgs,
}

/// What the plan says of one tag.
enum Plan {
    /// It is no release; whether nobody keeps it any longer.
    NoRelease { purgeable: bool },
    /// It can be done.
    Done {
        stack: String,
        kept: usize,
        added: Vec<String>,
        request: Box<Request>,
        run: Box<LockRun>,
    },
    /// It cannot.
    Not { why: String },
}

/// Plans every release; writes what is asked for.
pub(crate) async fn execute(
    args: &ModernisationArgs,
    printer: &Printer,
) -> Result<ExitStatus, Failure> {
    let today = args.today.unwrap_or_else(|| day(settings::now()));
    let additions = additions(args, printer)?;
    let mut plans = Vec::new();
    if let Some(missing) = args.lockfiles.iter().find(|file| !file.exists()) {
        return Err(Failure::usage(format!(
            "`{}` does not exist",
            missing.display()
        )));
    }
    for file in &args.lockfiles {
        let tag = tag_of(file);
        let plan = match Tag::read(&tag) {
            Tag::Release => match release(args, file, &tag, &additions, printer).await {
                Ok(plan) => plan,
                // One release that cannot be read does not hide the others.
                Err(failure) if failure.status == ExitStatus::Usage => Plan::Not {
                    why: reason(failure),
                },
                Err(failure) => return Err(failure),
            },
            other => Plan::NoRelease {
                purgeable: other.is_purgeable(today),
            },
        };
        plans.push((tag, plan));
    }
    if args.locked.output.json {
        printer.result(&document(&plans)?)?;
    } else {
        for (tag, plan) in &plans {
            printer.result(&text(tag, plan))?;
        }
    }
    if let Some(directory) = &args.output {
        for (tag, plan) in &plans {
            write(&directory.join(tag), plan)?;
        }
    }
    let count = |is: &dyn Fn(&Plan) -> bool| plans.iter().filter(|(_, plan)| is(plan)).count();
    let done = count(&|plan| matches!(plan, Plan::Done { .. }));
    let failed = count(&|plan| matches!(plan, Plan::Not { .. }));
    printer.say(&format!(
        "{}: {} can be done, {} cannot; {} no release, {} of them purgeable",
        words::count(plans.len(), "tag"),
        words::grouped(done),
        words::grouped(failed),
        words::grouped(plans.len() - done - failed),
        words::grouped(count(&|plan| matches!(
            plan,
            Plan::NoRelease { purgeable: true }
        ))),
    ));
    Ok(if failed == 0 {
        ExitStatus::Done
    } else {
        ExitStatus::No
    })
}

fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// The file's name without its endings; of an `rsp.lock`, the directory it is in.
fn tag_of(file: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
    let own = name(file).unwrap_or_default();
    if own == rsp_lock::NATIVE_LOCK
        && let Some(directory) = file.parent().and_then(name)
    {
        return directory;
    }
    own.split('.').next().unwrap_or_default().to_owned()
}

/// What comes on top, each with the major version of the stack that it is for.
fn additions(
    args: &ModernisationArgs,
    printer: &Printer,
) -> Result<Vec<(Option<String>, Files)>, Failure> {
    let texts = args.additions.iter();
    texts
        .map(|text| {
            let (major, file) = match text.split_once('=') {
                Some((major, file))
                    if major.is_empty() || !major.bytes().all(|c| c.is_ascii_digit()) =>
                {
                    return Err(
                        Failure::usage(format!("`{major}` is no major version")).hint(format!(
                            "write `13={file}`, or the file alone for all of them"
                        )),
                    );
                }
                Some((major, file)) => (Some(major.to_owned()), file),
                None => (None, text.as_str()),
            };
            let file = PathBuf::from(file);
            let files = read_files(&[file], &RecipeChoice::default(), printer)?;
            Ok((major, files))
        })
        .collect()
}

async fn release(
    args: &ModernisationArgs,
    file: &Path,
    tag: &str,
    additions: &[(Option<String>, Files)],
    printer: &Printer,
) -> Result<Plan, Failure> {
    let records = of_lock(file, &args.locked, printer).await?;
    let root = package_name(&args.root)?;
    let subdir = subdir(&records);
    let entries: Vec<Entry<'_>> = records.iter().map(Entry::of).collect();
    let platform = PlatformRequest::of(subdir, Origin::command_line());
    let kept = closure(&entries, &root, &platform.virtual_packages())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let stack: Vec<RepoDataRecord> = kept
        .into_iter()
        .filter_map(|index| records.get(index).cloned())
        .collect();
    let version = stack
        .iter()
        .map(|record| &record.package_record)
        .find(|package| package.name == root)
        .map(|package| package.version.to_string())
        .unwrap_or_default();
    let major = version.split('.').next().unwrap_or_default();
    let for_major = |major| additions.iter().find(|(own, _)| own.as_deref() == major);
    let Some((_, files)) = for_major(Some(major)).or_else(|| for_major(None)) else {
        return Ok(Plan::Not {
            why: format!("no additions are named for {} {major}", args.root),
        });
    };
    let (request, options) = on_stack(args, tag, &stack, platform, files, printer);
    let progress = Progress::new(printer);
    let run = lock(&request, &options, &progress).await?;
    progress.clear();
    let outcome = run.platforms.first().map(|platform| &platform.outcome);
    Ok(match (run.verdict(), outcome) {
        (RunOutcome::Solved, Some(PlatformOutcome::Solved(answer))) => {
            let is_new =
                |record: &&Arc<RepoDataRecord>| stack.iter().all(|old| old.url != record.url);
            let new = answer.records.iter().filter(is_new);
            Plan::Done {
                stack: format!("{} {version}", args.root),
                kept: stack.len(),
                added: new
                    .map(|record| &record.package_record)
                    .map(|package| format!("{} {}", package.name.as_normalized(), package.version))
                    .collect(),
                request: Box::new(request),
                run: Box::new(run),
            }
        }
        (_, Some(PlatformOutcome::Unsolvable { said, .. })) => Plan::Not {
            why: said.trim_end().to_owned(),
        },
        _ => {
            return Err(Failure::refuted());
        }
    })
}

/// The additions, built on a stack of which nothing may move.
fn on_stack(
    args: &ModernisationArgs,
    tag: &str,
    stack: &[RepoDataRecord],
    platform: PlatformRequest,
    files: &Files,
    printer: &Printer,
) -> (Request, LockOptions) {
    let mut platforms = files.request.platforms.iter();
    let written = platforms.find(|written| written.subdir == platform.subdir);
    let mut request = Request {
        platforms: vec![written.cloned().unwrap_or(platform)],
        base: Some(Base {
            source: BaseSource::Lock(tag.to_owned()),
            policy: BasePolicy::Freeze,
            origin: Origin::command_line(),
        }),
        ..files.request.clone()
    };
    let mut root = files.root.clone();
    if !args.locked.choice.channels.is_empty() {
        let texts = args.locked.choice.channels.iter().cloned();
        request.channels = texts
            .map(|text| rsp_lock::spec::ChannelRequest {
                text,
                origin: Origin::command_line(),
            })
            .collect();
        root = PathBuf::from(".");
    }
    let urls: Vec<&str> = stack.iter().map(|record| record.url.as_str()).collect();
    let base = BaseLock {
        name: tag.to_owned(),
        digest: digest(urls.join("\n")),
        platforms: vec![BasePlatform {
            subdir: request.platforms.first().map(|platform| platform.subdir),
            packages: stack.iter().map(package).collect(),
            ..BasePlatform::default()
        }],
        pip: 0,
    };
    let channels = ChannelOptions {
        mirrors: request.mirrors.clone(),
        ..args.locked.access.options(&root, printer)
    };
    let options = LockOptions {
        base: Some(base),
        ..settings::solve_options(&channels, None)
    };
    (request, options)
}

fn package(record: &RepoDataRecord) -> BasePackage {
    let package = &record.package_record;
    BasePackage {
        name: package.name.clone(),
        version: package.version.to_string(),
        build: Some(package.build.to_string()),
        record: Some(record.clone()),
    }
}

fn subdir(records: &[RepoDataRecord]) -> Subdir {
    let mut subdirs = records
        .iter()
        .filter_map(|record| record.package_record.subdir.parse::<Subdir>().ok());
    subdirs
        .find(|subdir| *subdir != Subdir::NoArch)
        .unwrap_or(Subdir::Linux64)
}

/// What a failure says, in one text.
fn reason(failure: Failure) -> String {
    let diagnostics = failure.diagnostics.iter();
    let mut texts: Vec<String> = diagnostics.map(|one| one.message.clone()).collect();
    texts.extend((!failure.message.is_empty()).then_some(failure.message));
    texts.extend(failure.causes);
    texts.join(": ")
}

fn write(directory: &Path, plan: &Plan) -> Result<(), Failure> {
    let Plan::Done { request, run, .. } = plan else {
        return Ok(());
    };
    fs_err::create_dir_all(directory).map_err(|error| {
        let shown = directory.display();
        Failure::new(ExitStatus::CannotWrite, format!("cannot make `{shown}`")).because(&error)
    })?;
    lockfiles(request, run, &LockfileOptions::default())?.write(directory)?;
    Ok(())
}

fn text(tag: &str, plan: &Plan) -> String {
    match plan {
        Plan::NoRelease { purgeable: false } => format!("{tag}: no release\n"),
        Plan::NoRelease { purgeable: true } => format!("{tag}: no release, purgeable\n"),
        Plan::Done {
            stack, kept, added, ..
        } => format!(
            "{tag}: {stack}, {} as they were, {} on top: {}\n",
            words::count(*kept, "package"),
            words::grouped(added.len()),
            words::listed(added, 60)
        ),
        Plan::Not { why } => {
            format!("{tag}: cannot be done\n{}", words::indented(why))
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    tags: Vec<TagFacts<'a>>,
}

#[derive(Serialize)]
struct TagFacts<'a> {
    tag: &'a str,
    plan: &'static str,
    purgeable: bool,
    stack: Option<&'a str>,
    kept: Option<usize>,
    added: &'a [String],
    why: Option<&'a str>,
}

fn document(plans: &[(String, Plan)]) -> Result<String, Failure> {
    let tags = plans.iter().map(|(tag, plan)| {
        let mut facts = TagFacts {
            tag,
            plan: "no-release",
            purgeable: false,
            stack: None,
            kept: None,
            added: &[],
            why: None,
        };
        match plan {
            Plan::NoRelease { purgeable } => facts.purgeable = *purgeable,
            Plan::Done {
                stack, kept, added, ..
            } => {
                facts.plan = "done";
                (facts.stack, facts.kept, facts.added) =
                    (Some(stack.as_str()), Some(*kept), added.as_slice());
            }
            Plan::Not { why } => (facts.plan, facts.why) = ("not", Some(why.as_str())),
        }
        facts
    });
    json::render(&Document {
        schema: "rsp-lock/modernisation",
        version: 1,
        tags: tags.collect(),
    })
}
