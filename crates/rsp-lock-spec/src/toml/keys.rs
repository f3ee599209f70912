//! The keys of every table of `rsp-lock.toml`; the JSON Schema is tested against them.

pub(crate) const ROOT: &[&str] = &[
    "environment",
    "requirements",
    "groups",
    "constraints",
    "overrides",
    "dependencies",
    "base",
    "pip",
    "mirrors",
];
pub(crate) const ENVIRONMENT: &[&str] = &[
    "name",
    "channels",
    "channel-priority",
    "platforms",
    "strategy",
    "exclude-newer",
];
pub(crate) const CHANNEL: &[&str] = &["name", "url", "path", "exclude-newer"];
pub(crate) const PLATFORM: &[&str] = &["name", "subdir", "virtual-packages"];
pub(crate) const EXCLUDE_NEWER: &[&str] = &["default", "channels", "packages"];
/// Keys that say why a line is there.
pub(crate) const NOTE: &[&str] = &["reason", "ticket", "owner", "review"];
/// Keys that make a spec, where the name is the table's key.
pub(crate) const SPEC: &[&str] = &["version", "build", "channel", "extras"];
/// Keys of a requirement besides those of [`SPEC`] and [`NOTE`].
pub(crate) const REQUIREMENT: &[&str] = &["platforms", "float", "priority", "if-missing", "expand"];
/// Keys of a constraint besides those of [`SPEC`] and [`NOTE`].
pub(crate) const CONSTRAINT: &[&str] = &["platforms"];
/// Keys of a group besides those of [`NOTE`].
pub(crate) const GROUP: &[&str] = &["platforms", "requirements"];
/// Keys of an override besides those of [`SPEC`] and [`NOTE`].
pub(crate) const OVERRIDE: &[&str] = &["dependents", "until"];
pub(crate) const DEPENDENCIES: &[&str] = &["add", "drop"];
/// Keys of a dependency edit besides those of [`NOTE`].
pub(crate) const EDIT: &[&str] = &["dependents", "spec"];
pub(crate) const BASE: &[&str] = &["lock", "spec", "policy"];
pub(crate) const PIP: &[&str] = &["requirements"];
/// Keys of a pip requirement besides those of [`NOTE`].
pub(crate) const PIP_ENTRY: &[&str] = &["requirement"];
