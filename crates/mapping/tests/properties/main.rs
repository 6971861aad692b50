//! What holds for every record and every mapping.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

mod both_ways;
mod generators;
mod one_way;

use domain::EntityType;
use mapping::{Context, FieldMapping, Plan, Problem, References, canonical_bytes};
use serde_json::{Map, Value};

fn none() -> References {
    References::default()
}

fn check(mapping: &FieldMapping) -> Vec<Problem> {
    mapping::check(EntityType::Customers, mapping)
}

fn context() -> Context {
    Context { default_time_zone: Some(chrono_tz::Europe::Berlin), ..Context::default() }
}

fn compiled(mapping: &FieldMapping) -> Plan {
    Plan::compile(EntityType::Customers, std::slice::from_ref(mapping), &context()).unwrap()
}

fn of(key: &str, value: &Value) -> Map<String, Value> {
    [(key.to_owned(), value.clone())].into_iter().collect()
}

fn bytes(fields: &Map<String, Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    canonical_bytes(fields, &mut bytes);
    bytes
}

fn with_changes(mut record: Map<String, Value>, changes: Map<String, Value>) -> Map<String, Value> {
    record.extend(changes);
    record
}
