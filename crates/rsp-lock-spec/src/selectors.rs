//! Words that stand for platforms: `linux`, `osx and arm64`, `not win`.
//!
//! The words are those of conda-build and conda-lock, besides whole subdirs such
//! as `linux-64`. Python expressions are not read.

use rattler_conda_types::Subdir;

/// The platforms an expression holds on, `noarch` aside.
///
/// The error is a sentence that says what was not understood.
///
/// ```
/// let names = rsp_lock_spec::selected_subdirs("osx and not arm64")?;
/// assert_eq!(names, [rattler_conda_types::Subdir::Osx64]);
/// # Ok::<(), String>(())
/// ```
pub fn selected_subdirs(expression: &str) -> Result<Vec<Subdir>, String> {
    let tokens = tokens(expression)?;
    let mut parser = Parser {
        tokens: &tokens,
        depth: 0,
    };
    let condition = parser.or()?;
    if let Some(token) = parser.tokens.first() {
        return Err(format!(
            "`{token}` was not expected in the selector `{expression}`"
        ));
    }
    let subdirs: Vec<Subdir> = all().filter(|subdir| condition.holds(*subdir)).collect();
    if subdirs.is_empty() {
        return Err(format!("the selector `{expression}` holds on no platform"));
    }
    Ok(subdirs)
}

/// [`selected_subdirs`] as a requirement carries them: names, none if it holds everywhere.
pub(crate) fn selected_names(expression: &str) -> Result<Vec<String>, String> {
    let subdirs = selected_subdirs(expression)?;
    if subdirs.len() == all().count() {
        return Ok(Vec::new());
    }
    Ok(subdirs.iter().map(ToString::to_string).collect())
}

fn all() -> impl Iterator<Item = Subdir> {
    Subdir::all().filter(|subdir| *subdir != Subdir::NoArch)
}

type Test = fn(Subdir) -> bool;

/// The selector words that are not parts of a subdir's name.
const WORDS: &[(&str, Test)] = &[
    ("unix", Subdir::is_unix),
    ("linux", Subdir::is_linux),
    ("osx", Subdir::is_osx),
    ("win", Subdir::is_windows),
    ("linux32", |s| matches!(s, Subdir::Linux32)),
    ("linux64", |s| matches!(s, Subdir::Linux64)),
    ("osx64", |s| matches!(s, Subdir::Osx64)),
    ("win32", |s| matches!(s, Subdir::Win32)),
    ("win64", |s| matches!(s, Subdir::Win64)),
    ("x86", |s| {
        has_architecture(s, "32") || has_architecture(s, "64")
    }),
    ("x86_64", |s| has_architecture(s, "64")),
    ("aarch64", |s| has_architecture(s, "aarch64")),
    ("arm64", |s| has_architecture(s, "arm64")),
    ("ppc64le", |s| has_architecture(s, "ppc64le")),
    ("armv6l", |s| has_architecture(s, "armv6l")),
    ("armv7l", |s| has_architecture(s, "armv7l")),
    ("s390x", |s| has_architecture(s, "s390x")),
    ("riscv64", |s| has_architecture(s, "riscv64")),
];

fn has_architecture(subdir: Subdir, architecture: &str) -> bool {
    subdir.to_string().split_once('-').map(|(_, a)| a) == Some(architecture)
}

enum Condition {
    Word(Test),
    Subdir(Subdir),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

impl Condition {
    fn holds(&self, subdir: Subdir) -> bool {
        match self {
            Self::Word(test) => test(subdir),
            Self::Subdir(only) => *only == subdir,
            Self::Not(inner) => !inner.holds(subdir),
            Self::And(a, b) => a.holds(subdir) && b.holds(subdir),
            Self::Or(a, b) => a.holds(subdir) || b.holds(subdir),
        }
    }
}

/// Far above what people write; keeps the recursion shallow.
const MAX_TOKENS: usize = 100;

fn tokens(expression: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let end = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if matches!(first, '(' | ')') {
            1
        } else {
            return Err(format!(
                "`{}` is not a selector of platforms: words such as `linux`, `osx`, `arm64`, \
                 joined by `and`, `or` and `not`, are",
                expression.trim()
            ));
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after.trim_start();
        if tokens.len() > MAX_TOKENS {
            return Err("the selector is too long".to_owned());
        }
    }
    Ok(tokens)
}

struct Parser<'t, 'e> {
    tokens: &'t [&'e str],
    depth: usize,
}

impl<'e> Parser<'_, 'e> {
    fn next(&mut self) -> Option<&'e str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.tokens.first() == Some(&token);
        if found {
            self.next();
        }
        found
    }

    fn or(&mut self) -> Result<Condition, String> {
        let mut left = self.and()?;
        while self.accept("or") {
            left = Condition::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Condition, String> {
        let mut left = self.not()?;
        while self.accept("and") {
            left = Condition::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > MAX_TOKENS {
            return Err("the selector is too long".to_owned());
        }
        if self.accept("not") {
            return Ok(Condition::Not(Box::new(self.not()?)));
        }
        if self.accept("(") {
            let inner = self.or()?;
            return if self.accept(")") {
                Ok(inner)
            } else {
                Err("a parenthesis of the selector is not closed".to_owned())
            };
        }
        let Some(word) = self.next() else {
            return Err("the selector ends too early".to_owned());
        };
        if let Some((_, test)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Ok(Condition::Word(*test));
        }
        if let Ok(subdir) = word.parse::<Subdir>()
            && subdir != Subdir::NoArch
        {
            return Ok(Condition::Subdir(subdir));
        }
        let known: Vec<&str> = WORDS.iter().map(|(known, _)| *known).collect();
        Err(match crate::nearest::nearest(word, known) {
            Some(near) => {
                format!("`{word}` does not stand for platforms; did you mean `{near}`?")
            }
            None => format!(
                "`{word}` does not stand for platforms; known are `linux`, `osx`, `win`, `unix`, \
                 `arm64`, `aarch64` and subdirs such as `linux-64`"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(expression: &str) -> Vec<String> {
        selected_names(expression).unwrap()
    }

    #[test]
    fn words_stand_for_the_platforms_of_conda_build() {
        assert_eq!(names("linux64"), ["linux-64"]);
        assert_eq!(names("osx"), ["osx-64", "osx-arm64"]);
        assert_eq!(names("osx-arm64"), ["osx-arm64"]);
        assert_eq!(names("linux and aarch64"), ["linux-aarch64"]);
        assert_eq!(names("osx and not arm64"), ["osx-64"]);
        assert_eq!(names("(osx or linux) and x86_64"), ["linux-64", "osx-64"]);
        assert!(names("arm64").contains(&"osx-arm64".to_owned()));
        assert!(!names("not win").contains(&"win-64".to_owned()));
        assert_eq!(names("win or not win"), Vec::<String>::new(), "everywhere");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "linx",
            "py3k",
            "py >= 37",
            "linux and",
            "(linux",
            "linux)",
            "linux osx",
            "linux and osx",
            "noarch",
            "os.environ.get('X')",
        ] {
            assert!(selected_subdirs(text).is_err(), "{text}");
        }
        assert!(selected_subdirs("linx").unwrap_err().contains("`linux`"));
        assert!(selected_subdirs(&"not ".repeat(100_000)).is_err());
        assert!(selected_subdirs(&"(".repeat(90)).is_err());
    }
}
