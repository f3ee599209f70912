//! `rsp-lock advise pairs FIRST SECOND --pair NAME=RULE`.

use std::path::PathBuf;

use clap::Args;
use rattler_conda_types::RepoDataRecord;
use rsp_lock_advise::{Pair, PairFault, PairRule, pair_faults};

use crate::{
    args::AccessArgs, exit::ExitStatus, failure::Failure, lockfile::Choice, printer::Printer,
    records::of_lock, words,
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
    choice: Choice,

    #[command(flatten)]
    access: AccessArgs,
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
    let first = of_lock(&args.first, &args.choice, &args.access, printer).await?;
    let second = of_lock(&args.second, &args.choice, &args.access, printer).await?;
    tell(&pairs, &first, &second, printer)
}

/// Tells which pairs do not match.
pub(crate) fn tell(
    pairs: &[Pair],
    first: &[RepoDataRecord],
    second: &[RepoDataRecord],
    printer: &Printer,
) -> Result<ExitStatus, Failure> {
    let faults = pair_faults(pairs, first, second);
    for fault in &faults {
        printer.result(&line(fault))?;
    }
    printer.say(&format!(
        "{}, {}",
        words::count(pairs.len(), "pair"),
        words::count(faults.len(), "mismatch").replace("mismatchs", "mismatches")
    ));
    Ok(if faults.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::No
    })
}

fn line(fault: &PairFault) -> String {
    let rule = match fault.pair.rule {
        PairRule::Major => "major version",
        PairRule::Minor => "minor version",
        PairRule::Version => "version",
    };
    let half = |name: &str, version: &Option<String>| match version {
        Some(version) => format!("{name} {version}"),
        None => format!("no {name}"),
    };
    format!(
        "{} against {}: not the same {rule}\n",
        half(&fault.pair.first, &fault.first),
        half(&fault.pair.second, &fault.second)
    )
}
