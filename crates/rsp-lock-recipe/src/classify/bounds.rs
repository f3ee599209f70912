//! What the lines on one package allow.

use std::collections::BTreeSet;

use rattler_conda_types::{
    Version, VersionSpec,
    version_spec::{EqualityOperator, LogicalOperator, RangeOperator, StrictRangeOperator},
};

use crate::model::Dependency;

/// What the lines on one package allow, taken together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bounds {
    /// The greatest of the lower bounds.
    pub(super) lower: Option<Version>,
    /// The least of the upper bounds.
    pub(super) upper: Option<Version>,
    /// `==1.2` or `1.2.*`; of several, the longest.
    pub(super) pin: Option<Version>,
    /// Versions that are excluded.
    pub(super) excluded: BTreeSet<String>,
    /// Wanted build strings.
    pub(super) builds: BTreeSet<String>,
    /// Alternatives (`>=6,<7|>=8`), which are compared as text.
    pub(super) alternatives: BTreeSet<String>,
}

impl Bounds {
    pub(super) fn of(lines: &[&Dependency]) -> Self {
        let mut bounds = Self::default();
        for line in lines {
            if let Some(version) = &line.spec.version {
                bounds.add(version);
            }
            if let Some(build) = &line.spec.build {
                bounds.builds.insert(build.to_string());
            }
        }
        bounds
    }

    fn add(&mut self, spec: &VersionSpec) {
        match spec {
            VersionSpec::None | VersionSpec::Any => {}
            VersionSpec::Range(operator, version) => self.range(*operator, version),
            VersionSpec::StrictRange(operator, version) => {
                let version = version.clone().into_inner();
                match operator {
                    StrictRangeOperator::StartsWith | StrictRangeOperator::Compatible => {
                        self.pin(version);
                    }
                    StrictRangeOperator::NotStartsWith | StrictRangeOperator::NotCompatible => {
                        self.excluded.insert(format!("{version}.*"));
                    }
                }
            }
            VersionSpec::Exact(EqualityOperator::Equals, version) => self.pin(version.clone()),
            VersionSpec::Exact(EqualityOperator::NotEquals, version) => {
                self.excluded.insert(version.to_string());
            }
            VersionSpec::Group(LogicalOperator::And, parts) => {
                for part in parts {
                    self.add(part);
                }
            }
            VersionSpec::Group(LogicalOperator::Or, _) => {
                self.alternatives.insert(spec.to_string());
            }
        }
    }

    fn range(&mut self, operator: RangeOperator, version: &Version) {
        match operator {
            RangeOperator::Greater | RangeOperator::GreaterEquals => {
                if self.lower.as_ref().is_none_or(|lower| lower < version) {
                    self.lower = Some(version.clone());
                }
            }
            RangeOperator::Less | RangeOperator::LessEquals => {
                if self.upper.as_ref().is_none_or(|upper| version < upper) {
                    self.upper = Some(version.clone());
                }
            }
        }
    }

    fn pin(&mut self, version: Version) {
        let length = |v: &Version| v.segment_count();
        if self
            .pin
            .as_ref()
            .is_none_or(|pin| length(pin) < length(&version))
        {
            self.pin = Some(version);
        }
    }

    /// The least version that they allow, as far as they say.
    pub(super) fn floor(&self) -> Option<&Version> {
        match (&self.pin, &self.lower) {
            (Some(pin), Some(lower)) => Some(pin.max(lower)),
            (pin, lower) => pin.as_ref().or(lower.as_ref()),
        }
    }

    /// Whether they allow nothing above some version.
    pub(super) fn is_capped(&self) -> bool {
        self.pin.is_some() || self.upper.is_some()
    }
}

/// The part of a version that stands for compatibility: the first, and of python the
/// first two, for every package is built for one of these.
pub(super) fn major(package: &str, version: &Version) -> String {
    let parts = if package == "python" { 2 } else { 1 };
    let text = version.to_string();
    let text = text.rsplit('!').next().unwrap_or_default();
    let parts: Vec<&str> = text.split('.').take(parts).collect();
    parts.join(".")
}
