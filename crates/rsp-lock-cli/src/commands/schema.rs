//! `rsp-lock schema WHAT`.

use clap::{Args, ValueEnum};

use crate::{exit::ExitStatus, failure::Failure, json, printer::Printer};

/// Arguments of `schema`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SchemaArgs {
    /// The file or output
    what: What,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// rsp-lock.toml
    Request,
    /// The output of `solve --json`
    Solve,
    /// The output of `verify --json`
    Verify,
    /// The output of `check --json`
    Check,
    /// The output of `import --json`
    Import,
}

/// Prints the schema.
pub(crate) fn execute(args: SchemaArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let schema = match args.what {
        What::Request => rsp_lock::spec::schema(),
        What::Solve => json::schema::solve(),
        What::Verify => json::schema::verify(),
        What::Check => json::schema::check(),
        What::Import => json::schema::import(),
    };
    printer.result(&json::render(&schema)?)?;
    Ok(ExitStatus::Done)
}
