//! Sharded repodata (CEP 16) on a server, through rattler's gateway.

use std::{
    collections::{HashMap, HashSet},
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
};

use rattler_conda_types::{Channel, MatchSpec, PackageName, RepoDataRecord, Subdir};
use rattler_redaction::strip_url_for_serialization;
use rattler_repodata_gateway::{
    ChannelRelationsMode, Gateway, GatewayError, RepoData, fetch::FetchRepoDataError,
};
use url::Url;

use super::{Asked, Failure, Remote};
use crate::{
    ChannelError,
    batch::Batch,
    place::{Place, subdir_url},
    record::{self, Home, Specs},
};

/// The shards of a subdir.
pub(crate) struct RemoteShards {
    remote: Arc<Remote>,
    place: Place,
    channel: Channel,
    subdir: Subdir,
    url: Url,
    names: HashSet<Box<str>>,
    /// Names, in lower case, that the index writes in another way, in which nobody asks for them.
    unasked: HashMap<Box<str>, String>,
}

impl RemoteShards {
    /// Fetches the index.
    pub(super) async fn open(
        remote: Arc<Remote>,
        place: Place,
        channel: Channel,
        subdir: Subdir,
    ) -> Result<Self, Failure> {
        let url = subdir_url(&place.url, subdir);
        let ask = || {
            remote
                .gateway
                .names([channel.clone()], [subdir])
                .channel_relations(ChannelRelationsMode::Disabled)
                .with_reporter(remote.events.clone())
                .execute()
        };
        let mut found = ask().await;
        // A server may say of an index that is kept that it did not change, and nothing else;
        // the gateway does not know what to make of that.
        if found.as_ref().is_err_and(has_unexpected_status)
            && remote.forgets_shard_index(&channel, subdir).await
        {
            found = ask().await;
        }
        let found =
            found.map_err(|error| remote.asked(&place, subdir, &url).gateway_failure(error))?;
        let names = found.names.iter().map(|name| name.as_normalized().into());
        let unasked = found
            .names
            .iter()
            .filter(|name| name.as_source() != name.as_normalized())
            .map(|name| (name.as_normalized().into(), name.as_source().to_owned()));
        Ok(Self {
            names: names.collect(),
            unasked: unasked.collect(),
            remote,
            place,
            channel,
            subdir,
            url,
        })
    }

    /// All names, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The records of some names (in lower case).
    pub(crate) async fn read(
        &self,
        names: &[Arc<str>],
        home: &Home,
    ) -> Result<Batch, ChannelError> {
        let known: Vec<PackageName> = names
            .iter()
            .filter(|name| self.names.contains(name.as_ref()))
            .filter_map(|name| PackageName::try_from(name.as_ref()).ok())
            .collect();
        if known.is_empty() {
            return Ok(Batch::default());
        }
        let mut batch = Batch::default();
        for name in names {
            if let Some(written) = self.unasked.get(&**name) {
                let written = written.escape_debug();
                let reason = format!("the index writes it `{written}`, in which it is not found");
                batch.reject(home, name, reason);
            }
        }
        let mut specs = Specs::default();
        match self
            .query(&self.remote.gateway, known.iter().cloned())
            .await?
        {
            Ok(found) => add(&found, home, &mut specs, &mut batch),
            // One shard of many is bad, and the error does not say which: ask one by one.
            Err(error) => match self.asked().gateway_failure(error) {
                Failure::Error(ChannelError::Corrupt { .. }) | Failure::NotFound => {
                    self.read_one_by_one(known, home, &mut specs, &mut batch)
                        .await?;
                }
                failure => return Err(self.error(failure)),
            },
        }
        Ok(batch)
    }

    async fn read_one_by_one(
        &self,
        names: Vec<PackageName>,
        home: &Home,
        specs: &mut Specs,
        batch: &mut Batch,
    ) -> Result<(), ChannelError> {
        let mut past_the_cache: Option<Gateway> = None;
        for name in names {
            let mut answer = self.query(&self.remote.gateway, [name.clone()]).await?;
            // What the cache has is believed as it is, so the server decides what cannot be read.
            if answer.as_ref().is_err_and(is_unreadable) {
                past_the_cache = past_the_cache.or_else(|| self.remote.gateway_past_the_cache());
                if let Some(gateway) = &past_the_cache {
                    answer = self.query(gateway, [name.clone()]).await?;
                }
            }
            match answer {
                Ok(found) => add(&found, home, specs, batch),
                // Bytes that are not those the index lists are an attack or a broken
                // mirror, not a bad record.
                Err(error @ GatewayError::ShardHashMismatch(_)) => {
                    return Err(self.error(self.asked().gateway_failure(error)));
                }
                Err(error) => match self.asked().gateway_failure(error) {
                    Failure::Error(ChannelError::Corrupt { found, .. }) => {
                        let reason = format!("its shard cannot be read: {found}");
                        batch.reject(home, name.as_normalized(), reason);
                    }
                    Failure::NotFound => {
                        let found = format!("the shard of `{}` is missing", name.as_normalized());
                        return Err(self.error(self.asked().corrupt(found)));
                    }
                    failure => return Err(self.error(failure)),
                },
            }
        }
        Ok(())
    }

    async fn query(
        &self,
        gateway: &Gateway,
        names: impl IntoIterator<Item = PackageName>,
    ) -> Result<Result<Vec<RepoData>, GatewayError>, ChannelError> {
        let query = gateway
            .query(
                [self.channel.clone()],
                [self.subdir],
                names.into_iter().map(MatchSpec::from),
            )
            .recursive(false)
            .channel_relations(ChannelRelationsMode::Disabled)
            .with_reporter(self.remote.events.clone());
        // The gateway panics where an index says of its shards that they lie where nothing can.
        let answer = caught(query.execute()).await.ok_or_else(|| {
            let found = "what its index says of where they lie makes no sense";
            self.error(self.asked().corrupt(found.to_owned()))
        })?;
        Ok(answer.map(|found| found.repodata))
    }

    fn asked(&self) -> Asked<'_> {
        self.remote.asked(&self.place, self.subdir, &self.url)
    }

    fn error(&self, failure: Failure) -> ChannelError {
        match failure {
            Failure::Error(error) => error,
            Failure::NotCached(package) => self.asked().offline_miss(package),
            Failure::NotFound => match self.asked().corrupt("a shard is missing".to_owned()) {
                Failure::Error(error) => error,
                Failure::NotFound | Failure::NotCached(_) => ChannelError::Cancelled,
            },
        }
    }
}

/// What comes of some work; `None` if it panics.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

/// Whether what was there could not be read as a shard.
fn is_unreadable(error: &GatewayError) -> bool {
    matches!(
        error,
        GatewayError::IoError(..)
            | GatewayError::FetchRepoDataError(FetchRepoDataError::IoError(_))
    )
}

/// Whether a server answered, with a status that is neither success nor an error.
fn has_unexpected_status(error: &GatewayError) -> bool {
    let GatewayError::ReqwestMiddlewareError(error) = error else {
        return false;
    };
    !error
        .chain()
        .any(|cause| cause.is::<reqwest::Error>() || cause.is::<reqwest_middleware::Error>())
}

fn add(found: &[RepoData], home: &Home, specs: &mut Specs, batch: &mut Batch) {
    for repodata in found {
        for record in repodata {
            let stem = record.identifier.identifier.to_string();
            let checked = record::check(&record.package_record, &stem, specs)
                .and_then(|()| plain_url(record));
            match checked {
                Ok(url) => {
                    let mut record = record.clone();
                    record.url = url;
                    record.channel = Some(home.channel.as_ref().to_owned());
                    home.complete(&mut record.package_record);
                    batch.accept(record, specs);
                }
                Err(reason) => batch.reject(home, &record.identifier.to_file_name(), reason),
            }
        }
        for removed in repodata.removed().iter() {
            let file = removed.identifier.to_file_name();
            batch.removed.push(format!("{}/{file}", home.subdir));
        }
    }
}

fn plain_url(record: &RepoDataRecord) -> Result<Url, String> {
    match record.url.scheme() {
        "http" | "https" | "file" => Ok(strip_url_for_serialization(&record.url)),
        other => Err(format!("the scheme of its URL is `{other}`")),
    }
}
