//! A subdir that was found, whatever its form, as a place to ask for names.

use std::{path::PathBuf, sync::Arc};

use rattler_conda_types::Subdir;
use rsp_lock_index::pack::Pack;
use url::Url;

use crate::{
    ChannelError, base_url,
    batch::Batch,
    document::Document,
    kept::{self, Keep, KeptShards},
    local::{self, PackFault, RepodataFormat},
    packs::Packing,
    place::{Place, subdir_url},
    record::{Home, Specs},
    remote::{Remote, RemoteShards, RemoteSubdir},
    shards::LocalShards,
    unfinished::unfinished,
};

/// Names that one task reads: enough to be worth a task.
const NAMES_A_TASK: usize = 512;

/// A subdir that was found.
pub(crate) enum Opened {
    Document {
        document: Box<Document>,
        /// For messages.
        file: String,
    },
    LocalShards {
        shards: Box<LocalShards>,
        file: String,
        keep: Option<Keep>,
    },
    RemoteShards {
        shards: Box<RemoteShards>,
        keep: Option<Keep>,
    },
    /// What was read of shards earlier.
    KeptShards(KeptShards),
    Pack(Box<Pack>),
}

/// In which form documents are wanted.
#[derive(Clone, Debug)]
pub(crate) enum As {
    /// With a table of contents, to read single records from.
    Documents,
    /// As packs, which may be kept in this cache.
    Packs {
        /// The cache.
        cache: Option<PathBuf>,
        /// What the set of channels that are opened is called; see [`kept`].
        channels: Arc<str>,
    },
}

/// What may be taken from the cache of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shards {
    /// What was read of them earlier.
    Kept,
    /// Only they themselves.
    Themselves,
}

impl As {
    /// How a document of a subdir becomes a pack, if that is wanted.
    pub(crate) fn packing<'a>(
        &'a self,
        subdir_url: &'a Url,
        subdir: Subdir,
    ) -> Option<Packing<'a>> {
        match self {
            Self::Documents => None,
            Self::Packs { cache, .. } => Some(Packing {
                subdir,
                subdir_url,
                cache: cache.as_deref(),
            }),
        }
    }

    /// Where what is read of the shards of a subdir is kept.
    pub(crate) fn shards(&self, subdir_url: &Url, subdir: Subdir) -> Option<PathBuf> {
        match self {
            Self::Packs {
                cache: Some(cache),
                channels,
            } => Some(kept::path(cache, channels, subdir, subdir_url)),
            Self::Packs { cache: None, .. } | Self::Documents => None,
        }
    }
}

/// Opens a subdir of a local channel of which all that is needed was packed before.
pub(crate) fn open_packed(place: &Place, subdir: Subdir, form: &As) -> Option<Opened> {
    let found = local::locate_local(place.directory.as_ref()?, subdir).ok()??;
    if found.format == RepodataFormat::Shards {
        return None;
    }
    let url = subdir_url(&place.url, subdir);
    let pack = form.packing(&url, subdir)?.kept(&found)?;
    Some(Opened::Pack(Box::new(pack)))
}

/// Opens a subdir of a local channel; `None` if it has none.
pub(crate) fn open_local(
    place: &Place,
    subdir: Subdir,
    form: &As,
    of_shards: Shards,
) -> Result<Option<Opened>, ChannelError> {
    let Some(directory) = &place.directory else {
        return Ok(None);
    };
    let located = local::locate_local(directory, subdir).map_err(|source| ChannelError::Read {
        channel: place.name.clone(),
        path: directory.join(subdir.as_str()),
        source,
    })?;
    let Some(found) = located else {
        return Ok(None);
    };
    let file = found.path.display().to_string();
    let url = subdir_url(&place.url, subdir);
    if found.format == RepodataFormat::Shards {
        let path = form.shards(&url, subdir);
        let keep = path.map(|path| Keep::new(path, &found.freshness.to_string()));
        if of_shards == Shards::Kept
            && let Some(kept) = keep.as_ref().and_then(Keep::kept)
        {
            return Ok(Some(Opened::KeptShards(kept)));
        }
        let here = Url::from_directory_path(directory).unwrap_or_else(|()| place.url.clone());
        let shards = LocalShards::open(&place.name, &found, &subdir_url(&here, subdir))?;
        let shards = Box::new(shards);
        return Ok(Some(Opened::LocalShards { shards, file, keep }));
    }
    let packing = form.packing(&url, subdir);
    if let Some(pack) = packing.as_ref().and_then(|packing| packing.pack(&found)) {
        return Ok(Some(Opened::Pack(Box::new(pack))));
    }
    // What is wrong with a document is said by who reads it slowly.
    let text = local::read_document(&place.name, &found)?;
    let document = Document::index(text).map_err(|fault| {
        let fault = PackFault {
            position: fault.position,
            found: fault.found,
            expected: Document::EXPECTED,
        };
        local::corrupt(&place.name, &found.path, fault)
    })?;
    if let Some(pack) = packing.and_then(|packing| packing.pack_document(&document)) {
        return Ok(Some(Opened::Pack(Box::new(pack))));
    }
    Ok(Some(Opened::Document {
        document: Box::new(document),
        file,
    }))
}

/// Opens a subdir of a remote channel; `None` if it has none.
pub(crate) async fn open_remote(
    remote: &Arc<Remote>,
    place: &Place,
    subdir: Subdir,
    all: bool,
    form: &As,
    of_shards: Shards,
) -> Result<Option<Opened>, ChannelError> {
    let opened = remote.open(place, subdir, all, form, of_shards).await?;
    Ok(opened.map(|opened| match opened {
        RemoteSubdir::Pack(pack) => Opened::Pack(pack),
        RemoteSubdir::Document { document, file } => Opened::Document { document, file },
        RemoteSubdir::Shards { shards, keep } => Opened::RemoteShards { shards, keep },
        RemoteSubdir::KeptShards(kept) => Opened::KeptShards(kept),
    }))
}

impl Opened {
    /// The URL below which the subdir's files lie.
    pub(crate) fn file_url(&self, place: &Place, subdir: Subdir) -> Result<Url, ChannelError> {
        let here = subdir_url(&place.url, subdir);
        let (declared, file) = match self {
            Self::Document { document, file } => (document.base_url.as_deref(), file),
            Self::LocalShards { shards, file, .. } => (Some(shards.base_url()), file),
            Self::RemoteShards { .. } => return Ok(here),
            // Its base URL was judged when it was made.
            Self::Pack(pack) | Self::KeptShards(KeptShards { pack, .. }) => {
                return Ok(pack.home().files.parse().unwrap_or(here));
            }
        };
        base_url::file_url(&here, declared).map_err(|reason| ChannelError::BaseUrl {
            channel: place.name.clone(),
            file: file.clone(),
            base_url: declared.unwrap_or_default().to_owned(),
            reason,
        })
    }
}

impl Opened {
    /// What tells this state of the subdir from others, if anything does.
    pub(crate) fn version(&self) -> Option<&str> {
        match self {
            Self::Document { .. } => None,
            Self::LocalShards { keep, .. } | Self::RemoteShards { keep, .. } => {
                keep.as_ref().map(Keep::version)
            }
            Self::KeptShards(kept) => Some(kept.keep.version()),
            Self::Pack(pack) => Some(pack.stamp()).filter(|stamp| !stamp.is_empty()),
        }
    }
}

/// A place to ask for names.
#[derive(Clone)]
pub(crate) struct Source {
    subdir: Subdir,
    home: Arc<Home>,
    /// Where what is read of it is kept.
    keep: Option<Keep>,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Document(Arc<Document>),
    LocalShards(Arc<LocalShards>),
    RemoteShards(Arc<RemoteShards>),
}

impl Source {
    /// A source; what is a pack is none.
    pub(crate) fn new(subdir: Subdir, opened: Opened, home: Home) -> Result<Self, Box<Pack>> {
        let (form, keep) = match opened {
            Opened::Document { document, .. } => (Form::Document(Arc::from(document)), None),
            Opened::LocalShards { shards, keep, .. } => {
                (Form::LocalShards(Arc::from(shards)), keep)
            }
            Opened::RemoteShards { shards, keep } => (Form::RemoteShards(Arc::from(shards)), keep),
            Opened::Pack(pack) | Opened::KeptShards(KeptShards { pack, .. }) => return Err(pack),
        };
        Ok(Self {
            subdir,
            home: Arc::new(home),
            keep,
            form,
        })
    }

    /// Where what is read of it is kept.
    pub(crate) fn keep(&self) -> Option<&Keep> {
        self.keep.as_ref()
    }

    /// What its records have in common.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) fn subdir(&self) -> Subdir {
        self.subdir
    }

    /// The shards, if it is of shards on this machine.
    pub(crate) fn local_shards(&self) -> Option<&Arc<LocalShards>> {
        match &self.form {
            Form::LocalShards(shards) => Some(shards),
            Form::Document(_) | Form::RemoteShards(_) => None,
        }
    }

    /// Whether only its records tell where its files are.
    pub(crate) fn knows_files_from_records(&self) -> bool {
        matches!(self.form, Form::RemoteShards(_))
    }

    /// All names, in lower case, in no order.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        match &self.form {
            Form::Document(document) => document.names().into_iter().map(Arc::from).collect(),
            Form::LocalShards(shards) => shards.names().map(Arc::from).collect(),
            Form::RemoteShards(shards) => shards.names().map(Arc::from).collect(),
        }
    }

    /// Files whose name rules them out, as `subdir/file`, with the reason.
    pub(crate) fn unusable(&self) -> impl Iterator<Item = (String, String)> {
        let unusable = match &self.form {
            Form::Document(document) => document.unusable.as_slice(),
            Form::LocalShards(_) | Form::RemoteShards(_) => &[],
        };
        unusable
            .iter()
            .map(|(file, reason)| (format!("{}/{file}", self.home.subdir), reason.clone()))
    }

    /// What it says about some names (in lower case). Order does not matter.
    pub(crate) async fn read(&self, names: Arc<[Arc<str>]>) -> Result<Batch, ChannelError> {
        if let Form::RemoteShards(shards) = &self.form {
            return shards.read(&names, &self.home).await;
        }
        let mut tasks = Vec::new();
        for start in (0..names.len()).step_by(NAMES_A_TASK) {
            let (source, names) = (self.clone(), names.clone());
            tasks.push(tokio::task::spawn_blocking(move || {
                let end = names.len().min(start + NAMES_A_TASK);
                source.read_here(names.get(start..end).unwrap_or_default())
            }));
        }
        let mut total = Batch::default();
        for task in tasks {
            total.append(task.await.map_err(unfinished)??);
        }
        Ok(total)
    }

    fn read_here(&self, names: &[Arc<str>]) -> Result<Batch, ChannelError> {
        let mut batch = Batch::default();
        let mut specs = Specs::default();
        match &self.form {
            Form::Document(document) => {
                for name in names {
                    batch.read(document, name, &self.home, &mut specs);
                }
            }
            Form::LocalShards(shards) => {
                shards.read(names, &self.home, &mut specs, &mut batch)?;
            }
            Form::RemoteShards(_) => {}
        }
        Ok(batch)
    }
}
