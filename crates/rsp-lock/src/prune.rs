//! Lines taken out of a request file: only their own bytes, comments stay.

use std::ops::Range;

use toml_edit::{Array, Document, Item, TableLike, Value};

/// A line of a request that is to be taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Which list it stands in.
    pub list: PruneList,
    /// The package that it is about.
    pub name: String,
    /// The line as the request has it.
    pub text: String,
}

/// The lists of a request that lines are taken out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PruneList {
    /// `[overrides]`.
    Overrides,
    /// `[constraints]`.
    Constraints,
    /// `add` and `drop` of `[dependencies]`.
    Dependencies,
    /// `[requirements]` and groups: the package stays, its version is free.
    Requirements,
}

/// A request without some of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// The text.
    pub text: String,
    /// Lines that were not found in a form that can be edited.
    pub left: Vec<Prune>,
}

/// Takes lines out of the text of an `rsp-lock.toml`.
///
/// Every byte that belongs to no such line is kept. `None` if the text is not TOML.
pub fn prune(text: &str, lines: &[Prune]) -> Option<Pruned> {
    let document = Document::parse(text).ok()?;
    let root = document.as_table();
    let mut edits: Vec<(Range<usize>, &str)> = Vec::new();
    let mut left = Vec::new();
    for line in lines {
        match edit(text, root, line) {
            Some(edit) if !edits.contains(&edit) => edits.push(edit),
            Some(_) => {}
            None => left.push(line.clone()),
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        // Two edits that overlap are about the same bytes.
        if range.start >= at {
            result.push_str(text.get(at..range.start)?);
            result.push_str(replacement);
            at = range.end;
        }
    }
    result.push_str(text.get(at..)?);
    Some(Pruned { text: result, left })
}

fn edit<'e>(text: &str, root: &dyn TableLike, line: &Prune) -> Option<(Range<usize>, &'e str)> {
    match line.list {
        PruneList::Overrides => one_of(text, root.get("overrides")?, line),
        PruneList::Constraints => one_of(text, root.get("constraints")?, line),
        PruneList::Dependencies => {
            let tables = root.get("dependencies")?.as_table_like()?;
            ["add", "drop"].into_iter().find_map(|key| {
                let items = tables.get(key)?.as_array()?;
                in_array(text, items, &|item| is_edit(item, &line.text))
            })
        }
        PruneList::Requirements => {
            let groups = root.get("groups").and_then(Item::as_table_like);
            let sets = groups.into_iter().flat_map(|groups| {
                groups
                    .iter()
                    .filter_map(|(_, group)| group.get("requirements"))
            });
            root.get("requirements")
                .into_iter()
                .chain(sets)
                .find_map(|set| freed(set, line))
        }
    }
}

/// An entry of a table of names, or of a list.
fn one_of<'e>(text: &str, set: &Item, line: &Prune) -> Option<(Range<usize>, &'e str)> {
    if let Some(items) = set.as_array() {
        return in_array(text, items, &|item| is_spec(item, &line.text));
    }
    let table = set.as_table_like()?;
    let (key, item) = table.iter().find(|(key, _)| {
        let own = key.rsplit_once(": ").map_or(*key, |(_, spec)| spec);
        let own = own.split([' ', '=', '<', '>', '!']).next().unwrap_or(own);
        own.eq_ignore_ascii_case(&line.name)
    })?;
    // Several entries of one name, or a table with a header of its own.
    let value = item.as_value().filter(|value| !value.is_array())?;
    let start = table.get_key_value(key)?.0.span()?.start;
    Some((whole_lines(text, start..value.span()?.end), ""))
}

/// The version of a requirement, replaced by any.
fn freed<'e>(set: &Item, line: &Prune) -> Option<(Range<usize>, &'e str)> {
    let table = set.as_table_like()?;
    let mut entries = table.iter();
    let (_, item) = entries.find(|(key, _)| key.eq_ignore_ascii_case(&line.name))?;
    let version = match item.as_value()? {
        Value::String(version) => version,
        Value::InlineTable(inner) if !inner.contains_key("build") => {
            inner.get("version").and_then(|value| match value {
                Value::String(version) => Some(version),
                _ => None,
            })?
        }
        _ => return None,
    };
    Some((version.span()?, "\"*\""))
}

/// An item of a list with the comma behind it; the whole line where it stands alone.
fn in_array<'e>(
    text: &str,
    items: &Array,
    is_it: &dyn Fn(&Value) -> bool,
) -> Option<(Range<usize>, &'e str)> {
    let item = items.iter().find(|item| is_it(item))?;
    let mut range = item.span()?;
    let rest = text.get(range.end..)?;
    let blank = rest.len() - rest.trim_start().len();
    if rest.trim_start().starts_with(',') {
        range.end += blank + 1;
    }
    let before = text.get(..range.start)?;
    let is_alone = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .trim()
        .is_empty();
    Some((
        if is_alone {
            whole_lines(text, range)
        } else {
            range
        },
        "",
    ))
}

fn is_spec(item: &Value, text: &str) -> bool {
    let own = match item {
        Value::InlineTable(table) => table.get("spec").and_then(Value::as_str),
        other => other.as_str(),
    };
    own.is_some_and(|own| own.trim() == text.trim())
}

fn is_edit(item: &Value, text: &str) -> bool {
    let parts = |own: &str| {
        own.split_once(": ")
            .map(|(dependents, spec)| format!("{}: {}", dependents.trim(), spec.trim()))
    };
    let own = match item {
        Value::InlineTable(table) => {
            let part = |key: &str| table.get(key).and_then(Value::as_str).map(str::trim);
            part("dependents")
                .zip(part("spec"))
                .map(|(dependents, spec)| format!("{dependents}: {spec}"))
        }
        other => other.as_str().and_then(parts),
    };
    own.is_some_and(|own| own == text)
}

/// A range widened to whole lines; a comment at the end of the last goes with it.
fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text
        .get(..range.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let end = text
        .get(range.end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |at| range.end + at + 1);
    start..end
}
