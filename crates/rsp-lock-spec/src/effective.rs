//! What overrides and dependency edits mean for a record: the one definition,
//! shared by solvers, by the verifier and by the lock.
//!
//! - An override replaces every dependency of its name, in `depends` and in
//!   `constrains`, of the records it is for. Several entries of one name become
//!   one. A condition (`[when=…]`) of the replaced entry is kept.
//! - Of several overrides for one name, the first that is for the record counts.
//! - A dropped dependency leaves `depends` and `constrains`.
//! - An added dependency is appended to `depends`.
//! - Nothing of this touches the lines of the request itself.

use rattler_conda_types::{Matches, PackageRecord};

use crate::{
    request::{DependencyEdit, DependencyEditKind, Override},
    spec::{exact_name, parse_record_spec},
};

/// Why a dependency is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DependencySource {
    /// The record says so.
    Recorded,
    /// An override says so.
    Replaced {
        /// Index into the overrides.
        rule: usize,
        /// What the record says.
        original: String,
    },
    /// A dependency edit says so.
    Added {
        /// Index into the dependency edits.
        rule: usize,
    },
}

/// A dependency as it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveDependency {
    /// The spec.
    pub text: String,
    /// Why it counts.
    pub source: DependencySource,
}

/// A dependency that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedDependency {
    /// Index into the dependency edits.
    pub rule: usize,
    /// What the record says.
    pub original: String,
}

/// A record's dependencies as they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// In the record's order, added ones last.
    pub depends: Vec<EffectiveDependency>,
    /// In the record's order.
    pub constrains: Vec<EffectiveDependency>,
    /// What does not count, `depends` first.
    pub dropped: Vec<DroppedDependency>,
}

/// A record's dependencies under rules, or `None` if no rule changes anything of it.
///
/// ```
/// use rsp_lock_spec::{Override, effective};
/// let record: rattler_conda_types::PackageRecord = serde_json::from_str(
///     r#"{"name": "d", "version": "1", "build": "0", "build_number": 0, "depends": ["dask >=2021"]}"#,
/// )?;
/// let rule = Override::parse("dask=2020.12")?;
/// let changed = effective(&record, &[rule], &[]).unwrap();
/// assert_eq!(changed.depends[0].text, "dask 2020.12.*");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn effective(
    record: &PackageRecord,
    overrides: &[Override],
    edits: &[DependencyEdit],
) -> Option<Effective> {
    let rule_of = |text: &str| {
        let name = dependency_name(text);
        overrides.iter().position(|rule| {
            exact_name(&rule.spec)
                .as_normalized()
                .eq_ignore_ascii_case(name)
                && rule
                    .dependents
                    .as_ref()
                    .is_none_or(|spec| spec.matches(record))
        })
    };
    let drop_of = |text: &str| {
        let name = dependency_name(text);
        edits.iter().position(|edit| {
            edit.kind == DependencyEditKind::Drop
                && exact_name(&edit.spec)
                    .as_normalized()
                    .eq_ignore_ascii_case(name)
                && edit.dependents.matches(record)
        })
    };
    let added: Vec<usize> = (0..edits.len())
        .filter(|rule| {
            edits.get(*rule).is_some_and(|edit| {
                edit.kind == DependencyEditKind::Add && edit.dependents.matches(record)
            })
        })
        .collect();
    let untouched = |texts: &[String]| {
        texts
            .iter()
            .all(|text| rule_of(text).is_none() && drop_of(text).is_none())
    };
    if added.is_empty() && untouched(&record.depends) && untouched(&record.constrains) {
        return None;
    }

    let mut effective = Effective::default();
    let mut apply = |texts: &[String]| {
        let mut result: Vec<EffectiveDependency> = Vec::with_capacity(texts.len());
        let mut replaced = Vec::new();
        for text in texts {
            if let Some(rule) = drop_of(text) {
                let original = text.clone();
                effective.dropped.push(DroppedDependency { rule, original });
            } else if let Some((rule, given)) =
                rule_of(text).and_then(|rule| overrides.get(rule).map(|given| (rule, given)))
            {
                if !replaced.contains(&rule) {
                    replaced.push(rule);
                    result.push(EffectiveDependency {
                        text: replacement(given, text),
                        source: DependencySource::Replaced {
                            rule,
                            original: text.clone(),
                        },
                    });
                }
            } else {
                result.push(EffectiveDependency {
                    text: text.clone(),
                    source: DependencySource::Recorded,
                });
            }
        }
        result
    };
    let mut depends = apply(&record.depends);
    let constrains = apply(&record.constrains);
    depends.extend(added.into_iter().filter_map(|rule| {
        Some(EffectiveDependency {
            text: edits.get(rule)?.spec.to_string(),
            source: DependencySource::Added { rule },
        })
    }));
    effective.depends = depends;
    effective.constrains = constrains;
    Some(effective)
}

fn replacement(rule: &Override, original: &str) -> String {
    let mut spec = rule.spec.clone();
    if spec.condition.is_none()
        && let Ok(original) = parse_record_spec(original)
    {
        spec.condition = original.condition;
    }
    spec.to_string()
}

/// The name in a record's dependency, without parsing the rest.
///
/// ```
/// assert_eq!(rsp_lock_spec::dependency_name("python >=3.9"), "python");
/// assert_eq!(rsp_lock_spec::dependency_name("conda-forge::numpy>=2"), "numpy");
/// ```
pub fn dependency_name(text: &str) -> &str {
    let text = text.trim_start();
    let name = |text: &str| -> usize {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .unwrap_or(text.len())
    };
    let head_end = text
        .find([' ', '[', '<', '>', '=', '!', '~', ';'])
        .unwrap_or(text.len());
    let (head, _) = text.split_at(head_end);
    match head.rfind(':') {
        Some(colon) => {
            let rest = text.get(colon + 1..).unwrap_or_default();
            rest.get(..name(rest)).unwrap_or_default()
        }
        None => text.get(..name(text)).unwrap_or_default(),
    }
}
