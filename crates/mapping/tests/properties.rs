//! What holds for every record and every mapping.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Plan, Problem, References, canonical_bytes};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// JSON of every shape, with the texts that mappings meet in real records.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?".prop_map(|n| serde_json::from_str(&n).unwrap()),
        ".{0,24}".prop_map(Value::from),
        r"[ \t]{0,2}[a-zA-ZßİŉǰΣς]{0,8} [a-z]{0,8}[ \u{a0}]{0,2}".prop_map(Value::from),
        r"(\+|\+62|62|0|00)? ?[0-9]{2,5}[- ]?[0-9]{0,5}[- ]?[0-9]{0,6}".prop_map(Value::from),
        r"[a-zA-Z.]{1,8}@[a-zA-Z]{1,8}(\.[a-z]{2,4})?".prop_map(Value::from),
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
            .prop_map(Value::from),
        r"(true|FALSE|yes|no|0|1|-?[0-9]{1,12}(\.[0-9]{1,4})?)".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn on_or_off() -> impl Strategy<Value = bool> {
    any::<bool>()
}

/// Text rules in the object form.
fn text_rules() -> impl Strategy<Value = Value> {
    (
        on_or_off(),
        on_or_off(),
        on_or_off(),
        prop_oneof![Just(""), Just("uppercase"), Just("lowercase")],
        prop::option::of(1_u8..20),
    )
        .prop_map(|(trim, remove, format, case, length)| {
            let mut rules = Map::new();
            rules.insert("trim".to_owned(), json!(trim));
            rules.insert("remove_special_chars".to_owned(), json!(remove));
            if format {
                rules.insert("format".to_owned(), json!("international"));
            }
            if !case.is_empty() {
                rules.insert(case.to_owned(), json!(true));
            }
            rules.extend(length.map(|length| ("max_length".to_owned(), json!(length))));
            Value::Object(rules)
        })
}

/// Rules that a pull undoes, on text, and those that lose something, in any order that is allowed.
fn undone_or_lost() -> impl Strategy<Value = Value> {
    let rule = prop_oneof![
        Just(json!({"prefix": "X-"})),
        Just(json!({"suffix": "/id"})),
        Just(json!({"value_map": {"a": "1", "b": "2", "true": "yes"}})),
        Just(json!({"value_map": {"map": {"a": "1", "b": "1", "": "0"}, "back": {"1": "b"}, "default": "9"}})),
        Just(json!({"replace": [{"from": "a", "to": "bb"}, {"from": "-", "to": ""}]})),
        Just(json!({"regex": {"pattern": "([a-z])([0-9]?)", "replacement": "$2$1"}})),
        Just(json!({"format": "ip"})),
        Just(json!({"format": "mac"})),
        Just(json!("trim")),
        Just(json!("uppercase")),
        Just(json!("remove_special_chars")),
        (1_u8..9).prop_map(|length| json!({"max_length": length})),
    ];
    prop::collection::vec(rule, 0..4).prop_map(Value::from)
}

/// Mappings whose rules fit their type.
fn ruled() -> impl Strategy<Value = FieldMapping> {
    const FORMATS: &[&str] =
        &["date", "datetime", "unix", "unix_ms", "%d/%m/%Y", "%Y%m%d%H%M%S", "%d %b %Y %I:%M:%S %p %z"];
    let of = |kind, rules| FieldMapping { transformation_rules: rules, ..FieldMapping::new("column", "field", kind) };
    let factor = prop::sample::select(&["100", "0.001", "-1024", "2.5"]);
    let digits = prop::option::of(0_u8..4);
    let number = (factor, digits).prop_map(|(factor, digits)| {
        let mut rules = Map::from_iter([("scale".to_owned(), serde_json::from_str(factor).unwrap())]);
        rules.extend(digits.map(|digits| ("round".to_owned(), json!(digits))));
        Value::Object(rules)
    });
    let words = json!({"value_map": {"true": 1, "false": 0, "Abc": 7.50}});
    prop_oneof![
        3 => undone_or_lost().prop_map(move |rules| of(FieldType::String, rules)),
        1 => Just(of(FieldType::String, json!({"concat": {"fields": ["column", "city"]}, "uppercase": true}))),
        2 => number.prop_map(move |rules| of(FieldType::Number, rules)),
        1 => Just(of(FieldType::Number, words)),
        1 => Just(of(FieldType::Boolean, json!({"value_map": {"yes": true, "no": false}}))),
        3 => prop::sample::select(FORMATS).prop_map(move |form| of(FieldType::Date, json!({"date_format": form}))),
    ]
    .prop_filter("rules that contradict each other are refused", |mapping| check(mapping).is_empty())
}

/// Whether a rule of the mapping changes what it has changed before.
fn settles(mapping: &FieldMapping) -> bool {
    let rules = mapping.transformation_rules.to_string();
    !rules.contains("replace") && !rules.contains("regex")
}

/// Words with space where a cut may meet it, and letters whose case changes their number.
fn words() -> impl Strategy<Value = String> {
    r"[ \t\u{a0}]{0,2}([a-zA-ZßŉǰİΣ]{1,3}[ \t]{1,2}){0,4}[a-zA-ZßΣ]{0,3}"
}

fn any_mapping() -> impl Strategy<Value = FieldMapping> {
    let validation = prop_oneof![
        4 => Just(Value::Null),
        1 => Just(json!({"required": true})),
        1 => Just(json!({"email": true})),
        1 => Just(json!({"phone": true, "min_length": 5})),
    ];
    let text = (text_rules(), validation).prop_map(|(transformation_rules, validation_rules)| FieldMapping {
        transformation_rules,
        validation_rules,
        ..FieldMapping::new("column", "field", FieldType::String)
    });
    let other = prop::sample::select(FieldType::ALL).prop_map(|kind| FieldMapping::new("column", "field", kind));
    (
        prop_oneof![2 => text, 1 => other, 3 => ruled()],
        any::<bool>(),
        prop::option::of(prop_oneof![Just("0"), Just("2024-01-01"), Just("Abc")]),
    )
        .prop_map(|(mapping, is_required, default)| {
            let with = FieldMapping { default_value: default.map(str::to_owned), is_required, ..mapping.clone() };
            if check(&with).is_empty() { with } else { FieldMapping { is_required, ..mapping } }
        })
}

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_echo_changes_nothing(mapping in any_mapping(), value in any_json()) {
        let plan = compiled(&mapping);
        let local = of("column", &value);
        let pushed = plan.push(&local, &none());
        for completeness in [Completeness::Whole, Completeness::Partial] {
            prop_assert_eq!(plan.patch(&local, &pushed.fields, completeness, &none()).fields, Map::new());
        }
    }

    #[test]
    fn a_patch_applied_twice_is_applied_once(mapping in any_mapping(), here in any_json(), incoming in any_json()) {
        let plan = compiled(&mapping);
        let (local, incoming) = (of("column", &here), of("field", &incoming));
        let patch = plan.patch(&local, &incoming, Completeness::Whole, &none());
        let patched = with_changes(local, patch.fields);
        prop_assert_eq!(plan.patch(&patched, &incoming, Completeness::Whole, &none()).fields, Map::new());
    }

    #[test]
    fn what_was_pushed_and_pulled_is_pushed_as_before(mapping in any_mapping(), value in any_json()) {
        prop_assume!(settles(&mapping));
        let plan = compiled(&mapping);
        let pushed = plan.push(&of("column", &value), &none()).fields;
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
        let pulled = plan.pull(&pushed, &none()).fields;
        prop_assert_eq!(plan.push(&pulled, &none()).fields, pushed);
    }

    #[test]
    fn what_applies_both_ways_is_idempotent(rules in text_rules(), text in words()) {
        let mapping = FieldMapping { transformation_rules: rules, ..FieldMapping::new("same", "same", FieldType::String) };
        let plan = compiled(&mapping);
        let once = plan.pull(&of("same", &json!(text)), &none()).fields;
        prop_assert_eq!(&plan.pull(&once, &none()).fields, &once);
        let pushed = plan.push(&of("same", &json!(text)), &none()).fields;
        prop_assert_eq!(&plan.push(&pushed, &none()).fields, &pushed);
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
        prop_assert!(!patch.fields.contains_key("column"), "{:?}", patch);
    }

    #[test]
    fn a_round_trip_of_an_invertible_plan_is_the_identity(
        text in "[a-zA-Z0-9 /X-]{0,12}", word in "a|b|c", number in r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?", micros in 0_i64..4_000_000_000_000_000,
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
    fn arbitrary_rules_are_refused_without_a_panic(transformation in any_json(), validation in any_json(), default in ".{0,8}") {
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
