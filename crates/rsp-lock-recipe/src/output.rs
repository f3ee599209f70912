//! From the lines of a requirements section to what a package requires.

use std::{collections::BTreeMap, str::FromStr};

use rattler_build_types::{Pin, PinArgs, PinBound};
use rattler_conda_types::{PackageName, Subdir, VersionWithSource};
use rsp_lock_spec::{Diagnostic, Note, Origin, Severity, Source, SpecError, parse_spec_text};

use crate::{
    model::{Dependency, Output},
    pin::{self, Line},
    python::Python,
    spec_text::normalise,
    variants::{PinRunAsBuild, Variant},
};

/// A line as a reader found it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) line: Line,
    pub(crate) origin: Origin,
    pub(crate) note: Note,
}

/// An output as a reader found it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) number: u64,
    pub(crate) build: Option<String>,
    /// `generic` or `python`.
    pub(crate) noarch: Option<String>,
    pub(crate) host: Vec<Written>,
    pub(crate) run: Vec<Written>,
    pub(crate) constraints: Vec<Written>,
    pub(crate) origin: Origin,
}

/// What all outputs of a recipe share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) source: &'a Source,
    pub(crate) platform: Subdir,
    pub(crate) variant: &'a Variant,
    pub(crate) pins: &'a BTreeMap<String, PinRunAsBuild>,
}

impl Setting<'_> {
    fn error(&self, origin: &Origin, message: impl Into<String>, hints: Vec<String>) -> SpecError {
        SpecError::Invalid {
            diagnostics: vec![Diagnostic {
                severity: Severity::Error,
                message: message.into(),
                source: self.source.clone(),
                span: Some(origin.span.clone()),
                hints,
            }],
        }
    }
}

/// Finishes the outputs of a recipe; pins between them need all of them.
pub(crate) fn finish(
    setting: Setting<'_>,
    drafts: &[Draft],
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<Output>, SpecError> {
    let mut heads = Vec::new();
    for draft in drafts {
        heads.push(head(setting, draft)?);
    }
    let mut outputs: Vec<Output> = Vec::new();
    for (draft, head) in drafts.iter().zip(&heads) {
        let mut depends = Vec::new();
        for written in &draft.run {
            depends.push(dependency(setting, draft, written, &heads, warnings)?);
        }
        if let Some(python) = python_of(setting, draft) {
            let text = python.abi();
            let origin = draft
                .host
                .iter()
                .find(|written| name_of(&written.line) == Some("python"))
                .map_or(&draft.origin, |written| &written.origin);
            let reason = "python exports it to what is built with it";
            let note = Note {
                reason: Some(reason.to_owned()),
                ..Note::default()
            };
            depends.push(spec(setting, &text, origin, note, false)?);
        }
        let mut constrains = Vec::new();
        for written in &draft.constraints {
            constrains.push(dependency(setting, draft, written, &heads, warnings)?);
        }
        outputs.push(Output {
            depends: sorted(depends),
            constrains: sorted(constrains),
            ..head.clone()
        });
    }
    Ok(outputs)
}

/// An output without its lines.
fn head(setting: Setting<'_>, draft: &Draft) -> Result<Output, SpecError> {
    let at = &draft.origin;
    let name = PackageName::from_str(&draft.name).map_err(|_| {
        let message = format!("`{}` is no name of a package", draft.name);
        setting.error(at, message, Vec::new())
    })?;
    let version = VersionWithSource::from_str(&draft.version).map_err(|_| {
        let message = format!("`{}` is no version", draft.version);
        setting.error(at, message, Vec::new())
    })?;
    let build = draft.build.clone().unwrap_or_else(|| {
        let prefix = match (&draft.noarch, python_of(setting, draft)) {
            (Some(kind), _) if kind == "python" => "py".to_owned(),
            (_, Some(python)) => python.build_prefix(),
            _ => String::new(),
        };
        format!("{prefix}h0000000_{}", draft.number)
    });
    Ok(Output {
        name,
        version,
        build,
        build_number: draft.number,
        subdir: match draft.noarch {
            Some(_) => Subdir::NoArch,
            None => setting.platform,
        },
        depends: Vec::new(),
        constrains: Vec::new(),
        origin: draft.origin.clone(),
    })
}

/// The python an output is built with: it is in its host section, and the variant says which.
fn python_of(setting: Setting<'_>, draft: &Draft) -> Option<Python> {
    if draft.noarch.is_some() {
        return None;
    }
    let in_host = |written: &&Written| name_of(&written.line) == Some("python");
    draft.host.iter().find(in_host)?;
    Python::read(setting.variant.get("python")?)
}

fn name_of(line: &Line) -> Option<&str> {
    match line {
        Line::Spec(text) => text
            .split(|c: char| c.is_whitespace() || "<>=!~".contains(c))
            .next(),
        Line::Subpackage(pin) | Line::Compatible(pin) => Some(pin.name.as_normalized()),
    }
}

fn dependency(
    setting: Setting<'_>,
    draft: &Draft,
    written: &Written,
    heads: &[Output],
    warnings: &mut Vec<Diagnostic>,
) -> Result<Dependency, SpecError> {
    let at = &written.origin;
    let fail = |problem: String| setting.error(at, problem, Vec::new());
    let note = written.note.clone();
    match &written.line {
        Line::Spec(text) => {
            let text = run_as_build(setting, draft, text).map_err(fail)?;
            spec(setting, &normalise(&text), at, note, false)
        }
        Line::Subpackage(pin) => {
            let Some(head) = heads.iter().find(|head| head.name == pin.name) else {
                let message = format!(
                    "the recipe has no output `{}` to pin",
                    pin.name.as_normalized()
                );
                return Err(fail(message));
            };
            let text = pin::apply(pin, &head.version, &head.build).map_err(fail)?;
            spec(setting, &text, at, note, pin.args.exact)
        }
        Line::Compatible(pin) => {
            let key = pin.name.as_normalized().replace(['-', '.'], "_");
            let Some(value) = setting.variant.get(&key) else {
                let message = format!(
                    "`pin_compatible` on `{}` cannot be known before the build",
                    pin.name.as_normalized()
                );
                let hint = format!("say its version in a variant file, under the key `{key}`");
                return Err(setting.error(at, message, vec![hint]));
            };
            let version = value.split_whitespace().next().unwrap_or_default();
            let text = VersionWithSource::from_str(version.trim_end_matches(".*"))
                .map_err(|error| error.to_string())
                .and_then(|version| pin::apply(pin, &version, "*"))
                .map_err(fail)?;
            warnings.push(Diagnostic {
                severity: Severity::Warning,
                message: format!(
                    "`pin_compatible` on `{}` is taken from the variant's {version}; the build \
                     takes it from the version in its host environment",
                    pin.name.as_normalized()
                ),
                source: setting.source.clone(),
                span: Some(at.span.clone()),
                hints: Vec::new(),
            });
            spec(setting, &text, at, note, false)
        }
    }
}

/// A bare name in the run section, pinned to the variant it is built with.
fn run_as_build(setting: Setting<'_>, draft: &Draft, text: &str) -> Result<String, String> {
    let name = text.trim();
    let default = PinRunAsBuild {
        min: Some("x.x".to_owned()),
        max: Some("x.x".to_owned()),
    };
    let pins = match setting.pins.get(name) {
        Some(pins) => pins,
        None if name == "python" && setting.pins.is_empty() => &default,
        None => return Ok(text.to_owned()),
    };
    let in_host = draft
        .host
        .iter()
        .any(|written| name_of(&written.line) == Some(name));
    let key = name.replace(['-', '.'], "_");
    let Some(version) = setting.variant.get(&key).filter(|_| in_host) else {
        return Ok(text.to_owned());
    };
    let version = version.split_whitespace().next().unwrap_or_default();
    let version = VersionWithSource::from_str(version.trim_end_matches(".*"))
        .map_err(|error| format!("the variant of `{name}` is no version: {error}"))?;
    let bound = |text: &Option<String>| {
        text.as_deref()
            .map(PinBound::from_str)
            .transpose()
            .map_err(|error| format!("`pin_run_as_build` of `{name}`: {error}"))
    };
    let pin = Pin {
        name: PackageName::from_str(name).map_err(|error| error.to_string())?,
        args: PinArgs {
            lower_bound: bound(&pins.min)?,
            upper_bound: bound(&pins.max)?,
            exact: false,
            build: None,
        },
    };
    pin::apply(&pin, &version, "*")
}

fn spec(
    setting: Setting<'_>,
    text: &str,
    origin: &Origin,
    note: Note,
    exact_pin: bool,
) -> Result<Dependency, SpecError> {
    let parsed =
        parse_spec_text(text).map_err(|bad| setting.error(origin, bad.to_string(), bad.hints))?;
    Ok(Dependency {
        text: text.to_owned(),
        spec: parsed.spec,
        origin: origin.clone(),
        note,
        exact_pin,
    })
}

/// Sorted by text; of equal lines the first with a reason stays.
fn sorted(mut lines: Vec<Dependency>) -> Vec<Dependency> {
    lines.sort_by(|a, b| {
        let bare = |line: &Dependency| line.note == Note::default();
        a.text.cmp(&b.text).then(bare(a).cmp(&bare(b)))
    });
    lines.dedup_by(|b, a| a.text == b.text);
    lines
}
