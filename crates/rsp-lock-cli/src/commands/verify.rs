//! `rsp-lock verify LOCKFILE -c CHANNEL…`.

use std::path::PathBuf;

use clap::Args;
use rsp_lock::{
    file::check,
    verify::{Finding, Severity, text},
    verify_lock,
};

use crate::{
    args::LockedArgs,
    exit::ExitStatus,
    failure::Failure,
    json,
    lockfile::{Part, have_roots, parts},
    printer::Printer,
    progress::Progress,
    words,
};

/// Arguments of `verify`.
#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    /// An explicit file or rsp.lock
    #[arg(value_name = "LOCKFILE")]
    file: PathBuf,

    /// Package that nobody need require; with any, what no root needs is a warning
    #[arg(long = "root", value_name = "PACKAGE")]
    roots: Vec<String>,

    #[command(flatten)]
    locked: LockedArgs,
}

/// Checks every platform of the lockfile.
pub(crate) async fn execute(args: &VerifyArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let parts = parts(
        &args.file,
        &args.locked.choice,
        &args.roots,
        &args.locked.access,
        printer,
    )?;
    let packages = parts.iter().flat_map(|part| &part.locked);
    let names = packages.map(|package| package.name.as_str());
    have_roots(&names, &args.roots)?;
    let progress = Progress::new(printer);
    let mut verified: Vec<(Part, Vec<Finding>)> = Vec::new();
    for part in parts {
        let outcome = verify_lock(&part.locked, &part.options, &progress).await?;
        verified.push((part, outcome.findings));
    }
    progress.clear();
    if args.locked.output.json {
        printer.result(&json::verify(&args.file, &verified)?)?;
    }
    let mut status = ExitStatus::Done;
    for (part, findings) in &verified {
        let place = if verified.len() > 1 {
            format!("{}: ", part.name)
        } else {
            String::new()
        };
        if !args.locked.output.json {
            list(part, findings, &place, printer)?;
        }
        let faults = tell(part, findings, printer);
        if faults > 0 {
            status = ExitStatus::No;
        }
    }
    Ok(status)
}

/// Lists what was found about one platform.
fn list(part: &Part, findings: &[Finding], place: &str, printer: &Printer) -> Result<(), Failure> {
    for edited in &part.edited {
        // It names the platform itself.
        printer.result(&format!("error: {}\n", check::text(edited)))?;
    }
    for finding in findings {
        let word = match finding.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        printer.result(&format!("{word}: {place}{}\n", text(finding)))?;
    }
    Ok(())
}

/// Tells how much of one platform is wrong.
fn tell(part: &Part, findings: &[Finding], printer: &Printer) -> usize {
    let faults = findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .count()
        + part.edited.len();
    let warnings = findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Warning)
        .count();
    let what = format!(
        "{}: {}",
        part.name,
        words::count(part.locked.len(), "package")
    );
    let unhashed = part.locked.iter();
    let unhashed = unhashed.filter(|locked| locked.sha256.is_none() && locked.md5.is_none());
    let unhashed = unhashed.count();
    let hashes = match unhashed {
        0 => String::new(),
        some => format!("; {} without a hash to compare", words::count(some, "line")),
    };
    match faults {
        0 => printer.say(&format!(
            "{what}, every dependency, constraint, hash and URL holds{hashes}{}",
            match warnings {
                0 => String::new(),
                some => format!("; {}", words::count(some, "warning")),
            }
        )),
        faults => printer.error(&format!("{what}, {}", words::count(faults, "fault"))),
    }
    faults
}
