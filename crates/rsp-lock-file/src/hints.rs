//! What to do about a [`FileError`]: advice, apart from the facts.

use std::io::ErrorKind;

use crate::error::{FileError, LineFault, UrlFault};

impl FileError {
    /// What to do about it: each a sentence of its own, possibly none.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Line { fault, .. } => line_hints(fault),
            Self::NoMarker { .. } => vec![
                "write `@EXPLICIT` on a line of its own before the first URL, or give the file to `rsp-lock import`"
                    .to_owned(),
            ],
            Self::Duplicate { .. } => {
                vec!["an environment holds one package of a name: remove one of the two lines".to_owned()]
            }
            Self::UnknownFormat { .. } => vec![
                "what can be read: explicit files, `conda env export`, `conda list --export`, `pip freeze` and rsp.lock"
                    .to_owned(),
            ],
            Self::Schema { .. } => vec!["give a file that `rsp-lock solve` wrote as `rsp.lock`, or write it anew with `--fresh`".to_owned()],
            Self::Version { found, supported, .. } if found > supported => {
                vec!["a newer rsp-lock wrote it: update rsp-lock, or solve anew with `--fresh`".to_owned()]
            }
            Self::Version { .. } => vec!["solve anew with `--fresh`".to_owned()],
            Self::Native { .. } => vec![
                "restore the file from version control, or remove it and solve anew with `--fresh`".to_owned(),
            ],
            Self::MissingHash { hash, .. } => {
                let other = if *hash == "md5" { "sha256" } else { "md5" };
                vec![format!("`--hash {other}` or `--hash none` writes the file without it")]
            }
            Self::Url { fault, .. } => url_hints(*fault),
            Self::WrongSubdir { .. } => {
                vec!["every record must be of the platform or of `noarch`".to_owned()]
            }
            Self::Secret { .. } => vec![
                "write the channel without the secret and log in instead (an auth file or netrc)".to_owned(),
            ],
            Self::Write { path, source } | Self::PartlyWritten { path, source, .. } => {
                write_hints(path, source)
            }
            _ => Vec::new(),
        }
    }
}

fn line_hints(fault: &LineFault) -> Vec<String> {
    match fault {
        LineFault::BeforeMarker { .. } => vec![
            "before `@EXPLICIT` only comments may stand; begin them with `#` in the first column".to_owned(),
        ],
        LineFault::NotAUrl { .. } => {
            vec!["an explicit file lists one package URL a line, without any text behind it".to_owned()]
        }
        LineFault::NotAHash { .. } => vec![
            "no `md5=` or `sha256=`, no comment behind the URL, one hash only; some clients skip the check silently otherwise"
                .to_owned(),
        ],
        LineFault::Platform { .. } => {
            vec!["write a conda subdir such as `linux-64`, `linux-aarch64`, `osx-arm64`".to_owned()]
        }
        LineFault::SecondMarker { .. } | LineFault::NotAnArchive { .. } => Vec::new(),
    }
}

fn url_hints(fault: UrlFault) -> Vec<String> {
    match fault {
        UrlFault::Secret(_) => vec![
            "write the channel without the secret and log in instead (an auth file or netrc)"
                .to_owned(),
        ],
        UrlFault::Subdir | UrlFault::FileName | UrlFault::Disagrees => {
            vec!["the channel serves its files under an unusual path; see `info.base_url` in its repodata".to_owned()]
        }
        UrlFault::Scheme | UrlFault::Dollar | UrlFault::Fragment => Vec::new(),
    }
}

fn write_hints(path: &std::path::Path, source: &std::io::Error) -> Vec<String> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .map_or_else(|| ".".to_owned(), |parent| parent.display().to_string());
    match source.kind() {
        _ if path.as_os_str().to_string_lossy().ends_with('/') => vec![format!(
            "`{}` names a directory: name a file",
            path.display()
        )],
        ErrorKind::NotFound => vec![format!(
            "the directory `{parent}` does not exist: create it first"
        )],
        ErrorKind::NotADirectory => vec![format!("`{parent}` is not a directory")],
        ErrorKind::IsADirectory => {
            vec![format!(
                "`{}` is a directory: name a file in it",
                path.display()
            )]
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            vec![format!(
                "neither a new file in `{parent}` can be written, nor this one: see their permissions"
            )]
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            vec![
                "the disk is full: make room, the files that were there before are as they were"
                    .to_owned(),
            ]
        }
        _ => Vec::new(),
    }
}
