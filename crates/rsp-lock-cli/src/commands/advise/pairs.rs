//! `rsp-lock advise pairs FIRST SECOND --pair NAME=RULE`.

use std::path::PathBuf;

use clap::Args;
use rsp_lock_advise::{Pair, PairFault, PairRule, pair_faults};
use serde::Serialize;

use crate::{
    args::LockedArgs, exit::ExitStatus, failure::Failure, json, printer::Printer, records::of_lock,
    words,
};

/// Arguments of `advise pairs`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PairsArgs {
    /// Lockfile of the stack
    #[arg(value_name = "FIRST")]
    first: PathBuf,

    /// Lockfile of the user interface
    #[arg(value_name = "SECOND")]
    second: PathBuf,

    #[command(flatten)]
    pairs: PairArgs,

    #[command(flatten)]
    locked: LockedArgs,
}

/// Pairs of packages.
#[derive(Clone, Debug, Args)]
pub(crate) struct PairArgs {
    /// Packages that must match: 'ipympl=major', 'firefly-client/jupyter-firefly-extensions=version'
    #[arg(long = "pair", value_name = "NAME[/NAME]=RULE", value_delimiter = ',')]
    pairs: Vec<String>,
}

impl PairArgs {
    /// The pairs.
    pub(crate) fn read(&self) -> Result<Vec<Pair>, Failure> {
        let texts = self.pairs.iter();
        texts
            .map(|text| {
                text.parse()
                    .map_err(|bad| Failure::usage(format!("`--pair`: {bad}")))
            })
            .collect()
    }
}

/// Checks the pairs.
pub(crate) async fn execute(args: &PairsArgs, printer: &Printer) -> Result<ExitStatus, Failure> {
    let pairs = args.pairs.read()?;
    if pairs.is_empty() {
        return Err(Failure::usage("no pair is named").hint("name one: `--pair ipympl=major`"));
    }
    let first = of_lock(&args.first, &args.locked, printer).await?;
    let second = of_lock(&args.second, &args.locked, printer).await?;
    let faults = pair_faults(&pairs, &first, &second);
    if args.locked.output.json {
        printer.result(&json::render(&Document {
            schema: "rsp-lock/pairs",
            version: 1,
            pairs: pairs.len(),
            mismatches: faults.iter().map(facts).collect(),
        })?)?;
    } else {
        tell(&faults, printer)?;
    }
    printer.say(&count(pairs.len(), faults.len()));
    Ok(if faults.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::No
    })
}

/// Tells which pairs do not match.
pub(super) fn tell(faults: &[PairFault], printer: &Printer) -> Result<(), Failure> {
    let mut faults = faults.iter();
    faults.try_for_each(|fault| printer.result(&(line(fault) + "\n")))
}

/// `3 pairs, 1 mismatch`.
pub(super) fn count(pairs: usize, faults: usize) -> String {
    let noun = if faults == 1 {
        "mismatch"
    } else {
        "mismatches"
    };
    format!(
        "{}, {} {noun}",
        words::count(pairs, "pair"),
        words::grouped(faults)
    )
}

fn rule(rule: PairRule) -> &'static str {
    match rule {
        PairRule::Major => "major",
        PairRule::Minor => "minor",
        PairRule::Version => "version",
    }
}

fn line(fault: &PairFault) -> String {
    let what = match fault.pair.rule {
        PairRule::Major => "major version",
        PairRule::Minor => "minor version",
        PairRule::Version => "version",
    };
    let half = |name: &str, version: &Option<String>| match version {
        Some(version) => format!("{name} {version}"),
        None => format!("no {name}"),
    };
    format!(
        "{} against {}: not the same {what}",
        half(&fault.pair.first, &fault.first),
        half(&fault.pair.second, &fault.second)
    )
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    pairs: usize,
    mismatches: Vec<FaultFacts<'a>>,
}

/// A pair that does not match, for a document.
#[derive(Serialize)]
pub(super) struct FaultFacts<'a> {
    first: &'a str,
    first_version: Option<&'a str>,
    second: &'a str,
    second_version: Option<&'a str>,
    rule: &'static str,
}

/// A pair that does not match, for a document.
pub(super) fn facts(fault: &PairFault) -> FaultFacts<'_> {
    FaultFacts {
        first: &fault.pair.first,
        first_version: fault.first.as_deref(),
        second: &fault.pair.second,
        second_version: fault.second.as_deref(),
        rule: rule(fault.pair.rule),
    }
}
