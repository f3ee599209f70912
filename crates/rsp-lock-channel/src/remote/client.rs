//! The HTTP client: retries, mirrors, credentials, certificates.

use std::{collections::HashMap, path::Path, sync::Arc};

use http::Extensions;
use rattler_networking::{
    AuthenticationMiddleware, AuthenticationStorage, MirrorMiddleware, OfflineMiddleware,
    authentication_storage::backends::file::{FileStorage, FileStorageError},
    mirror_middleware::Mirror,
    retry_policies::ExponentialBackoff,
};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use reqwest_retry::RetryTransientMiddleware;
use url::Url;

use super::credentials::ChannelCredentials;
use crate::{ChannelError, ChannelOptions, Patience, loaded::slashed, place::Credential};

/// A client and what it was made of.
pub(crate) struct Client {
    pub(crate) http: ClientWithMiddleware,
    /// Whether this machine has certificate authorities.
    pub(crate) has_roots: bool,
}

/// Installs ring as the process's TLS provider, unless one is installed already.
///
/// [`crate::load()`] calls it before it makes a client; programs that use `reqwest` or
/// `rustls` themselves may call it earlier. Safe to call any number of times.
pub fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that another thread was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Makes the client.
///
/// From the outside in: nothing passes when offline; failures that may pass are retried;
/// each try goes to a mirror if there is one; then credentials for that place are added.
pub(crate) fn build(
    options: &ChannelOptions,
    credentials: Vec<(Url, Credential)>,
) -> Result<Client, ChannelError> {
    let (plain, has_roots) = plain_client(&options.patience)?;
    let mut builder = ClientBuilder::new(plain);
    if options.offline {
        builder = builder.with(OfflineMiddleware);
    }
    builder = builder.with(RetryTransientMiddleware::new_with_policy(retry_policy(
        &options.patience,
    )));
    if !options.mirrors.is_empty() {
        builder = builder.with(MirrorMiddleware::from_map(mirror_map(options)?));
    }
    if !credentials.is_empty() {
        builder = builder.with(ChannelCredentials(credentials));
    }
    if let Some(file) = &options.auth_file {
        let storage = storage(file)?;
        builder = builder.with(AuthenticationMiddleware::from_auth_storage(storage));
    }
    if !has_roots {
        builder = builder.with(NoRoots);
    }
    Ok(Client {
        http: builder.build(),
        has_roots,
    })
}

/// Refuses what would fail anyway, before a connection is made for it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this machine has no CA certificates")]
pub(crate) struct NoRoots;

#[async_trait::async_trait]
impl Middleware for NoRoots {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        if request.url().scheme() == "https" {
            return Err(reqwest_middleware::Error::middleware(*self));
        }
        next.run(request, extensions).await
    }
}

/// How often and when a failed request is repeated.
pub(crate) fn retry_policy(patience: &Patience) -> ExponentialBackoff {
    let longest = patience.longest_pause.max(patience.first_pause);
    ExponentialBackoff::builder()
        .retry_bounds(patience.first_pause, longest)
        .build_with_max_retries(patience.retries)
}

fn plain_client(patience: &Patience) -> Result<(reqwest::Client, bool), ChannelError> {
    install_crypto_provider();
    let builder = || {
        reqwest::Client::builder()
            .user_agent(concat!("rsp-lock/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(patience.connect)
            .read_timeout(patience.silence)
    };
    // The platform's verifier refuses to exist on a machine without CA certificates,
    // even for plain http. Without any roots every TLS connection fails, others work.
    if let Ok(client) = builder().build() {
        return Ok((client, true));
    }
    let client = builder().tls_certs_only([]).build();
    client
        .map(|client| (client, false))
        .map_err(|error| ChannelError::Client {
            reason: super::failure::innermost(&error),
        })
}

fn storage(file: &Path) -> Result<AuthenticationStorage, ChannelError> {
    let fault = |reason: String| ChannelError::AuthFile {
        path: file.to_owned(),
        reason,
    };
    // rattler takes a missing file for an empty one; who names a file means one.
    match fs_err::metadata(file) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(fault("it is not a file".to_owned())),
        Err(error) => return Err(fault(super::failure::innermost(&error))),
    }
    let backend = FileStorage::from_path(file.to_owned()).map_err(|error| {
        fault(match error {
            // Only the place: the message may quote the text, which holds secrets.
            FileStorageError::JSONError(_, json) => format!(
                "no valid JSON object of credentials (line {}, column {})",
                json.line(),
                json.column()
            ),
            FileStorageError::IOError(error) => super::failure::innermost(&error),
        })
    })?;
    let mut storage = AuthenticationStorage::empty();
    storage.add_backend(Arc::new(backend));
    Ok(storage)
}

fn mirror_map(options: &ChannelOptions) -> Result<HashMap<Url, Vec<Mirror>>, ChannelError> {
    let parse = |text: &String| {
        let fault = |reason: String| ChannelError::Mirror {
            text: text.clone(),
            reason,
        };
        let url = Url::parse(text).map_err(|error| fault(error.to_string()))?;
        if matches!(url.scheme(), "http" | "https") {
            Ok(slashed(url))
        } else {
            Err(fault(format!(
                "the scheme `{}` is not http or https",
                url.scheme()
            )))
        }
    };
    let mut map = HashMap::new();
    for (prefix, targets) in &options.mirrors {
        // A local first mirror was taken care of when the channel was looked up.
        if targets
            .first()
            .is_none_or(|target| parse(target).is_err() && is_local(target))
        {
            continue;
        }
        let mirrors = targets
            .iter()
            .map(|target| {
                Ok(Mirror {
                    url: parse(target)?,
                    no_zstd: false,
                    no_bz2: false,
                    max_failures: None,
                })
            })
            .collect::<Result<Vec<_>, ChannelError>>()?;
        map.insert(parse(prefix)?, mirrors);
    }
    Ok(map)
}

fn is_local(target: &str) -> bool {
    target.starts_with("file:") || target.starts_with(['.', '/'])
}
