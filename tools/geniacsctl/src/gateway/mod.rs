//! The gateway's REST API, as far as the command line needs it.

mod error;
mod options;
pub(crate) mod sync;

pub(crate) use error::{GatewayError, innermost};
pub(crate) use options::{GatewayOptions, http_address};

use reqwest::Method;
use secrets::{ExposeSecret as _, SecretString};
use serde_json::Value;
use std::time::Duration;

/// The gateway answers in milliseconds; a connection test waits for the partner.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A gateway, and the token to call it with.
pub(crate) struct Gateway {
    http: reqwest::Client,
    base: String,
    token: SecretString,
}

impl Gateway {
    pub(crate) fn new(options: GatewayOptions) -> anyhow::Result<Self> {
        let (base, token) = options.resolve()?;
        Ok(Self { http: geniacs::http_client(&geniacs::HttpOptions::default())?, base, token })
    }

    /// The `data` of an answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, GatewayError> {
        self.call(Method::GET, path, None).await
    }

    /// As [`Gateway::get`], for something to be done.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, GatewayError> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, GatewayError> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, url).timeout(TIMEOUT).bearer_auth(self.token.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| GatewayError::unreachable(&self.base, &error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| GatewayError::unreachable(&self.base, &error))?;
        let mut answer: Value =
            serde_json::from_str(&text).map_err(|_| GatewayError::not_a_gateway(&self.base, status))?;
        if status.is_success() {
            return Ok(answer["data"].take());
        }
        Err(GatewayError::refused(status, &answer))
    }
}
