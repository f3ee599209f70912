//! Halves that must match: one in the stack, one in the user interface.

use std::{borrow::Borrow, str::FromStr};

use rattler_conda_types::RepoDataRecord;

/// Two packages that must match: in the first environment and in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The package in the first environment.
    pub first: String,
    /// The package in the second; often of the same name.
    pub second: String,
    /// What must be the same.
    pub rule: PairRule,
}

/// What must be the same about two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PairRule {
    /// The first part.
    Major,
    /// The first two parts.
    Minor,
    /// All of it.
    Version,
}

/// A text that names no pair, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPair(String);

impl FromStr for Pair {
    type Err = BadPair;

    /// Reads `ipympl=major` or `firefly-client/jupyter-firefly-extensions=version`.
    fn from_str(text: &str) -> Result<Self, BadPair> {
        let bad = |what: &str| BadPair(format!("`{text}` names no pair: {what}"));
        let (names, rule) = text
            .split_once('=')
            .ok_or_else(|| bad("it is written NAME[/NAME]=RULE"))?;
        let (first, second) = names.split_once('/').unwrap_or((names, names));
        let rule = match rule.trim() {
            "major" => PairRule::Major,
            "minor" => PairRule::Minor,
            "version" => PairRule::Version,
            _ => return Err(bad("the rule is `major`, `minor` or `version`")),
        };
        let name = |text: &str| {
            let text = text.trim().to_lowercase();
            let is_name = text.parse::<rattler_conda_types::PackageName>().is_ok();
            if is_name && !text.is_empty() {
                Ok(text)
            } else {
                Err(bad("a name is no name of a package"))
            }
        };
        Ok(Self {
            first: name(first)?,
            second: name(second)?,
            rule,
        })
    }
}

/// A pair that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFault {
    /// The pair.
    pub pair: Pair,
    /// The version in the first environment; `None` if it is not there.
    pub first: Option<String>,
    /// The version in the second environment; `None` if it is not there.
    pub second: Option<String>,
}

/// The pairs that do not match. A pair of which neither half is there says nothing; a
/// half without its other half does not match.
pub fn pair_faults(
    pairs: &[Pair],
    first: &[RepoDataRecord],
    second: &[impl Borrow<RepoDataRecord>],
) -> Vec<PairFault> {
    fn version(records: &[impl Borrow<RepoDataRecord>], name: &str) -> Option<String> {
        let mut records = records.iter().map(|record| &record.borrow().package_record);
        let record = records.find(|record| record.name.as_normalized() == name)?;
        Some(record.version.to_string())
    }
    pairs
        .iter()
        .filter_map(|pair| {
            let (a, b) = (version(first, &pair.first), version(second, &pair.second));
            let matches = match (&a, &b) {
                (None, None) => true,
                (Some(a), Some(b)) => pair.rule.same(a, b),
                _ => false,
            };
            (!matches).then(|| PairFault {
                pair: pair.clone(),
                first: a,
                second: b,
            })
        })
        .collect()
}

impl PairRule {
    fn same(self, a: &str, b: &str) -> bool {
        let parts = match self {
            Self::Major => 1,
            Self::Minor => 2,
            Self::Version => return a == b,
        };
        let head = |version: &str| -> Vec<String> {
            version.split('.').take(parts).map(str::to_owned).collect()
        };
        head(a) == head(b)
    }
}
