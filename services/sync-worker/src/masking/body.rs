//! Bodies as values: what is not JSON becomes a sample of its shape.

use geniacs::Exchange;
use serde_json::{Map, Value, json};

/// A longer body is not read for a log.
const LONGEST: usize = 4 * 1024 * 1024;
/// So much of what is not JSON is looked at.
const SAMPLE: usize = 400;

/// A body as it is stored, masked, and how many records it holds.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Body {
    pub(crate) masked: Option<Value>,
    pub(crate) records: Option<usize>,
}

/// What was sent: the body, or else the parameters of the address.
pub(crate) fn request(exchange: &Exchange) -> Body {
    if !exchange.request.is_empty() {
        return response(&exchange.request);
    }
    let query: Map<String, Value> =
        exchange.query.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    Body { masked: (!query.is_empty()).then(|| super::record(&query)), records: None }
}

/// What was received.
pub(crate) fn response(bytes: &[u8]) -> Body {
    if bytes.is_empty() {
        return Body::default();
    }
    if bytes.len() > LONGEST {
        return Body { masked: Some(json!({"bytes": bytes.len()})), records: None };
    }
    match domain::json::from_slice(bytes) {
        Ok(body) => Body { masked: Some(super::body(&body)), records: records(&body) },
        Err(_) => Body { masked: Some(json!({"bytes": bytes.len(), "shape": shape(bytes)})), records: None },
    }
}

/// What a sync's answer looks like when it is stored with its end.
pub(crate) fn answer(response_body: &[u8]) -> Option<Value> {
    response(response_body).masked
}

fn records(body: &Value) -> Option<usize> {
    let body = body.as_object()?;
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
        let shown = response(page.as_bytes()).masked.unwrap();
        let text = shown["shape"].to_string();
        assert!(text.starts_with("\"<x xxxxx='xxxx'>0000.x</x>"), "{text}");
        assert!(text.len() <= 512 && shown["bytes"].as_u64() == u64::try_from(page.len()).ok(), "{text}");
    }

    #[test]
    fn an_empty_body_is_none_and_records_are_counted() {
        assert_eq!(response(b""), Body::default());
        assert_eq!(response(br#"{"data": [1, 2]}"#).records, Some(2));
        assert_eq!(response(br#"{"results": [1]}"#).records, Some(1));
        assert_eq!(response(b"[]").records, None);
    }
}
