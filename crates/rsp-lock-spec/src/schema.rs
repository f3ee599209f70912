//! The JSON Schema of `rsp-lock.toml`, for editors.

use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of `rsp-lock.toml`.
///
/// It describes the form, not the grammar of specs: what it refuses, `parse_toml`
/// refuses too.
///
/// ```
/// let schema = rsp_lock_spec::schema();
/// assert!(schema["properties"]["requirements"].is_object());
/// ```
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/lsst-sqre/rsp-lock/schema/rsp-lock.toml.json",
        "title": "rsp-lock.toml",
        "description": "What an environment must contain, and why",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "environment": environment(),
            "requirements": set("requirement", "What the environment must contain"),
            "groups": groups(),
            "constraints": set("constraint", "What must hold for a package if it is in the environment at all"),
            "overrides": set("override", "Dependencies that are replaced in the records of other packages"),
            "dependencies": dependencies(),
            "base": base(),
            "pip": pip(),
            "mirrors": {
                "description": "URL prefixes and what serves them instead",
                "type": "object",
                "additionalProperties": texts("One URL or several, in order"),
            },
        },
        "$defs": {
            "cutoff": {
                "description": "A day (its end in UTC), an instant, or an age",
                "type": "string",
                "examples": ["2026-09-01", "2026-09-01T12:00:00Z", "14d", "2w", "36h"],
            },
            "narrow-cutoff": {
                "description": "A cutoff of its own; false means none",
                "anyOf": [{ "$ref": "#/$defs/cutoff" }, { "const": false }],
            },
            "requirement": named(requirement_keys()),
            "constraint": named(object([("platforms", platform_names())])),
            "override": named(override_keys()),
            "requirement-in-list": in_list(requirement_keys()),
            "constraint-in-list": in_list(object([("platforms", platform_names())])),
            "override-in-list": in_list(override_keys()),
        },
    })
}

fn environment() -> Value {
    table(
        "What is locked, from where and for which platforms",
        &[],
        [
            (
                "name",
                text("Name of the environment; file names are made from it"),
            ),
            (
                "channels",
                json!({
                    "description": "Channels in priority order, highest first",
                    "type": "array",
                    "items": { "anyOf": [
                        text("A name, a label, a URL or a path"),
                        channel(),
                    ] },
                }),
            ),
            (
                "channel-priority",
                words(
                    "What the order of the channels means",
                    &["strict", "flexible", "disabled"],
                ),
            ),
            (
                "platforms",
                json!({
                    "description": "The platforms to lock for",
                    "type": "array",
                    "items": { "anyOf": [text("A conda subdir such as linux-64"), platform()] },
                }),
            ),
            (
                "strategy",
                words(
                    "Which end of a version range is best",
                    &["highest", "lowest", "lowest-direct"],
                ),
            ),
            ("exclude-newer", exclude_newer()),
        ],
    )
}

fn channel() -> Value {
    let mut channel = table(
        "A channel with settings of its own",
        &[],
        [
            ("name", text("A name such as conda-forge")),
            ("url", text("A URL")),
            ("path", text("A directory, relative to this file")),
            ("exclude-newer", json!({ "$ref": "#/$defs/narrow-cutoff" })),
        ],
    );
    if let Some(object) = channel.as_object_mut() {
        let exactly_one = ["name", "url", "path"].map(|key| json!({ "required": [key] }));
        object.insert("oneOf".to_owned(), json!(exactly_one));
    }
    channel
}

fn platform() -> Value {
    table(
        "A platform with a name or virtual packages of its own",
        &[],
        [
            ("name", text("Name in file names and reports")),
            ("subdir", text("The conda subdir; the name if left out")),
            (
                "virtual-packages",
                json!({ "anyOf": [
                    {
                        "description": "Name and version, or false for what is not offered",
                        "type": "object",
                        "additionalProperties": { "anyOf": [{ "type": "string" }, { "const": false }] },
                    },
                    { "type": "array", "items": text("NAME=VERSION[=BUILD]") },
                ] }),
            ),
        ],
    )
}

fn exclude_newer() -> Value {
    let narrow = json!({
        "type": "object",
        "additionalProperties": { "$ref": "#/$defs/narrow-cutoff" },
    });
    let parts = table(
        "Cutoffs for parts",
        &[],
        [
            ("default", json!({ "$ref": "#/$defs/cutoff" })),
            ("channels", narrow.clone()),
            ("packages", narrow),
        ],
    );
    json!({
        "description": "Records newer than this are not seen",
        "anyOf": [{ "$ref": "#/$defs/cutoff" }, parts],
    })
}

fn groups() -> Value {
    let mut keys = object([
        ("platforms", platform_names()),
        (
            "requirements",
            set("requirement", "The requirements of the group"),
        ),
    ]);
    keys.extend(note());
    json!({
        "description": "Groups of requirements; what a group says holds for each of them",
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "required": ["requirements"],
            "properties": keys,
        },
    })
}

fn dependencies() -> Value {
    let mut keys = object([
        ("dependents", text("The records that are edited, as a spec")),
        ("spec", text("The dependency, as a spec")),
    ]);
    keys.extend(note());
    let edits = json!({
        "type": "array",
        "items": { "anyOf": [
            text("DEPENDENT: DEPENDENCY"),
            {
                "type": "object",
                "additionalProperties": false,
                "required": ["dependents", "spec"],
                "properties": keys,
            },
        ] },
    });
    table(
        "Dependencies added to, or dropped from, the records of other packages",
        &[],
        [("add", edits.clone()), ("drop", edits)],
    )
}

fn base() -> Value {
    let mut base = table(
        "The environment this one is built on",
        &[],
        [
            (
                "lock",
                text("A lockfile or an installed prefix, relative to this file"),
            ),
            ("spec", text("A spec that is solved first")),
            (
                "policy",
                words(
                    "How far the base may move",
                    &["freeze", "minimal-change", "float"],
                ),
            ),
        ],
    );
    if let Some(object) = base.as_object_mut() {
        let exactly_one = ["lock", "spec"].map(|key| json!({ "required": [key] }));
        object.insert("oneOf".to_owned(), json!(exactly_one));
    }
    base
}

fn pip() -> Value {
    let mut keys = object([("requirement", text("The line as pip reads it"))]);
    keys.extend(note());
    table(
        "What stays with pip",
        &[],
        [(
            "requirements",
            json!({
                "type": "array",
                "items": { "anyOf": [
                    text("The line as pip reads it"),
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["requirement"],
                        "properties": keys,
                    },
                ] },
            }),
        )],
    )
}

/// A table of names or a list of specs.
fn set(kind: &str, description: &str) -> Value {
    let entry = json!({ "$ref": format!("#/$defs/{kind}") });
    json!({
        "description": description,
        "anyOf": [
            {
                "type": "object",
                "additionalProperties": { "anyOf": [entry, { "type": "array", "items": entry }] },
            },
            { "type": "array", "items": { "$ref": format!("#/$defs/{kind}-in-list") } },
        ],
    })
}

/// An entry whose name is the key it stands under.
fn named(more: Map<String, Value>) -> Value {
    let mut keys = object([
        ("version", text("Such as >=1.2,<2; any if left out")),
        ("build", text("The build string, with stars")),
        ("channel", text("The channel it must come from")),
        ("extras", texts("Optional parts that the package declares")),
    ]);
    keys.extend(more);
    keys.extend(note());
    json!({ "anyOf": [
        text("A version, or a version and a build"),
        { "type": "object", "additionalProperties": false, "properties": keys },
    ] })
}

/// An entry that names its package itself.
fn in_list(more: Map<String, Value>) -> Value {
    let mut keys = object([("spec", text("A spec such as python 3.13.*"))]);
    keys.extend(more);
    keys.extend(note());
    json!({ "anyOf": [
        text("A spec such as python 3.13.*"),
        {
            "type": "object",
            "additionalProperties": false,
            "required": ["spec"],
            "properties": keys,
        },
    ] })
}

fn requirement_keys() -> Map<String, Value> {
    object([
        ("platforms", platform_names()),
        (
            "float",
            json!({ "description": "May be locked anew without anything else moving", "type": "boolean" }),
        ),
        (
            "priority",
            json!({ "description": "Higher wins when versions compete; 0 if left out", "type": "integer" }),
        ),
        (
            "if-missing",
            json!({ "description": "Only if the base has no package of this name", "type": "boolean" }),
        ),
        (
            "expand",
            json!({ "description": "What it depends on may stand in for it if it cannot be had", "type": "boolean" }),
        ),
    ])
}

fn override_keys() -> Map<String, Value> {
    object([
        (
            "dependents",
            texts("Only in these records, as specs; everywhere if left out"),
        ),
        ("until", text("When it is no longer needed")),
    ])
}

fn note() -> Map<String, Value> {
    object([
        ("reason", text("Why the line is there")),
        ("ticket", text("A ticket such as DM-1234")),
        ("owner", text("Who answers for it")),
        ("review", text("The day to look at it again")),
    ])
}

fn platform_names() -> Value {
    texts("Names of platforms, subdirs, or selectors such as linux or not win; all if left out")
}

fn table<const N: usize>(description: &str, required: &[&str], keys: [(&str, Value); N]) -> Value {
    json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": object(keys),
    })
}

fn object<const N: usize>(keys: [(&str, Value); N]) -> Map<String, Value> {
    keys.into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn texts(description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ],
    })
}

fn words(description: &str, words: &[&str]) -> Value {
    json!({ "description": description, "enum": words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toml::keys;

    fn names(object: &Value) -> Vec<String> {
        let mut names: Vec<String> = object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        names.sort();
        names
    }

    #[track_caller]
    fn same(object: &Value, known: &[&[&str]]) {
        let mut known: Vec<String> = known.concat().iter().map(|k| (*k).to_owned()).collect();
        known.sort();
        assert_eq!(names(object), known);
    }

    #[test]
    fn the_schema_knows_the_keys_that_the_reader_knows() {
        let schema = schema();
        let part = |key: &str| schema["properties"][key].clone();
        same(&schema, &[keys::ROOT]);
        let environment = part("environment");
        same(&environment, &[keys::ENVIRONMENT]);
        let of = |key: &str| environment["properties"][key].clone();
        same(&of("channels")["items"]["anyOf"][1], &[keys::CHANNEL]);
        same(&of("platforms")["items"]["anyOf"][1], &[keys::PLATFORM]);
        same(&of("exclude-newer")["anyOf"][1], &[keys::EXCLUDE_NEWER]);
        same(
            &part("groups")["additionalProperties"],
            &[keys::GROUP, keys::NOTE],
        );
        same(&part("dependencies"), &[keys::DEPENDENCIES]);
        same(
            &part("dependencies")["properties"]["add"]["items"]["anyOf"][1],
            &[keys::EDIT, keys::NOTE],
        );
        same(&part("base"), &[keys::BASE]);
        same(&part("pip"), &[keys::PIP]);
        same(
            &part("pip")["properties"]["requirements"]["items"]["anyOf"][1],
            &[keys::PIP_ENTRY, keys::NOTE],
        );
        for (kind, more) in [
            ("requirement", keys::REQUIREMENT),
            ("constraint", keys::CONSTRAINT),
            ("override", keys::OVERRIDE),
        ] {
            let of = |name: &str| schema["$defs"][name]["anyOf"][1].clone();
            same(&of(kind), &[keys::SPEC, more, keys::NOTE]);
            same(
                &of(&format!("{kind}-in-list")),
                &[&["spec"], more, keys::NOTE],
            );
        }
    }
}
