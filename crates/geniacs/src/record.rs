//! One record as the partner shows it.

use crate::answer::RequestTime;
use chrono::{DateTime, Utc};
use domain::json::{self, Unreadable};
use domain::{EntityType, Moment, record_id};
use memchr::memmem;
use serde_json::{Map, Value};

/// A record of the partner, its bookkeeping taken apart from its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The partner's id, 1 to 255 characters.
    pub geniacs_id: String,
    /// The local id, if the partner knows it.
    pub external_id: Option<String>,
    /// When it last changed, by the partner's clock, if that was told.
    pub updated_at: Option<DateTime<Utc>>,
    /// When it last changed, by our clock. Where that was not told, or lies far ahead, the moment at which it was asked
    /// for: then it was as it is.
    pub changed: Moment,
    /// Whether it is only a trace of a deleted record.
    pub deleted: bool,
    /// Everything else: the Geniacs fields. No string in it holds NUL, which PostgreSQL cannot store.
    pub fields: Map<String, Value>,
}

impl Record {
    /// Reads one record, or says what is wrong with it without quoting it.
    pub(crate) fn parse(entity: EntityType, text: &[u8], asked: RequestTime) -> Result<Self, String> {
        let mut fields: Map<String, Value> = json::from_slice(text).map_err(|error| not_an_object(text, &error))?;

        // Raw NUL is not JSON: it can only have come as this escape.
        if memmem::find(text, b"\\u0000").is_some()
            && fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
        {
            return Err("a text holds NUL, which cannot be stored".to_owned());
        }

        let id_field = entity.id_field();
        let geniacs_id =
            read_id(fields.remove(id_field).as_ref(), id_field)?.ok_or_else(|| format!("{id_field} is missing"))?;

        let told = read_moment(fields.remove("updated_at").as_ref())?;
        let changed = told.map(|told| told.on_our_clock(asked.partner_ahead).heard_at(asked.at));

        Ok(Self {
            geniacs_id,
            external_id: read_id(fields.remove("external_id").as_ref(), "external_id")?,
            updated_at: told.map(Moment::time),
            // A partner that tells no time cannot have changed it later than we asked.
            changed: changed.unwrap_or(Moment::exact(asked.at)),
            deleted: read_flag(fields.remove("deleted").as_ref())?,
            fields,
        })
    }
}

fn not_an_object(text: &[u8], error: &Unreadable) -> String {
    match error {
        Unreadable::Json(error) if text.trim_ascii_start().starts_with(b"{") => {
            format!("it is not valid JSON at its column {}", error.column())
        }
        Unreadable::Json(_) => "it is not an object".to_owned(),
        refused => refused.to_string(),
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

pub(crate) fn read_id(value: Option<&Value>, name: &str) -> Result<Option<String>, String> {
    record_id::of_json(value).map_err(|reason| format!("{name} {reason}"))
}

fn read_moment(value: Option<&Value>) -> Result<Option<Moment>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => {
            Moment::parse(text).map(Some).ok_or_else(|| "updated_at is not an RFC 3339 time".to_owned())
        }
        Some(_) => Err("updated_at is not a text".to_owned()),
    }
}

fn read_flag(value: Option<&Value>) -> Result<bool, String> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err("deleted is neither true nor false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Record, String> {
        parse_asked(json, 0)
    }

    /// A record that was asked for at ten o'clock.
    fn parse_asked(json: &str, partner_ahead: i64) -> Result<Record, String> {
        let asked = RequestTime { at: "2026-01-01T10:00:00Z".parse().unwrap(), partner_ahead };
        Record::parse(EntityType::Customers, json.as_bytes(), asked)
    }

    #[test]
    fn a_record_changed_when_it_says_on_our_clock_or_when_it_was_asked_for() {
        let seven_hours = 7 * 3_600 * 1_000_000;
        for (told, partner_ahead, expected) in [
            (r#""2026-01-01T09:30:00Z""#, 0, "2026-01-01T09:30:00Z"),
            (r#""2026-01-01T16:30:00.5Z""#, seven_hours, "2026-01-01T09:30:00.5Z"),
            (r#""2099-01-01T00:00:00Z""#, seven_hours, "2026-01-01T10:00:00.000000Z"),
            (r#""2026-01-01T17:04:00Z""#, seven_hours, "2026-01-01T10:04:00Z"),
            (r#""2026-01-01T17:04:00Z""#, 0, "2026-01-01T10:00:00.000000Z"),
            ("null", seven_hours, "2026-01-01T10:00:00.000000Z"),
            (r#""""#, 0, "2026-01-01T10:00:00.000000Z"),
        ] {
            let record = parse_asked(&format!(r#"{{"customer_id": "c", "updated_at": {told}}}"#), partner_ahead);
            assert_eq!(record.unwrap().changed, Moment::parse(expected).unwrap(), "{told}");
        }
    }

    #[test]
    fn the_bookkeeping_is_taken_out_of_the_fields() {
        let record = parse(
            r#"{"customer_id": "cust_1", "external_id": "17", "updated_at": "2026-01-02T03:04:05.678901+07:00",
                "deleted": false, "customer_name": "Siti", "balance": 12345678901234567890.10}"#,
        )
        .unwrap();

        assert_eq!((record.geniacs_id.as_str(), record.external_id.as_deref()), ("cust_1", Some("17")));

        assert_eq!(record.updated_at.unwrap().to_rfc3339(), "2026-01-01T20:04:05.678901+00:00");
        assert_eq!(record.fields.keys().collect::<Vec<_>>(), ["balance", "customer_name"]);
        assert_eq!(record.fields["balance"].to_string(), "12345678901234567890.10");
    }

    #[test]
    fn ids_that_are_numbers_are_taken_as_text() {
        let record = parse(r#"{"customer_id": 9223372036854775809, "external_id": 17}"#).unwrap();
        assert_eq!(record.geniacs_id, "9223372036854775809");
        assert_eq!(record.external_id.as_deref(), Some("17"));
        assert!(!record.deleted && record.updated_at.is_none());
    }

    #[test]
    fn two_spellings_of_a_number_are_one_id() {
        for spelling in ["17", "17.0", "1.7e1", r#""17""#] {
            let record = parse(&format!(r#"{{"customer_id": {spelling}, "external_id": {spelling}}}"#)).unwrap();
            assert_eq!((record.geniacs_id.as_str(), record.external_id.as_deref()), ("17", Some("17")), "{spelling}");
        }
    }

    #[test]
    fn a_wrong_field_is_named_but_not_quoted() {
        let long = format!(r#"{{"customer_id": "{}"}}"#, "x".repeat(256));
        let cases = [
            ("7", "it is not an object"),
            ("{}", "customer_id is missing"),
            (r#"{"customer_id": ""}"#, "customer_id is missing"),
            (r#"{"customer_id": true}"#, "customer_id is neither a text nor a whole number"),
            (long.as_str(), "customer_id is longer than 255 characters"),
            (r#"{"customer_id": "1", "n": ["a\u0000b"]}"#, "a text holds NUL, which cannot be stored"),
            (r#"{"customer_id": "1", "updated_at": "yesterday"}"#, "updated_at is not an RFC 3339 time"),
            (r#"{"customer_id": "1", "deleted": "no"}"#, "deleted is neither true nor false"),
            (r#"{"customer_id": "1", "n": "\ud800"}"#, "it is not valid JSON at its column"),
        ];

        for (json, reason) in cases {
            let error = parse(json).unwrap_err();
            assert!(error.starts_with(reason), "{json}: {error}");
        }
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_no_nul() {
        assert!(parse(r#"{"customer_id": "1", "n": "\\u0000"}"#).is_ok());
    }
}
