//! `rsp-lock export --format explicit --hash … LOCKFILE`.

use std::path::{Path, PathBuf};

use clap::Args;
use rsp_lock::{
    Locked,
    file::{
        check,
        explicit::{self, Hash, HashKind, KnownHashes, RenderOptions},
        import::ImportKind,
        native,
        write::write,
    },
    known_hashes,
};

use crate::{
    args::{AccessArgs, FormatArg, HashArg},
    exit::ExitStatus,
    failure::Failure,
    lockfile::{Choice, parts},
    printer::Printer,
    progress::Progress,
    request::read_text,
    words,
};

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExportArgs {
    /// rsp.lock or an explicit file
    #[arg(value_name = "LOCKFILE")]
    file: PathBuf,

    /// What is written
    #[arg(long, value_name = "FORMAT", default_value = "explicit")]
    format: FormatArg,

    /// The hash behind each URL [default: sha256; an explicit file's own]
    #[arg(long, value_name = "HASH")]
    hash: Option<HashArg>,

    #[command(flatten)]
    choice: Choice,

    /// File, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,

    #[command(flatten)]
    access: AccessArgs,
}

/// Writes the lockfile in another form.
pub(crate) async fn execute(args: &ExportArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let FormatArg::Explicit = args.format;
    let text = read_text(&args.file)?;
    let exported = match rsp_lock::file::import::detect(&text) {
        Some(ImportKind::Native) => from_native(&text, args)?,
        _ => from_explicit(&text, args, printer).await?,
    };
    if args.output == Path::new("-") {
        printer.result(&exported)?;
    } else {
        write(&args.output, exported.as_bytes())?;
    }
    Ok(ExitStatus::Done)
}

fn from_native(text: &str, args: &ExportArgs) -> Result<String, Failure> {
    let shown = args.file.display().to_string();
    let lock = native::read(text, &shown)?;
    let wanted = args.choice.platform.as_deref();
    let mut platforms = lock
        .environments
        .iter()
        .flat_map(|environment| &environment.platforms);
    let names: Vec<&str> = platforms
        .clone()
        .map(|platform| platform.name.as_str())
        .collect();
    let platform = match wanted {
        Some(wanted) => platforms.find(|p| p.name == wanted || p.subdir.as_str() == wanted),
        None => platforms.next().filter(|_| names.len() == 1),
    };
    let Some(platform) = platform else {
        let message = match wanted {
            Some(wanted) => format!("{shown} has no platform `{wanted}`"),
            None => format!(
                "an explicit file is of one platform, and {shown} has {}",
                names.len()
            ),
        };
        return Err(
            Failure::usage(message).hint(format!("choose with `-p`: `{}`", names.join("`, `")))
        );
    };
    if let Some(edited) = check::edited(platform).first() {
        return Err(Failure::new(
            ExitStatus::Corrupt,
            format!("{shown}: {}", check::text(edited)),
        )
        .hint(
            "restore the file from version control, or write it anew with `rsp-lock solve --fresh`",
        ));
    }
    Ok(explicit::render(
        &platform.packages,
        &RenderOptions {
            hash: args.hash.unwrap_or_default().into(),
            platform: platform.subdir,
            tool_version: lock.tool.strip_prefix("rsp-lock ").unwrap_or(&lock.tool),
            environment_name: None,
        },
    )?)
}

/// A hash that is not the channel's must not become one that is.
fn refuse_other_bytes(locked: &[Locked], known: &[KnownHashes]) -> Result<(), Failure> {
    let differs = |locked: Option<String>, known: Option<Hash>| {
        locked
            .zip(known)
            .is_some_and(|(locked, known)| locked != known.to_fragment())
    };
    let other = locked.iter().zip(known).find(|(locked, known)| {
        let sha256 = locked.sha256.as_ref().map(|hash| format!("sha256:{hash}"));
        differs(sha256, known.sha256.map(Hash::Sha256))
            || differs(locked.md5.clone(), known.md5.map(Hash::Md5))
    });
    match other {
        None => Ok(()),
        Some((locked, _)) => Err(Failure::new(
            ExitStatus::Corrupt,
            format!("the hash of `{}` is not what its channel says", locked.url),
        )
        .hint("`rsp-lock verify` shows both")),
    }
}

/// Rewrites hashes, and nothing else; without `--hash`, not a byte.
async fn from_explicit(
    text: &str,
    args: &ExportArgs,
    printer: &Printer,
) -> Result<String, Failure> {
    let shown = args.file.display().to_string();
    let file = explicit::read(text, &shown)?;
    if let (Some(wanted), Some(subdir)) = (&args.choice.platform, file.platform)
        && args.choice.files.is_empty()
        && *wanted != subdir.to_string()
    {
        return Err(Failure::usage(format!(
            "{shown} is of `{subdir}`, not of `{wanted}`"
        )));
    }
    let Some(hash) = args.hash.map(HashKind::from) else {
        return Ok(text.to_owned());
    };
    let mut known: Vec<KnownHashes> = Vec::new();
    let has_channels = !args.choice.channels.is_empty() || !args.choice.files.is_empty();
    if has_channels && hash != HashKind::None {
        let part = parts(&args.file, &args.choice, &[], &args.access, printer)?.pop();
        if let Some(part) = part {
            let progress = Progress::new(printer);
            known = known_hashes(&part.locked, &part.options, &progress).await?;
            refuse_other_bytes(&part.locked, &known)?;
        }
    }
    let rehashed = explicit::rehash(&file, hash, |entry| {
        let index = file
            .entries
            .iter()
            .position(|other| other.line == entry.line);
        index
            .and_then(|index| known.get(index).copied())
            .unwrap_or_default()
    });
    if !rehashed.unknown.is_empty() {
        printer.warn(&format!(
            "no {} is known for {}: {}; their lines are as they were",
            hash.name(),
            words::count(rehashed.unknown.len(), "file"),
            words::listed(&rehashed.unknown, 60)
        ));
        if !has_channels {
            printer.hint("name the channels with `-c`, so that their hashes can be looked up");
        }
    }
    Ok(rehashed.text)
}
