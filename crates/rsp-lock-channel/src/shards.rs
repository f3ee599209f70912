//! Sharded repodata (CEP 16) of a local channel: one small file a name.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::sync_channel},
};

use rattler_conda_types::{
    RepoDataRecord, Shard, ShardedRepodata,
    package::{CondaArchiveType, DistArchiveIdentifier, DistArchiveType},
};
use rattler_digest::{Sha256, Sha256Hash, compute_bytes_digest};
use rsp_lock_index::pack::ShardPackBuilder;
use url::Url;

use crate::{
    ChannelError,
    batch::Batch,
    local::{self, LocalRepodata, PackFault, Unpacker},
    record::{self, Home, Specs},
};

const EXPECTED_INDEX: &str = "a shard index (CEP 16)";
const EXPECTED_SHARD: &str = "the shard that the index lists";

/// How many shards are read in one go, and how many times as many may wait to be added.
const PIECE: usize = 64;
const WAITING: usize = 4;

/// The shard index of a local subdir.
#[derive(Debug)]
pub(crate) struct LocalShards {
    channel: String,
    index: ShardedRepodata,
    directory: PathBuf,
}

impl LocalShards {
    /// Reads the index. `subdir_url` is the `file://` URL of the subdir.
    pub(crate) fn open(
        channel: &str,
        file: &LocalRepodata,
        subdir_url: &Url,
    ) -> Result<Self, ChannelError> {
        let bytes = local::read_document(channel, file)?;
        let fault = |found: String| {
            let fault = PackFault {
                position: None,
                found,
                expected: EXPECTED_INDEX,
            };
            local::corrupt(channel, &file.path, fault)
        };
        let index: ShardedRepodata =
            rmp_serde::from_slice(&bytes).map_err(|error| fault(error.to_string()))?;
        let directory = subdir_url
            .join(&index.info.shards_base_url)
            .ok()
            .and_then(|url| url.to_file_path().ok())
            .ok_or_else(|| {
                let url = index.info.shards_base_url.escape_debug();
                fault(format!("its shards are at `{url}`, not on this machine"))
            })?;
        Ok(Self {
            channel: channel.to_owned(),
            index,
            directory,
        })
    }

    /// `info.base_url` of the index.
    pub(crate) fn base_url(&self) -> &str {
        &self.index.info.base_url
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.index.shards.keys().cloned().collect();
        names.sort();
        names
    }

    /// Adds the records of a name.
    pub(crate) fn read(
        &self,
        name: &str,
        home: &Home,
        specs: &mut Specs,
        batch: &mut Batch,
    ) -> Result<(), ChannelError> {
        let Some(hash) = self.index.shards.get(name) else {
            return Ok(());
        };
        let bytes = self.verified(*hash, &mut Unpacker::default())?;
        match rmp_serde::from_slice::<Shard>(&bytes) {
            Ok(shard) => add_shard(shard, name, home, specs, batch),
            // A shard is decoded as a whole: one bad record takes its siblings with it.
            Err(error) => batch.reject(home, name, format!("its shard cannot be read: {error}")),
        }
        Ok(())
    }

    /// Adds the records of some names (in lower case) to a pack: what came from the same shards
    /// before is taken over.
    pub(crate) fn add_to(
        &self,
        names: &[Arc<str>],
        builder: &mut ShardPackBuilder,
    ) -> Result<(), ChannelError> {
        let shards = names.iter().filter_map(|name| {
            let hash = *self.index.shards.get(&**name)?;
            Some((&**name, hash))
        });
        let mut new: Vec<(&str, Sha256Hash)> = Vec::new();
        for (name, hash) in shards {
            if !builder.take_over(name, hash.into()) {
                new.push((name, hash));
            }
        }
        let (sender, pieces) = sync_channel(WAITING);
        std::thread::scope(|scope| {
            let new = &new;
            scope.spawn(move || {
                let mut unpacker = Unpacker::default();
                for piece in new.chunks(PIECE) {
                    let read = piece.iter().map(|(name, hash)| {
                        let bytes = self.verified(*hash, &mut unpacker)?;
                        Ok((*name, *hash, bytes))
                    });
                    let read: Result<Vec<_>, ChannelError> = read.collect();
                    let is_last = read.is_err();
                    if sender.send(read).is_err() || is_last {
                        return;
                    }
                }
            });
            for piece in pieces {
                for (name, hash, bytes) in piece? {
                    builder.add(name, hash.into(), &bytes);
                }
            }
            Ok(())
        })
    }

    /// The text of a shard, which is what the index lists.
    fn verified(&self, hash: Sha256Hash, unpacker: &mut Unpacker) -> Result<Vec<u8>, ChannelError> {
        let file = format!("{}.msgpack.zst", hex::encode(hash));
        let path = &self.directory.join(file);
        let bytes = fs_err::read(path).map_err(|source| ChannelError::Read {
            channel: self.channel.clone(),
            path: path.to_owned(),
            source,
        })?;
        let actual = compute_bytes_digest::<Sha256>(&bytes);
        if actual != hash {
            let fault = PackFault {
                position: None,
                found: format!("its SHA-256 is {}", hex::encode(actual)),
                expected: EXPECTED_SHARD,
            };
            return Err(local::corrupt(&self.channel, path, fault));
        }
        let text = unpacker.unpack(&bytes);
        text.map_err(|fault| local::corrupt(&self.channel, path, fault))
    }
}

fn add_shard(shard: Shard, name: &str, home: &Home, specs: &mut Specs, batch: &mut Batch) {
    let Shard {
        packages,
        conda_packages,
        v3,
        removed,
    } = shard;
    let legacy = packages.into_iter().chain(conda_packages);
    let newer = v3
        .into_records_with_url()
        .map(|(id, record, _)| (id, record));
    // `v3` comes last and replaces the older sections (CEP 48).
    let mut listed: std::collections::BTreeMap<DistArchiveIdentifier, _> = legacy.collect();
    listed.extend(newer);
    listed.retain(|file, _| {
        matches!(file.archive_type, DistArchiveType::Conda(_)) && !removed.contains(file)
    });
    let mut usable: Vec<RepoDataRecord> = Vec::with_capacity(listed.len());
    for (identifier, mut package_record) in listed {
        home.complete(&mut package_record);
        if package_record.name.as_normalized() != name {
            continue;
        }
        let file = identifier.to_file_name();
        let checked = record::check(&package_record, &identifier.identifier.to_string(), specs);
        let url = checked.and_then(|()| home.files.join(&file).map_err(|e| e.to_string()));
        match url {
            Ok(url) => usable.push(RepoDataRecord {
                package_record,
                identifier,
                url,
                channel: Some(home.channel.as_ref().to_owned()),
            }),
            Err(reason) => batch.reject(home, &file, reason),
        }
    }
    let twins: Vec<DistArchiveIdentifier> = usable
        .iter()
        .filter(|record| is_conda(&record.identifier))
        .map(|record| {
            let tar_bz2 = DistArchiveType::Conda(CondaArchiveType::TarBz2);
            record.identifier.with_archive_type(tar_bz2)
        })
        .collect();
    usable.retain(|record| is_conda(&record.identifier) || !twins.contains(&record.identifier));
    for record in usable {
        batch.accept(record, specs);
    }
    for file in removed {
        if file.identifier.name.eq_ignore_ascii_case(name) {
            batch.removed.push(format!("{}/{file}", home.subdir));
        }
    }
}

fn is_conda(file: &DistArchiveIdentifier) -> bool {
    file.archive_type == DistArchiveType::Conda(CondaArchiveType::Conda)
}
