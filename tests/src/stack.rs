//! The whole system as processes, for one test: a database, a queue prefix, a partner, and every service.

use crate::process::binary;
use crate::{Partner, Process};
use geniacs_simulator::Config;
use secrets::{KeyRing, Token};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use storage::people::{tokens, users};
use test_support::{TestDatabase, eventually};
use uuid::Uuid;

/// Long enough for a loaded machine; nothing waits for it to pass.
pub const LIMIT: Duration = Duration::from_mins(2);

/// What a stack is made of.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// How many workers.
    pub workers: usize,
    /// Settings beside those that every stack has.
    pub settings: Vec<(&'static str, String)>,
    /// Another PostgreSQL server than that of `DATABASE_URL`.
    pub database_url: Option<String>,
    /// Another RabbitMQ than that of `AMQP_URL`.
    pub amqp_url: Option<String>,
    /// Whether the partner is a process of its own, not a part of this one.
    pub partner_apart: bool,
    /// What the partner is like, and which credentials it takes.
    pub partner: Config,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            workers: 1,
            settings: Vec::new(),
            database_url: None,
            amqp_url: None,
            partner_apart: false,
            partner: Config::default(),
        }
    }
}

/// A running system with one integration, whose schedules do not tick.
#[derive(Debug)]
pub struct Stack {
    /// Its database.
    pub database: TestDatabase,
    /// Its partner.
    pub partner: Partner,
    /// REST.
    pub gateway: Process,
    /// Webhooks.
    pub ingest: Process,
    /// Schedules, relay, rescue.
    pub scheduler: Process,
    /// Syncs and events.
    pub workers: Vec<Process>,
    /// The integration's number.
    pub integration_id: i64,
    /// Signs its webhooks.
    pub webhook_secret: String,
    settings: BTreeMap<String, String>,
    token: String,
    http: reqwest::Client,
}

impl Stack {
    /// Starts everything and makes an administrator and an integration.
    ///
    /// # Panics
    /// If any of it fails.
    pub async fn start(options: StackOptions) -> Self {
        service::install_tls_provider();
        let database = match &options.database_url {
            Some(server) => TestDatabase::create_on(server).await,
            None => TestDatabase::create().await,
        };

        let partner = Partner::start(options.partner_apart, options.partner.clone());
        let settings = settings(&options, &database);
        let start = |name| start(name, &settings);
        let (gateway, ingest, scheduler) = (start("api-gateway"), start("webhook-ingest"), start("scheduler"));
        let workers = (0..options.workers).map(|_| start("sync-worker")).collect();

        let token = administrator(&database).await;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");

        let mut stack = Self {
            database,
            partner,
            gateway,
            ingest,
            scheduler,
            workers,
            integration_id: 0,
            webhook_secret: String::new(),
            settings,
            token,
            http,
        };

        stack.make_integration(&options.partner).await;
        stack
    }

    async fn make_integration(&mut self, config: &Config) {
        let body = json!({
            "name": "Geniacs", "endpoint_url": self.partner.base_url(), "api_key": config.api_key,
            "api_secret": config.api_secret, "configuration": {"auto_sync": false, "max_retries": 6},
        });
        let made = self.post("/api/geniacs/integrations", &body).await;
        let integration = made.pointer("/data/integration").expect("the integration");
        self.integration_id = integration["id"].as_i64().expect("its id");
        integration["webhook_secret"].as_str().expect("its secret").clone_into(&mut self.webhook_secret);
    }

    /// An administrator's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What the services are started with.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// Changes a setting for services that start from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
    }

    /// Another worker.
    pub fn add_worker(&mut self) {
        self.workers.push(start("sync-worker", &self.settings));
    }

    /// A call to the gateway that must succeed.
    ///
    /// # Panics
    /// If it does not.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.gateway.url());
        let answer = self.http.post(url).bearer_auth(&self.token).json(body).send().await.expect("the gateway answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The stream of live events, from its beginning.
    ///
    /// # Panics
    /// If the gateway refuses.
    pub async fn events(&self) -> reqwest::Response {
        let url = format!("{}/api/geniacs/events/stream", self.gateway.url());
        let request = self.http.get(url).bearer_auth(&self.token).timeout(LIMIT);
        request.send().await.and_then(reqwest::Response::error_for_status).expect("the gateway answers")
    }

    /// A question to the gateway, asked again while it is not up.
    ///
    /// # Panics
    /// If there is no answer in time.
    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.gateway.url());
        eventually("the gateway answers", LIMIT, async || {
            let answer = self.http.get(&url).bearer_auth(&self.token).send().await.ok()?;
            if !answer.status().is_success() {
                return None;
            }
            answer.json().await.ok()
        })
        .await
    }

    /// The status with which the gateway answers a question, whatever it is.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn answers(&self, path: &str) -> u16 {
        let request = self.http.get(format!("{}{path}", self.gateway.url())).bearer_auth(&self.token);
        request.send().await.expect("the gateway answers").status().as_u16()
    }

    /// Triggers a sync of customers and returns its number.
    ///
    /// # Panics
    /// If the gateway refuses.
    pub async fn trigger(&self, sync_type: &str, direction: &str) -> i64 {
        self.trigger_of("customers", sync_type, direction).await
    }

    /// Triggers a sync of any entity and returns its number.
    ///
    /// # Panics
    /// If the gateway refuses.
    pub async fn trigger_of(&self, entity: &str, sync_type: &str, direction: &str) -> i64 {
        let body = json!({
            "integration_id": self.integration_id, "sync_type": sync_type, "entity_type": entity,
            "sync_direction": direction,
        });
        let answer = self.post("/api/geniacs/sync/trigger", &body).await;
        answer.pointer("/data/sync/id").and_then(Value::as_i64).expect("the sync's id")
    }

    /// The status of a sync.
    ///
    /// # Panics
    /// If the gateway does not answer.
    pub async fn status(&self, id: i64) -> Value {
        self.get(&format!("/api/geniacs/sync/{id}/status")).await["data"]["sync"].clone()
    }

    /// Waits for the end of a sync.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn ended(&self, id: i64) -> Value {
        eventually("the sync ends", LIMIT, async || {
            let sync = self.status(id).await;
            (!sync["completed_at"].is_null()).then_some(sync)
        })
        .await
    }

    /// Triggers a sync and waits for its end.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn run(&self, sync_type: &str, direction: &str) -> Value {
        self.ended(self.trigger(sync_type, direction).await).await
    }

    /// Triggers a sync of any entity and waits for its end.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn run_of(&self, entity: &str, sync_type: &str, direction: &str) -> Value {
        self.ended(self.trigger_of(entity, sync_type, direction).await).await
    }

    /// Runs `geniacsctl` on this system, with these variables besides.
    ///
    /// # Panics
    /// If it cannot be run.
    pub async fn ctl(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        self.tool("geniacsctl", words, variables).await
    }

    /// Runs `geniacs-demo` on this system.
    ///
    /// # Panics
    /// If it cannot be run.
    pub async fn demo(&self, words: &[&str]) -> Output {
        self.tool("geniacs-demo", words, &[]).await
    }

    async fn tool(&self, name: &str, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(binary(name));
        command.args(words).env_clear().stdin(Stdio::null());
        command.env("DATABASE_URL", self.database.url()).env("GATEWAY_URL", self.gateway.url());
        command.env("GENIACS_TOKEN", &self.token).env("INTEGRATION_ID", self.integration_id.to_string());
        command.env("INGEST_URL", self.ingest.url()).env("DEMO_WEBHOOK_SECRET", &self.webhook_secret);
        command.env("SIMULATOR_URL", self.partner.admin_url().trim_end_matches("/admin"));
        command.envs(variables.iter().copied());
        let run = tokio::task::spawn_blocking(move || command.output());
        run.await.expect("the task ends").expect("the program is there; run `make test`, which builds it")
    }

    /// A call to the simulator's admin API.
    ///
    /// # Panics
    /// If it fails.
    pub async fn admin(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/{path}", self.partner.admin_url())).json(body);
        request.send().await.expect("the simulator answers").json().await.expect("JSON")
    }

    /// A question to the simulator's admin API.
    ///
    /// # Panics
    /// If it fails.
    pub async fn partner_shows(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}/{path}", self.partner.admin_url()));
        request.send().await.expect("the simulator answers").json().await.expect("JSON")
    }

    /// Changes something at the partner by its admin interface.
    ///
    /// # Panics
    /// If the simulator refuses.
    pub async fn partner_sets(&self, path: &str, body: &Value) {
        let request = self.http.put(format!("{}/{path}", self.partner.admin_url())).json(body);
        let answer = request.send().await.expect("the simulator answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// Where Geniacs sends its webhooks.
    pub fn webhook_url(&self) -> String {
        format!("{}/api/geniacs/webhook/{}", self.ingest.url(), self.integration_id)
    }

    /// Sends one signed body and returns the status of the answer.
    ///
    /// # Panics
    /// If the ingest does not answer.
    pub async fn webhook(&self, body: &Value) -> u16 {
        let body = body.to_string();
        let signature = secrets::sign_hex(self.webhook_secret.as_bytes(), &[body.as_bytes()]);
        let request = self.http.post(self.webhook_url()).header("content-type", "application/json");
        let answer = request.header("x-geniacs-signature", signature).body(body).send().await;
        answer.expect("the ingest answers").status().as_u16()
    }

    /// Waits until no stored event waits any more.
    ///
    /// # Panics
    /// If that takes too long.
    pub async fn events_ended(&self) {
        eventually("every event has ended", LIMIT, async || {
            let open = "SELECT count(*) FROM geniacs_webhook_events WHERE state IN ('received', 'failed')";
            (self.database.ask(open).await == "0").then_some(())
        })
        .await;
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let processes = [&mut self.gateway, &mut self.ingest, &mut self.scheduler];
        processes.into_iter().chain(&mut self.workers).for_each(Process::kill);
        let options = broker::BrokerOptions::new(
            self.settings.get("GENIACS_BROKER__URL").cloned().unwrap_or_default(),
            self.settings.get("GENIACS_BROKER__PREFIX").cloned().unwrap_or_default(),
        );

        let deleting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // A server that the test has stopped keeps its queues; they go with its data.
            runtime.map(|runtime| runtime.block_on(broker::delete_all(&options)))
        });
        let _ = deleting.join();
    }
}

/// Starts a service with the least rights in the database that it needs.
fn start(name: &'static str, settings: &BTreeMap<String, String>) -> Process {
    let role = match name {
        "api-gateway" => "geniacs_gateway",
        "webhook-ingest" => "geniacs_ingest",
        "scheduler" => "geniacs_scheduler",
        _ => "geniacs_worker",
    };
    let mut settings = settings.clone();
    settings.insert("GENIACS_DATABASE__ROLE".to_owned(), role.to_owned());
    Process::start(name, &settings)
}

fn settings(options: &StackOptions, database: &TestDatabase) -> BTreeMap<String, String> {
    let amqp = options.amqp_url.clone().or_else(|| std::env::var("AMQP_URL").ok());

    let base = [
        ("GENIACS_DATABASE__URL", database.url().to_owned()),
        ("GENIACS_BROKER__URL", amqp.expect("AMQP_URL names a RabbitMQ; run `make test`")),
        ("GENIACS_BROKER__PREFIX", format!("test-{}-", Uuid::new_v4().simple())),
        ("GENIACS_ENCRYPTION_KEYS", KeyRing::generate_entry("test")),
        ("GENIACS_OUTBOUND__ALLOW_HTTP", "true".to_owned()),
        ("GENIACS_OUTBOUND__ALLOW", "127.0.0.0/8".to_owned()),
        ("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "1".to_owned()),
        ("GENIACS_RETRY__SYNC_BACKOFF_BASE_SECONDS", "1".to_owned()),
        ("GENIACS_LIMITS__BREAKER_WAIT_SECONDS", "1".to_owned()),
        ("GENIACS_LIMITS__BREAKER_LONGEST_WAIT_SECONDS", "2".to_owned()),
    ];

    base.into_iter().chain(options.settings.clone()).map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn administrator(database: &TestDatabase) -> String {
    let mut connection = database.connection().await;
    let new =
        users::NewUser { email: "admin@example.com", name: "Admin", role: domain::Role::Admin, password_hash: "-" };
    let user = users::insert(&mut connection, new).await.expect("the user is stored");

    let token = Token::generate();
    let hash = token.hash();
    let new = tokens::NewToken {
        user_id: user.id,
        name: "test",
        token_hash: &hash,
        role: domain::Role::Admin,
        lifetime_seconds: None,
        is_session: false,
        user: tokens::Use::default(),
    };

    tokens::insert(&mut connection, &new).await.expect("the token is stored");
    token.expose().to_owned()
}
