//! Whose partner API is called, and with which credentials.

use domain::{EntityType, record_id};
use secrecy::SecretString;
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

/// The address, credentials and limits of an integration's partner.
#[derive(Debug, Clone)]
pub struct Account {
    /// The integration's `endpoint_url`, version included: `https://partner.example/v1`.
    pub base_url: Url,
    /// Sent as the bearer token.
    pub api_key: SecretString,
    /// Signs every request.
    pub api_secret: SecretString,
    /// How long one request may take, from its start to the last byte of the answer.
    pub timeout: Duration,
    /// `configuration.endpoints`: paths that differ from the contract's.
    pub endpoints: HashMap<EntityType, String>,
}

/// Why an account cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccount {
    /// The address is not one to send HTTP requests to.
    #[error("the endpoint_url must start with http:// or https:// and name a host; change it in the integration")]
    BaseUrl,
    /// The key cannot stand in a header.
    #[error("the API key holds characters that cannot be sent in an HTTP header; enter it again")]
    ApiKey,
}

/// The addresses of an account's calls.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    base: Url,
    paths: HashMap<EntityType, String>,
}

impl Endpoints {
    pub(crate) fn new(mut base: Url, paths: HashMap<EntityType, String>) -> Result<Self, InvalidAccount> {
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(InvalidAccount::BaseUrl);
        }

        // Paths are appended to the address, which a query would swallow.
        base.set_query(None);
        base.set_fragment(None);

        // A user and a password in the address would become an Authorization header beside ours.
        let _ = base.set_username("");
        let _ = base.set_password(None);

        let trimmed = base.path().trim_end_matches('/').to_owned();
        base.set_path(&trimmed);

        Ok(Self { base, paths })
    }

    pub(crate) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The path of an entity with its leading slash and without a trailing one.
    pub(crate) fn entity_path(&self, entity: EntityType) -> String {
        let path = self.paths.get(&entity).map_or(entity.path(), String::as_str);
        format!("/{}", path.trim_matches('/'))
    }

    /// The address of `path`, which starts with a slash.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// The address of one record, or none for an id that no address can hold for certain.
    pub(crate) fn record_url(&self, entity: EntityType, id: &str) -> Option<Url> {
        if !record_id::fits_into_a_path(id) {
            return None;
        }
        Some(self.url(&format!("{}/{}", self.entity_path(entity), escape_id(id))))
    }
}

/// Escapes all that is not plain in every part of an address: servers differ in what else means something to them.
fn escape_id(id: &str) -> String {
    let mut escaped = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            other => escaped.extend(["%".to_owned(), format!("{other:02X}")]),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(base: &str, paths: &[(EntityType, &str)]) -> Endpoints {
        let paths = paths.iter().map(|(entity, path)| (*entity, (*path).to_owned())).collect();
        Endpoints::new(Url::parse(base).unwrap(), paths).unwrap()
    }

    #[test]
    fn a_trailing_slash_a_query_and_a_user_are_left_out_of_the_base() {
        let endpoints = endpoints("https://user:pass@partner.example/v1/?a=b#c", &[]);
        assert_eq!(endpoints.url("/health").as_str(), "https://partner.example/v1/health");
    }

    #[test]
    fn a_base_without_a_path_works() {
        assert_eq!(endpoints("http://h:1", &[]).url("/health").as_str(), "http://h:1/health");
    }

    #[test]
    fn a_path_can_be_overridden_with_or_without_slashes() {
        let endpoints =
            endpoints("http://h/v1", &[(EntityType::NasServers, "devices/"), (EntityType::Invoices, "/a b")]);
        assert_eq!(endpoints.entity_path(EntityType::NasServers), "/devices");
        assert_eq!(endpoints.url(&endpoints.entity_path(EntityType::Invoices)).as_str(), "http://h/v1/a%20b");
        assert_eq!(endpoints.entity_path(EntityType::MonitoringData), "/monitoring");
    }

    #[test]
    fn an_id_cannot_leave_its_folder() {
        let endpoints = endpoints("http://h/v1", &[]);
        let url = endpoints.record_url(EntityType::Customers, "...a b?c;d=ä").unwrap();
        assert_eq!(url.as_str(), "http://h/v1/customers/...a%20b%3Fc%3Bd%3D%C3%A4");
        for id in ["", ".", "..", "../a", "a/b", "a\\b", "50%", "a\tb", " a"] {
            assert!(endpoints.record_url(EntityType::Customers, id).is_none(), "{id:?}");
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        let refused = Endpoints::new(Url::parse("ftp://h/v1").unwrap(), HashMap::new());
        assert_eq!(refused.unwrap_err(), InvalidAccount::BaseUrl);
    }
}
