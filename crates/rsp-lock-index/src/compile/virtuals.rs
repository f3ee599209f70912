//! Specs about virtual packages, which are judged when a problem is posed.

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, ParseMatchSpecOptions, RepodataRevision,
};

/// What a group says of a virtual package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VirtualKind {
    /// The platform must offer one that matches.
    Required,
    /// What the platform offers of that name must match.
    Limited,
    /// The platform must not offer one that matches.
    Refused,
}

impl VirtualKind {
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Required => 0,
            Self::Limited => 1,
            Self::Refused => 2,
        }
    }

    pub(crate) fn of_number(number: u32) -> Self {
        match number {
            0 => Self::Required,
            1 => Self::Limited,
            _ => Self::Refused,
        }
    }
}

/// Whether a platform that offers these packages meets a spec about a virtual package.
pub(crate) fn is_met(text: &str, kind: VirtualKind, offered: &[GenericVirtualPackage]) -> bool {
    let text = without_channel(text);
    let name = text
        .split(|c: char| !is_of_name(c))
        .next()
        .unwrap_or_default();
    let is_named = |p: &&GenericVirtualPackage| p.name.as_normalized().eq_ignore_ascii_case(name);
    let of_name = || offered.iter().filter(is_named);
    if of_name().next().is_none() {
        return kind != VirtualKind::Required;
    }
    if text.len() == name.len() {
        return kind != VirtualKind::Refused;
    }
    let judged = judge(text);
    match kind {
        VirtualKind::Required => of_name().any(judged),
        VirtualKind::Limited => of_name().all(judged),
        VirtualKind::Refused => !of_name().any(judged),
    }
}

/// The part of a spec that begins with the name: no platform says which channel a package is of.
fn without_channel(text: &str) -> &str {
    let text = text.trim();
    match text.split_once("::") {
        Some((channel, rest)) if !channel.contains([' ', '[']) => rest.trim_start(),
        _ => text,
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The spec as a predicate. Its text was read before, so that it can be read.
fn judge(text: &str) -> impl FnMut(&GenericVirtualPackage) -> bool {
    let words = words(text);
    let spec = match &words {
        // Conda-forge lists the processors that do: an expression for which it takes
        // a hundred times as long to be understood as to compare the words.
        Some((rest, _)) => parse(rest),
        None => parse(text),
    };
    move |package| {
        let is_word = words.as_ref().is_none_or(|(_, words)| {
            words
                .iter()
                .any(|w| w.eq_ignore_ascii_case(package.build_string.as_str()))
        });
        is_word && spec.as_ref().is_some_and(|spec| spec.matches(package))
    }
}

/// `name version ^(a|b)$` as `name version` and the words.
fn words(text: &str) -> Option<(String, Vec<String>)> {
    let (rest, build) = text.trim().rsplit_once(' ')?;
    let list = build.strip_prefix("^(")?.strip_suffix(")$")?;
    let words: Vec<String> = list.split('|').map(str::to_owned).collect();
    let is_plain = |word: &String| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    words.iter().all(is_plain).then(|| (rest.to_owned(), words))
}

fn parse(text: &str) -> Option<MatchSpec> {
    let options = ParseMatchSpecOptions::lenient().with_repodata_revision(RepodataRevision::V3);
    MatchSpec::from_str(text, options).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(build: &str) -> Vec<GenericVirtualPackage> {
        vec![GenericVirtualPackage {
            name: "__archspec".parse().unwrap(),
            version: "1".parse().unwrap(),
            build_string: build.parse().unwrap(),
        }]
    }

    #[test]
    fn a_virtual_package_is_the_one_that_the_parser_reads() {
        for text in [
            "__archspec",
            " __archspec 1.*",
            "__archspec ",
            "conda-forge::__archspec >=1",
            "conda-forge/linux-64::__archspec",
            "__ARCHSPEC 1",
            "__archspec[version='1']",
        ] {
            let name = parse(text).and_then(|spec| spec.name.as_exact().cloned());
            assert_eq!(name, Some("__archspec".parse().unwrap()), "{text}");
            let offered = offered("haswell");
            assert!(is_met(text, VirtualKind::Required, &offered), "{text}");
            assert!(!is_met(text, VirtualKind::Refused, &offered), "{text}");
            assert!(!is_met(text, VirtualKind::Required, &[]), "{text}");
        }
    }

    #[test]
    fn a_list_of_words_means_what_the_expression_means() {
        for build in ["core2", "Haswell", "x86_64", "has", "other"] {
            for text in [
                "__archspec 1.* ^(core2|haswell)$",
                "__archspec 2.* ^(core2|haswell)$",
                "__archspec 1.* ^(x86_64|has.*)$",
                "__archspec",
                "__cuda >=12",
            ] {
                let offered = offered(build);
                let spec = parse(text).unwrap();
                let matches = |p: &GenericVirtualPackage| {
                    spec.name.as_exact() == Some(&p.name) && spec.matches(p)
                };
                let any = offered.iter().any(matches);
                assert_eq!(
                    is_met(text, VirtualKind::Required, &offered),
                    any,
                    "{text} {build}"
                );
                assert_eq!(
                    is_met(text, VirtualKind::Refused, &offered),
                    !any,
                    "{text} {build}"
                );
            }
        }
    }
}
