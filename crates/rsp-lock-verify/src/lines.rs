//! The specs of all records, gathered in the order in which they are judged.

use std::borrow::Cow;

use crate::{
    finding::Field,
    spec::{SpecId, Specs},
    subject::Entry,
};

/// One spec of one record.
pub(crate) struct Line<'a> {
    /// Whose record: the place among the subject's entries.
    pub(crate) entry: usize,
    /// Where in the record.
    pub(crate) field: LineField<'a>,
    /// The spec as it stands there.
    pub(crate) text: Cow<'a, str>,
    /// What it means.
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

/// All specs of all records: entry by entry, `depends` (as the request edits
/// them), then extras by name, then `constrains`.
pub(crate) fn gather<'a>(entries: &[Entry<'a>], specs: &mut Specs<'a>) -> Vec<Line<'a>> {
    let mut lines = Vec::with_capacity(entries.len() * 8);
    for (entry, record) in entries
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| entry.record.map(|record| (index, record)))
    {
        let record = &record.package_record;
        let depends = record.depends.iter().map(|text| (LineField::Depends, text));
        let extras = record.extra_depends.iter().flat_map(|(extra, texts)| {
            texts
                .iter()
                .map(move |text| (LineField::Extra(extra), text))
        });
        let constrains = record
            .constrains
            .iter()
            .map(|text| (LineField::Constrains, text));
        for (field, text) in depends.chain(extras).chain(constrains) {
            let text = Cow::Borrowed(text.as_str());
            lines.push(Line {
                entry,
                field,
                spec: specs.intern(text.clone()),
                text,
            });
        }
    }
    lines
}
