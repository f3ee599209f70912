//! What installing a new lock over an old one does, by rattler's own rules.

use std::borrow::Borrow;

use rattler::install::{Transaction, TransactionOperation};
use rattler_conda_types::{RepoDataRecord, Subdir};

/// What installing a new set of records over an old one does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// By name.
    pub changes: Vec<Change>,
    /// How many bytes are to be downloaded for it, of packages whose size is known.
    pub download: u64,
    /// Packages that stay, but are linked anew because python moved.
    pub relinked: usize,
}

/// One package that comes, goes or moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Version and build before; `None` if it comes.
    pub old: Option<(String, String)>,
    /// Version and build after; `None` if it goes.
    pub new: Option<(String, String)>,
}

/// What installing `new` over `old` does.
///
/// `None` if rattler cannot tell, which is when a python has a version that is none.
pub fn changes(
    old: &[RepoDataRecord],
    new: &[impl Borrow<RepoDataRecord>],
    subdir: Subdir,
) -> Option<Changes> {
    let new = new.iter().map(|record| record.borrow().clone());
    let transaction =
        Transaction::from_current_and_desired(old.iter().cloned(), new, None, None, subdir).ok()?;
    let mut changes = Changes::default();
    for operation in &transaction.operations {
        if let TransactionOperation::Reinstall { .. } = operation {
            changes.relinked += 1;
            continue;
        }
        let (old, new) = (operation.record_to_remove(), operation.record_to_install());
        let Some(name) = new.or(old).map(|record| &record.package_record.name) else {
            continue;
        };
        let size = new.and_then(|record| record.package_record.size);
        changes.download += size.unwrap_or_default();
        changes.changes.push(Change {
            name: name.as_normalized().to_owned(),
            old: old.map(version_and_build),
            new: new.map(version_and_build),
        });
    }
    changes.changes.sort();
    Some(changes)
}

fn version_and_build(record: &RepoDataRecord) -> (String, String) {
    let package = &record.package_record;
    (package.version.to_string(), package.build.to_string())
}
