//! What a recipe says once it is rendered.

use rattler_conda_types::{MatchSpec, PackageName, Subdir, VersionWithSource};
use rsp_lock_spec::{Diagnostic, Note, Origin, Source};

use crate::variants::Variant;

/// The language a recipe is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `recipe.yaml`, as rattler-build reads it.
    Recipe,
    /// `meta.yaml`, as conda-build reads it.
    Meta,
}

/// A recipe that is not rendered yet.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its language.
    pub kind: Kind,
    /// Its text.
    pub source: Source,
}

impl Recipe {
    /// A recipe of a language.
    pub fn new(kind: Kind, source: Source) -> Self {
        Self { kind, source }
    }
}

impl Kind {
    /// The language of a file, by the end of its name; `None` if it is no recipe.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let is = |wanted: &str| {
            name.strip_suffix(wanted)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_', '.']))
        };
        if is("recipe.yaml") || is("recipe.yml") {
            Some(Self::Recipe)
        } else if is("meta.yaml") {
            Some(Self::Meta)
        } else {
            None
        }
    }
}

/// A recipe on one platform, with one choice of variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The name of the whole: that of the recipe, or of its only package.
    pub name: String,
    /// The platform it was rendered for.
    pub platform: Subdir,
    /// The variants it was rendered with.
    pub variant: Variant,
    /// The packages, in the order of the recipe.
    pub outputs: Vec<Output>,
    /// Parts that mean less than they seem to.
    pub warnings: Vec<Diagnostic>,
}

impl Rendered {
    /// The output of this name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs
            .iter()
            .find(|output| output.name.as_normalized() == name)
    }
}

/// One package that a recipe makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: PackageName,
    /// Its version, as it was written.
    pub version: VersionWithSource,
    /// Its build string. The hash that only the build knows is written as zeros.
    pub build: String,
    /// Its build number.
    pub build_number: u64,
    /// The subdir it goes to: that of the platform, or `noarch`.
    pub subdir: Subdir,
    /// What it requires, sorted by text, each text once.
    pub depends: Vec<Dependency>,
    /// What must hold for packages beside it, sorted by text, each text once.
    pub constrains: Vec<Dependency>,
    /// Where it was written.
    pub origin: Origin,
}

/// A line of a requirements section.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// The spec in the form that records have.
    pub text: String,
    /// The spec.
    pub spec: MatchSpec,
    /// Where it was written.
    pub origin: Origin,
    /// What the comment beside it says.
    pub note: Note,
    /// Whether it names another output of the same recipe by an exact pin.
    pub exact_pin: bool,
}

impl Dependency {
    /// The name of the package.
    pub fn name(&self) -> &str {
        rsp_lock_spec::exact_name(&self.spec).as_normalized()
    }
}
