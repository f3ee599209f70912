//! `info.base_url` (CEP 15): where the files of a subdir are.

use rattler_redaction::strip_url_for_serialization;
use url::Url;

use crate::loaded::slashed;

/// The URL below which the files of a subdir lie, ending in `/`.
///
/// `subdir_url` is where the repodata was found, ending in `/`; `declared` is
/// `info.base_url`. As CEP 15 has it, and as conda and rattler
/// (`compute_package_url`) read it, a base URL stands for the subdir's own directory:
/// nothing but the file name is added to it. It is absolute (http, https, file), or
/// relative to `subdir_url`. The error is a reason.
pub fn file_url(subdir_url: &Url, declared: Option<&str>) -> Result<Url, String> {
    let Some(declared) = declared else {
        return Ok(subdir_url.clone());
    };
    if declared.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("it contains white space".to_owned());
    }
    let url = match Url::parse(declared) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) if declared.starts_with("//") => {
            return Err("it has a host but no scheme".to_owned());
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => subdir_url
            .join(declared)
            .map_err(|error| error.to_string())?,
        Err(error) => return Err(error.to_string()),
    };
    match url.scheme() {
        "http" | "https" | "file" => {}
        other => return Err(format!("its scheme is `{other}`")),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it has a query or a fragment".to_owned());
    }
    Ok(slashed(strip_url_for_serialization(&url)))
}

/// The channel's base of a subdir's file URL: without the subdir, if it ends in it.
pub fn channel_url(file_url: &Url, subdir: &str) -> Url {
    let mut url = file_url.clone();
    if let Some(path) = file_url
        .path()
        .strip_suffix(&format!("/{subdir}/"))
        .map(|path| format!("{path}/"))
    {
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::compute_package_url;

    use super::*;

    const SUBDIR: &str = "https://mirror.example.org/conda-forge/linux-64/";

    #[test]
    fn agrees_with_rattler_on_what_both_accept() {
        let subdir = Url::parse(SUBDIR).unwrap();
        for declared in [
            None,
            Some("https://conda.example.org/main/linux-64/"),
            Some("https://conda.example.org/main/linux-64"),
            Some("https://conda.example.org"),
            Some("http://localhost:8080/x"),
            Some("file:///srv/pkgs/linux-64"),
            Some("./"),
            Some("../pkgs/linux-64"),
            Some("/elsewhere/linux-64"),
        ] {
            let ours = file_url(&subdir, declared).unwrap();
            let file = "x264-1!164.3095-h166bdaf_2.tar.bz2";
            assert_eq!(
                ours.join(file).unwrap(),
                compute_package_url(&subdir, declared, file),
                "{declared:?}"
            );
        }
    }

    #[test]
    fn what_rattler_would_panic_on_or_misread_is_refused() {
        let subdir = Url::parse(SUBDIR).unwrap();
        for declared in [
            "https://",
            "http://[",
            "https://exa mple.org/",
            "//host/path",
            "mailto:x",
            "data:text/plain,x",
            "https://example.org/?sig=1",
            "C:\\pkgs",
            "javascript:0",
        ] {
            assert!(file_url(&subdir, Some(declared)).is_err(), "{declared}");
        }
    }

    #[test]
    fn credentials_do_not_pass() {
        let subdir = Url::parse(SUBDIR).unwrap();
        let url = file_url(&subdir, Some("https://u:p@example.org/t/tk-1/c/linux-64")).unwrap();
        assert_eq!(url.as_str(), "https://example.org/c/linux-64/");
    }

    #[test]
    fn the_channel_is_the_subdirs_parent() {
        let url = Url::parse("https://conda.example.org/main/linux-64/").unwrap();
        assert_eq!(
            channel_url(&url, "linux-64").as_str(),
            "https://conda.example.org/main/"
        );
        assert_eq!(channel_url(&url, "noarch"), url);
    }
}
