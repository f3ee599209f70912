//! `[environment]`: name, channels, platforms and how to choose.

use std::collections::BTreeMap;
use std::ops::Range;

use rattler_conda_types::{PackageName, Subdir};

use super::{document_place, keys};
use crate::{
    findings::Findings,
    nearest::nearest,
    node::{Entry, Node, Value, check_keys, get},
    platform::{
        NOARCH_IS_NO_PLATFORM, meant_virtual_package, parse_virtual_package, virtual_package_name,
    },
    request::{
        ChannelPriority, ChannelRequest, Cutoff, ExcludeNewer, PlatformRequest, Request, Strategy,
        VirtualPackageChange,
    },
};

pub(super) const PRIORITIES: &[(&str, ChannelPriority)] = &[
    ("strict", ChannelPriority::Strict),
    ("flexible", ChannelPriority::Flexible),
    ("disabled", ChannelPriority::Disabled),
];
pub(super) const STRATEGIES: &[(&str, Strategy)] = &[
    ("highest", Strategy::Highest),
    ("lowest", Strategy::Lowest),
    ("lowest-direct", Strategy::LowestDirect),
];

pub(super) fn read(findings: &mut Findings<'_>, node: &Node, request: &mut Request) {
    let Some(entries) = node.table(findings, "`environment`", "a table") else {
        return;
    };
    check_keys(findings, entries, keys::ENVIRONMENT, "`[environment]`");
    for key in ["name", "channel-priority", "strategy", "exclude-newer"] {
        document_place(
            findings,
            entries,
            key,
            &format!("environment.{key}"),
            request,
        );
    }
    if let Some(node) = get(entries, "name")
        && let Some(name) = node.text(findings, "`name`", "a string")
    {
        match check_environment_name(name) {
            Ok(()) => request.environment = Some(name.to_owned()),
            Err(problem) => findings.error(&node.span, problem, Vec::new()),
        }
    }
    if let Some(node) = get(entries, "channel-priority") {
        request.channel_priority = node.word(findings, "`channel-priority`", PRIORITIES);
    }
    if let Some(node) = get(entries, "strategy") {
        request.strategy = node.word(findings, "`strategy`", STRATEGIES);
    }
    let mut cutoffs = ExcludeNewer::default();
    if let Some(node) = get(entries, "exclude-newer") {
        read_exclude_newer(findings, node, &mut cutoffs);
    }
    if let Some(node) = get(entries, "channels")
        && let Some(items) = node.list(findings, "`channels`", "a list")
    {
        for item in items {
            read_channel(findings, item, request, &mut cutoffs);
        }
    }
    if cutoffs != ExcludeNewer::default() {
        request.exclude_newer = Some(cutoffs);
    }
    if let Some(node) = get(entries, "platforms")
        && let Some(items) = node.list(findings, "`platforms`", "a list")
    {
        for item in items {
            if let Some(platform) = read_platform(findings, item) {
                add_platform(findings, item, request, platform);
            }
        }
    }
}

/// File names are made from it, so it must be able to be a part of one.
pub(crate) fn check_environment_name(name: &str) -> Result<(), String> {
    let fits = !name.is_empty()
        && name.len() <= 200
        && !name.starts_with(['.', '-'])
        && !name
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '/' | '\\' | ':' | '#'));
    if fits {
        return Ok(());
    }
    Err(format!(
        "`{}` cannot be the name of an environment: file names are made from it, so it has \
         no blank, slash, backslash, colon or `#` and does not start with a dot or hyphen",
        name.escape_debug()
    ))
}

pub(crate) fn add_platform(
    findings: &mut Findings<'_>,
    item: &Node,
    request: &mut Request,
    platform: PlatformRequest,
) {
    let twice = request.platforms.iter().find(|p| p.name == platform.name);
    if let Some(first) = twice {
        findings.error(
            &item.span,
            format!("the platform `{}` is listed twice", platform.name),
            vec![format!(
                "first listed on line {}; give the second another `name`",
                first.origin.line
            )],
        );
    } else {
        request.platforms.push(platform);
    }
}

fn read_channel(
    findings: &mut Findings<'_>,
    item: &Node,
    request: &mut Request,
    cutoffs: &mut ExcludeNewer,
) {
    const EXPECTED: &str = "a string (`\"conda-forge\"`, a URL, a path) or a table";
    let (text, span): (&str, &Range<usize>) = match &item.value {
        Value::Table(entries) => {
            check_keys(findings, entries, keys::CHANNEL, "a channel");
            let given: Vec<&Entry> = entries
                .iter()
                .filter(|entry| matches!(entry.key.as_str(), "name" | "url" | "path"))
                .collect();
            let [entry] = given.as_slice() else {
                findings.error(
                    &item.span,
                    "a channel has exactly one of `name`, `url` and `path`",
                    Vec::new(),
                );
                return;
            };
            let Some(text) = entry.value.text(findings, "a channel", "a string") else {
                return;
            };
            if let Some(node) = get(entries, "exclude-newer")
                && let Some(cutoff) = read_cutoff(findings, node, true)
            {
                cutoffs.channels.insert(text.to_owned(), cutoff);
            }
            (text, &entry.value.span)
        }
        _ => match item.text(findings, "a channel", EXPECTED) {
            Some(text) => (text, &item.span),
            None => return,
        },
    };
    add_channel(findings, text, span, request);
}

pub(crate) fn add_channel(
    findings: &mut Findings<'_>,
    text: &str,
    span: &Range<usize>,
    request: &mut Request,
) {
    if text.trim().is_empty() {
        findings.error(span, "a channel is empty", Vec::new());
        return;
    }
    if let Some(first) = request.channels.iter().find(|c| c.text == text) {
        findings.error(
            span,
            format!("the channel `{text}` is listed twice"),
            vec![format!(
                "first listed on line {}; the first place counts",
                first.origin.line
            )],
        );
        return;
    }
    request.channels.push(ChannelRequest {
        text: text.to_owned(),
        origin: findings.origin(span),
    });
}

fn read_platform(findings: &mut Findings<'_>, item: &Node) -> Option<PlatformRequest> {
    const EXPECTED: &str = "a string (`\"linux-64\"`) or a table";
    let Value::Table(entries) = &item.value else {
        let text = item.text(findings, "a platform", EXPECTED)?;
        let subdir = read_subdir(findings, text, &item.span)?;
        return Some(PlatformRequest::of(subdir, findings.origin(&item.span)));
    };
    check_keys(findings, entries, keys::PLATFORM, "a platform");
    let text = |findings: &mut Findings<'_>, key: &str| {
        let node = get(entries, key)?;
        let text = node.text(findings, &format!("`{key}`"), "a string")?;
        Some((text.to_owned(), node.span.clone()))
    };
    let name = text(findings, "name");
    let Some((subdir, span)) = text(findings, "subdir").or_else(|| name.clone()) else {
        findings.error(
            &item.span,
            "a platform needs a `subdir`",
            vec!["for example `{ name = \"old-linux\", subdir = \"linux-64\" }`".to_owned()],
        );
        return None;
    };
    let subdir = read_subdir(findings, &subdir, &span)?;
    let mut platform = PlatformRequest::of(subdir, findings.origin(&item.span));
    if let Some((name, span)) = name {
        if let Err(problem) = check_environment_name(&name) {
            findings.error(
                &span,
                problem.replace("of an environment", "of a platform"),
                Vec::new(),
            );
        }
        platform.name = name;
    }
    if let Some(node) = get(entries, "virtual-packages") {
        platform.virtual_packages = read_virtual_packages(findings, node);
    }
    Some(platform)
}

/// A subdir to lock for; `noarch` is none.
pub(crate) fn read_subdir(
    findings: &mut Findings<'_>,
    text: &str,
    span: &Range<usize>,
) -> Option<Subdir> {
    match text.parse::<Subdir>() {
        Ok(Subdir::NoArch) => {
            findings.error(span, NOARCH_IS_NO_PLATFORM, Vec::new());
            None
        }
        Ok(subdir) => Some(subdir),
        Err(_) => {
            findings.error(
                span,
                format!("`{text}` is not a known platform"),
                subdir_advice(text),
            );
            None
        }
    }
}

pub(super) fn subdir_advice(text: &str) -> Vec<String> {
    let subdirs: Vec<String> = Subdir::all().map(|subdir| subdir.to_string()).collect();
    match nearest(text, subdirs.iter().map(String::as_str)) {
        Some(near) => vec![format!("did you mean `{near}`?")],
        None => vec![
            "platforms are conda subdirs such as `linux-64`, `linux-aarch64`, `osx-arm64`"
                .to_owned(),
        ],
    }
}

fn read_virtual_packages(findings: &mut Findings<'_>, node: &Node) -> Vec<VirtualPackageChange> {
    let mut changes = Vec::new();
    let mut add = |findings: &mut Findings<'_>, span: &Range<usize>, change: Result<_, String>| {
        match change {
            Ok(change) => {
                if let VirtualPackageChange::Set(package) = &change
                    && let Some(meant) = meant_virtual_package(package.name.as_normalized())
                {
                    let name = package.name.as_normalized();
                    let message = format!("`{name}` is no virtual package that conda defines");
                    findings.warning(span, message, vec![format!("did you mean `{meant}`?")]);
                }
                changes.push(change);
            }
            Err(problem) => findings.error(span, problem, Vec::new()),
        }
    };
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                let span = &entry.value.span;
                let change = match &entry.value.value {
                    Value::Boolean(false) => {
                        virtual_package_name(&entry.key).map(VirtualPackageChange::Remove)
                    }
                    Value::Text(version) => {
                        parse_virtual_package(&format!("{}={version}", entry.key))
                            .map(VirtualPackageChange::Set)
                    }
                    _ => Err(format!(
                        "the virtual package `{}` must be a string (its version) or `false` \
                         (not offered), not {}",
                        entry.key,
                        entry.value.kind()
                    )),
                };
                add(findings, span, change);
            }
        }
        Value::List(_) => {
            for (text, span) in node.texts(findings, "a virtual package") {
                let change = parse_virtual_package(text).map(VirtualPackageChange::Set);
                add(findings, span, change);
            }
        }
        _ => {
            node.table(findings, "`virtual-packages`", "a table or a list");
        }
    }
    changes
}

fn read_exclude_newer(findings: &mut Findings<'_>, node: &Node, cutoffs: &mut ExcludeNewer) {
    let Value::Table(entries) = &node.value else {
        cutoffs.default = read_cutoff(findings, node, false);
        return;
    };
    check_keys(findings, entries, keys::EXCLUDE_NEWER, "`exclude-newer`");
    if let Some(node) = get(entries, "default") {
        cutoffs.default = read_cutoff(findings, node, false);
    }
    if let Some(node) = get(entries, "channels") {
        cutoffs.channels = read_cutoffs(findings, node, |name| Ok(name.to_owned()));
    }
    if let Some(node) = get(entries, "packages") {
        cutoffs.packages = read_cutoffs(findings, node, |name| {
            name.parse::<PackageName>()
                .map(|name| name.as_normalized().to_owned())
                .map_err(|error| format!("`{name}` is not a package name: {error}"))
        });
    }
}

fn read_cutoffs(
    findings: &mut Findings<'_>,
    node: &Node,
    name: impl Fn(&str) -> Result<String, String>,
) -> BTreeMap<String, Cutoff> {
    let mut cutoffs = BTreeMap::new();
    for entry in node
        .table(findings, "cutoffs", "a table")
        .unwrap_or_default()
    {
        match name(&entry.key) {
            Ok(name) => {
                if let Some(cutoff) = read_cutoff(findings, &entry.value, true) {
                    cutoffs.insert(name, cutoff);
                }
            }
            Err(problem) => findings.error(&entry.key_span, problem, Vec::new()),
        }
    }
    cutoffs
}

/// `false` means none although a wider one exists, where there may be a wider one.
fn read_cutoff(findings: &mut Findings<'_>, node: &Node, narrow: bool) -> Option<Cutoff> {
    let text = match &node.value {
        Value::Boolean(false) if narrow => return Some(Cutoff::Never),
        Value::Date(text) => text.as_str(),
        _ => node.text(
            findings,
            "`exclude-newer`",
            "a date or a string (`\"2026-09-01\"`, `\"14d\"`)",
        )?,
    };
    match Cutoff::parse(text) {
        Ok(cutoff) => Some(cutoff),
        Err(problem) => {
            findings.error(&node.span, problem, Vec::new());
            None
        }
    }
}
