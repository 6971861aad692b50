//! Which JSON is taken from outside: request bodies, webhooks, a partner's answers, stored documents.
//!
//! The text is scanned before anything is built from it. serde_json bounds the depth, but not what a number stands for: it
//! keeps `1e131071` as eight characters, and PostgreSQL writes it out with as many zeros. It also has field names of its
//! own that turn an object into something else.

use memchr::memchr2;
use serde::Deserialize;

/// Arrays and objects within each other. serde_json and what reads from the database stop at 128; the rest is for the objects
/// that a document is wrapped in when it is stored.
pub const MAX_DEPTH: usize = 120;
/// Characters of one number when it is written out: a double needs up to 342, money 40.
pub const MAX_DIGITS: usize = 400;
/// By how many characters all numbers of a text together may become longer when they are written out.
pub const MAX_GROWTH: usize = 64 * 1024;

/// serde_json takes an object that begins with such a field for something else, a number of any size for instance.
const RESERVED: &str = "$serde_json::private::";

/// Why a text is not taken. No message quotes it.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Too many arrays and objects within each other.
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A number with too many digits.
    #[error("a number in it has more than {MAX_DIGITS} digits when it is written out")]
    LongNumber,
    /// Too many numbers with too many digits.
    #[error("the numbers in it are too long when they are written out")]
    LongNumbers,
    /// A field name that only the JSON library may use.
    #[error("a field name in it is reserved")]
    ReservedName,
    /// It is not JSON, or not of the form that was asked for. Where a form was asked for, the message may quote the text.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Reads a text from outside.
pub fn from_slice<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, Unreadable> {
    check(text)?;
    Ok(serde_json::from_slice(text)?)
}

/// Reads a text from outside.
pub fn from_str<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Unreadable> {
    check(text.as_bytes())?;
    Ok(serde_json::from_str(text)?)
}

/// Sees whether a text may be read. It need not be JSON: up to its first mistake the scan and a parser see the same.
pub fn check(text: &[u8]) -> Result<(), Unreadable> {
    let (mut depth, mut growth, mut at) = (0_usize, 0_usize, 0_usize);

    while let Some(byte) = text.get(at) {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                if depth > MAX_DEPTH {
                    return Err(Unreadable::TooDeep);
                }
            }
            b'}' | b']' => {
                // The text need not be valid, so brackets may be unbalanced.
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b'"' => {
                let end = end_of_string(text, at);
                // With this key, the JSON library would parse the value again, without a limit of depth.
                if is_reserved_name(text, at, end) {
                    return Err(Unreadable::ReservedName);
                }
                at = end;
            }
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(text, at);
                // A number is measured as it would be written out: `1e100000` is short here and long everywhere
                // else.
                let length = written_out(&text[at..end]);
                if length > MAX_DIGITS {
                    return Err(Unreadable::LongNumber);
                }
                // Many numbers that are allowed each could still grow into more memory than the text has bytes.
                growth += length.saturating_sub(end - at);
                if growth > MAX_GROWTH {
                    return Err(Unreadable::LongNumbers);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// The text of the first member of this name. `object` is valid JSON.
pub fn member<'t>(object: &'t [u8], name: &str) -> Option<&'t [u8]> {
    let mut at = after_space(object, 0);
    if object.get(at) != Some(&b'{') {
        return None;
    }

    loop {
        let key = after_space(object, at + 1);
        if object.get(key) != Some(&b'"') {
            return None;
        }
        let key_end = end_of_string(object, key);
        let value = after_space(object, after_space(object, key_end) + 1);
        let value_end = end_of_value(object, value);

        if serde_json::from_slice::<String>(&object[key..key_end]).is_ok_and(|key| key == name) {
            return Some(&object[value..value_end]);
        }
        at = after_space(object, value_end);
        if object.get(at) != Some(&b',') {
            return None;
        }
    }
}

/// The texts of an array's items, so that one that cannot be read does not spoil the others. `array` is valid JSON.
pub fn items(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut separator = after_space(array, 0);
    let mut expected = b'[';

    std::iter::from_fn(move || {
        if array.get(separator) != Some(&expected) {
            return None;
        }
        let item = after_space(array, separator + 1);
        let end = end_of_value(array, item);
        (separator, expected) = (after_space(array, end), b',');
        // An empty array holds no value before its bracket.
        (end > item).then(|| &array[item..end])
    })
}

fn after_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at.min(text.len())
}

/// Where the value that begins here ends, however deep it is.
fn end_of_value(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;

    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(text, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Where the string that begins here ends: behind its closing quote.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;

    while let Some(found) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at + 1;
        }
        // A backslash hides the next byte, even a quote.
        at += 2;
    }
    text.len()
}

/// Whether a string names a member, in any spelling, as only the JSON library may.
fn is_reserved_name(text: &[u8], start: usize, end: usize) -> bool {
    // The name begins with a dollar sign, which can also be written as an escape.
    if !matches!(text.get(start + 1), Some(b'$' | b'\\')) || text.get(after_space(text, end)) != Some(&b':') {
        return false;
    }
    serde_json::from_slice::<String>(&text[start..end]).is_ok_and(|name| name.starts_with(RESERVED))
}

fn end_of_number(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        at += 1;
    }
    at
}

/// How many digits a number has when it is written without an exponent.
fn written_out(number: &[u8]) -> usize {
    let (mantissa, exponent) = match number.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&number[..at], exponent_of(&number[at + 1..])),
        None => (number, 0),
    };

    let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    let digits =
        |part: &[u8]| i64::try_from(part.iter().filter(|byte| byte.is_ascii_digit()).count()).unwrap_or(i64::MAX);

    let whole = digits(&mantissa[..point]).saturating_add(exponent).max(1);
    let fraction = digits(&mantissa[point..]).saturating_sub(exponent).max(0);
    usize::try_from(whole.saturating_add(fraction)).unwrap_or(usize::MAX)
}

/// The exponent, or the largest of its sign where it is beyond all bounds.
fn exponent_of(written: &[u8]) -> i64 {
    let text = str::from_utf8(written).unwrap_or_default();
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    fn read(text: &str) -> Result<Value, Unreadable> {
        from_str(text)
    }

    #[test]
    fn a_field_name_of_the_json_library_is_refused_in_every_spelling_and_place() {
        for name in [
            "$serde_json::private::RawValue",
            "$serde_json::private::Number",
            r"\u0024serde_json::private::RawValue",
            r"$serde_json::priv\u0061te::Number",
            r"\u0024\u0073erde_json:\u003aprivate::Number",
        ] {
            for text in [
                format!(r#"{{"{name}": "1"}}"#),
                format!("{{\"{name}\"\n : \"1\"}}"),
                format!(r#"{{"a": 1, "{name}": "1"}}"#),
                format!(r#"[{{"a": [{{"{name}": "[]"}}]}}]"#),
            ] {
                assert!(matches!(read(&text), Err(Unreadable::ReservedName)), "{text}");
            }
        }
    }

    #[test]
    fn the_json_library_does_not_parse_the_text_of_a_field_again() {
        // With the feature `raw_value`, which any crate of the workspace could bring in, this would be the number 1.
        let text = r#"{"$serde_json::private::RawValue": "1"}"#;
        assert!(serde_json::from_str::<Value>(text).unwrap().is_object());
    }

    #[test]
    fn the_same_words_in_a_value_or_in_part_are_only_text() {
        for text in
            [r#"{"a": "$serde_json::private::Number"}"#, r#"["$serde_json::private::Number"]"#, r#"{"$serde": 1}"#]
        {
            assert!(read(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_depth_is_bounded_before_anything_is_built() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(read(&nested(MAX_DEPTH + 1)), Err(Unreadable::TooDeep)));
        assert!(matches!(read(&"{\"a\":".repeat(100_000)), Err(Unreadable::TooDeep)));
        assert!(read(&format!("[{}]", nested(3) + &",[[1]]".repeat(1_000))).is_ok(), "side by side");
        assert!(read(&format!(r#""{}""#, "[".repeat(1_000))).is_ok(), "within a text");
        assert!(read(&format!(r#"["\"{}"]"#, "[".repeat(1_000))).is_ok(), "behind an escaped quote");
    }

    #[test]
    fn a_number_has_as_many_digits_as_a_double_may_need_and_no_more() {
        for number in [
            "0",
            "-0.0",
            "12345678901234567890.1234567890",
            "1.7976931348623157e308",
            "-2.2250738585072014E-308",
            "4.9406564584124654e-324",
            "1e+3",
        ] {
            assert!(read(number).is_ok(), "{number}");
        }

        let long = "9".repeat(MAX_DIGITS + 1);
        let small = format!("0.{long}");

        for number in [
            "1e131071",
            "-1E400",
            "1e-131071",
            "0e-16383",
            "0e99999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            &long,
            &small,
        ] {
            assert!(matches!(read(&format!("[{number}]")), Err(Unreadable::LongNumber)), "{number}");
        }

        assert!(read(&format!(r#""{long}""#)).is_ok(), "a text is no number");
    }

    #[test]
    fn many_long_numbers_do_not_make_a_large_document_of_a_small_one() {
        let numbers = |count: usize| format!("[{}1]", "1e300,".repeat(count));
        assert!(read(&numbers(100)).is_ok());
        assert!(matches!(read(&numbers(1_000)), Err(Unreadable::LongNumbers)));
        assert!(read(&format!("[{}1]", "123456.789,".repeat(100_000))).is_ok(), "ordinary numbers");
    }

    #[test]
    fn items_and_members_are_cut_out_as_they_are_written() {
        let text = r#" { "a" : [ 1 , "x,]\"" , {"b": [[], {}]} , null ] , "d\u0061ta":[],"c":{"data":1} } "#;
        let list = member(text.as_bytes(), "a").unwrap();
        let items: Vec<&str> = items(list).map(|item| str::from_utf8(item).unwrap()).collect();
        assert_eq!(items, ["1", r#""x,]\"""#, r#"{"b": [[], {}]}"#, "null"]);
        assert_eq!(member(text.as_bytes(), "data"), Some(&b"[]"[..]));
        assert_eq!(member(text.as_bytes(), "c"), Some(&br#"{"data":1}"#[..]));
        assert_eq!(member(text.as_bytes(), "e"), None);
        assert_eq!(super::items(b"[ ]").count(), 0);
    }

    #[test]
    fn malformed_json_neither_panics_nor_loops() {
        for text in [
            "",
            "{",
            "[",
            "\"",
            "\"\\",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "[1",
            "[1,",
            "]",
            "-",
            "1e",
            "[,]",
            "{,}",
            "{\"a\",1}",
        ] {
            assert!(from_str::<Map<String, Value>>(text).is_err(), "{text}");
            assert!(member(text.as_bytes(), "b").is_none(), "{text}");
            assert!(items(text.as_bytes()).count() <= 1, "{text}");
        }
    }
}
