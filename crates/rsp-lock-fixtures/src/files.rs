//! Descriptions from `fixtures/universe/`, channels to `fixtures/channels/`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    description::Description,
    error::FixturesError,
    expand::{check_provided, expand},
    record::Channel,
};

/// Compression that makes small files; the fixtures are written rarely and read often.
const LEVEL: i32 = 19;

/// Reads every `*.toml` of a directory and expands the channels they describe, by name.
pub fn read_universe(directory: &Path) -> Result<Vec<Channel>, FixturesError> {
    let mut paths: Vec<PathBuf> = fs_err::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    let mut by_channel: BTreeMap<String, Vec<Description>> = BTreeMap::new();
    for path in paths {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let description = Description::parse(&file, &fs_err::read_to_string(&path)?)?;
        let channel = description.channel().to_owned();
        by_channel.entry(channel).or_default().push(description);
    }
    let channels: Vec<Channel> = by_channel
        .values()
        .map(|descriptions| expand(descriptions))
        .collect::<Result<_, _>>()?;
    for (channel, descriptions) in channels.iter().zip(by_channel.values()) {
        let is_beside = |other: &&Channel| {
            let mut named = descriptions.iter().flat_map(|d| &d.beside);
            named.any(|name| *name.as_ref() == other.name)
        };
        let beside: Vec<&Channel> = channels.iter().filter(is_beside).collect();
        check_provided(channel, descriptions, &beside)?;
    }
    Ok(channels)
}

/// Writes `<directory>/<channel>/<subdir>/repodata.json.zst` for every subdir of every channel.
pub fn write(channels: &[Channel], directory: &Path) -> Result<(), FixturesError> {
    for (path, bytes) in documents(channels, directory)? {
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::write(&path, zstd::encode_all(bytes.as_slice(), LEVEL)?)?;
    }
    Ok(())
}

/// Checks that the files of a directory are what [`write()`] would make, after decompression.
pub fn check_fresh(channels: &[Channel], directory: &Path) -> Result<(), FixturesError> {
    for (path, bytes) in documents(channels, directory)? {
        let packed = fs_err::read(&path)?;
        if zstd::decode_all(packed.as_slice())? != bytes {
            return Err(FixturesError::Stale { path });
        }
    }
    Ok(())
}

fn documents(
    channels: &[Channel],
    directory: &Path,
) -> Result<Vec<(PathBuf, Vec<u8>)>, FixturesError> {
    let mut documents = Vec::new();
    for channel in channels {
        for subdir in channel.subdirs.keys() {
            let path = directory
                .join(&channel.name)
                .join(subdir)
                .join("repodata.json.zst");
            documents.push((path, channel.repodata(subdir)?));
        }
    }
    Ok(documents)
}
