//! The records behind a lockfile, whoever wrote it.

use std::path::Path;

use rattler_conda_types::RepoDataRecord;
use rsp_lock::{
    file::{import::ImportKind, native},
    verify_lock,
};

use crate::{
    args::LockedArgs,
    failure::Failure,
    lockfile::{has_platform, parts},
    printer::Printer,
    progress::Progress,
    request::read_text,
};

/// The packages of one platform. Those of rsp.lock are read from it; those of an
/// explicit file are looked up in the channels, and each must be found.
pub(crate) async fn of_lock(
    file: &Path,
    args: &LockedArgs,
    printer: &Printer,
) -> Result<Vec<RepoDataRecord>, Failure> {
    let (choice, access) = (&args.choice, &args.access);
    let text = read_text(file)?;
    let shown = file.display().to_string();
    if rsp_lock::file::import::detect(&text) == Some(ImportKind::Native) {
        let lock = native::read(&text, &shown)?;
        has_platform(&lock, choice.platform.as_deref(), &shown)?;
        let mut platforms: Vec<_> = lock
            .environments
            .iter()
            .flat_map(|environment| &environment.platforms)
            .filter(|platform| {
                choice.platform.as_ref().is_none_or(|wanted| {
                    *wanted == platform.name || *wanted == platform.subdir.as_str()
                })
            })
            .collect();
        let names: Vec<&str> = platforms.iter().map(|p| p.name.as_str()).collect();
        let joined = names.join("`, `");
        if platforms.len() > 1 {
            return Err(
                Failure::usage(format!("{shown} has {} platforms", platforms.len()))
                    .hint(format!("choose with `-p`: `{joined}`")),
            );
        }
        let Some(platform) = platforms.pop() else {
            return Err(Failure::usage(format!("{shown} has no platforms")));
        };
        return Ok(platform.packages.iter().map(|p| p.record.clone()).collect());
    }
    let mut parts = parts(file, choice, &[], access, printer)?;
    let Some(part) = parts.pop() else {
        return Err(Failure::usage(format!("{shown} has no packages")));
    };
    let progress = Progress::new(printer);
    let verified = verify_lock(&part.locked, &part.options, &progress).await?;
    progress.clear();
    let mut records = Vec::new();
    for (locked, record) in part.locked.iter().zip(verified.records) {
        let Some(record) = record else {
            return Err(Failure::usage(format!(
                "the channels say nothing about `{}` of {shown}",
                locked.name
            ))
            .hint("name every channel that the lock took packages from with `-c`"));
        };
        records.push(record);
    }
    Ok(records)
}
