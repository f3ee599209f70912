//! Repodata documents as packs, kept in the cache.
//!
//! A pack is good for as long as the document it was made from is the same: for a local file
//! its size, time and inode say so, and what was fetched is a local file by then. Packs lie in
//! `index/` of the cache, one a channel and subdir, and are replaced in one rename.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::Subdir;
use rattler_digest::{Sha256, compute_bytes_digest};
use rsp_lock_index::pack::{Home, Pack, PackBuilder, ReadError, read_large_json};
use url::Url;

use crate::{
    base_url,
    document::Document,
    local::{LocalRepodata, RepodataFormat},
};

/// How many bytes of a document a record takes at least in most channels, as text and packed.
const JSON_A_RECORD: u64 = 450;
const PACKED_A_RECORD: u64 = 70;

/// Where a document is, and where its pack may be kept.
#[derive(Clone, Debug)]
pub(crate) struct Packing<'a> {
    pub(crate) subdir: Subdir,
    /// The URL of the subdir, ending in `/`.
    pub(crate) subdir_url: &'a Url,
    /// The cache; nothing is kept without one.
    pub(crate) cache: Option<&'a Path>,
}

impl Packing<'_> {
    /// The pack of a document, which is yet to be written if it is new. `None` if the document cannot be read as one.
    pub(crate) fn pack(&self, file: &LocalRepodata) -> Option<Pack> {
        self.kept(file).or_else(|| {
            let earlier = self.path().and_then(|path| Pack::open(&path).ok());
            let earlier = earlier.filter(Pack::is_sound);
            let mut pack = self.read(file, earlier.as_ref()).ok()?;
            let (carried, all) = (pack.carried(), pack.len());
            tracing::debug!(
                "{}: {carried} of {all} records are as before",
                self.subdir_url
            );
            if let Some(earlier) = earlier.filter(|_| carried > 0) {
                pack = pack.with_earlier(Arc::new(earlier));
            }
            Some(match self.path() {
                Some(path) => pack.to_be_kept(path, &self.stamp(file)),
                None => pack,
            })
        })
    }

    /// The pack of a document, if it was made before.
    pub(crate) fn kept(&self, file: &LocalRepodata) -> Option<Pack> {
        let pack = Pack::open(&self.path()?).ok()?;
        (pack.stamp() == self.stamp(file)).then_some(pack)
    }

    /// The pack of a document that was read in another way.
    pub(crate) fn pack_document(&self, document: &Document) -> Option<Pack> {
        let mut builder = PackBuilder::default();
        for name in document.names() {
            for listed in document.listed(&name) {
                builder.add_json(&listed.file, listed.json);
            }
            for file in document.removed(&name) {
                builder.remove(file);
            }
        }
        for (file, reason) in &document.unusable {
            builder.reject(file, reason.clone());
        }
        let home = self.home(document.base_url.as_deref()).ok()?;
        Some(builder.finish(home, ""))
    }

    fn read(&self, file: &LocalRepodata, earlier: Option<&Pack>) -> Result<Pack, ReadError> {
        let opened = fs_err::File::open(&file.path)?;
        let text: Box<dyn Read + Send> = match file.format {
            RepodataFormat::Json => Box::new(opened),
            RepodataFormat::JsonZst | RepodataFormat::Shards => {
                Box::new(zstd::Decoder::new(opened)?)
            }
            RepodataFormat::JsonBz2 => Box::new(bzip2::read::MultiBzDecoder::new(opened)),
        };
        let a_record = match file.format {
            RepodataFormat::Json => JSON_A_RECORD,
            _ => PACKED_A_RECORD,
        };
        let records = file.freshness.size / a_record;
        let records = usize::try_from(records).unwrap_or(usize::MAX);
        read_large_json(text, records, earlier, |declared| self.home(declared))
    }

    /// The channel is filled in by who knows all of its subdirs.
    fn home(&self, declared: Option<&str>) -> Result<Home, String> {
        let files = base_url::file_url(self.subdir_url, declared)?;
        Ok(Home {
            subdir: self.subdir.as_str().into(),
            files: files.as_str().into(),
            channel: Box::default(),
        })
    }

    fn path(&self) -> Option<PathBuf> {
        let name = short_digest(self.subdir_url.as_str().as_bytes());
        let file = format!("{}-{name}.pack", self.subdir);
        Some(self.cache?.join("index").join(file))
    }

    fn stamp(&self, file: &LocalRepodata) -> String {
        format!(
            "{} {} {}",
            self.subdir_url,
            file.format.file_name(),
            file.freshness
        )
    }
}

/// Writes a pack to where it is to be kept, and gives back the file in its place, so that its
/// memory is free again.
pub(crate) fn written(pack: Box<Pack>) -> Box<Pack> {
    match pack.save_if_due() {
        Ok(()) => pack.reopened().map_or(pack, Box::new),
        Err(_) => pack,
    }
}

/// Enough of a digest to call a file by.
pub(crate) fn short_digest(bytes: &[u8]) -> String {
    let digest = compute_bytes_digest::<Sha256>(bytes);
    hex::encode(digest.get(..8).unwrap_or_default())
}
