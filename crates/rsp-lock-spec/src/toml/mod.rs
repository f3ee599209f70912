//! `rsp-lock.toml`, the whole of it; the form is shown at [`parse_toml`].

mod document;
mod entry;
pub(crate) mod environment;
pub(crate) mod keys;
mod note;
mod requirements;
mod rest;
mod rules;

use crate::{
    error::SpecError,
    findings::{Findings, Parsed},
    node::{Entry, check_keys, get},
    origin::Source,
    request::Request,
};

/// Reads an `rsp-lock.toml`. Every error in it is reported, not only the first.
///
/// ```toml
/// [environment]
/// name = "rsp"
/// channels = ["conda-forge", { path = "../channel", exclude-newer = "14d" }]
/// channel-priority = "strict"          # or flexible, disabled
/// strategy = "highest"                 # or lowest, lowest-direct
/// platforms = [
///     "linux-64",
///     { name = "old-linux", subdir = "linux-64", virtual-packages = { glibc = "2.17", cuda = false } },
/// ]
/// exclude-newer = "2026-09-01"         # or an age, or { default, channels, packages }
///
/// [requirements]                       # name = version, version and build, or a table
/// python = "3.13.*"
/// libblas = "* *openblas"
/// "rubin.citsci" = ">=0.9.2"
/// pyvo = { version = ">=1.6", reason = "TAP uploads", ticket = "DM-1234", owner = "sqre",
///          review = 2026-12-01, platforms = ["linux"], priority = 1 }
/// lsst-rsp = { version = "*", float = true, if-missing = true }
/// rubin-env-rsp = { version = "==13.1.0", expand = true }   # its dependencies may stand in for it
///
/// [groups.ui]                          # a group says things for all of its requirements
/// reason = "what the portal needs"
/// [groups.ui.requirements]
/// jupyterlab = ">=4,<5"
///
/// [constraints]                        # only if it is in the environment at all
/// numpy = "<2.5"
///
/// [overrides]                          # dependencies replaced in the records of others
/// dask = "2020.12"
/// dask-core = { version = "*", dependents = "rubin-env-rsp >=13", until = "dask-kubernetes >2021" }
/// "rubin-env-rsp >=13: distributed" = "*"
///
/// [dependencies]                       # dependencies added to, or dropped from, others
/// add = ["ipympl: ipython_genutils"]
/// drop = [{ dependents = "rubin-env-rsp", spec = "qt6-main", reason = "no display" }]
///
/// [base]                               # the environment this one builds on
/// lock = "stack.lock.txt"              # or spec = "rubin-env ==13.1.0"
/// policy = "freeze"                    # or minimal-change, float
///
/// [pip]                                # what stays with pip
/// requirements = ["socketio-client ==0.7.2"]
///
/// [mirrors]                            # what serves a URL prefix instead
/// "https://conda.anaconda.org/" = ["https://mirror.example.org/"]
/// ```
///
/// `requirements`, `constraints` and `overrides` may each be a list of strings or
/// of tables with a `spec` instead: `requirements = ["python 3.13.*", { spec =
/// "numpy", reason = "…" }]`. A name may have a list of entries, each for platforms
/// of its own.
///
/// A version without an operator means it and all below it (`"2020.12"` is
/// `=2020.12`, 2020.12.*); `"==2020.12"` is exact.
///
/// ```
/// use rsp_lock_spec::{Source, parse_toml};
/// let text = "[environment]\nchanels = [\"conda-forge\"]\n";
/// let error = parse_toml(&Source::new("rsp-lock.toml", text)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "rsp-lock.toml:2: unknown key `chanels` in `[environment]`"
/// );
/// assert_eq!(error.diagnostics()[0].hints[0], "did you mean `channels`?");
/// ```
pub fn parse_toml(source: &Source) -> Result<Parsed, SpecError> {
    let mut findings = Findings::new(source);
    let mut request = Request::default();
    if let Some(entries) = document::read(&mut findings, &source.text) {
        read(&mut findings, &entries, &mut request);
    }
    findings.finish(request)
}

fn read(findings: &mut Findings<'_>, entries: &[Entry], request: &mut Request) {
    check_keys(findings, entries, keys::ROOT, "the top level");
    if let Some(node) = get(entries, "environment") {
        environment::read(findings, node, request);
    }
    if let Some(node) = get(entries, "requirements") {
        request.requirements = requirements::requirements(findings, node, &request.platforms);
    }
    if let Some(node) = get(entries, "groups") {
        let grouped = requirements::groups(findings, node, &request.platforms);
        request.requirements.extend(grouped);
    }
    if let Some(node) = get(entries, "constraints") {
        request.constraints = requirements::constraints(findings, node, &request.platforms);
    }
    if let Some(node) = get(entries, "overrides") {
        request.overrides = rules::overrides(findings, node);
    }
    if let Some(node) = get(entries, "dependencies") {
        request.dependencies = rules::dependencies(findings, node);
    }
    if let Some(node) = get(entries, "base") {
        request.base = rest::base(findings, node);
    }
    if let Some(node) = get(entries, "pip") {
        request.pip = rest::pip(findings, node);
    }
    if let Some(node) = get(entries, "mirrors") {
        document_place(findings, entries, "mirrors", "mirrors", request);
        request.mirrors = rest::mirrors(findings, node);
    }
}

/// Notes where a setting was written.
fn document_place(
    findings: &Findings<'_>,
    entries: &[Entry],
    key: &str,
    path: &str,
    request: &mut Request,
) {
    if let Some(entry) = entries.iter().find(|entry| entry.key == key) {
        let place = findings.origin(&entry.key_span);
        request.places.insert(path.to_owned(), place);
    }
}
