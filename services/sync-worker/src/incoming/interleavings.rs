//! What events come to, in whatever order they arrive.

use super::decide::{Decision, decide};
use super::version::{Version, Versions};
use super::{Here, Incoming, Merging, Outcome, Target};
use crate::run::compile;
use domain::sync::SyncOptions;
use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Plan, References};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use storage::records::Locked;

/// A row and its link, kept by nothing but decisions.
struct Row(Here);

impl Row {
    fn new(fields: &Value) -> Self {
        let row = Locked {
            id: 1,
            deleted: false,
            fields: fields.to_string(),
            geniacs_id: Some("g1".to_owned()),
            content_hash: None,
            agreed: None,
            record_version: 0,
            field_versions: json!({}),
            deleted_version: None,
        };
        Self(Here { row, local: fields.as_object().cloned().unwrap() })
    }

    fn apply(&mut self, target: &Target<'_>, record: &Incoming) -> Option<Outcome> {
        let here = &mut self.0;
        let (fields, versions, outcome) = match decide(target, record, Some(here), &mut Vec::new()) {
            Decision::Settled(outcome) => return Some(outcome),
            Decision::Update { fields, versions, outcome, .. } => (fields, versions, Some(outcome)),
            Decision::Link { versions, .. } => (Map::new(), versions, None),
            other => panic!("not an update: {other:?}"),
        };
        here.local.extend(fields);
        self.note(versions);
        outcome
    }

    fn note(&mut self, versions: Versions) {
        self.0.row.record_version = versions.record();
        self.0.row.field_versions = versions.into_fields();
    }

    fn fields(&self) -> Value {
        Value::Object(self.0.local.clone())
    }
}

fn plan(entity: EntityType) -> Plan {
    let text = |local: &str, geniacs: &str| FieldMapping::new(local, geniacs, FieldType::String);
    let mappings = match entity {
        EntityType::Customers => vec![text("name", "customer_name"), text("city", "town"), text("notes", "remarks")],
        _ => vec![text("payment_method", "method"), text("status", "payment_status")],
    };
    compile(entity, &mappings, &Context::default()).unwrap()
}

fn end(entity: EntityType, before: &Value, events: &[Incoming]) -> Value {
    let (mapping, options) = (plan(entity), SyncOptions::default());
    let descriptor = storage::entities::descriptor(entity);
    let target = Target {
        integration_id: 1,
        entity,
        descriptor,
        mapping: &mapping,
        options: &options,
        merging: Merging::EchoesOnly,
        references: References::default(),
    };
    let mut row = Row::new(before);
    for event in events {
        row.apply(&target, event);
    }
    row.fields()
}

fn event(hour: i64, fields: &Value, implied: &Value) -> Incoming {
    let map = |value: &Value| value.as_object().cloned().unwrap();
    Incoming {
        geniacs_id: "g1".to_owned(),
        external_id: None,
        fields: map(fields),
        implied: map(implied),
        completeness: Completeness::Partial,
        deleted: false,
        version: Version::event(hour * 3_600_000_000, 1),
    }
}

/// Each event changes some fields, to a value that tells its hour.
fn changes() -> impl Strategy<Value = (Vec<Incoming>, Vec<Incoming>)> {
    let names = prop::sample::subsequence(vec!["customer_name", "town", "remarks"], 1..=3);
    prop::collection::vec(names, 1..8).prop_flat_map(|events| {
        let hours = (1_i64..).zip(&events);
        let in_order: Vec<Incoming> = hours
            .map(|(hour, names)| {
                event(hour, &names.iter().map(|name| (*name, json!(hour.to_string()))).collect(), &json!({}))
            })
            .collect();
        (Just(in_order.clone()), Just(in_order).prop_shuffle())
    })
}

/// What gateways say about a payment, two days apart: words under the mapping, and completions.
fn payments() -> impl Strategy<Value = (Vec<Incoming>, Vec<Incoming>)> {
    let words: Vec<&str> = domain::status::statuses(EntityType::Payments).chain(["completed"]).collect();
    prop::collection::vec(prop::sample::select(words), 1..6).prop_flat_map(|words| {
        let hours = (48_i64..).step_by(48).zip(&words);
        let in_order: Vec<Incoming> = hours
            .map(|(hour, word)| match *word {
                "completed" => event(hour, &json!({}), &json!({"status": "success"})),
                word => event(hour, &json!({"payment_status": word}), &json!({})),
            })
            .collect();
        (Just(in_order.clone()), Just(in_order).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn no_interleaving_of_events_loses_the_newer_value((in_order, shuffled) in changes()) {
        let before = json!({"name": "0", "city": "0", "notes": "0"});
        let after = end(EntityType::Customers, &before, &shuffled);
        prop_assert_eq!(&after, &end(EntityType::Customers, &before, &in_order));
        for (column, field) in [("name", "customer_name"), ("city", "town"), ("notes", "remarks")] {
            let newest = in_order.iter().rev().find_map(|event| event.fields.get(field));
            prop_assert_eq!(&after[column], newest.unwrap_or(&before[column]));
        }
    }

    #[test]
    fn a_payment_comes_to_the_same_status_in_any_order((in_order, shuffled) in payments()) {
        let before = json!({"status": "pending", "payment_method": null});
        let status = |events: &[Incoming]| end(EntityType::Payments, &before, events)["status"].clone();
        prop_assert_eq!(status(&in_order), status(&shuffled));
    }
}

#[test]
fn a_refused_status_drops_that_field_alone() {
    let before = json!({"status": "success", "payment_method": "cash"});
    let late = event(9, &json!({"payment_status": "pending", "method": "card"}), &json!({}));
    assert_eq!(end(EntityType::Payments, &before, &[late]), json!({"status": "success", "payment_method": "card"}));
}
