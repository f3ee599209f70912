//! Reading a native lock.

use std::{collections::BTreeSet, str::FromStr};

use rattler_conda_types::Subdir;
use rsp_lock_spec::{BasePolicy, ChannelPriority, DependencyEditKind, Strategy};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    model::{AppliedIn, LockedEnvironment, NativeLock, SCHEMA, VERSION},
    render::{kind, list_name, policy, priority, strategy},
};
use crate::{error::FileError, text_lines::line_of};

/// The keys that say what the rest is.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Body {
    schema: String,
    version: i64,
    tool: String,
    #[serde(default, rename = "environment")]
    environments: Vec<LockedEnvironment>,
}

/// Reads a native lock. `name` is what messages call it.
///
/// # Errors
/// Another schema or version, a key that this version does not know, and
/// anything that does not parse, with its line.
pub fn read(text: &str, name: &str) -> Result<NativeLock, FileError> {
    let body: Body = match toml::from_str::<Body>(text) {
        Ok(body) if body.schema == SCHEMA && body.version == VERSION => body,
        Ok(body) => return Err(foreign(Some(body.schema), Some(body.version), name)),
        Err(error) => {
            // Another schema or version has other keys: that is the reason then.
            return Err(match toml::from_str::<Head>(text) {
                Ok(head)
                    if head.schema.as_deref() != Some(SCHEMA) || head.version != Some(VERSION) =>
                {
                    foreign(head.schema, head.version, name)
                }
                _ => located(&error, text, name),
            });
        }
    };
    unique(
        "environments",
        body.environments
            .iter()
            .map(|environment| environment.name.as_str()),
    )?;
    for environment in &body.environments {
        unique(
            "platforms",
            environment
                .platforms
                .iter()
                .map(|platform| platform.name.as_str()),
        )?;
        for platform in &environment.platforms {
            unique(
                "packages",
                platform
                    .packages
                    .iter()
                    .map(|p| p.record.package_record.name.as_normalized()),
            )?;
        }
    }
    Ok(NativeLock {
        tool: body.tool,
        environments: body.environments,
    })
}

fn foreign(schema: Option<String>, version: Option<i64>, name: &str) -> FileError {
    let file = name.to_owned();
    match version {
        _ if schema.as_deref() != Some(SCHEMA) => FileError::Schema {
            file,
            expected: SCHEMA,
            found: schema,
        },
        Some(found) => FileError::Version {
            file,
            found,
            supported: VERSION,
        },
        None => FileError::Native {
            file,
            line: 1,
            message: format!("expected `version = {VERSION}`, found no version"),
        },
    }
}

fn unique<'a>(what: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), FileError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(FileError::Ambiguous {
                what,
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}

fn located(error: &toml::de::Error, text: &str, name: &str) -> FileError {
    FileError::Native {
        file: name.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        message: error.message().trim_end().replace('\n', "; "),
    }
}

/// Reads one of a few words.
fn word<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    words: &[T],
    text: impl Fn(T) -> &'static str,
) -> Result<T, D::Error> {
    let found = String::deserialize(deserializer)?;
    words
        .iter()
        .copied()
        .find(|value| text(*value) == found)
        .ok_or_else(|| {
            let known: Vec<String> = words
                .iter()
                .map(|value| format!("`{}`", text(*value)))
                .collect();
            D::Error::custom(format!(
                "expected one of {}, found `{found}`",
                known.join(", ")
            ))
        })
}

pub(super) fn priority_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ChannelPriority, D::Error> {
    use ChannelPriority::{Disabled, Flexible, Strict};
    word(deserializer, &[Strict, Flexible, Disabled], priority)
}

pub(super) fn strategy_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Strategy, D::Error> {
    use Strategy::{Highest, Lowest, LowestDirect};
    word(deserializer, &[Highest, Lowest, LowestDirect], strategy)
}

pub(super) fn policy_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BasePolicy, D::Error> {
    use BasePolicy::{Float, Freeze, MinimalChange};
    word(deserializer, &[Freeze, MinimalChange, Float], policy)
}

pub(super) fn kind_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<DependencyEditKind, D::Error> {
    use DependencyEditKind::{Add, Drop};
    word(deserializer, &[Add, Drop], kind)
}

pub(super) fn list_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AppliedIn, D::Error> {
    word(
        deserializer,
        &[AppliedIn::Depends, AppliedIn::Constrains],
        list_name,
    )
}

pub(super) fn subdir_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Subdir, D::Error> {
    let found = String::deserialize(deserializer)?;
    Subdir::from_str(&found).map_err(|_| {
        D::Error::custom(format!(
            "expected a conda subdir such as `linux-64`, found `{found}`"
        ))
    })
}
