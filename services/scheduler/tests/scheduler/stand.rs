//! The ground of every test: a database and a queue prefix of its own, and as many schedulers as it wants.

use std::net::SocketAddr;
use std::time::Duration;

use broker::{Broker, BrokerOptions, ConsumeOptions, Decision, Queue};
use messages::Message;
use scheduler::Scheduler;
use service::{CancellationToken, Settings};
use storage::{Pool, PooledConnection, pool};
use test_support::TestDatabase;
use test_support::proxy::Proxy;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Long, because the machine may be busy; a test that passes never waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Stand {
    pub(crate) database: TestDatabase,
    pool: Pool,
    pub(crate) broker: BrokerOptions,
    pub(crate) shutdown: CancellationToken,
}

pub(crate) fn amqp_url() -> String {
    std::env::var("AMQP_URL")
        .expect("AMQP_URL is not set: these tests need a RabbitMQ; run `make test`, which starts one")
}

/// A proxy in front of a server, and the server's address by way of it.
pub(crate) async fn behind_a_proxy(url: &str) -> (Proxy, String) {
    let begin = url.rfind('@').map_or_else(|| url.find("://").unwrap() + 3, |at| at + 1);
    let end = url[begin..].find('/').map_or(url.len(), |end| begin + end);
    let proxy = Proxy::start(&url[begin..end]).await.expect("a port is free");
    let through = format!("{}{}{}", &url[..begin], proxy.address(), &url[end..]);
    (proxy, through)
}

impl Stand {
    pub(crate) async fn new() -> Self {
        let prefix = format!("test-{}-", uuid::Uuid::now_v7().simple());
        let mut broker = BrokerOptions::new(amqp_url(), prefix);
        broker.linger = Duration::from_millis(200);
        let database = TestDatabase::create().await;
        Self { pool: database.pool(4), database, broker, shutdown: CancellationToken::new() }
    }

    /// A scheduler that allows a tick every second and calls work overdue after one.
    pub(crate) async fn scheduler(&self, more: &[(&str, &str)]) -> Scheduler {
        let own = [
            ("GENIACS_DATABASE__URL", self.database.url().to_owned()),
            ("GENIACS_BROKER__URL", amqp_url()),
            ("GENIACS_BROKER__PREFIX", self.broker.prefix.clone()),
            ("GENIACS_DATABASE__ROLE", "geniacs_scheduler".to_owned()),
            ("GENIACS_ENCRYPTION_KEYS", secrets::KeyRing::generate_entry("test")),
            ("GENIACS_SCHEDULES__MIN_INTERVAL_SECONDS", "1".to_owned()),
            ("GENIACS_RESCUE__AFTER_SECONDS", "1".to_owned()),
        ];

        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings = Settings::from_map(own.into_iter().chain(more)).expect("they are right");
        scheduler::start(settings, self.shutdown.clone()).await.expect("it starts")
    }

    pub(crate) async fn connection(&self) -> PooledConnection {
        pool::get(&self.pool).await.expect("a connection")
    }

    pub(crate) async fn execute(&self, statement: &str) {
        use diesel_async::SimpleAsyncConnection as _;
        self.connection().await.batch_execute(statement).await.expect("the statement is right");
    }

    /// The one number that a statement `SELECT … AS n` answers.
    pub(crate) async fn number(&self, statement: &str) -> i64 {
        use diesel_async::RunQueryDsl as _;
        #[derive(diesel::QueryableByName)]
        struct Number {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let query = diesel::sql_query(statement);
        query.get_result::<Number>(&mut self.connection().await).await.expect("the statement is right").n
    }

    pub(crate) async fn count(&self, rows: &str) -> i64 {
        self.number(&format!("SELECT count(*) AS n FROM {rows}")).await
    }

    /// Integration 1.
    pub(crate) async fn integration(&self) {
        self.execute(
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
             VALUES (1, 'partner', 'https://partner.example/v1', 'sealed', 'sealed')",
        )
        .await;
    }

    /// Lets the database refuse each new or changed sync of an entity, as a trigger that nobody has foreseen would.
    pub(crate) async fn refuse_syncs_of(&self, entity: &str) {
        self.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'not today'; END $$",
        )
        .await;

        let trigger = format!(
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON geniacs_data_sync FOR EACH ROW
             WHEN (NEW.entity_type = '{entity}') EXECUTE FUNCTION refuse()"
        );
        self.execute(&trigger).await;
    }

    /// Connects as a worker would. What it is given ends with the test.
    pub(crate) async fn connect(&self) -> Broker {
        let broker = Broker::start(self.broker.clone(), self.shutdown.clone()).expect("the prefix is short");
        broker.connected().await;
        broker
    }

    /// Everything that comes out of a queue.
    pub(crate) async fn collect(&self, queue: Queue) -> mpsc::UnboundedReceiver<Message> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.connect().await.consume(queue, ConsumeOptions::new("test"), move |delivery| {
            let _ = sender.send(delivery.message);
            async { Decision::Done }
        });
        receiver
    }

    /// Ends schedulers and waits for their end, which must be a good one.
    pub(crate) async fn stop(&self, schedulers: impl IntoIterator<Item = Scheduler>) {
        self.shutdown.cancel();
        for scheduler in schedulers {
            scheduler.join().await.expect("it ends well");
        }
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

/// What `/metrics` shows of a metric without labels.
pub(crate) async fn gauge(address: SocketAddr, name: &str) -> Option<f64> {
    service::install_tls_provider();
    let text = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    let shown = text.lines().find_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
    shown.map(|(_, value)| value.parse().expect("a number"))
}

/// The next message, which must come.
pub(crate) async fn next(receiver: &mut mpsc::UnboundedReceiver<Message>) -> Message {
    timeout(PATIENCE, receiver.recv()).await.expect("a message comes").expect("the consumer lives")
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    test_support::eventually(what, PATIENCE, async || holds().await.then_some(())).await;
}
