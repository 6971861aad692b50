//! Whole records through a plan, both ways.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Mapped, Plan, References, default_mappings};
use serde_json::{Map, Value, json};

fn none() -> References {
    References::default()
}

fn plan(mappings: &[FieldMapping]) -> Plan {
    Plan::compile(EntityType::Customers, mappings, &Context::default()).unwrap()
}

fn customers() -> Plan {
    plan(&default_mappings(EntityType::Customers))
}

/// `{"column": local}` pushed through one mapping of `column` to `field`.
fn pushed(mapping: FieldMapping, local: impl Into<Value>) -> Mapped {
    plan(&[mapping]).push(&record(json!({ "column": local.into() })), &none())
}

fn optional(kind: FieldType) -> FieldMapping {
    FieldMapping::new("column", "field", kind)
}

fn record(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(record) => record,
        other => panic!("not a record: {other}"),
    }
}

fn exact(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_customer_is_pushed_by_the_default_mappings() {
    let local = json!({"id": 7, "name": "  Siti Aminah ", "email": "Siti@Example.COM", "phone": "0812-3456-789"});
    let mapped = customers().push(&record(local), &none());
    let expected = json!({"customer_name": "Siti Aminah", "customer_email": "siti@example.com", "customer_phone": "+628123456789",
        "customer_code": null, "customer_status": null});
    assert_eq!(Value::Object(mapped.fields), expected);
    assert!(mapped.warnings.is_empty() && mapped.errors.is_empty());
}

#[test]
fn a_failed_optional_field_is_dropped_with_the_contracts_warning() {
    let mapped =
        customers().push(&record(json!({"name": "Siti", "email": "siti@example.com", "phone": "12"})), &none());
    let expected = json!({"customer_name": "Siti", "customer_email": "siti@example.com", "customer_code": null,
        "customer_status": null});
    assert_eq!(Value::Object(mapped.fields), expected);
    assert_eq!(mapped.errors, []);
    assert_eq!(mapped.warnings[0].log_message(), "Validation failed for field phone with value: 12");
    assert_eq!(mapped.warnings[0].rule, "format");
}

#[test]
fn a_failed_required_field_is_an_error() {
    let mapped = customers().push(&record(json!({"name": "", "email": "invalid-email"})), &none());
    let found: Vec<_> = mapped.errors.iter().map(|e| (e.local_field.as_str(), e.rule)).collect();
    assert_eq!(found, [("name", "required"), ("email", "email")]);
    assert_eq!(mapped.errors[1].log_message(), "Validation failed for field email with value: invalid-email");
    assert!(mapped.warnings.is_empty());
    assert!(!mapped.fields.contains_key("customer_name") && !mapped.fields.contains_key("customer_email"));
}

#[test]
fn an_optional_field_without_a_value_is_sent_as_null_and_not_warned_about() {
    for local in [json!({}), json!({"column": null})] {
        let checked = FieldMapping { validation_rules: json!({"email": true}), ..optional(FieldType::String) };
        let sent = Mapped { fields: record(json!({"field": null})), ..Mapped::default() };
        assert_eq!(plan(&[checked]).push(&record(local), &none()), sent);
    }
}

#[test]
fn an_empty_text_of_an_optional_field_clears_its_column_and_equals_one_that_is_empty() {
    let rules = json!({"format": "international"});
    for rules in [Value::Null, rules] {
        let plan = plan(&[FieldMapping { transformation_rules: rules, ..optional(FieldType::String) }]);
        let patch = |here: Value| {
            let (local, told) = (record(json!({"column": here})), record(json!({"field": " "})));
            plan.patch(&local, &told, Completeness::Whole, &none()).columns()
        };
        assert_eq!(patch(json!("+628123456789")), record(json!({"column": null})));
        assert_eq!((patch(Value::Null), patch(json!(""))), (Map::new(), Map::new()));
    }

    let required = FieldMapping { is_required: true, ..optional(FieldType::String) };
    let told = record(json!({"field": ""}));
    assert_eq!(plan(&[required]).pull_partial(&told, &none()).fields["column"], "");
}

#[test]
fn the_rule_required_and_a_required_mapping_are_two_things() {
    let rule = FieldMapping { validation_rules: json!({"required": true}), ..optional(FieldType::String) };
    let mapped = pushed(rule.clone(), Value::Null);
    assert_eq!((mapped.warnings.len(), mapped.errors.len()), (1, 0), "an optional field whose rule fails is dropped");

    let mapped = pushed(FieldMapping { is_required: true, ..optional(FieldType::String) }, Value::Null);
    assert_eq!(mapped.errors[0].rule, "is_required");
    let mapped = pushed(FieldMapping { is_required: true, ..optional(FieldType::String) }, json!(""));
    assert_eq!(mapped.fields["field"], "", "empty text is there, unless a rule asks for more");

    let mapped = pushed(FieldMapping { is_required: true, ..rule }, json!(""));
    assert_eq!(mapped.errors[0].rule, "required");
}

#[test]
fn zero_is_not_missing() {
    let required =
        |kind| FieldMapping { validation_rules: json!({"required": true}), is_required: true, ..optional(kind) };
    assert_eq!(pushed(required(FieldType::Number), json!(0)).fields["field"], json!(0));
    assert_eq!(pushed(required(FieldType::String), json!("0")).fields["field"], "0");
    assert_eq!(pushed(required(FieldType::Boolean), json!(false)).fields["field"], false);
}

#[test]
fn a_default_takes_the_place_of_a_missing_value() {
    let mapping =
        FieldMapping { default_value: Some("1.50".to_owned()), is_required: true, ..optional(FieldType::Number) };
    for missing in [Value::Null, json!(" ")] {
        assert_eq!(pushed(mapping.clone(), missing).fields["field"].to_string(), "1.50");
    }
    assert_eq!(pushed(mapping.clone(), json!(0)).fields["field"], json!(0));
    assert_eq!(plan(&[mapping]).pull(&Map::new(), &none()).fields["column"].to_string(), "1.50");
}

#[test]
fn rules_of_an_object_apply_in_the_documented_order_and_those_of_a_list_as_written() {
    let cut = |rules| FieldMapping { transformation_rules: rules, ..optional(FieldType::String) };
    let sent = |rules| pushed(cut(rules), json!("  abcdef")).fields["field"].clone();
    assert_eq!(sent(json!({"max_length": 3, "uppercase": true, "trim": true})), "ABC");
    assert_eq!(sent(json!([{"max_length": 3}, {"trim": true}])), "a");
    assert_eq!(sent(json!(["trim", {"max_length": 3}, {"uppercase": false}])), "abc");
    assert_eq!(sent(json!({"trim": false})), "  abcdef");
}

#[test]
fn the_specifications_telephone_example_keeps_its_plus_sign() {
    let mapping = FieldMapping {
        transformation_rules: json!({"remove_special_chars": true, "format": "international"}),
        validation_rules: json!({"phone": true, "min_length": 10, "max_length": 15}),
        ..optional(FieldType::String)
    };

    for (local, sent) in
        [("0812-3456-789", "+628123456789"), ("8123456789", "+628123456789"), ("+1 (650) 253-0000", "+16502530000")]
    {
        assert_eq!(pushed(mapping.clone(), json!(local)).fields["field"], sent);
    }
}

#[test]
fn a_plan_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&customers());
}

#[test]
fn the_region_of_the_integration_reads_local_numbers() {
    let mapping =
        FieldMapping { transformation_rules: json!({"format": "international"}), ..optional(FieldType::String) };

    let plan = Plan::compile(
        EntityType::Customers,
        &[mapping],
        &Context { default_region: "SG".parse().unwrap(), ..Context::default() },
    )
    .unwrap();

    assert_eq!(plan.push(&record(json!({"column": "9123 4567"})), &none()).fields["field"], "+6591234567");
}

#[test]
fn money_keeps_every_digit() {
    let mappings = default_mappings(EntityType::Payments);
    let plan = Plan::compile(EntityType::Payments, &mappings, &Context::default()).unwrap();
    let mapped = plan.push(&exact(r#"{"amount": 9007199254740993.10, "status": "success"}"#), &none());
    assert_eq!(mapped.fields["payment_amount"].to_string(), "9007199254740993.10");
    let mapped = plan.push(&exact(r#"{"amount": -0.01, "status": "success"}"#), &none());
    assert_eq!(mapped.errors[0].rule, "min");
    let mapped = plan.push(&exact(r#"{"amount": 1e60, "status": "success"}"#), &none());
    assert_eq!(mapped.errors[0].rule, "type");
}

#[test]
fn a_new_record_is_built_from_geniacs_fields_and_ignores_all_others() {
    let geniacs = json!({"customer_id": "c1", "customer_name": " Siti ", "customer_email": "SITI@example.com",
        "customer_phone": "0812 3456 789", "name": "not a Geniacs field"});
    let mapped = customers().pull(&record(geniacs), &none());
    let expected = json!({"name": "Siti", "email": "siti@example.com", "phone": "+628123456789"});
    assert_eq!(Value::Object(mapped.fields), expected);
    assert_eq!(customers().pull(&Map::new(), &none()).errors.len(), 2);
}

#[test]
fn lossy_rules_do_not_change_incoming_values() {
    let rules = json!({"max_length": 3, "remove_special_chars": true, "uppercase": true});
    let plan = plan(&[FieldMapping { transformation_rules: rules, ..optional(FieldType::String) }]);
    assert_eq!(plan.pull(&record(json!({"field": "a-bcdef"})), &none()).fields["column"], "A-BCDEF");
}

#[test]
fn changes_may_name_the_geniacs_or_the_local_field_and_geniacs_wins() {
    let change = |value| Value::Object(customers().pull_partial(&record(value), &none()).fields);
    assert_eq!(change(json!({"phone": "08123456789"})), json!({"phone": "+628123456789"}));
    assert_eq!(change(json!({"customer_name": "A", "name": "B"})), json!({"name": "A"}));
    assert_eq!(change(json!({"nickname": "A"})), json!({}));
}

#[test]
fn a_local_name_that_is_also_a_geniacs_field_means_the_geniacs_field() {
    let crossed = plan(&[
        FieldMapping::new("name", "title", FieldType::String),
        FieldMapping::new("alias", "name", FieldType::String),
    ]);
    assert_eq!(
        Value::Object(crossed.pull_partial(&record(json!({"name": "A"})), &none()).fields),
        json!({"alias": "A"})
    );
}

#[test]
fn an_explicit_null_clears_an_optional_column_and_fails_a_required_one() {
    let mapped = customers().pull_partial(&record(json!({"customer_phone": null, "customer_name": null})), &none());
    assert_eq!(Value::Object(mapped.fields), json!({"phone": null}));
    assert_eq!(mapped.errors[0].local_field, "name");
}

#[test]
fn an_equal_value_in_another_spelling_is_no_change() {
    let plan = plan(&[
        FieldMapping::new("price", "price", FieldType::Number),
        FieldMapping::new("paid_at", "paid", FieldType::Date),
        FieldMapping::new("extra", "extra", FieldType::Json),
        FieldMapping {
            transformation_rules: json!({"lowercase": true}),
            ..FieldMapping::new("email", "mail", FieldType::String)
        },
    ]);

    let local =
        exact(r#"{"price": 10.50, "paid_at": "2024-01-01T10:00:00+07:00", "extra": {"a": 1.0}, "email": "A@x.id"}"#);
    let same = exact(r#"{"price": "10.5", "paid": "2024-01-01T03:00:00.000Z", "extra": {"a": 1}, "mail": "A@X.ID"}"#);
    assert!(plan.patch(&local, &same, Completeness::Whole, &none()).changes_nothing());

    let other = exact(r#"{"price": 10.51, "paid": null, "mail": "b@x.id"}"#);
    let patch = plan.patch(&local, &other, Completeness::Whole, &none());
    assert_eq!(patch.columns(), exact(r#"{"price": 10.51, "paid_at": null, "email": "b@x.id"}"#));
}

#[test]
fn a_field_that_a_push_would_drop_equals_null() {
    let local = record(json!({"name": "Siti", "email": "siti@example.com", "phone": "not a number"}));
    let incoming =
        record(json!({"customer_name": "Siti", "customer_email": "siti@example.com", "customer_phone": null}));
    assert!(customers().patch(&local, &incoming, Completeness::Whole, &none()).changes_nothing());
}

#[test]
fn a_patch_leaves_absent_fields_alone_but_a_whole_record_must_have_the_required_ones() {
    let local = record(json!({"name": "Siti", "email": "siti@example.com", "phone": "08123456789"}));
    let incoming = record(json!({"customer_name": "Siti Aminah"}));
    let partial = customers().patch(&local, &incoming, Completeness::Partial, &none());
    assert_eq!((Value::Object(partial.columns()), partial.errors), (json!({"name": "Siti Aminah"}), vec![]));
    let whole = customers().patch(&local, &incoming, Completeness::Whole, &none());
    assert_eq!(whole.errors[0].local_field, "email");
}

#[test]
fn an_event_that_the_database_cannot_store_is_refused_on_arrival() {
    let mapped =
        customers().pull_partial(&record(json!({"customer_phone": "0812\u{0}", "customer_name": "a\u{0}b"})), &none());
    assert_eq!((mapped.warnings.len(), mapped.errors.len(), mapped.fields.len()), (1, 1, 0));
}
