//! Repodata documents as packs.
//!
//! The text is read by one thread (which also decompresses it) and scanned by another, a
//! window at a time, so that a document of half a gigabyte is never in memory as a whole.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::mpsc::{channel, sync_channel},
};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Home, Pack, PackBuilder, carry::CarryOver};
use crate::scan::{ScanError, Stream};

/// How much text is read at a time.
const PIECE: usize = 1 << 20;

/// How many pieces may wait to be scanned.
const WAITING: usize = 16;

/// A value in a document that is larger is there to exhaust the memory.
const LARGEST_VALUE: usize = 1 << 30;

/// Room before the text of a piece, for what is left of the one before: a record, mostly.
const HEADROOM: usize = 1 << 16;

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
    read_large_json(text, 0, None, home)
}

/// [`read_json`] where there may be about so many records (a good guess saves time, a bad one
/// does no harm), and where most may be what the pack of an `earlier` document of the same files
/// has: those are taken from there. That pack must be [sound](Pack::is_sound).
pub fn read_large_json(
    text: impl Read + Send,
    records: usize,
    earlier: Option<&Pack>,
    home: impl FnOnce(Option<&str>) -> Result<Home, String>,
) -> Result<Pack, ReadError> {
    let mut added: Option<CarryOver<'_>> = None;
    let mut stream = Stream::default();
    windows(text, |window, is_last| {
        // Not before there is a window: the text is decompressed meanwhile.
        let added = added.get_or_insert_with(|| {
            let earlier = earlier.filter(|pack| !pack.prints.is_empty());
            let after = earlier.and_then(|pack| Some((PackBuilder::after(pack)?, Some(pack))));
            let (mut builder, earlier) = after.unwrap_or_default();
            builder.expect(records);
            CarryOver::new(builder, earlier)
        });
        Ok(stream.feed_to(window, is_last, added)?)
    })?;
    let (mut builder, carried) = added.map(CarryOver::finish).unwrap_or_default();
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
    Ok(Pack {
        carried,
        ..builder.finish(home, "")
    })
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
    // Memory that was used once is not cleared again.
    let (give_back, used) = channel::<Vec<u8>>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let mut piece = used.try_recv().unwrap_or_default();
                piece.resize(HEADROOM + PIECE, 0);
                let read = fill(&mut text, piece.get_mut(HEADROOM..).unwrap_or_default());
                let is_last = !matches!(read, Ok(1..));
                let piece = read.map(|length| {
                    piece.truncate(HEADROOM + length);
                    piece
                });
                if sender.send(piece).is_err() || is_last {
                    return;
                }
            }
        });
        // Dropped before the reader is waited for, which must not wait to be read by nobody.
        let pieces = pieces;
        let mut window: Vec<u8> = Vec::new();
        // What is before this is done with.
        let mut start = 0;
        // A value that is larger than the window is looked at again with twice as much.
        let mut enough = 0;
        loop {
            // The reader ends with an empty piece or an error; without one it has panicked.
            let piece = pieces
                .recv()
                .unwrap_or_else(|_| Err(io::Error::other("the reader stopped")))?;
            let is_last = piece.len() == HEADROOM;
            let spare;
            (window, start, spare) = joined(window, start, piece);
            if spare.len() <= HEADROOM + PIECE {
                // Nobody takes it any more once all is read.
                give_back.send(spare).ok();
            }
            let text = window.get(start..).unwrap_or_default();
            if text.len() < enough && !is_last {
                continue;
            }
            let done = scan(text, is_last)?;
            if is_last {
                return Ok(());
            }
            if done == 0 && text.len() > LARGEST_VALUE {
                let found = "a value of more than a gigabyte";
                return Err(io::Error::new(io::ErrorKind::InvalidData, found).into());
            }
            enough = if done == 0 { text.len() * 2 } else { 0 };
            start += done;
        }
    })
}

/// Reads until a piece is full or the text ends; says how much.
fn fill(text: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = piece.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match text.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// The rest of a window with a piece behind it, where it starts, and what is not needed any more.
fn joined(mut window: Vec<u8>, start: usize, mut piece: Vec<u8>) -> (Vec<u8>, usize, Vec<u8>) {
    let rest = window.get(start..).unwrap_or_default();
    let begins = HEADROOM.saturating_sub(rest.len());
    let room = piece.get_mut(begins..HEADROOM).unwrap_or_default();
    if room.len() == rest.len() {
        room.copy_from_slice(rest);
        return (piece, begins, window);
    }
    window.drain(..start);
    window.extend_from_slice(piece.get(HEADROOM..).unwrap_or_default());
    (window, 0, piece)
}
