//! Why a lock is stale, in one sentence each.

use super::{LineKind, Staleness};
use crate::native::{CutoffScope, priority_name, strategy_name};

/// The sentence for a reason: lower case, names in backticks, no full stop.
pub fn text(reason: &Staleness) -> String {
    match reason {
        Staleness::EnvironmentMissing { asked, locked } => {
            format!(
                "the lock has no environment `{asked}`, but {}",
                list(locked)
            )
        }
        Staleness::NameChanged { locked, asked } => {
            format!("the environment is called `{asked}`, in the lock `{locked}`")
        }
        Staleness::ChannelAdded { channel, origin } => {
            format!("{origin}: the channel `{channel}` was added")
        }
        Staleness::ChannelRemoved { channel } => format!("the channel `{channel}` was removed"),
        Staleness::ChannelsReordered { locked, asked } => {
            format!(
                "the channels have another order: {}, in the lock {}",
                list(asked),
                list(locked)
            )
        }
        Staleness::ChannelPriorityChanged { locked, asked } => format!(
            "the channel priority is `{}`, in the lock `{}`",
            priority_name(*asked),
            priority_name(*locked)
        ),
        Staleness::StrategyChanged { locked, asked } => {
            format!(
                "the strategy is `{}`, in the lock `{}`",
                strategy_name(*asked),
                strategy_name(*locked)
            )
        }
        Staleness::ExcludeNewerChanged {
            scope,
            locked,
            asked,
        } => {
            let of = match scope {
                CutoffScope::All => String::new(),
                CutoffScope::Channel(channel) => format!(" of the channel `{channel}`"),
                CutoffScope::Package(package) => format!(" of the package `{package}`"),
            };
            changed(
                &format!("`exclude-newer`{of}"),
                locked.as_deref(),
                asked.as_deref(),
            )
        }
        Staleness::BaseChanged { locked, asked } => {
            changed("the base", locked.as_deref(), asked.as_deref())
        }
        Staleness::LineAdded { kind, line, origin } => {
            format!("{origin}: {} `{line}` was added", noun(*kind))
        }
        Staleness::LineRemoved { kind, line, from } => match from {
            Some(from) => format!("{} `{line}` was removed (it stood in {from})", noun(*kind)),
            None => format!("{} `{line}` was removed", noun(*kind)),
        },
        Staleness::LineChanged {
            kind,
            locked,
            asked,
            origin,
        } => {
            format!(
                "{origin}: {} is `{asked}`, in the lock `{locked}`",
                noun(*kind)
            )
        }
        Staleness::OverridesReordered => {
            "the overrides have another order, and the first that fits counts".to_owned()
        }
        Staleness::PlatformAdded { platform, origin } => {
            format!("{origin}: the platform `{platform}` was added")
        }
        Staleness::PlatformRemoved { platform } => format!("the platform `{platform}` was removed"),
        Staleness::SubdirChanged {
            platform,
            locked,
            asked,
        } => {
            format!("the platform `{platform}` is of `{asked}`, in the lock of `{locked}`")
        }
        Staleness::VirtualPackagesChanged {
            platform,
            locked,
            asked,
        } => format!(
            "{platform}: the virtual packages differ: {}, in the lock {}",
            list_or_nothing(asked),
            list_or_nothing(locked)
        ),
        Staleness::RequirementUnsatisfied {
            platform,
            spec,
            locked,
            origin,
        } => match locked {
            Some(locked) => {
                format!("{origin}: {platform}: `{spec}` is asked for, `{locked}` is locked")
            }
            None => format!(
                "{origin}: {platform}: `{spec}` is asked for, nothing of that name is locked"
            ),
        },
        Staleness::ConstraintViolated {
            platform,
            spec,
            locked,
            origin,
        } => {
            format!(
                "{origin}: {platform}: the constraint `{spec}` does not allow `{locked}`, which is locked"
            )
        }
        _ => edited(reason),
    }
}

/// The reasons that come from the lock alone.
fn edited(reason: &Staleness) -> String {
    match reason {
        Staleness::LockMissing => "there is no lock".to_owned(),
        Staleness::RequestEdited => {
            "the request in the lock was edited by hand: its digest differs".to_owned()
        }
        Staleness::RecordsEdited { platform, channel } => {
            format!(
                "{platform}: the packages of {channel} were edited by hand: their digest differs"
            )
        }
        Staleness::DependencyUnsatisfied {
            platform,
            package,
            dependency,
            locked,
        } => match locked {
            Some(locked) => {
                format!("{platform}: `{package}` depends on `{dependency}`, `{locked}` is locked")
            }
            None => format!(
                "{platform}: `{package}` depends on `{dependency}`, nothing of that name is locked"
            ),
        },
        Staleness::ConstrainsViolated {
            platform,
            package,
            constraint,
            locked,
        } => {
            format!(
                "{platform}: `{package}` does not go with `{locked}`: it allows `{constraint}` only"
            )
        }
        Staleness::ExplicitDiffers {
            platform,
            missing,
            unexpected,
        } => {
            let without = |these: &[String], those: &[String]| -> Vec<String> {
                let these = these.iter().filter(|file| !those.contains(file));
                these.cloned().collect()
            };
            let missing_only = without(missing, unexpected);
            let changed = without(missing, &missing_only);
            let unexpected = without(unexpected, missing);
            let mut parts = Vec::new();
            if !missing_only.is_empty() {
                parts.push(format!("lacks {}", list(&missing_only)));
            }
            if !unexpected.is_empty() {
                parts.push(format!(
                    "has {}, which the lock does not have",
                    list(&unexpected)
                ));
            }
            if !changed.is_empty() {
                parts.push(format!("has another hash or URL for {}", list(&changed)));
            }
            format!("{platform}: the explicit file {}", parts.join(" and "))
        }
        Staleness::ExplicitEdited { platform } => {
            format!(
                "{platform}: the explicit file lists the locked packages, but its bytes are not those that were written"
            )
        }
        Staleness::ExplicitBroken { platform, message } => {
            format!("{platform}: the explicit file cannot be read: {message}")
        }
        other => other.kind().replace('-', " "),
    }
}

fn noun(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Requirement => "the requirement",
        LineKind::Constraint => "the constraint",
        LineKind::Override => "the override",
        LineKind::Dependency => "the dependency edit",
        LineKind::Pip => "the pip requirement",
    }
}

fn changed(what: &str, locked: Option<&str>, asked: Option<&str>) -> String {
    match (locked, asked) {
        (Some(locked), Some(asked)) => format!("{what} is `{asked}`, in the lock `{locked}`"),
        (None, Some(asked)) => format!("{what} was added: `{asked}`"),
        (Some(locked), None) => format!("{what} was removed: `{locked}`"),
        (None, None) => format!("{what} changed"),
    }
}

/// At most five names in backticks.
fn list(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(5)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > 5 {
        shown.push(format!("{} more", names.len() - 5));
    }
    shown.join(", ")
}

fn list_or_nothing(names: &[String]) -> String {
    if names.is_empty() {
        "nothing of it".to_owned()
    } else {
        list(names)
    }
}
