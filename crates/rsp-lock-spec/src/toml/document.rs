//! TOML text to a tree of values with places.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value as TomlValue};

use crate::{
    findings::Findings,
    node::{Entry, Node, Value},
};

/// The entries of the root table; `None` if the text is not TOML (which is reported).
pub(super) fn read(findings: &mut Findings<'_>, text: &str) -> Option<Vec<Entry>> {
    match Document::parse(text) {
        Ok(document) => Some(entries(document.as_table())),
        Err(error) => {
            let span = error.span().unwrap_or(0..text.len().min(1));
            let mut hints = Vec::new();
            if error.message().starts_with("duplicate key")
                && let Some(first) = first_place(text, &span)
            {
                hints.push(format!(
                    "first written on line {}; keep one of the two",
                    findings.line(first)
                ));
            }
            let word = text
                .get(span.clone())
                .filter(|w| !w.trim().is_empty() && w.len() < 80 && !w.contains('\n'));
            let message = match word {
                Some(word) => format!("invalid TOML: {} at `{word}`", error.message()),
                None => format!("invalid TOML: {}", error.message()),
            };
            findings.error(&span, message, hints);
            None
        }
    }
}

/// Where a key that is written twice stands for the first time.
///
/// Everything above the line of the second is a document of its own.
fn first_place(text: &str, second: &Range<usize>) -> Option<usize> {
    let key = text.get(second.clone())?;
    let line_start = text.get(..second.start)?.rfind('\n').map_or(0, |n| n + 1);
    let above = Document::parse(text.get(..line_start)?).ok()?;
    let mut places = Vec::new();
    collect(&entries(above.as_table()), &mut |entry| {
        let written = text.get(entry.key_span.clone());
        if written == Some(key) {
            places.push(entry.key_span.start);
        }
    });
    places.into_iter().max()
}

fn collect(entries: &[Entry], found: &mut impl FnMut(&Entry)) {
    for entry in entries {
        found(entry);
        if let Value::Table(inner) = &entry.value.value {
            collect(inner, found);
        }
    }
}

fn entries(table: &dyn TableLike) -> Vec<Entry> {
    table
        .iter()
        .map(|(name, item)| {
            let key_span = table
                .get_key_value(name)
                .and_then(|(key, _)| key.span())
                .unwrap_or_default();
            let dotted = item.as_table_like().is_some_and(TableLike::is_dotted);
            Entry {
                key: name.to_owned(),
                value: from_item(item, &key_span),
                key_span,
                dotted,
            }
        })
        .collect()
}

/// `place` stands in for values that have no bytes of their own, such as implied tables.
fn from_item(item: &Item, place: &Range<usize>) -> Node {
    let value = match item {
        Item::None => Value::Null,
        Item::Value(value) => return from_value(value, place),
        Item::Table(table) => Value::Table(entries(table)),
        Item::ArrayOfTables(tables) => Value::List(
            tables
                .iter()
                .map(|table| Node {
                    span: table.span().unwrap_or_else(|| place.clone()),
                    value: Value::Table(entries(table)),
                })
                .collect(),
        ),
    };
    // A table's own place is its header, which says less than the key.
    let span = match item {
        Item::Table(_) => place.clone(),
        _ => item.span().unwrap_or_else(|| place.clone()),
    };
    Node { span, value }
}

fn from_value(value: &TomlValue, place: &Range<usize>) -> Node {
    let span = value.span().unwrap_or_else(|| place.clone());
    let value = match value {
        TomlValue::String(text) => Value::Text(text.value().clone()),
        TomlValue::Integer(number) => Value::Integer(*number.value()),
        TomlValue::Float(_) => Value::Float,
        TomlValue::Boolean(flag) => Value::Boolean(*flag.value()),
        TomlValue::Datetime(date) => Value::Date(date.value().to_string()),
        TomlValue::Array(items) => {
            Value::List(items.iter().map(|item| from_value(item, &span)).collect())
        }
        TomlValue::InlineTable(table) => Value::Table(entries(table)),
    };
    Node { span, value }
}
