//! Repodata documents as packs.
//!
//! The text is read by one thread (which also decompresses it) and scanned by another, a
//! window at a time, so that a document of half a gigabyte is never in memory as a whole.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::mpsc::sync_channel,
};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Home, Pack, PackBuilder};
use crate::scan::{ScanError, Stream};

/// How much text is read at a time.
const PIECE: usize = 1 << 20;

/// How many pieces may wait to be scanned.
const WAITING: usize = 4;

/// A document that is no repodata.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read or decompressed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It makes no sense somewhere.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// A part of it is not what it should be.
    #[error("`{part}` cannot be read: {reason}")]
    Part {
        /// The top-level key.
        part: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// It has no records and no place for them.
    #[error("a JSON object without `packages`")]
    NoRecords,
    /// The caller refused it.
    #[error("{0}")]
    Refused(String),
}

/// Reads a repodata document (CEP 15, 48).
///
/// `home` is told `info.base_url` and says where the records come from.
pub fn read_json(
    text: impl Read + Send,
    home: impl FnOnce(Option<&str>) -> Result<Home, String>,
) -> Result<Pack, ReadError> {
    let mut builder = PackBuilder::default();
    let mut stream = Stream::default();
    windows(text, |window, is_last| {
        Ok(stream.feed(window, is_last, &mut |record| builder.add_scanned(&record))?)
    })?;
    if !stream.has_records() {
        return Err(ReadError::NoRecords);
    }
    let envelope = stream.envelope();
    if let Some(v3) = &envelope.v3 {
        add_v3(v3, &mut builder)?;
    }
    if let Some(removed) = &envelope.removed {
        let removed: Vec<String> = part("removed", removed)?;
        for file in removed {
            builder.remove(&file);
        }
    }
    let info: Option<Info> = match &envelope.info {
        Some(info) => part("info", info)?,
        None => None,
    };
    let base_url = info.and_then(|info| info.base_url);
    let home = home(base_url.as_deref()).map_err(ReadError::Refused)?;
    Ok(builder.finish(home, ""))
}

#[derive(Deserialize)]
struct Info {
    base_url: Option<String>,
}

fn part<'j, T: Deserialize<'j>>(part: &'static str, json: &'j [u8]) -> Result<T, ReadError> {
    serde_json::from_slice(json).map_err(|error| ReadError::Part {
        part,
        reason: super::build::reason(&error),
    })
}

/// One section an archive type, files without extension (CEP 48). Wheels are no conda packages.
fn add_v3(json: &[u8], builder: &mut PackBuilder) -> Result<(), ReadError> {
    #[derive(Deserialize)]
    struct V3<'j> {
        #[serde(borrow, default)]
        conda: Option<BTreeMap<String, &'j RawValue>>,
        #[serde(borrow, default, rename = "tar.bz2")]
        tar_bz2: Option<BTreeMap<String, &'j RawValue>>,
    }
    let v3: Option<V3<'_>> = part("v3", json)?;
    let Some(V3 { conda, tar_bz2 }) = v3 else {
        return Ok(());
    };
    for (section, extension) in [(tar_bz2, ".tar.bz2"), (conda, ".conda")] {
        for (stem, record) in section.into_iter().flatten() {
            builder.add_json(&format!("{stem}{extension}"), record.get().as_bytes());
        }
    }
    Ok(())
}

/// Shows a text window by window; `scan` says how much of each it is done with.
fn windows(
    mut text: impl Read + Send,
    mut scan: impl FnMut(&[u8], bool) -> Result<usize, ReadError>,
) -> Result<(), ReadError> {
    let (sender, pieces) = sync_channel::<io::Result<Vec<u8>>>(WAITING);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                let read = (&mut text).take(PIECE as u64).read_to_end(&mut piece);
                let piece = read.map(|_| piece);
                let is_last = !matches!(&piece, Ok(piece) if !piece.is_empty());
                if sender.send(piece).is_err() || is_last {
                    return;
                }
            }
        });
        let mut window: Vec<u8> = Vec::new();
        // A value that is larger than the window is looked at again with twice as much.
        let mut enough = 0;
        loop {
            // The reader ends with an empty piece or an error; without one it has panicked.
            let piece = pieces
                .recv()
                .unwrap_or_else(|_| Err(io::Error::other("the reader stopped")))?;
            let is_last = piece.is_empty();
            window.extend_from_slice(&piece);
            if window.len() < enough && !is_last {
                continue;
            }
            let done = scan(&window, is_last)?;
            if is_last {
                return Ok(());
            }
            enough = if done == 0 { window.len() * 2 } else { 0 };
            window.drain(..done);
        }
    })
}
