//! A serialisation in which equal content gives equal bytes, to be hashed.

use crate::number::{self, Amount};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

/// Appends `fields` to `into` as JSON with sorted keys, no space, and one way of writing each number, so that equal
/// content gives equal bytes and different content different ones. The form is stable: stored hashes rest on it.
pub fn canonical_bytes(fields: &Map<String, Value>, into: &mut Vec<u8>) {
    let mut entries: Vec<_> = fields.iter().collect();
    // The order of the keys says nothing, so it must not change the bytes.
    entries.sort_unstable_by_key(|(key, _)| *key);

    into.push(b'{');

    for (position, (key, value)) in entries.into_iter().enumerate() {
        if position > 0 {
            into.push(b',');
        }
        append_text(key, into);
        into.push(b':');
        append_value(value, into);
    }

    into.push(b'}');
}

fn append_value(value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::Null => into.extend_from_slice(b"null"),
        Value::Bool(true) => into.extend_from_slice(b"true"),
        Value::Bool(false) => into.extend_from_slice(b"false"),
        Value::Number(number) => into.extend_from_slice(number::canonical_number(number).as_bytes()),
        Value::String(string) => append_text(string, into),
        Value::Array(items) => {
            into.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    into.push(b',');
                }
                append_value(item, into);
            }
            into.push(b']');
        }
        Value::Object(fields) => canonical_bytes(fields, into),
    }
}

fn append_text(text: &str, into: &mut Vec<u8>) {
    into.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => into.extend_from_slice(&[b'\\', byte]),
            // JSON has a second, shorter way to write some of these; equal texts need one way for all.
            0..0x20 => into.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex_digit(byte >> 4), hex_digit(byte & 15)]),
            _ => into.push(byte),
        }
    }

    into.push(b'"');
}

fn hex_digit(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}

/// Whether two values say the same, however their numbers are written.
pub fn same_json(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => number::canonical_number(one) == number::canonical_number(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same_json(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, a)| other.get(key).is_some_and(|b| same_json(a, b)))
        }
        _ => one == other,
    }
}

/// Whether a partner that rounds or cuts numbers, or tidies texts, may show this for what it was sent.
pub fn may_be_kept_as(sent: &Value, shown: &Value) -> bool {
    match (sent, shown) {
        (Value::Number(sent), Value::Number(shown)) => may_be_rounded(sent, shown),
        (Value::String(sent), Value::String(shown)) => sent.trim().to_lowercase() == shown.trim().to_lowercase(),
        _ => same_json(sent, shown),
    }
}

/// Whether a number is another one with fewer digits behind the point, whichever way it was rounded.
fn may_be_rounded(sent: &Number, shown: &Number) -> bool {
    let decimal = |number| Amount::of(number).map(|amount| amount.value.normalize());
    let (Some(sent), Some(shown)) = (decimal(sent), decimal(shown)) else { return false };
    let last_place = Decimal::new(1, shown.scale());
    sent.checked_sub(shown).is_some_and(|difference| difference.abs() < last_place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(json: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        canonical_bytes(&serde_json::from_str(json).unwrap(), &mut bytes);
        bytes
    }

    #[test]
    fn a_number_may_be_kept_with_fewer_digits_and_a_text_without_the_space_around_it() {
        for (sent, shown, expected) in [
            ("68.25", "68", true),
            ("68.75", "69", true),
            ("68.75", "68", true),
            ("68.25", "68.3", true),
            ("68.25", "68.250", true),
            ("68.25", "70", false),
            ("68", "68.25", false),
            ("\" A@b.id \"", "\"a@b.id\"", true),
            ("\"a\"", "\"b\"", false),
            ("68", "\"68\"", false),
            ("null", "null", true),
        ] {
            let value = |text| serde_json::from_str(text).unwrap();
            assert_eq!(may_be_kept_as(&value(sent), &value(shown)), expected, "{sent} {shown}");
        }
    }

    #[test]
    fn equal_content_gives_equal_bytes() {
        let canonical = br#"{"a":10.5,"b":[100,{"c":"\u0001\"","d":null}]}"#;
        assert_eq!(bytes(r#"{ "b": [1e2, {"d": null, "c": "\u0001\""}], "a": 10.50 }"#), canonical);
        assert_eq!(bytes(std::str::from_utf8(canonical).unwrap()), canonical);
    }

    #[test]
    fn different_content_gives_different_bytes() {
        assert_ne!(bytes(r#"{"a":"1"}"#), bytes(r#"{"a":1}"#));
        assert_ne!(bytes(r#"{"a":null}"#), bytes("{}"));
        assert_ne!(bytes(r#"{"a":9007199254740993}"#), bytes(r#"{"a":9007199254740992}"#));
    }
}
