//! The ground of every test: a database and a queue prefix of its own, a service on a port of its own.

use std::sync::Arc;
use std::time::Duration;

use broker::{BrokerOptions, Queue};
use reqwest::{Client, Response};
use secrets::{KeyRing, Place, sign_hex};
use serde_json::Value;
use service::{CancellationToken, Settings};
use storage::partners::integrations::{self, NewIntegration};
use storage::{Pool, PooledConnection, pool};
use test_support::TestDatabase;
use test_support::proxy::Proxy;
use tokio::task::JoinHandle;

/// Long, because the machine may be busy; a test that passes never waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Stand {
    _database: TestDatabase,
    pool: Pool,
    pub(crate) database_proxy: Proxy,
    pub(crate) broker_proxy: Proxy,
    pub(crate) broker: BrokerOptions,
    pub(crate) client: Client,
    base: String,
    keys: Arc<KeyRing>,
    shutdown: CancellationToken,
    running: Option<JoinHandle<anyhow::Result<()>>>,
}

fn amqp_url() -> String {
    std::env::var("AMQP_URL")
        .expect("AMQP_URL is not set: these tests need a RabbitMQ; run `make test`, which starts one")
}

/// A proxy in front of a server, and the server's address by way of it.
async fn behind_a_proxy(url: &str) -> (Proxy, String) {
    let begin = url.rfind('@').map_or_else(|| url.find("://").unwrap() + 3, |at| at + 1);
    let end = url[begin..].find('/').map_or(url.len(), |end| begin + end);
    let proxy = Proxy::start(&url[begin..end]).await.expect("a port is free");
    let through = format!("{}{}{}", &url[..begin], proxy.address(), &url[end..]);
    (proxy, through)
}

impl Stand {
    pub(crate) async fn new() -> Self {
        service::install_tls_provider();
        let database = TestDatabase::create().await;
        let (database_proxy, database_url) = behind_a_proxy(database.url()).await;
        let (broker_proxy, broker_url) = behind_a_proxy(&amqp_url()).await;

        let entry = KeyRing::generate_entry("test");
        let prefix = format!("test-{}-", uuid::Uuid::now_v7().simple());
        let settings = Settings::from_map([
            ("GENIACS_DATABASE__URL", database_url),
            ("GENIACS_DATABASE__ROLE", "geniacs_ingest".to_owned()),
            ("GENIACS_BROKER__URL", broker_url),
            ("GENIACS_BROKER__PREFIX", prefix.clone()),
            ("GENIACS_ENCRYPTION_KEYS", entry.clone()),
        ]);

        let shutdown = CancellationToken::new();
        let ingest =
            webhook_ingest::start(settings.expect("they are right"), shutdown.clone()).await.expect("it starts");

        let client = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");

        Self {
            base: format!("http://{}", ingest.address),
            broker: BrokerOptions::new(amqp_url(), prefix),
            keys: Arc::new(KeyRing::parse(&entry).unwrap()),
            running: Some(tokio::spawn(ingest.join())),
            pool: database.pool(4),
            _database: database,
            database_proxy,
            broker_proxy,
            client,
            shutdown,
        }
    }

    pub(crate) async fn connection(&self) -> PooledConnection {
        pool::get(&self.pool).await.expect("a connection")
    }

    /// An active integration with this webhook secret.
    pub(crate) async fn integration(&self, secret: &str) -> i64 {
        let mut connection = self.connection().await;
        let id = integrations::next_id(&mut connection).await.unwrap();

        let new = NewIntegration {
            id,
            name: format!("partner {id}"),
            description: None,
            endpoint_url: "https://partner.example/v1".into(),
            api_version: "v1".into(),
            api_key_encrypted: "sealed".into(),
            api_secret_encrypted: "sealed".into(),
            webhook_url: None,
            webhook_secret: Some(self.seal(id, "webhook_secret", secret)),
            is_active: true,
            sync_enabled: true,
            configuration: serde_json::json!({}),
            rate_limits: serde_json::json!({}),
            timeout_seconds: 30,
            retry_attempts: 3,
        };

        integrations::insert(&mut connection, &new).await.unwrap().id
    }

    pub(crate) fn seal(&self, row: i64, column: &'static str, secret: &str) -> String {
        self.keys.seal(&Place { table: "geniacs_integrations", column, row }, secret)
    }

    pub(crate) async fn execute(&self, statement: &str) {
        use diesel_async::SimpleAsyncConnection as _;
        self.connection().await.batch_execute(statement).await.expect("the statement is right");
    }

    pub(crate) async fn count(&self, rows: &str) -> i64 {
        use diesel_async::RunQueryDsl as _;
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {rows}"));
        query.get_result::<Count>(&mut self.connection().await).await.expect("the statement is right").n
    }

    /// Sends a body signed with this secret.
    pub(crate) async fn send(&self, path: &str, secret: &str, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let signature = sign_hex(secret.as_bytes(), &[&body]);
        self.post(path, &signature, body).await
    }

    pub(crate) async fn post(&self, path: &str, signature: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.request(path).header("X-Geniacs-Signature", signature).body(body);
        request.send().await.expect("an answer comes")
    }

    pub(crate) fn request(&self, path: impl std::fmt::Display) -> reqwest::RequestBuilder {
        self.client.post(self.url(path)).header("Content-Type", "application/json")
    }

    pub(crate) fn url(&self, path: impl std::fmt::Display) -> String {
        format!("{}/api/geniacs/webhook/{path}", self.base)
    }

    pub(crate) async fn ready(&self) -> bool {
        let answer = self.client.get(format!("{}/readyz", self.base)).send().await.expect("an answer comes");
        answer.status() == 200
    }

    /// How many messages wait, asked without the proxy.
    pub(crate) async fn depth(&self, queue: Queue) -> u32 {
        broker::queue_depth(&self.broker, queue).await.expect("the queue can be asked")
    }

    /// Ends the service and waits for its end, which must be a good one.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        self.running.take().expect("it runs").await.unwrap().expect("it ends well");
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.shutdown.cancel();
        let options = self.broker.clone();
        let deleting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async { broker::delete_all(&options).await.expect("the test's queues can be deleted") });
        });
        assert!(deleting.join().is_ok() || std::thread::panicking(), "the test's queues are left behind");
    }
}

/// The body of an answer without what differs every time.
pub(crate) async fn told(response: Response) -> Value {
    let mut body: Value = response.json().await.expect("the answer is JSON");
    if let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) {
        assert!(error.remove("request_id").is_some_and(|id| !id.as_str().unwrap().is_empty()));
        assert_eq!(error.remove("details"), Some(serde_json::json!([])));
    }
    body
}

pub(crate) fn event(id: &str) -> String {
    format!(
        r#"{{"event_type":"customer.updated","event_id":"{id}","timestamp":"2026-01-01T10:00:00Z","data":{{"customer_id":"cust_1","customer_name":"Budi Santoso"}}}}"#
    )
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    test_support::eventually(what, PATIENCE, async || holds().await.then_some(())).await;
}
