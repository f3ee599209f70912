//! `import --json`.

use std::path::Path;

use rsp_lock::file::import::Imported;
use serde::Serialize;

use super::render;
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    file: String,
    environment: Option<&'a str>,
    platform: Option<&'a str>,
    channels: &'a [String],
    conda: Vec<Conda<'a>>,
    specs: Vec<&'a str>,
    pip: Vec<Pip<'a>>,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Conda<'a> {
    name: &'a str,
    version: &'a str,
    build: Option<&'a str>,
    line: usize,
}

#[derive(Serialize)]
struct Pip<'a> {
    name: &'a str,
    version: Option<&'a str>,
    location: Option<&'a str>,
    from_conda: bool,
    line: usize,
}

#[derive(Serialize)]
struct Finding {
    line: usize,
    text: String,
    is_loss: bool,
}

/// The document of a list or lockfile that another tool wrote.
pub(crate) fn import(file: &Path, imported: &Imported) -> Result<String, Failure> {
    render(&Document {
        schema: "rsp-lock/import",
        version: 1,
        file: file.display().to_string(),
        environment: imported.environment.as_deref(),
        platform: imported.platform.as_ref().map(|platform| platform.as_str()),
        channels: &imported.channels,
        conda: imported
            .conda
            .iter()
            .map(|package| Conda {
                name: &package.name,
                version: &package.version,
                build: package.build.as_deref(),
                line: package.line,
            })
            .collect(),
        specs: imported
            .specs
            .iter()
            .map(|spec| spec.text.as_str())
            .collect(),
        pip: imported
            .pip
            .iter()
            .map(|package| Pip {
                name: &package.name,
                version: package.version.as_deref(),
                location: package.location.as_deref(),
                from_conda: package.from_conda,
                line: package.line,
            })
            .collect(),
        findings: imported
            .findings
            .iter()
            .map(|finding| Finding {
                line: finding.line,
                text: finding.what.to_string(),
                is_loss: finding.what.is_loss(),
            })
            .collect(),
    })
}
