//! Which records a run is limited to.

use crate::input::{Fields, rule};
use domain::sync::{Filters, RecordKey};
use domain::{EntityType, Reason, SyncDirection};
use serde::Deserialize as _;
use serde_json::Value;

/// Reads `filters` of `body`, for an entity and a direction as far as they are known.
pub(in crate::routes) fn filters(
    body: &mut Fields,
    entity: Option<EntityType>,
    direction: Option<SyncDirection>,
) -> Filters {
    let mut fields = body.object("filters");
    let filters = Filters {
        updated_since: fields.optional("updated_since", rule::moment),
        status: take_status(&mut fields, entity),
        ids: fields.optional("ids", |value| read_ids(value, direction)).unwrap_or_default(),
        limit: fields.optional("limit", read_limit),
    };

    body.absorb(fields);
    filters
}

/// `status`, or the entity's own name for it: `customer_status`.
fn take_status(fields: &mut Fields, entity: Option<EntityType>) -> Option<String> {
    let plain = fields.optional("status", |value| known_status(value, entity));
    let own_name = format!("{}_status", entity?.event_name());
    let own = fields.optional(&own_name, |value| known_status(value, entity));

    if plain.is_some() && own.is_some() && plain != own {
        fields.problem(&own_name, Reason::new("contradiction", "contradicts `status`; give one of the two"));
    }
    own.or(plain)
}

fn known_status(value: &Value, entity: Option<EntityType>) -> Result<String, Reason> {
    let status = rule::text(1, 64)(value)?;
    let Some(entity) = entity else { return Ok(status) };
    let known: Vec<&str> = domain::status::statuses(entity).collect();
    if known.is_empty() {
        return Err(Reason::new("no_status", format!("{entity} have no status to filter by")));
    }
    if known.contains(&status.as_str()) {
        return Ok(status);
    }
    Err(Reason::new("unknown_name", format!("must be one of: {}", known.join(", "))).with("choices", known))
}

fn read_ids(value: &Value, direction: Option<SyncDirection>) -> Result<Vec<RecordKey>, Reason> {
    let keys = Vec::<RecordKey>::deserialize(value).map_err(|_| Reason::new("not_a_list", "must be a list of ids"))?;
    let keys: Vec<RecordKey> = keys.into_iter().map(|key| local_if_pushed(key, direction)).collect();
    if keys.is_empty() || keys.len() > Filters::MAX_IDS {
        let message = format!("must have from 1 to {} ids", Filters::MAX_IDS);
        let code = if keys.is_empty() { "empty" } else { "too_many_items" };
        return Err(Reason::new(code, message).with("maximum", Filters::MAX_IDS));
    }

    let fits = |key: &RecordKey| match direction {
        Some(SyncDirection::ToGeniacs) => matches!(key, RecordKey::Local(id) if *id > 0),
        Some(SyncDirection::FromGeniacs) => matches!(key, RecordKey::Geniacs(_)),
        _ => !matches!(key, RecordKey::Local(id) if *id <= 0),
    };

    if keys.iter().all(fits) {
        Ok(keys)
    } else {
        let message = "must be local ids (numbers above 0) when pushing, Geniacs ids (text) when pulling, either when syncing both ways";
        Err(Reason::new("other_side_s_ids", message))
    }
}

/// In a push every id is a local one, as a number or as text.
fn local_if_pushed(key: RecordKey, direction: Option<SyncDirection>) -> RecordKey {
    match key {
        RecordKey::Geniacs(text) if direction == Some(SyncDirection::ToGeniacs) => {
            rule::digits(&text).map_or(RecordKey::Geniacs(text), RecordKey::Local)
        }
        other => other,
    }
}

fn read_limit(value: &Value) -> Result<u64, Reason> {
    let limit = value.as_i64().filter(|limit| *limit >= 1).and_then(|limit| u64::try_from(limit).ok());
    limit.ok_or_else(|| Reason::new("range", "must be a whole number of at least 1").with("minimum", 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ApiError;
    use serde_json::json;

    fn read(filters: Value, entity: EntityType, direction: SyncDirection) -> Result<Filters, Vec<String>> {
        let mut body = Fields::new(serde_json::Map::from_iter([("filters".to_owned(), filters)]));
        let filters = super::filters(&mut body, Some(entity), Some(direction));
        body.finish(Some(filters)).map_err(|error| match error {
            ApiError::Invalid(details) => details.into_iter().map(|d| d.field).collect(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn the_examples_of_the_specification_are_understood() {
        let filters = json!({"updated_since": "2024-01-01T00:00:00Z", "customer_status": "active", "limit": 100});
        let filters = read(filters, EntityType::Customers, SyncDirection::ToGeniacs).unwrap();
        assert_eq!((filters.status.as_deref(), filters.limit), (Some("active"), Some(100)));
    }

    #[test]
    fn ids_are_numbers_in_a_push_and_text_in_a_pull() {
        let (push, pull) = (SyncDirection::ToGeniacs, SyncDirection::FromGeniacs);
        assert_eq!(read(json!({"ids": [1, 2]}), EntityType::Customers, push).unwrap().ids.len(), 2);
        let in_text = read(json!({"ids": ["1", 2]}), EntityType::Customers, push).unwrap();
        assert_eq!(in_text.ids, [RecordKey::Local(1), RecordKey::Local(2)]);
        assert_eq!(read(json!({"ids": ["c1"]}), EntityType::Customers, pull).unwrap().ids.len(), 1);
        let both = SyncDirection::Bidirectional;
        assert_eq!(read(json!({"ids": [1, "c1"]}), EntityType::Customers, both).unwrap().ids.len(), 2);

        for (ids, direction) in [
            (json!([1]), pull),
            (json!(["c1"]), push),
            (json!(["0"]), push),
            (json!([0]), push),
            (json!([]), push),
            (json!(1), push),
            (json!([1.5]), push),
            (json!(vec![1; 10_001]), push),
        ] {
            assert_eq!(read(json!({"ids": ids}), EntityType::Customers, direction).unwrap_err(), ["filters.ids"]);
        }
    }

    #[test]
    fn unknown_filters_and_values_are_all_named() {
        let filters =
            json!({"payment_status": "paid", "status": "paid", "limit": 0, "updated_since": "yesterday", "x": 1});
        let mut found = read(filters, EntityType::Customers, SyncDirection::ToGeniacs).unwrap_err();
        found.sort();
        let expected =
            ["filters.limit", "filters.payment_status", "filters.status", "filters.updated_since", "filters.x"];
        assert_eq!(found, expected);
    }
}
