//! What rattler, reqwest and TLS say, as a [`ChannelError`].
//!
//! No message of reqwest is passed on as it is: it holds the URL that was asked for,
//! with the token in its path. The innermost cause holds none.

use std::{error::Error, io};

use rattler_conda_types::Subdir;
use rattler_networking::OfflineError;
use rattler_repodata_gateway::{GatewayError, fetch::FetchRepoDataError};
use url::Url;

use super::{cache::Cache, client::NoRoots};
use crate::ChannelError;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The channel as the request wrote it.
    pub(crate) channel: &'a str,
    /// The subdir.
    pub(crate) subdir: Subdir,
    /// The URL, without credentials.
    pub(crate) url: &'a Url,
    /// Whether this machine has certificate authorities.
    pub(crate) has_roots: bool,
    /// The cache, for messages about it.
    pub(crate) cache: &'a Cache,
}

/// An answer that is not there.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server says there is no such thing.
    NotFound,
    /// Offline, and not in the cache.
    NotCached(Option<String>),
    /// Anything else.
    Error(ChannelError),
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        Self::Error(error)
    }
}

impl Asked<'_> {
    /// A failure of [`rattler_repodata_gateway::fetch`].
    pub(crate) fn fetch_failure(&self, error: FetchRepoDataError) -> Failure {
        use FetchRepoDataError as E;
        match error {
            E::NotFound(_) => Failure::NotFound,
            E::NoCacheAvailable(_) => Failure::NotCached(None),
            E::Cancelled => ChannelError::Cancelled.into(),
            E::HttpError(error) => self.request_failure(&error),
            E::FailedToDownload(_, error) => self.body_failure(&error),
            E::IoError(source)
            | E::FailedToCreateTemporaryFile(source)
            | E::FailedToGetMetadata(source)
            | E::FailedToWriteCacheState(source) => self.cache_failure(source),
            E::FailedToPersistTemporaryFile(error, _) => self.cache_failure(error.error),
            E::FailedToAcquireLock(error) => {
                self.cache_failure(io::Error::other(innermost(error.as_ref())))
            }
        }
    }

    /// A failure of the gateway.
    pub(crate) fn gateway_failure(&self, error: GatewayError) -> Failure {
        use GatewayError as E;
        match error {
            E::SubdirNotFoundError(_) => Failure::NotFound,
            E::ShardedIndexNotCached(_) => Failure::NotCached(None),
            E::ShardNotCached(name) => Failure::NotCached(Some(name)),
            E::FetchRepoDataError(error) => match error {
                // Shards are parsed under this name too.
                FetchRepoDataError::IoError(error) if !is_of_the_disk(&error) => {
                    self.corrupt(error.to_string())
                }
                error => self.fetch_failure(error),
            },
            E::ReqwestError(error) => self.request_failure(&error),
            E::ReqwestMiddlewareError(error) => self.request_failure(error.as_ref()),
            E::IoError(_, source) if is_of_the_disk(&source) => self.cache_failure(source),
            E::IoError(what, source) => self.corrupt(format!("{what}: {}", innermost(&source))),
            E::Cancelled => ChannelError::Cancelled.into(),
            other => self.corrupt(other.to_string()),
        }
    }

    /// A request without a usable answer.
    pub(crate) fn request_failure(&self, error: &(dyn Error + 'static)) -> Failure {
        let chain = chain(error);
        if chain.iter().any(|error| error.is::<OfflineError>()) {
            return Failure::NotCached(None);
        }
        let reqwest = chain
            .iter()
            .find_map(|error| error.downcast_ref::<reqwest::Error>());
        if let Some(status) = reqwest.and_then(reqwest::Error::status) {
            return self.status_failure(status.as_u16());
        }
        let (channel, url) = (self.channel.to_owned(), self.url.to_string());
        let reason = reason(&chain);
        let is_tls = chain.iter().any(|error| error.is::<rustls::Error>());
        if chain.iter().any(|error| error.is::<NoRoots>()) || is_tls && !self.has_roots {
            return ChannelError::NoCertificates { channel, url }.into();
        }
        if is_tls {
            return ChannelError::Tls {
                channel,
                url,
                reason,
            }
            .into();
        }
        let broken = reqwest.is_some_and(|error| error.is_body() || error.is_decode());
        Failure::Error(if broken {
            ChannelError::BrokenOff {
                channel,
                url,
                reason,
            }
        } else {
            ChannelError::Unreachable {
                channel,
                url,
                reason,
            }
        })
    }

    /// A status that is not success.
    pub(crate) fn status_failure(&self, status: u16) -> Failure {
        let (channel, url) = (self.channel.to_owned(), self.url.to_string());
        match status {
            404 | 410 => Failure::NotFound,
            401 | 403 | 407 => ChannelError::Denied {
                channel,
                url,
                status,
            }
            .into(),
            _ => ChannelError::Status {
                channel,
                url,
                status,
            }
            .into(),
        }
    }

    /// A body that could not be received, or not be decompressed.
    fn body_failure(&self, error: &io::Error) -> Failure {
        let chain = chain(error);
        if chain.iter().any(|error| error.is::<reqwest::Error>()) {
            return ChannelError::BrokenOff {
                channel: self.channel.to_owned(),
                url: self.url.to_string(),
                reason: reason(&chain),
            }
            .into();
        }
        if is_of_the_disk(error) {
            return self.cache_failure(io::Error::new(error.kind(), innermost(error)));
        }
        self.corrupt(if error.kind() == io::ErrorKind::UnexpectedEof {
            "the compressed data end in the middle".to_owned()
        } else {
            format!(
                "no compressed data, an HTML page perhaps ({})",
                innermost(error)
            )
        })
    }

    fn cache_failure(&self, source: io::Error) -> Failure {
        Failure::Error(ChannelError::Cache {
            path: self.cache.root().to_owned(),
            source,
        })
    }

    /// Bytes that came, but make no sense.
    pub(crate) fn corrupt(&self, found: String) -> Failure {
        Failure::Error(ChannelError::Corrupt {
            channel: self.channel.to_owned(),
            file: self.url.to_string(),
            position: None,
            found,
            expected: "repodata",
        })
    }

    /// Offline, and not in the cache.
    pub(crate) fn offline_miss(&self, package: Option<String>) -> ChannelError {
        ChannelError::OfflineMiss {
            channel: self.channel.to_owned(),
            subdir: self.subdir.to_string(),
            package,
        }
    }
}

fn is_of_the_disk(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
    )
}

/// An error and its causes, also those that are wrapped without being named as a source:
/// in an [`io::Error`], and in the "transparent" errors of the middleware crates.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        chain.push(error);
        next = wrapped(error).or_else(|| error.source());
    }
    chain
}

fn wrapped<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return error.get_ref().map(|inner| inner as _);
    }
    if let Some(error) = error.downcast_ref::<reqwest_middleware::Error>() {
        return Some(match error {
            reqwest_middleware::Error::Reqwest(inner) => inner,
            reqwest_middleware::Error::Middleware(inner) => inner.as_ref(),
        });
    }
    match error.downcast_ref::<reqwest_retry::RetryError>()? {
        reqwest_retry::RetryError::WithRetries { err, .. }
        | reqwest_retry::RetryError::Error(err) => Some(err),
    }
}

/// The message of the innermost cause.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    reason(&chain(error))
}

fn reason(chain: &[&(dyn Error + 'static)]) -> String {
    let timeout = chain
        .iter()
        .find_map(|error| error.downcast_ref::<reqwest::Error>())
        .is_some_and(reqwest::Error::is_timeout);
    match chain.last() {
        _ if timeout => "no answer in time".to_owned(),
        Some(error) => {
            let text = error.to_string();
            // Without a cause reqwest has its URL to tell, which may hold a token.
            if text.contains("://") {
                "the request failed".to_owned()
            } else {
                text
            }
        }
        None => String::new(),
    }
}
