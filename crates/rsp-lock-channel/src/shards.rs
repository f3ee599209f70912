//! Sharded repodata (CEP 16) of a local channel: one small file a name.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, mpsc::sync_channel},
};

use rattler_conda_types::{
    RepoDataRecord,
    package::{CondaArchiveType, DistArchiveType},
};
use rattler_digest::{Sha256, Sha256Hash, compute_bytes_digest};
use rsp_lock_index::pack::{Pack, ShardPackBuilder};
use url::Url;

use crate::{
    ChannelError, RejectedRecord,
    batch::Batch,
    local::{self, LocalRepodata, PackFault, Unpacker},
    record::{self, Home, Specs},
    shard_index::{Listed, ShardIndex},
};

const CONDA: DistArchiveType = DistArchiveType::Conda(CondaArchiveType::Conda);

const EXPECTED_INDEX: &str = "a shard index (CEP 16)";
const EXPECTED_SHARD: &str = "the shard that the index lists";

/// How many shards are read in one go, and how many times as many may wait to be added.
const PIECE: usize = 64;
const WAITING: usize = 4;

/// The shards of a local subdir.
#[derive(Debug)]
pub(crate) struct LocalShards {
    channel: String,
    base_url: String,
    listed: Listed,
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
        let index: ShardIndex<'_> =
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
            base_url: index.info.base_url,
            listed: Listed::of(index.shards),
            directory,
        })
    }

    /// `info.base_url` of the index.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// All names, in lower case, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(|(name, _)| name)
    }

    /// Adds the records of some names (in lower case).
    pub(crate) fn read(
        &self,
        names: &[Arc<str>],
        home: &Home,
        specs: &mut Specs,
        batch: &mut Batch,
    ) -> Result<(), ChannelError> {
        let mut builder = ShardPackBuilder::new(home.into(), None);
        self.add_to(names, &mut builder)?;
        let pack = builder.finish("");
        for name in pack.names() {
            add_rows(&pack, name, specs, batch);
        }
        let rejected = pack.rejected().map(|(file, reason)| RejectedRecord {
            file: file.to_owned(),
            reason: reason.to_owned(),
        });
        batch.rejected.extend(rejected);
        batch.removed.extend(pack.removed().map(str::to_owned));
        Ok(())
    }

    /// Adds the records of all names to a pack: what came from the same shards before is taken over.
    pub(crate) fn add_all_to(&self, builder: &mut ShardPackBuilder) -> Result<(), ChannelError> {
        self.add(self.listed.iter(), builder)
    }

    /// Adds the records of some names (in lower case) to a pack, as [`add_all_to`](Self::add_all_to)
    /// does.
    pub(crate) fn add_to(
        &self,
        names: &[Arc<str>],
        builder: &mut ShardPackBuilder,
    ) -> Result<(), ChannelError> {
        let mut expected = 0;
        let listed = names.iter().filter_map(|name| {
            let place = self.listed.place(name, expected)?;
            expected = place + 1;
            self.listed.get(place)
        });
        self.add(listed, builder)
    }

    /// Adds the records of names with their shards.
    fn add<'n>(
        &self,
        names: impl Iterator<Item = (&'n str, Sha256Hash)>,
        builder: &mut ShardPackBuilder,
    ) -> Result<(), ChannelError> {
        let mut new: Vec<Sha256Hash> = Vec::new();
        let mut plan = Vec::with_capacity(names.size_hint().1.unwrap_or(0));
        for (name, hash) in names {
            let known = builder.known(name, hash.into());
            if known.is_none() {
                new.push(hash);
            }
            plan.push((name, known));
        }
        let (sender, pieces) = sync_channel(WAITING);
        std::thread::scope(|scope| {
            let new = &new;
            scope.spawn(move || {
                let mut unpacker = Unpacker::default();
                for piece in new.chunks(PIECE) {
                    let read = piece.iter().map(|hash| {
                        let bytes = self.verified(*hash, &mut unpacker)?;
                        Ok((*hash, bytes))
                    });
                    let read: Result<Vec<_>, ChannelError> = read.collect();
                    let is_last = read.is_err();
                    if sender.send(read).is_err() || is_last {
                        return;
                    }
                }
            });
            // Dropped before the reader is waited for, which must not wait for nobody.
            let pieces = pieces;
            let mut piece = Vec::new().into_iter();
            for (name, known) in plan {
                if let Some(known) = known {
                    builder.take_over(known);
                } else {
                    if piece.len() == 0 {
                        let next = pieces.recv().map_err(|_| ChannelError::Cancelled)?;
                        piece = next?.into_iter();
                    }
                    if let Some((hash, bytes)) = piece.next() {
                        builder.add(name, hash.into(), &bytes);
                    }
                }
                if let Some(other) = self.listed.other_way_of(name) {
                    let other = other.escape_debug();
                    let reason = format!("the index lists it as `{other}` too, which is not read");
                    builder.reject(name, reason);
                }
            }
            Ok(())
        })
    }

    /// The text of a shard, which is what the index lists.
    fn verified(&self, hash: Sha256Hash, unpacker: &mut Unpacker) -> Result<Vec<u8>, ChannelError> {
        let file = format!("{}.msgpack.zst", hex::encode(hash));
        let path = &self.directory.join(file);
        let fault = |found: String| {
            let fault = PackFault {
                position: None,
                found,
                expected: EXPECTED_SHARD,
            };
            local::corrupt(&self.channel, path, fault)
        };
        let bytes = fs_err::read(path).map_err(|source| match source.kind() {
            // A mirror that was copied in part is not a file that cannot be read.
            io::ErrorKind::NotFound => fault("no file".to_owned()),
            _ => ChannelError::Read {
                channel: self.channel.clone(),
                path: path.to_owned(),
                source,
            },
        })?;
        let actual = compute_bytes_digest::<Sha256>(&bytes);
        if actual != hash {
            return Err(fault(format!("its SHA-256 is {}", hex::encode(actual))));
        }
        let text = unpacker.unpack(&bytes);
        text.map_err(|fault| local::corrupt(&self.channel, path, fault))
    }
}

/// Adds the rows of a name. Of a build that is there as `.conda` and as `.tar.bz2`, the first usable
/// one counts.
fn add_rows(pack: &Pack, name: &str, specs: &mut Specs, batch: &mut Batch) {
    let mut usable: BTreeMap<String, RepoDataRecord> = BTreeMap::new();
    for row in pack.rows(name) {
        let Some(record) = pack.record(row) else {
            continue;
        };
        let stem = record.identifier.identifier.to_string();
        match record::check(&record.package_record, &stem, specs) {
            Ok(()) => {
                let is_conda = record.identifier.archive_type == CONDA;
                if is_conda || !usable.contains_key(&stem) {
                    usable.insert(stem, record);
                }
            }
            Err(reason) => batch.rejected.push(RejectedRecord {
                file: format!("{}/{}", pack.home().subdir, pack.file(row)),
                reason,
            }),
        }
    }
    for record in usable.into_values() {
        batch.accept(record, specs);
    }
}
