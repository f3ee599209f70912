//! The hash behind the `#` of a package URL.

use rattler_digest::{Md5Hash, Sha256Hash};

/// Which hash an explicit file carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashKind {
    /// `#sha256:<64 hex>`; conda before 24.9 cannot read it.
    #[default]
    Sha256,
    /// `#<32 hex>`, which every client reads.
    Md5,
    /// No hash, and no check.
    None,
}

impl HashKind {
    /// The word that selects it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Md5 => "md5",
            Self::None => "none",
        }
    }
}

/// A hash in an explicit file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// Of 32 hex digits.
    Md5(Md5Hash),
    /// Of 64 hex digits, with or without `sha256:` before them.
    Sha256(Sha256Hash),
}

impl Hash {
    /// Reads what stands behind the `#`; `None` if it is neither form.
    ///
    /// Upper-case digits are understood (micromamba writes none but reads them).
    pub fn from_fragment(fragment: &str) -> Option<Self> {
        let (digits, length) = match fragment.strip_prefix("sha256:") {
            Some(digits) => (digits, 64),
            None => (fragment, fragment.len()),
        };
        if digits.len() != length {
            return None;
        }
        match length {
            32 => {
                let mut hash = Md5Hash::default();
                hex::decode_to_slice(digits, &mut hash).ok()?;
                Some(Self::Md5(hash))
            }
            64 => {
                let mut hash = Sha256Hash::default();
                hex::decode_to_slice(digits, &mut hash).ok()?;
                Some(Self::Sha256(hash))
            }
            _ => None,
        }
    }

    /// The form in which all clients that know this hash read it, without the `#`.
    pub fn to_fragment(self) -> String {
        let mut fragment = String::with_capacity(71);
        self.push_to(&mut fragment);
        fragment
    }

    /// Appends [`Hash::to_fragment`] to a text.
    pub(crate) fn push_to(self, text: &mut String) {
        let mut digits = [0; 64];
        let written = match self {
            Self::Md5(hash) => hex::encode_to_slice(hash, &mut digits[..32]).map(|()| 32),
            Self::Sha256(hash) => {
                text.push_str("sha256:");
                hex::encode_to_slice(hash, &mut digits).map(|()| 64)
            }
        };
        let digits = digits.get(..written.unwrap_or(0)).unwrap_or_default();
        text.push_str(std::str::from_utf8(digits).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_forms_are_hashes() {
        let (md5, sha) = ("d41d8cd98f00b204e9800998ecf8427e", "ab".repeat(32));
        assert!(matches!(Hash::from_fragment(md5), Some(Hash::Md5(_))));
        assert!(matches!(Hash::from_fragment(&sha), Some(Hash::Sha256(_))));
        let prefixed = format!("sha256:{sha}");
        let read = Hash::from_fragment(&prefixed).unwrap();
        assert_eq!(read.to_fragment(), prefixed);
        for bad in [
            "",
            "sha256:",
            "sha256=ab",
            &format!("md5:{md5}"),
            &format!("sha256:{md5}"),
            &md5[1..],
            "zz",
        ] {
            assert_eq!(Hash::from_fragment(bad), None, "{bad}");
        }
    }
}
