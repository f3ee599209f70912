//! Name, version and build, read from the URL of a package.

use rattler_conda_types::package::CondaArchiveIdentifier;
use url::Url;

/// What the last segment of a package URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Archive {
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) build: String,
}

/// Reads the last segment; `None` unless it is `<name>-<version>-<build>.conda` or `.tar.bz2`.
///
/// Versions may hold an epoch (`1!164.3095`), names and builds may begin with
/// `_`; a name may contain `-`, version and build may not.
pub(crate) fn archive(url: &Url) -> Option<Archive> {
    let file = percent_decoded(url.path_segments()?.next_back()?);
    let identifier = CondaArchiveIdentifier::try_from_filename(&file)?.identifier;
    let complete = [
        &identifier.name,
        &identifier.version,
        &identifier.build_string,
    ]
    .iter()
    .all(|part| !part.is_empty() && !part.contains(char::is_whitespace));
    complete.then_some(Archive {
        file,
        name: identifier.name.to_lowercase(),
        version: identifier.version,
        build: identifier.build_string,
    })
}

/// The second last segment of the path: where clients read the subdir from.
pub(crate) fn subdir_segment(url: &Url) -> Option<&str> {
    let segment = url.path_segments()?.nth_back(1)?;
    (!segment.is_empty()).then_some(segment)
}

/// `%21` for `!`: some servers list their files so. What does not decode to UTF-8 stays as it is.
fn percent_decoded(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| *first == b'%').and_then(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            pair.bytes()
                .all(|b| b.is_ascii_hexdigit())
                .then(|| u8::from_str_radix(pair, 16).ok())?
        });
        if let Some(code) = code {
            bytes.push(code);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| segment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_read() {
        let read =
            |url: &str| archive(&Url::parse(url).unwrap()).map(|a| (a.name, a.version, a.build));
        let some = |n: &str, v: &str, b: &str| Some((n.to_owned(), v.to_owned(), b.to_owned()));
        assert_eq!(
            read("https://h/c/linux-64/x264-1!164.3095-h166bdaf_2.tar.bz2"),
            some("x264", "1!164.3095", "h166bdaf_2")
        );
        assert_eq!(
            read("https://h/c/linux-64/x264-1%21164.3095-h166bdaf_2.tar.bz2"),
            some("x264", "1!164.3095", "h166bdaf_2")
        );
        assert_eq!(
            read("file:///c/noarch/_x86_64-microarch-level-4-3_icelake.conda"),
            some("_x86_64-microarch-level", "4", "3_icelake")
        );
        assert_eq!(
            read("https://h/c/noarch/python_abi-3.13-9_cp313.conda"),
            some("python_abi", "3.13", "9_cp313")
        );
        assert_eq!(read("https://h/c/noarch/readme.txt"), None);
        assert_eq!(read("https://h/c/noarch/a-1.conda"), None);
        assert_eq!(read("https://h/c/noarch/--.conda"), None);
        assert_eq!(
            read("https://h/c/noarch/a-%zz-0.conda"),
            some("a", "%zz", "0")
        );
    }
}
