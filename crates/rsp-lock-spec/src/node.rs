//! The tree that both readers of request files walk: values with their places.

use std::ops::Range;

use crate::{findings::Findings, nearest::advice};

/// A value and the bytes it was written in.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float,
    Boolean(bool),
    /// As it was written.
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
    Null,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    /// Written as `key.more = …`, which a name with a dot without quotes is taken for.
    pub(crate) dotted: bool,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float => "a number",
            Value::Boolean(_) => "a boolean",
            Value::Date(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Null => "nothing",
        }
    }

    fn wrong(&self, findings: &mut Findings<'_>, what: &str, expected: &str) {
        let message = format!("{what} must be {expected}, not {}", self.kind());
        let mut hints = Vec::new();
        if matches!(
            self.value,
            Value::Integer(_) | Value::Float | Value::Date(_)
        ) && expected.contains("string")
        {
            hints.push("put it in quotes".to_owned());
        }
        findings.error(&self.span, message, hints);
    }

    /// The string it is; anything else is an error. `expected` says what kind of string.
    pub(crate) fn text<'a>(
        &'a self,
        findings: &mut Findings<'_>,
        what: &str,
        expected: &str,
    ) -> Option<&'a str> {
        if let Value::Text(text) = &self.value {
            return Some(text);
        }
        self.wrong(findings, what, expected);
        None
    }

    pub(crate) fn boolean(&self, findings: &mut Findings<'_>, what: &str) -> Option<bool> {
        if let Value::Boolean(flag) = self.value {
            return Some(flag);
        }
        self.wrong(findings, what, "`true` or `false`");
        None
    }

    pub(crate) fn integer(&self, findings: &mut Findings<'_>, what: &str) -> Option<i64> {
        if let Value::Integer(number) = self.value {
            return Some(number);
        }
        self.wrong(findings, what, "an integer");
        None
    }

    pub(crate) fn list<'a>(
        &'a self,
        findings: &mut Findings<'_>,
        what: &str,
        expected: &str,
    ) -> Option<&'a [Node]> {
        if let Value::List(items) = &self.value {
            return Some(items);
        }
        self.wrong(findings, what, expected);
        None
    }

    /// A string, or a list of strings.
    pub(crate) fn texts<'a>(
        &'a self,
        findings: &mut Findings<'_>,
        what: &str,
    ) -> Vec<(&'a str, &'a Range<usize>)> {
        match &self.value {
            Value::Text(text) => vec![(text.as_str(), &self.span)],
            Value::List(items) => items
                .iter()
                .filter_map(|item| Some((item.text(findings, what, "a string")?, &item.span)))
                .collect(),
            _ => {
                self.wrong(findings, what, "a string or a list of strings");
                Vec::new()
            }
        }
    }

    pub(crate) fn table<'a>(
        &'a self,
        findings: &mut Findings<'_>,
        what: &str,
        expected: &str,
    ) -> Option<&'a [Entry]> {
        if let Value::Table(entries) = &self.value {
            return Some(entries);
        }
        self.wrong(findings, what, expected);
        None
    }

    /// One of a fixed set of words.
    pub(crate) fn word<T: Copy>(
        &self,
        findings: &mut Findings<'_>,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(findings, what, "a string")?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            findings.error(
                &self.span,
                format!("`{text}` is not a value of {what}"),
                advice(text, &known),
            );
        }
        found.map(|(_, value)| *value)
    }
}

/// Reports keys that are not known here.
pub(crate) fn check_keys(
    findings: &mut Findings<'_>,
    entries: &[Entry],
    known: &[&str],
    place: &str,
) {
    for entry in entries {
        if !known.contains(&entry.key.as_str()) {
            findings.error(
                &entry.key_span,
                format!("unknown key `{}` in {place}", entry.key),
                advice(&entry.key, known),
            );
        }
    }
}

/// The value of a key.
pub(crate) fn get<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.value)
}
