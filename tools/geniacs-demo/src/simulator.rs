//! The simulator's admin API.

use anyhow::{Context as _, anyhow, bail};
use domain::EntityType;
use geniacsctl::gateway::http_address;
use geniacsctl::gateway::innermost;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A large seed, or thousands of webhooks, take a while.
const TIMEOUT: Duration = Duration::from_mins(10);
/// Records per page of a dump.
const PAGE: u32 = 5_000;

/// A simulator.
pub(crate) struct Simulator {
    http: reqwest::Client,
    base: String,
}

/// A record as the partner holds it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) deleted: bool,
    pub(crate) fields: Map<String, Value>,
}

/// A part of all records, in the order of their ids.
#[derive(Debug, Deserialize)]
pub(crate) struct Dump {
    pub(crate) records: Vec<Record>,
    pub(crate) next_after: Option<String>,
}

/// What came to the partner.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Stats {
    /// Requests by call and status.
    by_call: BTreeMap<String, BTreeMap<String, u64>>,
    /// Pushed records by outcome.
    records: BTreeMap<String, u64>,
}

/// How a run of webhooks went.
#[derive(Debug, Deserialize)]
pub(crate) struct WebhookReport {
    pub(crate) accepted: u64,
    pub(crate) p99_ms: f64,
}

impl Simulator {
    pub(crate) fn new(address: &str) -> anyhow::Result<Self> {
        let base = http_address(address).context("--simulator-url (SIMULATOR_URL) cannot be used")?;
        Ok(Self { http: geniacs::http_client(&geniacs::HttpOptions::default())?, base })
    }

    /// Where its partner API is.
    pub(crate) fn partner_url(&self) -> String {
        format!("{}/v1", self.base)
    }

    /// The records after an id.
    pub(crate) async fn dump(&self, entity: EntityType, after: Option<&str>) -> anyhow::Result<Dump> {
        let request = self.http.get(format!("{}/admin/records/{entity}", self.base));
        self.send(request.query(&[("after", after.unwrap_or_default()), ("limit", &PAGE.to_string())])).await
    }

    pub(crate) async fn stats(&self) -> anyhow::Result<Stats> {
        self.send(self.http.get(format!("{}/admin/stats", self.base))).await
    }

    /// Makes records that only the partner knows.
    pub(crate) async fn seed(&self, entity: EntityType, count: u64, seed: u64) -> anyhow::Result<()> {
        let order = json!({"entity": entity, "count": count, "seed": seed});
        let _: Value = self.send(self.http.post(format!("{}/admin/seed", self.base)).json(&order)).await?;
        Ok(())
    }

    /// Changes records and sends a webhook about each.
    pub(crate) async fn webhooks(&self, order: &Value) -> anyhow::Result<WebhookReport> {
        self.send(self.http.post(format!("{}/admin/webhooks", self.base)).json(order)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> anyhow::Result<T> {
        let response = request.timeout(TIMEOUT).send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;

        if !status.is_success() {
            let reason: String = text.chars().take(200).collect();
            bail!("the simulator at {} refused (HTTP {}): {reason}", self.base, status.as_u16());
        }

        domain::json::from_str(&text).map_err(|_| {
            anyhow!("what answers at {} is not the simulator; give its address with --simulator-url", self.base)
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let reason = innermost(error);
        anyhow!(
            "the simulator at {} cannot be reached ({reason}): start it, or give its address with --simulator-url",
            self.base
        )
    }
}

impl Stats {
    /// Requests that pushed records of an entity.
    pub(crate) fn pushes(&self, entity: EntityType) -> u64 {
        let call = format!("POST /v1{}/sync", entity.path());
        self.by_call.get(&call).map_or(0, |by_status| by_status.values().sum())
    }

    /// Records that were pushed, each as often as it was.
    pub(crate) fn pushed_records(&self) -> u64 {
        self.records.values().sum()
    }
}
