//! `meta.yaml`: selectors line by line, then templates, then YAML, as conda-build does.

use marked_yaml::{LoaderOptions, Marker, Node, parse_yaml_with_options, types::MarkedMappingNode};
use minijinja::{
    Error, ErrorKind,
    syntax::SyntaxConfig,
    value::{Kwargs, Value},
};
use rattler_build_jinja::Jinja;
use rattler_conda_types::Subdir;
use rsp_lock_spec::{Note, Origin, Source, SpecError};
use std::fmt::Write as _;

use crate::{
    lines::{Lines, comment_at},
    output::{Draft, Written},
    pin::{self, Line},
    render::{Drafts, evaluate, jinja, template_problem},
    selector,
    variants::Variant,
};

/// Stands before the line number in the comment that every item of a list gets, so
/// that it keeps its place through templates.
const PLACE: char = '¶';

/// Stands before a pin in a rendered line.
const PIN: &str = "rsp-lock-pin ";

/// Reads a recipe for one choice of variants.
pub(crate) fn read(
    original: &Lines<'_>,
    platform: Subdir,
    variant: &Variant,
) -> Result<Drafts, SpecError> {
    let jinja = environment(platform, variant);
    let text = selector::filter(original, |expression| {
        evaluate(&jinja, expression).map_err(|error| {
            let (problem, _) = template_problem(&jinja, &words(expression), &error);
            format!("the selector `{expression}`: {problem}")
        })
    })?;
    let text = jinja.render_str(&with_places(&text)).map_err(|error| {
        let range = error
            .line()
            .map_or(0..0, |line| original.line_origin(line).span);
        let line = error.line().map_or("", |line| original.line(line).1);
        let (message, hints) = template_problem(&jinja, &words(line), &error);
        original.error(range, message, hints)
    })?;
    let source = Source::new(original.source.name.clone(), text);
    let options = LoaderOptions::default().error_on_duplicate_keys(true);
    let root = parse_yaml_with_options(0, &*source.text, options).map_err(|error| {
        let message = format!("invalid YAML: {error}");
        original.error(0..0, message.trim_end().to_owned(), Vec::new())
    })?;
    let reader = Reader {
        original,
        lines: &Lines::new(&source),
    };
    reader.recipe(&root)
}

/// Words of conda-build that rattler-build does not have, and its way to write pins.
fn environment(platform: Subdir, variant: &Variant) -> Jinja {
    let mut jinja = jinja(platform, variant);
    let env = jinja.env_mut();
    env.set_syntax(SyntaxConfig::default());
    env.add_function("pin_subpackage", |name: &str, options: Kwargs| {
        pin_text("pin_subpackage", name, &options)
    });
    env.add_function("pin_compatible", |name: &str, options: Kwargs| {
        pin_text("pin_compatible", name, &options)
    });
    let context = jinja.context_mut();
    let architecture = platform.to_string();
    let is_x86 = architecture.ends_with("-64") || architecture.ends_with("-32");
    context.insert("x86".to_owned(), Value::from(is_x86));
    context.insert(
        "x86_64".to_owned(),
        Value::from(architecture.ends_with("-64")),
    );
    for name in [
        "PYTHON",
        "PREFIX",
        "PIP",
        "R",
        "SRC_DIR",
        "RECIPE_DIR",
        "CPU_COUNT",
    ] {
        context.insert(name.to_owned(), Value::from(format!("${name}")));
    }
    jinja
}

fn pin_text(kind: &str, name: &str, options: &Kwargs) -> Result<String, Error> {
    let exact = options.get::<Option<bool>>("exact")?.unwrap_or_default();
    let mut bounds = [None; 4];
    for (slot, key) in bounds
        .iter_mut()
        .zip(["min_pin", "max_pin", "lower_bound", "upper_bound"])
    {
        *slot = options.get::<Option<&str>>(key)?;
    }
    options.assert_all_used()?;
    let bad = |problem: String| Error::new(ErrorKind::InvalidOperation, problem);
    let pin = pin::of_meta(name, exact, bounds).map_err(bad)?;
    let text = serde_json::json!({ (kind): pin }).to_string();
    // YAML must not take it for a mapping.
    Ok(format!("'{PIN}{}'", text.replace('\'', "''")))
}

/// The names in an expression, near enough to say which of them is unknown.
fn words(text: &str) -> Vec<String> {
    let mut quoted = false;
    let plain: String = text
        .chars()
        .filter_map(|c| {
            if matches!(c, '"' | '\'') {
                quoted = !quoted;
                return Some(' ');
            }
            (!quoted).then_some(c)
        })
        .collect();
    let inside = plain.find("{{").and_then(|at| plain.get(at + 2..));
    let inside = inside.and_then(|rest| rest.split("}}").next());
    inside
        .unwrap_or(&plain)
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .filter(|word| {
            !matches!(
                *word,
                "and"
                    | "or"
                    | "not"
                    | "in"
                    | "is"
                    | "if"
                    | "else"
                    | "True"
                    | "False"
                    | "exact"
                    | "max_pin"
                    | "min_pin"
            )
        })
        .map(str::to_owned)
        .collect()
}

/// The text, with the number of its line after every item of a list.
fn with_places(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for (index, line) in text.lines().enumerate() {
        out.push_str(line);
        let balanced = |quote: char| line.matches(quote).count() % 2 == 0;
        let is_item = line.trim_start().starts_with("- ") && !line.contains("{%");
        if is_item && balanced('"') && balanced('\'') {
            let mark = if comment_at(line).is_some() {
                ""
            } else {
                "  #"
            };
            let _ = write!(out, "{mark} {PLACE}{}", index + 1);
        }
        out.push('\n');
    }
    out
}

struct Reader<'l, 'o, 'r> {
    original: &'l Lines<'o>,
    /// Those of the rendered text.
    lines: &'l Lines<'r>,
}

impl Reader<'_, '_, '_> {
    fn recipe(&self, root: &Node) -> Result<Drafts, SpecError> {
        let Some(root) = root.as_mapping() else {
            return Err(self
                .original
                .error(0..0, "a recipe is a mapping", Vec::new()));
        };
        let package = root.get_mapping("package");
        let name = text_of(package, "name");
        let version = text_of(package, "version");
        let build = root.get_mapping("build");
        let mut outputs = Vec::new();
        if let Some(list) = root.get_sequence("outputs").filter(|_| !is_skipped(build)) {
            for node in list.iter() {
                let Some(output) = node.as_mapping() else {
                    return Err(self.fail(node, "an output is a mapping"));
                };
                let own = output.get_mapping("build");
                if is_skipped(own) {
                    continue;
                }
                let Some(name) = text_of(Some(output), "name") else {
                    return Err(self.fail(node, "the output has no name"));
                };
                let version = text_of(Some(output), "version").or_else(|| version.clone());
                let section = output.get_node("requirements");
                outputs.push(self.draft(&name, version, [own, build], section, node)?);
            }
        }
        let whole = package.map_or_else(|| root.get_node("outputs"), |_| root.get_node("package"));
        let (Some(name), Some(at)) = (name.or_else(|| Some(outputs.first()?.name.clone())), whole)
        else {
            return Err(self
                .original
                .error(0..0, "the recipe has no package", Vec::new()));
        };
        // The whole is a package of its own unless an output is called like it.
        let section = root.get_node("requirements");
        let is_own = outputs.is_empty() && root.get_sequence("outputs").is_none()
            || section.is_some() && outputs.iter().all(|output| output.name != name);
        if is_own && !is_skipped(build) {
            let draft = self.draft(&name, version, [build, None], section, at)?;
            outputs.push(draft);
        }
        Ok(Drafts { name, outputs })
    }

    fn fail(&self, node: &Node, message: &str) -> SpecError {
        let origin = self.origin(node.span().start());
        self.original.error(origin.span, message, Vec::new())
    }

    /// The place in the file of a place in the rendered text.
    fn origin(&self, marker: Option<&Marker>) -> Origin {
        let Some(marker) = marker else {
            return self.original.origin(0..0);
        };
        let (_, line) = self.lines.line(marker.line());
        let number = line
            .rsplit_once(PLACE)
            .and_then(|(_, number)| number.trim().parse().ok())
            .unwrap_or_else(|| marker.line());
        self.original.line_origin(number)
    }

    fn note(&self, marker: &Marker) -> Note {
        let (_, line) = self.lines.line(marker.line());
        let comment = comment_at(line).and_then(|at| line.get(at + 1..));
        let comment = comment.map(|text| text.split(PLACE).next().unwrap_or_default());
        comment.map_or_else(Note::default, |text| {
            Note::from_comment(selector::without_selector(text))
        })
    }

    fn draft(
        &self,
        name: &str,
        version: Option<String>,
        builds: [Option<&MarkedMappingNode>; 2],
        section: Option<&Node>,
        at: &Node,
    ) -> Result<Draft, SpecError> {
        let version = version.ok_or_else(|| self.fail(at, "it has no version"))?;
        let number = builds.iter().find_map(|build| text_of(*build, "number"));
        let number = match number {
            None => 0,
            Some(text) => text
                .parse()
                .map_err(|_| self.fail(at, &format!("the build number `{text}` is no number")))?,
        };
        let own = builds.first().copied().flatten();
        let list = |key: &str| {
            let node = section.and_then(Node::as_mapping)?.get_node(key)?;
            Some(node)
        };
        // A list without sections is for the run section.
        let bare = section.filter(|node| node.as_mapping().is_none());
        Ok(Draft {
            name: name.to_owned(),
            version,
            number,
            build: text_of(own, "string"),
            noarch: text_of(own, "noarch").map(|kind| match kind.as_str() {
                "python" => kind,
                _ => "generic".to_owned(),
            }),
            host: self.written(list("host"))?,
            run: self.written(list("run").or(bare))?,
            constraints: self.written(list("run_constrained"))?,
            origin: self.origin(at.span().start()),
        })
    }

    fn written(&self, list: Option<&Node>) -> Result<Vec<Written>, SpecError> {
        let Some(node) = list else {
            return Ok(Vec::new());
        };
        if let Some(scalar) = node.as_scalar()
            && scalar.as_str().is_empty()
        {
            return Ok(Vec::new());
        }
        let Some(items) = node.as_sequence() else {
            return Err(self.fail(node, "requirements are a list"));
        };
        let mut lines = Vec::new();
        for item in items.iter() {
            let Some(scalar) = item.as_scalar() else {
                return Err(self.fail(item, "a requirement is a text"));
            };
            let text = scalar.as_str().trim();
            if text.is_empty() {
                continue;
            }
            let marker = item.span().start();
            lines.push(Written {
                line: match text.strip_prefix(PIN) {
                    Some(json) => pin::read(json),
                    None => Line::Spec(text.to_owned()),
                },
                origin: self.origin(marker),
                note: marker.map(|marker| self.note(marker)).unwrap_or_default(),
            });
        }
        Ok(lines)
    }
}

fn text_of(table: Option<&MarkedMappingNode>, key: &str) -> Option<String> {
    let text = table?.get_scalar(key)?.as_str().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_skipped(build: Option<&MarkedMappingNode>) -> bool {
    text_of(build, "skip").is_some_and(|text| text.eq_ignore_ascii_case("true"))
}
