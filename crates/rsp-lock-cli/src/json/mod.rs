//! JSON documents: each names its schema and version. Fields are added, never renamed.

pub(crate) mod advice_schema;
mod base;
mod choice;
mod import;
mod overrides;
mod reports;
pub(crate) mod schema;
mod solve;
mod why;

pub(crate) use import::import;
pub(crate) use overrides::{across, overrides};
pub(crate) use reports::{check, verify};
pub(crate) use solve::solve;
pub(crate) use why::why;

use crate::{exit::ExitStatus, failure::Failure};

/// The text of a document.
pub(crate) fn render(document: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::new(ExitStatus::Bug, format!("cannot write JSON: {error}")))?;
    Ok(text + "\n")
}
