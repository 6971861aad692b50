//! Masking: what may be personal or secret is shortened to its first character; names of fields and the structure stay.
//! A field is masked unless its name is known to be harmless.

mod body;

pub(crate) use body::{answer, request, response};

use serde_json::{Map, Number, Value};

/// A stored body has at most so many bytes, as PostgreSQL writes it.
const LIMIT: usize = 8 * 1024;
/// Kept free for what is said about what was left out.
const RESERVE: usize = 512;
/// A longer text is no status, type or id.
const LONGEST_WORD: usize = 64;
const HIDDEN: &str = "•••";

/// Fields whose texts say nothing about anybody: ids, statuses, types, words for errors.
const HARMLESS: [&str; 37] = [
    "bytes",
    "code",
    "currency",
    "customer_id",
    "entity_type",
    "error_type",
    "event_id",
    "event_type",
    "external_id",
    "field",
    "geniacs_id",
    "has_more",
    "id",
    "index",
    "invoice_currency",
    "invoice_id",
    "invoice_type",
    "limit",
    "metric_type",
    "monitoring_id",
    "monitoring_metric_type",
    "monitoring_unit",
    "nas_server_id",
    "nas_server_type",
    "payment_currency",
    "payment_id",
    "payment_type",
    "request_id",
    "subscription_billing_cycle",
    "subscription_currency",
    "subscription_id",
    "sync_id",
    "type",
    "billing_cycle",
    "unit",
    "updated_since",
    "version",
];

/// Parts of names of what is not even begun to be shown.
const SECRET: [&str; 10] =
    ["secret", "password", "passwd", "token", "api_key", "apikey", "signature", "authorization", "community", "cookie"];

/// Parts of names of what is personal also as a number or a date.
const PERSONAL: [&str; 16] = [
    "phone",
    "mobile",
    "whatsapp",
    "nik",
    "npwp",
    "ktp",
    "passport",
    "card",
    "pin",
    "otp",
    "birth",
    "born",
    "latitude",
    "longitude",
    "account_number",
    "tax_id",
];

/// Whether a field's name says that it holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    is(&name.to_lowercase(), &SECRET)
}

/// What stands for a secret.
pub(crate) fn hidden() -> Value {
    HIDDEN.into()
}

/// A mapped record, masked.
pub(crate) fn record(fields: &Map<String, Value>) -> Value {
    body(&Value::Object(fields.clone()))
}

/// A body, masked, with as many records as fit.
fn body(body: &Value) -> Value {
    let mut room = Room(LIMIT - RESERVE);
    let masked = value("", body, &mut room);
    let length = masked.to_string().len();
    if length <= LIMIT { masked } else { Value::String(format!("left out: {length} bytes")) }
}

/// Bytes that are left.
struct Room(usize);

impl Room {
    /// Takes what a value needs, as far as there is any.
    fn take(&mut self, bytes: usize) {
        // PostgreSQL writes a space after each comma and colon.
        self.0 = self.0.saturating_sub(bytes + 4);
    }
}

fn value(name: &str, value: &Value, room: &mut Room) -> Value {
    let masked = match value {
        Value::Object(fields) => return object(fields, room),
        Value::Array(items) => return array(name, items, room),
        Value::String(text) => Value::String(string(name, text)),
        Value::Number(number) => self::number(name, number),
        Value::Bool(_) | Value::Null => value.clone(),
    };

    room.take(masked.to_string().len());
    masked
}

fn object(fields: &Map<String, Value>, room: &mut Room) -> Value {
    room.take(2);
    let mut masked = Map::new();

    for (index, (name, field)) in fields.iter().enumerate() {
        if room.0 == 0 {
            masked.insert("left_out".to_owned(), format!("{} more fields", fields.len() - index).into());
            break;
        }

        let shown: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_WORD).collect();
        room.take(shown.len() + 2);
        masked.insert(shown, value(&name.to_lowercase(), field, room));
    }
    Value::Object(masked)
}

fn array(name: &str, items: &[Value], room: &mut Room) -> Value {
    room.take(2);
    let mut masked = Vec::new();

    for (index, item) in items.iter().enumerate() {
        let item = if room.0 == 0 { None } else { Some(value(name, item, room)) };
        // A record that was cut short is left out, unless it is the first.
        let whole = room.0 > 0 || index == 0;
        let Some(item) = item.filter(|_| whole) else {
            masked.push(Value::String(format!("{} more left out", items.len() - index)));
            break;
        };
        masked.push(item);
    }
    Value::Array(masked)
}

fn string(name: &str, text: &str) -> String {
    if is(name, &SECRET) {
        return HIDDEN.to_owned();
    }

    let harmless = is_harmless(name) && is_word(text);
    if text.is_empty() || harmless || (is_date(text) && !is(name, &PERSONAL)) {
        return text.to_owned();
    }
    // PostgreSQL cannot store NUL.
    let first: String = text.chars().take(1).filter(|c| !c.is_control()).collect();
    format!("{first}{HIDDEN}")
}

/// Numbers stay, unless they are personal or written with an exponent, which PostgreSQL writes out with all its zeros.
fn number(name: &str, number: &Number) -> Value {
    let text = number.to_string();
    let storable = text.len() <= 40 && !text.contains(['e', 'E']);
    if storable && !is(name, &PERSONAL) && !is(name, &SECRET) {
        return Value::Number(number.clone());
    }
    HIDDEN.into()
}

/// Whether one of the parts stands in the name; a short one only as a word of its own.
fn is(name: &str, parts: &[&str]) -> bool {
    let holds = |part: &&str| match part.len() {
        ..=4 => name.split(['_', '-', '.']).any(|word| word == *part),
        _ => name.contains(*part),
    };
    parts.iter().any(holds)
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name) || name == "status" || name.ends_with("_status")
}

fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

/// `2026-01-31`, with or without a time of day.
fn is_date(text: &str) -> bool {
    let date = text.get(..10).is_some_and(|date| date.parse::<chrono::NaiveDate>().is_ok());
    date && (text.len() == 10 || chrono::DateTime::parse_from_rfc3339(text).is_ok())
}

#[cfg(test)]
mod tests;
