//! Credentials that stood in a channel URL, put back into its requests only.
//!
//! Everything above this middleware works with URLs without credentials: cache keys,
//! records, messages and logs cannot show what they never see.

use http::Extensions;
use reqwest::{
    Request, Response,
    header::{AUTHORIZATION, HeaderValue},
};
use reqwest_middleware::{Middleware, Next, Result};
use url::Url;

use crate::place::Credential;

/// Channel URLs (ending in `/`) and how to get in.
#[derive(Debug)]
pub(crate) struct ChannelCredentials(pub(crate) Vec<(Url, Credential)>);

#[async_trait::async_trait]
impl Middleware for ChannelCredentials {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let found = self
            .0
            .iter()
            .filter(|(prefix, _)| request.url().as_str().starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.as_str().len());
        if let Some((_, credential)) = found {
            apply(credential, &mut request);
        }
        next.run(request, extensions).await
    }
}

fn apply(credential: &Credential, request: &mut Request) {
    match credential {
        Credential::Token(token) => {
            let path = format!("/t/{token}{}", request.url().path());
            request.url_mut().set_path(&path);
        }
        Credential::Basic { user, password } => {
            let value = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
            if let Ok(mut value) = HeaderValue::from_str(&value) {
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
            }
        }
    }
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, i| {
            bits << 8 | usize::from(chunk.get(i).copied().unwrap_or(0))
        });
        for i in 0..4 {
            let digit = DIGITS
                .get(bits >> (18 - 6 * i) & 0x3f)
                .copied()
                .unwrap_or(b'=');
            text.push(if i <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_follows_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("a:\u{ff}", "YTrDvw=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
