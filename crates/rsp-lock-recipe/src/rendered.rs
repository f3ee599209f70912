//! Outputs that somebody else has rendered: a YAML document with `records`.

use marked_yaml::{
    LoaderOptions, Node, parse_yaml_with_options,
    types::{MarkedMappingNode, MarkedScalarNode},
};
use rattler_conda_types::{PackageName, Subdir, VersionWithSource};
use rsp_lock_spec::{Source, SpecError, parse_record_spec};

use crate::{
    lines::Lines,
    model::{Dependency, Output, Rendered},
    spec_text::normalise,
    variants::Variant,
};

/// Reads a document whose `records` are packages as repodata has them: `name`,
/// `version`, `build`, `build_number`, `subdir`, `depends`, `constrains`. Other keys
/// say nothing about packages and are not looked at.
pub fn parse_rendered(source: &Source) -> Result<Rendered, SpecError> {
    let lines = Lines::new(source);
    let options = LoaderOptions::default().error_on_duplicate_keys(true);
    let root = parse_yaml_with_options(0, &*source.text, options)
        .map_err(|error| lines.error(0..0, format!("invalid YAML: {error}"), Vec::new()))?;
    let Some(records) = root
        .as_mapping()
        .and_then(|root| root.get_sequence("records"))
    else {
        return Err(lines.error(
            0..0,
            "it has no list `records`",
            vec![
                "rendered packages stand under `records:`, as in repodata; a recipe is called `recipe.yaml` or `meta.yaml`"
                    .to_owned(),
            ],
        ));
    };
    let mut outputs = Vec::new();
    for node in records.iter() {
        outputs.push(output(&lines, node)?);
    }
    let Some(first) = outputs.first() else {
        return Err(lines.error(0..0, "its list `records` is empty", Vec::new()));
    };
    Ok(Rendered {
        name: first.name.as_normalized().to_owned(),
        platform: first.subdir,
        variant: Variant::new(),
        outputs,
        warnings: Vec::new(),
    })
}

fn output(lines: &Lines<'_>, node: &Node) -> Result<Output, SpecError> {
    let range = lines.range(node.span());
    let fail = |message: String| lines.error(range.clone(), message, Vec::new());
    let Some(table) = node.as_mapping() else {
        return Err(fail("a record is a mapping".to_owned()));
    };
    let text = |key: &str| {
        let value = table.get_scalar(key).map(MarkedScalarNode::as_str);
        value.ok_or_else(|| fail(format!("the record has no `{key}`")))
    };
    let name: PackageName = text("name")?
        .parse()
        .map_err(|error| fail(format!("`name`: {error}")))?;
    let version: VersionWithSource = text("version")?
        .parse()
        .map_err(|error| fail(format!("`version`: {error}")))?;
    let subdir: Subdir = text("subdir")?
        .parse()
        .map_err(|error| fail(format!("`subdir`: {error}")))?;
    let build_number = text("build_number")?
        .parse()
        .map_err(|_| fail("`build_number` is no number".to_owned()))?;
    Ok(Output {
        name,
        version,
        build: text("build")?.to_owned(),
        build_number,
        subdir,
        depends: specs(lines, table, "depends")?,
        constrains: specs(lines, table, "constrains")?,
        origin: lines.origin(range.clone()),
    })
}

fn specs(
    lines: &Lines<'_>,
    table: &MarkedMappingNode,
    key: &str,
) -> Result<Vec<Dependency>, SpecError> {
    let mut found = Vec::new();
    for node in table
        .get_sequence(key)
        .into_iter()
        .flat_map(|list| list.iter())
    {
        let range = lines.range(node.span());
        let written = node.as_scalar().map_or("", MarkedScalarNode::as_str);
        let spec = parse_record_spec(written)
            .map_err(|bad| lines.error(range.clone(), bad.to_string(), bad.hints.clone()))?;
        found.push(Dependency {
            text: normalise(written),
            spec,
            origin: lines.origin(range),
            note: node
                .span()
                .start()
                .map(|marker| lines.note(marker))
                .unwrap_or_default(),
            exact_pin: false,
        });
    }
    Ok(found)
}
