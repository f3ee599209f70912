//! JSON schemas of the documents that this program prints.

use serde_json::{Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A document of a name and version 1; `required` are the fields that are always there.
pub(super) fn document(name: &str, properties: &Value, required: &[&str]) -> Value {
    let mut properties = properties.clone();
    if let Some(map) = properties.as_object_mut() {
        map.insert("schema".to_owned(), json!({"const": name}));
        map.insert("version".to_owned(), json!({"const": 1}));
    }
    let mut all = vec!["schema", "version"];
    all.extend(required);
    json!({
        "$schema": DRAFT,
        "title": name,
        "type": "object",
        "properties": properties,
        "required": all,
    })
}

fn finding() -> Value {
    json!({
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "severity": {"enum": ["note", "warning", "error"]},
            "text": {"type": "string"},
        },
        "required": ["kind", "severity", "text"],
    })
}

/// Of `solve --json`.
pub(crate) fn solve() -> Value {
    let text = json!({"type": "string"});
    let maybe_text = json!({"type": ["string", "null"]});
    let number = json!({"type": "integer", "minimum": 0});
    let outcome = json!({"enum": ["solved", "timed-out", "unsolvable", "cancelled", "refuted"]});
    let texts = json!({"type": "array", "items": text});
    let package = json!({
        "type": "object",
        "properties": {
            "name": text, "version": text, "build": text, "build_number": number,
            "channel": maybe_text, "subdir": text, "url": text,
            "sha256": maybe_text, "md5": maybe_text,
            "size": {"type": ["integer", "null"]},
            "depends": texts, "requested": texts,
        },
        "required": ["name", "version", "build", "build_number", "channel", "subdir", "url",
            "sha256", "md5", "size", "depends", "requested"],
    });
    let timings = json!({
        "type": "object",
        "description": "milliseconds of each phase",
        "properties": {"load": number, "solve": number, "verify": number, "explain": number,
            "total": number},
        "required": ["load", "solve", "verify"],
    });
    let environment = json!({
        "type": "object",
        "properties": {
            "name": text, "platform": text, "subdir": text, "outcome": outcome,
            "virtual_packages": texts,
            "packages": {"type": "array", "items": package},
            "conflict": {
                "type": "object",
                "description": "only where there is no solution",
                "properties": {
                    "lines": {"type": "array"},
                    "minimal": {"type": "boolean"},
                    "causes": {"type": "array"},
                },
                "required": ["lines", "minimal", "causes"],
            },
            "base": {"type": "object", "description": "what it is built on, and what of that moved"},
            "expanded": {"type": "array", "description": "metapackages that gave way to their dependencies"},
            "suspicious": {"type": "array", "description": "what nobody may have meant: downgrade, ancient, variant, list"},
            "choices": {"type": "array", "items": super::choice::schema(),
                "description": "with --explain-choice: packages that are not the best there is"},
            "withdrawn": {"type": "array", "items": text,
                "description": "files of the lock that was there before which the channels no longer have"},
            "replaced": {"type": "array", "items": text,
                "description": "files of the lock that was there before which the channels have with another hash"},
            "findings": {"type": "array", "items": finding()},
            "channels": {"type": "array"},
            "timings": timings,
            "lockfile": {
                "type": "object",
                "properties": {"name": text, "digest": text},
                "required": ["name", "digest"],
            },
        },
        "required": ["name", "platform", "outcome", "packages"],
    });
    let per_platform = json!({"type": "object", "additionalProperties": number});
    let moved = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": text, "old": text, "new": text},
            "required": ["name"],
        },
    });
    document(
        "rsp-lock/solve",
        &json!({
            "outcome": outcome,
            "environments": {"type": "array", "items": environment},
            "differences": {
                "type": "array",
                "description": "packages that not every solved platform has in the same version",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": text,
                        "requested": {"type": "boolean"},
                        "versions": {"type": "object", "additionalProperties": maybe_text},
                    },
                    "required": ["name", "requested", "versions"],
                },
            },
            "changes": {
                "type": "array",
                "description": "against the lock that was there before",
                "items": {
                    "type": "object",
                    "properties": {
                        "platform": text, "added": moved, "removed": moved, "changed": moved,
                        "download": number,
                    },
                    "required": ["platform", "added", "removed", "changed", "download"],
                },
            },
            "timings": timings,
            "counts": {
                "type": "object",
                "properties": {
                    "platforms": number, "packages": per_platform, "download": per_platform,
                    "kept": per_platform,
                },
                "required": ["platforms", "packages", "download", "kept"],
            },
            "digest": {"type": "string", "description": "of rsp.lock, where everything is solved"},
        }),
        &[
            "outcome",
            "environments",
            "differences",
            "changes",
            "timings",
            "counts",
        ],
    )
}

/// Of `verify --json`.
pub(crate) fn verify() -> Value {
    let outcome = json!({"enum": ["right", "wrong"]});
    document(
        "rsp-lock/verify",
        &json!({
            "outcome": outcome,
            "file": {"type": "string"},
            "platforms": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "platform": {"type": "string"},
                        "packages": {"type": "integer"},
                        "outcome": outcome,
                        "findings": {"type": "array", "items": finding()},
                    },
                    "required": ["platform", "packages", "outcome", "findings"],
                },
            },
        }),
        &["outcome", "file", "platforms"],
    )
}

/// Of `check --json`.
pub(crate) fn check() -> Value {
    document(
        "rsp-lock/check",
        &json!({
            "outcome": {"enum": ["fits", "stale"]},
            "lock": {"type": "string"},
            "reasons": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"kind": {"type": "string"}, "text": {"type": "string"}},
                    "required": ["kind", "text"],
                },
            },
        }),
        &["outcome", "lock", "reasons"],
    )
}

/// Of `import --json`.
pub(crate) fn import() -> Value {
    let maybe_text = json!({"type": ["string", "null"]});
    let list = json!({"type": "array"});
    document(
        "rsp-lock/import",
        &json!({
            "file": {"type": "string"},
            "environment": maybe_text,
            "platform": maybe_text,
            "channels": list, "conda": list, "specs": list, "pip": list, "findings": list,
        }),
        &["file", "conda", "specs", "pip", "findings"],
    )
}
