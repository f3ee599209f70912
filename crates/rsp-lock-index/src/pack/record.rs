//! Rows as records of `rattler_conda_types`.

use std::str::FromStr as _;

use rattler_conda_types::{
    PackageName, PackageRecord, RepoDataRecord, Version, VersionWithSource,
    package::{ArchiveIdentifier, BuildString, DistArchiveIdentifier},
};
use url::Url;

use super::{NONE, Pack, Row, normalize_name};

pub(super) fn of_row(pack: &Pack, at: u32) -> Option<RepoDataRecord> {
    let row = pack.row(at)?;
    let called = Called {
        name: pack.text(row.name),
        version: pack.text(row.version),
        build: pack.text(row.build),
    };
    let (url, identifier) = if row.file == NONE {
        let archive = row.archive();
        let identifier = ArchiveIdentifier {
            name: called.name.to_owned(),
            version: called.version.to_owned(),
            build_string: called.build.to_owned(),
        };
        let identifier = DistArchiveIdentifier::new(identifier, archive);
        let Called {
            name,
            version,
            build,
        } = called;
        let file = [name, "-", version, "-", build, archive.extension()].concat();
        (url(pack, &file)?, identifier)
    } else {
        let identifier = pack.file(at).parse().ok()?;
        (Url::parse(&pack.url(at)).ok()?, identifier)
    };
    let mut package_record = if row.json == NONE {
        package_record(pack, row, &called)?
    } else {
        let mut record = serde_json::from_str(pack.text(row.json)).ok()?;
        normalize_name(&mut record);
        record
    };
    if package_record.subdir.is_empty() {
        pack.home
            .subdir
            .as_ref()
            .clone_into(&mut package_record.subdir);
    }
    Some(RepoDataRecord {
        package_record,
        identifier,
        url,
        channel: Some(pack.home.channel.as_ref().to_owned()),
    })
}

/// What a record is called.
struct Called<'p> {
    name: &'p str,
    version: &'p str,
    build: &'p str,
}

/// The URL of a file. What most records lie below is read once a pack: reading a URL takes
/// longer than all else here.
fn url(pack: &Pack, file: &str) -> Option<Url> {
    let directory = || {
        let url = Url::parse(&pack.home.files).ok()?;
        (url.query().is_none() && url.fragment().is_none()).then_some(url)
    };
    if let Some(below) = pack.below.get_or_init(directory) {
        let mut url = below.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push(file);
        return Some(url);
    }
    Url::parse(&[&*pack.home.files, file].concat()).ok()
}

fn package_record(pack: &Pack, row: &Row, called: &Called<'_>) -> Option<PackageRecord> {
    let text = |id: u32| (id != NONE).then(|| pack.text(id).to_owned());
    let texts = |list: u32| -> Vec<String> {
        let list = pack.list(list).iter();
        list.map(|text| pack.text(*text).to_owned()).collect()
    };
    let version = Version::from_str(called.version).ok()?;
    let mut record = PackageRecord::new(
        PackageName::new_unchecked(called.name),
        VersionWithSource::new(version, called.version),
        BuildString::new_unchecked(called.build),
    );
    record.build_number = row.build_number;
    record.depends = texts(row.depends);
    record.constrains = texts(row.constrains);
    record.license = text(row.license);
    record.license_family = text(row.license_family);
    record.noarch = row.noarch();
    record.timestamp = row.timestamp();
    record.indexed_timestamp = row.indexed_timestamp();
    record.size = row.is(Row::HAS_SIZE).then_some(row.size);
    record.sha256 = row.is(Row::HAS_SHA256).then(|| row.sha256.into());
    record.md5 = row.is(Row::HAS_MD5).then(|| row.md5.into());
    record.subdir = text(row.subdir).unwrap_or_default();
    Some(record)
}
