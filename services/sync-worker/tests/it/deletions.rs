//! `delete_missing`: what one side lacks is deleted on the other, if that is proved, and not too much.

use crate::harness::{Bench, counts, run_settings};
use domain::SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
use domain::sync::{SyncOptions, SyncRequest};
use domain::{Counts, SyncDirection, SyncType};
use serde_json::json;
use storage::runs::syncs::{RunSettings, SyncRow};

const DELETED_HERE: &str = "SELECT count(*) FROM customers WHERE deleted_at IS NOT NULL";

impl Bench {
    async fn delete_missing(&self, direction: SyncDirection, confirm_deletes: bool) -> SyncRow {
        let options = SyncOptions { delete_missing: true, confirm_deletes, ..SyncOptions::default() };
        let sync = self.trigger(&SyncRequest { options, ..self.request(SyncType::Full, direction) }).await;
        self.ended(sync).await
    }

    /// Deletes records at Geniacs without a trace in its listings.
    async fn vanish(&self, local_ids: &str) {
        self.admin("faults", json!({"hide_deleted": true})).await;
        let ids = self
            .ask(&format!("SELECT string_agg(geniacs_id, ' ') FROM record_links WHERE local_id IN ({local_ids})"))
            .await;
        for id in ids.split(' ') {
            let url = format!("{}/records/customers/{id}", self.partner.admin_url);
            assert!(self.http.delete(url).send().await.expect("an answer").status().is_success());
        }
    }
}

async fn linked(customers: i64) -> Bench {
    let bench = Bench::start().await;
    bench.customers(customers).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn what_geniacs_lacks_is_deleted_here_and_what_is_new_here_stays() {
    for direction in [FromGeniacs, Bidirectional] {
        let bench = linked(230).await;
        bench.vanish("3, 150, 229").await;
        bench
            .sql("INSERT INTO customers (name, email, phone) VALUES ('New here', 'new@example.co.id', '081277777777')")
            .await;

        let plain = bench.run(SyncType::Full, FromGeniacs).await;
        assert_eq!((counts(&plain).deleted, bench.ask(DELETED_HERE).await.as_str()), (0, "0"), "nobody asked for it");

        let sync = bench.delete_missing(direction, false).await;
        assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 3));
        assert_eq!(
            bench.ask("SELECT string_agg(id::text, ' ' ORDER BY id) FROM customers WHERE deleted_at IS NOT NULL").await,
            "3 150 229"
        );
        assert_eq!(bench.ask("SELECT count(*) FROM record_links WHERE deleted_version IS NOT NULL").await, "3");

        let again = bench.delete_missing(direction, false).await;
        assert_eq!((again.status.as_str(), counts(&again).deleted), ("success", 0));
        assert_eq!(bench.ask("SELECT count(*) FROM sync_sightings").await, "0", "what was seen is forgotten");

        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_is_suddenly_empty_deletes_nothing_and_the_guard_asks() {
    let bench = linked(30).await;
    bench.admin("faults", json!({"listings": ["empty"]})).await;
    let sync = bench.delete_missing(FromGeniacs, false).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("partial", Some("delete_guard")));
    let message = sync.error_message.expect("a message");
    assert!(message.contains("30 of 30") && message.contains("confirm_deletes"), "{message}");
    assert_eq!(bench.ask(DELETED_HERE).await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_shrinks_deletes_nothing_that_is_still_there() {
    let bench = linked(30).await;
    bench.admin("faults", json!({"listings": ["shrunk"]})).await;

    let sync = bench.delete_missing(FromGeniacs, true).await;
    assert_eq!(
        (sync.status.as_str(), counts(&sync)),
        ("success", Counts { read: 30, unchanged: 30, ..Counts::default() }),
        "each is asked for by its id before it goes"
    );
    assert_eq!(bench.ask(DELETED_HERE).await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_lets_more_go_with_a_persons_word_or_a_higher_share() {
    let bench = linked(10).await;

    bench.vanish("1, 2, 3").await;
    assert_eq!(bench.delete_missing(FromGeniacs, false).await.status, "partial");
    assert_eq!(bench.ask(DELETED_HERE).await, "0");

    let settings = RunSettings { delete_guard_percent: 30, ..run_settings() };
    let options = SyncOptions { delete_missing: true, ..SyncOptions::default() };
    let request = SyncRequest { options, ..bench.request(SyncType::Full, FromGeniacs) };
    let sync = bench.trigger_with(&request, &settings).await;
    assert_eq!(bench.ended(sync).await.status, "success");
    assert_eq!(bench.ask(DELETED_HERE).await, "3");

    bench.vanish("4, 5, 6, 7, 8, 9").await;
    let sync = bench.delete_missing(FromGeniacs, true).await;
    assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 6));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_with_a_record_that_cannot_be_read_proves_nothing_missing() {
    let bench = linked(30).await;
    bench.vanish("1").await;
    let theirs = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 2").await;
    bench.put(&format!("records/customers/{theirs}"), json!({"customer_name": "a NUL \0 cannot be stored"})).await;
    let sync = bench.delete_missing(FromGeniacs, true).await;
    assert_eq!(sync.error_type.as_deref(), Some("listing_incomplete"));
    assert_eq!(bench.ask(DELETED_HERE).await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_repeats_deletes_nothing() {
    let bench = linked(250).await;
    bench.vanish("1").await;
    bench.admin("faults", json!({"listings": ["looping_cursor"]})).await;
    let sync = bench.delete_missing(FromGeniacs, true).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("failed", Some("cursor_loop")));
    assert_eq!(bench.ask(DELETED_HERE).await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_here_is_deleted_at_geniacs_by_a_full_push_that_is_asked_to() {
    for direction in [ToGeniacs, Bidirectional] {
        let bench = linked(30).await;

        bench.sql("UPDATE customers SET deleted_at = now() WHERE id = 1").await;
        bench.sql("DELETE FROM customers WHERE id = 2").await;
        // Without a tombstone, as after a truncation.
        bench.sql("DELETE FROM customers WHERE id = 3").await;
        bench.sql("DELETE FROM record_tombstones WHERE local_id = 3").await;

        let plain = bench.run(SyncType::Full, ToGeniacs).await;
        assert_eq!(counts(&plain), Counts { read: 27, unchanged: 27, ..Counts::default() }, "nobody asked for it");
        assert_eq!(bench.show("count/customers").await["live"], 30);

        let sync = bench.delete_missing(direction, false).await;
        assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 3), "{direction}");
        assert_eq!(bench.show("count/customers").await["live"], 27);
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_push_carries_deletions_that_a_full_one_passed_over() {
    let bench = linked(30).await;
    bench.sql("UPDATE customers SET deleted_at = now() WHERE id = 1").await;
    bench.sql("DELETE FROM customers WHERE id = 2").await;
    bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(bench.show("count/customers").await["live"], 30);
    let sync = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&sync).deleted, 2, "the full push has not moved past them");
    assert_eq!(bench.show("count/customers").await["live"], 28);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_deletes_nothing_at_geniacs_above_the_guard() {
    let bench = linked(10).await;
    bench.sql("DELETE FROM customers WHERE id <= 4").await;

    let sync = bench.delete_missing(ToGeniacs, false).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("partial", Some("delete_guard")));
    assert_eq!(counts(&sync), Counts { read: 6, unchanged: 6, ..Counts::default() }, "the rest goes on");
    assert_eq!(bench.show("count/customers").await["live"], 10);

    let confirmed = bench.delete_missing(ToGeniacs, true).await;
    assert_eq!((confirmed.status.as_str(), counts(&confirmed).deleted), ("success", 4));
    assert_eq!(bench.show("count/customers").await["live"], 6);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_only_counts_what_is_missing() {
    let bench = linked(30).await;
    bench.vanish("3, 4").await;
    let options = SyncOptions { delete_missing: true, dry_run: true, ..SyncOptions::default() };
    let sync = bench.trigger(&SyncRequest { options, ..bench.request(SyncType::Full, FromGeniacs) }).await;
    let sync = bench.ended(sync).await;
    assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 2));
    assert_eq!(bench.ask(DELETED_HERE).await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_changed_while_a_full_sync_passes_it_is_never_taken_for_missing() {
    let bench = linked(250).await;
    bench.admin("faults", json!({"latency_ms": 100})).await;

    let options = SyncOptions { delete_missing: true, ..SyncOptions::default() };
    let sync = bench.trigger(&SyncRequest { options, ..bench.request(SyncType::Full, Bidirectional) }).await;
    while bench.ask(&format!("SELECT completed_at IS NULL FROM geniacs_data_sync WHERE id = {sync}")).await == "true" {
        // One by one: a statement for all three locks them in any order, and might meet the sync's in a deadlock.
        for id in [1, 120, 250] {
            bench.sql(&format!("UPDATE customers SET notes = clock_timestamp()::text WHERE id = {id}")).await;
        }
    }

    let sync = bench.ended(sync).await;
    assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 0));
    assert_eq!(bench.ask(DELETED_HERE).await, "0");
    bench.stop().await;
}
