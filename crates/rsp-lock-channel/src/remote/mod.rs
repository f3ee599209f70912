//! Channels on a server: documents through rattler's cache, shards through its gateway.

mod cache;
mod client;
mod credentials;
mod failure;
mod shards;

use std::{io, path::PathBuf, sync::Arc};

use http::{HeaderMap, header};
use rattler_conda_types::{Channel, Subdir};
use rattler_repodata_gateway::{
    CacheClearMode, ChannelConfig, Gateway, SourceConfig, SubdirSelection,
    fetch::{CacheAction, FetchRepoDataOptions, fetch_repo_data},
};
use rsp_lock_index::pack::Pack;
use url::Url;

pub use client::install_crypto_provider;
pub(crate) use shards::RemoteShards;

use self::{
    cache::Cache,
    client::Client,
    failure::{Asked, Failure},
};
use crate::{
    ChannelError, ChannelOptions,
    document::Document,
    kept::{Keep, KeptShards},
    local, packs,
    place::{Credential, Place, subdir_url},
    progress::Events,
    source::{As, Shards},
    unfinished::unfinished,
};

const SHARD_INDEX: &str = "repodata_shards.msgpack.zst";

/// Requests at a time: shards are small and many.
const CONCURRENT_REQUESTS: usize = 50;

/// How to ask servers.
pub(crate) struct Remote {
    client: Client,
    gateway: Gateway,
    cache: Cache,
    options: ChannelOptions,
    events: Events,
}

/// A subdir on a server.
pub(crate) enum RemoteSubdir {
    /// The whole document.
    Document {
        document: Box<Document>,
        /// For messages.
        file: String,
    },
    /// One file a name.
    Shards {
        shards: Box<RemoteShards>,
        /// Where what is read of them is kept.
        keep: Option<Keep>,
    },
    /// What was read of shards earlier.
    KeptShards(KeptShards),
    /// The whole document as a pack.
    Pack(Box<Pack>),
}

impl Remote {
    /// Prepares client and cache.
    pub(crate) fn new(
        options: &ChannelOptions,
        credentials: Vec<(Url, Credential)>,
        events: Events,
    ) -> Result<Self, ChannelError> {
        let client = client::build(options, credentials)?;
        let cache = Cache::open(options.cache_dir.as_deref())?;
        for directory in [cache.documents(), cache.shards()] {
            fs_err::create_dir_all(&directory).map_err(|source| ChannelError::Cache {
                path: directory,
                source,
            })?;
        }
        let gateway = gateway(&client, &cache, cache_action(options));
        Ok(Self {
            client,
            gateway,
            cache,
            options: options.clone(),
            events,
        })
    }

    /// A gateway that takes nothing from the cache, and replaces what is there; `None` while offline.
    fn gateway_past_the_cache(&self) -> Option<Gateway> {
        let is_online = !self.options.offline;
        is_online.then(|| gateway(&self.client, &self.cache, CacheAction::NoCache))
    }

    /// Opens a subdir; `None` if the server has none.
    ///
    /// Shards are used where the server has them, unless all records are wanted: those
    /// would be one request a name.
    pub(crate) async fn open(
        self: &Arc<Self>,
        place: &Place,
        subdir: Subdir,
        all: bool,
        form: &As,
        of_shards: Shards,
    ) -> Result<Option<RemoteSubdir>, ChannelError> {
        let url = subdir_url(&place.url, subdir);
        let asked = self.asked(place, subdir, &url);
        let path = form.shards(&url, subdir);
        let open_shards = async || {
            self.open_shards(place, subdir, &asked, path.as_ref(), of_shards)
                .await
        };
        let shards = if all { Ok(None) } else { open_shards().await? };
        if let Ok(Some(shards)) = shards {
            return Ok(Some(shards));
        }
        match self.document(&asked, subdir, form).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::NotFound) if all => open_shards().await?,
            // Shards that cannot be read, and nothing in their place.
            Err(Failure::NotFound) => shards,
            Err(Failure::NotCached(package)) => Err(asked.offline_miss(package)),
            Err(Failure::Error(error)) => Err(error),
        }
    }

    fn asked<'a>(&'a self, place: &'a Place, subdir: Subdir, url: &'a Url) -> Asked<'a> {
        Asked {
            channel: &place.name,
            subdir,
            url,
            has_roots: self.client.has_roots,
            cache: &self.cache,
        }
    }

    /// Shards, if there are any; the inner error is that of an index that makes no sense.
    async fn open_shards(
        self: &Arc<Self>,
        place: &Place,
        subdir: Subdir,
        asked: &Asked<'_>,
        path: Option<&PathBuf>,
        of_shards: Shards,
    ) -> Result<Result<Option<RemoteSubdir>, ChannelError>, ChannelError> {
        let (keep, kept) = if self.options.offline {
            (None, path.and_then(|path| Keep::kept_at(path)))
        } else {
            let Some(headers) = self.headers(asked, SHARD_INDEX).await? else {
                return Ok(Ok(None));
            };
            let keep = path.zip(version(&headers));
            let keep = keep.map(|(path, version)| Keep::new(path.clone(), &version));
            let kept = keep.as_ref().and_then(Keep::kept);
            (keep, kept)
        };
        let channel = Channel::from_url(place.url.clone());
        if let (Some(kept), Shards::Kept) = (kept, of_shards) {
            return Ok(Ok(Some(RemoteSubdir::KeptShards(kept))));
        }
        let keep = match keep {
            Some(keep) => self
                .forgets_shard_index(&channel, subdir)
                .await
                .then_some(keep),
            None => None,
        };
        match RemoteShards::open(self.clone(), place.clone(), channel, subdir).await {
            Ok(shards) => {
                let shards = Box::new(shards);
                Ok(Ok(Some(RemoteSubdir::Shards { shards, keep })))
            }
            Err(Failure::NotFound | Failure::NotCached(_)) => Ok(Ok(None)),
            Err(Failure::Error(error @ ChannelError::Corrupt { .. })) => {
                tracing::warn!("{error}: the whole repodata is fetched in its place");
                Ok(Err(error))
            }
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// Makes sure that the index of the shards is the server's, not one that is fresh by its
    /// age: what is read of it will be kept as of the server's version.
    async fn forgets_shard_index(&self, channel: &Channel, subdir: Subdir) -> bool {
        let (gateway, channel) = (self.gateway.clone(), channel.clone());
        let subdirs = SubdirSelection::Some([subdir.to_string()].into());
        let cleared = tokio::task::spawn_blocking(move || {
            gateway.clear_repodata_cache(&channel, subdirs, CacheClearMode::InMemoryAndDisk)
        });
        matches!(cleared.await, Ok(Ok(())))
    }

    /// What the server says of a file, if it has it. Refusals count as no: what is asked for
    /// next will say so better.
    async fn headers(
        &self,
        asked: &Asked<'_>,
        file: &str,
    ) -> Result<Option<HeaderMap>, ChannelError> {
        let Ok(url) = asked.url.join(file) else {
            return Ok(None);
        };
        match self.client.http.head(url).send().await {
            Ok(response) => {
                Ok((response.status().is_success()).then(|| response.headers().clone()))
            }
            Err(error) => match asked.request_failure(&error) {
                Failure::Error(error) => Err(error),
                Failure::NotFound | Failure::NotCached(_) => Ok(None),
            },
        }
    }

    /// The common subdirs that a channel has, for a message.
    pub(crate) async fn present_subdirs(&self, place: &Place, tried: &[Subdir]) -> Vec<String> {
        const COMMON: [Subdir; 6] = [
            Subdir::Linux64,
            Subdir::LinuxAarch64,
            Subdir::NoArch,
            Subdir::Osx64,
            Subdir::OsxArm64,
            Subdir::Win64,
        ];
        let mut present = Vec::new();
        for subdir in COMMON {
            if tried.contains(&subdir) {
                continue;
            }
            let url = subdir_url(&place.url, subdir);
            let asked = self.asked(place, subdir, &url);
            if let Ok(Some(_)) = self.headers(&asked, "repodata.json").await {
                present.push(subdir.to_string());
            }
        }
        present
    }

    /// Fetches the whole document of a subdir, or takes it from the cache.
    async fn document(
        &self,
        asked: &Asked<'_>,
        subdir: Subdir,
        form: &As,
    ) -> Result<RemoteSubdir, Failure> {
        let options = FetchRepoDataOptions {
            cache_action: cache_action(&self.options),
            retry_policy: Some(Arc::new(client::retry_policy(&self.options.patience))),
            ..FetchRepoDataOptions::default()
        };
        let cached = fetch_repo_data(
            asked.url.clone(),
            self.client.http.clone().into(),
            self.cache.documents(),
            options,
            Some(Arc::new(self.events.clone())),
        )
        .await
        .map_err(|error| asked.fetch_failure(error))?;
        let file = cached.cache_state.url.to_string();
        // The lock is held until the text is read: another process may replace the file.
        let (form, url) = (form.clone(), asked.url.clone());
        let read = tokio::task::spawn_blocking(move || {
            let path = &cached.repo_data_json_path;
            if let Some(packing) = form.packing(&url, subdir)
                && let Ok(found) = local::document(path)
                && let Some(pack) = packing.pack(&found)
            {
                // Who waits for the lock finds the pack.
                let pack = packs::written(Box::new(pack));
                drop(cached.lock_file);
                return Ok(Ok(Read::Pack(pack)));
            }
            let text = fs_err::read(path)?;
            let document = Document::index(text);
            if document.is_err() {
                // What was fetched is kept as if it were good: drop it, or it stays.
                let _ = fs_err::remove_file(path.with_extension("info.json"));
                let _ = fs_err::remove_file(path);
            }
            drop(cached.lock_file);
            Ok::<_, io::Error>(document.map(|document| Read::Document(Box::new(document))))
        });
        match read.await {
            Ok(Ok(Ok(Read::Pack(pack)))) => Ok(RemoteSubdir::Pack(pack)),
            Ok(Ok(Ok(Read::Document(document)))) => Ok(RemoteSubdir::Document { document, file }),
            Ok(Ok(Err(fault))) => Err(Failure::Error(ChannelError::Corrupt {
                channel: asked.channel.to_owned(),
                file,
                position: fault.position,
                found: fault.found,
                expected: Document::EXPECTED,
            })),
            Ok(Err(source)) => Err(Failure::Error(ChannelError::Cache {
                path: self.cache.root().to_owned(),
                source,
            })),
            Err(error) => Err(Failure::Error(unfinished(error))),
        }
    }
}

/// What tells one version of a file from another, as far as a server says it.
fn version(headers: &HeaderMap) -> Option<String> {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    text(header::ETAG).or_else(|| {
        let parts = [text(header::LAST_MODIFIED)?, text(header::CONTENT_LENGTH)?];
        Some(parts.join(" "))
    })
}

/// A document that was read.
enum Read {
    Document(Box<Document>),
    Pack(Box<Pack>),
}

/// Offline, the age of what is cached does not matter: there is nothing newer.
fn gateway(client: &Client, cache: &Cache, cache_action: CacheAction) -> Gateway {
    Gateway::builder()
        .with_client(client.http.clone())
        .with_cache_dir(cache.shards())
        .with_max_concurrent_requests(CONCURRENT_REQUESTS)
        .with_channel_config(ChannelConfig {
            default: SourceConfig {
                cache_action,
                ..SourceConfig::default()
            },
            ..ChannelConfig::default()
        })
        .finish()
}

fn cache_action(options: &ChannelOptions) -> CacheAction {
    if options.offline {
        CacheAction::ForceCacheOnly
    } else {
        CacheAction::CacheOrFetch
    }
}
