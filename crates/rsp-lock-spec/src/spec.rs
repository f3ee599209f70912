//! One line that names a package: what people type, and what records say.

use rattler_conda_types::{
    MatchSpec, MatchSpecCondition, PackageName, ParseMatchSpecOptions, RepodataRevision,
};

use crate::{
    error::{Diagnostic, Severity, SpecError},
    origin::{Origin, Source},
    request::{Note, Requirement},
    size::too_large,
};

/// A spec that was read, with what deserves a second look.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedSpec {
    /// The spec; its name is exact.
    pub spec: MatchSpec,
    /// Sentences about parts that say nothing or less than they seem to.
    pub warnings: Vec<String>,
}

/// A spec that cannot be used: what is wrong and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a usable spec: {problem}")]
pub struct BadSpec {
    /// The spec as it was written.
    pub text: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub hints: Vec<String>,
}

/// Reads a spec that a person wrote: strictly, so that a slip is not taken for a choice.
///
/// `name version build` and `name=version=build`, the forms of `conda list`, mean
/// exactly that version and build.
pub fn parse_spec_text(text: &str) -> Result<ParsedSpec, BadSpec> {
    let bad = |problem: String, hints: Vec<String>| BadSpec {
        text: text.to_owned(),
        problem,
        hints,
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(bad("it is empty".to_owned(), Vec::new()));
    }
    if trimmed.contains('#') && !trimmed.contains("://") {
        return Err(bad(
            "a comment is not part of a spec".to_owned(),
            vec!["leave out what follows the `#`".to_owned()],
        ));
    }
    if trimmed.contains(['\n', '\r', '\0']) {
        return Err(bad("it has more than one line".to_owned(), Vec::new()));
    }
    if let Some(problem) = too_large(trimmed) {
        return Err(bad(problem.to_owned(), Vec::new()));
    }
    if let Some((name, extra)) = pip_extra(trimmed) {
        let list = if extra.contains(',') {
            format!("[{extra}]")
        } else {
            extra.to_owned()
        };
        return Err(bad(
            "conda specs do not take pip extras in brackets".to_owned(),
            vec![
                format!("write `{name}` alone: conda packages rarely have extras"),
                format!("write `{name}[extras={list}]` if the conda package declares them"),
            ],
        ));
    }
    let strict = ParseMatchSpecOptions::strict().with_repodata_revision(RepodataRevision::V3);
    let spec = match MatchSpec::from_str(trimmed, strict) {
        Ok(spec) => spec,
        Err(error) => starred_pair(trimmed)
            .or_else(|| exact_triple(trimmed))
            .ok_or_else(|| {
                let (problem, hints) = if let Some(meant) = without_idle_stars(trimmed) {
                    let problem = "a bound goes without a star".to_owned();
                    (problem, vec![format!("write `{meant}`")])
                } else {
                    explain(&error.to_string())
                };
                bad(problem, hints)
            })?,
    };
    check_name(&spec).map_err(|problem| bad(problem, Vec::new()))?;
    if let Some(condition) = &spec.condition {
        check_condition(condition).map_err(|problem| bad(problem, Vec::new()))?;
    }
    let written = spec.to_string();
    if parse_record_spec(&written).map(|again| again.to_string()) != Ok(written.clone()) {
        // Locks and solvers pass the written form on.
        return Err(bad(
            format!("written down again, as `{written}`, it means something else"),
            Vec::new(),
        ));
    }
    let warnings = redundant_bounds(&spec);
    Ok(ParsedSpec { spec, warnings })
}

/// Reads a spec out of a record: leniently, for records are as they are.
pub fn parse_record_spec(text: &str) -> Result<MatchSpec, BadSpec> {
    let lenient = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    let bad = |problem: String| BadSpec {
        text: text.to_owned(),
        problem,
        hints: Vec::new(),
    };
    if let Some(problem) = too_large(text) {
        return Err(bad(problem.to_owned()));
    }
    let spec = MatchSpec::from_str(text, lenient).map_err(|error| bad(error.to_string()))?;
    check_name(&spec).map_err(bad)?;
    if let Some(condition) = &spec.condition {
        check_condition(condition).map_err(bad)?;
    }
    Ok(spec)
}

/// Reads a requirement that a person wrote.
pub fn parse_spec(text: &str, origin: &Origin) -> Result<Requirement, SpecError> {
    parse_spec_text(text)
        .map(|parsed| Requirement::new(parsed.spec, text.trim(), origin.clone()))
        .map_err(|bad| SpecError::Invalid {
            diagnostics: vec![Diagnostic {
                severity: Severity::Error,
                message: bad.to_string(),
                source: Source::new(origin.source.clone(), text),
                span: None,
                hints: bad.hints,
            }],
        })
}

impl Requirement {
    /// A requirement without any notes.
    pub fn new(spec: MatchSpec, text: impl Into<String>, origin: Origin) -> Self {
        Self {
            spec,
            text: text.into(),
            origin,
            note: Note::default(),
            group: None,
            platforms: Vec::new(),
            float: false,
            priority: 0,
            if_missing: false,
            expand: false,
        }
    }

    /// A requirement as typed on a command line or written in a program.
    ///
    /// ```
    /// let python = rsp_lock_spec::Requirement::parse("python 3.13.*")?;
    /// assert_eq!(python.name().as_normalized(), "python");
    /// # Ok::<(), rsp_lock_spec::SpecError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        parse_spec(text, &Origin::command_line())
    }

    /// The name of the package.
    pub fn name(&self) -> &PackageName {
        exact_name(&self.spec)
    }
}

/// The name of a spec that [`parse_spec_text`] or [`parse_record_spec`] accepted.
///
/// A spec built by hand with a glob for a name has no such name; it answers to
/// one that no package has.
pub fn exact_name(spec: &MatchSpec) -> &PackageName {
    static NAMELESS: std::sync::LazyLock<PackageName> =
        std::sync::LazyLock::new(|| PackageName::new_unchecked("*"));
    spec.name.as_exact().unwrap_or(&NAMELESS)
}

fn check_name(spec: &MatchSpec) -> Result<(), String> {
    if spec.name.as_exact().is_some() {
        Ok(())
    } else {
        Err("it does not name one package".to_owned())
    }
}

/// Conditions of conditions mean nothing to any solver.
fn check_condition(condition: &MatchSpecCondition) -> Result<(), String> {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            if spec.condition.is_some() {
                return Err("a condition cannot have a condition of its own".to_owned());
            }
            check_name(spec)?;
            // rattler_solve parses the written form again and does not expect to fail.
            let text = spec.to_string();
            let lenient =
                ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
            match MatchSpec::from_str(&text, lenient) {
                Ok(again) if again.condition.is_none() => Ok(()),
                _ => Err(format!("the condition `{text}` cannot be used")),
            }
        }
        MatchSpecCondition::And(left, right) | MatchSpecCondition::Or(left, right) => {
            check_condition(left)?;
            check_condition(right)
        }
    }
}

/// `holoviews[recommended]`: pip's way to ask for an extra.
fn pip_extra(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('[')?;
    let (extra, _) = rest.split_once(']')?;
    let plain = |s: &str| {
        !s.is_empty()
            && s.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',' | ' '))
    };
    (plain(name.trim()) && plain(extra)).then_some((name.trim(), extra))
}

/// `name=3.*`, which conda takes for `name 3.*`.
fn starred_pair(text: &str) -> Option<MatchSpec> {
    let (name, version) = text.split_once('=')?;
    let (name, start) = (name.trim(), version.strip_suffix(".*")?);
    if !is_plain(name, ":") || !is_plain(start, "!+") {
        return None;
    }
    let strict = ParseMatchSpecOptions::strict().with_repodata_revision(RepodataRevision::V3);
    MatchSpec::from_str(&format!("{name} {version}"), strict).ok()
}

/// `name >=3.10.*`, which says what `name >=3.10` says, without what makes it unreadable.
fn without_idle_stars(text: &str) -> Option<String> {
    let mut meant = text.to_owned();
    for star in [".*", "*"] {
        let ends: Vec<usize> = meant.match_indices(star).map(|(at, _)| at).collect();
        for end in ends.into_iter().rev() {
            let before = meant.get(..end)?;
            let version = before.trim_end_matches(|c: char| is_plain(&c.to_string(), "!+"));
            let bound = version.trim_end();
            let is_bound = bound.ends_with(">=") || bound.ends_with('<');
            if is_bound && version.len() < end {
                meant.replace_range(end..end + star.len(), "");
            }
        }
    }
    let strict = ParseMatchSpecOptions::strict().with_repodata_revision(RepodataRevision::V3);
    (meant != text && MatchSpec::from_str(&meant, strict).is_ok()).then_some(meant)
}

/// Whether a part of a spec has nothing in it but what names, versions and builds are made of.
fn is_plain(part: &str, more: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || more.contains(c);
    !part.is_empty() && part.chars().all(plain)
}

/// `name version build` and `name=version=build`, the forms of `conda list` and
/// `conda env export`. A version without a star is that version exactly.
fn exact_triple(text: &str) -> Option<MatchSpec> {
    let by_blank: Vec<&str> = text.split_whitespace().collect();
    let by_equals: Vec<&str> = text.split('=').map(str::trim).collect();
    let parts = match (by_blank.as_slice(), by_equals.as_slice()) {
        ([name, version, build], _) | (_, [name, version, build]) => [*name, *version, *build],
        _ => return None,
    };
    let [name, version, build] = parts;
    if !is_plain(name, ":!+") || !is_plain(version, "!+*") || !is_plain(build, "!+*") {
        return None;
    }
    let operator = if version.contains('*') { "" } else { "==" };
    let lenient = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    MatchSpec::from_str(&format!("{name} {operator}{version} {build}"), lenient).ok()
}

/// The parser's sentence, split into the fact and the advice in it.
fn explain(error: &str) -> (String, Vec<String>) {
    if let Some((fact, advice)) = error.split_once(" Did you mean ") {
        let advice = advice.trim_end_matches('?').replace('\'', "`");
        return (
            fact.trim_end_matches(['.', ' ']).replace('\'', "`"),
            vec![format!("write {advice}")],
        );
    }
    // What follows is the inner state of the parser.
    let fact = error.split(": Parsing Error:").next().unwrap_or(error);
    let mut hints = Vec::new();
    if error.contains("looks like a glob") || error.contains("looks like a regex") {
        hints.push("write one line for each package".to_owned());
    }
    (fact.to_owned(), hints)
}

/// Bounds of the same direction of which one makes the other idle (`>=0.15.0,>0.16.0`).
fn redundant_bounds(spec: &MatchSpec) -> Vec<String> {
    let Some(version) = spec.version.as_ref().map(ToString::to_string) else {
        return Vec::new();
    };
    let direction =
        |operator: char| move |part: &&str| part.starts_with(operator) && !part.contains('*');
    version
        .split('|')
        .flat_map(|alternative| {
            let parts: Vec<&str> = alternative
                .split(',')
                .map(|part| part.trim_matches(['(', ')', ' ']))
                .collect();
            [('>', "lower"), ('<', "upper")]
                .into_iter()
                .filter_map(move |(operator, word)| {
                    let same: Vec<&str> = parts
                        .iter()
                        .copied()
                        .filter(|p| direction(operator)(p))
                        .collect();
                    (same.len() > 1).then(|| {
                        format!(
                            "of the {word} bounds `{}` only one has an effect",
                            same.join("` and `")
                        )
                    })
                })
        })
        .collect()
}
