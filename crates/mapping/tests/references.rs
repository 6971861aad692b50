//! Fields that name another record.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Plan, Problem, REFERENCE, References};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ENTITY: EntityType = EntityType::Subscriptions;

fn customer() -> FieldMapping {
    FieldMapping {
        transformation_rules: json!({"reference": "customers"}),
        ..FieldMapping::new("customer_id", "customer_id", FieldType::String)
    }
}

fn plan() -> Plan {
    let nas = FieldMapping {
        transformation_rules: json!(["trim", {"reference": "nas_servers"}]),
        ..FieldMapping::new("nas_server_id", "router", FieldType::String)
    };
    assert_eq!(fields(mapping::check(ENTITY, &nas)), ["transformation_rules.reference"]);
    let nas = FieldMapping { transformation_rules: json!([{"reference": "nas_servers"}]), ..nas };
    let name = FieldMapping::new("username", "subscription_username", FieldType::String);
    Plan::compile(ENTITY, &[name, customer(), nas], &Context::default()).unwrap()
}

fn linked() -> References {
    let mut references = References::default();
    references.insert(EntityType::Customers, 17, "cust_1");
    references.insert(EntityType::NasServers, 17, "4711");
    references
}

fn record(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn fields(problems: Vec<Problem>) -> Vec<String> {
    problems.into_iter().map(|problem| problem.field).collect()
}

fn refused(change: impl FnOnce(&mut FieldMapping)) -> Vec<String> {
    let mut mapping = customer();
    change(&mut mapping);
    fields(mapping::check(ENTITY, &mapping))
}

#[test]
fn a_local_id_becomes_the_partners_and_comes_back() {
    let local = record(json!({"username": "siti", "customer_id": 17, "nas_server_id": 17}));
    let pushed = plan().push(&local, &linked());
    let there = record(json!({"subscription_username": "siti", "customer_id": "cust_1", "router": "4711"}));
    assert_eq!((&pushed.fields, pushed.errors), (&there, vec![]));

    assert_eq!(plan().pull(&there, &linked()).fields, local);

    for number in ["4711", "4711.0", "4.711e3"] {
        let numbered: Value =
            serde_json::from_str(&format!(r#"{{"customer_id": "cust_1", "router": {number}}}"#)).unwrap();
        assert_eq!(plan().pull_partial(&record(numbered), &linked()).fields["nas_server_id"], 17, "{number}");
    }
}

#[test]
fn the_references_of_a_record_are_known_before_it_is_mapped() {
    let plan = plan();
    assert!(plan.has_references());
    let local = record(json!({"customer_id": 17, "nas_server_id": null}));
    assert_eq!(plan.local_references(&local).collect::<Vec<_>>(), [(EntityType::Customers, 17)]);

    let changes = record(json!({"customer_id": "cust_1", "nas_server_id": 4711, "other": "cust_2"}));
    let expected = [(EntityType::Customers, "cust_1".into()), (EntityType::NasServers, "4711".into())];
    assert_eq!(plan.geniacs_references(&changes).collect::<Vec<_>>(), expected);

    let unusable = record(json!({"customer_id": "a\u{0}b", "router": {}}));
    assert_eq!(plan.geniacs_references(&unusable).count(), 0);
}

#[test]
fn a_target_that_is_not_linked_is_an_error_even_of_an_optional_field() {
    let local = record(json!({"username": "siti", "customer_id": 18}));
    let pushed = plan().push(&local, &linked());
    assert_eq!((pushed.errors[0].rule, &pushed.errors[0].value), (REFERENCE, &json!(18)));
    assert!(pushed.warnings.is_empty());

    let there = record(json!({"customer_id": "cust_2"}));
    let patch = plan().patch(&local, &there, Completeness::Partial, &linked());
    let pulled = [plan().pull(&there, &linked()), plan().pull_partial(&there, &linked())];

    for (errors, columns) in
        pulled.into_iter().map(|mapped| (mapped.errors, mapped.fields)).chain([(patch.errors.clone(), patch.columns())])
    {
        assert_eq!((errors[0].rule, &errors[0].value), (REFERENCE, &json!("cust_2")));
        assert!(columns.is_empty());
    }
}

#[test]
fn a_key_that_cannot_be_one_fails_like_any_other_value() {
    for wrong in [json!({}), json!(true), json!("x".repeat(256)), json!("a\u{0}")] {
        let mapped = plan().pull(&record(json!({"customer_id": wrong})), &linked());
        assert_eq!((mapped.warnings[0].rule, mapped.errors.len()), ("type", 0));
    }
    let mapped = plan().push(&record(json!({"customer_id": "seventeen"})), &linked());
    assert_eq!(mapped.warnings[0].rule, "type");
}

#[test]
fn null_clears_a_reference() {
    let local = record(json!({"username": "siti", "customer_id": 17}));
    let patch = plan().patch(&local, &record(json!({"customer_id": null})), Completeness::Partial, &linked());
    assert_eq!(patch.columns(), record(json!({"customer_id": null})));
    assert_eq!(plan().push(&record(json!({"customer_id": null})), &linked()).fields["customer_id"], Value::Null);
}

#[test]
fn a_reference_that_says_the_same_is_no_change() {
    let local = record(json!({"customer_id": 17, "nas_server_id": 17}));
    let same = record(json!({"customer_id": "cust_1", "router": 4711}));
    assert!(plan().patch(&local, &same, Completeness::Whole, &linked()).changes_nothing());
    let mut more = linked();
    more.insert(EntityType::Customers, 18, "cust_2");
    let patch = plan().patch(&local, &record(json!({"customer_id": "cust_2"})), Completeness::Partial, &more);
    assert_eq!(patch.columns(), record(json!({"customer_id": 18})));
}

#[test]
fn a_reference_stands_alone_and_names_a_linked_entity() {
    assert!(refused(|_| {}).is_empty());
    assert!(refused(|m| m.validation_rules = json!({"required": true})).is_empty());
    assert_eq!(refused(|m| m.validation_rules = json!({"min_length": 3})), ["transformation_rules.reference"]);
    assert_eq!(refused(|m| m.default_value = Some("7".to_owned())), ["default_value"]);
    assert_eq!(refused(|m| m.field_type = FieldType::Number)[0], "transformation_rules.reference");

    for wrong in [json!("monitoring_data"), json!("people"), json!(true)] {
        let found = refused(|m| m.transformation_rules = json!({"reference": wrong}));
        assert_eq!(found, ["transformation_rules.reference", "geniacs_field"]);
    }
}

#[test]
fn another_entitys_id_is_mapped_by_its_reference_alone() {
    assert_eq!(refused(|m| m.transformation_rules = Value::Null), ["geniacs_field"]);
    assert_eq!(refused(|m| m.transformation_rules = json!({"reference": "invoices"})), ["geniacs_field"]);
    assert_eq!(fields(mapping::check(EntityType::Customers, &customer())), ["geniacs_field"]);
    for own in ["subscription_id", "monitoring_id"] {
        assert_eq!(refused(|m| m.geniacs_field = own.to_owned()), ["geniacs_field"], "{own}");
    }
}

proptest! {
    #[test]
    fn a_round_trip_of_references_is_the_identity(links in prop::collection::hash_map(any::<i64>(), "[a-z0-9_-]{1,20}", 1..8), pick in any::<prop::sample::Index>()) {
        let mut references = References::default();
        let mut taken = std::collections::HashSet::new();
        let links: Vec<(i64, String)> = links.into_iter().filter(|(_, there)| taken.insert(there.clone())).collect();

        for (here, there) in &links {
            references.insert(EntityType::Customers, *here, there);
        }

        let local = record(json!({"customer_id": links[pick.index(links.len())].0}));
        let pushed = plan().push(&local, &references).fields;
        prop_assert_eq!(&plan().pull(&pushed, &references).fields, &local);
        prop_assert!(plan().patch(&local, &pushed, Completeness::Whole, &references).changes_nothing());
    }
}
