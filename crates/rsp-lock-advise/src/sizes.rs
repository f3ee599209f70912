//! What a second environment adds to an image.

use std::{borrow::Borrow, collections::BTreeSet};

use rattler_conda_types::RepoDataRecord;

/// Packages and their bytes, by the `size` of their records (the size of the archive).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many packages.
    pub packages: usize,
    /// Their bytes, as far as their records say.
    pub bytes: u64,
}

impl Count {
    fn add(&mut self, record: &RepoDataRecord) {
        self.packages += 1;
        self.bytes += record.package_record.size.unwrap_or_default();
    }
}

/// A second environment measured against a first.
///
/// Files can be hard links of one another only if they come from the same archive, and
/// only within one layer of an image: a later layer holds copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Archives that both environments are made of.
    pub shared: Count,
    /// Archives that only the second is made of.
    pub own: Count,
    /// Names of packages of the second whose records have no size.
    pub unknown: Vec<String>,
}

impl Sizes {
    /// Measures `second` against `first`.
    pub fn of(first: &[RepoDataRecord], second: &[impl Borrow<RepoDataRecord>]) -> Self {
        let there: BTreeSet<(&str, Option<_>)> = first.iter().map(archive).collect();
        let mut sizes = Self::default();
        for record in second.iter().map(Borrow::borrow) {
            if there.contains(&archive(record)) {
                sizes.shared.add(record);
            } else {
                sizes.own.add(record);
            }
            if record.package_record.size.is_none() {
                let name = record.package_record.name.as_normalized();
                sizes.unknown.push(name.to_owned());
            }
        }
        sizes
    }

    /// What is added where hard links survive: in the layer that has the first.
    pub fn linked(&self) -> u64 {
        self.own.bytes
    }

    /// What is added in a later layer: everything is copied.
    pub fn copied(&self) -> u64 {
        self.shared.bytes + self.own.bytes
    }
}

fn archive(record: &RepoDataRecord) -> (&str, Option<[u8; 32]>) {
    let hash = record.package_record.sha256.map(Into::into);
    (record.url.as_str(), hash)
}

/// `added` in thousandths of `whole`; `None` if the whole is nothing.
pub fn permille(added: u64, whole: u64) -> Option<u64> {
    let share = u128::from(added) * 1000 / u128::from((whole > 0).then_some(whole)?);
    u64::try_from(share).ok()
}
