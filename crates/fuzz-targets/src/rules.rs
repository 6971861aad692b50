//! Mapping rules, compiled and applied to a record.

use domain::{EntityType, json};
use mapping::{Context, FieldMapping, Plan, References};
use serde_json::{Map, Value};

pub(crate) const SEEDS: &[&str] = &[
    r#"{"mapping": {"local_field": "name", "geniacs_field": "customer_name", "field_type": "string", "is_required": true,
        "transformation_rules": {"trim": true, "max_length": 5, "uppercase": true, "replace": {"a": "b"}},
        "validation_rules": {"required": true, "min_length": 1}}, "record": {"name": " Budi ", "customer_name": "Siti"}}"#,
    r#"{"mapping": {"local_field": "phone", "geniacs_field": "customer_phone", "field_type": "string",
        "transformation_rules": [{"remove_special_chars": true}, {"format": "international"}],
        "validation_rules": {"phone": true, "max_length": 15}}, "record": {"phone": "08123456789", "customer_phone": "+62"}}"#,
    r#"{"mapping": {"local_field": "latitude", "geniacs_field": "lat", "field_type": "number", "default_value": "0",
        "transformation_rules": {"round": 2, "multiply": 1.5}, "validation_rules": {"min": -90, "max": 90}},
        "record": {"latitude": "1e3", "lat": 12345678901234567890.123}}"#,
    r#"{"mapping": {"local_field": "registered_at", "geniacs_field": "since", "field_type": "date",
        "transformation_rules": {"format": "d/m/Y"}, "validation_rules": {"pattern": "^[0-9/]+$"}},
        "record": {"registered_at": "2026-02-29", "since": "31/12/2026"}}"#,
];

/// Rules that pass the check compile, and a plan maps any record, twice alike.
pub(crate) fn mapping(bytes: &[u8]) {
    let Ok(given) = json::from_slice::<Map<String, Value>>(bytes) else { return };
    let (Some(rules), Some(Value::Object(record))) = (given.get("mapping"), given.get("record")) else { return };
    let Ok(mapping) = serde_json::from_value::<FieldMapping>(rules.clone()) else { return };

    let problems = mapping::check(EntityType::Customers, &mapping);
    let context = Context { default_time_zone: Some(chrono_tz::Asia::Jakarta), ..Context::default() };
    let compiled = Plan::compile(EntityType::Customers, &[mapping], &context);
    assert!(!problems.is_empty() || compiled.is_ok(), "what passes the check compiles");
    let Ok(plan) = compiled else { return };

    let none = References::default();
    let (pushed, pulled) = (plan.push(record, &none), plan.pull(record, &none));
    assert_eq!(pushed.fields, plan.push(record, &none).fields);
    assert_eq!(pulled.fields, plan.pull(record, &none).fields);

    // A value that is mapped can be sent and stored.
    for fields in [pushed.fields, pulled.fields] {
        assert!(json::check(Value::Object(fields).to_string().as_bytes()).is_ok());
    }
}
