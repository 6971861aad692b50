//! Completed payments and their invoices.

use crate::events::{OUTCOMES, at, deliver, ended, event, map};
use crate::harness::Bench;
use crate::odd_partner::{Reply, replace_partner};
use domain::{EntityType, SyncDirection, SyncType};
use serde_json::{Value, json};

/// Invoice 1 of 100 with the payments p1 of 60 and p2 of 40, all known at Geniacs.
async fn billed() -> Bench {
    let bench = Bench::start().await;
    let number = |local, geniacs| (local, geniacs, "number", Value::Null);
    let status = |geniacs| ("status", geniacs, "string", Value::Null);

    map(&bench, "payments", &[number("amount", "payment_amount"), status("payment_status")]).await;
    bench.sql("UPDATE geniacs_field_mappings SET is_required = true WHERE entity_type = 'payments'").await;
    map(&bench, "invoices", &[number("paid_amount", "invoice_paid"), status("invoice_status")]).await;

    bench.sql("INSERT INTO invoices (total_amount, status) VALUES (100, 'sent')").await;
    bench.sql("INSERT INTO payments (invoice_id, amount) VALUES (1, 60), (1, 40)").await;
    let links = "INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES";
    bench.sql(&format!("{links} (1, 'payments', 1, 'p1'), (1, 'payments', 2, 'p2'), (1, 'invoices', 1, 'i1')")).await;
    bench
}

fn completed(id: &str, second: u32, payment: &str) -> Value {
    event(id, "payment.completed", second, &json!({"payment_id": payment}))
}

async fn invoice(bench: &Bench) -> String {
    bench.ask("SELECT concat_ws(' ', status, paid_amount, extract(epoch FROM paid_at)::int % 60) FROM invoices").await
}

async fn payments(bench: &Bench) -> String {
    let rows = "SELECT string_agg(concat_ws(' ', status, extract(epoch FROM paid_at)::int % 60), ', ' ORDER BY id) FROM payments";
    bench.ask(rows).await
}

#[tokio::test(flavor = "multi_thread")]
async fn completed_payments_pay_their_invoice_at_the_events_own_time_in_any_order() {
    let bench = billed().await;
    deliver(&bench, &[completed("e1", 5, "p1")]).await;
    assert_eq!(
        (payments(&bench).await, invoice(&bench).await),
        ("success 5, pending".into(), "partially_paid 60.00".into())
    );

    deliver(&bench, &[completed("e2", 3, "p2")]).await;
    assert_eq!(
        (payments(&bench).await, invoice(&bench).await),
        ("success 5, success 3".into(), "paid 100.00 5".into())
    );
    assert_eq!(bench.ask("SELECT gateway_response ->> 'payment_id' FROM payments WHERE id = 2").await, "p2");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_completions_settles_together_and_a_replay_changes_nothing() {
    let bench = billed().await;
    deliver(&bench, &[completed("e1", 5, "p1"), completed("e2", 6, "p2"), completed("e3", 7, "p2")]).await;
    assert_eq!(invoice(&bench).await, "paid 100.00 7");
    let before = bench.ask("SELECT xmin FROM invoices").await;
    bench.sql("UPDATE geniacs_webhook_events SET state = 'received', processed = false, outcome = NULL").await;
    deliver(&bench, &[]).await;
    assert_eq!((invoice(&bench).await, bench.ask("SELECT xmin FROM invoices").await), ("paid 100.00 7".into(), before));
    assert_eq!(payments(&bench).await, "success 5, success 7");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refunded_payment_has_the_moment_of_its_payment_in_whatever_order_both_are_told() {
    let refunded = event("r", "payment.updated", 9, &json!({"payment_id": "p1", "payment_status": "refunded"}));
    for events in [[completed("c", 5, "p1"), refunded.clone()], [refunded, completed("c", 5, "p1")]] {
        let bench = billed().await;
        for event in &events {
            deliver(&bench, std::slice::from_ref(event)).await;
        }
        assert_eq!(payments(&bench).await, "refunded 5, pending");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_a_listing_showed_leaves_the_moment_of_the_payment_to_a_late_event() {
    let bench = billed().await;
    let listed = at(9).timestamp_micros();
    bench.sql("UPDATE payments SET status = 'refunded' WHERE id = 1").await;
    bench.sql(&format!("UPDATE record_links SET record_version = {listed} WHERE geniacs_id = 'p1'")).await;

    deliver(&bench, &[completed("c", 5, "p1")]).await;
    assert_eq!(payments(&bench).await, "refunded 5, pending");

    // Another one tells nothing new.
    deliver(&bench, &[completed("d", 6, "p1")]).await;
    assert_eq!(payments(&bench).await, "refunded 5, pending");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_or_refunded_invoice_stays_although_its_payment_is_completed() {
    let bench = billed().await;
    for (n, status) in ["cancelled", "refunded"].into_iter().enumerate() {
        bench.sql(&format!("UPDATE invoices SET status = '{status}'")).await;
        deliver(&bench, &[completed(&format!("e{n}"), 5, &format!("p{}", n + 1))]).await;
        assert_eq!(invoice(&bench).await, format!("{status} 0.00"));
    }
    assert_eq!(payments(&bench).await, "success 5, success 5");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_word_about_the_invoice_does_not_undo_its_payment_and_a_newer_balance_does() {
    let bench = billed().await;
    let told = |id, second, status: &str, paid: u32| {
        let data = json!({"invoice_id": "i1", "invoice_status": status, "invoice_paid": paid});
        event(id, "invoice.updated", second, &data)
    };

    bench.sql("UPDATE payments SET amount = 100 WHERE id = 1").await;
    deliver(&bench, &[completed("e1", 5, "p1"), told("e2", 4, "sent", 0)]).await;
    assert_eq!(invoice(&bench).await, "paid 100.00 5", "an older word");

    deliver(&bench, &[event("e3", "invoice.updated", 6, &json!({"invoice_id": "i1", "invoice_status": "sent"}))]).await;
    assert_eq!(invoice(&bench).await, "paid 100.00 5", "nothing is owed");

    deliver(&bench, &[told("e4", 7, "partially_paid", 70)]).await;
    assert_eq!(invoice(&bench).await, "partially_paid 70.00 5", "some of it went back");

    deliver(&bench, &[completed("e5", 5, "p1")]).await;
    assert_eq!(invoice(&bench).await, "partially_paid 70.00 5", "that was known when the balance was told");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_payment_is_made_where_the_event_says_enough_and_waits_where_not() {
    let bench = billed().await;
    let whole = event("e1", "payment.completed", 5, &json!({"payment_id": "p8", "payment_amount": 25.5}));
    deliver(&bench, &[whole, completed("e2", 6, "p9")]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:created e2:processed:unknown_record");

    let made =
        "SELECT string_agg(concat_ws(' ', amount, status, extract(epoch FROM paid_at)::int % 60), ', ' ORDER BY id)
        FROM payments WHERE id > 2";
    assert_eq!(bench.ask(made).await, "25.50 success 5");

    let data = json!({"payment_id": "p9", "payment_amount": 9, "payment_status": "pending"});
    deliver(&bench, &[event("e3", "payment.created", 2, &data)]).await;
    assert_eq!(bench.ask(made).await, "25.50 success 5, 9.00 success 6");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_may_fail_shortly_after_settling_and_nothing_else_undoes_it() {
    let bench = billed().await;
    let told = |id: &str, timestamp: &str, status: &str, payment: &str| {
        let data = json!({"payment_id": payment, "payment_status": status});
        json!({"event_id": id, "event_type": "payment.updated", "timestamp": timestamp, "data": data})
    };

    deliver(&bench, &[completed("e1", 5, "p1"), completed("e2", 5, "p2")]).await;
    deliver(
        &bench,
        &[told("e3", "2026-01-01T10:00:09Z", "pending", "p1"), told("e4", "2026-01-02T10:00:04Z", "failed", "p1")],
    )
    .await;
    deliver(&bench, &[told("e5", "2026-01-02T10:00:06Z", "failed", "p2"), completed("e6", 5, "p1")]).await;

    assert_eq!(payments(&bench).await, "failed 5, success 5");
    assert_eq!(
        bench.ask(OUTCOMES).await,
        "e1:processed:updated e2:processed:updated e3:superseded:superseded e4:processed:updated e5:superseded:superseded \
         e6:processed:unchanged"
    );
    assert_eq!(bench.ask("SELECT max(paid_at) FROM payments").await, at(5).format("%F %T+00").to_string());
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_counts_although_a_listing_that_tells_no_status_shows_the_same_second() {
    let bench = Bench::start().await;
    map(&bench, "payments", &[("amount", "payment_amount", "number", Value::Null)]).await;
    bench.sql("UPDATE geniacs_field_mappings SET is_required = true WHERE entity_type = 'payments'").await;
    let now = chrono::Utc::now();
    let listed = json!({"payment_id": "p1", "payment_amount": 60, "external_id": null, "updated_at": now});
    replace_partner(&bench, move |_| Reply::page(std::slice::from_ref(&listed))).await;

    let mut told = completed("e1", 1, "p1");
    told["timestamp"] = json!(now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    deliver(&bench, &[told]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:unknown_record");
    bench.run_entity(EntityType::Payments, SyncType::Full, SyncDirection::FromGeniacs).await;
    ended(&bench).await;
    assert_eq!(bench.ask("SELECT status || ' ' || (paid_at IS NOT NULL) FROM payments").await, "success true");
    bench.stop().await;
}
