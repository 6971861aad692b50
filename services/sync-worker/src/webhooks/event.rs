//! What a stored event says about a record.

use crate::incoming::{Incoming, Version};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use domain::EntityType;
use domain::webhook::EventKind;
use mapping::{Completeness, FieldMapping};
use serde_json::{Map, Value};
use storage::webhooks::Event;

/// An event's time may run ahead of its arrival by so much: clocks differ, but a far future would win for ever.
const MOST_AHEAD: Duration = Duration::minutes(5);

/// What to do with an event.
pub(super) enum Meaning {
    /// It is about a record of this kind.
    Record(EntityType, Incoming),
    /// It changes or deletes what is only ever added.
    AppendOnly,
    /// Nothing: stored, logged, and done.
    UnknownType,
    /// It cannot be applied, for this reason.
    Unusable(&'static str, String),
}

/// Reads an event.
pub(super) fn read(event: &Event) -> Meaning {
    if !event.integration_active {
        return Meaning::Unusable("integration_inactive", "the integration is switched off".to_owned());
    }
    let kind = EventKind::of(&event.event_type);
    let Some(entity) = kind.entity() else { return Meaning::UnknownType };
    if storage::entities::descriptor(entity).append_only && !matches!(kind, EventKind::Created(_)) {
        return Meaning::AppendOnly;
    }
    match record(event, kind, entity) {
        Ok(incoming) => Meaning::Record(entity, incoming),
        Err(reason) => Meaning::Unusable("malformed", reason),
    }
}

fn record(event: &Event, kind: EventKind, entity: EntityType) -> Result<Incoming, String> {
    let data = event.payload.get("data").and_then(Value::as_object).ok_or("`data` must be an object")?;
    let geniacs_id = match data.get(entity.id_field()) {
        Some(Value::String(id)) if !id.is_empty() && id.chars().count() <= 255 => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(format!("`data.{}` must be a text of 1 to 255 characters", entity.id_field())),
    };
    let fields = match data.get("changes") {
        Some(changes) => new_values(changes)?,
        None => whole(data, entity),
    };
    let at = moment(event);
    Ok(Incoming {
        geniacs_id,
        external_id: external_id(data),
        fields,
        implied: implied(kind, at, data),
        completeness: Completeness::Partial,
        deleted: matches!(kind, EventKind::Deleted(_)),
        version: Version::event(at.timestamp_micros(), event.id),
        asked_at: None,
    })
}

/// What the kind of an event says about the record's local columns. It happened when the event says, not when that came.
fn implied(kind: EventKind, at: DateTime<Utc>, data: &Map<String, Value>) -> Map<String, Value> {
    let at = Value::String(at.to_rfc3339_opts(SecondsFormat::Micros, true));
    let columns = match kind {
        EventKind::PaymentCompleted => {
            vec![("status", "success".into()), ("paid_at", at), ("gateway_response", Value::Object(data.clone()))]
        }
        EventKind::SubscriptionActivated => vec![("status", "active".into()), ("activated_at", at)],
        _ => Vec::new(),
    };
    columns.into_iter().map(|(column, value)| (column.to_owned(), value)).collect()
}

/// `{"email": {"old": …, "new": …}}`: the old value is information, not a condition.
fn new_values(changes: &Value) -> Result<Map<String, Value>, String> {
    let changes = changes.as_object().ok_or("`data.changes` must be an object")?;
    let new = |(name, change): (&String, &Value)| match change {
        Value::Object(change) if change.contains_key("new") => {
            Ok((name.clone(), change.get("new").cloned().unwrap_or_default()))
        }
        _ => Err(format!("`data.changes.{}` must hold `new`", name.chars().take(64).collect::<String>())),
    };
    changes.iter().map(new).collect()
}

fn whole(data: &Map<String, Value>, entity: EntityType) -> Map<String, Value> {
    let bookkeeping =
        |name: &str| name == entity.id_field() || matches!(name, "external_id" | "updated_at" | "deleted" | "version");
    data.iter().filter(|(name, _)| !bookkeeping(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn external_id(data: &Map<String, Value>) -> Option<i64> {
    match data.get("external_id")? {
        Value::String(id) => id.parse().ok(),
        Value::Number(id) => id.as_i64(),
        _ => None,
    }
}

/// The event's own time; its arrival where it has none, or one too far ahead.
fn moment(event: &Event) -> DateTime<Utc> {
    let told = match event.payload.get("timestamp") {
        Some(Value::String(text)) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc)),
        Some(Value::Number(seconds)) => seconds.as_i64().and_then(|s| DateTime::from_timestamp(s, 0)),
        _ => None,
    };
    told.filter(|at| *at <= event.created_at + MOST_AHEAD).unwrap_or(event.created_at)
}

/// Gives fields that are called by their local names their Geniacs names, so that versions are kept under one name.
pub(super) fn use_geniacs_names(fields: Map<String, Value>, mappings: &[FieldMapping]) -> Map<String, Value> {
    let geniacs_name = |name: String| {
        if mappings.iter().any(|m| m.geniacs_field == name) {
            return name;
        }
        mappings.iter().find(|m| m.local_field == name).map_or(name, |m| m.geniacs_field.clone())
    };
    fields.into_iter().map(|(name, value)| (geniacs_name(name), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(event_type: &str, payload: Value) -> Event {
        Event {
            id: 7,
            integration_id: 1,
            event_type: event_type.to_owned(),
            payload,
            processing_attempts: 0,
            integration_active: true,
            created_at: "2026-01-01T10:00:00Z".parse().unwrap(),
        }
    }

    fn incoming(event: &Event) -> Incoming {
        match read(event) {
            Meaning::Record(EntityType::Customers, incoming) => incoming,
            _ => panic!("not about a customer"),
        }
    }

    #[test]
    fn changes_and_whole_records_are_understood_alike() {
        let changed = event(
            "customer.updated",
            json!({"data": {"customer_id": "c1", "changes": {"customer_email": {"old": "a@b.id", "new": "c@d.id"}}}}),
        );
        let whole = event("customer.updated", json!({"data": {"customer_id": "c1", "customer_email": "c@d.id"}}));
        assert_eq!(incoming(&changed).fields, incoming(&whole).fields);
        assert_eq!(incoming(&changed).geniacs_id, "c1");
    }

    #[test]
    fn a_time_too_far_ahead_or_missing_becomes_the_arrival() {
        let arrival = "2026-01-01T10:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for (told, expected) in [
            (json!("2026-01-01T10:04:59Z"), "2026-01-01T10:04:59Z".parse().unwrap()),
            (json!("2027-01-01T00:00:00Z"), arrival),
            (json!("not a time"), arrival),
            (Value::Null, arrival),
            (json!("2020-02-29T00:00:00+07:00"), "2020-02-28T17:00:00Z".parse().unwrap()),
        ] {
            let event = event("customer.deleted", json!({"timestamp": told, "data": {"customer_id": "c1"}}));
            assert_eq!(incoming(&event).version, Version::event(DateTime::<Utc>::timestamp_micros(&expected), 7));
        }
    }

    #[test]
    fn local_names_in_changes_become_geniacs_names() {
        let mappings = [FieldMapping::new("email", "customer_email", domain::FieldType::String)];
        let fields = json!({"email": "a@b.id", "other": 1}).as_object().cloned().unwrap();
        let renamed = use_geniacs_names(fields, &mappings);
        assert_eq!(Value::Object(renamed), json!({"customer_email": "a@b.id", "other": 1}));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (payload, reason) in [
            (json!({}), "`data` must be an object"),
            (json!({"data": {}}), "`data.customer_id` must be a text of 1 to 255 characters"),
            (json!({"data": {"customer_id": "c", "changes": []}}), "`data.changes` must be an object"),
            (json!({"data": {"customer_id": "c", "changes": {"x": 1}}}), "`data.changes.x` must hold `new`"),
        ] {
            match read(&event("customer.updated", payload)) {
                Meaning::Unusable("malformed", text) => assert_eq!(text, reason),
                _ => panic!("{reason} was not noticed"),
            }
        }
    }
}
