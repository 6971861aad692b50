//! Completed payments and their invoices.

use crate::stand::{LIMIT, Stand, run};
use storage::Connection;
use storage::records::settlements::{self, Completed, VersionKeys};
use test_support::eventually;

/// Invoice 1 of 100 with payments of 60 and 40 that have succeeded; integration 1 knows the first, 2 the second.
async fn billed() -> Stand {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stand
        .execute(
            "INSERT INTO invoices (total_amount, status) VALUES (100, 'sent');
             INSERT INTO payments (invoice_id, amount, status, paid_at)
             VALUES (1, 60, 'success', '2026-01-01 10:00Z'), (1, 40, 'success', '2026-01-01 11:00Z');
             INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id)
             VALUES (1, 'payments', 1, 'p'), (2, 'payments', 2, 'p'), (1, 'invoices', 1, 'i'), (2, 'invoices', 1, 'i')",
        )
        .await;
    stand
}

async fn settle(connection: &mut Connection, integration_id: i64, micros: i64) -> usize {
    let keys = VersionKeys {
        status: "invoice_status".to_owned(),
        paid_at: " paid_at".to_owned(),
        paid_amount: " paid_amount".to_owned(),
        paid_amount_is_mapped: false,
    };
    let completed = Completed { geniacs_id: "p", micros, event_id: 7 };
    settlements::settle(connection, integration_id, &[completed], &keys).await.unwrap().len()
}

const INVOICE: &str =
    "SELECT concat_ws(' ', status, paid_amount, paid_at AT TIME ZONE 'UTC') FROM invoices WHERE id = 1";

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_paid_by_all_that_succeeded_and_the_versions_say_so() {
    let stand = billed().await;
    let mut connection = stand.connection().await;
    stand
        .execute("UPDATE record_links SET field_versions = '{\" paid_at\": [9, 9]}' WHERE entity_type = 'invoices'")
        .await;

    assert_eq!(settle(&mut connection, 1, 5).await, 1);
    assert_eq!(stand.ask(INVOICE).await, "paid 100.00 2026-01-01 11:00:00");
    let versions = "SELECT string_agg(field_versions::text, ' ' ORDER BY integration_id) FROM record_links
        WHERE entity_type = 'invoices'";
    let noted = r#"{" paid_at": [9, 9], " paid_amount": [5, 7, "settled"], "invoice_status": [5, 7, "settled"]}"#;
    assert_eq!(stand.ask(versions).await, format!(r#"{noted} {{" paid_at": [9, 9]}}"#));

    assert_eq!(settle(&mut connection, 1, 6).await, 0, "a second time changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_back_or_failed_does_not_pay_an_invoice() {
    let stand = billed().await;
    let mut connection = stand.connection().await;
    stand.execute("UPDATE payments SET status = 'partial_refund', refund_amount = 10 WHERE id = 1").await;
    stand.execute("UPDATE payments SET status = 'failed' WHERE id = 2").await;

    assert_eq!(settle(&mut connection, 2, 5).await, 0, "a payment that failed after all");
    assert_eq!(settle(&mut connection, 1, 5).await, 1);
    assert_eq!(stand.ask(INVOICE).await, "partially_paid 50.00");

    stand.execute("UPDATE invoices SET paid_amount = 80").await;
    assert_eq!(settle(&mut connection, 1, 5).await, 0, "it is never less than before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_another_currency_is_noted_and_pays_nothing() {
    let stand = billed().await;
    let mut connection = stand.connection().await;
    stand.execute("UPDATE payments SET currency = 'USD' WHERE id = 1").await;
    assert_eq!(settle(&mut connection, 1, 5).await, 1);
    assert_eq!(stand.ask(INVOICE).await, "partially_paid 40.00", "the other payment, and nothing of this one");

    let warnings =
        "SELECT string_agg(concat_ws(' ', log_level, message, context ->> 'payment_id'), '; ') FROM geniacs_sync_logs";
    let said = stand.ask(warnings).await;
    assert!(said.starts_with("warning A completed payment in USD is not added to its invoice in IDR"), "{said}");
    assert!(said.ends_with(" 1"), "{said}");

    stand.execute("UPDATE payments SET currency = 'idr' WHERE id = 1").await;
    assert_eq!(settle(&mut connection, 1, 5).await, 1, "it is written in small letters");
    assert_eq!(stand.ask(INVOICE).await, "paid 100.00 2026-01-01 11:00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_without_a_currency_hold_rupiah() {
    let stand = billed().await;
    for table in ["payments", "invoices"] {
        stand.execute(&format!("ALTER TABLE {table} DROP COLUMN currency CASCADE")).await;
    }
    assert_eq!(settle(&mut *stand.connection().await, 1, 5).await, 1);
    assert_eq!(stand.ask(INVOICE).await, "paid 100.00 2026-01-01 11:00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_two_integrations_complete_at_once_are_both_counted() {
    let stand = billed().await;
    stand.execute("UPDATE payments SET status = 'pending'").await;
    let (mut one, mut other) = (stand.connection().await, stand.connection().await);
    run(&mut one, "BEGIN; UPDATE payments SET status = 'success' WHERE id = 1").await;
    settle(&mut one, 1, 5).await;

    let waits = tokio::spawn(async move {
        run(&mut other, "BEGIN; UPDATE payments SET status = 'success' WHERE id = 2").await;
        settle(&mut other, 2, 6).await;
        run(&mut other, "COMMIT").await;
    });
    let blocked =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("the other waits", LIMIT, async || (stand.ask(blocked).await == "1").then_some(())).await;

    run(&mut one, "COMMIT").await;
    waits.await.unwrap();
    assert_eq!(stand.ask(INVOICE).await, "paid 100.00 2026-01-01 11:00:00");
}
