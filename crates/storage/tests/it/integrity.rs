//! Rows that belong to an integration, checked by statement and not by row.

use diesel_async::SimpleAsyncConnection as _;
use storage::sqlstate::is_data_error;
use test_support::eventually;

use crate::stand::{LIMIT, Stand};

/// Ways to give each table a row of each integration in a set.
const INSERTS: [(&str, &str); 3] = [
    ("record_links", "(integration_id, entity_type, local_id) SELECT id, 'customers', 1"),
    (
        "record_history",
        "(integration_id, entity_type, direction, action, cause) SELECT id, 'customers', 'to_geniacs', 'created', 'sync'",
    ),
    (
        "geniacs_webhook_events",
        "(integration_id, event_type, dedupe_key, payload) SELECT id, 'customer.updated', 'a', '{}'",
    ),
];

fn insert(table: &str, columns: &str, integrations: &str) -> String {
    format!("INSERT INTO {table} {columns} FROM unnest('{{{integrations}}}'::bigint[]) id")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_an_integration_that_is_not_there_is_refused_with_its_whole_statement() {
    let stand = Stand::new().await;
    for (table, columns) in INSERTS {
        let error = stand.connection().await.batch_execute(&insert(table, columns, "1, 7")).await.unwrap_err();
        assert!(error.to_string().contains("no integration 7"), "{table}: {error}");
        assert!(is_data_error(&error), "{table}");
        assert_eq!(stand.ask(&format!("SELECT count(*) FROM {table}")).await, "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_with_their_integration_and_those_of_others_stay() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    for (table, columns) in INSERTS {
        stand.execute(&insert(table, columns, "1, 2")).await;
    }

    stand.execute("DELETE FROM geniacs_integrations WHERE id = 1").await;
    for (table, _) in INSERTS {
        assert_eq!(
            stand.ask(&format!("SELECT string_agg(integration_id::text, ' ') FROM {table}")).await,
            "2",
            "{table}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_goes_meanwhile_takes_the_row_along() {
    let stand = Stand::new().await;
    let (table, columns) = INSERTS[0];
    let mut writer = stand.connection().await;
    writer.batch_execute(&format!("BEGIN; {}", insert(table, columns, "1"))).await.unwrap();

    let goes = async { stand.execute("DELETE FROM geniacs_integrations WHERE id = 1").await };
    let commits = async {
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("the deletion waits for the writer", LIMIT, async || (stand.ask(waits).await == "1").then_some(()))
            .await;
        writer.batch_execute("COMMIT").await.unwrap();
    };

    tokio::join!(goes, commits);
    assert_eq!(stand.ask("SELECT count(*) FROM record_links").await, "0");
}
