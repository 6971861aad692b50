//! Bodies as values: what is not JSON becomes a sample of its shape.

use geniacs::Exchange;
use serde_json::{Map, Value, json};

/// A longer body is not read for a log.
const LONGEST: usize = 4 * 1024 * 1024;
/// So much of what is not JSON is looked at.
const SAMPLE: usize = 400;

/// What was sent: the body, or else the parameters of the address.
pub(super) fn request(exchange: &Exchange) -> Option<Value> {
    if !exchange.request.is_empty() {
        return response(&exchange.request);
    }
    let query: Map<String, Value> =
        exchange.query.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    (!query.is_empty()).then_some(Value::Object(query))
}

/// What was received.
pub(super) fn response(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    if bytes.len() > LONGEST {
        return Some(json!({"bytes": bytes.len()}));
    }
    Some(serde_json::from_slice(bytes).unwrap_or_else(|_| json!({"bytes": bytes.len(), "shape": shape(bytes)})))
}

/// How many records a body holds.
pub(super) fn records(body: Option<&Value>) -> Option<usize> {
    let body = body?.as_object()?;
    ["data", "results"].iter().find_map(|key| body.get(*key)?.as_array()).map(Vec::len)
}

/// The beginning of a body, every letter replaced by x and every digit by 0; at most 512 bytes as JSON.
fn shape(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(SAMPLE)]);
    let redacted = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_alphabetic() => 'x',
        // What JSON would escape would take more room.
        '"' | '\\' => '\'',
        c if c.is_ascii_punctuation() || c == ' ' => c,
        _ => '.',
    };
    start.chars().map(redacted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_becomes_a_redacted_sample_of_at_most_512_bytes() {
        let page = format!("<p title=\"Siti\">0812\u{0}é</p>{}", "\"x".repeat(1_000));
        let shown = response(page.as_bytes()).unwrap();
        let text = shown["shape"].to_string();
        assert!(text.starts_with("\"<x xxxxx='xxxx'>0000.x</x>"), "{text}");
        assert!(text.len() <= 512 && shown["bytes"].as_u64() == u64::try_from(page.len()).ok(), "{text}");
    }

    #[test]
    fn an_empty_body_is_none_and_records_are_counted() {
        assert_eq!(response(b""), None);
        assert_eq!(records(Some(&json!({"data": [1, 2]}))), Some(2));
        assert_eq!(records(Some(&json!({"results": [1]}))), Some(1));
        assert_eq!(records(Some(&json!([]))), None);
    }
}
