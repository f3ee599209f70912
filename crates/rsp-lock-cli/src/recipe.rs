//! A feedstock's recipe as a request file.

use std::path::{Path, PathBuf};

use rsp_lock::spec::Source;
use rsp_lock_recipe::{Kind, Recipe, RecipeParsed, RecipeRequest, Variants, to_request};

use crate::{
    failure::Failure,
    request::{parent, parse_subdir, read_source},
};

/// What of a recipe is asked for, as arguments say it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecipeChoice<'a> {
    /// Variant files; where empty, those of the feedstock.
    pub(crate) variants: &'a [PathBuf],
    /// Platforms; where empty, those of the variant files.
    pub(crate) platforms: &'a [String],
    /// Specs; names of outputs among them choose these outputs.
    pub(crate) specs: &'a [String],
}

/// The language of a file if it is a recipe.
pub(crate) fn kind(file: &Path) -> Option<Kind> {
    Kind::of_file_name(&file.file_name()?.to_string_lossy())
}

/// Reads a recipe as a request.
pub(crate) fn parse(
    kind: Kind,
    file: &Path,
    source: &Source,
    choice: &RecipeChoice<'_>,
) -> Result<RecipeParsed, Failure> {
    let recipe = Recipe::new(kind, source.clone());
    let variants = read_variants(file, choice.variants)?;
    let platforms = choice
        .platforms
        .iter()
        .map(|name| parse_subdir(name))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(to_request(&RecipeRequest {
        recipe: &recipe,
        variants: &variants,
        platforms: &platforms,
        outputs: choice.specs,
    })?)
}

/// The files that were named, or those of the feedstock around a recipe.
pub(crate) fn read_variants(recipe: &Path, named: &[PathBuf]) -> Result<Variants, Failure> {
    let files = if named.is_empty() {
        of_feedstock(recipe)
    } else {
        named.to_vec()
    };
    let sources = files.iter().map(|file| read_source(file));
    Ok(Variants::new(sources.collect::<Result<Vec<_>, _>>()?))
}

/// The variant files beside a recipe, and those that conda-smithy made of them.
fn of_feedstock(recipe: &Path) -> Vec<PathBuf> {
    let directory = parent(recipe);
    let mut files: Vec<PathBuf> = ["conda_build_config.yaml", "variants.yaml"]
        .iter()
        .map(|name| directory.join(name))
        .filter(|file| file.is_file())
        .collect();
    for ci in [
        directory.join("../.ci_support"),
        directory.join(".ci_support"),
    ] {
        let Ok(entries) = fs_err::read_dir(&ci) else {
            continue;
        };
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
            .collect();
        found.sort();
        files.append(&mut found);
        break;
    }
    files
}
