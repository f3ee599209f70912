//! A record in the lock: one field a line, and back to a `RepoDataRecord`.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::{
    Flag, NoArchType, PackageName, PackageRecord, PackageUrl, RawNoArchType, RepoDataRecord,
    VersionWithSource,
    package::{BuildString, DistArchiveIdentifier},
    utils::TimestampMs,
};
use rattler_digest::{Md5Hash, Sha256Hash};
use serde::{Deserialize, Deserializer, de::Error as _};
use url::Url;

use super::{
    model::LockedPackage,
    writer::{Writer, quoted},
};
use crate::secret::{secret, without_secrets};

/// The table of a package, as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawPackage {
    name: String,
    version: VersionWithSource,
    build: String,
    build_number: u64,
    subdir: String,
    #[serde(default)]
    noarch: NoArchType,
    channel: Option<String>,
    #[serde(deserialize_with = "public_url")]
    url: Url,
    #[serde(default, deserialize_with = "sha256")]
    sha256: Option<Sha256Hash>,
    #[serde(default, deserialize_with = "md5")]
    md5: Option<Md5Hash>,
    size: Option<u64>,
    timestamp: Option<TimestampMs>,
    #[serde(default, deserialize_with = "milliseconds")]
    indexed_timestamp: Option<TimestampMs>,
    license: Option<String>,
    license_family: Option<String>,
    features: Option<String>,
    #[serde(default)]
    track_features: Vec<String>,
    python_site_packages_path: Option<String>,
    #[serde(default)]
    flags: Vec<String>,
    purls: Option<BTreeSet<PackageUrl>>,
    #[serde(default, deserialize_with = "sha256")]
    attestations_sha256: Option<Sha256Hash>,
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    constrains: Vec<String>,
    #[serde(default)]
    requested: Vec<String>,
    #[serde(default)]
    required_by: Vec<String>,
    #[serde(default)]
    extra_depends: BTreeMap<String, Vec<String>>,
}

impl TryFrom<RawPackage> for LockedPackage {
    type Error = String;

    fn try_from(raw: RawPackage) -> Result<Self, String> {
        let identifier = DistArchiveIdentifier::try_from_url(&raw.url)
            .ok_or("the last part of `url` is no package file name")?;
        let mut record = PackageRecord::new(
            PackageName::new_unchecked(raw.name),
            raw.version,
            BuildString::new_unchecked(raw.build),
        );
        record.build_number = raw.build_number;
        record.subdir = raw.subdir;
        record.noarch = raw.noarch;
        record.sha256 = raw.sha256;
        record.md5 = raw.md5;
        record.size = raw.size;
        record.timestamp = raw.timestamp;
        record.indexed_timestamp = raw.indexed_timestamp;
        record.license = raw.license;
        record.license_family = raw.license_family;
        record.features = raw.features;
        record.track_features = raw.track_features;
        record.python_site_packages_path = raw.python_site_packages_path;
        record.flags = raw.flags.into_iter().map(Flag::new_unchecked).collect();
        record.purls = raw.purls;
        record.attestations_sha256 = raw.attestations_sha256;
        record.depends = raw.depends;
        record.constrains = raw.constrains;
        record.extra_depends = raw.extra_depends;
        Ok(Self {
            record: RepoDataRecord {
                package_record: record,
                identifier,
                url: raw.url,
                channel: raw.channel,
            },
            requested: raw.requested,
            required_by: raw.required_by,
        })
    }
}

/// Writes the fields of a record; `asked` holds what stands before the sub-table.
pub(crate) fn write_record(
    writer: &mut Writer,
    table: &str,
    record: &RepoDataRecord,
    requested: &[String],
    required_by: &[String],
) {
    let r = &record.package_record;
    writer.string("name", r.name.as_source());
    writer.string("version", &r.version.to_string());
    writer.string("build", r.build.as_str());
    writer.integer("build-number", r.build_number);
    writer.string("subdir", &r.subdir);
    match r.noarch.0 {
        None => {}
        Some(RawNoArchType::GenericV1) => writer.flag("noarch", true),
        Some(RawNoArchType::GenericV2) => writer.string("noarch", "generic"),
        Some(RawNoArchType::Python) => writer.string("noarch", "python"),
    }
    writer.maybe(
        "channel",
        record.channel.as_deref().map(without_secrets).as_deref(),
    );
    writer.string("url", record.url.as_str());
    writer.maybe("sha256", r.sha256.map(hex::encode).as_deref());
    writer.maybe("md5", r.md5.map(hex::encode).as_deref());
    if let Some(size) = r.size {
        writer.integer("size", size);
    }
    if let Some(timestamp) = &r.timestamp {
        writer.integer("timestamp", as_stored(timestamp));
    }
    if let Some(timestamp) = &r.indexed_timestamp {
        writer.integer("indexed-timestamp", timestamp.timestamp_millis());
    }
    writer.maybe("license", r.license.as_deref());
    writer.maybe("license-family", r.license_family.as_deref());
    writer.maybe("features", r.features.as_deref());
    writer.list("track-features", &r.track_features);
    writer.maybe(
        "python-site-packages-path",
        r.python_site_packages_path.as_deref(),
    );
    let flags: Vec<&str> = r.flags.iter().map(Flag::as_str).collect();
    writer.list("flags", &flags);
    if let Some(purls) = &r.purls {
        let purls: Vec<String> = purls.iter().map(ToString::to_string).collect();
        if purls.is_empty() {
            writer.out.push_str("purls = []\n");
        }
        writer.list("purls", &purls);
    }
    writer.maybe(
        "attestations-sha256",
        r.attestations_sha256.map(hex::encode).as_deref(),
    );
    writer.list("depends", &r.depends);
    writer.list("constrains", &r.constrains);
    writer.list("requested", requested);
    writer.list("required-by", required_by);
    if !r.extra_depends.is_empty() {
        writer.table(&format!("[{table}.extra-depends]"));
        for (extra, depends) in &r.extra_depends {
            let mut key = String::new();
            quoted(&mut key, extra);
            if depends.is_empty() {
                writer.out.push_str(&key);
                writer.out.push_str(" = []\n");
            }
            writer.list(&key, depends);
        }
    }
}

/// The fields of a record as text, for digests.
pub(crate) fn canonical_record(record: &RepoDataRecord) -> String {
    let mut writer = Writer::default();
    write_record(&mut writer, "package", record, &[], &[]);
    writer.out
}

/// Seconds or milliseconds, as the channel had it: a number below the year 9999
/// in seconds is read as seconds.
fn as_stored(timestamp: &TimestampMs) -> i64 {
    serde_json::to_value(timestamp)
        .ok()
        .and_then(|value| value.as_i64())
        .unwrap_or_else(|| timestamp.timestamp_millis())
}

fn public_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url = Url::parse(&text).map_err(|error| D::Error::custom(format!("not a URL: {error}")))?;
    match secret(&url) {
        Some(secret) => Err(D::Error::custom(format!("a URL with a secret: {secret}"))),
        None => Ok(url),
    }
}

fn hex_digits<'de, D: Deserializer<'de>>(deserializer: D, hash: &mut [u8]) -> Result<(), D::Error> {
    let text = String::deserialize(deserializer)?;
    let length = 2 * hash.len();
    hex::decode_to_slice(&text, hash)
        .map_err(|_| D::Error::custom(format!("expected {length} hex digits, found `{text}`")))
}

fn sha256<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Sha256Hash>, D::Error> {
    let mut hash = Sha256Hash::default();
    hex_digits(deserializer, &mut hash).map(|()| Some(hash))
}

fn md5<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Md5Hash>, D::Error> {
    let mut hash = Md5Hash::default();
    hex_digits(deserializer, &mut hash).map(|()| Some(hash))
}

fn milliseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<TimestampMs>, D::Error> {
    let value = i64::deserialize(deserializer)?;
    let at = jiff::Timestamp::from_millisecond(value).map_err(D::Error::custom)?;
    Ok(Some(TimestampMs::from_timestamp_millis(at)))
}
