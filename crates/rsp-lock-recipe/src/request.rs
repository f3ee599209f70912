//! A recipe as a request: what its packages require, asked for line by line.

use std::collections::BTreeSet;

use rattler_conda_types::Subdir;
use rsp_lock_spec::{
    ChannelRequest, Diagnostic, Parsed, PlatformRequest, Request, Requirement, Severity, SpecError,
    parse_spec_text,
};

use crate::{
    model::{Dependency, Output, Recipe, Rendered},
    render::render,
    variants::Variants,
};

/// What of a recipe is asked for.
#[derive(Clone, Copy, Debug)]
pub struct RecipeRequest<'a> {
    /// The recipe.
    pub recipe: &'a Recipe,
    /// What it is rendered with.
    pub variants: &'a Variants,
    /// The platforms; where empty, those that the variant files are for.
    pub platforms: &'a [Subdir],
    /// Names that choose outputs. Those that no output has are passed over; where none
    /// is left, all outputs are meant.
    pub outputs: &'a [String],
}

/// A recipe that was read as a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeParsed {
    /// The request, with what deserves a second look.
    pub parsed: Parsed,
    /// Of the names that were to choose outputs, those that did.
    pub chosen: Vec<String>,
}

/// A request whose answer is what an installation of the outputs would bring, the
/// outputs themselves aside, for they are in no channel yet.
///
/// Every line of a run section becomes a requirement with the place and the reason it
/// has in the recipe, in a group called like the output; lines that pin another output
/// bring in the lines of that output. Where a channel has a package called like an
/// output, only the version of the recipe may be taken.
pub fn to_request(asked: &RecipeRequest<'_>) -> Result<RecipeParsed, SpecError> {
    let source = &asked.recipe.source;
    let fail = |message: String, hints: Vec<String>| SpecError::Invalid {
        diagnostics: vec![Diagnostic {
            severity: Severity::Error,
            message,
            source: source.clone(),
            span: None,
            hints,
        }],
    };
    let platforms = if asked.platforms.is_empty() {
        asked.variants.platforms()?
    } else {
        asked.platforms.to_vec()
    };
    let mut request = Request::default();
    let (mut warnings, mut chosen) = (Vec::new(), Vec::new());
    for platform in &platforms {
        let mut all = render(asked.recipe, asked.variants, *platform)?;
        if all.len() > 1 {
            return Err(fail(
                format!(
                    "it has {} variants for {platform}: {}",
                    all.len(),
                    differing(&all)
                ),
                vec!["choose one with `--variant FILE`".to_owned()],
            ));
        }
        let Some(rendered) = all.pop() else {
            return Err(fail(
                format!("the recipe is skipped for {platform}"),
                vec!["leave the platform out, or choose another variant".to_owned()],
            ));
        };
        for name in asked.outputs {
            if rendered.output(name).is_some() && !chosen.contains(name) {
                chosen.push(name.clone());
            }
        }
        add(&mut request, *platform, &wanted(&rendered, asked.outputs))
            .map_err(|message| fail(message, Vec::new()))?;
        request.environment.get_or_insert(rendered.name);
        for warning in rendered.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        let origin = source.origin(0..0);
        request
            .platforms
            .push(PlatformRequest::of(*platform, origin));
    }
    let everywhere = platforms.len();
    let lines = request
        .requirements
        .iter_mut()
        .chain(&mut request.constraints);
    for line in lines.filter(|line| line.platforms.len() == everywhere) {
        line.platforms.clear();
    }
    request.channels = asked
        .variants
        .channels()?
        .into_iter()
        .map(|text| ChannelRequest {
            text,
            origin: source.origin(0..0),
        })
        .collect();
    let parsed = Parsed { request, warnings };
    Ok(RecipeParsed { parsed, chosen })
}

/// The keys in which variants differ, with their values.
fn differing(all: &[Rendered]) -> String {
    let Some(first) = all.first() else {
        return String::new();
    };
    let keys = first.variant.keys().filter(|key| {
        all.iter()
            .any(|other| other.variant.get(*key) != first.variant.get(*key))
    });
    let mut shown: Vec<String> = keys
        .map(|key| {
            let values: BTreeSet<&str> = all
                .iter()
                .filter_map(|one| one.variant.get(key).map(String::as_str))
                .collect();
            let values: Vec<&str> = values.into_iter().collect();
            format!("{key} is {}", values.join(" or "))
        })
        .collect();
    shown.truncate(3);
    shown.join(", ")
}

/// The outputs of these names and those that they pin, in the order of the recipe.
fn wanted<'r>(rendered: &'r Rendered, names: &[String]) -> Vec<&'r Output> {
    let mut open: Vec<&Output> = names.iter().filter_map(|n| rendered.output(n)).collect();
    if open.is_empty() {
        return rendered.outputs.iter().collect();
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    while let Some(output) = open.pop() {
        if wanted.insert(output.name.as_normalized()) {
            let pins = output.depends.iter().filter(|line| line.exact_pin);
            open.extend(pins.filter_map(|line| rendered.output(line.name())));
        }
    }
    let outputs = rendered.outputs.iter();
    outputs
        .filter(|output| wanted.contains(output.name.as_normalized()))
        .collect()
}

fn add(request: &mut Request, platform: Subdir, outputs: &[&Output]) -> Result<(), String> {
    let names: BTreeSet<&str> = outputs.iter().map(|o| o.name.as_normalized()).collect();
    for output in outputs {
        let group = output.name.as_normalized();
        for line in &output.depends {
            if !names.contains(line.name()) {
                push(&mut request.requirements, line, group, platform);
            }
        }
        for line in &output.constrains {
            push(&mut request.constraints, line, group, platform);
        }
        let text = format!("{group} =={}", output.version);
        let own = Dependency {
            spec: parse_spec_text(&text).map_err(|bad| bad.to_string())?.spec,
            text,
            origin: output.origin.clone(),
            note: rsp_lock_spec::Note {
                reason: Some("the recipe's own version".to_owned()),
                ..rsp_lock_spec::Note::default()
            },
            exact_pin: false,
        };
        push(&mut request.constraints, &own, group, platform);
    }
    Ok(())
}

/// Adds a line, or a platform to the line that is there already.
fn push(lines: &mut Vec<Requirement>, line: &Dependency, group: &str, platform: Subdir) {
    let same = |other: &&mut Requirement| {
        other.text == line.text
            && other.origin == line.origin
            && other.group.as_deref() == Some(group)
    };
    if let Some(there) = lines.iter_mut().find(same) {
        there.platforms.push(platform.to_string());
        return;
    }
    lines.push(Requirement {
        note: line.note.clone(),
        group: Some(group.to_owned()),
        platforms: vec![platform.to_string()],
        ..Requirement::new(line.spec.clone(), &*line.text, line.origin.clone())
    });
}
