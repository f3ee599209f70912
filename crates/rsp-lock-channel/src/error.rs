//! What can go wrong with a channel: facts in the variants, advice in [`ChannelError::hints`].

use std::path::PathBuf;

/// What went wrong with a channel.
///
/// URLs in it carry no credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The text is not a channel.
    #[error("`{channel}` is not a channel: {reason}")]
    Invalid {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The channel does not exist.
    #[error("channel `{channel}` does not exist: nothing at {location}")]
    Unknown {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// The URL or directory where it should be.
        location: String,
        /// What the server said, if one was asked.
        status: Option<u16>,
        /// A directory of that name exists, although the text means a named channel.
        directory: Option<PathBuf>,
    },
    /// The channel exists, but has neither the platform's subdir nor noarch.
    #[error(
        "channel `{channel}` has no `{}`{}", wanted.join("` and no `"),
        list_present(present)
    )]
    NoSubdir {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// The URL or directory that was looked at.
        location: String,
        /// The subdirs that were looked for.
        wanted: Vec<String>,
        /// Subdirs that are there; of a remote channel only the common ones are looked for.
        present: Vec<String>,
    },
    /// No answer from the server.
    #[error("cannot reach {url} for channel `{channel}`: {reason}")]
    Unreachable {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What was asked for.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The connection was made, but not trusted.
    #[error("no trusted connection to {url} for channel `{channel}`: {reason}")]
    Tls {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What was asked for.
        url: String,
        /// What TLS said.
        reason: String,
    },
    /// This machine has no certificate authorities to trust.
    #[error("no connection to {url} for channel `{channel}`: this machine has no CA certificates")]
    NoCertificates {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What was asked for.
        url: String,
    },
    /// The server wants credentials, or other ones (401, 403).
    #[error("access to {url} for channel `{channel}` was denied with status {status}")]
    Denied {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What was asked for.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// The server answered with a status that means neither yes nor no.
    #[error("{url} for channel `{channel}` answered with status {status}")]
    Status {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// The answer broke off or could not be received.
    #[error("{url} for channel `{channel}` was not received whole: {reason}")]
    BrokenOff {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// What was asked for.
        url: String,
        /// What happened.
        reason: String,
    },
    /// Nothing usable in the cache, and connections are not allowed.
    #[error("`{subdir}` of channel `{channel}` is not in the cache, and offline was asked for")]
    OfflineMiss {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// The subdir.
        subdir: String,
        /// The package whose shard is missing, if the rest is there.
        package: Option<String>,
    },
    /// The repodata is not what it should be.
    #[error("{file} of channel `{channel}` is corrupt{}: {found}, expected {expected}", at(*position))]
    Corrupt {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// Path or URL.
        file: String,
        /// Byte of the file (of its text, where it is compressed and the text is at fault).
        position: Option<u64>,
        /// What is there.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// `info.base_url` cannot be used.
    #[error("{file} of channel `{channel}` has an invalid `info.base_url` `{base_url}`: {reason}")]
    BaseUrl {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// Path or URL.
        file: String,
        /// The value.
        base_url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of a local channel cannot be read.
    #[error("cannot read {} of channel `{channel}`", path.display())]
    Read {
        /// The channel as the request wrote it, without credentials.
        channel: String,
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The cache cannot be used, and neither can a temporary directory.
    #[error("cannot use {} as a cache", path.display())]
    Cache {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file with credentials cannot be used.
    #[error("cannot use the credentials file {}: {reason}", path.display())]
    AuthFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A mirror is not a URL.
    #[error("`{text}` is not a mirror: {reason}")]
    Mirror {
        /// As the request wrote it.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client cannot be made.
    #[error("cannot prepare HTTP connections: {reason}")]
    Client {
        /// Why.
        reason: String,
    },
    /// The work was cancelled from outside (the runtime is shutting down).
    #[error("reading the channels was cancelled")]
    Cancelled,
}

/// What kind of trouble it is; exit codes follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelErrorKind {
    /// The request, an option or a local file is wrong; the channel or subdir is unknown.
    Input,
    /// Network, authentication, or an offline miss.
    Network,
    /// Bytes are not what they should be.
    Corrupt,
    /// A place to write is missing.
    Write,
    /// Stopped from outside.
    Cancelled,
}

impl ChannelError {
    /// What kind of trouble it is.
    pub fn kind(&self) -> ChannelErrorKind {
        match self {
            Self::Invalid { .. }
            | Self::Unknown { .. }
            | Self::NoSubdir { .. }
            | Self::Read { .. }
            | Self::AuthFile { .. }
            | Self::Mirror { .. } => ChannelErrorKind::Input,
            Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::NoCertificates { .. }
            | Self::Denied { .. }
            | Self::Status { .. }
            | Self::BrokenOff { .. }
            | Self::OfflineMiss { .. }
            | Self::Client { .. } => ChannelErrorKind::Network,
            Self::Corrupt { .. } | Self::BaseUrl { .. } => ChannelErrorKind::Corrupt,
            Self::Cache { .. } => ChannelErrorKind::Write,
            Self::Cancelled => ChannelErrorKind::Cancelled,
        }
    }

    /// The channel it is about, as the request wrote it, without credentials.
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::Invalid { channel, .. }
            | Self::Unknown { channel, .. }
            | Self::NoSubdir { channel, .. }
            | Self::Unreachable { channel, .. }
            | Self::Tls { channel, .. }
            | Self::NoCertificates { channel, .. }
            | Self::Denied { channel, .. }
            | Self::Status { channel, .. }
            | Self::BrokenOff { channel, .. }
            | Self::OfflineMiss { channel, .. }
            | Self::Corrupt { channel, .. }
            | Self::BaseUrl { channel, .. }
            | Self::Read { channel, .. } => Some(channel),
            Self::Cache { .. }
            | Self::AuthFile { .. }
            | Self::Mirror { .. }
            | Self::Client { .. }
            | Self::Cancelled => None,
        }
    }

    /// What to do about it: each a sentence of its own.
    pub fn hints(&self) -> Vec<String> {
        let hint: &str = match self {
            Self::Unknown {
                directory: Some(directory),
                ..
            } => {
                return vec![format!(
                    "a directory {} exists: write it with a leading `./` to use it as a channel",
                    directory.display()
                )];
            }
            Self::Unknown { location, .. } if is_url(location) => {
                "check the spelling of the channel; a private channel may need credentials"
            }
            Self::Unknown { .. } => {
                "a local channel is a directory that holds subdirs such as `linux-64` and `noarch`"
            }
            Self::NoSubdir { .. } => {
                "choose a platform that the channel has, or add a channel that has this one"
            }
            Self::Unreachable { .. } => {
                "check the network and proxy settings, or use `--offline` with a filled cache"
            }
            Self::Tls { .. } => {
                "if a proxy replaces certificates, point SSL_CERT_FILE to a file with its CA"
            }
            Self::NoCertificates { .. } => {
                "install the package ca-certificates, or point SSL_CERT_FILE to a PEM file of CA \
                 certificates; `file://` and `http://` channels work without"
            }
            Self::Denied { .. } => {
                "put credentials for this host into the file that RATTLER_AUTH_FILE names, \
                 or check those that are there"
            }
            Self::Status { .. } => "the server has trouble: try again later, or name a mirror",
            Self::BrokenOff { .. } => "try again; if it stays, the server or a proxy cuts it off",
            Self::OfflineMiss { .. } => {
                "run once without `--offline` and with the same cache directory, or use a local channel"
            }
            Self::Corrupt { found, file, .. } if found.contains("HTML") && is_url(file) => {
                "a login or error page was served in place of the channel: check proxy and URL"
            }
            Self::Corrupt { file, .. } if is_url(file) => {
                "the cached copy was dropped: try again; if it stays, the server's file is broken"
            }
            Self::Corrupt { .. } => "fetch or generate the file again",
            Self::BaseUrl { .. } => {
                "CEP 15 wants an absolute http, https or file URL, or a relative path, of the \
                 directory that holds the packages of this subdir"
            }
            Self::Cache { .. } => "name a writable directory with `--cache-dir`",
            Self::AuthFile { .. } => {
                "it is a JSON object of hosts: {\"example.org\": {\"BearerToken\": \"…\"}}"
            }
            Self::Mirror { .. } => {
                "write `[mirrors]` entries as \"https://canonical/\" = [\"https://mirror/\"]"
            }
            Self::Invalid { .. } | Self::Read { .. } | Self::Client { .. } | Self::Cancelled => {
                return Vec::new();
            }
        };
        vec![hint.to_owned()]
    }
}

fn is_url(location: &str) -> bool {
    location.contains("://")
}

fn at(position: Option<u64>) -> String {
    position.map_or_else(String::new, |byte| format!(" at byte {byte}"))
}

fn list_present(present: &[String]) -> String {
    if present.is_empty() {
        String::new()
    } else {
        format!("; it has `{}`", present.join("`, `"))
    }
}
