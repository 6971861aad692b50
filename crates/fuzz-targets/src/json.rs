//! JSON from outside: what the guard lets through, and webhooks.

use chrono::DateTime;
use domain::json;
use serde_json::Value;
use storage::webhooks::Arrival;
use storage::webhooks::arrivals::Envelope;

pub(crate) const SEEDS: &[&str] = &[
    r#"{"a": [1, 2.50, -1e3, 1E+2, 0.0e-5], "b": {"c": "\u00e9\ud83d\ude00\\\"", "d": null}, "e": [true, false, []]}"#,
    r#"[{"$serde_json::private::Number": "1"}, {"\u0024x": 1}, "a\"b", {}, [[[]]]]"#,
    "{\"a\":1,\"a\":2}",
    " [ 1 , \"x\" , { \"k\" : [ ] } ] ",
];

pub(crate) const WEBHOOKS: &[&str] = &[
    r#"{"event_type":"customer.updated","event_id":"evt_1","timestamp":"2026-01-01T10:00:00Z","data":{"customer_id":"c1","changes":{"email":{"old":"a@b.id","new":null}}}}"#,
    r#"{"event_type":"payment.completed","event_id":17,"data":{"payment_id":"p1","amount":150000.50}}"#,
];

/// What the guard lets through is as deep and as long as it says when it is stored, and its parts are found in the text.
pub(crate) fn guard(bytes: &[u8]) {
    if json::check(bytes).is_err() {
        return;
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    assert!(depth(&value) <= json::MAX_DEPTH, "the guard let through what is too deep");
    assert!(json::check(value.to_string().as_bytes()).is_ok(), "what was taken once is taken again");

    match &value {
        Value::Object(fields) => {
            for name in fields.keys() {
                let part = json::member(bytes, name);
                let is_read = part.is_some_and(|part| serde_json::from_slice::<Value>(part).is_ok());
                assert!(is_read, "a member is not found");
            }
        }
        Value::Array(items) => {
            let parts: Vec<_> = json::items(bytes).map(serde_json::from_slice::<Value>).collect();
            assert_eq!(parts.len(), items.len(), "an item is not found");
            assert!(parts.into_iter().zip(items).all(|(part, item)| part.is_ok_and(|part| part == *item)));
        }
        _ => {}
    }
}

/// An event that is taken can be stored and read back.
pub(crate) fn webhook(bytes: &[u8]) {
    let envelope = Envelope { integration_id: 1, signature: "", received_at: DateTime::UNIX_EPOCH, traceparent: None };
    let Ok(arrival) = Arrival::read(envelope, bytes) else { return };
    assert!(!holds_nul(&arrival.payload), "PostgreSQL stores no NUL");
    let stored = arrival.payload.to_string();
    assert!(json::from_str::<Value>(&stored).is_ok_and(|read| read == arrival.payload));
}

/// Whether a text in it holds NUL.
pub(crate) fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
