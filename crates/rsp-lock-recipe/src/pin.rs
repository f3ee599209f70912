//! Pins on other packages: of the same recipe, or of the host section.

use std::str::FromStr;

use rattler_build_types::{Pin, PinArgs, PinBound};
use rattler_conda_types::{PackageName, VersionWithSource};

/// What a line of a requirements section turns out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// A spec.
    Spec(String),
    /// `pin_subpackage(…)`.
    Subpackage(Pin),
    /// `pin_compatible(…)`.
    Compatible(Pin),
}

/// The form in which `recipe.yaml`'s own functions hand pins on.
pub(crate) fn read(text: &str) -> Line {
    let pin = |key: &str| {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        serde_json::from_value::<Pin>(value.get(key)?.clone()).ok()
    };
    if text.starts_with('{') {
        if let Some(pin) = pin("pin_subpackage") {
            return Line::Subpackage(pin);
        }
        if let Some(pin) = pin("pin_compatible") {
            return Line::Compatible(pin);
        }
    }
    Line::Spec(text.to_owned())
}

/// The pin of a `meta.yaml`: `min_pin` and `max_pin` say how many parts of the version
/// count, `lower_bound` and `upper_bound` are versions.
pub(crate) fn of_meta(name: &str, exact: bool, bounds: [Option<&str>; 4]) -> Result<Pin, String> {
    let [min_pin, max_pin, lower, upper] = bounds;
    let bound = |text: Option<&str>| {
        text.map(PinBound::from_str)
            .transpose()
            .map_err(|error| error.to_string())
    };
    let name = PackageName::from_str(name).map_err(|error| error.to_string())?;
    let args = if exact {
        PinArgs {
            lower_bound: None,
            upper_bound: None,
            exact,
            build: None,
        }
    } else {
        PinArgs {
            lower_bound: bound(lower.or(min_pin).or(Some("x.x.x.x.x.x")))?,
            upper_bound: bound(upper.or(max_pin).or(Some("x")))?,
            exact,
            build: None,
        }
    };
    Ok(Pin { name, args })
}

/// The spec a pin means for a version and a build; an error is a sentence.
pub(crate) fn apply(pin: &Pin, version: &VersionWithSource, build: &str) -> Result<String, String> {
    let name = pin.name.as_normalized();
    if pin.args.exact {
        return Ok(format!("{name} {version} {build}"));
    }
    pin.apply(version, build)
        .map(|spec| spec.to_string())
        .map_err(|error| format!("the pin of `{name}` cannot be applied: {error}"))
}
