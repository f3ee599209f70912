//! The specs of all records, gathered in the order in which they are judged.

use std::borrow::Cow;

use crate::{
    edits::{Edited, Rules},
    finding::Field,
    spec::{SpecId, Specs},
    subject::Entry,
};

/// What the records say, and what the request made of it.
pub(crate) struct Gathered<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) edited: Edited<'a>,
}

/// One spec of one record.
pub(crate) struct Line<'a> {
    /// Whose record: the place among the subject's entries.
    pub(crate) entry: usize,
    /// Where in the record.
    pub(crate) field: LineField<'a>,
    /// The spec that stands there.
    pub(crate) spec: SpecId,
}

/// [`Field`], borrowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineField<'a> {
    Depends,
    Constrains,
    Extra(&'a str),
}

impl LineField<'_> {
    pub(crate) fn to_field(self) -> Field {
        match self {
            Self::Depends => Field::Depends,
            Self::Constrains => Field::Constrains,
            Self::Extra(extra) => Field::Extra(extra.to_owned()),
        }
    }
}

/// All specs of all records: entry by entry, `depends` and `constrains` as the
/// rules of the request leave them, then extras by name.
pub(crate) fn gather<'a>(
    entries: &[Entry<'a>],
    rules: &Rules<'a>,
    specs: &mut Specs<'a>,
) -> Gathered<'a> {
    let mut gathered = Gathered {
        lines: Vec::with_capacity(entries.len() * 8),
        edited: Edited::new(rules),
    };
    for (entry, record) in entries
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| entry.record.map(|record| (index, record)))
    {
        let mut add = |field: LineField<'a>, text: Cow<'a, str>| {
            gathered.lines.push(Line {
                entry,
                field,
                spec: specs.intern(text),
            });
        };
        let package = &record.package_record;
        match rules.apply(package) {
            None => {
                for text in &package.depends {
                    add(LineField::Depends, Cow::Borrowed(text));
                }
                for text in &package.constrains {
                    add(LineField::Constrains, Cow::Borrowed(text));
                }
            }
            Some(effective) => {
                gathered.edited.note(record, &effective);
                for dependency in effective.depends {
                    add(LineField::Depends, Cow::Owned(dependency.text));
                }
                for dependency in effective.constrains {
                    add(LineField::Constrains, Cow::Owned(dependency.text));
                }
            }
        }
        for (extra, texts) in &package.extra_depends {
            for text in texts {
                add(LineField::Extra(extra), Cow::Borrowed(text));
            }
        }
    }
    gathered
}
