//! A simulator, with requests that are signed by hand.

use geniacs_simulator::{Config, Running, Simulator};
use reqwest::{Client, Method, RequestBuilder, Response};
use ring::hmac;
use serde_json::{Value, json};

pub(crate) struct Partner {
    pub(crate) running: Running,
    pub(crate) http: Client,
}

impl Partner {
    pub(crate) fn start() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        let running = Simulator::start(config).unwrap();
        Self { running, http: Client::builder().no_proxy().build().unwrap() }
    }

    /// A signed request.
    pub(crate) fn request(&self, method: Method, target: &str, body: &str, key: Option<&str>) -> RequestBuilder {
        let timestamp = chrono::Utc::now().timestamp();
        let signed = format!("{timestamp}.{method}./v1{target}.{body}");
        let secret = hmac::Key::new(hmac::HMAC_SHA256, b"simulator-secret");

        let mut request = self
            .http
            .request(method, format!("{}{target}", self.running.base_url))
            .header("authorization", "Bearer simulator-key")
            .header("x-geniacs-timestamp", timestamp.to_string())
            .header("x-geniacs-request-signature", hex::encode(hmac::sign(&secret, signed.as_bytes())))
            .body(body.to_owned());

        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }

        request
    }

    pub(crate) async fn call(&self, method: Method, target: &str, body: &str, key: Option<&str>) -> Response {
        self.request(method, target, body, key).send().await.unwrap()
    }

    pub(crate) async fn get(&self, target: &str) -> (u16, Value) {
        parts(self.call(Method::GET, target, "", None).await).await
    }

    pub(crate) async fn push(&self, records: Value, key: Option<&str>) -> (u16, Value) {
        self.push_to("/customers", records, key).await
    }

    pub(crate) async fn push_to(&self, path: &str, records: Value, key: Option<&str>) -> (u16, Value) {
        let body = json!({"data": records, "options": {}, "sync_id": 1}).to_string();
        parts(self.call(Method::POST, &format!("{path}/sync"), &body, key).await).await
    }

    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.running.admin_url);
        let request = self.http.request(method, url).header("content-type", "application/json");
        parts(request.body(body.to_string()).send().await.unwrap()).await
    }

    /// Posts to the admin API, which takes it.
    pub(crate) async fn order(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.admin(Method::POST, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Reads from the admin API.
    pub(crate) async fn look(&self, path: &str) -> Value {
        self.admin(Method::GET, path, Value::Null).await.1
    }
}

pub(crate) async fn parts(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
}
