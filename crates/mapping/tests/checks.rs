//! What is refused when a mapping is saved.

use domain::{EntityType, FieldType};
use mapping::{Context, FieldMapping, Plan, Problem};
use serde_json::{Value, json};

fn text() -> FieldMapping {
    FieldMapping::new("name", "customer_name", FieldType::String)
}

const ENTITY: EntityType = EntityType::Customers;

fn check(mapping: &FieldMapping) -> Vec<Problem> {
    mapping::check(ENTITY, mapping)
}

fn fields(problems: Vec<Problem>) -> Vec<String> {
    problems.into_iter().map(|problem| problem.field).collect()
}

fn transformation(kind: FieldType, rules: Value) -> Vec<String> {
    fields(check(&FieldMapping { field_type: kind, transformation_rules: rules, ..text() }))
}

fn validation(kind: FieldType, rules: Value) -> Vec<String> {
    fields(check(&FieldMapping { field_type: kind, validation_rules: rules, ..text() }))
}

#[test]
fn every_problem_is_named_not_only_the_first() {
    let mapping = FieldMapping {
        local_field: String::new(),
        geniacs_field: "external_id".to_owned(),
        default_value: Some("many".to_owned()),
        field_type: FieldType::Number,
        transformation_rules: json!({"trim": true, "reverse": true, "max_length": "10"}),
        validation_rules: json!({"min": "0", "email": true}),
        ..text()
    };

    let mut found = fields(check(&mapping));
    found.sort();

    let expected = [
        "default_value",
        "geniacs_field",
        "local_field",
        "transformation_rules.max_length",
        "transformation_rules.reverse",
        "transformation_rules.trim",
        "validation_rules.email",
        "validation_rules.min",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_rule_that_is_off_may_not_fit_but_must_exist() {
    assert!(transformation(FieldType::Number, json!({"uppercase": false})).is_empty());
    assert_eq!(transformation(FieldType::String, json!({"upercase": false})), ["transformation_rules.upercase"]);
}

#[test]
fn a_wrong_argument_is_refused() {
    for rules in [json!({"trim": 1}), json!({"trim": null}), json!({"trim": "true"}), json!([{"trim": "yes"}])] {
        assert_eq!(transformation(FieldType::String, rules.clone()), ["transformation_rules.trim"], "{rules}");
    }

    for argument in [json!(0), json!(-1), json!(1.5), json!("10"), json!(true), json!(2_000_000)] {
        let found = transformation(FieldType::String, json!({"max_length": argument}));
        assert_eq!(found, ["transformation_rules.max_length"], "{argument}");
    }

    assert_eq!(transformation(FieldType::String, json!({"format": "national"})), ["transformation_rules.format"]);
    assert_eq!(validation(FieldType::String, json!({"min": 0})), ["validation_rules.min"]);
    assert_eq!(validation(FieldType::Number, json!({"min_length": 1})), ["validation_rules.min_length"]);
}

#[test]
fn rules_that_contradict_each_other_are_refused() {
    let both = json!({"uppercase": true, "lowercase": true});
    assert_eq!(transformation(FieldType::String, both), ["transformation_rules.lowercase"]);
    let never = json!({"min_length": 11, "max_length": 10});
    assert_eq!(validation(FieldType::String, never), ["validation_rules.min_length"]);
}

#[test]
fn rules_are_null_or_an_object_or_a_list_of_single_rules() {
    for right in [Value::Null, json!({}), json!([]), json!(["trim", {"max_length": 10}])] {
        assert!(transformation(FieldType::String, right.clone()).is_empty(), "{right}");
    }

    assert_eq!(transformation(FieldType::String, json!("trim")), ["transformation_rules"]);
    assert_eq!(
        transformation(FieldType::String, json!([{"trim": true, "uppercase": true}])),
        ["transformation_rules[0]"]
    );
    assert_eq!(transformation(FieldType::String, json!(["trim", 7])), ["transformation_rules[1]"]);
}

#[test]
fn secrets_and_the_services_own_fields_cannot_be_mapped() {
    for local in ["secret", "community", "Password", "radius_password_hash", "id", "changed_xid", "geniacs_customer_id"]
    {
        let mapping = FieldMapping { local_field: local.to_owned(), ..text() };
        assert_eq!(fields(check(&mapping)), ["local_field"], "{local}");
    }

    for geniacs in ["external_id", "version", "deleted", "customer_id", "nas_server_id", " name", "a\nb", "  "] {
        let mapping = FieldMapping { geniacs_field: geniacs.to_owned(), ..text() };
        assert_eq!(fields(check(&mapping)), ["geniacs_field"], "{geniacs}");
    }
}

#[test]
fn names_and_defaults_fit_their_columns_counted_in_characters() {
    let long = "é".repeat(255);
    let mapping = FieldMapping { geniacs_field: long.clone(), default_value: Some(long.clone()), ..text() };
    assert!(check(&mapping).is_empty());
    let longer = format!("{long}é");
    let mapping = FieldMapping { geniacs_field: longer.clone(), default_value: Some(longer), ..text() };
    assert_eq!(fields(check(&mapping)), ["geniacs_field", "default_value"]);
}

#[test]
fn a_default_has_to_convert_and_to_pass_the_mappings_own_rules() {
    for (kind, right, wrong) in [
        (FieldType::Number, "0.10", "ten"),
        (FieldType::Boolean, "yes", "perhaps"),
        (FieldType::Date, "2024-02-29", "2023-02-29"),
        (FieldType::Json, "{\"a\": []}", "{"),
    ] {
        let with = |default: &str| FieldMapping { field_type: kind, default_value: Some(default.to_owned()), ..text() };
        assert!(check(&with(right)).is_empty(), "{kind}");
        assert_eq!(fields(check(&with(wrong))), ["default_value"], "{kind}");
    }

    let rules = json!({"email": true});
    let mapping = FieldMapping { default_value: Some("nobody".to_owned()), validation_rules: rules, ..text() };
    assert_eq!(fields(check(&mapping)), ["default_value"]);
}

#[test]
fn two_mappings_of_one_field_are_refused_on_either_side() {
    let other = FieldMapping { geniacs_field: "title".to_owned(), ..text() };
    assert_eq!(fields(mapping::check_all(ENTITY, &[text(), other.clone()])), ["mappings[1].local_field"]);
    let both = [text(), other, text()];
    let expected = ["mappings[1].local_field", "mappings[2].local_field", "mappings[2].geniacs_field"];
    assert_eq!(fields(mapping::check_all(ENTITY, &both)), expected);
    assert_eq!(fields(Plan::compile(ENTITY, &both, &Context::default()).unwrap_err()), expected);
}

#[test]
fn a_mapping_is_read_with_its_optional_parts_left_out() {
    let mapping: FieldMapping = serde_json::from_value(
        json!({"local_field": "name", "geniacs_field": "customer_name", "field_type": "string"}),
    )
    .unwrap();
    assert_eq!(mapping, text());
    let again: FieldMapping = serde_json::from_str(&serde_json::to_string(&mapping).unwrap()).unwrap();
    assert_eq!(again, mapping);
}
