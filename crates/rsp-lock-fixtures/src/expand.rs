//! Families to records: every release for every platform, python and variant.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use crate::{
    description::{Description, Family, Text, Variant},
    error::FixturesError,
    record::{Channel, Record, digest},
    release::Release,
    selector::{Build, Scope, Selector, split},
};

/// What a family is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Noarch,
    NoarchPython,
    Native,
    PythonBuilds,
}

/// A family where it was found.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    description: &'a Description,
    name: &'a Text,
    family: &'a Family,
    kind: Kind,
}

/// Expands the descriptions of one channel.
pub fn expand(descriptions: &[Description]) -> Result<Channel, FixturesError> {
    let families = families(descriptions)?;
    let mut channel = Channel {
        name: descriptions
            .first()
            .map(|description| description.channel().to_owned())
            .unwrap_or_default(),
        subdirs: BTreeMap::from([("noarch".to_owned(), BTreeMap::new())]),
    };
    for found in families.values() {
        for record in records(*found, &families)? {
            let file_name = file_name(*found, &record)?;
            let files = channel.subdirs.entry(record.subdir.clone()).or_default();
            if files.contains_key(&file_name) {
                return Err(FixturesError::SameFile {
                    place: found.description.place(found.name),
                    file_name,
                });
            }
            let record = Record {
                md5: digest(&format!("md5 {file_name}"))
                    .chars()
                    .take(32)
                    .collect(),
                sha256: digest(&format!("{}/{file_name}", record.subdir)),
                ..record
            };
            files.insert(file_name, record);
        }
    }
    Ok(channel)
}

/// All families of a channel by name; a name may be described once.
fn families(descriptions: &[Description]) -> Result<BTreeMap<&str, Found<'_>>, FixturesError> {
    let mut families: BTreeMap<&str, Found<'_>> = BTreeMap::new();
    for description in descriptions {
        for (kind, members) in [
            (Kind::Noarch, &description.noarch),
            (Kind::NoarchPython, &description.noarch_python),
            (Kind::Native, &description.native),
            (Kind::PythonBuilds, &description.python_builds),
        ] {
            for (name, family) in members {
                let found = Found {
                    description,
                    name,
                    family,
                    kind,
                };
                if let Some(first) = families.insert(name.as_ref(), found) {
                    return Err(FixturesError::Twice {
                        place: description.place(name),
                        name: name.as_ref().clone(),
                        first: first.description.place(first.name),
                    });
                }
            }
        }
    }
    Ok(families)
}

/// One build of a family.
#[derive(Clone, Copy, Debug)]
struct Target<'a> {
    subdir: &'a str,
    python: Option<&'a str>,
    variant: Option<(&'a str, &'a Variant)>,
}

impl Target<'_> {
    /// `38` for python 3.8.
    fn py(&self) -> Option<String> {
        self.python.map(|python| python.replace('.', ""))
    }
}

fn records(
    found: Found<'_>,
    families: &BTreeMap<&str, Found<'_>>,
) -> Result<Vec<Record>, FixturesError> {
    let releases = releases(found)?;
    let variants: Vec<&str> = found.family.variants.keys().map(String::as_str).collect();
    let parsed: Vec<Release> = releases
        .iter()
        .map(|(release, _)| release.clone())
        .collect();
    let scope = Scope {
        releases: &parsed,
        variants: &variants,
        noarch: matches!(found.kind, Kind::Noarch | Kind::NoarchPython),
    };
    let mut records = Vec::new();
    for (at, (release, text)) in releases.iter().enumerate() {
        let (_, selector) = split(text.as_ref()).map_err(|e| found.description.wrong(text, e))?;
        let selector = Selector::parse(selector, scope)
            .map_err(|problem| found.description.wrong(text, problem))?;
        for target in targets(found) {
            let py = target.py();
            let build = Build {
                subdir: target.subdir,
                py: py.as_deref(),
                variant: target.variant.map(|(name, _)| name),
                release: at,
            };
            if selector.holds(build) {
                records.push(record(found, release, target, build, scope, families)?);
            }
        }
    }
    Ok(records)
}

fn releases<'a>(found: Found<'a>) -> Result<Vec<(Release, &'a Text)>, FixturesError> {
    let read = |text: &'a Text| {
        let (line, _) = split(text.as_ref()).map_err(|e| found.description.wrong(text, e))?;
        let release = Release::parse(line).map_err(|e| found.description.wrong(text, e))?;
        Ok((release, text))
    };
    found.family.releases.iter().map(read).collect()
}

/// Every platform, python and variant that a family is built for.
fn targets(found: Found<'_>) -> Vec<Target<'_>> {
    let variants: Vec<Option<(&str, &Variant)>> = if found.family.variants.is_empty() {
        vec![None]
    } else {
        let pairs = found.family.variants.iter();
        pairs
            .map(|(name, variant)| Some((name.as_str(), variant)))
            .collect()
    };
    let pythons: Vec<Option<&str>> = match found.kind {
        Kind::PythonBuilds => found
            .family
            .python
            .as_ref()
            .unwrap_or(&found.description.python)
            .iter()
            .map(|python| Some(python.as_ref().as_str()))
            .collect(),
        _ => vec![None],
    };
    let mut targets = Vec::new();
    for variant in variants {
        let subdirs: Vec<&str> = match found.kind {
            Kind::Noarch | Kind::NoarchPython => vec!["noarch"],
            Kind::Native | Kind::PythonBuilds => variant
                .and_then(|(_, variant)| variant.subdirs.as_ref())
                .or(found.family.subdirs.as_ref())
                .unwrap_or(&found.description.subdirs)
                .iter()
                .map(|subdir| subdir.as_ref().as_str())
                .collect(),
        };
        for subdir in subdirs {
            for python in &pythons {
                targets.push(Target {
                    subdir,
                    python: *python,
                    variant,
                });
            }
        }
    }
    targets
}

fn record(
    found: Found<'_>,
    release: &Release,
    target: Target<'_>,
    build: Build<'_>,
    scope: Scope<'_>,
    families: &BTreeMap<&str, Found<'_>>,
) -> Result<Record, FixturesError> {
    let name: &String = found.name.as_ref();
    let selected = |lines: &[Text]| selected(found, lines, scope, build);
    let mut depends = Vec::new();
    if let Some(python) = target.python {
        let next = next_minor(python);
        let py = python.replace('.', "");
        depends.push(format!("python >={python},<{next}.0a0"));
        depends.push(format!("python_abi {python}.* *_cp{py}"));
    }
    depends.extend(selected(&found.family.depends)?);
    for bundle in &found.family.uses {
        let lines = found.description.uses.get(bundle.as_ref());
        let lines = lines.ok_or_else(|| {
            found
                .description
                .wrong(bundle, "no such bundle under `[uses]`")
        })?;
        depends.extend(selected(lines)?);
    }
    if found.kind == Kind::NoarchPython && !depends.iter().any(|d| name_in(d) == "python") {
        depends.push("python".to_owned());
    }
    for exact in &found.family.exact {
        let other = families.get(exact.as_ref().as_str());
        let other = *other.ok_or_else(|| found.description.wrong(exact, "no such package here"))?;
        let other_target = Target {
            subdir: if matches!(other.kind, Kind::Noarch | Kind::NoarchPython) {
                "noarch"
            } else {
                target.subdir
            },
            python: target.python.filter(|_| other.kind == Kind::PythonBuilds),
            variant: target.variant,
        };
        let text = build_text(other, release, other_target);
        depends.push(format!("{} {} {text}", exact.as_ref(), release.version));
    }
    let mut constrains = selected(&found.family.constrains)?;
    let mut track_features = found.family.track_features.clone();
    if let Some((_, variant)) = target.variant {
        depends.extend(selected(&variant.depends)?);
        constrains.extend(selected(&variant.constrains)?);
        track_features = variant.track_features.clone().or(track_features);
    }
    let text = build_text(found, release, target);
    let seed = digest(&format!(
        "{name} {} {text} {}",
        release.version, target.subdir
    ));
    Ok(Record {
        build: text,
        build_number: number(release, target),
        constrains,
        depends,
        license: found.family.license.clone(),
        md5: String::new(),
        name: name.clone(),
        noarch: match found.kind {
            Kind::Noarch => Some("generic"),
            Kind::NoarchPython => Some("python"),
            Kind::Native | Kind::PythonBuilds => None,
        },
        sha256: String::new(),
        size: found.family.size.unwrap_or_else(|| size(&seed)),
        subdir: target.subdir.to_owned(),
        timestamp: release.timestamp,
        track_features,
        version: release.version.clone(),
    })
}

/// The lines whose selector holds for a build.
fn selected(
    found: Found<'_>,
    lines: &[Text],
    scope: Scope<'_>,
    build: Build<'_>,
) -> Result<Vec<String>, FixturesError> {
    let mut kept = Vec::new();
    for line in lines {
        let wrong = |problem| found.description.wrong(line, problem);
        let (text, selector) = split(line.as_ref()).map_err(wrong)?;
        if Selector::parse(selector, scope)
            .map_err(wrong)?
            .holds(build)
        {
            kept.push(text.to_owned());
        }
    }
    Ok(kept)
}

fn number(release: &Release, target: Target<'_>) -> u64 {
    release.number
        + target
            .variant
            .map_or(0, |(_, variant)| variant.number_offset)
}

/// The build text: a template where one is given (`{py}`, `{hash}` and `{n}` are
/// replaced), else what conda-build would make of the kind.
fn build_text(found: Found<'_>, release: &Release, target: Target<'_>) -> String {
    let variant = target.variant.map_or("", |(name, _)| name);
    let py = target.py().unwrap_or_default();
    let number = number(release, target);
    let seed = digest(&format!(
        "{} {} {number} {py} {variant} {}",
        found.name.as_ref(),
        release.version,
        target.subdir
    ));
    let hash: String = seed.chars().take(7).collect();
    let template = target
        .variant
        .and_then(|(_, variant)| variant.build.as_ref())
        .or(found.family.build.as_ref())
        .map(Spanned::as_ref);
    if let Some(template) = template {
        return template
            .replace("{py}", &py)
            .replace("{hash}", &hash)
            .replace("{n}", &number.to_string());
    }
    let head = match found.kind {
        Kind::Noarch | Kind::Native => String::new(),
        Kind::NoarchPython => "py".to_owned(),
        Kind::PythonBuilds => format!("py{py}"),
    };
    let variant = if variant.is_empty() {
        String::new()
    } else {
        format!("{variant}_")
    };
    format!("{variant}{head}h{hash}_{number}")
}

fn file_name(found: Found<'_>, record: &Record) -> Result<String, FixturesError> {
    let archive = found
        .family
        .archive
        .as_ref()
        .or(found.description.archive.as_ref());
    let extension = archive.map_or("conda", |text| text.as_ref().as_str());
    if let Some(text) = archive.filter(|_| !["conda", "tar.bz2"].contains(&extension)) {
        return Err(found
            .description
            .wrong(text, "expected `conda` or `tar.bz2`"));
    }
    let Record {
        name,
        version,
        build,
        ..
    } = record;
    Ok(format!("{name}-{version}-{build}.{extension}"))
}

/// `3.10` for `3.9`.
fn next_minor(python: &str) -> String {
    match python.rsplit_once('.') {
        Some((major, minor)) => {
            let minor = minor.parse::<u32>().unwrap_or_default();
            format!("{major}.{}", minor + 1)
        }
        None => python.to_owned(),
    }
}

/// Between 8 kB and 4 MB, more often small than large.
fn size(seed: &str) -> u64 {
    let draw = |from: usize| {
        let digits = seed.get(from..from + 4).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or_default()
    };
    8_192 + draw(0) * draw(4) / 1024
}

/// The name in a dependency.
pub(crate) fn name_in(text: &str) -> &str {
    text.split([' ', '>', '<', '=', '!', '['])
        .next()
        .unwrap_or_default()
}

/// Checks that every name a record depends on is provided: by the channel, by
/// one it is used beside, by the platform, or is missing on purpose.
pub fn check_provided(
    channel: &Channel,
    descriptions: &[Description],
    beside: &[&Channel],
) -> Result<(), FixturesError> {
    let mut provided: BTreeSet<&str> = BTreeSet::new();
    for channel in beside.iter().copied().chain([channel]) {
        let records = channel.subdirs.values().flat_map(BTreeMap::values);
        provided.extend(records.map(|record| record.name.as_str()));
    }
    for description in descriptions {
        provided.extend(
            description
                .missing
                .iter()
                .map(|text| text.as_ref().as_str()),
        );
    }
    for record in channel.subdirs.values().flat_map(BTreeMap::values) {
        for text in &record.depends {
            let name = name_in(text);
            if !name.starts_with("__") && !provided.contains(name) {
                return Err(FixturesError::NotProvided {
                    channel: channel.name.clone(),
                    dependent: format!("{} {}", record.name, record.version),
                    dependency: text.clone(),
                });
            }
        }
    }
    Ok(())
}
