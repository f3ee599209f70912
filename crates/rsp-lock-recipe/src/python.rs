//! What the python of a variant adds to a package that is built with it.

/// The python a variant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Python {
    /// Such as `3.13`.
    pub(crate) version: String,
    /// Such as `cp313`.
    tag: String,
}

impl Python {
    /// Reads `3.13.* *_cp313` or `3.8`.
    pub(crate) fn read(variant: &str) -> Option<Self> {
        let mut words = variant.split_whitespace();
        let mut numbers = words.next()?.trim_start_matches('=').split('.');
        let (major, minor) = (numbers.next()?, numbers.next()?);
        if ![major, minor]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        {
            return None;
        }
        let tag = words
            .next()
            .and_then(|build| build.rsplit('_').next())
            .filter(|tag| tag.starts_with("cp") && tag.contains(|c: char| c.is_ascii_digit()))
            .map_or_else(|| format!("cp{major}{minor}"), str::to_owned);
        Some(Self {
            version: format!("{major}.{minor}"),
            tag,
        })
    }

    /// What python exports to packages that are built with it.
    pub(crate) fn abi(&self) -> String {
        format!("python_abi {}.* *_{}", self.version, self.tag)
    }

    /// `py313`, the beginning of a build string.
    pub(crate) fn build_prefix(&self) -> String {
        format!("py{}", self.version.replace('.', ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_names_a_python() {
        let python = Python::read("3.13.* *_cp313").unwrap();
        assert_eq!(python.abi(), "python_abi 3.13.* *_cp313");
        assert_eq!(python.build_prefix(), "py313");
        let old = Python::read("3.10.* *_cpython").unwrap();
        assert_eq!(old.abi(), "python_abi 3.10.* *_cp310");
        let free = Python::read("3.13.* *_cp313t").unwrap();
        assert_eq!(free.abi(), "python_abi 3.13.* *_cp313t");
        assert_eq!(Python::read(">=3"), None);
        assert_eq!(Python::read(""), None);
    }
}
