//! Rows of the provider's that cannot be read: JSON with a field name that only the JSON library may use, a number without
//! end, or no bottom.

use crate::events::{deliver, event, map};
use crate::harness::{Bench, counts};
use domain::EntityType::Payments;
use domain::{SyncDirection, SyncType};
use serde_json::{Value, json};

const ERRORS: &str = "SELECT string_agg(record_id || ' ' || error_type, ', ') FROM sync_record_errors";

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_fails_alone_in_a_push_and_in_an_event() {
    let bench = Bench::start().await;
    let fields = [
        ("transaction_id", "transaction_id", "string", Value::Null),
        ("amount", "amount", "number", Value::Null),
        ("gateway_response", "response", "json", Value::Null),
    ];
    map(&bench, "payments", &fields).await;
    let insert = "INSERT INTO payments (id, transaction_id, amount, gateway_response) VALUES";
    bench
        .sql(&format!(
            "{insert} (1, 'TX-1', 10, '{{}}'), (2, 'TX-2', 20, '{{\"n\": 1e131071}}'), (3, 'TX-3', 30, NULL)"
        ))
        .await;

    let sync = bench.run_entity(Payments, SyncType::Full, SyncDirection::ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 2, 1));
    assert_eq!(bench.ask(ERRORS).await, "2 record_unreadable");

    let data = json!({"payment_id": "p-2", "transaction_id": "TX-2", "amount": 99});
    let other = event("other", "moon.landed", 1, &json!({}));
    deliver(&bench, &[event("of the row", "payment.created", 1, &data), other]).await;
    let states = "SELECT string_agg(event_id || ':' || outcome, ', ' ORDER BY id) FROM geniacs_webhook_events";
    assert_eq!(bench.ask(states).await, "of the row:record_unreadable, other:unknown_type");
    bench.stop().await;
}
