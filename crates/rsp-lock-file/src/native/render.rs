//! A native lock as text.

use std::fmt::Write as _;

use rsp_lock_spec::{BasePolicy, ChannelPriority, DependencyEditKind, Strategy};
use url::Url;

use super::{
    cutoff::{CutoffScope, LockedCutoff},
    model::{
        AppliedIn, LockedEnvironment, LockedNote, LockedPlatform, LockedRequest, LockedRequirement,
        NativeLock, SCHEMA, VERSION,
    },
    record::write_record,
    writer::Writer,
};
use crate::{
    error::{FileError, UrlFault},
    secret::{Secret, masked, secret},
};

const HEAD: &str = "# The lock of an environment: `rsp-lock solve` writes it, `rsp-lock check` says whether it still fits.\n";

/// Renders a native lock in its canonical form.
///
/// # Errors
/// A secret in a URL, wherever it stands ([`FileError::Url`], [`FileError::Secret`]).
pub fn render(lock: &NativeLock) -> Result<String, FileError> {
    let mut writer = Writer::default();
    writer.out.push_str(HEAD);
    writer.string("schema", SCHEMA);
    writer.integer("version", VERSION);
    writer.string("tool", &lock.tool);
    for environment in &lock.environments {
        refuse_secrets(environment)?;
        writer.table("[[environment]]");
        writer.string("name", &environment.name);
        writer.string("request-digest", &environment.request_digest);
        writer.string("objective", &environment.objective);
        write_request(&mut writer, &environment.request);
        for platform in &environment.platforms {
            write_platform(&mut writer, platform);
        }
    }
    Ok(writer.out)
}

pub(crate) fn write_request(writer: &mut Writer, request: &LockedRequest) {
    writer.list("channels", &request.channels);
    writer.string("channel-priority", priority(request.channel_priority));
    writer.string("strategy", strategy(request.strategy));
    if let Some(base) = &request.base {
        writer.table("[environment.base]");
        writer.maybe("lock", base.lock.as_deref());
        writer.maybe("spec", base.spec.as_deref());
        writer.string("policy", policy(base.policy));
        writer.maybe("digest", base.digest.as_deref());
    }
    for cutoff in &request.exclude_newer {
        write_cutoff(writer, cutoff);
    }
    for requirement in &request.requirements {
        write_requirement(writer, "environment.requirement", requirement);
    }
    for constraint in &request.constraints {
        write_requirement(writer, "environment.constraint", constraint);
    }
    for o in &request.overrides {
        writer.table("[[environment.override]]");
        writer.string("spec", &o.spec);
        writer.maybe("dependents", o.dependents.as_deref());
        writer.maybe("until", o.until.as_deref());
        write_note(writer, "environment.override", &o.note);
    }
    for edit in &request.dependencies {
        writer.table("[[environment.dependency]]");
        writer.string("kind", kind(edit.kind));
        writer.string("spec", &edit.spec);
        writer.string("dependents", &edit.dependents);
        write_note(writer, "environment.dependency", &edit.note);
    }
    for pip in &request.pip {
        writer.table("[[environment.pip]]");
        writer.string("line", &pip.line);
        write_note(writer, "environment.pip", &pip.note);
    }
}

fn write_cutoff(writer: &mut Writer, cutoff: &LockedCutoff) {
    writer.table("[[environment.exclude-newer]]");
    match &cutoff.scope {
        CutoffScope::All => {}
        CutoffScope::Channel(channel) => writer.string("channel", channel),
        CutoffScope::Package(package) => writer.string("package", package),
    }
    writer.string("asked", &cutoff.asked);
    writer.maybe("cutoff", cutoff.cutoff.map(|at| at.to_string()).as_deref());
}

fn write_requirement(writer: &mut Writer, table: &str, requirement: &LockedRequirement) {
    writer.table(&format!("[[{table}]]"));
    writer.string("spec", &requirement.spec);
    writer.maybe("written", requirement.written.as_deref());
    writer.maybe("group", requirement.group.as_deref());
    writer.list("platforms", &requirement.platforms);
    writer.flag("float", requirement.float);
    if requirement.priority != 0 {
        writer.integer("priority", requirement.priority);
    }
    writer.flag("if-missing", requirement.if_missing);
    writer.flag("expand", requirement.expand);
    write_note(writer, table, &requirement.note);
}

/// An empty note is not written.
fn write_note(writer: &mut Writer, table: &str, note: &LockedNote) {
    if *note == LockedNote::default() {
        return;
    }
    let _ = writeln!(writer.out, "[{table}.note]");
    writer.maybe("from", note.from.as_deref());
    writer.maybe("reason", note.reason.as_deref());
    writer.maybe("ticket", note.ticket.as_deref());
    writer.maybe("owner", note.owner.as_deref());
    writer.maybe("review", note.review.as_deref());
}

fn write_platform(writer: &mut Writer, platform: &LockedPlatform) {
    writer.table("[[environment.platform]]");
    writer.string("name", &platform.name);
    writer.string("subdir", platform.subdir.as_str());
    let assumed: Vec<String> = platform
        .virtual_packages
        .iter()
        .map(ToString::to_string)
        .collect();
    writer.list("virtual-packages", &assumed);
    writer.maybe("explicit-digest", platform.explicit_digest.as_deref());
    for channel in &platform.channels {
        writer.table("[[environment.platform.channel]]");
        writer.string("channel", &channel.channel);
        writer.string("url", &channel.url);
        writer.integer(
            "packages",
            i128::try_from(channel.packages).unwrap_or(i128::MAX),
        );
        writer.string("digest", &channel.digest);
    }
    for applied in &platform.applied_overrides {
        writer.table("[[environment.platform.applied-override]]");
        writer.string("url", &applied.url);
        writer.string("in", list_name(applied.list));
        writer.maybe("original", applied.original.as_deref());
        writer.maybe("replacement", applied.replacement.as_deref());
    }
    for package in &platform.packages {
        let table = "environment.platform.package";
        writer.table(&format!("[[{table}]]"));
        write_record(
            writer,
            table,
            &package.record,
            &package.requested,
            &package.required_by,
        );
    }
}

/// Looks for secrets wherever a URL may stand.
fn refuse_secrets(environment: &LockedEnvironment) -> Result<(), FileError> {
    for package in environment
        .platforms
        .iter()
        .flat_map(|platform| &platform.packages)
    {
        if let Some(found) = secret(&package.record.url) {
            return Err(FileError::Url {
                url: masked(&package.record.url),
                fault: UrlFault::Secret(found),
            });
        }
    }
    let request = &environment.request;
    let channels = environment
        .platforms
        .iter()
        .flat_map(|p| &p.channels)
        .flat_map(|c| [&c.channel, &c.url]);
    let specs = request.requirements.iter().chain(&request.constraints);
    let texts = specs
        .flat_map(|r| [Some(&r.spec), r.written.as_ref()])
        .flatten()
        .chain(
            request
                .overrides
                .iter()
                .flat_map(|o| [Some(&o.spec), o.dependents.as_ref()])
                .flatten(),
        )
        .chain(
            request
                .dependencies
                .iter()
                .flat_map(|e| [&e.spec, &e.dependents]),
        )
        .chain(request.pip.iter().map(|pip| &pip.line))
        .chain(request.base.iter().filter_map(|base| base.lock.as_ref()));
    for (what, text) in request
        .channels
        .iter()
        .chain(channels)
        .map(|t| ("a channel", t))
        .chain(texts.map(|t| ("a line of the request", t)))
    {
        if let Some((shown, found)) = secret_in(text) {
            return Err(FileError::Secret {
                what: format!("{what} (`{shown}`)"),
                secret: found,
            });
        }
    }
    Ok(())
}

/// The first URL with a secret in a text, masked.
fn secret_in(text: &str) -> Option<(String, Secret)> {
    text.split(|c: char| c.is_whitespace() || "[],'\"".contains(c))
        .flat_map(|word| word.split("::"))
        .filter_map(|piece| {
            piece
                .find("http")
                .or_else(|| piece.find("://").map(|_| 0))
                .and_then(|at| piece.get(at..))
        })
        .filter(|piece| piece.contains("://"))
        .filter_map(|piece| Url::parse(piece).ok())
        .find_map(|url| secret(&url).map(|found| (masked(&url), found)))
}

pub(crate) fn priority(priority: ChannelPriority) -> &'static str {
    match priority {
        ChannelPriority::Strict => "strict",
        ChannelPriority::Flexible => "flexible",
        ChannelPriority::Disabled => "disabled",
    }
}

pub(crate) fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Highest => "highest",
        Strategy::Lowest => "lowest",
        Strategy::LowestDirect => "lowest-direct",
    }
}

pub(crate) fn policy(policy: BasePolicy) -> &'static str {
    match policy {
        BasePolicy::Freeze => "freeze",
        BasePolicy::MinimalChange => "minimal-change",
        BasePolicy::Float => "float",
    }
}

pub(crate) fn list_name(list: AppliedIn) -> &'static str {
    match list {
        AppliedIn::Depends => "depends",
        AppliedIn::Constrains => "constrains",
    }
}

pub(crate) fn kind(kind: DependencyEditKind) -> &'static str {
    match kind {
        DependencyEditKind::Add => "add",
        DependencyEditKind::Drop => "drop",
    }
}
