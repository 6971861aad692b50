//! A partner whose address leads inside.

use crate::harness::Bench;
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::SyncType;

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_with_an_address_that_is_not_allowed_fails_with_its_cause_and_calls_nobody() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_OUTBOUND__ALLOW", "")]);
    bench.sql("INSERT INTO customers (name, email) VALUES ('Siti', 'siti@example.co.id')").await;

    for direction in [ToGeniacs, FromGeniacs] {
        let sync = bench.run(SyncType::Full, direction).await;
        assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("failed", Some("address_refused")));
        let sentence = sync.error_message.unwrap_or_default();
        assert!(sentence.contains("127.0.0.1") && sentence.contains("GENIACS_OUTBOUND__ALLOW"), "{sentence}");
    }

    assert_eq!(bench.show("stats").await["requests"], 0);
    bench.stop().await;
}
