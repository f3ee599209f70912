//! Single entries of lists: `name=version=build`, and lines of pip.

use url::Url;

use crate::secret::masked;

/// An entry that names one package of conda exactly.
pub(super) struct Exact<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) build: &'a str,
}

/// Reads `name=version=build`.
pub(super) fn exact(text: &str) -> Option<Exact<'_>> {
    let mut parts = text.split('=');
    let (name, version, build) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |part: &str, more: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_.+-".contains(c) || more.contains(c))
    };
    (parts.next().is_none() && plain(name, "") && plain(version, "!") && plain(build, ""))
        .then_some(Exact {
            name,
            version,
            build,
        })
}

/// A line of pip, taken apart.
pub(super) struct PipLine<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) location: Option<String>,
    pub(super) from_conda: bool,
}

/// Reads `name==version`, `name @ url`, and `-e url#egg=name`; a comment at the end is ignored.
pub(super) fn pip_line(line: &str) -> Option<PipLine<'_>> {
    let line = without_comment(line);
    if let Some(editable) = line
        .strip_prefix("-e ")
        .or_else(|| line.strip_prefix("--editable "))
    {
        return from_url(editable.trim());
    }
    if let Some((requirement, location)) = line.split_once(" @ ") {
        let location = location.split(" ; ").next().unwrap_or(location).trim();
        return Some(PipLine {
            name: project(requirement)?,
            version: None,
            from_conda: location.starts_with("file:") && built_by_conda(location),
            location: Some(shown(location)?),
        });
    }
    if line.contains("://") {
        return from_url(line);
    }
    let (requirement, version) = line.split_once("==")?;
    let version = version
        .split(';')
        .next()
        .unwrap_or(version)
        .trim()
        .trim_start_matches('=');
    let version_is_plain = !version.is_empty()
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._+-!*".contains(c));
    version_is_plain.then_some(PipLine {
        name: project(requirement)?,
        version: Some(version),
        location: None,
        from_conda: false,
    })
}

/// The project of a requirement that may leave a choice: `name`, `name<2`, `name[extra]>=1`.
pub(super) fn requirement_name(line: &str) -> Option<&str> {
    let line = without_comment(line);
    let end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
        .unwrap_or(line.len());
    let (name, rest) = (line.get(..end)?, line.get(end..)?.trim_start());
    let begins_well = rest.is_empty() || rest.starts_with(['[', '<', '>', '=', '!', '~', ';']);
    (begins_well && !name.is_empty()).then_some(name)
}

/// A line without the comment at its end.
pub(super) fn without_comment(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line).trim()
}

/// The project's name without its extras.
fn project(requirement: &str) -> Option<&str> {
    let name = requirement.split('[').next().unwrap_or(requirement).trim();
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    (plain && !name.is_empty()).then_some(name)
}

/// `git+https://host/owner/name.git@ref#egg=name`: the name is in the fragment, or is the repository's.
fn from_url(text: &str) -> Option<PipLine<'_>> {
    let location = shown(text)?;
    let egg = text
        .split_once("#egg=")
        .map(|(_, egg)| egg.split(['&', '[']).next().unwrap_or(egg));
    let name = egg.or_else(|| {
        let path = text.split(['#', '?']).next()?;
        let last = path.rsplit('/').next()?;
        Some(
            last.split('@')
                .next()
                .unwrap_or(last)
                .trim_end_matches(".git"),
        )
    })?;
    Some(PipLine {
        name: project(name)?,
        version: None,
        location: Some(location),
        from_conda: false,
    })
}

/// conda-build and rattler-build leave the directory of the build in the package.
fn built_by_conda(location: &str) -> bool {
    [
        "/feedstock_root/",
        "/build_artifacts/",
        "/conda-bld/",
        "/rattler-build_",
        "/croot/",
    ]
    .iter()
    .any(|mark| location.contains(mark))
}

fn shown(location: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    Some(if url.has_host() {
        masked(&url)
    } else {
        location.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_apart() {
        let entry = exact("minuit2=6.18.00=minuit2_standalone").unwrap();
        assert_eq!(
            (entry.name, entry.version, entry.build),
            ("minuit2", "6.18.00", "minuit2_standalone")
        );
        for other in [
            "numpy==1.20",
            "numpy=1.20",
            "a=b=c=d",
            "=1=0",
            "a=1=",
            "a =1=0",
            "GitHub:  https://x=1=2",
        ] {
            assert!(exact(other).is_none(), "{other}");
        }
    }

    #[test]
    fn pip_lines_of_all_forms_are_read() {
        fn read(line: &str) -> Option<(&str, Option<&str>, Option<String>, bool)> {
            pip_line(line).map(|p| (p.name, p.version, p.location, p.from_conda))
        }
        assert_eq!(
            read("zope-interface==5.2.0"),
            Some(("zope-interface", Some("5.2.0"), None, false))
        );
        assert_eq!(
            read("nbconvert[webpdf]==6.0"),
            Some(("nbconvert", Some("6.0"), None, false))
        );
        let location = "file:///home/conda/feedstock_root/build_artifacts/adal_1611297630154/work";
        assert_eq!(
            read(&format!("adal @ {location}")),
            Some(("adal", None, Some(location.to_owned()), true))
        );
        let git = "git+https://github.com/lsst-dm/pyjs9@abc#egg=pyjs9";
        assert_eq!(
            read(git),
            Some(("pyjs9", None, Some(git.to_owned()), false))
        );
        assert_eq!(
            read(&format!("-e {git}")),
            Some(("pyjs9", None, Some(git.to_owned()), false))
        );
        assert!(
            !read("x @ git+https://user:SECRET@h/x")
                .unwrap()
                .2
                .unwrap()
                .contains("SECRET")
        );
        for other in ["numpy", "numpy=1=0", "hello world==1", "==1", "a==", "@ x"] {
            assert!(pip_line(other).is_none(), "{other}");
        }
    }
}
