use crate::stand::{client, run};
use geniacs_simulator::{Config, Simulator};
use secrets::{KeyRing, Place};
use test_support::TestDatabase;

/// The broker of the tests, under a prefix that is deleted at the end.
struct Broker {
    url: String,
    prefix: String,
}

impl Broker {
    fn new() -> Self {
        let url = std::env::var("AMQP_URL").expect("AMQP_URL names a RabbitMQ; run `make test`");
        Self { url, prefix: format!("test-{}-", uuid::Uuid::new_v4().simple()) }
    }

    async fn forget(&self) {
        let options = broker::BrokerOptions::new(self.url.clone(), self.prefix.clone());
        broker::delete_all(&options).await.unwrap();
    }
}

/// An integration whose credentials are sealed under `ring`.
async fn integrate(database: &TestDatabase, ring: &str, endpoint: &str) {
    let keys = KeyRing::parse(ring).unwrap();
    let seal = |column, secret: &str| keys.seal(&Place { table: "geniacs_integrations", column, row: 1 }, secret);
    let (key, secret) = (seal("api_key_encrypted", "simulator-key"), seal("api_secret_encrypted", "simulator-secret"));
    let sql = "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
        VALUES (1, 'Demo', $1, $2, $3)";
    client(database).await.execute(sql, &[&endpoint, &key, &secret]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_system_has_a_tick_on_every_line() {
    let (database, broker) = (TestDatabase::create().await, Broker::new());
    let simulator = Simulator::start(Config::default()).unwrap();
    let ring = KeyRing::generate_entry("k1");
    integrate(&database, &ring, &simulator.base_url).await;
    let environment = [
        ("DATABASE_URL", database.url().to_owned()),
        ("AMQP_URL", broker.url.clone()),
        ("GENIACS_BROKER__PREFIX", broker.prefix.clone()),
        ("GENIACS_ENCRYPTION_KEYS", ring),
        ("GENIACS_OUTBOUND__ALLOW_HTTP", "true".to_owned()),
        ("GENIACS_OUTBOUND__ALLOW", "127.0.0.0/8".to_owned()),
        ("GENIACS_TOKEN", "gnx_x".to_owned()),
        ("GENIACS_BATCHSIZE", "7".to_owned()),
    ];
    let look = move || run(&["doctor"], &environment.each_ref().map(|(name, value)| (*name, value.as_str())));
    let ran = tokio::task::spawn_blocking(look).await.unwrap();
    broker.forget().await;
    let ran = ran.succeeded();
    assert!(ran.stdout.lines().all(|line| line.starts_with('✓')), "{}", ran.stdout);
    for part in ["settings", "database", "broker", "keys", "partner", "GENIACS_BATCHSIZE"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("GENIACS_TOKEN"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_problem_is_named_with_its_remedy() {
    let database = TestDatabase::create().await;
    integrate(&database, &KeyRing::generate_entry("old"), "http://127.0.0.1:1/v1").await;
    let environment = [
        ("DATABASE_URL", database.url()),
        ("AMQP_URL", "amqp://guest:hunter2@127.0.0.1:1/%2f"),
        ("GENIACS_ENCRYPTION_KEYS", &KeyRing::generate_entry("new")),
    ];
    let ran = run(&["doctor"], &environment);
    assert_eq!(ran.code, 1);
    for finding in [
        "✓ database: PostgreSQL",
        "✗ broker: cannot reach RabbitMQ at 127.0.0.1:1",
        "✗ keys: the value in geniacs_integrations.api_key_encrypted of row 1 is sealed with key `old`",
        "✗ partner: integration 1 (Demo): the value in geniacs_integrations.api_key_encrypted",
    ] {
        assert!(ran.stdout.contains(finding), "{finding}\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("hunter2") && ran.stderr.is_empty(), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn without_settings_each_part_names_the_missing_one() {
    let ran = run(&["doctor"], &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("✗ database: setting `database.url` is missing"), "{}", ran.stdout);
    assert!(ran.stdout.contains("✗ broker: setting `broker.url` is missing"), "{}", ran.stdout);
}
