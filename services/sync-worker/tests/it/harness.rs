//! A database, a queue prefix, a partner and workers for one test.

mod syncs;

use broker::BrokerOptions;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use domain::integration::ConflictPolicy;
use domain::{Counts, EntityType};
use geniacs_simulator::{Config, Running, Simulator};
use secrets::{KeyRing, Place};
use serde_json::{Value, json};
use service::Settings;
use std::time::Duration;
use storage::partners::integrations::{self, NewIntegration};
use storage::partners::mappings::{self, NewMapping};
use storage::runs::syncs::{RunSettings, SyncRow};
use storage::{Connection, Pool, PooledConnection};
use test_support::TestDatabase;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Long enough for a loaded machine; nothing waits for it to pass.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

pub(crate) struct Bench {
    /// Dropped at the end.
    _database: TestDatabase,
    pub(crate) pool: Pool,
    pub(crate) partner: Running,
    pub(crate) integration_id: i64,
    pub(crate) http: reqwest::Client,
    keys: String,
    settings: Vec<(String, String)>,
    prefix: String,
    workers: Vec<(CancellationToken, JoinHandle<anyhow::Result<()>>)>,
}

impl Bench {
    /// A bench with one worker and the default mappings of all entities.
    pub(crate) async fn start() -> Self {
        let mut bench = Self::without_worker().await;
        bench.add_worker(&[]);
        bench
    }

    pub(crate) async fn without_worker() -> Self {
        service::install_tls_provider();
        let database = TestDatabase::create().await;
        let pool = database.pool(4);
        let partner = Simulator::start(Config::default()).expect("the simulator starts");
        let prefix = format!("test-{}-", Uuid::new_v4().simple());
        let keys = KeyRing::generate_entry("test");

        let settings = [
            ("GENIACS_DATABASE__URL", database.url().to_owned()),
            ("GENIACS_BROKER__URL", std::env::var("AMQP_URL").expect("AMQP_URL names a RabbitMQ; run `make test`")),
            ("GENIACS_DATABASE__ROLE", "geniacs_worker".to_owned()),
            ("GENIACS_BROKER__PREFIX", prefix.clone()),
            ("GENIACS_ENCRYPTION_KEYS", keys.clone()),
            ("GENIACS_OUTBOUND__ALLOW_HTTP", "true".to_owned()),
            ("GENIACS_OUTBOUND__ALLOW", "127.0.0.0/8".to_owned()),
            // Events and retries are stored here without a message to the workers.
            ("GENIACS_WORK__LOOK_EVERY_MILLISECONDS", "100".to_owned()),
            ("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "1".to_owned()),
            ("GENIACS_RETRY__RECORD_BACKOFF_MILLISECONDS", "10".to_owned()),
            ("GENIACS_RETRY__SYNC_BACKOFF_BASE_SECONDS", "1".to_owned()),
            ("GENIACS_LIMITS__BREAKER_WAIT_SECONDS", "1".to_owned()),
            ("GENIACS_LIMITS__BREAKER_LONGEST_WAIT_SECONDS", "2".to_owned()),
        ];

        let integration_id = {
            let mut connection = storage::pool::get(&pool).await.expect("a connection");
            integration(&mut connection, &partner, &keys).await
        };

        Self {
            _database: database,
            pool,
            partner,
            integration_id,
            http: reqwest::Client::builder().build().expect("a client"),
            keys,
            settings: settings.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            prefix,
            workers: Vec::new(),
        }
    }

    /// The broker, with this bench's own queues.
    pub(crate) fn broker(&self) -> BrokerOptions {
        let url = std::env::var("AMQP_URL").expect("AMQP_URL names a RabbitMQ; run `make test`");
        BrokerOptions::new(url, self.prefix.clone())
    }

    /// Another worker, with settings of its own.
    pub(crate) fn add_worker(&mut self, more: &[(&str, &str)]) {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::from_map(self.settings.clone().into_iter().chain(more)).expect("good settings");
        let stop = CancellationToken::new();
        let running = sync_worker::run(settings, stop.clone());
        let worker = tokio::spawn(async move {
            let ended = running.await;
            // A worker that cannot start would only show as a test that waits in vain.
            ended.inspect_err(|error| eprintln!("the worker ended: {error:#}"))
        });
        self.workers.push((stop, worker));
    }

    /// A secret of the integration, sealed for its column.
    pub(crate) fn sealed(&self, column: &'static str, secret: &str) -> String {
        let place = Place { table: "geniacs_integrations", column, row: self.integration_id };
        KeyRing::parse(&self.keys).expect("good keys").seal(&place, secret)
    }

    /// What a test of the connection that passes does: refused credentials are taken for good again.
    pub(crate) async fn accept_credentials(&self) {
        let mut connection = self.connection().await;
        storage::partners::limits::accept_credentials(&mut connection, self.integration_id).await.expect("a row");
    }

    pub(crate) async fn connection(&self) -> PooledConnection {
        storage::pool::get(&self.pool).await.expect("a connection")
    }

    pub(crate) async fn sql(&self, statement: &str) {
        diesel::sql_query(statement).execute(&mut *self.connection().await).await.expect("the statement runs");
    }

    /// The first column of the only row, as text.
    pub(crate) async fn ask(&self, query: &str) -> String {
        let sql = format!("SELECT coalesce(({query})::text, '') AS answer");
        let row: Answer = diesel::sql_query(sql).get_result(&mut *self.connection().await).await.expect("an answer");
        row.answer
    }

    /// Valid customers, numbered from 1.
    pub(crate) async fn customers(&self, count: i64) {
        self.customers_from(1, count).await;
    }

    /// Valid customers with these numbers.
    pub(crate) async fn customers_from(&self, first: i64, last: i64) {
        self.sql(&format!(
            "INSERT INTO customers (customer_code, name, email, phone)
             SELECT 'C' || n, 'Customer ' || n, 'c' || n || '@example.co.id', '0812' || lpad(n::text, 8, '0')
             FROM generate_series({first}, {last}) n"
        ))
        .await;
    }

    pub(crate) async fn admin(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/{path}", self.partner.admin_url)).json(&body);
        let answer = request.send().await.expect("the simulator answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// Lets the partner answer so many requests and hold the answers of the others until `let_answers_go`.
    pub(crate) async fn hold_answers_after(&self, answered: u64) {
        self.admin("faults", json!({"hold_after": answered})).await;
    }

    pub(crate) async fn let_answers_go(&self) {
        self.admin("faults", json!({"hold_after": null})).await;
    }

    pub(crate) async fn show(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}/{path}", self.partner.admin_url)).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        let request = self.http.put(format!("{}/{path}", self.partner.admin_url)).json(&body);
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// The fields of a record as Geniacs has them.
    pub(crate) async fn record(&self, entity: &str, geniacs_id: &str) -> Value {
        let records = self.show(&format!("records/{entity}")).await["records"].take();
        let found = records.as_array().expect("a list").iter().find(|record| record["id"] == geniacs_id);
        found.expect("Geniacs has the record")["fields"].clone()
    }

    /// Ends the workers in good order.
    pub(crate) async fn stop_workers(&mut self) {
        for (stop, worker) in self.workers.drain(..) {
            stop.cancel();
            worker.await.expect("no panic").expect("a clean stop");
        }
    }

    /// Ends the workers in good order and removes the queues.
    pub(crate) async fn stop(mut self) {
        self.stop_workers().await;
        broker::delete_all(&self.broker()).await.expect("the queues go");
        self.partner.stop().await;
    }
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

pub(crate) fn run_settings() -> RunSettings {
    RunSettings {
        batch_size: 100,
        timeout_seconds: 10,
        max_attempts: 3,
        retry_failed: true,
        max_seconds: 3_600,
        window_seconds: None,
        default_region: "ID".to_owned(),
        default_time_zone: None,
        delete_guard_percent: domain::integration::DELETE_GUARD_PERCENT,
        clear_guard_percent: domain::integration::CLEAR_GUARD_PERCENT,
        change_guard_percent: domain::integration::CHANGE_GUARD_PERCENT,
        conflict_policy: ConflictPolicy::Newest,
        schema_strict: false,
    }
}

/// Settings under which a request outlasts whatever a test does while its answer is held.
pub(crate) fn patient_settings() -> RunSettings {
    RunSettings { timeout_seconds: 120, ..run_settings() }
}

pub(crate) fn counts(sync: &SyncRow) -> Counts {
    let counts: Counts = sync.counts.into();
    assert!(counts.adds_up(), "{counts:?}");
    counts
}

async fn integration(connection: &mut Connection, partner: &Running, keys: &str) -> i64 {
    let ring = KeyRing::parse(keys).expect("good keys");
    let id = integrations::next_id(connection).await.expect("a number");
    let config = Config::default();
    let seal = |column: &'static str, secret: &str| {
        ring.seal(&Place { table: "geniacs_integrations", column, row: id }, secret)
    };
    let new = NewIntegration {
        id,
        name: "Geniacs".to_owned(),
        description: None,
        endpoint_url: partner.base_url.clone(),
        api_version: "v1".to_owned(),
        api_key_encrypted: seal("api_key_encrypted", &config.api_key),
        api_secret_encrypted: seal("api_secret_encrypted", &config.api_secret),
        webhook_url: None,
        webhook_secret: None,
        is_active: true,
        sync_enabled: true,
        configuration: json!({}),
        rate_limits: json!({}),
        timeout_seconds: 30,
        retry_attempts: 3,
    };
    integrations::insert(connection, &new).await.expect("the integration is stored");
    for entity in EntityType::IN_ORDER {
        mappings::insert(connection, default_mappings(id, entity)).await.expect("the mappings are stored");
    }
    id
}

fn default_mappings(id: i64, entity: EntityType) -> Vec<NewMapping> {
    let mappings = mapping::default_mappings(entity).into_iter();
    mappings.map(|mapping| NewMapping::new(id, entity, mapping, true)).collect()
}
