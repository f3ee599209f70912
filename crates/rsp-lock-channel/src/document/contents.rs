//! The pass over the JSON text of a document that fills its table of contents.

use std::{borrow::Cow, fmt};

use rsp_lock_index::pack::{check_stem, name_of_stem};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Archive, Entry};

/// Reads a document.
pub(super) fn read(text: &[u8]) -> Result<Contents, serde_json::Error> {
    let mut contents = Contents {
        base: text.as_ptr() as usize,
        ..Contents::default()
    };
    let mut json = serde_json::Deserializer::from_slice(text);
    json.deserialize_map(Top(&mut contents))
        .and_then(|()| json.end())?;
    Ok(contents)
}

/// What is noted while the text is read.
#[derive(Default)]
pub(super) struct Contents {
    /// Address of the first byte of the text: positions are differences to it.
    base: usize,
    pub(super) base_url: Option<String>,
    pub(super) entries: Vec<Entry>,
    pub(super) escaped: Vec<Box<str>>,
    pub(super) removed: Vec<String>,
    pub(super) unusable: Vec<(String, String)>,
    pub(super) has_records: bool,
}

impl Contents {
    fn note(&mut self, key: Cow<'_, str>, json: &RawValue, v3: Option<Archive>) {
        let split = match v3 {
            Some(archive) => Some((key.as_ref(), archive)),
            None => Archive::split(&key),
        };
        let checked = split
            .ok_or_else(|| "the file is neither .conda nor .tar.bz2".to_owned())
            .and_then(|(stem, archive)| {
                check_stem(stem)?;
                let name = name_of_stem(stem)
                    .ok_or_else(|| "the file name is not name-version-build".to_owned())?;
                let len = |text: &str| u32::try_from(text.len()).map_err(|e| e.to_string());
                Ok((
                    archive,
                    len(name)?,
                    len(stem)?,
                    len(&key)?,
                    len(json.get())?,
                ))
            });
        match checked {
            Ok((archive, name_len, stem_len, key_len, value_len)) => {
                let (key, is_escaped) = match key {
                    Cow::Borrowed(text) => (text.as_ptr() as usize - self.base, false),
                    Cow::Owned(text) => {
                        self.escaped.push(text.into());
                        (self.escaped.len() - 1, true)
                    }
                };
                self.entries.push(Entry {
                    key,
                    key_len,
                    is_escaped,
                    is_v3: v3.is_some(),
                    archive,
                    name_len,
                    stem_len,
                    value: json.get().as_ptr() as usize - self.base,
                    value_len,
                });
            }
            Err(reason) => self.unusable.push((key.into_owned(), reason)),
        }
    }
}

/// A key that stays where it is in the text unless it is written with escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The document itself.
struct Top<'c>(&'c mut Contents);

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a repodata object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "packages" | "packages.conda" => {
                    self.0.has_records = true;
                    map.next_value_seed(Section {
                        contents: self.0,
                        v3: None,
                    })?;
                }
                "v3" => {
                    self.0.has_records = true;
                    map.next_value_seed(V3(self.0))?;
                }
                "info" => {
                    let info: Option<Info> = map.next_value()?;
                    self.0.base_url = info.and_then(|info| info.base_url);
                }
                "removed" => map.next_value_seed(Removed(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Info {
    base_url: Option<String>,
}

/// `packages`, `packages.conda`, or a part of `v3`.
struct Section<'c> {
    contents: &'c mut Contents,
    v3: Option<Archive>,
}

impl<'de> DeserializeSeed<'de> for Section<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Section<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of records")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let json: &'de RawValue = map.next_value()?;
            self.contents.note(key, json, self.v3);
        }
        Ok(())
    }
}

/// `v3`: one section an archive type (CEP 48). Wheels are not conda packages.
struct V3<'c>(&'c mut Contents);

impl<'de> DeserializeSeed<'de> for V3<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for V3<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of sections")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let archive = match key.as_ref() {
                "conda" => Archive::Conda,
                "tar.bz2" => Archive::TarBz2,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            map.next_value_seed(Section {
                contents: self.0,
                v3: Some(archive),
            })?;
        }
        Ok(())
    }
}

/// `removed`: file names.
struct Removed<'c>(&'c mut Contents);

impl<'de> DeserializeSeed<'de> for Removed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Removed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of file names")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(file) = seq.next_element::<String>()? {
            self.0.removed.push(file);
        }
        Ok(())
    }
}
