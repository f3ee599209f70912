//! How the platforms of a run differ, in a few lines.

use rsp_lock::{LockRun, PlatformDifference, platform_differences};

use crate::words;

/// What was asked for and differs, package by package as far as there is room, and
/// how much else does.
pub(super) fn texts(run: &LockRun) -> Vec<String> {
    let differences = platform_differences(run);
    let (asked, others): (Vec<_>, Vec<_>) = differences.iter().partition(|d| d.is_requested);
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let mut texts = Vec::new();
    for difference in asked {
        let (has, lacks) = difference.presence();
        if lacks.is_empty() {
            texts.push(versions(difference));
            continue;
        }
        let place = if has.len() <= lacks.len() {
            format!("only {}", has.join(", "))
        } else {
            format!("not {}", lacks.join(", "))
        };
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, names)) => names.push(difference.name.clone()),
            None => groups.push((place, vec![difference.name.clone()])),
        }
    }
    let absent = groups
        .into_iter()
        .map(|(place, names)| format!("{place}: {}", words::listed(&names, 50)));
    let mut all: Vec<String> = absent.chain(texts).collect();
    if !others.is_empty() {
        let is_absent = |difference: &&&PlatformDifference| !difference.presence().1.is_empty();
        let absent = others.iter().filter(is_absent).count();
        let parts = [
            (absent, "not everywhere"),
            (others.len() - absent, "in other versions"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", words::grouped(count)))
            .collect();
        all.push(format!("dependencies: {}", parts.join(", ")));
    }
    all
}

/// `numpy 2.3.1 linux-64, osx-64; 2.2.0 osx-arm64`.
fn versions(difference: &PlatformDifference) -> String {
    let mut by_version: Vec<(&str, Vec<&str>)> = Vec::new();
    for (platform, version) in &difference.versions {
        let version = version.as_deref().unwrap_or_default();
        match by_version.iter_mut().find(|(known, _)| *known == version) {
            Some((_, platforms)) => platforms.push(platform),
            None => by_version.push((version, vec![platform])),
        }
    }
    let parts: Vec<String> = by_version
        .into_iter()
        .map(|(version, platforms)| format!("{version} {}", platforms.join(", ")))
        .collect();
    format!("{} {}", difference.name, parts.join("; "))
}
