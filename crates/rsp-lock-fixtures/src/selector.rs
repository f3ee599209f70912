//! `# [linux >=2.4]` behind a line: for which builds it holds.

use crate::release::Release;

/// The build that a line may or may not hold for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build<'a> {
    pub(crate) subdir: &'a str,
    /// `312` for a build for Python 3.12.
    pub(crate) py: Option<&'a str>,
    pub(crate) variant: Option<&'a str>,
    /// Position in the family's list of releases.
    pub(crate) release: usize,
}

/// What a family's selectors may speak of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) releases: &'a [Release],
    pub(crate) variants: &'a [&'a str],
    /// `noarch` packages are the same on every platform.
    pub(crate) noarch: bool,
}

/// Terms that must all hold; each is a list of alternatives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Vec<Term>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Subdirs {
        names: Vec<String>,
        negated: bool,
    },
    Python {
        py: String,
        negated: bool,
    },
    Variant {
        name: String,
        negated: bool,
    },
    /// First and last release of the family's list, both included.
    Releases {
        first: usize,
        last: usize,
        negated: bool,
    },
}

/// Cuts `line # [selector]` in two.
pub(crate) fn split(line: &str) -> Result<(&str, Option<&str>), String> {
    let Some((text, rest)) = line.split_once(" # ") else {
        return Ok((line.trim(), None));
    };
    rest.trim()
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .map(|inner| (text.trim(), Some(inner)))
        .ok_or_else(|| format!("`{rest}` is not a selector such as `[linux >=2.4]`"))
}

impl Selector {
    pub(crate) fn parse(text: Option<&str>, scope: Scope<'_>) -> Result<Self, String> {
        let mut all = Vec::new();
        for word in text.unwrap_or_default().split_whitespace() {
            all.push(
                word.split('|')
                    .map(|term| Term::parse(term, scope))
                    .collect::<Result<_, _>>()?,
            );
        }
        Ok(Self(all))
    }

    pub(crate) fn holds(&self, build: Build<'_>) -> bool {
        self.0
            .iter()
            .all(|any| any.iter().any(|term| term.holds(build)))
    }
}

impl Term {
    fn parse(text: &str, scope: Scope<'_>) -> Result<Self, String> {
        let (negated, word) = text
            .strip_prefix('!')
            .map_or((false, text), |rest| (true, rest));
        if let Some(names) = subdirs(word) {
            if scope.noarch {
                return Err(format!(
                    "`{word}`: a noarch package is the same on every platform"
                ));
            }
            let names = names.iter().map(|&name| name.to_owned()).collect();
            return Ok(Self::Subdirs { names, negated });
        }
        if scope.variants.contains(&word) {
            return Ok(Self::Variant {
                name: word.to_owned(),
                negated,
            });
        }
        if let Some(py) = word.strip_prefix("py")
            && py.len() > 1
            && py.bytes().all(|b| b.is_ascii_digit())
        {
            return Ok(Self::Python {
                py: py.to_owned(),
                negated,
            });
        }
        for (operator, from_start, to_end, inclusive) in [
            (">=", false, true, true),
            ("<=", true, false, true),
            ("==", false, false, true),
            (">", false, true, false),
            ("<", true, false, false),
        ] {
            let Some(name) = word.strip_prefix(operator) else {
                continue;
            };
            let named = |release: &Release| release.is_named(name);
            let (Some(first), Some(last)) = (
                scope.releases.iter().position(named),
                scope.releases.iter().rposition(named),
            ) else {
                return Err(format!("`{word}`: `{name}` is not among the releases"));
            };
            let count = scope.releases.len();
            let (first, last) = match (from_start, to_end, inclusive) {
                (false, true, true) => (first, count),
                (true, false, true) => (0, last),
                (false, true, false) => (last + 1, count),
                // The oldest release has none before it: an empty range.
                (true, false, false) if first == 0 => (1, 0),
                (true, false, false) => (0, first - 1),
                _ => (first, last),
            };
            return Ok(Self::Releases {
                first,
                last,
                negated,
            });
        }
        Err(format!(
            "`{word}` is no subdir, no `linux` or `osx`, no `py312`, no `>=RELEASE` and no variant"
        ))
    }

    fn holds(&self, build: Build<'_>) -> bool {
        match self {
            Self::Subdirs { names, negated } => {
                names.iter().any(|name| name == build.subdir) != *negated
            }
            Self::Python { py, negated } => (build.py == Some(py.as_str())) != *negated,
            Self::Variant { name, negated } => (build.variant == Some(name.as_str())) != *negated,
            Self::Releases {
                first,
                last,
                negated,
            } => (*first <= build.release && build.release <= *last) != *negated,
        }
    }
}

fn subdirs(word: &str) -> Option<&'static [&'static str]> {
    Some(match word {
        "linux" => &["linux-64", "linux-aarch64"],
        "osx" => &["osx-64", "osx-arm64"],
        "x86_64" => &["linux-64", "osx-64"],
        "arm64" => &["linux-aarch64", "osx-arm64"],
        "linux-64" => &["linux-64"],
        "linux-aarch64" => &["linux-aarch64"],
        "osx-64" => &["osx-64"],
        "osx-arm64" => &["osx-arm64"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases() -> Vec<Release> {
        [
            "1.0 2021-01-01",
            "1.1 2021-01-02",
            "1.1 2021-01-03 #1",
            "2.0 2021-01-04",
        ]
        .map(|text| Release::parse(text).unwrap())
        .to_vec()
    }

    fn held(text: &str) -> Vec<usize> {
        let releases = releases();
        let scope = Scope {
            releases: &releases,
            variants: &["mkl"],
            noarch: false,
        };
        let selector = Selector::parse(Some(text), scope).unwrap();
        let holds = |release: &usize| {
            selector.holds(Build {
                subdir: "osx-64",
                py: Some("312"),
                variant: None,
                release: *release,
            })
        };
        (0..releases.len()).filter(holds).collect()
    }

    #[test]
    fn releases_are_compared_by_their_place_in_the_list() {
        assert_eq!(held(">=1.1"), [1, 2, 3]);
        assert_eq!(held(">1.1"), [3]);
        assert_eq!(held("<=1.1#0"), [0, 1]);
        assert_eq!(held("<1.1"), [0]);
        assert_eq!(held("<1.0"), Vec::<usize>::new());
        assert_eq!(held("==1.1"), [1, 2]);
        assert_eq!(held("!==1.1"), [0, 3]);
    }

    #[test]
    fn all_words_must_hold_and_bars_are_alternatives() {
        assert_eq!(held("osx py312 ==2.0"), [3]);
        assert_eq!(held("linux|py312 >=2.0"), [3]);
        assert_eq!(held("linux"), Vec::<usize>::new());
        assert_eq!(held("!mkl !linux ==1.0"), [0]);
    }

    #[test]
    fn says_what_is_wrong() {
        let releases = releases();
        let scope = Scope {
            releases: &releases,
            variants: &[],
            noarch: true,
        };
        assert!(
            Selector::parse(Some("lunix"), scope)
                .unwrap_err()
                .contains("lunix")
        );
        assert!(
            Selector::parse(Some(">=9"), scope)
                .unwrap_err()
                .contains("not among")
        );
        assert!(
            Selector::parse(Some("linux"), scope)
                .unwrap_err()
                .contains("noarch")
        );
        assert!(
            split("numpy # linux")
                .unwrap_err()
                .contains("not a selector")
        );
        assert_eq!(
            split("numpy >=1 # [linux]").unwrap(),
            ("numpy >=1", Some("linux"))
        );
    }
}
