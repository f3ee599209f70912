//! Secrets in URLs: found here, so that none reaches a lockfile or a message.

use std::{fmt, str::FromStr};

use rattler_conda_types::Subdir;
use rattler_redaction::{
    DEFAULT_REDACTION_STR, redact_url_for_display, strip_url_for_serialization,
};
use url::Url;

/// What kind of secret a URL carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// `https://user:password@host/`.
    UserInfo,
    /// `https://host/t/<token>/channel/`.
    Token,
    /// Anything behind a `?`: nobody can tell a signature from a parameter.
    Query,
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UserInfo => "it has a user name or a password",
            Self::Token => "it has a token (`/t/<token>/`)",
            Self::Query => "it has a query (`?`), which may be a signature",
        })
    }
}

/// The secret of a URL, if it has one.
pub fn secret(url: &Url) -> Option<Secret> {
    if !url.username().is_empty() || url.password().is_some() {
        return Some(Secret::UserInfo);
    }
    if url.query().is_some() {
        return Some(Secret::Query);
    }
    token(url).map(|_| Secret::Token)
}

/// The position of a token among the path segments.
///
/// A directory called `t` on this machine is no token, and neither is a
/// channel called `t`: there the next segment is a subdir.
fn token(url: &Url) -> Option<usize> {
    if url.scheme() == "file" || !url.path().contains("/t/") {
        return None;
    }
    let segments: Vec<&str> = url.path_segments()?.collect();
    segments
        .windows(2)
        .position(|pair| match pair {
            ["t", next] => !next.is_empty() && Subdir::from_str(next).is_err() && !is_archive(next),
            _ => false,
        })
        .map(|position| position + 1)
}

fn is_archive(segment: &str) -> bool {
    [".conda", ".tar.bz2", ".json"]
        .iter()
        .any(|extension| segment.ends_with(extension))
}

/// The URL with everything secret masked, for messages.
pub(crate) fn masked(url: &Url) -> String {
    let mut url = redact_url_for_display(url, DEFAULT_REDACTION_STR).unwrap_or_else(|| url.clone());
    if !url.username().is_empty() {
        let _ = url.set_username(DEFAULT_REDACTION_STR);
    }
    if url.query().is_some() {
        url.set_query(Some(DEFAULT_REDACTION_STR));
    }
    if let Some(position) = token(&url) {
        let path: Vec<&str> = url
            .path_segments()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(at, segment)| {
                if at == position {
                    DEFAULT_REDACTION_STR
                } else {
                    segment
                }
            })
            .collect();
        let path = path.join("/");
        url.set_path(&path);
    }
    url.into()
}

/// A line for messages: a URL with its secrets masked, anything else as it is, and not too long.
pub(crate) fn shown(line: &str) -> String {
    let line = line.trim();
    let text = match Url::parse(line) {
        Ok(url) if url.has_host() => masked(&url),
        _ => line.to_owned(),
    };
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(160).collect();
    if text.chars().count() > 160 {
        shown.push('…');
    }
    shown
}

/// A channel as it was written, without the secrets it may carry.
///
/// A name or a path is returned as it is; of a URL the user name, the password,
/// the token and the query are taken away, so that what is left still names the
/// channel.
///
/// ```
/// use rsp_lock_file::without_secrets;
///
/// assert_eq!(without_secrets("conda-forge"), "conda-forge");
/// assert_eq!(
///     without_secrets("https://conda.example.org/t/ab-12/private"),
///     "https://conda.example.org/private",
/// );
/// ```
pub fn without_secrets(channel: &str) -> String {
    match Url::parse(channel) {
        Ok(url) if secret(&url).is_some() => {
            let mut url = strip_url_for_serialization(&url);
            while let Some(position) = token(&url) {
                let path: Vec<&str> = url
                    .path_segments()
                    .into_iter()
                    .flatten()
                    .enumerate()
                    .filter(|(at, _)| *at != position && at + 1 != position)
                    .map(|(_, segment)| segment)
                    .collect();
                let path = path.join("/");
                url.set_path(&path);
            }
            url.into()
        }
        _ => channel.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Option<Secret> {
        secret(&Url::parse(url).unwrap())
    }

    #[test]
    fn secrets_are_found_and_lookalikes_are_not() {
        assert_eq!(
            of("https://u:p@h/c/noarch/a-1-0.conda"),
            Some(Secret::UserInfo)
        );
        assert_eq!(
            of("https://u@h/c/noarch/a-1-0.conda"),
            Some(Secret::UserInfo)
        );
        assert_eq!(
            of("https://h/t/ab-12/c/noarch/a-1-0.conda"),
            Some(Secret::Token)
        );
        assert_eq!(
            of("https://h/conda/t/ab-12/c/noarch/a-1-0.conda"),
            Some(Secret::Token)
        );
        assert_eq!(
            of("https://h/c/noarch/a-1-0.conda?sig=x"),
            Some(Secret::Query)
        );
        assert_eq!(of("https://h/t/noarch/a-1-0.conda"), None);
        assert_eq!(of("file:///channels/t/team/noarch/a-1-0.conda"), None);
        assert_eq!(
            of("https://conda.anaconda.org/conda-forge/noarch/a-1-0.conda"),
            None
        );
    }

    #[test]
    fn no_secret_is_shown() {
        for url in [
            "https://u:SECRET@h/c/noarch/a-1-0.conda",
            "https://SECRET@h/c/noarch/a-1-0.conda",
            "https://h/conda/t/SECRET/c/noarch/a-1-0.conda",
            "https://h/t/SECRET/c/noarch/a-1-0.conda",
            "https://h/c/noarch/a-1-0.conda?key=SECRET",
        ] {
            assert!(!shown(url).contains("SECRET"), "{}", shown(url));
            assert!(
                !without_secrets(url).contains("SECRET"),
                "{}",
                without_secrets(url)
            );
        }
    }
}
