//! Specs as records have them.

/// A spec in the form that a build writes into a record: `=1.70` and a bare `1.70`
/// become `1.70.*`, and blanks after operators go.
///
/// The rule is conda-build's for run requirements of three forms: `name`,
/// `name version`, `name version build` (the last one exact, and left alone).
///
/// ```
/// use rsp_lock_recipe::normalise;
/// assert_eq!(normalise("boost =1.70"), "boost 1.70.*");
/// assert_eq!(normalise("reproject >= 0.19.0"), "reproject >=0.19.0");
/// assert_eq!(normalise("libblas * *openblas"), "libblas * *openblas");
/// ```
pub fn normalise(text: &str) -> String {
    let text = text.trim();
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '=' | '!' | '~'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if rest.is_empty() || rest.contains('[') || text.contains("::") {
        return text.to_owned();
    }
    let rest = squeeze(rest.trim());
    let mut parts = rest.split_whitespace();
    let Some(version) = parts.next() else {
        return name.to_owned();
    };
    let build: Vec<&str> = parts.collect();
    if !build.is_empty() {
        return format!("{name} {version} {}", build.join(" "));
    }
    format!("{name} {}", fuzzy(version))
}

/// Takes out blanks that belong to an operator.
fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let after_operator = out.ends_with(['<', '>', '=', '!', '~', ',', '|']);
        if c.is_whitespace() && (after_operator || out.ends_with(' ')) {
            continue;
        }
        if matches!(c, ',' | '|') && out.ends_with(' ') {
            out.pop();
        }
        out.push(c);
    }
    out
}

/// A version that stands alone means all versions that start with it.
fn fuzzy(version: &str) -> String {
    let plain = version
        .strip_prefix('=')
        .filter(|rest| !rest.starts_with('='))
        .unwrap_or(version);
    let is_bare = !plain.contains(['<', '>', '=', '!', '~', ',', '|', '*', '^', '$']);
    if is_bare {
        format!("{plain}.*")
    } else {
        plain.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_written_as_records_have_them() {
        for (written, expected) in [
            ("jq", "jq"),
            ("cython 3.*", "cython 3.*"),
            ("gcc_linux-64 =14", "gcc_linux-64 14.*"),
            ("python =3.8", "python 3.8.*"),
            ("mock=4.0.2", "mock 4.0.2.*"),
            ("flake8 ==7.3.0", "flake8 ==7.3.0"),
            ("impi_rt == 9999", "impi_rt ==9999"),
            ("ipykernel >=6,<7|>=8", "ipykernel >=6,<7|>=8"),
            ("ipykernel >=6, <7 | >=8", "ipykernel >=6,<7|>=8"),
            ("click>7", "click >7"),
            ("pytest-doctestplus !=0.7.0", "pytest-doctestplus !=0.7.0"),
            ("rubin-env 13.0.1 py313_6", "rubin-env 13.0.1 py313_6"),
            ("python_abi 3.13.* *_cp313", "python_abi 3.13.* *_cp313"),
            ("numpy 1.19", "numpy 1.19.*"),
        ] {
            assert_eq!(normalise(written), expected);
        }
    }
}
