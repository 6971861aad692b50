//! Single values, rules and forms.

use crate::generators::{any_json, any_mapping, any_rules, text_rules, words};
use crate::{bytes, check, compiled, none, of};
use domain::{EntityType, FieldType};
use mapping::{Context, FieldMapping, Plan};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const TRANSFORMATIONS: &[&str] = &[
    "reference",
    "concat",
    "trim",
    "remove_special_chars",
    "replace",
    "regex",
    "format",
    "uppercase",
    "lowercase",
    "value_map",
    "prefix",
    "suffix",
    "max_length",
    "scale",
    "round",
    "date_format",
];
const VALIDATIONS: &[&str] =
    &["required", "email", "phone", "url", "ip", "mac", "min_length", "max_length", "min", "max", "in"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn rules_that_apply_both_ways_are_idempotent(rules in text_rules(), text in words()) {
        let mapping = FieldMapping { transformation_rules: rules, ..FieldMapping::new("same", "same", FieldType::String) };
        let plan = compiled(&mapping);
        let once = plan.pull(&of("same", &json!(text)), &none()).fields;
        prop_assert_eq!(&plan.pull(&once, &none()).fields, &once);
        let pushed = plan.push(&of("same", &json!(text)), &none()).fields;
        // What failed its validation is left out; without it, nothing is known to be here.
        prop_assume!(!pushed.is_empty());
        prop_assert_eq!(&plan.push(&pushed, &none()).fields, &pushed);
    }

    #[test]
    fn arbitrary_records_never_panic(mapping in any_mapping(), here in any_json(), incoming in any_json()) {
        let plan = compiled(&mapping);
        let (local, geniacs) = (of("column", &here), of("field", &incoming));
        for mapped in [plan.push(&local, &none()), plan.pull(&geniacs, &none()), plan.pull_partial(&of("column", &incoming), &none())] {
            for problem in mapped.warnings.iter().chain(&mapped.errors) {
                prop_assert!(problem.log_message().starts_with("Validation failed for field column with value: "));
            }
            prop_assert!(mapped.fields.len() <= 1);
        }
    }

    #[test]
    fn arbitrary_rules_are_refused_without_a_panic(transformation in prop_oneof![any_json(), any_rules(TRANSFORMATIONS)], validation in prop_oneof![any_json(), any_rules(VALIDATIONS)], default in ".{0,8}") {
        for kind in FieldType::ALL {
            let mapping = FieldMapping {
                transformation_rules: transformation.clone(),
                validation_rules: validation.clone(),
                default_value: Some(default.clone()),
                ..FieldMapping::new("column", "field", *kind)
            };

            let refused = !check(&mapping).is_empty();
            prop_assert_eq!(refused, Plan::compile(EntityType::Customers, &[mapping], &Context::default()).is_err());
        }
    }

    #[test]
    fn cut_text_has_at_most_so_many_characters(text in ".{0,40}", length in 1_usize..20) {
        let mapping = FieldMapping {
            transformation_rules: json!({"max_length": length}),
            validation_rules: json!({"max_length": length}),
            ..FieldMapping::new("column", "field", FieldType::String)
        };

        let pushed = compiled(&mapping).push(&of("column", &json!(text)), &none());
        prop_assert_eq!(pushed.warnings, vec![]);

        let expected: String = text.chars().take(length).collect();
        prop_assert_eq!(&pushed.fields["field"], &json!(expected));
    }

    #[test]
    fn canonical_bytes_are_those_of_their_own_reading(fields in prop::collection::btree_map(".{0,4}", any_json(), 0..5)) {
        let fields: Map<String, Value> = fields.into_iter().collect();
        let once = bytes(&fields);
        let read: Map<String, Value> = serde_json::from_slice(&once).unwrap();
        prop_assert_eq!(bytes(&read), once);
    }
}

#[test]
fn the_order_of_an_objects_keys_does_not_matter() {
    let spellings = [
        r#"{"trim": true, "uppercase": true, "max_length": 4}"#,
        r#"{"max_length": 4, "trim": true, "uppercase": true}"#,
        r#"{"uppercase": true, "max_length": 4, "trim": true}"#,
    ];

    for rules in spellings {
        let mapping = FieldMapping {
            transformation_rules: serde_json::from_str(rules).unwrap(),
            ..FieldMapping::new("column", "field", FieldType::String)
        };

        let pushed = compiled(&mapping).push(&of("column", &json!("  straße 7")), &none());
        assert_eq!(pushed.fields["field"], "STRA", "{rules}");
    }
}
