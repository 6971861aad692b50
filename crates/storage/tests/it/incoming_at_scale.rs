//! A page against 10,000 linked rows, with a planner that knows nothing or knows wrongly.

use std::time::{Duration, Instant};

use domain::EntityType::Customers;
use storage::Connection;
use storage::records::links::{self, Applied, Confirmed};
use storage::records::{self, Candidate};

use crate::stand::{Stand, customers, number, run};

/// Far more than 100 index probes take, far less than 100 passes over the tables.
const GUARD: Duration = Duration::from_secs(1);

/// Tables whose statistics stay as they are.
async fn without_autovacuum() -> Stand {
    let stand = Stand::new().await;
    for table in ["customers", "record_links"] {
        stand.execute(&format!("ALTER TABLE {table} SET (autovacuum_enabled = off)")).await;
    }
    stand
}

async fn link_10_000(stand: &Stand) {
    stand.customers(10_000).await;
    let link = "INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id)
        SELECT 1, 'customers', id, 'g' || id FROM customers WHERE id <= 9950 ON CONFLICT DO NOTHING";
    stand.execute(link).await;
}

/// Fifty records by their links and fifty by their natural keys.
async fn match_100(connection: &mut Connection) -> Vec<Option<i64>> {
    let ids: Vec<i64> = (9_901..=10_000).collect();
    let names: Vec<(String, String)> = ids.iter().map(|id| (format!("g{id}"), format!("C{id}"))).collect();
    let page: Vec<Candidate<'_>> = names
        .iter()
        .map(|(geniacs_id, code)| Candidate { geniacs_id, external_id: None, natural_key: Some(code) })
        .collect();

    let found = records::match_incoming(connection, customers(), 1, &page).await.unwrap();
    assert_eq!(found, ids.into_iter().map(Some).collect::<Vec<_>>());
    found
}

/// Rows that the open transaction has read by passing over whole tables.
async fn passed_over(connection: &mut Connection) -> i64 {
    let sql = "SELECT coalesce(sum(seq_tup_read), 0)::bigint AS n FROM pg_stat_xact_user_tables
        WHERE relname IN ('customers', 'record_links')";
    number(connection, sql).await
}

/// Everything that a page of 100 does, within the guard.
async fn a_page_is_quick(stand: &Stand) {
    // A session of its own: its statistics hold nothing of how the rows were made.
    let mut connection = stand.database.connection().await;
    run(&mut connection, "BEGIN").await;
    let started = Instant::now();
    let ids: Vec<i64> = match_100(&mut connection).await.into_iter().flatten().collect();
    assert_eq!(passed_over(&mut connection).await, 0, "rows were matched without an index");
    assert!(started.elapsed() < GUARD, "matching took {:?}", started.elapsed());

    links::lock(&mut connection, 1, Customers, &ids).await.unwrap();
    let columns = ["name"].into_iter();
    assert_eq!(records::lock(&mut connection, customers(), columns.clone(), 1, &ids).await.unwrap().len(), 100);
    assert_eq!(records::read_named(&mut connection, customers(), columns, 1, &ids).await.unwrap().len(), 100);

    let names: Vec<String> = ids.iter().map(|id| format!("g{id}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pairs = || ids.iter().copied().zip(names.iter().copied());
    let applied: Vec<Applied<'_>> = pairs().map(|(id, name)| applied(id, name)).collect();
    links::apply(&mut connection, 1, Customers, &applied).await.unwrap();

    let confirmed: Vec<Confirmed<'_>> = pairs().map(|(id, name)| confirmed(id, name)).collect();
    assert_eq!(links::confirm(&mut connection, 1, Customers, &confirmed).await.unwrap().len(), 100);
    records::store_geniacs_ids(&mut connection, customers(), &ids, &names).await.unwrap();

    assert!(started.elapsed() < 2 * GUARD, "the page took {:?}", started.elapsed());
    // A pass over a table for the whole page may be the best way, one for each of its records is not.
    assert!(passed_over(&mut connection).await < 100_000);
    run(&mut connection, "ROLLBACK").await;
}

fn applied(local_id: i64, geniacs_id: &str) -> Applied<'_> {
    let field_versions = serde_json::json!({});
    Applied { local_id, geniacs_id, record_version: 1, field_versions, ..Applied::default() }
}

fn confirmed(local_id: i64, geniacs_id: &str) -> Confirmed<'_> {
    Confirmed {
        local_id,
        geniacs_id: Some(geniacs_id),
        content_hash: None,
        agreed: None,
        deleted: false,
        ..Confirmed::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_against_10_000_linked_rows_is_quick_before_anything_was_analysed() {
    let stand = without_autovacuum().await;
    link_10_000(&stand).await;
    a_page_is_quick(&stand).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_quick_although_the_tables_were_analysed_while_they_were_small() {
    let stand = without_autovacuum().await;
    stand.execute("INSERT INTO customers (customer_code, name) VALUES ('first', 'first')").await;
    stand.execute("INSERT INTO record_links VALUES (1, 'customers', 1, 'g1')").await;
    stand.execute("DELETE FROM customers; ALTER SEQUENCE customers_id_seq RESTART").await;
    stand.execute("ANALYZE customers, record_links").await;
    link_10_000(&stand).await;
    a_page_is_quick(&stand).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_began_with_empty_tables_does_not_keep_its_plan() {
    let stand = without_autovacuum().await;
    let mut connection = stand.connection().await;
    let nobody = [Candidate { geniacs_id: "g1", external_id: Some(1), natural_key: Some("C1") }];
    for _ in 0..10 {
        assert_eq!(records::match_incoming(&mut connection, customers(), 1, &nobody).await.unwrap(), [None]);
    }

    link_10_000(&stand).await;
    run(&mut connection, "BEGIN").await;
    match_100(&mut connection).await;
    assert_eq!(passed_over(&mut connection).await, 0, "rows were read without an index");
    run(&mut connection, "ROLLBACK").await;
}
