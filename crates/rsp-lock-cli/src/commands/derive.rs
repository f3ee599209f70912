//! `rsp-lock derive --root PKG LOCKFILE -c CHANNEL…`.

use std::path::{Path, PathBuf};

use clap::Args;
use rsp_lock::{derive_root, file::write::write};

use crate::{
    args::AccessArgs,
    exit::ExitStatus,
    failure::Failure,
    lockfile::{Choice, package_name, parts},
    printer::Printer,
    progress::Progress,
};

/// Arguments of `derive`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DeriveArgs {
    /// An explicit file
    #[arg(value_name = "LOCKFILE")]
    file: PathBuf,

    /// The package whose dependencies are kept
    #[arg(long, value_name = "PACKAGE")]
    root: String,

    #[command(flatten)]
    choice: Choice,

    /// File, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,

    #[command(flatten)]
    access: AccessArgs,
}

/// Keeps the lines of what the root needs, and every byte of them.
pub(crate) async fn execute(args: &DeriveArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let root = package_name(&args.root)?;
    let mut parts = parts(&args.file, &args.choice, &[], &args.access, printer)?;
    let file = parts.pop().filter(|_| parts.is_empty());
    let Some((file, part)) = file.and_then(|mut part| Some((part.explicit.take()?, part))) else {
        return Err(
            Failure::usage(format!("`{}` is no explicit file", args.file.display()))
                .hint("write one of a platform with `rsp-lock export -p PLATFORM`"),
        );
    };
    let progress = Progress::new(printer);
    let text = derive_root(&file, &root, &part.options, &progress).await?;
    progress.clear();
    if args.output == Path::new("-") {
        printer.result(&text)?;
    } else {
        write(&args.output, text.as_bytes())?;
    }
    let kept = rsp_lock::file::explicit::read(&text, "the result").map_or(0, |f| f.entries.len());
    printer.say(&format!(
        "kept {kept} of {} packages: what `{}` needs",
        file.entries.len(),
        args.root
    ));
    Ok(ExitStatus::Done)
}
