//! Channel texts to places: where a channel is, what it is called, what it needs to get in.

use std::path::{Component, Path, PathBuf};

use rattler_conda_types::Subdir;
use rattler_redaction::strip_url_for_serialization;
use url::Url;

use crate::{ChannelError, ChannelOptions, loaded::slashed};

/// The server that channel names are relative to.
pub(crate) const CHANNEL_ALIAS: &str = "https://conda.anaconda.org/";

/// Where a channel is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The text of the request, without credentials.
    pub(crate) name: String,
    /// Its URL, without credentials, ending in `/`.
    pub(crate) url: Url,
    /// The directory it is read from, if not from the network.
    pub(crate) directory: Option<PathBuf>,
    /// What was written into the URL to get in.
    pub(crate) credential: Option<Credential>,
    /// A directory that the text might have meant.
    pub(crate) lookalike: Option<PathBuf>,
}

/// Credentials of a channel URL, kept apart from the URL.
#[derive(Clone)]
pub(crate) enum Credential {
    /// `https://user:password@host/…`
    Basic {
        /// The user.
        user: String,
        /// The password, decoded.
        password: String,
    },
    /// `https://host/t/TOKEN/…`
    Token(String),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic(********)",
            Self::Token(_) => "Token(********)",
        })
    }
}

/// Finds out what a channel text means.
///
/// A text with `://` is a URL; one that starts with `.` or `/` is a directory, relative
/// to `options.root`; everything else is a name on anaconda.org. A text with a slash
/// (and without `/label/`) that is a directory with subdirs in it is that directory.
pub(crate) fn find(text: &str, options: &ChannelOptions) -> Result<Place, ChannelError> {
    let text = text.trim();
    let mut place = if text.contains("://") {
        from_url(text)?
    } else if is_path(text) {
        from_directory(text, &options.root)?
    } else {
        from_name(text, &options.root)?
    };
    if place.directory.is_none() {
        place.directory = local_mirror(&place.url, options)?;
    }
    Ok(place)
}

/// The directory a channel text stands for; `None` if it is on a server.
///
/// Follows the same rules as [`crate::load()`].
pub fn local_directory(
    text: &str,
    options: &ChannelOptions,
) -> Result<Option<PathBuf>, ChannelError> {
    Ok(find(text, options)?.directory)
}

fn invalid(channel: &str, reason: impl Into<String>) -> ChannelError {
    ChannelError::Invalid {
        channel: channel.to_owned(),
        reason: reason.into(),
    }
}

fn is_path(text: &str) -> bool {
    matches!(text, "." | "..")
        || text.starts_with("./")
        || text.starts_with("../")
        || Path::new(text).is_absolute()
}

fn from_url(text: &str) -> Result<Place, ChannelError> {
    let Ok(url) = Url::parse(text) else {
        // The text may hold a password: it is not repeated.
        let scheme = text.split("://").next().unwrap_or_default();
        let shown = format!("{scheme}://…");
        return Err(invalid(&shown, "the URL cannot be parsed"));
    };
    let plain = slashed(strip_url_for_serialization(&url));
    let credential = credential_of(&url, &plain);
    let name = match credential {
        None if url.query().is_none() => text.to_owned(),
        _ => plain.as_str().trim_end_matches('/').to_owned(),
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(&name, "a channel URL has no query and no fragment"));
    }
    let directory = match url.scheme() {
        "http" | "https" => None,
        "file" => Some(
            url.to_file_path()
                .map_err(|()| invalid(&name, "a file URL needs an absolute path and no host"))?,
        ),
        other => {
            let reason =
                format!("the scheme `{other}` is not supported (https, http and file are)");
            return Err(invalid(&name, reason));
        }
    };
    Ok(Place {
        name,
        url: plain,
        directory,
        credential,
        lookalike: None,
    })
}

fn credential_of(url: &Url, plain: &Url) -> Option<Credential> {
    if let Some(password) = url.password() {
        return Some(Credential::Basic {
            user: percent_decode(url.username()),
            password: percent_decode(password),
        });
    }
    if url.username().is_empty() && url.path().len() <= plain.path().len() {
        return None;
    }
    let mut segments = url.path_segments()?;
    match (segments.next(), segments.next()) {
        (Some("t"), Some(token)) if !token.is_empty() => Some(Credential::Token(token.to_owned())),
        _ if !url.username().is_empty() => Some(Credential::Basic {
            user: percent_decode(url.username()),
            password: String::new(),
        }),
        _ => None,
    }
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let decoded = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(decoded) = decoded {
            bytes.push(decoded);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn from_directory(text: &str, root: &Path) -> Result<Place, ChannelError> {
    let directory = std::path::absolute(root.join(text))
        .map(|path| without_dots(&path))
        .map_err(|error| invalid(text, error.to_string()))?;
    let url = Url::from_directory_path(&directory)
        .map_err(|()| invalid(text, "the directory cannot be written as a URL"))?;
    Ok(Place {
        name: text.to_owned(),
        url,
        directory: Some(directory),
        credential: None,
        lookalike: None,
    })
}

/// Resolves `.` and `..` by the text alone, so that the URL does not depend on symlinks.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn from_name(text: &str, root: &Path) -> Result<Place, ChannelError> {
    let name = text.trim_end_matches('/');
    if name.is_empty() {
        return Err(invalid(text, "it is empty"));
    }
    if name.starts_with('~') {
        return Err(invalid(
            text,
            "`~` is not expanded here: write the whole path",
        ));
    }
    if name == "defaults" {
        return Err(invalid(
            text,
            "it stands for several channels: write https://repo.anaconda.com/pkgs/main",
        ));
    }
    if let Some(character) = name
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "-_./+".contains(*c)))
    {
        return Err(invalid(text, format!("a name has no `{character}`")));
    }
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(invalid(text, "a name has no empty, `.` or `..` part"));
    }
    let directory = root.join(name);
    let is_directory = directory.is_dir();
    if is_directory
        && name.contains('/')
        && !name.contains("/label/")
        && !crate::local::present_subdirs(&directory).is_empty()
    {
        return from_directory(text, root);
    }
    let url = Url::parse(&format!("{CHANNEL_ALIAS}{name}/"))
        .map_err(|error| invalid(text, error.to_string()))?;
    Ok(Place {
        name: name.to_owned(),
        url,
        directory: None,
        credential: None,
        lookalike: is_directory.then_some(directory),
    })
}

/// The directory that stands in for a remote channel: the first mirror, if it is local.
fn local_mirror(url: &Url, options: &ChannelOptions) -> Result<Option<PathBuf>, ChannelError> {
    let longest = options
        .mirrors
        .iter()
        .filter_map(|(prefix, targets)| {
            let prefix = slashed(Url::parse(prefix).ok()?);
            let rest = url.as_str().strip_prefix(prefix.as_str())?;
            Some((prefix.as_str().len(), rest.to_owned(), targets.first()?))
        })
        .max_by_key(|(length, ..)| *length);
    let Some((_, rest, target)) = longest else {
        return Ok(None);
    };
    if is_path(target) {
        return Ok(Some(options.root.join(target).join(percent_decode(&rest))));
    }
    let bad = |reason: &str| ChannelError::Mirror {
        text: target.clone(),
        reason: reason.to_owned(),
    };
    let parsed = Url::parse(target).map_err(|error| bad(&error.to_string()))?;
    if parsed.scheme() != "file" {
        return Ok(None);
    }
    let directory = slashed(parsed)
        .join(&rest)
        .ok()
        .and_then(|url| url.to_file_path().ok())
        .ok_or_else(|| bad("the file URL is not a directory of this machine"))?;
    Ok(Some(directory))
}

/// The URL of a subdir, ending in `/`.
pub(crate) fn subdir_url(channel: &Url, subdir: Subdir) -> Url {
    let mut url = channel.clone();
    let path = format!("{}{}/", channel.path(), subdir.as_str());
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Place {
        let options = ChannelOptions {
            root: "/data/project".into(),
            ..ChannelOptions::default()
        };
        find(text, &options).unwrap()
    }

    fn url(text: &str) -> String {
        at(text).url.to_string()
    }

    #[test]
    fn names_and_labels_are_on_anaconda_org() {
        assert_eq!(
            url("conda-forge"),
            "https://conda.anaconda.org/conda-forge/"
        );
        assert_eq!(
            url("conda-forge/"),
            "https://conda.anaconda.org/conda-forge/"
        );
        assert_eq!(
            url("conda-forge/label/rc_1"),
            "https://conda.anaconda.org/conda-forge/label/rc_1/"
        );
    }

    #[test]
    fn urls_keep_what_they_say_but_end_in_a_slash() {
        assert_eq!(url("https://example.org"), "https://example.org/");
        assert_eq!(
            url("http://example.org:8080/a%20b"),
            "http://example.org:8080/a%20b/"
        );
        let local = at("file:///data/my%20channel/");
        assert_eq!(local.directory.unwrap(), Path::new("/data/my channel"));
        assert_eq!(local.url.as_str(), "file:///data/my%20channel/");
    }

    #[test]
    fn directories_are_relative_to_the_root() {
        assert_eq!(
            url("./fixtures/main"),
            "file:///data/project/fixtures/main/"
        );
        assert_eq!(url("../other"), "file:///data/other/");
        assert_eq!(url("/abs/a b/"), "file:///abs/a%20b/");
        assert_eq!(url("."), "file:///data/project/");
    }

    #[test]
    fn credentials_leave_the_url_and_every_text() {
        let token = at("https://conda.anaconda.org/t/s3cret-token/private");
        assert_eq!(token.url.as_str(), "https://conda.anaconda.org/private/");
        assert_eq!(token.name, "https://conda.anaconda.org/private");
        assert!(matches!(&token.credential, Some(Credential::Token(t)) if t == "s3cret-token"));
        let basic = at("https://me:p%40ss@example.org/private/");
        assert_eq!(basic.url.as_str(), "https://example.org/private/");
        assert!(matches!(
            &basic.credential,
            Some(Credential::Basic { user, password }) if user == "me" && password == "p@ss"
        ));
        for shown in [format!("{token:?}"), format!("{basic:?}")] {
            assert!(
                !shown.contains("s3cret") && !shown.contains("p@ss"),
                "{shown}"
            );
        }
        let broken = find("https://me:hunter2@exa mple/", &ChannelOptions::default());
        assert!(!broken.unwrap_err().to_string().contains("hunter2"));
    }

    #[test]
    fn what_is_not_a_channel_says_why() {
        for (text, part) in [
            ("", "empty"),
            ("conda forge", "has no ` `"),
            ("conda-forge[linux-64]", "has no `[`"),
            ("a/../b", "`..` part"),
            ("~/channels", "not expanded"),
            ("defaults", "pkgs/main"),
            ("s3://bucket/channel", "`s3` is not supported"),
            ("https://example.org/x?token=abc", "no query"),
            ("file://host/x", "no host"),
        ] {
            let error = find(text, &ChannelOptions::default())
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("token=abc"), "{error}");
        }
    }

    #[test]
    fn a_local_first_mirror_is_read_as_a_directory() {
        let options = ChannelOptions {
            mirrors: [(
                "https://conda.anaconda.org".to_owned(),
                vec!["file:///srv/mirror".to_owned()],
            )]
            .into(),
            ..ChannelOptions::default()
        };
        let place = find("conda-forge", &options).unwrap();
        assert_eq!(
            place.url.as_str(),
            "https://conda.anaconda.org/conda-forge/"
        );
        assert_eq!(
            place.directory.unwrap(),
            Path::new("/srv/mirror/conda-forge/")
        );
    }
}
