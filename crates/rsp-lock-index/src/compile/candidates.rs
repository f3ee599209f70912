//! Names with their candidates in the order of preference.

use std::{cmp::Ordering, collections::BTreeMap};

use rattler_conda_types::RepoDataRecord;

use super::{ChannelOrder, Rejected, Source, specs::Specs};

/// A candidate with its dependencies as spec ids.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) source: u32,
    pub(super) record: &'a RepoDataRecord,
    /// Sorted, without repetitions.
    pub(super) depends: Vec<u32>,
    /// Sorted, without repetitions.
    pub(super) constrains: Vec<u32>,
    pub(super) version_class: u32,
    pub(super) build_class: u32,
}

/// The candidates of each name, best first.
pub(super) type Families<'a> = BTreeMap<&'a str, Vec<Candidate<'a>>>;

pub(super) fn families<'a>(
    sources: &[Source<'a>],
    order: ChannelOrder,
    specs: &mut Specs<'a>,
) -> (Families<'a>, Vec<Rejected<'a>>) {
    let mut families = Families::new();
    let mut rejected = Vec::new();
    for (source, records) in (0_u32..).zip(sources) {
        for record in &records.records {
            match candidate(source, record, specs) {
                Ok(candidate) => families
                    .entry(record.package_record.name.as_normalized())
                    .or_default()
                    .push(candidate),
                Err(reason) => rejected.push(Rejected { record, reason }),
            }
        }
    }
    for family in families.values_mut() {
        family.sort_by(|a, b| {
            version_order(a, b, order)
                .then_with(|| build_order(a, b))
                .then_with(|| remaining_order(a, b))
        });
        classify(family, order);
    }
    rejected.sort_by(|a, b| a.record.url.cmp(&b.record.url));
    (families, rejected)
}

fn candidate<'a>(
    source: u32,
    record: &'a RepoDataRecord,
    specs: &mut Specs<'a>,
) -> Result<Candidate<'a>, String> {
    let package = &record.package_record;
    for text in package.extra_depends.values().flatten() {
        let id = specs.intern(text);
        specs.get(id).map_err(str::to_owned)?;
    }
    Ok(Candidate {
        source,
        record,
        depends: interned(&package.depends, specs)?,
        constrains: interned(&package.constrains, specs)?,
        version_class: 0,
        build_class: 0,
    })
}

fn interned<'a>(texts: &'a [String], specs: &mut Specs<'a>) -> Result<Vec<u32>, String> {
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        let id = specs.intern(text);
        specs.get(id).map_err(str::to_owned)?;
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Channel (where it counts), then no track features before some, then the newest version.
fn version_order(a: &Candidate<'_>, b: &Candidate<'_>, order: ChannelOrder) -> Ordering {
    let by_channel = match order {
        ChannelOrder::First => a.source.cmp(&b.source),
        ChannelOrder::Ignored => Ordering::Equal,
    };
    let tracks = |c: &Candidate<'_>| !c.record.package_record.track_features.is_empty();
    by_channel
        .then_with(|| tracks(a).cmp(&tracks(b)))
        .then_with(|| {
            let (a, b) = (&a.record.package_record, &b.record.package_record);
            b.version.version().cmp(a.version.version())
        })
}

fn build_order(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    let number = |c: &Candidate<'_>| c.record.package_record.build_number;
    number(b).cmp(&number(a))
}

/// The youngest first; then by channel and name, so that the order is total.
fn remaining_order(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    let (x, y) = (&a.record.package_record, &b.record.package_record);
    y.timestamp
        .cmp(&x.timestamp)
        .then_with(|| a.source.cmp(&b.source))
        .then_with(|| x.build.as_str().cmp(y.build.as_str()))
        .then_with(|| a.record.url.cmp(&b.record.url))
}

fn classify(family: &mut [Candidate<'_>], order: ChannelOrder) {
    let (mut version, mut build) = (0, 0);
    for at in 1..family.len() {
        let Some([before, candidate]) = family.get_mut(at - 1..=at) else {
            return;
        };
        if version_order(before, candidate, order).is_ne() {
            version += 1;
            build = 0;
        } else if build_order(before, candidate).is_ne() {
            build += 1;
        }
        candidate.version_class = version;
        candidate.build_class = build;
    }
}
