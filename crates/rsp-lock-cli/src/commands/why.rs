//! `rsp-lock why`.

use std::path::PathBuf;

use clap::Args;
use rattler_conda_types::RepoDataRecord;
use rsp_lock::{
    NATIVE_LOCK, Silent, Why,
    file::{import::ImportKind, native},
    prove::Link,
    spec::{DependencyEdit, Override},
    verify_lock, why,
};

use crate::{
    args::LockedArgs, exit::ExitStatus, failure::Failure, json, lockfile, printer::Printer,
    request::read_text,
};

/// Arguments of `why`.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhyArgs {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: String,

    /// Lockfile [default: rsp.lock]; an explicit file needs its channels as well
    #[arg(value_name = "LOCKFILE")]
    lock: Option<PathBuf>,

    /// Package to start from, beside what was asked for
    #[arg(long = "root", value_name = "NAME")]
    roots: Vec<String>,

    #[command(flatten)]
    locked: LockedArgs,
}

/// The records of a platform and what was asked for.
struct Held {
    platform: String,
    records: Vec<RepoDataRecord>,
    asked: Vec<String>,
    overrides: Vec<Override>,
    edits: Vec<DependencyEdit>,
}

/// Shows the shortest chains from each root to a package.
pub(crate) async fn execute(args: &WhyArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let name = lockfile::package_name(&args.package)?;
    let mut found: Vec<(String, Why)> = Vec::new();
    let all = held(args, printer).await?;
    let records = all.iter().flat_map(|held| &held.records);
    let names = records.map(|record| record.package_record.name.as_normalized());
    lockfile::have_roots(&names, &args.roots)?;
    for held in all {
        let asked = held.asked.iter().chain(&args.roots);
        let asked: Vec<&str> = asked.map(String::as_str).collect();
        let answer = why(
            &held.records,
            &asked,
            &held.overrides,
            &held.edits,
            name.as_normalized(),
        );
        found.extend(answer.map(|answer| (held.platform, answer)));
    }
    if found.is_empty() {
        if args.locked.output.json {
            printer.result(&json::why(&found)?)?;
        }
        return Err(Failure::new(
            ExitStatus::No,
            format!("`{}` is not in the lock", args.package),
        ));
    }
    if args.locked.output.json {
        printer.result(&json::why(&found)?)?;
        return Ok(ExitStatus::Done);
    }
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    for (platform, answer) in &found {
        let text = text(answer);
        match told.iter_mut().find(|(_, known)| *known == text) {
            Some((platforms, _)) => platforms.push(platform.clone()),
            None => told.push((vec![platform.clone()], text)),
        }
    }
    for (platforms, text) in told {
        printer.result(&format!("{}: {text}", platforms.join(", ")))?;
    }
    Ok(ExitStatus::Done)
}

fn text(why: &Why) -> String {
    let mut lines = vec![format!("{} {} {}", why.name, why.version, why.build)];
    if why.is_asked {
        lines.push("  asked for".to_owned());
    }
    let chains = why.chains.iter();
    lines.extend(chains.map(|chain| format!("  {}", chain_text(chain))));
    let roots = why.chains.iter().filter_map(|chain| chain.first());
    let roots: Vec<&str> = roots.map(|link| link.name.as_str()).collect();
    if !roots.is_empty() {
        let without = match why.without.as_slice() {
            [] => String::new(),
            names => format!(", not of {}", names.join(", ")),
        };
        lines.push(format!("  in the closure of {}{without}", roots.join(", ")));
    }
    if roots.len() > 1 {
        lines.push("  a pin in one of them does not reach who installs another".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `rubin-env 13.0.1 > astropy 7.0 (astropy >=6) > ipykernel 6.31 (ipykernel >=6)`
fn chain_text(chain: &[Link]) -> String {
    let links: Vec<String> = chain
        .iter()
        .map(|link| match &link.spec {
            Some(spec) => format!("{} {} ({spec})", link.name, link.version),
            None => format!("{} {}", link.name, link.version),
        })
        .collect();
    links.join(" > ")
}

async fn held(args: &WhyArgs, printer: &Printer) -> Result<Vec<Held>, Failure> {
    let path = args.lock.clone().unwrap_or_else(|| {
        // As `check` has it: beside the request.
        let request = args.locked.choice.files.first();
        request.map_or_else(
            || PathBuf::from(NATIVE_LOCK),
            |request| request.with_file_name(NATIVE_LOCK),
        )
    });
    let text = read_text(&path).map_err(|failure| match args.lock {
        Some(_) => failure,
        None => failure.hint("`rsp-lock solve` writes it; or name a lockfile after the package"),
    })?;
    if rsp_lock::file::import::detect(&text) == Some(ImportKind::Native) {
        return native_held(args, &text, &path.display().to_string());
    }
    let parts = lockfile::parts(
        &path,
        &args.locked.choice,
        &[],
        &args.locked.access,
        printer,
    )?;
    let mut all = Vec::new();
    for part in parts {
        let verified = verify_lock(&part.locked, &part.options, &Silent).await?;
        let missing = verified.records.iter().position(Option::is_none);
        if let Some(missing) = missing.and_then(|at| part.locked.get(at)) {
            return Err(Failure::new(
                ExitStatus::No,
                format!("no channel says what `{}` depends on", missing.name),
            )
            .hint("name every channel that the lock took packages from with `-c`"));
        }
        let lines = part.options.requirements.iter();
        all.push(Held {
            platform: part.name,
            records: verified.records.into_iter().flatten().collect(),
            asked: lines
                .map(|line| line.name().as_normalized().to_owned())
                .collect(),
            overrides: part.options.overrides.clone(),
            edits: part.options.dependencies.clone(),
        });
    }
    Ok(all)
}

fn native_held(args: &WhyArgs, text: &str, shown: &str) -> Result<Vec<Held>, Failure> {
    let lock = native::read(text, shown)?;
    lockfile::has_platform(&lock, args.locked.choice.platform.as_deref(), shown)?;
    let mut all = Vec::new();
    for environment in &lock.environments {
        let (overrides, edits) = lockfile::rules(&environment.request, shown)?;
        for platform in &environment.platforms {
            let is_wanted = args.locked.choice.platform.as_ref().is_none_or(|wanted| {
                *wanted == platform.name || *wanted == platform.subdir.as_str()
            });
            if is_wanted {
                let packages = platform.packages.iter();
                all.push(Held {
                    platform: platform.name.clone(),
                    records: packages.clone().map(|p| p.record.clone()).collect(),
                    asked: packages
                        .filter(|package| !package.requested.is_empty())
                        .map(|p| p.record.package_record.name.as_normalized().to_owned())
                        .collect(),
                    overrides: overrides.clone(),
                    edits: edits.clone(),
                });
            }
        }
    }
    Ok(all)
}
