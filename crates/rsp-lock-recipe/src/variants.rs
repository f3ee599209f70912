//! Variant files: which version of what a recipe is rendered with.

use std::collections::{BTreeMap, BTreeSet};

use marked_yaml::{LoaderOptions, Node, parse_yaml_with_options};
use rattler_conda_types::Subdir;
use rsp_lock_spec::{Source, SpecError, selected_subdirs};

use crate::{lines::Lines, selector};

/// One value a key.
pub type Variant = BTreeMap<String, String>;

/// Variant files: `conda_build_config.yaml`, `variants.yaml`, and the files of
/// `.ci_support`, each of which is for one platform.
#[derive(Clone, Debug, Default)]
pub struct Variants {
    files: Vec<Source>,
}

/// How many parts of the version a package is pinned to that is in the host and in
/// the run section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinRunAsBuild {
    /// Such as `x.x`.
    pub min: Option<String>,
    /// Such as `x.x`.
    pub max: Option<String>,
}

/// What variant files say together for one platform.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    keys: BTreeMap<String, Vec<String>>,
    zipped: Vec<Vec<String>>,
    pub(crate) pins: BTreeMap<String, PinRunAsBuild>,
    targets: Vec<String>,
}

/// More choices than any feedstock has; keeps rendering short.
const MAX_CHOICES: usize = 64;

impl Variants {
    /// These files; a later one wins over an earlier one.
    pub fn new(files: Vec<Source>) -> Self {
        Self { files }
    }

    /// The platforms that files of `.ci_support` are for.
    pub fn platforms(&self) -> Result<Vec<Subdir>, SpecError> {
        let mut found = BTreeSet::new();
        for file in &self.files {
            let config = read(file, Subdir::NoArch)?;
            found.extend(
                config
                    .targets
                    .iter()
                    .filter_map(|name| name.parse::<Subdir>().ok()),
            );
        }
        Ok(found.into_iter().collect())
    }

    /// The channels that the files name, in their order.
    pub fn channels(&self) -> Result<Vec<String>, SpecError> {
        let mut channels: Vec<String> = Vec::new();
        for file in &self.files {
            let config = read(file, Subdir::NoArch)?;
            for value in config.keys.get("channel_sources").into_iter().flatten() {
                for name in value.split(',').map(str::trim) {
                    if !name.is_empty() && !channels.iter().any(|c| c == name) {
                        channels.push(name.to_owned());
                    }
                }
            }
        }
        Ok(channels)
    }

    /// What the files say for a platform: one for each file that is for this platform
    /// alone, on top of the files that are for all.
    pub(crate) fn configs(&self, platform: Subdir) -> Result<Vec<Config>, SpecError> {
        let mut general = Config::default();
        let mut special = Vec::new();
        for file in &self.files {
            let config = read(file, platform)?;
            if config.targets.is_empty() {
                general.add(config);
            } else if config.targets.iter().any(|name| name == platform.as_str()) {
                special.push(config);
            }
        }
        if special.is_empty() {
            return Ok(vec![general]);
        }
        Ok(special
            .into_iter()
            .map(|config| {
                let mut all = general.clone();
                all.add(config);
                all
            })
            .collect())
    }
}

impl Config {
    fn add(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.zipped.extend(other.zipped);
        self.pins.extend(other.pins);
    }

    /// Every choice of one value a key, of the keys that count; `None` if they are too many.
    pub(crate) fn choices(&self, counts: impl Fn(&str) -> bool) -> Option<Vec<Variant>> {
        let mut choices = vec![Variant::new()];
        let mut done: BTreeSet<&str> = BTreeSet::new();
        for (key, values) in &self.keys {
            if done.contains(key.as_str()) {
                continue;
            }
            let together: Vec<&str> = self
                .zipped
                .iter()
                .find(|group| group.contains(key))
                .map_or_else(
                    || vec![key.as_str()],
                    |group| group.iter().map(String::as_str).collect(),
                );
            done.extend(&together);
            let is_used = together.iter().any(|key| counts(key));
            let take = if is_used { values.len() } else { 1 };
            let mut next = Vec::new();
            for choice in &choices {
                for index in 0..take {
                    let mut choice = choice.clone();
                    for key in &together {
                        let values = self.keys.get(*key).map(Vec::as_slice);
                        let value = values.and_then(|v| v.get(index).or_else(|| v.first()));
                        if let Some(value) = value {
                            choice.insert((*key).to_owned(), value.clone());
                        }
                    }
                    next.push(choice);
                }
            }
            if next.len() > MAX_CHOICES {
                return None;
            }
            choices = next;
        }
        Some(choices)
    }
}

/// Reads one file, its selectors applied.
fn read(source: &Source, platform: Subdir) -> Result<Config, SpecError> {
    let lines = Lines::new(source);
    let text = selector::filter(&lines, |expression| {
        Ok(selected_subdirs(expression)?.contains(&platform))
    })?;
    let options = LoaderOptions::default().error_on_duplicate_keys(true);
    let root = parse_yaml_with_options(0, &text, options).map_err(|error| {
        lines.error(0..0, format!("it is no variant file: {error}"), Vec::new())
    })?;
    let wrong = |node: &Node, what: &str| lines.error(lines.range(node.span()), what, Vec::new());
    let mut config = Config::default();
    let Some(table) = root.as_mapping() else {
        return Err(wrong(&root, "a variant file is a mapping of keys to lists"));
    };
    for (key, value) in table.iter() {
        match key.as_str() {
            "zip_keys" => {
                for group in value.as_sequence().into_iter().flat_map(|s| s.iter()) {
                    config.zipped.push(texts(group).unwrap_or_default());
                }
            }
            "pin_run_as_build" => config.pins = pins(value),
            "extend_keys" | "ignore_version" | "ignore_build_only_deps" => {}
            name => {
                // A key whose values are all for other platforms is not there.
                let Some(values) = texts(value) else {
                    return Err(wrong(value, "the values of a variant are texts"));
                };
                if values.is_empty() {
                    continue;
                }
                if name == "target_platform" {
                    config.targets.clone_from(&values);
                }
                config.keys.insert(normal(name), values);
            }
        }
    }
    config.zipped = config
        .zipped
        .into_iter()
        .map(|group| group.iter().map(|key| normal(key)).collect())
        .collect();
    Ok(config)
}

fn normal(key: &str) -> String {
    key.replace(['-', '.'], "_")
}

fn texts(node: &Node) -> Option<Vec<String>> {
    if let Some(scalar) = node.as_scalar() {
        let text = scalar.as_str();
        return Some(if text.is_empty() {
            Vec::new()
        } else {
            vec![text.to_owned()]
        });
    }
    node.as_sequence()?
        .iter()
        .map(|item| Some(item.as_scalar()?.as_str().to_owned()))
        .collect()
}

fn pins(node: &Node) -> BTreeMap<String, PinRunAsBuild> {
    let Some(table) = node.as_mapping() else {
        return BTreeMap::new();
    };
    table
        .iter()
        .filter_map(|(name, node)| {
            let bounds = node.as_mapping()?;
            let bound = |key| bounds.get_scalar(key).map(|s| s.as_str().to_owned());
            let (min, max) = (bound("min_pin"), bound("max_pin"));
            Some((name.as_str().to_owned(), PinRunAsBuild { min, max }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configs(texts: &[&str], platform: &str) -> Vec<Config> {
        let files = texts.iter().map(|text| Source::new("v.yaml", *text));
        Variants::new(files.collect())
            .configs(platform.parse().unwrap())
            .unwrap()
    }

    #[test]
    fn values_are_for_platforms_and_keys_go_together() {
        let text = "a:  # [unix]\n  - 14  # [linux]\n  - 19  # [osx]\npython: ['3.12', '3.13']\n\
                    numpy: ['1', '2']\nzip_keys:\n  - [python, numpy]\n";
        let config = &configs(&[text], "osx-64")[0];
        let choices = config.choices(|_| true).unwrap();
        assert_eq!(choices.len(), 2);
        assert_eq!(choices[1]["numpy"], "2");
        assert_eq!(choices[1]["python"], "3.13");
        assert_eq!(choices[0]["a"], "19");
        assert_eq!(config.choices(|_| false).unwrap().len(), 1);
    }

    #[test]
    fn a_file_for_one_platform_wins_there_and_is_not_seen_elsewhere() {
        let general = "apr: ['1']\nfoo-bar: ['0']\n";
        let special = "apr: ['2']\ntarget_platform: [linux-64]\n";
        let on_linux = configs(&[general, special], "linux-64");
        assert_eq!(on_linux[0].keys["apr"], ["2"]);
        assert_eq!(on_linux[0].keys["foo_bar"], ["0"]);
        assert_eq!(configs(&[general, special], "osx-64")[0].keys["apr"], ["1"]);
    }
}
