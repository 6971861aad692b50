//! Why the partner says no, in its own words, fit for logs, tables and people: neither secrets nor what a record holds.

use crate::answer::parse_answer;
use crate::error::shorten_text;
use serde_json::{Map, Value};

/// No reason is longer, in bytes.
const LONGEST: usize = 1_024;
/// So much of a text is looked at.
const LOOKED_AT: usize = 4 * LONGEST;
const HIDDEN: &str = "•••";
/// A shorter value may be part of any word.
const SHORTEST_VALUE: usize = 3;
/// So many digits may be a phone number or the number of a document.
const MOST_DIGITS: usize = 6;
/// A longer word with digits in it may be a key.
const LONGEST_WORD: usize = 40;
/// Words before a secret.
const BEFORE_SECRETS: [&str; 9] =
    ["bearer", "secret", "password", "passwd", "token", "apikey", "api_key", "api-key", "signature"];
/// Fields in which partners put words for people.
const MESSAGES: [&str; 7] = ["message", "detail", "details", "description", "error_description", "reason", "title"];
/// Fields in which partners put words for programs.
const TYPES: [&str; 3] = ["type", "code", "error_code"];

/// Why an answer is a failure, as far as its body says. Empty where it says nothing.
pub(crate) fn of_body(body: &[u8]) -> String {
    let Ok(answer) = parse_answer::<Value>(body) else { return of_text(body) };
    let Value::Object(answer) = answer else { return String::new() };
    of_answer(&answer)
}

/// Why an answer is a failure.
pub(crate) fn of_answer(answer: &Map<String, Value>) -> String {
    let error = answer.get("error").or_else(|| answer.get("errors"));
    match error.map(of_value).filter(|reason| !reason.is_empty()) {
        Some(reason) => reason,
        None => of_object(answer),
    }
}

/// A message of an object, masked; empty where there is none.
pub(crate) fn message_in(object: &Map<String, Value>) -> String {
    let text = MESSAGES.iter().find_map(|name| object.get(*name)?.as_str());
    text.map(|text| mask_reason(text, &[])).unwrap_or_default()
}

/// The first type of an object.
pub(crate) fn error_type(object: &Map<String, Value>) -> Option<String> {
    let word = TYPES.iter().find_map(|name| match object.get(*name)? {
        Value::String(word) if !word.is_empty() => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })?;
    Some(shorten_text(&mask_reason(&word, &[]), 100))
}

fn of_value(error: &Value) -> String {
    match error {
        Value::String(text) => mask_reason(text, &[]),
        Value::Object(error) => of_object(error),
        Value::Array(errors) => {
            let reasons: Vec<String> =
                errors.iter().take(5).map(of_value).filter(|reason| !reason.is_empty()).collect();
            cut_reason(&reasons.join("; "))
        }
        _ => String::new(),
    }
}

fn of_object(error: &Map<String, Value>) -> String {
    let message = message_in(error);
    match error_type(error) {
        Some(error_type) if message.is_empty() => error_type,
        Some(error_type) => cut_reason(&format!("{error_type}: {message}")),
        None => message,
    }
}

/// A body that is no JSON. A page for people says nothing about the request.
fn of_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..LOOKED_AT).unwrap_or(body)).into_owned();
    let is_markup = text.trim_start().starts_with(['<', '{', '[', '\u{feff}']);
    if is_markup { String::new() } else { mask_reason(&text, &[]) }
}

/// A text without secrets and without what records hold: `values`, whatever is quoted, addresses, long numbers and what
/// looks like a key keep their first character at most. Field names and other words stay.
pub(crate) fn mask_reason(text: &str, values: &[String]) -> String {
    let mut text: String = shorten_text(text, LOOKED_AT);
    for value in values.iter().filter(|value| value.chars().count() >= SHORTEST_VALUE) {
        if text.contains(value.as_str()) {
            text = text.replace(value.as_str(), &hide_value(value));
        }
    }

    let mut masked = String::with_capacity(text.len());
    let mut secret_follows = false;
    for part in Parts::of(&text) {
        let shown = match part {
            // A quoted text may be the value of a record.
            ReasonPart::Quoted(quote, content) => format!("{quote}{}{quote}", mask_quoted(content)),
            // A word behind `api_key=` or `Bearer` is a secret, whatever it looks like.
            ReasonPart::Word(word) if secret_follows && !word.is_empty() => HIDDEN.to_owned(),
            ReasonPart::Word(word) => mask_word(word),
            ReasonPart::Between(between) => between.to_owned(),
        };
        masked.push_str(&shown);
        secret_follows = match part {
            ReasonPart::Word(word) => is_before_secret(word),
            ReasonPart::Between(between) => {
                secret_follows && between.chars().all(|c| matches!(c, ' ' | ':' | '=' | '"'))
            }
            ReasonPart::Quoted(_, content) => is_before_secret(content),
        };
    }

    cut_reason(masked.trim())
}

fn is_before_secret(word: &str) -> bool {
    let word = word.to_lowercase();
    BEFORE_SECRETS.iter().any(|name| word.ends_with(name))
}

/// A quoted text is the name of a field, or a value.
fn mask_quoted(content: &str) -> String {
    let is_name = content.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
        && (content.contains('_') || content.len() <= SHORTEST_VALUE);
    if is_name || content.is_empty() { content.to_owned() } else { hide_value(content) }
}

fn mask_word(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_date = word.get(..10).is_some_and(|date| date.parse::<chrono::NaiveDate>().is_ok());
    let is_number = digits > MOST_DIGITS && !word.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_key = word.len() > LONGEST_WORD && digits > 0;
    if word.contains('@') || is_key || (is_number && !is_date) { hide_value(word) } else { word.to_owned() }
}

fn hide_value(value: &str) -> String {
    value.chars().take(1).chain(HIDDEN.chars()).collect()
}

/// At most as many bytes as a reason may have, and whole characters.
fn cut_reason(text: &str) -> String {
    let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or(0)].to_owned()
}

/// A piece of a text.
#[derive(Clone, Copy)]
enum ReasonPart<'t> {
    Quoted(char, &'t str),
    Word(&'t str),
    Between(&'t str),
}

/// The pieces of a text, one after the other.
struct Parts<'t> {
    rest: &'t str,
    after_space: bool,
}

impl<'t> Parts<'t> {
    fn of(rest: &'t str) -> Self {
        Self { rest, after_space: true }
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = ReasonPart<'t>;

    fn next(&mut self) -> Option<ReasonPart<'t>> {
        let first = self.rest.chars().next()?;
        let after_space = std::mem::replace(&mut self.after_space, !is_of_word(first));
        // An apostrophe within a word opens nothing.
        if matches!(first, '"' | '\'' | '`') && after_space {
            let inner = &self.rest[1..];
            if let Some((content, rest)) = inner.split_once(first) {
                self.rest = rest;
                self.after_space = false;
                return Some(ReasonPart::Quoted(first, content));
            }
        }
        let is_word = is_of_word(first);
        let end = self.rest.find(|c| is_of_word(c) != is_word || (!is_word && matches!(c, '"' | '\'' | '`')));
        // A quote without its other half is a character like others.
        let end = end.filter(|end| *end > 0).unwrap_or_else(|| {
            if is_word || self.rest.len() == first.len_utf8() { self.rest.len() } else { first.len_utf8() }
        });
        let (part, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(if is_word { ReasonPart::Word(part) } else { ReasonPart::Between(part) })
    }
}

/// Numbers of phones are written with signs between their digits, addresses with dots and an at sign.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '+' | '/' | '•' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_records_and_secrets_are_masked() {
        for (text, expected) in [
            ("customer_email is required", "customer_email is required"),
            ("field 'customer_email' can't be empty", "field 'customer_email' can't be empty"),
            ("siti@contoh.id is not an address", "s••• is not an address"),
            ("phone +62-812-3456-7890 is taken", "phone +••• is taken"),
            ("\"Siti Aminah\" exists", "\"S•••\" exists"),
            ("Bearer abc.def is wrong", "Bearer ••• is wrong"),
            ("api_key=topkey99, sorry", "api_key=•••, sorry"),
            ("\"secret\": \"x1\"", "\"s•••\": \"x•••\""),
            ("due 2026-01-31 has passed", "due 2026-01-31 has passed"),
            ("an unclosed \"quote stays", "an unclosed \"quote stays"),
            ("maintenance until 10:30", "maintenance until 10:30"),
            ("", ""),
        ] {
            assert_eq!(mask_reason(text, &[]), expected);
        }
    }

    #[test]
    fn values_that_were_sent_are_masked_wherever_they_stand() {
        let values = ["Siti Aminah".to_owned(), "Jl. Mawar 5".to_owned(), "ID".to_owned()];
        assert_eq!(
            mask_reason("customer Siti Aminah of Jl. Mawar 5 has no ID", &values),
            "customer S••• of J••• has no ID"
        );
    }

    #[test]
    fn a_reason_is_found_where_partners_put_it() {
        for (body, expected) in [
            (r#"{"error": {"type": "quota", "message": "none left"}}"#, "quota: none left"),
            (r#"{"success": false, "error": "no such key"}"#, "no such key"),
            (r#"{"success": false, "message": "closed"}"#, "closed"),
            (r#"{"error": "invalid_client", "error_description": "gone"}"#, "invalid_client"),
            (r#"{"title": "Maintenance", "status": 503}"#, "Maintenance"),
            (r#"{"errors": [{"detail": "a"}, "b", 5]}"#, "a; b"),
            (r#"{"error": {"code": 17}}"#, "17"),
            ("upstream is down", "upstream is down"),
            ("<html>Siti</html>", ""),
            ("{\"error\": \"cut", ""),
            ("[]", ""),
            ("", ""),
        ] {
            assert_eq!(of_body(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn no_reason_is_longer_than_a_kibibyte() {
        let long = format!(r#"{{"error": {{"type": "x", "message": "{}"}}}}"#, "ä ".repeat(5_000));
        let reason = of_body(long.as_bytes());
        assert!(reason.len() <= LONGEST && reason.len() > LONGEST - 4, "{}", reason.len());
    }
}
