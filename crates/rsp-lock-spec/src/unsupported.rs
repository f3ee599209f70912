//! What a request may say but this version cannot do yet.

use crate::{
    error::{Diagnostic, Severity},
    origin::{Origin, Source},
    request::Request,
};

type Uses = fn(&Request) -> Vec<&Origin>;

/// Keys that are read and mean nothing yet, and where a request uses them.
///
/// A version that gives one of them meaning takes its line out of this list.
const UNSUPPORTED: &[(&str, Uses)] = &[("pip", |r| r.pip.iter().map(|p| &p.origin).collect())];

/// One error for each key of the request that this version gives no meaning to.
///
/// Whoever acts on a request refuses it if there is any: nothing that a person
/// wrote is ignored. `sources` are the texts the request was read from; they
/// serve for showing the lines.
///
/// ```
/// use rsp_lock_spec::{Source, parse_toml, unsupported};
/// let source = Source::new("rsp-lock.toml", "[pip]\nrequirements = [\"argo ==1\"]\n");
/// let request = parse_toml(&source)?.request;
/// let refused = unsupported(&request, &[source]);
/// assert_eq!(refused[0].message, "`pip` is not supported by this version of rsp-lock yet");
/// # Ok::<(), rsp_lock_spec::SpecError>(())
/// ```
pub fn unsupported(request: &Request, sources: &[Source]) -> Vec<Diagnostic> {
    UNSUPPORTED
        .iter()
        .filter_map(|(key, uses)| {
            let uses = uses(request);
            let first = uses.first()?;
            let mut message = format!("`{key}` is not supported by this version of rsp-lock yet");
            if uses.len() > 1 {
                message.extend([" (written ", &uses.len().to_string(), " times)"]);
            }
            let source = sources.iter().find(|source| source.name == first.source);
            Some(Diagnostic {
                severity: Severity::Error,
                message,
                span: source.map(|_| first.span.clone()),
                source: source
                    .cloned()
                    .unwrap_or_else(|| Source::new(first.source.clone(), "")),
                hints: vec![
                    "take it out of the request: `rsp-lock audit pip` says what conda has of it, and locks the rest"
                        .to_owned(),
                ],
            })
        })
        .collect()
}
