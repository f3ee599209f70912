//! `why --json`.

use rsp_lock::{Why, prove::Link};
use serde::Serialize;

use super::render;
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    platforms: Vec<Platform<'a>>,
}

#[derive(Serialize)]
struct Platform<'a> {
    #[serde(rename = "platform")]
    on: &'a str,
    name: &'a str,
    version: &'a str,
    build: &'a str,
    asked: bool,
    chains: Vec<Vec<LinkFacts<'a>>>,
    not_in_the_closure_of: &'a [String],
}

#[derive(Serialize)]
struct LinkFacts<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<&'a str>,
}

/// The document of all platforms.
pub(crate) fn why(found: &[(String, Why)]) -> Result<String, Failure> {
    render(&Document {
        schema: "rsp-lock/why",
        version: 1,
        platforms: found
            .iter()
            .map(|(platform, why)| Platform {
                on: platform,
                name: &why.name,
                version: &why.version,
                build: &why.build,
                asked: why.is_asked,
                chains: why
                    .chains
                    .iter()
                    .map(|chain| chain.iter().map(facts).collect())
                    .collect(),
                not_in_the_closure_of: &why.without,
            })
            .collect(),
    })
}

fn facts(link: &Link) -> LinkFacts<'_> {
    LinkFacts {
        name: &link.name,
        version: &link.version,
        spec: link.spec.as_deref(),
    }
}
