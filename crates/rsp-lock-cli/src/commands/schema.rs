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
    /// The output of `overrides --json`
    Overrides,
    /// The output of `overrides --across --json`
    Across,
    /// The output of `why --json`
    Why,
    /// The output of `import --json`
    Import,
    /// The output of `classify --json`
    Classify,
    /// The output of `audit pip --json`
    AuditPip,
    /// The output of `audit user --json`
    AuditUser,
    /// The output of `advise pairs --json`
    Pairs,
    /// The output of `advise two-envs --json`
    TwoEnvs,
    /// The output of `advise aging --json`
    Aging,
    /// The output of `advise as-of --json`
    AsOf,
    /// The output of `advise drift --json`
    Drift,
    /// The output of `advise lines --json`
    Lines,
    /// The output of `advise modernisation --json`
    Modernisation,
}

/// Prints the schema.
pub(crate) fn execute(args: SchemaArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let schema = match args.what {
        What::Request => rsp_lock::spec::schema(),
        What::Solve => json::schema::solve(),
        What::Verify => json::schema::verify(),
        What::Check => json::schema::check(),
        What::Overrides => json::advice_schema::overrides(),
        What::Across => json::advice_schema::across(),
        What::Why => json::advice_schema::why(),
        What::Import => json::schema::import(),
        What::Classify => json::advice_schema::classify(),
        What::AuditPip => json::advice_schema::audit_pip(),
        What::AuditUser => json::advice_schema::audit_user(),
        What::Pairs => json::advice_schema::pairs(),
        What::TwoEnvs => json::advice_schema::two_envs(),
        What::Aging => json::advice_schema::aging(),
        What::AsOf => json::advice_schema::as_of(),
        What::Drift => json::advice_schema::drift(),
        What::Lines => json::advice_schema::lines(),
        What::Modernisation => json::advice_schema::modernisation(),
    };
    printer.result(&json::render(&schema)?)?;
    Ok(ExitStatus::Done)
}
