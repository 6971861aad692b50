//! From the body of a verified webhook to the event that is stored.

use crate::webhooks::Arrival;
use chrono::{DateTime, Utc};
use domain::json::{self, Unreadable};
use domain::webhook::EventKind;
use domain::{EntityType, record_id};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Characters that `event_type` may have.
const EVENT_TYPE_LENGTH: usize = 100;
/// Characters that an id may have.
const ID_LENGTH: usize = 255;

/// What is known of a webhook beside its body.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// The integration whose secret verified it.
    pub integration_id: i64,
    /// The signature as it came.
    pub signature: &'a str,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Trace context of its request.
    pub traceparent: Option<String>,
}

/// Why a body is no event. The messages repeat nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Bytes that are no text.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// Text that is no JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// Arrays and objects within each other without end.
    #[error("the body is nested deeper than {} levels", json::MAX_DEPTH)]
    TooDeep,
    /// Numbers that would fill the database with zeros.
    #[error(
        "the body holds numbers of more than {} digits when they are written out, or too many long ones",
        json::MAX_DIGITS
    )]
    LongNumber,
    /// A field name that would turn an object into something else.
    #[error("the body holds a field name that is reserved")]
    ReservedName,
    /// JSON of another shape.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// No type of the event.
    #[error("`event_type` must be a text of 1 to 100 characters")]
    EventType,
    /// An unusable id.
    #[error("`event_id` must be a text or a number of at most 255 characters")]
    EventId,
    /// A character that cannot be stored.
    #[error("the body holds the character U+0000, which cannot be stored")]
    Nul,
}

impl Arrival {
    /// Reads a verified body. Without an `event_id`, a fresh id makes the event unique; whoever carries it on keeps that.
    pub fn read(envelope: Envelope<'_>, body: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
        let payload: Value = json::from_str(text)?;
        let Value::Object(fields) = &payload else { return Err(Malformed::NotAnObject) };

        // A body without the escape cannot hold the character: JSON takes no raw control characters.
        if text.contains("\\u0000") && holds_nul(&payload) {
            return Err(Malformed::Nul);
        }

        let event_type = event_type(fields)?;
        let event_id = event_id(fields)?;
        let dedupe_key = event_id.clone().unwrap_or_else(|| Uuid::now_v7().to_string());
        let subject = subject(&event_type, fields);

        Ok(Self {
            integration_id: envelope.integration_id,
            event_type,
            event_id,
            dedupe_key,
            subject,
            payload,
            signature: envelope.signature.to_owned(),
            traceparent: envelope.traceparent,
            received_at: envelope.received_at,
        })
    }
}

impl From<Unreadable> for Malformed {
    fn from(reason: Unreadable) -> Self {
        match reason {
            Unreadable::TooDeep => Self::TooDeep,
            Unreadable::LongNumber | Unreadable::LongNumbers => Self::LongNumber,
            Unreadable::ReservedName => Self::ReservedName,
            Unreadable::Json(_) => Self::NotJson,
        }
    }
}

fn event_type(fields: &Map<String, Value>) -> Result<String, Malformed> {
    match fields.get("event_type") {
        Some(Value::String(name)) if (1..=EVENT_TYPE_LENGTH).contains(&name.chars().count()) => Ok(name.clone()),
        _ => Err(Malformed::EventType),
    }
}

/// An empty id is none: all such events would count as one.
fn event_id(fields: &Map<String, Value>) -> Result<Option<String>, Malformed> {
    let id = match fields.get("event_id") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(_) => return Err(Malformed::EventId),
    };

    match id.chars().count() {
        0 => Ok(None),
        1..=ID_LENGTH => Ok(Some(id)),
        _ => Err(Malformed::EventId),
    }
}

/// The record that the event speaks of, where its type and data tell.
fn subject(event_type: &str, fields: &Map<String, Value>) -> Option<(EntityType, String)> {
    let entity = EventKind::of(event_type).entity()?;
    let id = record_id::of_json(fields.get("data")?.get(entity.id_field())).ok().flatten()?;
    Some((entity, id))
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: impl AsRef<[u8]>) -> Result<Arrival, Malformed> {
        let envelope =
            Envelope { integration_id: 7, signature: "5e", received_at: DateTime::UNIX_EPOCH, traceparent: None };
        Arrival::read(envelope, body.as_ref())
    }

    #[test]
    fn the_sender_s_id_makes_an_event_unique() {
        let event =
            read(r#"{"event_type":"customer.updated","event_id":"evt_1","data":{"customer_id":"c1"}}"#).unwrap();
        assert_eq!((event.event_id.as_deref(), event.dedupe_key.as_str()), (Some("evt_1"), "evt_1"));
        assert_eq!(event.subject, Some((EntityType::Customers, "c1".to_owned())));
        let numbered = read(r#"{"event_type":"payment.completed","event_id":17,"data":{"payment_id":3}}"#).unwrap();
        assert_eq!(numbered.dedupe_key, "17");
        assert_eq!(numbered.subject, Some((EntityType::Payments, "3".to_owned())));
    }

    #[test]
    fn without_an_id_each_arrival_is_another_event() {
        for body in
            [r#"{"event_type":"x"}"#, r#"{"event_type":"x","event_id":null}"#, r#"{"event_type":"x","event_id":""}"#]
        {
            let (first, second) = (read(body).unwrap(), read(body).unwrap());
            assert_eq!(first.event_id, None);
            assert_ne!(first.dedupe_key, second.dedupe_key);
        }
    }

    #[test]
    fn an_event_of_an_unknown_type_or_without_data_has_no_subject() {
        for body in
            [r#"{"event_type":"coffee.ready","data":{"customer_id":"c"}}"#, r#"{"event_type":"customer.updated"}"#]
        {
            assert_eq!(read(body).unwrap().subject, None);
        }
    }

    #[test]
    fn a_body_that_is_no_event_is_refused_with_its_reason() {
        let long = format!(r#"{{"event_type":"x","event_id":"{}"}}"#, "e".repeat(256));
        let deep = format!(r#"{{"event_type":"x","data":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        let cases: [(&[u8], Malformed); 14] = [
            (b"\xff", Malformed::NotUtf8),
            (b"", Malformed::NotJson),
            (b"{\"event_type\":\"x\"", Malformed::NotJson),
            (br#"{"event_type":"\ud800"}"#, Malformed::NotJson),
            (deep.as_bytes(), Malformed::TooDeep),
            (br#"{"event_type":"x","data":{"amount":1e131071}}"#, Malformed::LongNumber),
            (br#"{"event_type":"x","data":{"\u0024serde_json::private::RawValue":"{}"}}"#, Malformed::ReservedName),
            (b"[]", Malformed::NotAnObject),
            (b"{}", Malformed::EventType),
            (br#"{"event_type":""}"#, Malformed::EventType),
            (br#"{"event_type":5}"#, Malformed::EventType),
            (long.as_bytes(), Malformed::EventId),
            (br#"{"event_type":"x","event_id":[1]}"#, Malformed::EventId),
            (br#"{"event_type":"x","data":{"a\u0000":[1]}}"#, Malformed::Nul),
        ];

        for (body, reason) in cases {
            assert_eq!(read(body).unwrap_err(), reason);
        }
    }

    #[test]
    fn a_backslash_before_u0000_is_only_text() {
        assert!(read(br#"{"event_type":"x","data":"\\u0000"}"#).is_ok());
    }
}
