//! Which part of the version has to change between two definitions of a metapackage.

mod bounds;
mod line;

use std::{collections::BTreeMap, fmt};

use rsp_lock_spec::{Note, Origin};

use crate::model::{Dependency, Output};

/// Which part of a metapackage's version a change asks for, by the policy for
/// rubin-env of the LSST DM Developer Guide ("Versioning rubin-env").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bump {
    /// Nothing that a user could notice.
    None,
    /// The build number: `<` or `!=` was added.
    Build,
    /// The patch version: `>` was added or raised, or `<` came down.
    Patch,
    /// The minor version: a dependency was added.
    Minor,
    /// The major version: a dependency or a pin was removed, or a major version changed.
    Major,
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Build => "build",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// What changed about one package in one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The output it changed in.
    pub output: String,
    /// The package; the output itself where the whole output came or went.
    pub package: String,
    /// What it asks for.
    pub bump: Bump,
    /// Whether the policy says so; it is silent on widened bounds, which we count as a build.
    pub by_policy: bool,
    /// What happened, a few words.
    pub what: String,
    /// The lines before; empty if there was none.
    pub old: String,
    /// The lines after; empty if there is none.
    pub new: String,
    /// Where the new line was written, or the old one where there is no new one.
    pub origin: Option<Origin>,
    /// Why, as the comment beside that line says.
    pub note: Note,
}

/// What changed, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// The greatest bump that any change asks for.
    pub bump: Bump,
    /// What the versions and build numbers of the two say the bump was; `None` if the
    /// new one is not newer, or they have no output in common.
    pub published: Option<Bump>,
    /// Every change, greatest bump first, then by output and name.
    pub changes: Vec<Change>,
}

/// Compares two definitions, output by output.
///
/// A line that moves to another output which the first one pins exactly is still
/// required, so it is not counted as removed. Lines that pin outputs to each other and
/// what python exports (`python_abi`) change with every build and say nothing.
pub fn classify(old: &[Output], new: &[Output]) -> Classification {
    let mut changes = Vec::new();
    for output in new {
        let name = output.name.as_normalized();
        match find(old, name) {
            Some(before) => compare(before, output, old, new, &mut changes),
            None if !old.is_empty() => changes.push(whole(output, Bump::Minor, "new output")),
            None => {}
        }
    }
    for output in old {
        if find(new, output.name.as_normalized()).is_none() {
            changes.push(whole(output, Bump::Major, "output removed"));
        }
    }
    changes.sort_by(|a, b| {
        let key = |c: &Change| (c.output.clone(), c.package.clone());
        b.bump.cmp(&a.bump).then_with(|| key(a).cmp(&key(b)))
    });
    Classification {
        bump: changes.iter().map(|c| c.bump).max().unwrap_or(Bump::None),
        published: published(old, new),
        changes,
    }
}

fn find<'o>(outputs: &'o [Output], name: &str) -> Option<&'o Output> {
    outputs
        .iter()
        .find(|output| output.name.as_normalized() == name)
}

fn whole(output: &Output, bump: Bump, what: &str) -> Change {
    let name = output.name.as_normalized().to_owned();
    Change {
        output: name.clone(),
        package: name,
        bump,
        by_policy: true,
        what: what.to_owned(),
        old: String::new(),
        new: String::new(),
        origin: Some(output.origin.clone()),
        note: Note::default(),
    }
}

/// The lines of an output by package, pins between outputs aside.
type ByName<'o> = BTreeMap<&'o str, Vec<&'o Dependency>>;

fn by_name<'o>(lines: &'o [Dependency], outputs: &[Output]) -> ByName<'o> {
    let mut found = ByName::new();
    for line in lines {
        let name = line.name();
        if name != "python_abi" && find(outputs, name).is_none() {
            found.entry(name).or_default().push(line);
        }
    }
    found
}

/// Whether an output requires a package, itself or through outputs that it names.
fn requires(output: &Output, package: &str, outputs: &[Output], seen: &mut Vec<String>) -> bool {
    if seen.iter().any(|name| name == output.name.as_normalized()) {
        return false;
    }
    seen.push(output.name.as_normalized().to_owned());
    output.depends.iter().any(|line| {
        line.name() == package
            || find(outputs, line.name())
                .is_some_and(|inner| requires(inner, package, outputs, seen))
    })
}

fn compare(
    before: &Output,
    after: &Output,
    old: &[Output],
    new: &[Output],
    changes: &mut Vec<Change>,
) {
    let output = after.name.as_normalized();
    for (is_constraint, before_lines, after_lines) in [
        (false, &before.depends, &after.depends),
        (true, &before.constrains, &after.constrains),
    ] {
        let was = by_name(before_lines, old);
        let is = by_name(after_lines, new);
        let mut push = |package: &str, verdict: line::Verdict| {
            let (olds, news) = (was.get(package), is.get(package));
            let place = news.or(olds).and_then(|lines| lines.first());
            changes.push(Change {
                output: output.to_owned(),
                package: package.to_owned(),
                bump: verdict.bump,
                by_policy: verdict.by_policy,
                what: verdict.what,
                old: joined(olds),
                new: joined(news),
                origin: place.map(|line| line.origin.clone()),
                note: place.map(|line| line.note.clone()).unwrap_or_default(),
            });
        };
        for (package, news) in &is {
            match was.get(package) {
                Some(olds) => {
                    for verdict in line::compare(package, olds, news) {
                        push(package, verdict);
                    }
                }
                None if is_constraint => {
                    push(package, line::Verdict::new(Bump::Build, "constraint added"));
                }
                None if requires(before, package, old, &mut Vec::new()) => {
                    push(
                        package,
                        line::Verdict::new(Bump::None, "moved between outputs"),
                    );
                }
                None => push(package, line::Verdict::new(Bump::Minor, "dependency added")),
            }
        }
        for package in was.keys().filter(|package| !is.contains_key(*package)) {
            if is_constraint {
                push(
                    package,
                    line::Verdict::new(Bump::Major, "constraint removed"),
                );
            } else if requires(after, package, new, &mut Vec::new()) {
                push(
                    package,
                    line::Verdict::new(Bump::None, "moved between outputs"),
                );
            } else {
                push(
                    package,
                    line::Verdict::new(Bump::Major, "dependency removed"),
                );
            }
        }
    }
}

fn joined(lines: Option<&Vec<&Dependency>>) -> String {
    let texts: Vec<&str> = lines
        .into_iter()
        .flatten()
        .map(|line| line.text.as_str())
        .collect();
    texts.join(" and ")
}

/// The first part of the version that differs, of the first output that both have.
fn published(old: &[Output], new: &[Output]) -> Option<Bump> {
    let (before, after) = new
        .iter()
        .find_map(|output| Some((find(old, output.name.as_normalized())?, output)))?;
    if after.version.version() < before.version.version() {
        return None;
    }
    if after.version.version() == before.version.version() {
        return match after.build_number.cmp(&before.build_number) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(Bump::None),
            std::cmp::Ordering::Greater => Some(Bump::Build),
        };
    }
    let parts = |output: &Output| -> Vec<String> {
        let text = output.version.to_string();
        text.split('.').map(str::to_owned).collect()
    };
    let (a, b) = (parts(before), parts(after));
    let differs = |index: usize| a.get(index) != b.get(index);
    Some(if differs(0) {
        Bump::Major
    } else if differs(1) {
        Bump::Minor
    } else {
        Bump::Patch
    })
}
