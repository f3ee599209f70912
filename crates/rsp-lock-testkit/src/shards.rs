//! Sharded repodata (CEP 16), written as an indexer writes it.

use std::{collections::BTreeMap, io, path::Path};

use rattler_conda_types::{RepoData, Shard, ShardedRepodata};
use rattler_digest::{Sha256, compute_bytes_digest};

/// Writes the shards of a document, and their index, into the directory of a subdir.
pub fn write(directory: &Path, subdir: &str, document: &str) -> io::Result<()> {
    write_records(directory, subdir, serde_json::from_str(document)?)
}

/// Writes what a document says, as [`write()`]; shards of other states may be there already.
pub fn write_records(directory: &Path, subdir: &str, document: RepoData) -> io::Result<()> {
    let index = serde_json::json!({
        "info": {
            "subdir": subdir,
            "base_url": document.base_url().unwrap_or("./"),
            "shards_base_url": "./shards/",
        },
        "shards": {},
    });
    let mut index: ShardedRepodata = serde_json::from_value(index)?;
    let mut shards: BTreeMap<String, Shard> = BTreeMap::new();
    for (file, record) in document.packages {
        let shard = shards.entry(record.name.as_normalized().to_owned());
        shard.or_default().packages.insert(file, record);
    }
    for (file, record) in document.conda_packages {
        let shard = shards.entry(record.name.as_normalized().to_owned());
        shard.or_default().conda_packages.insert(file, record);
    }
    for file in document.removed {
        let shard = shards.entry(file.identifier.name.clone());
        shard.or_default().removed.insert(file);
    }
    fs_err::create_dir_all(directory.join("shards"))?;
    for (name, shard) in shards {
        let bytes = packed(&shard)?;
        let hash = compute_bytes_digest::<Sha256>(&bytes);
        let file = format!("shards/{}.msgpack.zst", hex::encode(hash));
        fs_err::write(directory.join(file), bytes)?;
        index.shards.insert(name, hash);
    }
    fs_err::write(
        directory.join("repodata_shards.msgpack.zst"),
        packed(&index)?,
    )
}

fn packed(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let bytes = rmp_serde::to_vec_named(value).map_err(io::Error::other)?;
    zstd::encode_all(bytes.as_slice(), 3)
}
