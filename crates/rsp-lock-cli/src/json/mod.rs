//! JSON documents: each names its schema and version. Fields are added, never renamed.

mod import;
mod reports;
pub(crate) mod schema;
mod solve;

pub(crate) use import::import;
pub(crate) use reports::{check, verify};
pub(crate) use solve::solve;

use crate::{exit::ExitStatus, failure::Failure};

/// The text of a document.
pub(crate) fn render(document: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::new(ExitStatus::Bug, format!("cannot write JSON: {error}")))?;
    Ok(text + "\n")
}
