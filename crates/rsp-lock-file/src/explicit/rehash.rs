//! Giving the lines of an explicit file another hash.

use rattler_digest::{Md5Hash, Sha256Hash};

use super::{
    hash::{Hash, HashKind},
    read::{ExplicitEntry, ExplicitFile},
};

/// The hashes that a channel knows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownHashes {
    /// The MD5, if known.
    pub md5: Option<Md5Hash>,
    /// The SHA-256, if known.
    pub sha256: Option<Sha256Hash>,
}

/// An explicit file with other hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehashed {
    /// The text; all bytes but the hashes are those of the original.
    pub text: String,
    /// The file names whose hash is not known. Their lines are as they were.
    pub unknown: Vec<String>,
}

/// Rewrites the hash of every line to the kind that is wanted, where it is known.
///
/// `known` says what is known of an entry besides what its line says. Nothing
/// is invented: what is not known is listed in [`Rehashed::unknown`].
pub fn rehash(
    file: &ExplicitFile,
    kind: HashKind,
    known: impl Fn(&ExplicitEntry) -> KnownHashes,
) -> Rehashed {
    let text = file.text();
    let mut out = String::with_capacity(text.len() + 80 * file.entries.len());
    let mut unknown = Vec::new();
    let mut copied = 0;
    for entry in &file.entries {
        let line = text.get(entry.span.clone()).unwrap_or_default();
        let bare = line.trim_end();
        let ending = line.get(bare.len()..).unwrap_or_default();
        let url = bare.split_once('#').map_or(bare, |(url, _)| url);
        out.push_str(text.get(copied..entry.span.start).unwrap_or_default());
        copied = entry.span.end;
        match wanted(entry, kind, known(entry)) {
            Wanted::Hash(hash) => {
                out.push_str(url);
                out.push('#');
                out.push_str(&hash.to_fragment());
                out.push_str(ending);
            }
            Wanted::None => {
                out.push_str(url);
                out.push_str(ending);
            }
            Wanted::Unknown => {
                unknown.push(entry.file.clone());
                out.push_str(line);
            }
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Rehashed { text: out, unknown }
}

enum Wanted {
    Hash(Hash),
    None,
    Unknown,
}

fn wanted(entry: &ExplicitEntry, kind: HashKind, known: KnownHashes) -> Wanted {
    let own = entry.hash;
    let hash = match (kind, own) {
        (HashKind::None, _) => return Wanted::None,
        (HashKind::Md5, Some(Hash::Md5(_))) | (HashKind::Sha256, Some(Hash::Sha256(_))) => own,
        (HashKind::Md5, _) => known.md5.map(Hash::Md5),
        (HashKind::Sha256, _) => known.sha256.map(Hash::Sha256),
    };
    hash.map_or(Wanted::Unknown, Wanted::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::read;

    #[test]
    fn known_hashes_are_appended_and_unknown_ones_reported() {
        let text = "# platform: linux-64\r\n@EXPLICIT\r\nhttps://h/noarch/a-1-0.conda\r\n\r\nhttps://h/noarch/b-1-0.conda";
        let file = read(text, "x").unwrap();
        let md5 = [0xab; 16];
        let known = |entry: &ExplicitEntry| KnownHashes {
            md5: (entry.name == "a").then(|| md5.into()),
            sha256: None,
        };
        let with = rehash(&file, HashKind::Md5, known);
        assert_eq!(with.unknown, ["b-1-0.conda"]);
        assert_eq!(
            with.text,
            text.replace("a-1-0.conda", &format!("a-1-0.conda#{}", "ab".repeat(16)))
        );
        let without = rehash(&read(&with.text, "x").unwrap(), HashKind::None, known);
        assert_eq!((without.text.as_str(), without.unknown.len()), (text, 0));
    }
}
