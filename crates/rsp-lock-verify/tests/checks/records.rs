//! Records out of a few words.

use rattler_conda_types::{PackageRecord, RepoDataRecord, package::DistArchiveIdentifier};
use rsp_lock_spec::{Note, Origin, Requirement};
use rsp_lock_verify::parse_spec;

pub(crate) const CHANNEL: &str = "https://conda.example.org/forge/";

/// A record of `NAME VERSION BUILD` in a subdir of [`CHANNEL`].
pub(crate) fn record_in(subdir: &str, package: &str, depends: &[&str]) -> RepoDataRecord {
    let [name, version, build] = package.split(' ').collect::<Vec<_>>()[..] else {
        panic!("`{package}` is not NAME VERSION BUILD");
    };
    let file = format!("{name}-{version}-{build}.conda");
    let mut package_record = PackageRecord::new(
        name.parse().unwrap(),
        version
            .parse::<rattler_conda_types::VersionWithSource>()
            .unwrap(),
        build.parse().unwrap(),
    );
    subdir.clone_into(&mut package_record.subdir);
    package_record.depends = depends.iter().map(|text| (*text).to_owned()).collect();
    RepoDataRecord {
        url: format!("{CHANNEL}{subdir}/{file}").parse().unwrap(),
        identifier: DistArchiveIdentifier::try_from_filename(&file).unwrap(),
        channel: Some(CHANNEL.to_owned()),
        package_record,
    }
}

/// A record of `NAME VERSION BUILD` for linux-64.
pub(crate) fn record(package: &str, depends: &[&str]) -> RepoDataRecord {
    record_in("linux-64", package, depends)
}

/// A line of a request.
pub(crate) fn requirement(text: &str) -> Requirement {
    Requirement {
        spec: parse_spec(text).unwrap(),
        text: text.to_owned(),
        origin: Origin::command_line(),
        note: Note::default(),
        group: None,
        platforms: Vec::new(),
        float: false,
        priority: 0,
        if_missing: false,
        expand: false,
    }
}
