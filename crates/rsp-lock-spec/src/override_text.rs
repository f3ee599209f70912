//! Overrides in one line: `dask=2020.12`, `rubin-env-rsp >=13: dask-core *`.

use crate::{
    error::{Diagnostic, Severity, SpecError},
    origin::{Origin, Source},
    request::{Note, Override},
    spec::{BadSpec, parse_spec_text},
};

impl Override {
    /// An override as typed on a command line: a spec, or a record set, a colon and a spec.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        Self::read(text, Origin::command_line()).map_err(|bad| SpecError::Invalid {
            diagnostics: vec![Diagnostic {
                severity: Severity::Error,
                message: bad.to_string(),
                source: Source::new("command line", text),
                span: None,
                hints: bad.hints,
            }],
        })
    }

    /// [`Override::parse`] with the place it was written.
    pub fn read(text: &str, origin: Origin) -> Result<Self, BadSpec> {
        let (dependents, spec) = match split(text) {
            Some((dependents, spec)) => (Some(parse_spec_text(dependents)?.spec), spec),
            None => (None, text),
        };
        let spec = parse_spec_text(spec)?.spec;
        Ok(Self {
            dependents,
            spec,
            text: text.trim().to_owned(),
            origin,
            note: Note::default(),
            until: None,
        })
    }
}

/// The colon between a record set and a spec; `::` belongs to a channel, `:` in brackets to a value.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                let neighbour = |i: Option<usize>| i.and_then(|i| bytes.get(i)).copied();
                let doubled = neighbour(at.checked_sub(1)) == Some(b':')
                    || neighbour(Some(at + 1)) == Some(b':');
                let url = text.get(at..).is_some_and(|rest| rest.starts_with("://"));
                if !doubled && !url {
                    return Some((text.get(..at)?, text.get(at + 1..)?));
                }
            }
            _ => {}
        }
    }
    None
}
