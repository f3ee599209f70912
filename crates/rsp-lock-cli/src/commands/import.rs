//! `rsp-lock import FILE`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, builder::FalseyValueParser};
use rsp_lock::file::{
    import::{Imported, read},
    write::write,
};

use crate::{
    exit::ExitStatus, failure::Failure, json, printer::Printer, request::read_text, words,
};

/// Arguments of `import`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImportArgs {
    /// Explicit file, `conda env export`, `conda list --export`, `pip freeze` or rsp.lock
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// File, or `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,

    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    json: bool,
}

/// Writes an explicit file back byte for byte, and every other list as an
/// environment.yml that `rsp-lock solve -f` reads.
pub(crate) fn execute(args: &ImportArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let text = read_text(&args.file)?;
    let shown = args.file.display().to_string();
    let imported = read(&text, &shown)?;
    for finding in &imported.findings {
        printer.warn(&format!("{shown}:{}: {}", finding.line, finding.what));
    }
    let output = if args.json {
        json::import(&args.file, &imported)?
    } else {
        match (&imported.explicit, &imported.native) {
            (Some(explicit), _) => explicit.text().to_owned(),
            (None, Some(_)) => text,
            (None, None) => environment_yaml(&imported),
        }
    };
    if args.output == Path::new("-") {
        printer.result(&output)?;
    } else {
        write(&args.output, output.as_bytes())?;
    }
    let native = imported.native.iter().flat_map(|lock| &lock.environments);
    let locked: usize = native
        .flat_map(|environment| &environment.platforms)
        .map(|platform| platform.packages.len())
        .sum();
    let conda = imported.conda.len() + imported.specs.len() + locked;
    printer.say(&format!(
        "read {} of conda and {} of pip",
        words::count(conda, "package"),
        words::grouped(imported.pip.len())
    ));
    let lost = imported
        .findings
        .iter()
        .filter(|finding| finding.what.is_loss())
        .count();
    if lost > 0 {
        printer.error(&format!("{} could not be read", words::count(lost, "line")));
        return Ok(ExitStatus::No);
    }
    Ok(ExitStatus::Done)
}

fn environment_yaml(imported: &Imported) -> String {
    let mut yaml = String::new();
    if let Some(name) = &imported.environment {
        let _ = writeln!(yaml, "name: {}", quoted(name));
    }
    if !imported.channels.is_empty() {
        yaml.push_str("channels:\n");
        for channel in &imported.channels {
            let _ = writeln!(yaml, "  - {}", quoted(channel));
        }
    }
    yaml.push_str("dependencies:\n");
    for package in &imported.conda {
        let spec = match &package.build {
            Some(build) => format!("{}={}={build}", package.name, package.version),
            None => format!("{}=={}", package.name, package.version),
        };
        let _ = writeln!(yaml, "  - {}", quoted(&spec));
    }
    for spec in &imported.specs {
        let _ = writeln!(yaml, "  - {}", quoted(&spec.text));
    }
    let from_pip = || imported.pip.iter().filter(|package| !package.from_conda);
    if from_pip().next().is_some() {
        yaml.push_str("  - pip:\n");
        for package in from_pip() {
            let _ = writeln!(yaml, "      - {}", quoted(&package.requirement));
        }
    }
    yaml
}

/// A YAML scalar: plain where nothing in it could mean anything else.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+/=!@".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    // `1.0`, `true` and `null` alone would not be texts.
    let has_letters = text.contains('=') || text.contains('-');
    if starts_well && has_letters && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
