//! `import --json`.

use std::{borrow::Cow, path::Path};

use rsp_lock::file::{import::Imported, native::NativeLock};
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
    version: Cow<'a, str>,
    build: Option<&'a str>,
    /// Of a lock of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    /// Of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// The packages of an rsp.lock.
fn locked(lock: &NativeLock) -> impl Iterator<Item = Conda<'_>> {
    let platforms = lock.environments.iter().flat_map(|of| &of.platforms);
    platforms.flat_map(|platform| {
        platform.packages.iter().map(|package| {
            let record = &package.record.package_record;
            Conda {
                name: record.name.as_normalized(),
                version: record.version.as_str(),
                build: Some(record.build.as_str()),
                platform: Some(&platform.name),
                line: None,
            }
        })
    })
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
                version: package.version.as_str().into(),
                build: package.build.as_deref(),
                platform: None,
                line: Some(package.line),
            })
            .chain(imported.native.iter().flat_map(locked))
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
