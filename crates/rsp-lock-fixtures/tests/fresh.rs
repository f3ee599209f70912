//! The committed channels are what the generator makes of the committed universe.

use std::path::{Path, PathBuf};

use rattler_conda_types::{MatchSpec, ParseMatchSpecOptions, RepoData};
use rsp_lock_fixtures::{check_fresh, read_universe, write};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

#[test]
fn committed_channels_are_up_to_date() {
    let channels = read_universe(&fixtures().join("universe")).unwrap();
    assert!(!channels.is_empty());
    check_fresh(&channels, &fixtures().join("channels")).unwrap();
}

#[test]
fn a_changed_channel_is_noticed() {
    let mut channels = read_universe(&fixtures().join("universe")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    write(&channels, directory.path()).unwrap();
    check_fresh(&channels, directory.path()).unwrap();
    let records = channels[0]
        .subdirs
        .values_mut()
        .find(|records| !records.is_empty());
    records.unwrap().first_entry().unwrap().get_mut().size += 1;
    let error = check_fresh(&channels, directory.path()).unwrap_err();
    assert!(
        error.to_string().contains("cargo run -p rsp-lock-fixtures"),
        "{error}"
    );
}

#[test]
fn others_read_the_channels_and_every_spec_in_them() {
    let channels = read_universe(&fixtures().join("universe")).unwrap();
    let mut specs = 0;
    for channel in &channels {
        for subdir in channel.subdirs.keys() {
            let repodata: RepoData =
                serde_json::from_slice(&channel.repodata(subdir).unwrap()).unwrap();
            let records = repodata
                .packages
                .values()
                .chain(repodata.conda_packages.values());
            for text in records.flat_map(|record| record.depends.iter().chain(&record.constrains)) {
                MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).unwrap();
                specs += 1;
            }
        }
    }
    assert!(specs > 500, "{specs}");
}
