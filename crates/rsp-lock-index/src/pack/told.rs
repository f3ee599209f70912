//! What records depend on, each text told once.

use std::ops::Range;

use super::{NONE, Pack, Row};

/// Which dependencies of a pack were told already.
///
/// Records repeat each other's dependencies: of a thousand names there are some thousand texts in
/// some hundred thousand places.
#[derive(Debug, Default)]
pub struct ToldDependencies {
    lists: Vec<bool>,
    texts: Vec<bool>,
}

impl ToldDependencies {
    /// Whether a list is new.
    pub(super) fn is_new_list(&mut self, list: u32) -> bool {
        is_new(&mut self.lists, list)
    }

    /// Whether a text is new.
    pub(super) fn is_new_text(&mut self, text: u32) -> bool {
        is_new(&mut self.texts, text)
    }
}

fn is_new(told: &mut Vec<bool>, id: u32) -> bool {
    if id == NONE {
        return false;
    }
    let at = id as usize;
    if at >= told.len() {
        told.resize(at + 1, false);
    }
    told.get_mut(at)
        .is_some_and(|told| !std::mem::replace(told, true))
}

impl Pack {
    /// What the records of a name (in lower case) depend on, also what their extras do, as written;
    /// without what was told before.
    pub fn new_dependencies(&self, name: &str, told: &mut ToldDependencies) -> Vec<String> {
        self.new_dependencies_of(self.rows(name), told)
    }

    pub(super) fn new_dependencies_of(
        &self,
        rows: Range<u32>,
        told: &mut ToldDependencies,
    ) -> Vec<String> {
        let mut new = Vec::new();
        for at in rows {
            let Some(row) = self.row(at) else { continue };
            if row.is(Row::HAS_EXTRAS) {
                new.extend(self.extra_depends(at));
            }
            if row.depends < self.lists() && told.is_new_list(row.depends) {
                for text in self.list(row.depends) {
                    if *text < self.texts() && told.is_new_text(*text) {
                        new.push(self.text(*text).to_owned());
                    }
                }
            }
        }
        new
    }
}
