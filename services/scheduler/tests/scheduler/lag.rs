//! Transactions that stay open, anywhere on the database server.

use diesel_async::SimpleAsyncConnection as _;
use test_support::TestDatabase;

use crate::stand::{Stand, eventually, gauge};

const SHOWN: &str = "local_changes_lag_seconds";
const STARTED: &str = "geniacs_data_sync WHERE sync_type = 'real_time'";

#[tokio::test(flavor = "multi_thread")]
async fn a_long_transaction_anywhere_on_the_server_is_shown_as_lag_and_nothing_is_missed() {
    let stand = Stand::new().await;
    stand.integration().await;

    stand
        .execute(
            "UPDATE geniacs_integrations SET configuration = '{\"auto_sync\": false, \"real_time\": [\"customers\"]}';
             INSERT INTO geniacs_field_mappings (integration_id, entity_type, local_field, geniacs_field, field_type)
             VALUES (1, 'customers', 'name', 'name', 'string')",
        )
        .await;

    let other_database = TestDatabase::create_empty().await;
    let mut long = other_database.connection().await;
    long.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    stand.execute("INSERT INTO customers (name) VALUES ('Siti')").await;

    let scheduler = stand.scheduler(&[("GENIACS_SCHEDULER__PROBE_MILLISECONDS", "20")]).await;
    eventually("it is shown", async || gauge(scheduler.address, SHOWN).await.is_some_and(|lag| lag >= 1.0)).await;
    assert_eq!(stand.count(STARTED).await, 0, "its change is younger than what is still open");

    long.batch_execute("COMMIT").await.unwrap();
    eventually("the change is pushed", async || stand.count(STARTED).await == 1).await;
    eventually("it is over", async || gauge(scheduler.address, SHOWN).await.is_some_and(|lag| lag < 1.0)).await;
    stand.stop([scheduler]).await;
}
