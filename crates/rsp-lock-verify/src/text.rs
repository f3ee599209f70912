//! Findings as sentences.

use std::fmt::Write as _;

use crate::finding::{Field, Finding, Found, HashKind, Package, Place};

/// One sentence for a finding: no full stop, specs and names in backticks.
pub fn text(finding: &Finding) -> String {
    match finding {
        Finding::NoMetadata { url } => {
            format!("`{url}` is in none of the given channels, so nothing about it can be checked")
        }
        Finding::WrongRecord { url, file } => {
            format!("`{url}` was checked against the record of another file, `{file}`")
        }
        Finding::MisnamedFile { package } => {
            format!("`{}` is, by its record, {}", package.file, who(package))
        }
        Finding::ForeignChannel { url, equivalent } => {
            let mut line = format!("`{url}` comes from a channel that is not allowed");
            if let Some(equivalent) = equivalent {
                let _ = write!(line, "; an allowed channel has `{equivalent}`");
            }
            line
        }
        Finding::WrongSubdir {
            url,
            subdir,
            platform,
        } => format!("`{url}` is of subdir `{subdir}`, expected `{platform}` or `noarch`"),
        Finding::HashMismatch {
            file,
            kind,
            locked,
            expected,
        } => format!(
            "`{file}` has {} {locked} in the lock, the channel says {expected}",
            hash(*kind)
        ),
        Finding::HashUnknown { file, kind } => format!(
            "`{file}` has a {} in the lock, the channel has none to compare it with",
            hash(*kind)
        ),
        Finding::DuplicateName { name, files } => {
            let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
            format!(
                "`{name}` is locked {} times: {}",
                files.len(),
                files.join(", ")
            )
        }
        Finding::BadSpec {
            place,
            spec,
            problem,
        } => format!("{} `{spec}`, which means nothing: {problem}", says(place)),
        Finding::Unsupported {
            place,
            spec,
            feature,
        } => format!(
            "{} `{spec}`, which cannot be checked: {feature}",
            says(place)
        ),
        Finding::Dependency {
            package,
            field,
            spec,
            found: there,
        } => {
            let extra = match field {
                Field::Extra(extra) => format!(" with extra `{extra}`"),
                Field::Depends | Field::Constrains => String::new(),
            };
            format!(
                "{}{extra} requires `{spec}`: {}",
                who(package),
                found(there)
            )
        }
        Finding::Constraint {
            package,
            spec,
            found: there,
        } => format!("{} allows only `{spec}`: {}", who(package), found(there)),
        Finding::UnknownExtra { package, extra } => {
            format!("{} has no extra `{extra}`", who(package))
        }
        Finding::Requirement {
            spec,
            origin,
            found: there,
        } => format!("{origin} requires `{spec}`: {}", found(there)),
        Finding::RequestConstraint {
            spec,
            origin,
            found: there,
        } => format!("{origin} allows only `{spec}`: {}", found(there)),
        Finding::Edited {
            package,
            original,
            replacement,
            rule,
            origin,
        } => {
            let what = match (original, replacement) {
                (Some(original), Some(replacement)) => {
                    format!("`{original}` of {} counts as `{replacement}`", who(package))
                }
                (Some(original), None) => format!("`{original}` of {} is dropped", who(package)),
                (None, Some(added)) => format!("{} also requires `{added}`", who(package)),
                (None, None) => format!("{} is unchanged", who(package)),
            };
            format!("{what} ({origin}: `{rule}`)")
        }
        Finding::UnusedRule { rule, origin } => {
            format!("{origin}: `{rule}` changes nothing in this lock")
        }
        Finding::Patched { today } => format!(
            "still downloadable, but today's metadata says it conflicts: {}",
            text(today)
        ),
        Finding::Unreachable { package } => format!("{}: nothing requires it", who(package)),
    }
}

fn who(package: &Package) -> String {
    format!("{} {} {}", package.name, package.version, package.build)
}

fn found(found: &Found) -> String {
    match found {
        Found::Absent => "absent".to_owned(),
        Found::Locked(package) => format!("the lock has {} {}", package.version, package.build),
        Found::Virtual(package) => {
            format!(
                "the platform has {} {}",
                package.version, package.build_string
            )
        }
    }
}

fn says(place: &Place) -> String {
    match place {
        Place::Record { package, field } => match field {
            Field::Depends => format!("{} requires", who(package)),
            Field::Constrains => format!("{} constrains", who(package)),
            Field::Extra(extra) => format!("{} with extra `{extra}` requires", who(package)),
        },
        Place::Request(origin) => format!("{origin} says"),
    }
}

fn hash(kind: HashKind) -> &'static str {
    match kind {
        HashKind::Sha256 => "sha256",
        HashKind::Md5 => "md5",
    }
}
