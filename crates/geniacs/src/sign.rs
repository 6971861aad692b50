//! The headers of every request.

use crate::InvalidAccount;
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use ring::{digest, hmac};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The header of the moment that a signature covers.
pub const TIMESTAMP_HEADER: &str = "x-geniacs-timestamp";
/// The header of a request's signature.
pub const SIGNATURE_HEADER: &str = "x-geniacs-request-signature";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: HeaderValue = HeaderValue::from_static("ISP-Management-System/1.0");

/// The credentials in the form in which requests need them.
#[derive(Clone)]
pub(crate) struct Signer {
    authorization: HeaderValue,
    key: hmac::Key,
}

impl Signer {
    pub(crate) fn new(api_key: &SecretString, api_secret: &SecretString) -> Result<Self, InvalidAccount> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", api_key.expose_secret()))
            .map_err(|_| InvalidAccount::ApiKey)?;
        authorization.set_sensitive(true);
        let key = hmac::Key::new(hmac::HMAC_SHA256, api_secret.expose_secret().as_bytes());
        Ok(Self { authorization, key })
    }

    /// Everything but the trace and the idempotency key. `timestamp` is in Unix seconds.
    pub(crate) fn headers(&self, method: &str, url: &Url, body: &Bytes, timestamp: i64) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(USER_AGENT, AGENT);
        headers.insert(ACCEPT, JSON);
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(TIMESTAMP_HEADER, HeaderValue::from(timestamp));

        if let Ok(mut signature) = HeaderValue::from_str(&self.signature(method, url, body, timestamp)) {
            // A sensitive header is left out of debug output.
            signature.set_sensitive(true);
            headers.insert(SIGNATURE_HEADER, signature);
        }

        headers
    }

    fn signature(&self, method: &str, url: &Url, body: &[u8], timestamp: i64) -> String {
        sign_request(&self.key, method, url, body, timestamp)
    }
}

/// The signature of a request under a secret: the lower-case hex HMAC-SHA256 over `timestamp.METHOD.path?query.body`,
/// with the timestamp in Unix seconds.
pub fn request_signature(secret: &SecretString, method: &str, url: &Url, body: &[u8], timestamp: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    sign_request(&key, method, url, body, timestamp)
}

fn sign_request(key: &hmac::Key, method: &str, url: &Url, body: &[u8], timestamp: i64) -> String {
    let mut context = hmac::Context::with_key(key);

    context.update(format!("{timestamp}.{method}.{}", url.path()).as_bytes());
    if let Some(query) = url.query() {
        context.update(b"?");
        context.update(query.as_bytes());
    }

    context.update(b".");
    context.update(body);
    hex::encode(context.sign())
}

/// Lower-case hex of the SHA-256 of `bytes`.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(key: &str) -> Result<Signer, InvalidAccount> {
        Signer::new(&SecretString::from(key), &SecretString::from("secret"))
    }

    /// The expected values were computed with OpenSSL:
    /// `printf '1700000000.POST./v1/customers/sync.{}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn a_signature_covers_time_method_path_query_and_body() {
        let signer = signer("key").unwrap();
        let url = Url::parse("https://partner.example/v1/customers/sync").unwrap();
        let expected = "d74baa469d626130f1fc98648a9f0744d2b8fecb9b65281ce76f43bd5b20e261";
        assert_eq!(signer.signature("POST", &url, b"{}", 1_700_000_000), expected);
        let url = Url::parse("https://partner.example/v1/customers?external_id=17,18").unwrap();
        let expected = "5040595cc93ada6f62f1f00c06651358749f96745255ba3812384e6d5244e857";
        assert_eq!(signer.signature("GET", &url, b"", 1_700_000_000), expected);
    }

    #[test]
    fn secrets_do_not_show_in_the_headers_debug_form() {
        let url = Url::parse("https://partner.example/v1/health").unwrap();
        let shown = format!("{:?}", signer("top-key").unwrap().headers("GET", &url, &Bytes::new(), 1));
        assert!(!shown.contains("top-key"), "{shown}");
    }

    #[test]
    fn a_key_that_no_header_can_hold_is_refused() {
        assert_eq!(signer("a\nb").err(), Some(InvalidAccount::ApiKey));
    }
}
