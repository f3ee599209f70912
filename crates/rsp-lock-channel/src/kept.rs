//! What was read of shards, kept as packs in the cache.
//!
//! A document is one pack, good for as long as the document is the same. Of shards there is only
//! what somebody asked for: a pack of them is good for the names it says it was asked for. Those
//! are all that could be reached, which depends on every channel of the request. So a pack of
//! shards also says in which version all of them were, and lies apart for each set of channels. One
//! of all names is good whatever the others say.
//!
//! A pack that is not good any more says what could be reached before, which mostly can be still,
//! and those on this machine which shards they are of: what did not change is taken from there, of
//! some names by a pack of some names, of all by one of all.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::Subdir;
use rsp_lock_index::pack::Pack;
use url::Url;

use crate::{Wanted, packs::short_digest, place::Place, source::Opened};

/// What a pack says it was asked for if that is every name.
const EVERY_NAME: &str = "*";

/// Where what is read of the shards of one subdir is kept: all of it, and what was asked for, each in
/// a file of its own, for the one may be a thousand times as large.
#[derive(Clone, Debug)]
pub(crate) struct Keep {
    path: PathBuf,
    /// A digest of what tells this version of the shards from others.
    version: String,
}

/// A pack of what was read of shards earlier.
#[derive(Debug)]
pub(crate) struct KeptShards {
    pub(crate) pack: Box<Pack>,
    /// Where it is, with the version of the shards that it is of.
    pub(crate) keep: Keep,
}

impl Keep {
    /// `version` is what tells this version of the shards from others.
    pub(crate) fn new(path: PathBuf, version: &str) -> Self {
        Self {
            path,
            version: short_digest(version.as_bytes()),
        }
    }

    /// What tells this version of the shards from others.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// What is kept, if it is of this version.
    pub(crate) fn kept(&self) -> Option<KeptShards> {
        let of_version = |kept: &KeptShards| kept.keep.version == self.version;
        let all = read(&self.path, &self.of_all()).filter(of_version);
        all.or_else(|| read(&self.path, &self.path).filter(of_version))
    }

    /// What is kept at a path, of whatever version: what was written last.
    pub(crate) fn kept_at(path: &Path) -> Option<KeptShards> {
        let written = |path: &Path| {
            fs_err::metadata(path)
                .and_then(|about| about.modified())
                .ok()
        };
        let of_all = of_all(path);
        let mut paths = [&*of_all, path];
        paths.sort_by_key(|path| std::cmp::Reverse(written(path)));
        paths.into_iter().find_map(|file| read(path, file))
    }

    /// Where what was asked for is kept, of whatever version.
    pub(crate) fn of_some(&self) -> PathBuf {
        self.path.clone()
    }

    /// Where all is kept, of whatever version.
    pub(crate) fn of_all(&self) -> PathBuf {
        of_all(&self.path)
    }

    /// A pack that is to be kept here.
    pub(crate) fn to_be_kept(&self, pack: Pack, channels: &str, asked: &Asked) -> Pack {
        let (path, asked) = match asked {
            Asked::EveryName => (self.of_all(), EVERY_NAME.to_owned()),
            Asked::Names(names) => {
                let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
                (self.of_some(), names.join(","))
            }
        };
        let stamp = [&self.version, channels, &asked].join(" ");
        pack.to_be_kept(path, &stamp)
    }
}

/// Where what is kept of all shards lies, beside what is kept of some.
fn of_all(path: &Path) -> PathBuf {
    path.with_extension("all.pack")
}

/// The pack in a file of those that are kept at a path.
fn read(path: &Path, file: &Path) -> Option<KeptShards> {
    let pack = Box::new(Pack::open(file).ok()?);
    let version = Stamp::of(&pack)?.version.to_owned();
    let keep = Keep {
        path: path.to_owned(),
        version,
    };
    Some(KeptShards { pack, keep })
}

impl KeptShards {
    /// Whether all that the shards have is kept, whatever other channels say.
    pub(crate) fn is_complete(&self) -> bool {
        Stamp::of(&self.pack).is_some_and(|stamp| stamp.asked == EVERY_NAME)
    }
}

/// What a pack of shards was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    EveryName,
    /// These and no others, in lower case; among them all that they reach.
    Names(BTreeSet<Arc<str>>),
}

/// What a pack of shards says of itself.
struct Stamp<'p> {
    version: &'p str,
    /// The versions of all channels of the request.
    channels: &'p str,
    asked: &'p str,
}

impl<'p> Stamp<'p> {
    fn of(pack: &'p Pack) -> Option<Self> {
        let mut parts = pack.stamp().splitn(3, ' ');
        Some(Self {
            version: parts.next()?,
            channels: parts.next()?,
            asked: parts.next()?,
        })
    }
}

/// Where packs of the shards of a subdir lie, for a set of channels.
pub(crate) fn path(cache: &Path, channels: &str, subdir: Subdir, url: &Url) -> PathBuf {
    let name = short_digest(url.as_str().as_bytes());
    let file = format!("{subdir}-{name}-{channels}.pack");
    cache.join("index").join(file)
}

/// What the channels of a request for one platform are called.
pub(crate) fn set_of_channels(places: &[Place], subdir: Subdir) -> String {
    let mut called = subdir.to_string();
    for place in places {
        called.push(' ');
        called.push_str(place.url.as_str());
    }
    short_digest(called.as_bytes())
}

/// The versions of all subdirs that were opened, as one; `None` if one of them has none.
pub(crate) fn versions<'o>(opened: impl Iterator<Item = Option<&'o Opened>>) -> Option<String> {
    let versions = opened.map(|opened| match opened {
        Some(opened) => opened.version(),
        None => Some("-"),
    });
    let versions = versions.collect::<Option<Vec<&str>>>()?;
    Some(short_digest(versions.join("\n").as_bytes()))
}

/// `None` if what is kept has all that is wanted, where all channels are in these versions; else
/// the names that it has, which are worth reading again, unless they are of other versions.
pub(crate) fn lacking(
    kept: &[&KeptShards],
    channels: Option<&str>,
    wanted: &Wanted,
) -> Option<BTreeSet<Arc<str>>> {
    let mut known = BTreeSet::new();
    let mut is_enough = true;
    for KeptShards { pack, .. } in kept.iter().filter(|kept| !kept.is_complete()) {
        let Some(stamp) = Stamp::of(pack).filter(|stamp| Some(stamp.channels) == channels) else {
            return Some(BTreeSet::new());
        };
        let asked: BTreeSet<&str> = stamp.asked.split(',').collect();
        is_enough &= match wanted {
            Wanted::Reachable(names) => names
                .iter()
                .all(|name| asked.contains(name.as_normalized())),
            Wanted::Named(_) | Wanted::All => false,
        };
        known.extend(
            asked
                .into_iter()
                .filter(|name| !name.is_empty())
                .map(Arc::from),
        );
    }
    (!is_enough).then_some(known)
}
