//! What a stored event says about a record.

use crate::incoming::{Incoming, Version};
use chrono::SecondsFormat;
use domain::webhook::EventKind;
use domain::{EntityType, Moment, record_id};
use mapping::{Completeness, FieldMapping};
use serde_json::{Map, Value};
use storage::webhooks::Event;

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

/// Reads an event of a partner whose clock is ahead of ours by so many microseconds.
pub(super) fn read(event: &Event, partner_ahead: i64) -> Meaning {
    if !event.integration_active {
        return Meaning::Unusable("integration_inactive", "the integration is switched off".to_owned());
    }

    let kind = EventKind::of(&event.event_type);
    let Some(entity) = kind.entity() else { return Meaning::UnknownType };
    if storage::entities::descriptor(entity).append_only && !matches!(kind, EventKind::Created(_)) {
        return Meaning::AppendOnly;
    }

    match record(event, partner_ahead, kind, entity) {
        Ok(incoming) => Meaning::Record(entity, incoming),
        Err(reason) => Meaning::Unusable("malformed", reason),
    }
}

fn record(event: &Event, partner_ahead: i64, kind: EventKind, entity: EntityType) -> Result<Incoming, String> {
    let data = event.payload.get("data").and_then(Value::as_object).ok_or("`data` must be an object")?;
    let id_field = entity.id_field();
    let geniacs_id = record_id::of_json(data.get(id_field))
        .map_err(|reason| format!("`data.{id_field}` {reason}"))?
        .ok_or_else(|| format!("`data.{id_field}` is missing"))?;

    let fields = match changes(data) {
        Some(changes) => new_values(changes)?,
        None => whole(data, entity),
    };
    let only_changes = changes(data).is_some_and(tells_changes_alone);

    let at = moment(event, partner_ahead);
    let version = match kind {
        EventKind::Created(_) => Version::creation_at(at, event.id),
        _ => Version::event_at(at, event.id),
    };

    Ok(Incoming {
        geniacs_id,
        external_id: external_id(data),
        fields,
        implied: implied(kind, at, data),
        completeness: Completeness::Partial,
        only_changes,
        deleted: matches!(kind, EventKind::Deleted(_)),
        not_there: false,
        version,
        asked_at: None,
        arrived_at: Some(event.created_at.timestamp_micros()),
    })
}

/// What the kind of an event says about the record's local columns. It happened when the event says, not when that came.
fn implied(kind: EventKind, at: Moment, data: &Map<String, Value>) -> Map<String, Value> {
    let at = Value::String(at.time().to_rfc3339_opts(SecondsFormat::Micros, true));
    let columns = match kind {
        EventKind::PaymentCompleted => {
            vec![("status", "success".into()), ("paid_at", at), ("gateway_response", Value::Object(data.clone()))]
        }
        EventKind::SubscriptionActivated => vec![("status", "active".into()), ("activated_at", at)],
        _ => Vec::new(),
    };
    columns.into_iter().map(|(column, value)| (column.to_owned(), value)).collect()
}

/// What an event says has changed; none where it shows whole fields. Some partners send an empty `changes` beside those.
fn changes(data: &Map<String, Value>) -> Option<&Value> {
    data.get("changes").filter(|changes| match changes {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    })
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

/// Whether each of them is one. A field whose old value is the new one is shown beside them.
fn tells_changes_alone(changes: &Value) -> bool {
    let is_change = |change: &Value| change.get("old") != change.get("new");
    changes.as_object().is_some_and(|changes| changes.values().all(is_change))
}

fn whole(data: &Map<String, Value>, entity: EntityType) -> Map<String, Value> {
    let bookkeeping = |name: &str| {
        name == entity.id_field() || matches!(name, "external_id" | "updated_at" | "deleted" | "version" | "changes")
    };
    data.iter().filter(|(name, _)| !bookkeeping(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn external_id(data: &Map<String, Value>) -> Option<i64> {
    let id = record_id::of_json(data.get("external_id")).ok().flatten()?;
    record_id::local(&id)
}

/// The event's own time on our clock; its arrival where it has none, or one too far ahead.
fn moment(event: &Event, partner_ahead: i64) -> Moment {
    let told = event.payload.get("timestamp").and_then(Moment::of_json);
    told.map_or(Moment::exact(event.created_at), |told| told.on_our_clock(partner_ahead).heard_at(event.created_at))
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
            stored_at: "2026-01-01T10:00:00Z".parse().unwrap(),
        }
    }

    fn incoming(event: &Event) -> Incoming {
        match read(event, 0) {
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
    fn a_field_whose_old_value_is_the_new_one_was_not_changed() {
        let tells_changes = |changes: Value| {
            incoming(&event("customer.updated", json!({"data": {"customer_id": "c1", "changes": changes}})))
                .only_changes
        };
        assert!(tells_changes(json!({"customer_email": {"old": "a@b.id", "new": "c@d.id"}})));
        assert!(tells_changes(json!({"customer_email": {"new": "c@d.id"}})));
        assert!(!tells_changes(json!({"customer_email": {"old": "a@b.id", "new": "a@b.id"}})));
        assert!(!tells_changes(json!({})));
    }

    #[test]
    fn empty_changes_beside_whole_fields_do_not_hide_the_fields() {
        for changes in [json!(null), json!([]), json!({})] {
            let payload =
                json!({"data": {"customer_id": "c1", "customer_email": "c@d.id", "changes": changes.clone()}});
            let fields = incoming(&event("customer.updated", payload)).fields;
            assert_eq!(Value::Object(fields), json!({"customer_email": "c@d.id"}), "{changes}");
        }
    }

    #[test]
    fn ids_in_events_are_read_like_those_in_listings() {
        for spelling in ["17", "17.0", "1.7e1", r#""17""#] {
            let data = format!(r#"{{"data": {{"customer_id": {spelling}, "external_id": {spelling}}}}}"#);
            let incoming = incoming(&event("customer.updated", serde_json::from_str(&data).unwrap()));
            assert_eq!((incoming.geniacs_id.as_str(), incoming.external_id), ("17", Some(17)), "{spelling}");
        }
        let foreign = json!({"data": {"customer_id": "c1", "external_id": "0020091"}});
        assert_eq!(incoming(&event("customer.updated", foreign)).external_id, None, "somebody else's number");
    }

    #[test]
    fn a_time_too_far_ahead_or_missing_becomes_the_arrival() {
        let told_at = |text| Moment::parse(text).unwrap();
        let arrival = Moment::exact("2026-01-01T10:00:00Z".parse().unwrap());
        for (told, expected) in [
            (json!("2026-01-01T10:04:59Z"), told_at("2026-01-01T10:04:59Z")),
            (json!("2027-01-01T00:00:00Z"), arrival),
            (json!("not a time"), arrival),
            (Value::Null, arrival),
            (json!("2020-02-29T00:00:00+07:00"), told_at("2020-02-28T17:00:00Z")),
        ] {
            let event = event("customer.deleted", json!({"timestamp": told, "data": {"customer_id": "c1"}}));
            assert_eq!(incoming(&event).version, Version::event_at(expected, 7));
        }
    }

    #[test]
    fn the_time_of_a_partner_whose_clock_is_ahead_is_put_on_ours() {
        let seven_hours = 7 * 3_600 * 1_000_000;
        let told = json!({"timestamp": "2026-01-01T16:59:00Z", "data": {"customer_id": "c1"}});
        let Meaning::Record(_, incoming) = read(&event("customer.deleted", told), seven_hours) else {
            panic!("not about a record")
        };
        assert_eq!(incoming.version.moment(), Moment::parse("2026-01-01T09:59:00Z").unwrap());
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
            (json!({"data": {}}), "`data.customer_id` is missing"),
            (json!({"data": {"customer_id": {}}}), "`data.customer_id` is neither a text nor a whole number"),
            (json!({"data": {"customer_id": "c", "changes": [1]}}), "`data.changes` must be an object"),
            (json!({"data": {"customer_id": "c", "changes": {"x": 1}}}), "`data.changes.x` must hold `new`"),
        ] {
            match read(&event("customer.updated", payload), 0) {
                Meaning::Unusable("malformed", text) => assert_eq!(text, reason),
                _ => panic!("{reason} was not noticed"),
            }
        }
    }
}
