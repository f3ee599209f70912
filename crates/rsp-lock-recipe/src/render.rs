//! A recipe, variants and a platform to outputs.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Value;
use rattler_build_jinja::{Jinja, JinjaConfig, UndefinedBehavior, Variable};
use rattler_conda_types::Subdir;
use rsp_lock_spec::SpecError;

use crate::{
    lines::Lines,
    meta_yaml,
    model::{Kind, Recipe, Rendered},
    output::{Draft, Setting, finish},
    python::Python,
    recipe_yaml,
    variants::{Variant, Variants},
};

/// What a reader makes of a recipe for one choice of variants.
#[derive(Debug)]
pub(crate) struct Drafts {
    pub(crate) name: String,
    /// None if the recipe skips this choice.
    pub(crate) outputs: Vec<Draft>,
}

/// The outputs of a recipe on a platform, once for each choice of variants that
/// differs; none if the recipe is skipped there.
///
/// The error has the place of what cannot be read, rendered or known before a build.
pub fn render(
    recipe: &Recipe,
    variants: &Variants,
    platform: Subdir,
) -> Result<Vec<Rendered>, SpecError> {
    let lines = Lines::new(&recipe.source);
    let words: BTreeSet<&str> = recipe
        .source
        .text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect();
    let counts = |key: &str| {
        words.contains(key)
            // `compiler('c')` reads `c_compiler_version` and its like.
            || key.strip_suffix("_version").unwrap_or(key).ends_with("_compiler")
            || key.starts_with("c_stdlib")
    };
    let mut all: Vec<Rendered> = Vec::new();
    for config in variants.configs(platform)? {
        let Some(choices) = config.choices(counts) else {
            let hint = "name one variant file of `.ci_support` for each platform";
            return Err(lines.error(
                0..0,
                format!("the variant files leave too many choices for {platform}"),
                vec![hint.to_owned()],
            ));
        };
        for variant in choices {
            let drafts = match recipe.kind {
                Kind::Recipe => recipe_yaml::read(&lines, platform, &variant)?,
                Kind::Meta => meta_yaml::read(&lines, platform, &variant)?,
            };
            if drafts.outputs.is_empty() {
                continue;
            }
            let mut warnings = Vec::new();
            let setting = Setting {
                source: &recipe.source,
                platform,
                variant: &variant,
                pins: &config.pins,
            };
            let outputs = finish(setting, &drafts.outputs, &mut warnings)?;
            if all.iter().all(|other| other.outputs != outputs) {
                all.push(Rendered {
                    name: drafts.name,
                    platform,
                    variant,
                    outputs,
                    warnings,
                });
            }
        }
    }
    Ok(all)
}

/// Steps that a template may take: no recipe needs a thousandth of it.
const FUEL: u64 = 10_000_000;

/// The functions and words that a recipe may use.
pub(crate) fn jinja(platform: Subdir, variant: &Variant) -> Jinja {
    let mut values: BTreeMap<_, _> = variant
        .iter()
        .map(|(key, value)| (key.as_str().into(), Variable::from(value.as_str())))
        .collect();
    // conda-forge's, where the variant does not say.
    let standard = if platform.is_linux() {
        Some("sysroot")
    } else if platform.is_osx() {
        Some("macosx_deployment_target")
    } else {
        None
    };
    if let Some(name) = standard {
        values
            .entry("c_stdlib".into())
            .or_insert_with(|| Variable::from(name));
    }
    let mut jinja = Jinja::new(JinjaConfig {
        target_platform: platform,
        build_platform: platform,
        host_platform: platform,
        variant: values,
        experimental: false,
        recipe_path: None,
        undefined_behavior: UndefinedBehavior::Strict,
    });
    let env = jinja.env_mut();
    env.set_fuel(Some(FUEL));
    // What they say differs from one machine, or one moment, to the next.
    for name in ["env", "git", "now", "load_from_file"] {
        env.remove_global(name);
    }
    let context = jinja.context_mut();
    if let Some(python) = variant.get("python").and_then(|text| Python::read(text)) {
        let number: i64 = python.version.replace('.', "").parse().unwrap_or_default();
        context
            .entry("py".to_owned())
            .or_insert_with(|| Value::from(number));
    }
    context
        .entry("python_impl".to_owned())
        .or_insert_with(|| Value::from("cpython"));
    jinja
}

/// Whether a condition holds, as Python has it. A name that nothing defines is an error.
pub(crate) fn evaluate(jinja: &Jinja, expression: &str) -> Result<bool, minijinja::Error> {
    let value = jinja.eval(expression)?;
    if value.is_undefined() {
        return Err(minijinja::ErrorKind::UndefinedError.into());
    }
    Ok(match value.as_str() {
        Some(text) => !matches!(text, "" | "false" | "False"),
        None => value.is_true(),
    })
}

/// What is wrong with a template, in one sentence, and what to do.
pub(crate) fn template_problem(
    jinja: &Jinja,
    used: &[String],
    error: &minijinja::Error,
) -> (String, Vec<String>) {
    let machine = ["env", "git", "now", "load_from_file", "environ"];
    if let Some(name) = used.iter().find(|name| machine.contains(&name.as_str())) {
        return (
            format!("`{name}` differs from one machine to the next and is not read"),
            vec!["write the value into the recipe or a variant file".to_owned()],
        );
    }
    let functions = [
        "compiler",
        "stdlib",
        "pin_subpackage",
        "pin_compatible",
        "match",
        "cdt",
    ];
    let missing = used.iter().find(|name| {
        !jinja.context().contains_key(name.as_str()) && !functions.contains(&name.as_str())
    });
    if let Some(name) = missing.filter(|_| error.kind() == minijinja::ErrorKind::UndefinedError) {
        return (
            format!("`{name}` is in no variant file"),
            vec![format!(
                "name the file that says it with `--variant`, such as conda_build_config.yaml \
                 or one of .ci_support with the key `{name}`"
            )],
        );
    }
    let detail = error
        .detail()
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default();
    let kind = error.kind();
    let problem = if detail.is_empty() {
        format!("the template cannot be rendered: {kind}")
    } else {
        format!("the template cannot be rendered: {kind}: {detail}")
    };
    (problem, Vec::new())
}
