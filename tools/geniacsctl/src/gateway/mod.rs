//! The gateway's REST API, as far as the command line needs it.

mod error;
mod options;
pub mod sync;

pub use error::{GatewayError, innermost};
pub use options::{GatewayOptions, http_address};

use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder};
use secrets::{ExposeSecret as _, SecretString};
use serde_json::Value;
use std::time::Duration;

/// The gateway answers in milliseconds; a connection test waits for the partner.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The most that the gateway gives at once.
const LARGEST_PAGE: u64 = 100;

/// A gateway, and the token to call it with.
pub struct Gateway {
    http: reqwest::Client,
    base: String,
    token: SecretString,
}

impl Gateway {
    /// A gateway as the options say.
    pub fn new(options: GatewayOptions) -> anyhow::Result<Self> {
        let (base, token) = options.resolve()?;
        Ok(Self { http: geniacs::http_client(&geniacs::HttpOptions::default())?, base, token })
    }

    /// The `data` of an answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, GatewayError> {
        self.send(self.request(Method::GET, path)).await
    }

    /// As [`Gateway::get`], for something to be done.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, GatewayError> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Changes something, unless it is of another version by now.
    pub(crate) async fn patch(&self, path: &str, version: Option<i64>, body: &Value) -> Result<Value, GatewayError> {
        let mut request = self.request(Method::PATCH, path).json(body);
        if let Some(version) = version {
            request = request.header(IF_MATCH, format!("\"{version}\""));
        }
        self.send(request).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Value, GatewayError> {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// All items of a list that is counted and paged by number.
    pub(crate) async fn all(
        &self,
        path: &str,
        plural: &str,
        filters: &[(&str, String)],
    ) -> Result<Vec<Value>, GatewayError> {
        let mut items = Vec::new();
        for page in 1.. {
            let place = [("page", page.to_string()), ("limit", LARGEST_PAGE.to_string())];

            let mut data = self.send(self.request(Method::GET, path).query(filters).query(&place)).await?;
            let Value::Array(more) = data[plural].take() else { return Err(GatewayError::Incomplete("the list")) };
            let pages = data["pagination"]["total_pages"].as_u64().ok_or(GatewayError::Incomplete("the pages"))?;

            items.extend(more);
            if page >= pages {
                break;
            }
        }
        Ok(items)
    }

    /// The first `limit` items of a list that goes by cursor, and the cursor behind them.
    pub(crate) async fn list(
        &self,
        path: &str,
        plural: &str,
        filters: &[(&str, String)],
        mut after: Option<String>,
        limit: u64,
    ) -> Result<(Vec<Value>, Option<String>), GatewayError> {
        let mut items = Vec::new();

        loop {
            // The gateway has a largest page, so a long list takes several requests.
            let wanted = limit - items.len() as u64;
            let mut place = vec![("limit", wanted.min(LARGEST_PAGE).to_string())];
            place.extend(after.take().map(|after| ("after", after)));

            let mut data = self.send(self.request(Method::GET, path).query(filters).query(&place)).await?;
            let Value::Array(more) = data[plural].take() else { return Err(GatewayError::Incomplete("the list")) };
            items.extend(more);

            after = data["next_cursor"].as_str().map(str::to_owned);
            if after.is_none() || items.len() as u64 >= limit {
                return Ok((items, after));
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.http.request(method, url).timeout(TIMEOUT).bearer_auth(self.token.expose_secret())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, GatewayError> {
        let response = request.send().await.map_err(|error| GatewayError::unreachable(&self.base, &error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| GatewayError::unreachable(&self.base, &error))?;

        let mut answer: Value =
            domain::json::from_str(&text).map_err(|_| GatewayError::not_a_gateway(&self.base, status))?;

        if status.is_success() {
            return Ok(answer["data"].take());
        }

        Err(GatewayError::refused(status, &answer))
    }
}
