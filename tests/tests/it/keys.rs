//! Keys and secrets that are replaced while everything runs.

use end_to_end::{LIMIT, Process, Stack, StackOptions};
use secrets::KeyRing;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use test_support::eventually;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

/// Between two calls of a kind: the load is steady, and leaves the machine to others.
const PACE: Duration = Duration::from_millis(50);

/// Where the services are now. A call holds it for reading, so that nobody is called who is about to stop.
struct Front {
    gateway: String,
    ingest: String,
}

/// Calls that go on until they are stopped; each must succeed.
struct Load {
    front: RwLock<Front>,
    http: reqwest::Client,
    token: String,
    integration_id: i64,
    webhook_secret: RwLock<String>,
    stop: AtomicBool,
    webhooks: AtomicUsize,
    calls: AtomicUsize,
    syncs: AtomicUsize,
}

impl Load {
    fn of(stack: &Stack) -> Arc<Self> {
        Arc::new(Self {
            front: RwLock::new(Front { gateway: stack.gateway.url(), ingest: stack.ingest.url() }),
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            token: stack.token().to_owned(),
            integration_id: stack.integration_id,
            webhook_secret: RwLock::new(stack.webhook_secret.clone()),
            stop: AtomicBool::new(false),
            webhooks: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            syncs: AtomicUsize::new(0),
        })
    }

    fn start(self: &Arc<Self>) -> JoinSet<()> {
        let mut load = JoinSet::new();
        for sender in 0..3 {
            load.spawn(self.clone().send_webhooks(sender));
        }
        load.spawn(self.clone().test_connections());
        for (entity, direction) in [("nas_servers", "to_geniacs"), ("invoices", "from_geniacs")] {
            load.spawn(self.clone().run_syncs(entity, direction));
        }
        load
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    async fn send_webhooks(self: Arc<Self>, sender: usize) {
        while self.goes_on() {
            let number = self.webhooks.fetch_add(1, Ordering::SeqCst);
            let data = json!({"customer_id": format!("c{}", number % 50), "customer_name": format!("Budi {number}"),
                "customer_email": "budi@example.co.id"});
            let body = json!({"event_id": format!("evt_{sender}_{number}"), "event_type": "customer.created",
                "timestamp": "2026-01-01T10:00:00Z", "data": data});
            let secret = self.webhook_secret.read().await.clone();
            assert_eq!(self.webhook(&body, &secret).await, 200, "an event was refused");
            tokio::time::sleep(PACE).await;
        }
    }

    async fn webhook(&self, body: &Value, secret: &str) -> u16 {
        let front = self.front.read().await;
        let (body, url) = (body.to_string(), format!("{}/api/geniacs/webhook/{}", front.ingest, self.integration_id));
        let signature = secrets::sign_hex(secret.as_bytes(), &[body.as_bytes()]);
        let request = self.http.post(url).header("content-type", "application/json");
        let answer = request.header("x-geniacs-signature", signature).body(body).send().await;
        answer.expect("the ingest answers").status().as_u16()
    }

    async fn call(&self, path: &str, body: &Value) -> Value {
        let front = self.front.read().await;
        let request = self.http.post(format!("{}{path}", front.gateway)).bearer_auth(&self.token).json(body);
        let answer = request.send().await.expect("the gateway answers");
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    async fn of_integration(&self, what: &str, body: &Value) -> Value {
        self.call(&format!("/api/geniacs/integrations/{}/{what}", self.integration_id), body).await
    }

    async fn test_connections(self: Arc<Self>) {
        while self.goes_on() {
            let tested = self.of_integration("test-connection", &json!({})).await;
            assert_eq!(tested["data"]["connection_test"]["status"], "success", "{tested}");
            self.calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(PACE).await;
        }
    }

    async fn run_syncs(self: Arc<Self>, entity: &'static str, direction: &'static str) {
        while self.goes_on() {
            let body = json!({"integration_id": self.integration_id, "sync_type": "full", "entity_type": entity,
                "sync_direction": direction});
            let triggered = self.call("/api/geniacs/sync/trigger", &body).await;
            let id = triggered["data"]["sync"]["id"].as_i64().expect("the sync's id");

            let mut sync = self.status(id).await;
            while sync["completed_at"].is_null() {
                tokio::time::sleep(PACE).await;
                sync = self.status(id).await;
            }
            assert_eq!(sync["status"], "success", "{sync}");
            self.syncs.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn status(&self, id: i64) -> Value {
        let front = self.front.read().await;
        let request = self.http.get(format!("{}/api/geniacs/sync/{id}/status", front.gateway)).bearer_auth(&self.token);
        let answer: Value = request.send().await.expect("the gateway answers").json().await.expect("JSON");
        answer["data"]["sync"].clone()
    }

    /// Waits until every kind of call has succeeded again.
    async fn has_gone_on(&self) {
        let all = || [&self.webhooks, &self.calls, &self.syncs].map(|count| count.load(Ordering::SeqCst));
        let before = all();
        let after = async || all().iter().zip(before).all(|(now, then)| *now > then).then_some(());
        eventually("the load goes on", LIMIT, after).await;
    }
}

/// Starts each service anew with the present settings, one by one, and stops the one before once nobody calls it.
async fn restart_one_by_one(stack: &mut Stack, load: &Load) {
    let settings = stack.settings().clone();
    let start = |name| Process::start(name, &settings);
    for worker in &mut stack.workers {
        *worker = replaced(worker, start("sync-worker"));
    }
    stack.scheduler = replaced(&mut stack.scheduler, start("scheduler"));
    let (gateway, ingest) = (start("api-gateway"), start("webhook-ingest"));
    *load.front.write().await = Front { gateway: gateway.url(), ingest: ingest.url() };
    stack.gateway = replaced(&mut stack.gateway, gateway);
    stack.ingest = replaced(&mut stack.ingest, ingest);
    load.has_gone_on().await;
}

fn replaced(old: &mut Process, new: Process) -> Process {
    assert_eq!(old.stop(), Some(0), "{:#?}", old.log().iter().rev().take(20).collect::<Vec<_>>());
    new
}

async fn load_nas_servers(stack: &Stack) {
    let sql = "INSERT INTO nas_servers (nasname, secret) SELECT 'nas-' || n, 'x' FROM generate_series(1, 20) n";
    stack.database.execute(sql).await;
}

/// Runs `geniacsctl` with a ring and gives what it prints.
async fn ctl(stack: &Stack, ring: &str, words: &[&str]) -> Value {
    let words = [&["--json"], words].concat();
    let output = stack.ctl(&words, &[("GENIACS_ENCRYPTION_KEYS", ring)]).await;
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn ended_well(load: &Load, mut running: JoinSet<()>) {
    load.stop.store(true, Ordering::SeqCst);
    while let Some(ended) = running.join_next().await {
        ended.expect("no call failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_under_load_without_a_failed_call_and_the_old_key_can_go() {
    let (old, new) = (KeyRing::generate_entry("k1"), KeyRing::generate_entry("k2"));
    let settings = vec![("GENIACS_ENCRYPTION_KEYS", old.clone())];
    let mut stack = Stack::start(StackOptions { workers: 2, settings, ..StackOptions::default() }).await;
    load_nas_servers(&stack).await;

    let load = Load::of(&stack);
    let running = load.start();
    load.has_gone_on().await;

    let rings = [format!("{old},{new}"), format!("{new},{old}")];
    for ring in &rings {
        stack.set("GENIACS_ENCRYPTION_KEYS", ring);
        restart_one_by_one(&mut stack, &load).await;
    }

    // A previous secret is sealed as well.
    load.of_integration("rotate-webhook-secret", &json!({})).await;
    let rotated = ctl(&stack, &rings[1], &["keys", "rotate", "--batch", "1"]).await;
    assert_eq!((&rotated["current"], &rotated["unused"]), (&json!("k2"), &json!(["k1"])), "{rotated}");
    load.has_gone_on().await;

    stack.set("GENIACS_ENCRYPTION_KEYS", &new);
    restart_one_by_one(&mut stack, &load).await;
    ended_well(&load, running).await;

    let status = ctl(&stack, &new, &["keys", "status"]).await;
    assert!(status["in_use"].as_array().expect("uses").iter().all(|one| one["key"] == "k2"), "{status}");
    stack.events_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_and_the_webhook_secret_rotate_under_load_without_a_failed_call() {
    let stack = Stack::start(StackOptions::default()).await;
    load_nas_servers(&stack).await;
    let load = Load::of(&stack);
    let running = load.start();
    let own = geniacs_simulator::Config::default();

    for _ in 0..5 {
        let pair = json!({"api_key": own.api_key, "api_secret": own.api_secret});
        load.of_integration("rotate-credentials", &pair).await;
    }

    let rotated = load.of_integration("rotate-webhook-secret", &json!({})).await;
    let new = rotated["data"]["integration"]["webhook_secret"].as_str().expect("the new secret").to_owned();
    load.has_gone_on().await;
    let old = std::mem::replace(&mut *load.webhook_secret.write().await, new.clone());
    load.has_gone_on().await;
    ended_well(&load, running).await;
    stack.events_ended().await;

    // The grace time is a day of the database's clock.
    let event = |id: &str| {
        json!({"event_id": id, "event_type": "customer.updated", "timestamp": "2026-01-01T10:00:00Z",
        "data": {"customer_id": "c1"}})
    };

    move_clock(&stack, "23 hours 59 minutes").await;
    assert_eq!(load.webhook(&event("in time"), &old).await, 200);
    move_clock(&stack, "24 hours 1 minute").await;
    let refused = async || (load.webhook(&event("too late"), &old).await == 400).then_some(());
    eventually("the old secret is refused", LIMIT, refused).await;
    assert_eq!(load.webhook(&event("new"), &new).await, 200);
}

async fn move_clock(stack: &Stack, by: &str) {
    let head = "CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE";
    stack.database.execute(&format!("{head} AS $$ SELECT statement_timestamp() + interval '{by}' $$")).await;
}
