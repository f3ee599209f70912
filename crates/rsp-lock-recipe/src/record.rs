//! Outputs as records of a channel that does not exist yet.

use rattler_conda_types::{PackageRecord, RepoDataRecord, Subdir, package::DistArchiveIdentifier};
use url::Url;

use crate::model::Output;

/// The records that a channel would have once these outputs are published there.
///
/// They have no hash, no size and no timestamp, for nothing is built yet. `channel`
/// is the URL of the channel, with or without a slash at its end; an output whose
/// name, version and build make no file name is left out.
pub fn to_records(outputs: &[Output], channel: &Url) -> Vec<RepoDataRecord> {
    let base = channel.as_str().trim_end_matches('/');
    outputs
        .iter()
        .filter_map(|output| {
            let mut record = PackageRecord::new(
                output.name.clone(),
                output.version.clone(),
                output.build.parse().ok()?,
            );
            record.build_number = output.build_number;
            record.subdir = output.subdir.to_string();
            record.depends = output.depends.iter().map(|d| d.text.clone()).collect();
            record.constrains = output.constrains.iter().map(|d| d.text.clone()).collect();
            if output.subdir == Subdir::NoArch {
                record.noarch = rattler_conda_types::NoArchType::generic();
            }
            let file = format!(
                "{}-{}-{}.conda",
                output.name.as_normalized(),
                output.version,
                output.build
            );
            let identifier: DistArchiveIdentifier = file.parse().ok()?;
            Some(RepoDataRecord {
                url: Url::parse(&format!("{base}/{}/{file}", output.subdir)).ok()?,
                channel: Some(format!("{base}/")),
                identifier,
                package_record: record,
            })
        })
        .collect()
}
