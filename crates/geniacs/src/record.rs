//! One record as the partner shows it.

use chrono::{DateTime, Utc};
use domain::EntityType;
use domain::json::{self, Unreadable};
use memchr::memmem;
use serde_json::{Map, Value};

/// The longest id that is accepted, in bytes; the columns hold as many characters.
const LONGEST_ID: usize = 255;

/// A record of the partner, its bookkeeping taken apart from its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The partner's id, 1 to 255 bytes.
    pub geniacs_id: String,
    /// The local id, if the partner knows it.
    pub external_id: Option<String>,
    /// When it last changed, by the partner's clock.
    pub updated_at: Option<DateTime<Utc>>,
    /// Whether it is only a trace of a deleted record.
    pub deleted: bool,
    /// Everything else: the Geniacs fields. No string in it holds NUL, which PostgreSQL cannot store.
    pub fields: Map<String, Value>,
}

impl Record {
    /// Reads one record, or says what is wrong with it without quoting it.
    pub(crate) fn parse(entity: EntityType, text: &[u8]) -> Result<Self, String> {
        let mut fields: Map<String, Value> = json::from_slice(text).map_err(|error| not_an_object(text, &error))?;
        // Raw NUL is not JSON: it can only have come as this escape.
        if memmem::find(text, b"\\u0000").is_some()
            && fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
        {
            return Err("a text holds NUL, which cannot be stored".to_owned());
        }
        let id_field = entity.id_field();
        let geniacs_id =
            id(fields.remove(id_field).as_ref(), id_field)?.ok_or_else(|| format!("{id_field} is missing"))?;
        Ok(Self {
            geniacs_id,
            external_id: id(fields.remove("external_id").as_ref(), "external_id")?,
            updated_at: moment(fields.remove("updated_at").as_ref())?,
            deleted: flag(fields.remove("deleted").as_ref())?,
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

/// An id is a text; a number is taken as its digits, and an empty text as none.
pub(crate) fn id(value: Option<&Value>, name: &str) -> Result<Option<String>, String> {
    let id = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(format!("{name} is neither a text nor a number")),
    };
    if id.len() > LONGEST_ID {
        return Err(format!("{name} is longer than {LONGEST_ID} bytes"));
    }
    if id.contains('\0') {
        return Err(format!("{name} holds NUL"));
    }
    Ok(Some(id).filter(|id| !id.is_empty()))
}

fn moment(value: Option<&Value>) -> Result<Option<DateTime<Utc>>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => DateTime::parse_from_rfc3339(text)
            .map(|moment| Some(moment.to_utc()))
            .map_err(|_| "updated_at is not an RFC 3339 time".to_owned()),
        Some(_) => Err("updated_at is not a text".to_owned()),
    }
}

fn flag(value: Option<&Value>) -> Result<bool, String> {
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
        Record::parse(EntityType::Customers, json.as_bytes())
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
    fn what_is_wrong_is_named_but_not_quoted() {
        let long = format!(r#"{{"customer_id": "{}"}}"#, "x".repeat(256));
        let cases = [
            ("7", "it is not an object"),
            ("{}", "customer_id is missing"),
            (r#"{"customer_id": ""}"#, "customer_id is missing"),
            (r#"{"customer_id": true}"#, "customer_id is neither a text nor a number"),
            (long.as_str(), "customer_id is longer than 255 bytes"),
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
