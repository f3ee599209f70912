//! The canonical TOML form: one field a line, one list element a line, LF.

use std::fmt::Write as _;

/// Writes canonical TOML.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) out: String,
}

impl Writer {
    /// Begins a table (`[name]`) or an element of an array of tables (`[[name]]`).
    pub(crate) fn table(&mut self, header: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(header);
        self.out.push('\n');
    }

    pub(crate) fn string(&mut self, key: &str, value: &str) {
        self.out.push_str(key);
        self.out.push_str(" = ");
        quoted(&mut self.out, value);
        self.out.push('\n');
    }

    pub(crate) fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.string(key, value);
        }
    }

    pub(crate) fn integer(&mut self, key: &str, value: impl Into<i128>) {
        let _ = writeln!(self.out, "{key} = {}", value.into());
    }

    /// Written only if true: `false` is what a missing key means.
    pub(crate) fn flag(&mut self, key: &str, value: bool) {
        if value {
            let _ = writeln!(self.out, "{key} = true");
        }
    }

    /// Written only if there is an element.
    pub(crate) fn list<T: AsRef<str>>(&mut self, key: &str, values: &[T]) {
        if values.is_empty() {
            return;
        }
        let _ = writeln!(self.out, "{key} = [");
        for value in values {
            self.out.push_str("    ");
            quoted(&mut self.out, value.as_ref());
            self.out.push_str(",\n");
        }
        self.out.push_str("]\n");
    }
}

/// A basic string: `\"` and `\\` escaped, control characters as `\u` and four digits.
pub(crate) fn quoted(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
