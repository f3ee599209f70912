//! `recipe.yaml`: read by rattler-build's own parser, rendered line by line so that
//! every line keeps its place and its comment.

use std::fmt::Display;

use marked_yaml::Span;
use minijinja::value::Value as Jinjaed;
use rattler_build_jinja::{Jinja, Variable};
use rattler_build_recipe::{
    ParseError,
    stage0::{
        Build, Item, Output, Recipe, Requirements, SerializableMatchSpec, Value,
        parse_recipe_or_multi_from_source,
    },
};
use rattler_conda_types::{MatchSpec, ParseMatchSpecOptions, Subdir};
use rsp_lock_spec::{Origin, SpecError, too_large};

use crate::{
    lines::Lines,
    output::{Draft, Written},
    pin::{self, Line},
    render::{Drafts, evaluate, jinja, template_problem},
    variants::Variant,
};

/// Reads a recipe for one choice of variants.
pub(crate) fn read(
    lines: &Lines<'_>,
    platform: Subdir,
    variant: &Variant,
) -> Result<Drafts, SpecError> {
    let recipe = parse_recipe_or_multi_from_source(&lines.source.text)
        .map_err(|error| invalid(lines, &error))?;
    let mut reader = Reader {
        lines,
        jinja: jinja(platform, variant),
    };
    match &recipe {
        Recipe::SingleOutput(recipe) => {
            reader.context(&recipe.context)?;
            let name = reader.text(&recipe.package.name)?;
            let mut outputs = Vec::new();
            if !reader.skips(&recipe.build)? {
                let origin = reader.origin(recipe.package.name.span());
                let version = reader.text(&recipe.package.version)?;
                let draft = reader.draft(
                    name.clone(),
                    version,
                    &[&recipe.build],
                    &recipe.requirements,
                );
                outputs.push(Draft { origin, ..draft? });
            }
            Ok(Drafts { name, outputs })
        }
        Recipe::MultiOutput(recipe) => {
            reader.context(&recipe.context)?;
            let whole = &recipe.recipe;
            let name = whole
                .name
                .as_ref()
                .map(|name| reader.text(name))
                .transpose()?;
            let version = whole.version.as_ref().map(|v| reader.text(v)).transpose()?;
            let mut outputs = Vec::new();
            if !reader.skips(&recipe.build)? {
                for output in &recipe.outputs {
                    let Output::Package(output) = output else {
                        return Err(lines.error(0..0, "staging outputs are not read", Vec::new()));
                    };
                    if reader.skips(&output.build)? {
                        continue;
                    }
                    let origin = reader.origin(output.package.name.span());
                    let own = output.package.version.as_ref();
                    let version = match own.map(|v| reader.text(v)).transpose()? {
                        Some(own) => own,
                        None => version.clone().ok_or_else(|| {
                            lines.error(origin.span.clone(), "it has no version", Vec::new())
                        })?,
                    };
                    let draft = reader.draft(
                        reader.text(&output.package.name)?,
                        version,
                        &[&output.build, &recipe.build],
                        &output.requirements,
                    )?;
                    outputs.push(Draft { origin, ..draft });
                }
            }
            let first = outputs.first().map(|output| output.name.clone());
            Ok(Drafts {
                name: name.or(first).unwrap_or_default(),
                outputs,
            })
        }
    }
}

fn invalid(lines: &Lines<'_>, error: &ParseError) -> SpecError {
    let (span, hint) = match error {
        ParseError::Generic {
            span, suggestion, ..
        }
        | ParseError::InvalidValue {
            span, suggestion, ..
        } => (Some(span), suggestion.as_ref()),
        ParseError::MissingField { span, .. }
        | ParseError::TypeMismatch { span, .. }
        | ParseError::JinjaError { span, .. }
        | ParseError::InvalidConditional { span, .. } => (Some(span), None),
        ParseError::IoError { .. } => (None, None),
    };
    let range = span.map_or(0..0, |span| lines.range(span));
    let message = error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .replace('\'', "`");
    let hints = hint.map(ToString::to_string).into_iter().collect();
    lines.error(range, message, hints)
}

struct Reader<'l, 's> {
    lines: &'l Lines<'s>,
    jinja: Jinja,
}

impl Reader<'_, '_> {
    fn origin(&self, span: Option<&Span>) -> Origin {
        let range = span.map_or(0..0, |span| self.lines.range(span));
        self.lines.origin(range)
    }

    /// The variables of the recipe, each of which may use those before it.
    fn context<'c>(
        &mut self,
        variables: impl IntoIterator<Item = (&'c String, &'c Value<Variable>)>,
    ) -> Result<(), SpecError> {
        for (key, value) in variables {
            let value = if let Some(concrete) = value.as_concrete() {
                Jinjaed::from(concrete.clone())
            } else {
                let text = self.text(value)?;
                match text.parse::<i64>() {
                    Ok(number) if !value.force_string() => Jinjaed::from(number),
                    _ => Jinjaed::from(text),
                }
            };
            self.jinja.context_mut().insert(key.clone(), value);
        }
        Ok(())
    }

    /// A value as a text; templates are rendered.
    fn text<T: Display>(&self, value: &Value<T>) -> Result<String, SpecError> {
        match value.as_template() {
            None => Ok(value.to_string()),
            Some(template) => self.jinja.render_str(template.source()).map_err(|error| {
                let used = template.used_variables();
                let (message, hints) = template_problem(&self.jinja, used, &error);
                let range = value.span().map_or(0..0, |span| self.lines.range(span));
                self.lines.error(range, message, hints)
            }),
        }
    }

    fn holds(
        &self,
        expression: &str,
        used: &[String],
        span: Option<&Span>,
    ) -> Result<bool, SpecError> {
        match evaluate(&self.jinja, expression) {
            Ok(holds) => Ok(holds),
            Err(error) => {
                let (message, hints) = template_problem(&self.jinja, used, &error);
                let range = span.map_or(0..0, |span| self.lines.range(span));
                Err(self.lines.error(range, message, hints))
            }
        }
    }

    /// The values that apply, conditions resolved.
    fn applying<'v, T>(
        &self,
        items: impl IntoIterator<Item = &'v Item<T>>,
        found: &mut Vec<&'v Value<T>>,
    ) -> Result<(), SpecError> {
        for item in items {
            match item {
                Item::Value(value) => found.push(value),
                Item::Conditional(condition) => {
                    let expression = &condition.condition;
                    let span = condition.condition_span.as_ref();
                    if self.holds(expression.source(), expression.used_variables(), span)? {
                        self.applying(condition.then.iter(), found)?;
                    } else if let Some(other) = &condition.else_value {
                        self.applying(other.iter(), found)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn skips(&self, build: &Build) -> Result<bool, SpecError> {
        let mut values = Vec::new();
        self.applying(build.skip.iter(), &mut values)?;
        for value in values {
            let text = self.text(value)?;
            if self.holds(&text, &[], value.span())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `builds` are the output's own section and that of the whole.
    fn draft(
        &self,
        name: String,
        version: String,
        builds: &[&Build],
        requirements: &Requirements,
    ) -> Result<Draft, SpecError> {
        if !requirements.extras.is_empty() {
            let message = format!("the extras of `{name}` are not read");
            return Err(self.lines.error(0..0, message, Vec::new()));
        }
        let number = match builds.iter().find_map(|build| build.number.as_ref()) {
            None => 0,
            Some(number) => self.text(number)?.trim().parse().map_err(|_| {
                let range = number.span().map_or(0..0, |span| self.lines.range(span));
                self.lines
                    .error(range, "the build number is no number", Vec::new())
            })?,
        };
        let own = builds.first();
        let build = own.and_then(|build| build.string.as_ref());
        let noarch = own.and_then(|build| build.noarch.as_ref());
        Ok(Draft {
            name,
            version,
            number,
            build: build.map(|text| self.text(text)).transpose()?,
            noarch: noarch
                .map(|kind| match kind.as_concrete() {
                    Some(kind) if kind.is_python() => Ok("python".to_owned()),
                    Some(_) => Ok("generic".to_owned()),
                    None => {
                        let range = kind.span().map_or(0..0, |span| self.lines.range(span));
                        let message = "`noarch` from a template is not read";
                        Err(self.lines.error(range, message, Vec::new()))
                    }
                })
                .transpose()?,
            host: self.written(requirements.host.iter())?,
            run: self.written(requirements.run.iter())?,
            constraints: self.written(requirements.run_constraints.iter())?,
            origin: Origin::command_line(),
        })
    }

    fn written<'v>(
        &self,
        items: impl IntoIterator<Item = &'v Item<SerializableMatchSpec>>,
    ) -> Result<Vec<Written>, SpecError> {
        let mut values = Vec::new();
        self.applying(items, &mut values)?;
        let mut lines = Vec::new();
        for value in values {
            let start = value.span().and_then(Span::start);
            let line = match value.as_concrete() {
                Some(spec) => {
                    let written = start.map(|marker| self.lines.value(marker).0);
                    Line::Spec(as_written(&spec.0, written))
                }
                None => pin::read(self.text(value)?.trim()),
            };
            // A template may come out empty: then there is no line.
            if line == Line::Spec(String::new()) {
                continue;
            }
            lines.push(Written {
                line,
                origin: self.origin(value.span()),
                note: start
                    .map(|marker| self.lines.note(marker))
                    .unwrap_or_default(),
            });
        }
        Ok(lines)
    }
}

/// The text on the line if it is this spec: written down anew, `2026.02.09` loses a zero.
fn as_written(spec: &MatchSpec, text: Option<&str>) -> String {
    let text = text.map(|text| text.trim_matches(['"', '\'']));
    match text {
        Some(text)
            if too_large(text).is_none()
                && MatchSpec::from_str(text, ParseMatchSpecOptions::lenient())
                    .is_ok_and(|again| again == *spec) =>
        {
            text.to_owned()
        }
        _ => spec.to_string(),
    }
}
