//! `rsp-lock classify OLD NEW`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, builder::FalseyValueParser};
use rattler_conda_types::Subdir;
use rsp_lock_recipe::{Classification, Output, Recipe, Variants, classify, parse_rendered, render};
use serde::Serialize;

use crate::{
    exit::ExitStatus,
    failure::Failure,
    json,
    printer::Printer,
    recipe::{kind, read_variants},
    request::{parse_subdir, read_source},
    words,
};

/// Arguments of `classify`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ClassifyArgs {
    /// The definition before: recipe.yaml, meta.yaml, or rendered records
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The definition after
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Platform to render recipes for [default: that of rendered records, or linux-64]
    #[arg(short, long, value_name = "PLATFORM", env = "RSP_LOCK_PLATFORM")]
    platform: Option<String>,

    /// Variant file to render recipes with [default: those of their feedstocks]
    #[arg(long = "variant", value_name = "FILE")]
    variants: Vec<PathBuf>,

    /// Print one JSON document on standard output
    #[arg(long, env = "RSP_LOCK_JSON", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    json: bool,
}

/// A definition that was read and perhaps is not rendered yet.
enum Definition {
    Recipe(Recipe, Variants),
    Rendered(Subdir, Vec<Output>),
}

/// Says which part of the version has to change.
pub(crate) fn execute(args: &ClassifyArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let old = read(&args.old, &args.variants)?;
    let new = read(&args.new, &args.variants)?;
    let platform = platform(args, &old, &new)?;
    let old = outputs(&args.old, old, platform, printer)?;
    let new = outputs(&args.new, new, platform, printer)?;
    let classification = classify(&old, &new);
    if args.json {
        printer.result(&document(platform, &classification)?)?;
    } else {
        printer.result(&text(&classification))?;
        tell(&classification, printer);
    }
    Ok(ExitStatus::Done)
}

fn read(file: &Path, variants: &[PathBuf]) -> Result<Definition, Failure> {
    let source = read_source(file)?;
    if let Some(kind) = kind(file) {
        let recipe = Recipe::new(kind, source);
        return Ok(Definition::Recipe(recipe, read_variants(file, variants)?));
    }
    let rendered = parse_rendered(&source)?;
    Ok(Definition::Rendered(rendered.platform, rendered.outputs))
}

fn platform(args: &ClassifyArgs, old: &Definition, new: &Definition) -> Result<Subdir, Failure> {
    let of = |definition: &Definition| match definition {
        Definition::Rendered(platform, _) => Some(*platform),
        Definition::Recipe(..) => None,
    };
    if let (Some(a), Some(b)) = (of(old), of(new))
        && a != b
    {
        return Err(Failure::usage(format!(
            "the records are for two platforms: {a} and {b}"
        )));
    }
    let rendered = of(old).or_else(|| of(new));
    match &args.platform {
        None => Ok(rendered.unwrap_or(Subdir::Linux64)),
        Some(name) => {
            let wanted = parse_subdir(name)?;
            match rendered {
                Some(other) if other != wanted => Err(Failure::usage(format!(
                    "the records are for {other}, not for {wanted}"
                ))),
                _ => Ok(wanted),
            }
        }
    }
}

fn outputs(
    file: &Path,
    definition: Definition,
    platform: Subdir,
    printer: &Printer,
) -> Result<Vec<Output>, Failure> {
    let (recipe, variants) = match definition {
        Definition::Rendered(_, outputs) => return Ok(outputs),
        Definition::Recipe(recipe, variants) => (recipe, variants),
    };
    let mut all = render(&recipe, &variants, platform)?;
    let shown = file.display();
    if all.len() > 1 {
        return Err(Failure::usage(format!(
            "`{shown}` has {} variants for {platform}",
            all.len()
        ))
        .hint("choose one with `--variant FILE`"));
    }
    let Some(rendered) = all.pop() else {
        return Err(Failure::usage(format!(
            "`{shown}` is skipped for {platform}"
        )));
    };
    for warning in &rendered.warnings {
        printer.diagnostic(warning);
    }
    Ok(rendered.outputs)
}

fn text(classification: &Classification) -> String {
    let mut out = format!("{}\n", classification.bump);
    for change in &classification.changes {
        let lines = match (change.old.as_str(), change.new.as_str()) {
            ("", "") => String::new(),
            ("", new) => format!(": {new}"),
            (old, "") => format!(": {old}"),
            (old, new) => format!(": {old} -> {new}"),
        };
        let silent = if change.by_policy {
            ""
        } else {
            " (the policy does not say)"
        };
        let why = match (&change.note.reason, &change.note.ticket) {
            (Some(reason), _) => format!("  # {reason}"),
            (None, Some(ticket)) => format!("  # {ticket}"),
            (None, None) => String::new(),
        };
        let package = if change.package == change.output {
            change.output.clone()
        } else {
            format!("{} {}", change.output, change.package)
        };
        let _ = writeln!(
            out,
            "  {:<5} {package}: {}{silent}{lines}{why}",
            change.bump, change.what
        );
    }
    out
}

fn tell(classification: &Classification, printer: &Printer) {
    let what = words::count(classification.changes.len(), "change");
    match classification.published {
        Some(published) if published < classification.bump => printer.warn(&format!(
            "{what} ask for a {}, the versions differ by a {published}",
            classification.bump
        )),
        Some(published) => printer.say(&format!("{what}; the versions differ by a {published}")),
        None => printer.say(&what),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    platform: Subdir,
    bump: String,
    published: Option<String>,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    output: &'a str,
    package: &'a str,
    bump: String,
    by_policy: bool,
    what: &'a str,
    old: &'a str,
    new: &'a str,
    origin: Option<String>,
    reason: Option<&'a str>,
    ticket: Option<&'a str>,
}

fn document(platform: Subdir, classification: &Classification) -> Result<String, Failure> {
    let changes = classification.changes.iter().map(|change| Change {
        output: &change.output,
        package: &change.package,
        bump: change.bump.to_string(),
        by_policy: change.by_policy,
        what: &change.what,
        old: &change.old,
        new: &change.new,
        origin: change.origin.as_ref().map(ToString::to_string),
        reason: change.note.reason.as_deref(),
        ticket: change.note.ticket.as_deref(),
    });
    json::render(&Document {
        schema: "rsp-lock/classify",
        version: 1,
        platform,
        bump: classification.bump.to_string(),
        published: classification.published.map(|bump| bump.to_string()),
        changes: changes.collect(),
    })
}
