//! Records that go out and come back.

use crate::generators::{any_json, any_mapping, ruled, settles, text_rules, words};
use crate::{bytes, check, compiled, context, none, of, with_changes};
use domain::{EntityType, FieldType};
use mapping::{Completeness, FieldMapping, Plan};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_echo_changes_nothing(mapping in any_mapping(), value in any_json()) {
        let plan = compiled(&mapping);
        let local = of("column", &value);
        let pushed = plan.push(&local, &none());
        for completeness in [Completeness::Whole, Completeness::Partial] {
            prop_assert_eq!(plan.patch(&local, &pushed.fields, completeness, &none()).columns(), Map::new());
        }
    }

    #[test]
    fn a_patch_applied_twice_is_applied_once(mapping in any_mapping(), here in any_json(), incoming in any_json()) {
        let plan = compiled(&mapping);
        let (local, incoming) = (of("column", &here), of("field", &incoming));
        let patch = plan.patch(&local, &incoming, Completeness::Whole, &none());
        let patched = with_changes(local, patch.columns());
        prop_assert_eq!(plan.patch(&patched, &incoming, Completeness::Whole, &none()).columns(), Map::new());
    }

    #[test]
    fn a_pushed_and_pulled_record_is_pushed_as_before(mapping in any_mapping(), value in any_json()) {
        prop_assume!(settles(&mapping));
        let plan = compiled(&mapping);
        let pushed = plan.push(&of("column", &value), &none()).fields;

        // Empty text comes back as no value.
        prop_assume!(!pushed.values().any(|value| value.as_str().is_some_and(|text| text.trim().is_empty())));

        let pulled = plan.pull_partial(&pushed, &none());
        prop_assume!(pulled.warnings.is_empty() && pulled.errors.is_empty());

        let again = plan.push(&with_changes(of("column", &value), pulled.fields), &none()).fields;
        prop_assert_eq!(bytes(&again), bytes(&pushed));
    }

    #[test]
    fn text_settles_after_one_round(rules in text_rules(), text in words()) {
        let mapping = FieldMapping { transformation_rules: rules, ..FieldMapping::new("column", "field", FieldType::String) };
        let plan = compiled(&mapping);
        let pushed = plan.push(&of("column", &json!(text)), &none()).fields;
        // What fails its validation is left out, and empty text comes back as no value.
        prop_assume!(!pushed.is_empty());
        prop_assume!(!pushed.values().any(|value| value.as_str().is_some_and(|text| text.trim().is_empty())));
        let pulled = plan.pull(&pushed, &none()).fields;
        prop_assert_eq!(plan.push(&pulled, &none()).fields, pushed);
    }

    #[test]
    fn only_a_nul_keeps_a_pushed_value_from_coming_back(mapping in any_mapping(), value in any_json()) {
        let plan = compiled(&mapping);
        let pulled = plan.pull_partial(&plan.push(&of("column", &value), &none()).fields, &none());
        // A long number divided by what it was multiplied with before it was rounded.
        let digits = pulled.warnings.iter().chain(&pulled.errors).any(|problem| problem.rule == "scale");
        if !value.to_string().contains("\\u0000") && !digits {
            prop_assert_eq!(pulled.warnings, vec![]);
            prop_assert_eq!(pulled.errors, vec![]);
        }
    }

    #[test]
    fn an_echo_after_a_change_of_other_fields_changes_nothing(one in ruled(), two in ruled(), here in any_json(), other in any_json(), there in any_json()) {
        let two = FieldMapping { local_field: "second".to_owned(), geniacs_field: "two".to_owned(), ..two };
        prop_assume!(check(&two).is_empty());
        let plan = Plan::compile(EntityType::Customers, &[one, two], &context()).unwrap();
        let local = with_changes(of("column", &here), of("second", &other));
        let changed = with_changes(plan.push(&local, &none()).fields, of("two", &there));
        let patch = plan.patch(&local, &changed, Completeness::Whole, &none());
        prop_assert!(!patch.columns().contains_key("column"), "{:?}", patch);
    }

    #[test]
    fn a_round_trip_of_an_invertible_plan_is_the_identity(
        text in "[a-zA-Z0-9 /X-]{1,12}", word in "a|b|c", number in r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?", micros in 0_i64..4_000_000_000_000_000,
    ) {
        let at = chrono::DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let number: Value = serde_json::from_str(&number).unwrap();

        for (kind, rules, value) in [
            (FieldType::String, json!([{"prefix": "X-"}, {"suffix": "/X"}, {"prefix": "X"}]), json!(text)),
            (FieldType::String, json!([{"value_map": {"a": "b", "b": "c", "c": "a"}}, {"suffix": "b"}]), json!(word)),
            (FieldType::Number, json!({"value_map": {"a": 1, "b": 2, "c": -3.5}}), json!(word)),
            (FieldType::Number, json!([{"scale": 100}, {"scale": 0.025}]), number),
            (FieldType::Date, json!({"date_format": "%d.%m.%Y %H:%M:%S%.6f %:z"}), json!(at)),
        ] {
            let mapping = FieldMapping { transformation_rules: rules, ..FieldMapping::new("column", "field", kind) };
            let plan = compiled(&mapping);

            let local = of("column", &value);
            let pulled = plan.pull(&plan.push(&local, &none()).fields, &none());
            prop_assert_eq!((pulled.warnings, pulled.errors), (vec![], vec![]));

            // The same content, in whatever zone or with whatever zeros it is written.
            let plain = compiled(&FieldMapping { transformation_rules: Value::Null, ..mapping.clone() });
            let typed = if kind == FieldType::Date { &plain } else { &plan };
            prop_assert_eq!(bytes(&typed.push(&pulled.fields, &none()).fields), bytes(&typed.push(&local, &none()).fields));

            if kind == FieldType::String {
                prop_assert_eq!(pulled.fields, local);
            }
        }
    }
}
