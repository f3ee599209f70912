//! What one source says about some names.

use std::{collections::BTreeSet, sync::Arc};

use rattler_conda_types::RepoDataRecord;

use crate::{
    document::Document,
    loaded::RejectedRecord,
    record::{self, Home, Specs},
};

/// Records, and what stands in their place.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Usable records.
    pub(crate) records: Vec<RepoDataRecord>,
    /// Unusable ones.
    pub(crate) rejected: Vec<RejectedRecord>,
    /// Files that are listed as removed, as `subdir/file`.
    pub(crate) removed: Vec<String>,
    /// Names that the records depend on, optionally too.
    pub(crate) wants: BTreeSet<Arc<str>>,
}

impl Batch {
    /// Adds a usable record and what it depends on.
    pub(crate) fn accept(&mut self, record: RepoDataRecord, specs: &mut Specs) {
        let package = &record.package_record;
        for text in (package.depends.iter()).chain(package.extra_depends.values().flatten()) {
            if let Ok(name) = specs.name(text)
                && !self.wants.contains(&name)
            {
                self.wants.insert(name);
            }
        }
        self.records.push(record);
    }

    /// Adds an unusable record.
    pub(crate) fn reject(&mut self, home: &Home, file: &str, reason: String) {
        self.rejected.push(RejectedRecord {
            file: format!("{}/{file}", home.subdir),
            reason,
        });
    }

    /// Adds another batch.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.records.append(&mut other.records);
        self.rejected.append(&mut other.rejected);
        self.removed.append(&mut other.removed);
        self.wants.append(&mut other.wants);
    }

    /// Adds what a document says about a name (in lower case).
    ///
    /// Of a build that is there as `.conda` and as `.tar.bz2`, the first usable one counts.
    pub(crate) fn read(&mut self, document: &Document, name: &str, home: &Home, specs: &mut Specs) {
        let mut done: Option<String> = None;
        for listed in document.listed(name) {
            if done.as_deref() == Some(listed.stem) {
                continue;
            }
            match record::parse(&listed.file, listed.stem, listed.json, home, specs) {
                Ok(record) => {
                    done = Some(listed.stem.to_owned());
                    self.accept(record, specs);
                }
                Err(reason) => self.reject(home, &listed.file, reason),
            }
        }
        for file in document.removed(name) {
            self.removed.push(format!("{}/{file}", home.subdir));
        }
    }
}
