//! Words that flags take.

use std::time::Duration;

use clap::ValueEnum;
use rsp_lock::{
    file::explicit::HashKind,
    solver::Solver,
    spec::{BasePolicy, ChannelPriority, Strategy},
};

/// When to colour; by itself on a terminal, unless `NO_COLOR` or `TERM=dumb` says no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<ColorArg> for anstream::ColorChoice {
    fn from(color: ColorArg) -> Self {
        match color {
            ColorArg::Auto => Self::Auto,
            ColorArg::Always => Self::Always,
            ColorArg::Never => Self::Never,
        }
    }
}

/// What the order of the channels means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PriorityArg {
    /// A name comes from the first channel that has it
    Strict,
    /// The first channel with a usable build wins
    Flexible,
    /// Versions decide, whatever the channel
    Disabled,
}

impl From<PriorityArg> for ChannelPriority {
    fn from(priority: PriorityArg) -> Self {
        match priority {
            PriorityArg::Strict => Self::Strict,
            PriorityArg::Flexible => Self::Flexible,
            PriorityArg::Disabled => Self::Disabled,
        }
    }
}

/// How far a base may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyArg {
    /// Not at all
    Freeze,
    /// As few packages as possible, proven to be so
    MinimalChange,
    /// It is a preference only
    Float,
}

impl From<PolicyArg> for BasePolicy {
    fn from(policy: PolicyArg) -> Self {
        match policy {
            PolicyArg::Freeze => Self::Freeze,
            PolicyArg::MinimalChange => Self::MinimalChange,
            PolicyArg::Float => Self::Float,
        }
    }
}

/// Which end of a version range is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyArg {
    /// The newest of everything
    Highest,
    /// The oldest of everything
    Lowest,
    /// The oldest of what is asked for, the newest of the rest
    LowestDirect,
}

impl From<StrategyArg> for Strategy {
    fn from(strategy: StrategyArg) -> Self {
        match strategy {
            StrategyArg::Highest => Self::Highest,
            StrategyArg::Lowest => Self::Lowest,
            StrategyArg::LowestDirect => Self::LowestDirect,
        }
    }
}

/// Who solves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SolverArg {
    /// Our own
    #[default]
    Native,
    /// rattler's solver, on resolvo
    Rattler,
    /// libsolv, as rattler drives it
    Libsolv,
}

impl From<SolverArg> for Solver {
    fn from(solver: SolverArg) -> Self {
        match solver {
            SolverArg::Native => Self::Native,
            SolverArg::Rattler => Self::Rattler,
            SolverArg::Libsolv => Self::Libsolv,
        }
    }
}

/// The hash behind each URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum HashArg {
    /// `#sha256:…`, for conda 24.9 and newer, mamba, pixi
    #[default]
    Sha256,
    /// `#…`, for every client
    Md5,
    /// No hash, and no check
    None,
}

impl From<HashArg> for HashKind {
    fn from(hash: HashArg) -> Self {
        match hash {
            HashArg::Sha256 => Self::Sha256,
            HashArg::Md5 => Self::Md5,
            HashArg::None => Self::None,
        }
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// An explicit file a platform
    #[default]
    Explicit,
}

/// Reads `90s`, `5m`, `1h`, or a number of seconds.
pub(crate) fn parse_timeout(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(|| "expected a time such as `90s`, `5m` or `1h`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_number_with_a_unit() {
        assert_eq!(parse_timeout("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_timeout("5m"), Ok(Duration::from_secs(300)));
        for bad in ["", "m", "5d", "0", "-1", "99999999999999999999h"] {
            assert!(parse_timeout(bad).is_err(), "{bad}");
        }
    }
}
