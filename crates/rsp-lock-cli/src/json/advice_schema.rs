//! JSON schemas of what `advise`, `audit`, `classify`, `overrides` and `why` print.

use serde_json::{Value, json};

use super::schema::document;

/// An object that always has all of its fields.
fn object(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties, "required": keys(properties)})
}

fn keys(properties: &Value) -> Vec<&str> {
    let map = properties.as_object().into_iter().flatten();
    map.map(|(key, _)| key.as_str()).collect()
}

/// A document that always has all of its fields.
fn complete(name: &str, properties: &Value) -> Value {
    document(name, properties, &keys(properties))
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

fn number() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn maybe_number() -> Value {
    json!({"type": ["integer", "null"], "minimum": 0})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn maybe_flag() -> Value {
    json!({"type": ["boolean", "null"]})
}

/// Of `classify --json`.
pub(crate) fn classify() -> Value {
    let bump = json!({"enum": ["none", "build", "patch", "minor", "major"]});
    let change = object(&json!({
        "output": text(), "package": text(), "bump": bump, "by_policy": flag(), "what": text(),
        "old": text(), "new": text(), "origin": maybe_text(), "reason": maybe_text(),
        "ticket": maybe_text(),
    }));
    complete(
        "rsp-lock/classify",
        &json!({
            "platform": text(),
            "bump": bump,
            "published": {"enum": ["none", "build", "patch", "minor", "major", null]},
            "changes": list(&change),
        }),
    )
}

fn line_kind() -> Value {
    json!({"enum": ["override", "constraint", "edit", "pin"]})
}

fn change_kind() -> Value {
    json!({"enum": ["added", "removed", "up", "down", "variant", "build", "channel"]})
}

/// Of `overrides --json`.
pub(crate) fn overrides() -> Value {
    let change = object(&json!({
        "name": text(), "kind": change_kind(), "with": maybe_text(), "without": maybe_text(),
        "growth": {"type": ["integer", "null"]},
    }));
    let line = object(&json!({
        "kind": line_kind(), "name": text(), "text": text(), "source": text(), "line": number(),
        "reason": maybe_text(), "ticket": maybe_text(), "owner": maybe_text(),
        "review": maybe_text(), "until": maybe_text(),
        "verdict": {"enum": [
            "needed", "idle", "changes", "matches-nothing", "excludes-nothing", "unknown",
        ]},
        "why": maybe_text(), "changes": list(&change), "since": maybe_text(),
        "goes_with": list(&text()), "due": flag(), "can_go": flag(),
    }));
    let properties = json!({
        "platform": text(), "unsolvable": text(), "lines": list(&line),
    });
    let platform = json!({
        "type": "object", "properties": properties, "required": ["platform", "lines"],
    });
    complete("rsp-lock/overrides", &json!({"platforms": list(&platform)}))
}

/// Of `overrides --across --json`.
pub(crate) fn across() -> Value {
    let change = object(&json!({
        "name": text(), "kind": change_kind(), "old": maybe_text(), "new": maybe_text(),
        "growth": {"type": ["integer", "null"]},
    }));
    let line = object(&json!({
        "kind": line_kind(), "name": text(), "text": text(), "lock": text(), "platform": text(),
        "verdict": {"enum": ["satisfied", "changes", "conflict", "no-such-package", "unknown"]},
        "why": maybe_text(), "changes": list(&change),
    }));
    complete("rsp-lock/across", &json!({"lines": list(&line)}))
}

/// Of `why --json`.
pub(crate) fn why() -> Value {
    let properties = json!({"name": text(), "version": text(), "spec": text()});
    let link = json!({
        "type": "object", "properties": properties, "required": ["name", "version"],
    });
    let platform = object(&json!({
        "platform": text(), "name": text(), "version": text(), "build": text(), "asked": flag(),
        "chains": list(&list(&link)), "not_in_the_closure_of": list(&text()),
    }));
    complete("rsp-lock/why", &json!({"platforms": list(&platform)}))
}

/// Of `audit pip --json`.
pub(crate) fn audit_pip() -> Value {
    let line = object(&json!({
        "text": text(), "name": maybe_text(),
        "class": {"enum": ["provided", "same-name", "other-name", "pip-only", "git", "elsewhere"]},
        "conda": maybe_text(), "conda_version": maybe_text(), "fits": maybe_flag(),
        "adds": maybe_text(), "conflict": maybe_text(),
    }));
    complete(
        "rsp-lock/audit-pip",
        &json!({"file": text(), "lines": list(&line)}),
    )
}

/// Of `audit user --json`.
pub(crate) fn audit_user() -> Value {
    let broken = object(&json!({"dependent": text(), "requirement": text()}));
    let shadow = object(&json!({
        "name": text(), "version": text(), "conda": text(), "conda_version": text(),
        "relation": {"enum": ["older", "same", "newer", null]},
        "breaks": list(&broken), "fine_with_old": maybe_flag(),
    }));
    complete(
        "rsp-lock/audit-user",
        &json!({
            "shadows": list(&shadow), "additions": list(&text()), "remove": list(&text()),
        }),
    )
}

fn mismatches() -> Value {
    list(&object(&json!({
        "first": text(), "first_version": maybe_text(),
        "second": text(), "second_version": maybe_text(),
        "rule": {"enum": ["major", "minor", "version"]},
    })))
}

/// Of `advise pairs --json`.
pub(crate) fn pairs() -> Value {
    complete(
        "rsp-lock/pairs",
        &json!({"pairs": number(), "mismatches": mismatches()}),
    )
}

/// Of `advise two-envs --json`.
pub(crate) fn two_envs() -> Value {
    let part = json!({"packages": number(), "bytes": number()});
    let maybe_part = json!({
        "type": ["object", "null"], "properties": part, "required": keys(&part),
    });
    let plan = object(&json!({
        "plan": {"enum": ["clone", "fresh"]}, "solved": flag(), "conflict": maybe_text(),
        "shared": maybe_part, "own": maybe_part,
        "added_linked": maybe_number(), "added_copied": maybe_number(),
        "copied_permille_of_image": maybe_number(),
        "without_size": list(&text()), "left_out": list(&text()), "mismatches": mismatches(),
    }));
    complete(
        "rsp-lock/two-envs",
        &json!({"stack": object(&part), "plans": list(&plan)}),
    )
}

/// Of `advise aging --json`.
pub(crate) fn aging() -> Value {
    let aged = object(&json!({
        "name": text(), "file": text(),
        "fate": {"enum": ["other-bytes", "removed", "gone", "patched"]},
        "text": text(), "replacement": maybe_text(),
    }));
    let platform = object(&json!({
        "platform": text(), "packages": number(), "aged": list(&aged),
        "removed": list(&text()), "without_timestamp": number(),
    }));
    complete(
        "rsp-lock/aging",
        &json!({"file": text(), "platforms": list(&platform)}),
    )
}

/// Of `advise as-of --json`.
pub(crate) fn as_of() -> Value {
    let differs = object(&json!({"name": text(), "was": text(), "is": maybe_text()}));
    let unknown = object(&json!({
        "removed": list(&text()), "without_timestamp": number(),
        "patched": {"type": ["array", "null"], "items": text()},
    }));
    complete(
        "rsp-lock/as-of",
        &json!({
            "was": text(), "cutoffs": list(&text()), "solved": flag(), "conflict": maybe_text(),
            "same": number(), "differs": list(&differs), "new": list(&text()),
            "missing": list(&text()), "unknown": unknown,
        }),
    )
}

/// Of `advise drift --json`.
pub(crate) fn drift() -> Value {
    let change = object(&json!({
        "name": text(), "old": maybe_text(), "new": maybe_text(),
        "cause": {"enum": ["gone", "new-upload", "follows"]},
    }));
    let platform = object(&json!({
        "platform": text(), "conflict": maybe_text(), "changes": list(&change),
    }));
    complete("rsp-lock/drift", &json!({"platforms": list(&platform)}))
}

/// Of `advise lines --json`.
pub(crate) fn lines() -> Value {
    let change = object(&json!({"name": text(), "old": maybe_text(), "new": maybe_text()}));
    let line = object(&json!({
        "platform": text(), "line": text(), "record": text(),
        "effect": {"enum": ["absent", "satisfied", "changes", "conflict", "unsolvable"]},
        "has": maybe_text(), "changes": list(&change), "conflict": maybe_text(),
    }));
    complete(
        "rsp-lock/lines",
        &json!({"of": text(), "pin": text(), "lines": list(&line)}),
    )
}

/// Of `advise modernisation --json`.
pub(crate) fn modernisation() -> Value {
    let tag = object(&json!({
        "tag": text(), "plan": {"enum": ["no-release", "done", "not"]}, "purgeable": flag(),
        "stack": maybe_text(), "kept": maybe_number(), "added": list(&text()),
        "why": maybe_text(),
    }));
    complete("rsp-lock/modernisation", &json!({"tags": list(&tag)}))
}
