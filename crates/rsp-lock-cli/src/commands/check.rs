//! `rsp-lock check`.

use std::path::PathBuf;

use clap::{Args, builder::FalseyValueParser};
use rsp_lock::{
    NATIVE_LOCK,
    file::check::{self, Staleness},
};

use crate::{
    args::RequestArgs,
    exit::ExitStatus,
    failure::Failure,
    json,
    lockfile::read_native,
    printer::Printer,
    request::{self, read_text},
};

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    request: RequestArgs,

    /// The lock [default: rsp.lock beside the request]
    #[arg(long, value_name = "FILE", env = "RSP_LOCK_LOCK")]
    lock: Option<PathBuf>,

    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    json: bool,
}

/// Compares the request with the lock, and the lock with the explicit files beside it.
pub(crate) fn execute(args: &CheckArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let asked = request::read(&args.request, printer)?;
    let path = match (&args.lock, &asked.directory) {
        (Some(path), _) => path.clone(),
        (None, Some(directory)) if directory.as_os_str() != "." => directory.join(NATIVE_LOCK),
        _ => PathBuf::from(NATIVE_LOCK),
    };
    if !path.exists() {
        if args.json {
            printer.result(&json::check(&path, &[Staleness::LockMissing])?)?;
        }
        return Err(Failure::new(
            ExitStatus::No,
            format!("`{}` does not exist", path.display()),
        )
        .hint("`rsp-lock solve` writes it"));
    }
    let mut lock = read_native(&path)?;
    if asked.is_part {
        // The platforms that were not chosen are not asked about.
        let is_asked = |name: &str| asked.request.platforms.iter().any(|p| p.name == name);
        for environment in &mut lock.environments {
            environment
                .platforms
                .retain(|platform| is_asked(&platform.name));
        }
    }
    let mut reasons = check::check(&asked.request, &lock);
    let name = asked.request.environment.as_deref();
    let environment = match name {
        Some(name) => lock.environment(name),
        None => lock.environments.first(),
    };
    if let Some(environment) = environment {
        for platform in &asked.request.platforms {
            let file = format!("{}-{}.lock.txt", environment.name, platform.name);
            let file = path.with_file_name(file);
            if file.is_file() {
                let text = read_text(&file)?;
                reasons.extend(check::check_explicit(environment, &platform.name, &text));
            }
        }
    }
    if let (Some(environment), Some(base)) = (environment, asked.base_file()) {
        reasons.extend(check::check_base(environment, read_text(&base)?.as_bytes()));
    }
    if args.json {
        printer.result(&json::check(&path, &reasons)?)?;
    } else {
        tell(&path, &reasons, printer)?;
    }
    Ok(if reasons.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::No
    })
}

fn tell(path: &std::path::Path, reasons: &[Staleness], printer: &Printer) -> Result<(), Failure> {
    if reasons.is_empty() {
        printer.say(&format!("{} fits the request", path.display()));
        return Ok(());
    }
    for reason in reasons {
        printer.result(&format!("{}: {}\n", reason.kind(), check::text(reason)))?;
    }
    printer.error(&format!("{} does not fit the request", path.display()));
    printer.hint("`rsp-lock solve` brings it up to date and keeps what need not move");
    Ok(())
}
