//! Sending requests.

use crate::account::Endpoints;
use crate::answer::{Answer, receive};
use crate::sign::Signer;
use crate::{Account, InvalidAccount, PartnerError, trace};
use bytes::Bytes;
use chrono::Utc;
use domain::EntityType;
use reqwest::Method;
use reqwest::header::HeaderValue;
use std::time::Duration;
use tracing::{Instrument, Span, field};
use url::Url;

/// One partner account. Cheap to clone; every clone shares the pool of connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoints: Endpoints,
    signer: Signer,
    timeout: Duration,
}

/// One request, and what an error and a trace may call it.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) name: &'a str,
    pub(crate) body: Bytes,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) deadline: Duration,
}

impl Client {
    /// A client for `account` on connections of `http`, which [`crate::http_client`] made.
    pub fn new(http: reqwest::Client, account: Account) -> Result<Self, InvalidAccount> {
        let signer = Signer::new(&account.api_key, &account.api_secret)?;
        let endpoints = Endpoints::new(account.base_url, account.endpoints)?;
        Ok(Self { http, endpoints, signer, timeout: account.timeout })
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// How long one request of this account may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) async fn fetch(&self, entity: EntityType, url: Url) -> Result<Answer, PartnerError> {
        self.get_json(url, &self.endpoints.entity_path(entity)).await
    }

    pub(crate) async fn get_json(&self, url: Url, name: &str) -> Result<Answer, PartnerError> {
        let deadline = self.timeout;
        self.call(Call { method: Method::GET, url, name, body: Bytes::new(), idempotency_key: None, deadline }).await
    }

    /// Sends one request and reads its answer, in one span.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Answer, PartnerError> {
        let span = tracing::info_span!(
            "partner request",
            otel.kind = "client",
            otel.name = %format_args!("{} {}", call.method, call.name),
            http.request.method = %call.method,
            server.address = self.endpoints.host(),
            http.request.body.size = call.body.len(),
            http.response.status_code = field::Empty,
            error.type = field::Empty,
        );
        let answer = self.exchange(call).instrument(span.clone()).await;
        if let Err(error) = &answer {
            span.record("error.type", error.error_type());
        }
        answer
    }

    async fn exchange(&self, call: Call<'_>) -> Result<Answer, PartnerError> {
        let timestamp = Utc::now().timestamp();
        let mut headers = self.signer.headers(call.method.as_str(), &call.url, &call.body, timestamp);
        trace::inject(&mut headers);
        if let Some(key) = call.idempotency_key.and_then(|key| HeaderValue::try_from(key).ok()) {
            headers.insert("idempotency-key", key);
        }
        let request = self.http.request(call.method, call.url).headers(headers).timeout(call.deadline);
        let request = if call.body.is_empty() { request } else { request.body(call.body) };
        let response = request.send().await.map_err(|error| PartnerError::of_sending(&error))?;
        Span::current().record("http.response.status_code", response.status().as_u16());
        receive(response, call.name).await
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.endpoints.host())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
