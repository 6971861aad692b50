//! A partner's answers.

use crate::json::holds_nul;
use domain::{EntityType, json};
use geniacs::fuzzing;
use serde_json::Value;

pub(crate) const PAGES: &[&str] = &[
    r#"{"data": [{"customer_id": "c1", "customer_name": "Budi", "external_id": "17", "updated_at": "2026-01-01T00:00:00Z", "deleted": false},
        {"customer_id": 17, "external_id": null, "updated_at": 1767225600}, 7, {"x": [[[]]]}], "next_cursor": "abc"}"#,
    r#"{"data": [], "next_cursor": null}"#,
    r#"{"success": false, "error": {"type": "x", "message": "y"}}"#,
];
pub(crate) const PUSHES: &[&str] = &[
    r#"{"success": true, "synced_records": 2, "failed_records": 1, "results": [{"index": 0, "id": "c1", "status": "created"},
        {"index": 2, "status": "failed", "error": {"type": "validation_error", "message": "m"}}, {"index": 1, "id": 5, "status": "updated"}]}"#,
    r#"{"success": true, "synced_records": 3, "failed_records": 0}"#,
];
pub(crate) const HEALTHS: &[&str] = &[
    r#"{"version": "v1.2.3", "rate_limits": {"remaining_requests": 95, "reset_time": "2026-01-01T11:00:00Z"}, "endpoints": ["/customers"]}"#,
    r#"{"version": 1, "rate_limits": {"reset_time": 1767225600000}, "endpoints": "x"}"#,
];

/// How many records the request had whose answer is read.
const SENT: usize = 3;

/// A page holds records that can be stored and have an id; it never holds more than there are in the text.
pub(crate) fn page(bytes: &[u8]) {
    for entity in [EntityType::Customers, EntityType::MonitoringData] {
        let Ok(page) = fuzzing::page(entity, bytes) else { continue };
        assert!(page.next_cursor.is_none_or(|cursor| !cursor.is_empty()));
        for record in page.records {
            assert!(!record.geniacs_id.is_empty());
            let stored = Value::Object(record.fields);
            assert!(!holds_nul(&stored) && json::check(stored.to_string().as_bytes()).is_ok());
        }
    }
}

/// Every record of a request has one result, whatever the answer names.
pub(crate) fn push(bytes: &[u8]) {
    if let Ok(answer) = fuzzing::push_answer(bytes, SENT) {
        assert_eq!(answer.results.len(), SENT);
    }
}

/// Nothing that a partner says of itself is longer than what is shown.
pub(crate) fn health(bytes: &[u8]) {
    if let Ok(health) = fuzzing::health(bytes) {
        assert!(health.endpoints.len() <= 100);
        assert!(health.endpoints.iter().chain(&health.version).all(|text| text.chars().count() <= 256));
    }
}
