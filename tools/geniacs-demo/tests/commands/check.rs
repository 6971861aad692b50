//! `geniacs-demo check` against a simulator that holds what a push would have left there.

use crate::stand::{client, run};
use geniacs_simulator::{Config, Running, Simulator};
use serde_json::{Value, json};
use test_support::TestDatabase;
use tokio_postgres::Client;

/// One customer on both sides, one that fails validation, one deleted before it was ever pushed; one subscription on both
/// sides, one whose customer is the one that fails.
const ROWS: &str = "
    INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
        VALUES (1, 'Demo', 'http://localhost/v1', 'x', 'x');
    INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type, is_required,
            transformation_rules, validation_rules)
        VALUES (1, 'customers', 'name', 'customer_name', 'string', true, '{\"trim\": true}', null),
               (1, 'customers', 'email', 'customer_email', 'string', true, null, '{\"email\": true}'),
               (1, 'customers', 'balance', 'customer_balance', 'number', false, null, null),
               (1, 'subscriptions', 'username', 'subscription_username', 'string', true, null, null),
               (1, 'subscriptions', 'customer_id', 'customer_id', 'string', true, '{\"reference\": \"customers\"}', null);
    INSERT INTO customers (id, name, email, balance, geniacs_customer_id)
        VALUES (1, ' Siti ', 'siti@example.com', 10.50, 'cust_1');
    INSERT INTO customers (id, name, email) VALUES (2, 'Budi', 'budi');
    INSERT INTO customers (id, name, email, deleted_at) VALUES (3, 'Dewi', 'dewi@example.com', now());
    INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES (1, 'customers', 1, 'cust_1');
    INSERT INTO customer_subscriptions (id, customer_id, username, geniacs_subscription_id)
        VALUES (1, 1, 'siti@net', 'sub_1'), (2, 2, 'budi@net', NULL);
    INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES (1, 'subscriptions', 1, 'sub_1');
    INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, data)
        VALUES (1, 1, 'full', 'customers', 'to_geniacs', '{}'), (2, 1, 'full', 'subscriptions', 'to_geniacs', '{}');
    INSERT INTO sync_chunks (id, sync_id, integration_id, kind) VALUES (1, 1, 1, 'push'), (2, 2, 1, 'push');
    INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
        VALUES (1, 1, 2, 'validation_error', 'email: is not an e-mail address'),
               (2, 2, 2, 'unresolved_reference', 'customer_id: customers 2 is not at Geniacs yet');";

struct Stand {
    database: TestDatabase,
    client: Client,
    simulator: Running,
    http: reqwest::Client,
}

impl Stand {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        database.execute(ROWS).await;

        let simulator = Simulator::start(Config { check_signatures: false, ..Config::default() }).unwrap();
        let http = geniacs::http_client(&geniacs::HttpOptions::default()).unwrap();
        let stand = Self { client: client(&database).await, database, simulator, http };

        let siti = json!({"external_id": "1", "customer_name": "Siti", "customer_email": "siti@example.com",
            "customer_balance": 10.5});
        stand.push("customers", siti).await;

        let subscription = json!({"external_id": "1", "subscription_username": "siti@net", "customer_id": "cust_1"});
        stand.push("subscriptions", subscription).await;

        stand
    }

    async fn push(&self, entity: &str, record: Value) {
        let url = format!("{}/{entity}/sync", self.simulator.base_url);
        let body = json!({"data": [record], "options": {}, "sync_id": 1});
        let answer = self.http.post(url).bearer_auth("simulator-key").json(&body).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    async fn check(&self) -> crate::stand::Ran {
        let url = self.simulator.admin_url.trim_end_matches("/admin").to_owned();
        let environment = [("DATABASE_URL", self.database.url().to_owned()), ("SIMULATOR_URL", url)];
        let check = move || {
            let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
            run(&["check"], &environment)
        };
        tokio::task::spawn_blocking(check).await.unwrap()
    }

    /// Checks after a change, which must be noticed, and named by ids and fields.
    async fn notices(&self, change: &str, named: &str) {
        self.client.batch_execute(&format!("BEGIN; {change}; COMMIT")).await.unwrap();
        let found = self.check().await;
        assert!(found.sentence().contains("differ in 1 places"), "{}{}", found.stdout, found.stderr);
        assert!(found.stdout.contains(&format!("✗ {named}")), "{named}: {}", found.stdout);
        assert!(!found.stdout.contains("Siti") && !found.stdout.contains("siti@"), "{}", found.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sides_that_agree_pass() {
    let found = Stand::new().await.check().await.succeeded();
    let counts: Vec<Vec<&str>> = found.stdout.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let [customers, subscriptions] = &counts[..] else { panic!("{}", found.stdout) };
    assert_eq!(customers[..], ["customers", "1", "0", "1", "0", "1", "0", "0", "0", "0"]);
    assert_eq!(subscriptions[..], ["subscriptions", "1", "1", "0", "1", "0", "0", "0", "0", "0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_that_leads_elsewhere_is_noticed() {
    let stand = Stand::new().await;
    let change = "INSERT INTO customers (id, name, email, geniacs_customer_id) VALUES (5, 'Siti', 's@example.com', 'cust_2');
        INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES (1, 'customers', 5, 'cust_2');
        UPDATE customer_subscriptions SET customer_id = 5 WHERE id = 1";

    stand
        .push(
            "customers",
            json!({"external_id": "5", "customer_name": "Siti", "customer_email": "s@example.com",
        "customer_balance": 0}),
        )
        .await;

    stand.notices(change, "subscriptions: Geniacs sub_1, row 1: customer_id differs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_value_is_noticed() {
    let stand = Stand::new().await;
    stand
        .notices(
            "UPDATE customers SET balance = 10.51 WHERE id = 1",
            "customers: Geniacs cust_1, row 1: customer_balance differs",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_never_sent_is_noticed() {
    let stand = Stand::new().await;
    let change = "INSERT INTO customers (id, name, email) VALUES (9, 'Siti', 'siti@example.org')";
    stand.notices(change, "customers: row 9 was never taken by Geniacs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_row_that_no_sync_names_is_noticed() {
    let stand = Stand::new().await;
    stand
        .notices(
            "DELETE FROM sync_record_errors WHERE sync_id = 1",
            "customers: row 2: email cannot be mapped, and no sync names the row",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_never_arrived_here_is_noticed() {
    let stand = Stand::new().await;
    stand.push("customers", json!({"external_id": "77", "customer_name": "Siti"})).await;
    stand.notices("SELECT 1", "customers: Geniacs cust_2 (external_id 77) is linked to nothing here").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_geniacs_lost_is_noticed() {
    let stand = Stand::new().await;
    let change = "UPDATE record_links SET geniacs_id = 'cust_99' WHERE entity_type = 'customers';
        UPDATE geniacs_field_mappings SET is_active = false WHERE entity_type = 'subscriptions';
        UPDATE customers SET deleted_at = now() WHERE id = 1;
        INSERT INTO customers (id, name, email) VALUES (4, 'Siti', 's@example.com');
        INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES (1, 'customers', 4, 'cust_98')";

    stand.client.batch_execute(change).await.unwrap();
    let found = stand.check().await;
    assert!(found.sentence().contains("differ in 2 places"), "{}", found.stdout);
    assert!(
        found.stdout.contains("customers: row 4 is linked to cust_98, which Geniacs does not have"),
        "{}",
        found.stdout
    );
}
